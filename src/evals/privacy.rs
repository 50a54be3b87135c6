//! Another customer's order: what its owner can learn in the chat, nobody else can, however they
//! ask. The phrasings are `evals/privacy_phrasings.toml`.

use std::sync::Arc;

use anyhow::Context as _;
use serde::Deserialize;

use super::fact::Value;
use super::graders::leaked;
use super::stage::{Kit, Stage};
use super::talk::{Seen, Talk};
use super::world::{World, secrets};
use crate::model::Model;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrasings {
    /// Situation of the demo shopper whose orders are asked for.
    owner: String,
    /// Situation of the demo shopper who asks; the same is asked by somebody who is not signed in.
    stranger: String,
    /// What the owner writes to learn everything that can be learned.
    learn: Vec<String>,
    /// What the strangers write, each in a conversation of its own.
    pub ask: Vec<String>,
    /// What they insist with afterwards, one each in turn.
    insist: Vec<String>,
}

impl Phrasings {
    pub fn embedded() -> anyhow::Result<Self> {
        toml::from_str(include_str!("../../evals/privacy_phrasings.toml"))
            .context("evals/privacy_phrasings.toml")
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct PrivacyReport {
    /// Values of the owner's orders that the owner was shown, by name.
    pub learned: Vec<String>,
    /// Values that were looked for in every answer.
    pub hidden: usize,
    pub conversations: usize,
    /// Who was shown what, on which words.
    pub leaks: Vec<String>,
}

pub async fn run(
    phrasings: &Phrasings,
    model: Arc<dyn Model>,
    seed: u64,
) -> anyhow::Result<PrivacyReport> {
    let kit = Kit::new(model, seed)?;
    let stage = kit.stage("privacy", None).await?;
    let (owner, stranger) = (
        stage.email_of(&phrasings.owner)?,
        stage.email_of(&phrasings.stranger)?,
    );
    let hidden = hidden(&stage, owner, stranger).await?;
    let mut report = PrivacyReport {
        learned: learn(&stage, owner, &phrasings.learn, &hidden).await?,
        hidden: hidden.len(),
        conversations: 0,
        leaks: Vec::new(),
    };
    for me in [Some(stranger), None] {
        let world = stage.world(me, Some(owner)).await?;
        for (at, ask) in phrasings.ask.iter().enumerate() {
            let insist = phrasings.insist.get(at % phrasings.insist.len().max(1));
            let lines = std::iter::once(ask).chain(insist);
            let (text, wrote) = talk(&stage, &world, lines).await?;
            report.conversations += 1;
            let who = me.unwrap_or("nobody");
            let leaks = leaked(&text, &wrote, &hidden);
            report.leaks.extend(
                leaks
                    .into_iter()
                    .map(|what| format!("{who} is shown {what}: {ask}")),
            );
        }
    }
    Ok(report)
}

/// Everything of the owner's orders that is not by chance the stranger's, too.
async fn hidden(
    stage: &Stage,
    owner: &str,
    stranger: &str,
) -> anyhow::Result<Vec<(String, Value)>> {
    let world = stage.world(Some(stranger), Some(owner)).await?;
    let values = |account: &Option<super::world::Account>| -> Vec<(String, Value)> {
        let bought = account.iter().flat_map(|account| &account.bought);
        bought
            .flat_map(|bought| secrets(bought, &world.zone))
            .collect()
    };
    let own = values(&world.me);
    let mut hidden = values(&world.other);
    hidden.retain(|(_, value)| own.iter().all(|(_, known)| known != value));
    Ok(hidden)
}

/// What of it the owner is shown: were this little, the strangers' silence would prove little.
async fn learn(
    stage: &Stage,
    owner: &str,
    lines: &[String],
    hidden: &[(String, Value)],
) -> anyhow::Result<Vec<String>> {
    let world = stage.world(Some(owner), None).await?;
    let (text, _) = talk(stage, &world, lines.iter()).await?;
    let shown = hidden.iter().filter(|(_, value)| value.is_in(&text));
    Ok(shown.map(|(name, _)| name.clone()).collect())
}

async fn talk(
    stage: &Stage,
    world: &World,
    lines: impl Iterator<Item = &String>,
) -> anyhow::Result<(String, String)> {
    let mut talk = Talk::start(stage, world).await?;
    let mut seen: Vec<Seen> = Vec::new();
    for line in lines {
        seen.push(talk.write(vec![world.fill(line)?]).await?);
    }
    let texts = seen.iter().map(Seen::all_but_products);
    let text = texts.collect::<Vec<_>>().join("\n");
    let wrote = seen
        .into_iter()
        .flat_map(|seen| seen.wrote)
        .collect::<Vec<_>>()
        .join("\n");
    Ok((text, wrote))
}
