//! Any endpoint that speaks OpenAI's Chat Completions or its Responses API, streamed. Translates and
//! decides nothing; it tries once, and the deadlines are the chain's.
//!
//! Design: requests and chunks are this module's own shapes, given to the client as "bring your
//! own type": endpoints leave out fields that the published types require, and borrowed requests
//! copy no history. Chunks come as plain JSON first, because the client logs what it cannot read.
//!
//! A request begins with what stays: tools, instructions, history, each to the byte as in the call
//! before. What changes, the data about now, comes behind them, so that an endpoint's cache of
//! prompts finds the beginning again.
//!
//! What servers do differently, and where it is met:
//!
//! | server | what it does | where |
//! | --- | --- | --- |
//! | OpenAI | reasoning models take `max_completion_tokens` alone; 429 also when nothing is paid for | `Dialect`, `transport` |
//! | Azure | the key in `api-key`, a version behind the path, `retry-after-ms`, chunks without choices that tell of its filters, a refused prompt as 400 | settings, `retry_after`, `chat` |
//! | vLLM | status numbers as error codes, an id of its own for every piece of a call (older), another item id in every event, refuses a history with arguments that are no object | `transport`, `answer`, `responses::events`, `wire::arguments` |
//! | Ollama | "stop" beside calls, arguments as an object, all of a call in one piece, no count of cached tokens | `chat`, `wire::arguments_text`, `answer` |
//! | llama.cpp | `content: null` beside calls, refuses a history with arguments that are no object, templates that take one system message and alternating roles | `chat`, `wire`, `context_as_user` |
//! | Gemini | no index, sometimes no id, every call with index 0 behind gateways | `answer` |
//! | gateways (OpenRouter, LiteLLM and others) | comments to keep the line open, failures inside a stream of status 200, finish reason "error", no `[DONE]`, JSON or a page instead of a stream | the client's reader, `transport`, `chat` |

mod answer;
mod chat;
mod responses;
mod retry_after;
mod settings;
mod strict;
mod tools;
mod transport;
mod wire;

use std::collections::VecDeque;
use std::sync::Arc;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::traits::RequestOptionsBuilder as _;
use async_openai::types::stream::StreamResponse;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;

use self::answer::PartialAnswer;
use self::settings::Way;
pub use self::settings::{Api, OpenAiSettings, OpenAiSettingsError};
use self::tools::ToolLists;
pub use self::transport::Trouble;
use self::transport::{Failure, Transport};
use super::{Model, ModelError, ModelEvent, ModelRequest, StopReason};
use crate::domain::limits::MODEL_TAIL_WAIT;

/// Cloned freely; all clones share one pool of connections.
#[derive(Clone)]
pub struct OpenAi {
    endpoint: Arc<Endpoint>,
    model: Arc<str>,
}

struct Endpoint {
    way: Arc<Way>,
    client: Client<OpenAIConfig>,
    api: Api,
    dialect: wire::Dialect,
    context_as_user: bool,
    tools: ToolLists,
}

impl OpenAi {
    pub fn new(settings: &OpenAiSettings) -> Result<Self, OpenAiSettingsError> {
        let model = settings.model.trim();
        if model.is_empty() {
            return Err(OpenAiSettingsError("name a model".to_owned()));
        }
        let way = Way::new(settings).map_err(OpenAiSettingsError)?;
        // Every field is set here: the client's defaults would be read from the environment.
        let config = OpenAIConfig::new()
            .with_api_base(way.url.as_str().trim_end_matches('/'))
            .with_api_key("")
            .with_org_id("")
            .with_project_id("");
        let dialect = wire::Dialect::of(&way.url);
        Ok(Self {
            endpoint: Arc::new(Endpoint {
                client: Client::build(way.http.clone(), config),
                api: settings.api,
                dialect,
                context_as_user: settings.context_as_user,
                tools: ToolLists::new(settings.api, settings.strict.unwrap_or(dialect.strict)),
                way: Arc::new(way),
            }),
            model: Arc::from(model),
        })
    }

    /// The same endpoint, by the same connections, asked for another model.
    pub fn named(&self, model: &str) -> Self {
        Self {
            model: Arc::from(model.trim()),
            ..self.clone()
        }
    }

    /// Whether tools are told with strict schemas.
    pub fn is_strict(&self) -> bool {
        self.endpoint.tools.is_strict()
    }

    /// One whole call for an operator who wants to know whether the endpoint works: why it ended,
    /// or in which way it failed.
    pub async fn try_out(
        &self,
        request: ModelRequest,
    ) -> Result<StopReason, (Trouble, ModelError)> {
        let failure = Failure::default();
        let mut events = self.events(request, failure.clone());
        let mut end = StopReason::Finished;
        while let Some(event) = events.next().await {
            match event {
                Ok(ModelEvent::End(stop)) => end = stop,
                Ok(_) => {}
                Err(error) => return Err((failure.trouble().unwrap_or(Trouble::Cut), error)),
            }
        }
        Ok(end)
    }

    fn events(
        &self,
        request: ModelRequest,
        failure: Failure,
    ) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        stream::once(self.clone().start(request, failure))
            .flat_map(|started| match started {
                Ok(reading) => stream::unfold(reading, Reading::next).boxed(),
                Err(error) => stream::iter([Err(error)]).boxed(),
            })
            .boxed()
    }

    async fn start(self, request: ModelRequest, failure: Failure) -> Result<Reading, ModelError> {
        match self.ask(&request, &failure).await {
            Ok(chunks) => Ok(Reading {
                endpoint: self.endpoint,
                chunks,
                failure,
                answer: PartialAnswer::default(),
                ready: VecDeque::new(),
                ended: false,
                tail: None,
            }),
            Err(error) => Err(failure.or(&error)),
        }
    }

    async fn ask(
        &self,
        request: &ModelRequest,
        failure: &Failure,
    ) -> Result<StreamResponse<Box<RawValue>>, OpenAIError> {
        let endpoint = &*self.endpoint;
        let transport = Transport::new(endpoint.way.clone(), failure.clone());
        let client = endpoint.client.clone().with_http_service(transport);
        let unsayable = |error| OpenAIError::InvalidArgument(format!("the tools: {error}"));
        let tools = endpoint.tools.of(&request.tools).map_err(unsayable)?;
        let (model, dialect) = (&*self.model, endpoint.dialect);
        let (as_user, tools) = (endpoint.context_as_user, tools.as_deref());
        match endpoint.api {
            Api::Chat => {
                let body = chat::Request::new(model, dialect, as_user, request, tools);
                client.chat().create_stream_byot(body).await
            }
            // The client's own call for it would bring hundreds of types into the build.
            Api::Responses => {
                let body = responses::Request::new(model, dialect, as_user, request, tools);
                let call = client.chat().path("/responses")?;
                call.create_stream_byot(body).await
            }
        }
    }
}

impl Model for OpenAi {
    fn name(&self) -> &str {
        &self.model
    }

    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        self.events(request, Failure::default())
    }
}

/// An answer on its way.
struct Reading {
    endpoint: Arc<Endpoint>,
    chunks: StreamResponse<Box<RawValue>>,
    failure: Failure,
    answer: PartialAnswer,
    ready: VecDeque<Result<ModelEvent, ModelError>>,
    ended: bool,
    /// Until when what follows the end is waited for.
    tail: Option<Instant>,
}

impl Reading {
    async fn next(mut self) -> Option<(Result<ModelEvent, ModelError>, Self)> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some((event, self));
            }
            if self.ended {
                return None;
            }
            let chunk = self.next_chunk().await;
            self.take(chunk);
        }
    }

    /// After the end only the count of tokens may come, and the end of the body, which gives the
    /// connection back. An endpoint that leaves the line open must not hold a whole answer.
    async fn next_chunk(&mut self) -> Option<Result<Box<RawValue>, OpenAIError>> {
        if !self.answer.is_whole() {
            return self.chunks.next().await;
        }
        let until = *self
            .tail
            .get_or_insert_with(|| Instant::now() + MODEL_TAIL_WAIT);
        let next = tokio::time::timeout_at(until, self.chunks.next()).await;
        next.unwrap_or(None)
    }

    fn take(&mut self, chunk: Option<Result<Box<RawValue>, OpenAIError>>) {
        match chunk {
            Some(Ok(chunk)) => match self.read(chunk.get()) {
                Ok(text) if text.is_empty() => {}
                Ok(text) => self.ready.push_back(Ok(ModelEvent::Text(text))),
                Err((trouble, error)) => return self.fail(trouble, error),
            },
            // What breaks after the end was announced loses the count of tokens, not the answer.
            Some(Err(error)) if !self.answer.is_whole() => {
                let error = self.failure.or(&error);
                return self.fail(Trouble::Unreadable, error);
            }
            None if !self.answer.is_whole() => return self.fail(Trouble::Cut, transport::cut()),
            Some(Err(_)) | None => return self.end(),
        }
        if self.answer.is_full() {
            self.end();
        }
    }

    fn read(&mut self, chunk: &str) -> Result<String, (Trouble, ModelError)> {
        // Behind the end comes nothing that could still spoil the answer.
        let was_whole = self.answer.is_whole();
        match self.understood(chunk) {
            Err(_) if was_whole => Ok(String::new()),
            read => read,
        }
    }

    fn understood(&mut self, chunk: &str) -> Result<String, (Trouble, ModelError)> {
        // Nearly every piece is such a one, and is read without a tree between.
        if self.endpoint.api == Api::Chat
            && let Some(chunk) = chat::ordinary(chunk)
        {
            let told = |error| (Trouble::Told, error);
            return chat::take_chunk(&mut self.answer, chunk).map_err(told);
        }
        // What is no JSON at all, the client has refused.
        let chunk: Value = serde_json::from_str(chunk).unwrap_or_default();
        let trouble = if wire::tells_failure(&chunk) {
            Trouble::Told
        } else {
            Trouble::Unreadable
        };
        let read = match self.endpoint.api {
            _ if !chunk.is_object() => Err(ModelError::Permanent {
                detail: "a piece of the answer is no JSON object".to_owned(),
            }),
            Api::Chat => chat::take(&mut self.answer, chunk),
            Api::Responses => responses::events::take(&mut self.answer, chunk),
        };
        read.map_err(|error| (trouble, error))
    }

    /// What was used up until then is told before the error: it is paid for.
    fn fail(&mut self, trouble: Trouble, error: ModelError) {
        // Secrets first: what is cut of one could not be found any more.
        let discreet = |detail: &str| transport::cut_words(&self.endpoint.way.discreet(detail));
        let error = match error {
            ModelError::Transient {
                detail,
                retry_after,
            } => ModelError::Transient {
                detail: discreet(&detail),
                retry_after,
            },
            ModelError::Permanent { detail } => ModelError::Permanent {
                detail: discreet(&detail),
            },
        };
        self.failure.note(trouble, error.clone());
        let usage = self.answer.usage.take();
        self.ready
            .extend(usage.map(|usage| Ok(ModelEvent::Usage(usage))));
        self.ready.push_back(Err(error));
        self.ended = true;
    }

    fn end(&mut self) {
        let events = std::mem::take(&mut self.answer).finish();
        self.ready.extend(events.into_iter().map(Ok));
        self.ended = true;
    }
}
