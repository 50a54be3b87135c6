//! `change_address`: where an order goes that has not been packed, or the shopper's own address.
//! The call only proposes.

use std::sync::LazyLock;

use minijinja::context;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::covered_order::{LOOKUP_WORDS, broken};
use super::lookup_order::reading_text;
use super::order_action::{Came, carry_out, decision, own_order, receipt, seen, subject};
use super::order_changes::{About, Act, Told, not_done, refusal, terms};
use super::words::Words;
use super::{ConfirmTool, Proposal, ToolContext, ToolError, ToolOutput};
use crate::domain::customer::Address;
use crate::domain::evidence::{Fact, FactValue};
use crate::domain::identity::CustomerScope;
use crate::domain::ids::{CustomerId, IdempotencyKey};
use crate::domain::order::Order;
use crate::shop::NotDone;
use crate::shop::changes::address::{self, Decision, Given, Problem};
use crate::shop::changes::{Refusal, Terms};
use crate::shop::countries::Countries;

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../prompts/reply/change_address.toml")));

pub struct ChangeAddress;

/// Arguments of `change_address`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The number of the order; left out for the shopper's own default address.
    order_number: Option<String>,
    /// The whole new address, as the shopper gave it.
    address: NewAddress,
}

/// An address.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAddress {
    /// Who receives it; left out when it stays the same.
    name: Option<String>,
    /// Street and house number.
    street: String,
    /// Flat, floor or company.
    extra: Option<String>,
    postcode: String,
    city: String,
    /// State, province or county, where the country's addresses name one.
    region: Option<String>,
    /// ISO code or name; left out when it stays the same.
    country: Option<String>,
}

/// What the shopper says yes to, and what they had written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    decision: Decision,
    given: Given,
}

impl NewAddress {
    fn given(self) -> Given {
        Given {
            name: self.name.unwrap_or_default(),
            street: self.street,
            extra: self.extra.unwrap_or_default(),
            postcode: self.postcode,
            city: self.city,
            region: self.region.unwrap_or_default(),
            country: self.country.unwrap_or_default(),
        }
    }
}

impl ConfirmTool for ChangeAddress {
    const NAME: &'static str = "change_address";
    type Args = Args;
    type Resolved = Resolved;

    async fn propose(
        &self,
        context: &ToolContext<'_>,
        args: Args,
    ) -> Result<Proposal<Resolved>, ToolError> {
        let given = args.address.given();
        // A model that fills every field writes an empty one for what it was to leave out.
        let asked = args.order_number.filter(|number| !number.trim().is_empty());
        let decision = match asked {
            Some(number) => {
                let order = own_order(context, &number).await?;
                let terms = terms(context, &order).await?;
                let now = seen(context, &order, Vec::new()).await?;
                address::decide(&now, &terms, &given)
                    .map_err(|why| refusal(&order, &terms, Act::Change, &why))?
            }
            None => {
                let store = &context.shop.store;
                let customer = store.customer(owner(context)?).await.map_err(broken)?;
                let customer = customer.ok_or_else(not_found)?;
                address::decide_own(&customer, &given).map_err(|why| own_refusal(&why))?
            }
        };
        told(&decision, "ask").proposal(Resolved { decision, given }, None)
    }

    async fn execute(
        &self,
        context: &ToolContext<'_>,
        resolved: Resolved,
        key: &IdempotencyKey,
    ) -> Result<ToolOutput, ToolError> {
        match &resolved.decision.order {
            Some(number) => {
                let order = own_order(context, number.as_str()).await?;
                let terms = terms(context, &order).await?;
                of_order(context, resolved, key, order, terms).await
            }
            None => own(context, resolved, key).await,
        }
    }
}

async fn of_order(
    context: &ToolContext<'_>,
    resolved: Resolved,
    key: &IdempotencyKey,
    order: Order,
    terms: Terms,
) -> Result<ToolOutput, ToolError> {
    let (judged, given) = (terms.clone(), resolved.given);
    let (now_ms, its_key) = (context.clock.now_ms(), key.clone());
    let came = carry_out(
        context,
        key,
        ChangeAddress::NAME,
        subject(context, &order, Vec::new()),
        resolved.decision,
        move |now| address::decide(now, &judged, &given),
        move |now, decision: &Decision| {
            let name = ChangeAddress::NAME;
            let receipt = receipt(&its_key, name, now, now_ms, decision, Vec::new());
            address::change(now, decision, receipt)
        },
    );
    match came.await? {
        Came::Done(receipt) => {
            let decision: Decision = decision(&receipt)?;
            told(&decision, "done").output(context, &receipt).await
        }
        Came::Not(why) => Err(not_done(&order, &terms, Act::Change, why)),
    }
}

async fn own(
    context: &ToolContext<'_>,
    resolved: Resolved,
    key: &IdempotencyKey,
) -> Result<ToolOutput, ToolError> {
    let given = resolved.given;
    let (now_ms, its_key) = (context.clock.now_ms(), key.clone());
    let customer = owner(context)?.clone();
    let came = carry_out(
        context,
        key,
        ChangeAddress::NAME,
        context.shop.subject(customer, None, Vec::new(), now_ms),
        resolved.decision,
        move |now| address::decide_own(&now.customer, &given),
        move |now, decision: &Decision| {
            let name = ChangeAddress::NAME;
            let receipt = receipt(&its_key, name, now, now_ms, decision, Vec::new());
            address::change(now, decision, receipt)
        },
    );
    match came.await? {
        Came::Done(receipt) => {
            let decision: Decision = decision(&receipt)?;
            told(&decision, "done").output(context, &receipt).await
        }
        Came::Not(NotDone::Refused(why)) => Err(own_refusal(&why)),
        Came::Not(_) => Err(ToolError::Refused(WORDS.say("changed_own", ()))),
    }
}

fn owner<'a>(context: &'a ToolContext<'_>) -> Result<&'a CustomerId, ToolError> {
    let scope = context.customer.as_ref().map(CustomerScope::customer);
    scope.ok_or_else(|| {
        ToolError::Failed("the gate let a call through without a customer".to_owned())
    })
}

fn not_found() -> ToolError {
    ToolError::Refused(LOOKUP_WORDS.say("not_found", ()))
}

/// No rule of an order stands against the customer's own address: only what is wrong with it does.
fn own_refusal(why: &Refusal) -> ToolError {
    match why {
        Refusal::Address(problem) => ToolError::Refused(problem_words(problem, "", "")),
        _ => not_found(),
    }
}

pub(super) fn problem_words(problem: &Problem, order: &str, since: &str) -> String {
    match problem {
        Problem::Missing(field) => WORDS.say("missing", context! { field => field.words() }),
        Problem::Unreadable(field) => WORDS.say("unreadable", context! { field => field.words() }),
        Problem::Country(said) => WORDS.say("country", context! { said => reading_text(said) }),
        Problem::NoCountry => WORDS.say("no_country", ()),
        Problem::OtherCountry { now, new } => {
            WORDS.say("other_country", context! { order, since, was => now, new })
        }
        Problem::Same => WORDS.say("same", ()),
    }
}

/// `key` is "ask" or "done".
fn told(decision: &Decision, key: &str) -> Told {
    let address = &in_a_line(&decision.address);
    let mut own = Map::new();
    own.insert("address".to_owned(), address.clone().into());
    let (title, line, summary) = match &decision.order {
        Some(order) => {
            let order = &reading_text(order.as_str());
            (
                WORDS.say("title", context! { order }),
                WORDS.say("line", context! { address }),
                WORDS.say(key, context! { order, address }),
            )
        }
        None => (
            WORDS.say("title_own", ()),
            WORDS.say("line_own", context! { address }),
            WORDS.say(&format!("{key}_own"), context! { address }),
        ),
    };
    Told {
        action: ChangeAddress::NAME,
        order: decision.order.clone(),
        title,
        summary,
        lines: vec![line],
        pay: None,
        back: None,
        method: None,
        days: None,
        own,
        facts: facts(decision),
    }
}

fn in_a_line(address: &Address) -> String {
    let country = Countries::get().code(&address.country);
    let name = country.map_or(address.country.as_str(), |country| country.name.as_str());
    WORDS.say(
        "address",
        context! {
            name => reading_text(&address.name),
            street => reading_text(&address.street),
            extra => address.extra.as_deref().map(reading_text),
            postcode => reading_text(&address.postcode),
            city => reading_text(&address.city),
            region => address.region.as_deref().map(reading_text),
            country => name,
        },
    )
}

/// Every word of it that has a digit: house number, flat, postcode.
fn facts(decision: &Decision) -> Vec<Fact> {
    let mut about = match &decision.order {
        Some(order) => About::order(order, []),
        None => About::account(),
    };
    let line = in_a_line(&decision.address);
    about.add("address", FactValue::Code(line.clone()));
    let postcode = reading_text(&decision.address.postcode);
    about.add("address", FactValue::Code(postcode));
    let parts = line.split([' ', ',']);
    for part in parts.filter(|part| part.chars().any(|c| c.is_ascii_digit())) {
        about.add("address", FactValue::Code(part.to_owned()));
    }
    about.facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shop::changes::address::Field;

    #[test]
    fn every_problem_of_an_address_is_said() {
        let other = Problem::OtherCountry {
            now: "Ireland".into(),
            new: "the Netherlands".into(),
        };
        for (problem, part) in [
            (Problem::Missing(Field::City), "What is the city"),
            (
                Problem::Unreadable(Field::Extra),
                "cannot read the second line",
            ),
            (Problem::Country("Xa".into()), "called \"Xa\""),
            (Problem::NoCountry, "Which country"),
            (other, "For the Netherlands you can cancel it"),
            (Problem::Same, "the address already"),
        ] {
            let words = problem_words(&problem, "10482", "Monday 1 January 2024");
            assert!(words.contains(part), "{part} in {words}");
        }
        assert!(WORDS.say("changed_own", ()).contains("has changed"));
        let ToolError::Refused(words) = own_refusal(&Refusal::Cancelled) else {
            panic!("refused")
        };
        assert_eq!(words, LOOKUP_WORDS.say("not_found", ()));
    }
}
