//! The chain of models from what the configuration names.

use std::sync::Arc;

use anyhow::Context as _;

use crate::clock::Clock;
use crate::config::{ContextRole, Endpoint, Endpoints, ModelApi, Secret};
use crate::domain::ids::Random;
use crate::model::Model;
use crate::model::builtin::Builtin;
use crate::model::chain::{Chain, ChainParts, ChainSettings, Named};
use crate::model::openai::{Api, OpenAi, OpenAiSettings};

/// One endpoint alone is a chain too: it has its tries and its breaker.
pub(super) fn chain(endpoints: &Endpoints) -> anyhow::Result<Chain> {
    let mut asked = Vec::new();
    for endpoint in &endpoints.chain {
        asked.push((endpoint, OpenAi::new(&settings(endpoint))?));
    }
    let first = asked.first().context("no endpoint is named")?;
    // By the connections of the first endpoint.
    let of_first = |name: &String| {
        let model = Arc::new(first.1.named(name));
        named(first.0, name, model)
    };
    Ok(Chain::new(ChainParts {
        summarise: endpoints.summarise.as_ref().map(of_first),
        judge: endpoints.judge.as_ref().map(of_first),
        endpoints: asked
            .iter()
            .map(|(endpoint, model)| named(endpoint, &endpoint.name, Arc::new(model.clone())))
            .collect(),
        last: endpoints
            .then_builtin
            .then(|| Arc::new(Builtin) as Arc<dyn Model>),
        settings: ChainSettings::standard(),
        clock: Clock::System,
        random: Random::Os,
    }))
}

/// The operator knows it by its model and host; what else the URL holds may be a secret.
fn named(endpoint: &Endpoint, name: &str, model: Arc<OpenAi>) -> Named {
    let rest = endpoint.url.split("://").last().unwrap_or_default();
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = place.rsplit('@').next().unwrap_or_default();
    Named {
        endpoint: format!("{name} at {host}"),
        model,
    }
}

pub fn settings(endpoint: &Endpoint) -> OpenAiSettings {
    let pair = |(name, value): &(String, Secret)| (name.clone(), value.expose().to_owned());
    let key = endpoint.key.as_ref().map(Secret::expose);
    OpenAiSettings {
        key_header: endpoint.key_header.clone(),
        api: match endpoint.api {
            ModelApi::Chat => Api::Chat,
            ModelApi::Responses => Api::Responses,
        },
        headers: endpoint.headers.iter().map(pair).collect(),
        query: endpoint.query.clone(),
        strict: endpoint.strict,
        context_as_user: endpoint.context_role == ContextRole::User,
        ..OpenAiSettings::new(&endpoint.url, key.unwrap_or_default(), &endpoint.name)
    }
}
