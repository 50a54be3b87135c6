//! Of each endpoint: how it is spoken to, and with `--model` what it answers to one tiny call, in
//! words that say what to mend. Nothing secret is printed.

use std::io::{Write, stdout};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};

use crate::app;
use crate::config::{Config, ContextRole, Endpoint, Endpoints, ModelApi, ModelChoice};
use crate::domain::limits::{MODEL_CALL_TIMEOUT, MODEL_CHECK_TOKENS};
use crate::model::openai::{OpenAi, Trouble};
use crate::model::{Message, ModelError, ModelRequest, Purpose, StopReason, ToolSpec};
use crate::tools::registry::Registry;

/// What the endpoint is asked. Any answer will do.
const QUESTION: &str = include_str!("../../../prompts/check.txt");

/// An endpoint that can be asked.
pub struct Asked {
    /// "gpt-4.1-mini at https://api.openai.com/v1".
    name: String,
    how: String,
    purpose: Purpose,
    model: OpenAi,
}

/// The endpoints in the order in which they are asked, and the models named for one purpose.
/// Settings that cannot work are an error that names the endpoint.
pub fn endpoints(config: &Config) -> anyhow::Result<Vec<Asked>> {
    match &config.model {
        ModelChoice::Builtin => Ok(Vec::new()),
        ModelChoice::Openai(endpoints) => named(endpoints)
            .into_iter()
            .map(|(endpoint, purpose)| asked(&endpoint, purpose))
            .collect(),
    }
}

fn named(endpoints: &Endpoints) -> Vec<(Endpoint, Purpose)> {
    let chain = endpoints.chain.iter().cloned();
    let mut all: Vec<_> = chain.map(|one| (one, Purpose::Answer)).collect();
    let others = [
        (&endpoints.summarise, Purpose::Summarise),
        (&endpoints.judge, Purpose::Judge),
    ];
    for (name, purpose) in others {
        if let (Some(name), Some(first)) = (name, endpoints.chain.first()) {
            let mut endpoint = first.clone();
            endpoint.name.clone_from(name);
            all.push((endpoint, purpose));
        }
    }
    all
}

fn asked(endpoint: &Endpoint, purpose: Purpose) -> anyhow::Result<Asked> {
    let model = OpenAi::new(&app::settings(endpoint))
        .with_context(|| format!("the endpoint of {}", endpoint.name))?;
    Ok(Asked {
        name: format!("{} at {}", endpoint.name, endpoint.url),
        how: how(endpoint, purpose, model.is_strict()),
        purpose,
        model,
    })
}

/// "chat, strict schemas, key in api-key, headers x-title, query api-version".
fn how(endpoint: &Endpoint, purpose: Purpose, is_strict: bool) -> String {
    let mut parts = vec![match endpoint.api {
        ModelApi::Chat => "chat".to_owned(),
        ModelApi::Responses => "responses".to_owned(),
    }];
    let strict = if is_strict { "strict" } else { "loose" };
    parts.push(format!("{strict} schemas"));
    parts.push(match (&endpoint.key, &endpoint.key_header) {
        (None, _) => "no key".to_owned(),
        (Some(_), None) => "key in authorization".to_owned(),
        (Some(_), Some(header)) => format!("key in {header}"),
    });
    let list = |what: &str, names: Vec<&str>| {
        (!names.is_empty()).then(|| format!("{what} {}", names.join(" ")))
    };
    let headers = endpoint.headers.iter().map(|(name, _)| name.as_str());
    let query = endpoint.query.iter().map(|(name, _)| name.as_str());
    parts.extend(list("headers", headers.collect()));
    parts.extend(list("query", query.collect()));
    if endpoint.context_role == ContextRole::User {
        parts.push("data about now as user".to_owned());
    }
    match purpose {
        Purpose::Answer => {}
        Purpose::Summarise => parts.push("for summaries".to_owned()),
        Purpose::Judge => parts.push("for judging".to_owned()),
    }
    parts.join(", ")
}

/// A line for each endpoint.
pub fn print(endpoints: &[Asked]) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    for (at, endpoint) in endpoints.iter().enumerate() {
        writeln!(
            out,
            "model.{} = {}: {}",
            at + 1,
            endpoint.name,
            endpoint.how
        )?;
    }
    Ok(())
}

/// Asks each endpoint once, one after the other; an error when one of them does not work.
pub async fn ask(endpoints: &[Asked], tools: &Registry) -> anyhow::Result<()> {
    if endpoints.is_empty() {
        writeln!(
            stdout(),
            "the built-in model answers: there is no endpoint to ask"
        )?;
    }
    let mut failed = 0;
    for endpoint in endpoints {
        let since = Instant::now();
        let call = endpoint.model.try_out(request(endpoint.purpose, tools));
        let said = match tokio::time::timeout(MODEL_CALL_TIMEOUT, call).await {
            Ok(Ok(stop)) => format!("works, {} ms{}", since.elapsed().as_millis(), but(stop)),
            Ok(Err((trouble, error))) => {
                failed += 1;
                what_to_do(trouble, &error)
            }
            Err(_) => {
                failed += 1;
                format!(
                    "no whole answer within {} s: see whether the server is overloaded or still \
                     loading the model",
                    MODEL_CALL_TIMEOUT.as_secs()
                )
            }
        };
        writeln!(stdout(), "{}: {said}", endpoint.name)?;
    }
    match failed {
        0 => Ok(()),
        1 => bail!("1 endpoint does not work"),
        many => bail!("{many} endpoints do not work"),
    }
}

/// One tool is told with it, because servers refuse those on their own: the shortest.
fn request(purpose: Purpose, tools: &Registry) -> ModelRequest {
    let specs = tools.specs();
    let length = |tool: &&ToolSpec| tool.description.len() + tool.parameters.to_string().len();
    let shortest = specs.iter().min_by_key(length).cloned();
    ModelRequest {
        messages: vec![Message::User(QUESTION.trim().into())],
        tools: match purpose {
            Purpose::Answer => Arc::from_iter(shortest),
            Purpose::Summarise | Purpose::Judge => Arc::from([]),
        },
        max_output_tokens: MODEL_CHECK_TOKENS,
        purpose,
        ..ModelRequest::default()
    }
}

fn but(stop: StopReason) -> &'static str {
    match stop {
        StopReason::Filtered => ", but it withheld its answer: see its content filter",
        StopReason::Finished | StopReason::ToolCalls | StopReason::Length => "",
    }
}

/// What came, and what an operator does about it.
fn what_to_do(trouble: Trouble, error: &ModelError) -> String {
    let advice = match trouble {
        Trouble::Unreachable => {
            "see whether the server runs and whether the host and port in model_url are right"
        }
        Trouble::Status(300..=399) => "put the URL to which it sends into model_url",
        Trouble::Status(400 | 422) => {
            "it does not take the request: see model_api and model_strict, and whether the server \
             was started with tool calling"
        }
        Trouble::Status(401 | 403) => {
            "the key is missing, wrong or not allowed: see model_key, and model_key_header where \
             the key goes elsewhere than into authorization (Azure: \"api-key\")"
        }
        Trouble::Status(402) => "the account has nothing left: see its billing",
        Trouble::Status(404 | 405) => {
            "nothing is there: see whether model_url ends where /chat/completions or /responses \
             begins (mostly /v1), whether it has the interface in model_api, and whether \
             model_name is a model of this server"
        }
        Trouble::Status(413) => {
            "it takes no request of this size: see the limits of what is before it"
        }
        Trouble::Status(429) => "it asks for a pause, or the account's limit is reached",
        Trouble::Status(500..=599) | Trouble::Told => "the server says so itself: see its log",
        Trouble::Status(_) => "see the server's documentation for this status",
        Trouble::NotAStream => {
            "something else answers there: see whether model_url is the API and not a page, and \
             whether a proxy before it lets streams through"
        }
        Trouble::Unreadable => "it is not the interface in model_api: see model_api and model_url",
        Trouble::Cut => "the answer broke off: see whether a proxy before it lets streams through",
    };
    format!("does not work: {error}. What to do: {advice}")
}
