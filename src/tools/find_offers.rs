//! `find_offers`: what this shopper may have off, with the code for it. Whose offers, and how much
//! they are worth, is decided by proof and by the shop's file; no argument says either.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::covered_order::broken;
use super::lookup_order::reading_text;
use super::offer_shown::{
    Asked, ShownOrder, ShownProduct, WORDS, card, conditions, name_facts, value_facts, value_words,
};
use super::{ReadTool, ToolContext, ToolError, ToolOutput};
use crate::clock::long_date;
use crate::customers::Profile;
use crate::customers::offers::Available;
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::domain::identity::CustomerScope;

pub struct FindOffers;

/// Arguments of `find_offers`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The id or whole title of a product, to learn what it costs with each offer; otherwise null.
    product: Option<String>,
    /// What the shopper's order comes to, as "149.90" in the shop's currency, to learn what it costs with each offer; otherwise null.
    order_value: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    signed_in: bool,
    segment: Option<&'static str>,
    why: Option<String>,
    offers: Vec<Offered>,
    none: Option<String>,
}

#[derive(Serialize)]
struct Offered {
    offer: String,
    title: String,
    code: String,
    personal: bool,
    value: String,
    conditions: Vec<String>,
    valid_until: Option<String>,
    product: Option<ShownProduct>,
    order: Option<ShownOrder>,
}

impl ReadTool for FindOffers {
    const NAME: &'static str = "find_offers";
    type Args = Args;

    async fn call(&self, context: &ToolContext<'_>, args: Args) -> Result<ToolOutput, ToolError> {
        let asked = Asked::read(context, args.product, args.order_value).await?;
        let now_ms = context.clock.now_ms();
        let customer = context.customer.as_ref().map(CustomerScope::customer);
        let profile = match customer {
            Some(customer) => context
                .customers
                .profile(context.shop, customer, now_ms)
                .await
                .map_err(broken)?,
            None => None,
        };
        let found = context
            .customers
            .offers_for(context.shop, customer, profile.as_ref(), now_ms)
            .await
            .map_err(broken)?;
        answer(context, &asked, profile.as_ref(), &found)
    }
}

fn answer(
    context: &ToolContext<'_>,
    asked: &Asked,
    profile: Option<&Profile>,
    found: &[Available],
) -> Result<ToolOutput, ToolError> {
    let floor = context.customers.margin_floor_percent();
    let (mut facts, mut offers) = (Vec::new(), Vec::new());
    for available in found {
        let terms = &available.terms;
        let outcome = asked.outcome(terms, floor);
        facts.extend(name_facts(available));
        facts.extend(value_facts(available, context.shop.profile.currency));
        facts.extend(asked.facts(available, &outcome));
        if let Some(profile) = profile.filter(|_| available.personal) {
            facts.extend(why_facts(profile, available));
        }
        offers.push(Offered {
            offer: available.offer.clone(),
            title: reading_text(&terms.title),
            code: available.code.clone(),
            personal: available.personal,
            value: value_words(terms),
            conditions: conditions(available),
            valid_until: available.valid_until.map(long_date),
            product: asked.shown_product(terms, &outcome),
            order: asked.shown_order(&outcome),
        });
    }
    let none = offers.is_empty().then(|| none_words(context));
    let segment = profile.and_then(|profile| profile.segment);
    let answer = Answer {
        signed_in: context.customer.is_some(),
        segment: segment.map(crate::domain::offer::Segment::words),
        why: segment.and(profile).map(|profile| profile.why.clone()),
        offers,
        none,
    };
    Ok(ToolOutput {
        content: serde_json::to_string(&answer)
            .map_err(|error| ToolError::Failed(error.to_string()))?,
        facts,
        cards: found.iter().map(card).collect(),
        ..ToolOutput::default()
    })
}

fn none_words(context: &ToolContext<'_>) -> String {
    let key = match (context.customers.offers(), &context.customer) {
        (None, _) => "no_offers",
        (Some(_), None) => "none_public",
        (Some(_), Some(_)) => "none_personal",
    };
    WORDS.say(key, ())
}

/// The numbers of the sentence that says why a personal offer is the customer's.
fn why_facts(profile: &Profile, available: &Available) -> Vec<Fact> {
    let about: Subject = super::offer_shown::subject(available);
    let behaviour = &profile.behaviour;
    let number =
        |attribute: &str, value: i64| Fact::new(&about, attribute, FactValue::Number(value));
    let mut facts = vec![
        number("why_orders", i64::from(behaviour.orders)),
        number("why_months", i64::from(behaviour.observed_months)),
        Fact::new(&about, "why_kept", FactValue::Money(behaviour.net_spend)),
    ];
    facts.extend(
        behaviour
            .newest_days()
            .map(|days| number("why_newest_days", days)),
    );
    facts
}
