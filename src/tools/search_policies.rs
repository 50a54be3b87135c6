//! `search_policies`: what the shop has written down, as dated passages with their source.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ReadTool, ToolContext, ToolError, ToolOutput};
use crate::clock::{day, long_date};
use crate::domain::card::{Card, Source, SourcesCard};
use crate::domain::limits::{PASSAGES_BYTES_MAX, PASSAGES_MAX};
use crate::knowledge::Passage;

pub struct SearchPolicies;

/// Arguments of `search_policies`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// What is asked, in a few words of English.
    query: String,
    /// The order that it is about, if it is about one: the version in force when that order was placed is searched. Otherwise null, and today's versions are.
    order_number: Option<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    passages: Vec<AnswerPassage<'a>>,
}

#[derive(Serialize)]
struct AnswerPassage<'a> {
    policy: &'a str,
    version: &'a str,
    title: &'a str,
    heading: &'a str,
    text: &'a str,
    since: String,
    stale: bool,
}

impl ReadTool for SearchPolicies {
    const NAME: &'static str = "search_policies";
    type Args = Args;

    async fn call(&self, context: &ToolContext<'_>, args: Args) -> Result<ToolOutput, ToolError> {
        if args.query.trim().is_empty() {
            return Err(ToolError::Retry(
                "`query` is empty; write what is asked in a few words".into(),
            ));
        }
        let today = day(context.clock.now_ms(), &context.shop.profile.zone);
        let passages = context
            .knowledge
            .search(&args.query, today, today, PASSAGES_MAX);
        answer(&passages)
    }
}

fn answer(passages: &[Passage]) -> Result<ToolOutput, ToolError> {
    let mut bytes = 0;
    let passages: Vec<&Passage> = passages
        .iter()
        .take(PASSAGES_MAX)
        .take_while(|passage| {
            bytes += passage.text.len();
            bytes <= PASSAGES_BYTES_MAX
        })
        .collect();
    let content = serde_json::to_string(&Answer {
        passages: passages.iter().map(|p| shown(p)).collect(),
    })
    .map_err(|error| ToolError::Failed(error.to_string()))?;
    Ok(ToolOutput {
        content,
        cards: sources(&passages).into_iter().collect(),
        tainted: !passages.is_empty(),
        ..ToolOutput::default()
    })
}

fn shown(passage: &Passage) -> AnswerPassage<'_> {
    AnswerPassage {
        policy: &passage.policy,
        version: &passage.version,
        title: &passage.title,
        heading: &passage.heading,
        text: &passage.text,
        since: long_date(passage.valid_from),
        stale: passage.stale,
    }
}

fn sources(passages: &[&Passage]) -> Option<Card> {
    let sources: Vec<Source> = passages
        .iter()
        .map(|passage| Source {
            policy: passage.policy.clone(),
            version: passage.version.clone(),
            title: passage.title.clone(),
            heading: passage.heading.clone(),
        })
        .collect();
    (!sources.is_empty()).then_some(Card::Sources(SourcesCard { sources }))
}
