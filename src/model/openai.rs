//! Any endpoint that speaks OpenAI's Chat Completions, streamed. Translates and decides nothing;
//! it never tries again, and the deadline of a whole call is the driver's.
//!
//! Design: requests and chunks are this module's own shapes, given to the client as "bring your
//! own type": endpoints leave out fields that the published types require, and borrowed requests
//! copy no history. Chunks come as plain JSON first, because the client logs what it cannot read.

mod answer;
mod transport;
mod wire;

use std::collections::VecDeque;
use std::sync::Arc;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::stream::StreamResponse;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use serde_json::Value;

use self::answer::PartialAnswer;
use self::transport::{Failure, Transport};
use super::{Model, ModelError, ModelEvent, ModelRequest};

/// Where the endpoint is and what to ask it for.
#[derive(Clone)]
pub struct OpenAiSettings {
    /// Up to and without "/chat/completions": "https://api.openai.com/v1".
    pub url: String,
    /// May be empty: many local servers want none.
    pub key: String,
    /// The header that carries the key; `None` is `Authorization: Bearer`.
    pub key_header: Option<String>,
    pub model: String,
    pub api: Api,
    pub headers: Vec<(String, String)>,
    /// Goes behind the path of every call.
    pub query: Vec<(String, String)>,
    /// Strict schemas; `None` asks for them where the endpoint is known to take them.
    pub strict: Option<bool>,
    /// The data about now is told as a user's message: for chat templates that take a system
    /// message at the beginning alone.
    pub context_as_user: bool,
}

/// Which of OpenAI's two interfaces an endpoint speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Api {
    #[default]
    Chat,
    Responses,
}

impl OpenAiSettings {
    /// An endpoint that needs nothing but these.
    pub fn new(url: &str, key: &str, model: &str) -> Self {
        Self {
            url: url.to_owned(),
            key: key.to_owned(),
            key_header: None,
            model: model.to_owned(),
            api: Api::Chat,
            headers: Vec::new(),
            query: Vec::new(),
            strict: None,
            context_as_user: false,
        }
    }
}

/// Cloned freely; all clones share one pool of connections.
#[derive(Clone)]
pub struct OpenAi {
    http: reqwest::Client,
    client: Client<OpenAIConfig>,
    dialect: wire::Dialect,
    model: Arc<str>,
}

/// Settings with which no call can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the model endpoint cannot be used: {0}")]
pub struct OpenAiSettingsError(String);

impl OpenAi {
    pub fn new(settings: &OpenAiSettings) -> Result<Self, OpenAiSettingsError> {
        let model = settings.model.trim();
        if model.is_empty() {
            return Err(OpenAiSettingsError("name a model".to_owned()));
        }
        let url = transport::base_url(&settings.url).map_err(OpenAiSettingsError)?;
        let http = transport::client(&url, &settings.key).map_err(OpenAiSettingsError)?;
        // Every field is set here: the client's defaults would be read from the environment.
        let config = OpenAIConfig::new()
            .with_api_base(url.as_str().trim_end_matches('/'))
            .with_api_key("")
            .with_org_id("")
            .with_project_id("");
        Ok(Self {
            client: Client::build(http.clone(), config),
            http,
            dialect: wire::Dialect::of(&url),
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

    async fn start(self, request: ModelRequest) -> Result<Reading, ModelError> {
        let failure = Failure::default();
        let transport = Transport::new(self.http, failure.clone());
        let client = self.client.with_http_service(transport);
        let body = wire::Request::new(&self.model, self.dialect, &request);
        match client.chat().create_stream_byot(body).await {
            Ok(chunks) => Ok(Reading {
                chunks,
                failure,
                answer: PartialAnswer::default(),
                ready: VecDeque::new(),
                ended: false,
            }),
            Err(error) => Err(failure.or(&error)),
        }
    }
}

impl Model for OpenAi {
    fn name(&self) -> &str {
        &self.model
    }

    fn stream(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        stream::once(self.clone().start(request))
            .flat_map(|started| match started {
                Ok(reading) => stream::unfold(reading, Reading::next).boxed(),
                Err(error) => stream::iter([Err(error)]).boxed(),
            })
            .boxed()
    }
}

/// An answer on its way.
struct Reading {
    chunks: StreamResponse<Value>,
    failure: Failure,
    answer: PartialAnswer,
    ready: VecDeque<Result<ModelEvent, ModelError>>,
    ended: bool,
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
            let chunk = self.chunks.next().await;
            self.take(chunk);
        }
    }

    fn take(&mut self, chunk: Option<Result<Value, OpenAIError>>) {
        match chunk {
            Some(Ok(chunk)) => match self.answer.take(chunk) {
                Ok(text) => self
                    .ready
                    .extend(text.map(|text| Ok(ModelEvent::Text(text)))),
                Err(error) => return self.fail(error),
            },
            // What breaks after the end was announced loses the count of tokens, not the answer.
            Some(Err(error)) if !self.answer.is_whole() => {
                let error = self.failure.or(&error);
                return self.fail(error);
            }
            None if !self.answer.is_whole() => return self.fail(transport::cut()),
            Some(Err(_)) | None => return self.end(),
        }
        if self.answer.is_full() {
            self.end();
        }
    }

    fn fail(&mut self, error: ModelError) {
        self.ready.push_back(Err(error));
        self.ended = true;
    }

    fn end(&mut self) {
        let events = std::mem::take(&mut self.answer).finish();
        self.ready.extend(events.into_iter().map(Ok));
        self.ended = true;
    }
}
