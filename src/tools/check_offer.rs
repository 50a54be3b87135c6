//! `check_offer`: does a code work, and if not, which condition fails and what is instead. A code
//! that is mistyped, somebody else's or tried after too many wrong ones is one answer: unknown.

use std::sync::LazyLock;

use jiff::civil::Date;
use minijinja::context;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::covered_order::broken;
use super::lookup_order::reading_text;
use super::offer_shown::{
    Asked, ShownOrder, ShownProduct, card, conditions, excluded_words, name_facts, subject,
    value_facts, value_words,
};
use super::words::Words;
use super::{ReadTool, ToolContext, ToolError, ToolOutput};
use crate::clock::long_date;
use crate::customers::offers::{Available, Known, Standing};
use crate::domain::evidence::{Fact, FactValue};
use crate::domain::identity::CustomerScope;
use crate::domain::limits::OFFER_CODE_CHARS_MAX;

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../prompts/reply/check_offer.toml")));

pub struct CheckOffer;

/// Arguments of `check_offer`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The code as the shopper wrote it.
    code: String,
    /// The id or whole title of a product that it is to be used for; otherwise null.
    product: Option<String>,
    /// What the shopper's order comes to, as "149.90" in the shop's currency; otherwise null.
    order_value: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    code: String,
    works: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(flatten)]
    offer: Option<Told>,
}

/// What is told of an offer that is this shopper's and in force.
#[derive(Serialize)]
struct Told {
    title: String,
    value: String,
    conditions: Vec<String>,
    valid_until: Option<String>,
    product: Option<ShownProduct>,
    order: Option<ShownOrder>,
}

impl ReadTool for CheckOffer {
    const NAME: &'static str = "check_offer";
    type Args = Args;

    async fn call(&self, context: &ToolContext<'_>, args: Args) -> Result<ToolOutput, ToolError> {
        let code = args.code.trim();
        if code.is_empty() {
            return Err(ToolError::Retry(WORDS.say("no_code", ())));
        }
        let asked = Asked::read(context, args.product, args.order_value).await?;
        // Longer than any code: compared like the others, and no text of the shopper's comes back.
        let code: String = code.chars().take(OFFER_CODE_CHARS_MAX + 1).collect();
        let known = context
            .customers
            .code(
                context.shop,
                context.conversation,
                context.customer.as_ref().map(CustomerScope::customer),
                &code,
                context.clock.now_ms(),
            )
            .await
            .map_err(broken)?;
        match known {
            Some(known) => judged(context, &asked, &known),
            None => output(&Answer {
                code: reading_text(&code),
                works: false,
                failed: Some("unknown"),
                why: Some(WORDS.say("unknown", ())),
                offer: None,
            }),
        }
    }
}

fn output(answer: &Answer) -> Result<ToolOutput, ToolError> {
    Ok(ToolOutput {
        content: serde_json::to_string(answer)
            .map_err(|error| ToolError::Failed(error.to_string()))?,
        ..ToolOutput::default()
    })
}

fn judged(
    context: &ToolContext<'_>,
    asked: &Asked,
    known: &Known,
) -> Result<ToolOutput, ToolError> {
    let available = &known.available;
    let mut facts = name_facts(available);
    let failed = |failed, why| Answer {
        code: available.code.clone(),
        works: false,
        failed: Some(failed),
        why: Some(why),
        offer: None,
    };
    let on = |key: &str, day: Date| WORDS.say(key, context! { day => long_date(day) });
    // Of a code that cannot be used, what it was worth is not told: it is worth nothing now.
    let answer = match known.standing {
        Standing::InForce => return in_force(context, asked, available),
        Standing::Used => failed("used", WORDS.say("used", ())),
        Standing::Expired { since } => failed("expired", on("expired", since)),
        Standing::NotYet { from } => {
            let from_fact = FactValue::Date(from);
            facts.push(Fact::new(&subject(available), "valid_from", from_fact));
            failed("not_yet", on("not_yet", from))
        }
    };
    Ok(ToolOutput {
        facts,
        ..output(&answer)?
    })
}

fn in_force(
    context: &ToolContext<'_>,
    asked: &Asked,
    available: &Available,
) -> Result<ToolOutput, ToolError> {
    let terms = &available.terms;
    let outcome = asked.outcome(terms, context.customers.margin_floor_percent());
    let failed = match (&outcome.excluded, outcome.missing, &asked.product) {
        (Some(excluded), _, Some(product)) => {
            let values = context! {
                title => reading_text(&product.title),
                rule => excluded_words(excluded),
            };
            Some(("excluded", WORDS.say("excluded", values)))
        }
        (_, Some(missing), _) => {
            let values = context! {
                minimum => terms.minimum.map(|minimum| minimum.to_string()),
                missing => missing.to_string(),
            };
            Some(("minimum", WORDS.say("minimum", values)))
        }
        _ => None,
    };
    let mut facts = name_facts(available);
    facts.extend(value_facts(available, context.shop.profile.currency));
    facts.extend(asked.facts(available, &outcome));
    let works = failed.is_none();
    let (failed, why) = failed.unzip();
    let answer = Answer {
        code: available.code.clone(),
        works,
        failed,
        why,
        offer: Some(Told {
            title: reading_text(&terms.title),
            value: value_words(terms),
            conditions: conditions(available),
            valid_until: available.valid_until.map(long_date),
            product: asked.shown_product(terms, &outcome),
            order: asked.shown_order(&outcome),
        }),
    };
    Ok(ToolOutput {
        facts,
        // What does not work now is told, not shown as an offer.
        cards: works.then(|| card(available)).into_iter().collect(),
        ..output(&answer)?
    })
}
