//! `search_policies`: what the shop has written down, as dated passages with their source.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ReadTool, ToolContext, ToolError, ToolOutput};
use crate::clock::{day, long_date};
use crate::domain::card::{Card, Source, SourcesCard};
use crate::domain::ids::OrderNumber;
use crate::domain::limits::{PASSAGES_BYTES_MAX, PASSAGES_MAX};
use crate::knowledge::Passage;
use crate::knowledge::facts::facts;
use crate::shop::links;

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
        let asked_for = match args.order_number {
            Some(number) => ordered_on(context, &number).await?.unwrap_or(today),
            None => today,
        };
        let passages = context
            .knowledge
            .search(&args.query, asked_for, today, PASSAGES_MAX);
        answer(context, &passages)
    }
}

/// The day an order was placed. An order that is not the shopper's is the same as one that does
/// not exist: nothing can be learned of it here.
async fn ordered_on(context: &ToolContext<'_>, number: &str) -> Result<Option<Date>, ToolError> {
    let Some(scope) = &context.orders else {
        return Ok(None);
    };
    let number = OrderNumber::new(number.trim().trim_start_matches('#'));
    let order = context.shop.store.order_within(scope, &number).await;
    let order = order.map_err(|error| ToolError::Failed(error.to_string()))?;
    Ok(order.map(|order| day(order.placed_ms, &context.shop.profile.zone)))
}

fn answer(context: &ToolContext<'_>, passages: &[Passage]) -> Result<ToolOutput, ToolError> {
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
        passages: passages.iter().copied().map(shown).collect(),
    })
    .map_err(|error| ToolError::Failed(error.to_string()))?;
    Ok(ToolOutput {
        content,
        facts: passages.iter().flat_map(|passage| facts(passage)).collect(),
        cards: sources(context, &passages).into_iter().collect(),
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

fn sources(context: &ToolContext<'_>, passages: &[&Passage]) -> Option<Card> {
    let sources: Vec<Source> = passages
        .iter()
        .map(|passage| Source {
            policy: passage.policy.clone(),
            version: passage.version.clone(),
            title: passage.title.clone(),
            heading: passage.heading.clone(),
            link: links::policy(&context.shop.profile, &passage.policy, &passage.heading),
        })
        .collect();
    (!sources.is_empty()).then_some(Card::Sources(SourcesCard { sources }))
}
