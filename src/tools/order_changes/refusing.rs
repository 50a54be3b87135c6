//! Why an order is not cancelled or changed, in the words of whoever can do something about it.

use minijinja::context;
use serde::Serialize;

use super::super::ToolError;
use super::super::change_address;
use super::super::covered_order::LOOKUP_WORDS;
use super::super::lookup_order::reading_text;
use super::WORDS;
use crate::clock::long_date;
use crate::domain::order::{Order, OrderStatus};
use crate::domain::policy::ChangeUntil;
use crate::shop::NotDone;
use crate::shop::changes::books::Problem;
use crate::shop::changes::{Refusal, Terms};

/// What somebody wanted to do with the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tools) enum Act {
    Cancel,
    Change,
}

impl Act {
    fn words(self) -> &'static str {
        match self {
            Self::Cancel => "cancelled",
            Self::Change => "changed",
        }
    }
}

/// A refusal names the rule, its date and what is possible instead.
pub(in crate::tools) fn refusal(
    order: &Order,
    terms: &Terms,
    act: Act,
    why: &Refusal,
) -> ToolError {
    let since = long_date(terms.valid_from);
    let number = reading_text(order.number.as_str());
    let values = Values {
        order: &number,
        act: act.words(),
        since: &since,
        until: until(terms.rules.change_until),
        status: order.status.words(),
        instead: instead(order.status),
    };
    ToolError::Refused(match why {
        Refusal::NoOrder => LOOKUP_WORDS.say("not_found", ()),
        Refusal::Cancelled => WORDS.say("cancelled", &values),
        Refusal::PartlyShipped => WORDS.say("partly_shipped", &values),
        Refusal::TooLate(_) => WORDS.say("too_late", &values),
        Refusal::ItemsChanged => WORDS.say("items_changed", &values),
        Refusal::Reason(allowed) => {
            let reasons: Vec<&str> = allowed.iter().map(|reason| reason.words()).collect();
            WORDS.say("reason", context! { order => number, since, reasons })
        }
        Refusal::Address(problem) => change_address::problem_words(problem, &number, &since),
        Refusal::Pay(problem) => pay(problem, &number, &since),
    })
}

#[derive(Serialize)]
struct Values<'a> {
    order: &'a str,
    act: &'a str,
    since: &'a str,
    until: String,
    status: &'a str,
    instead: String,
}

fn until(until: ChangeUntil) -> String {
    match until {
        ChangeUntil::Packed => WORDS.say("until_packed", ()),
        ChangeUntil::Shipped => WORDS.say("until_shipped", ()),
    }
}

fn instead(status: OrderStatus) -> String {
    let key = match status {
        OrderStatus::Delivered => "instead_return",
        OrderStatus::ReturnedToSender => "instead_person",
        OrderStatus::Returned => "instead_nothing",
        _ => "instead_return_later",
    };
    WORDS.say(key, ())
}

fn pay(problem: &Problem, order: &str, since: &str) -> String {
    match problem {
        Problem::Unknown(choices) if choices.is_empty() => WORDS.say("pay_none", ()),
        Problem::Unknown(choices) => {
            WORDS.say("pay_unknown", context! { choices => either(choices) })
        }
        Problem::Several(choices) => {
            WORDS.say("pay_several", context! { choices => either(choices) })
        }
        Problem::Which {
            amount,
            back,
            choices,
        } => {
            let key = if *back { "pay_which_back" } else { "pay_which" };
            let values = context! { amount => amount.to_string(), choices => either(choices) };
            WORDS.say(key, values)
        }
        Problem::Short { holds, amount } => {
            let values = context! { holds => holds.to_string(), amount => amount.to_string() };
            WORDS.say("pay_short", values)
        }
        Problem::OtherCurrency => WORDS.say("pay_other_currency", context! { order }),
        Problem::NotOriginal { choices } => WORDS.say(
            "pay_not_original",
            context! { order, choices => either(choices) },
        ),
        Problem::Same => WORDS.say("pay_same", context! { order }),
        Problem::NothingDue => WORDS.say("pay_nothing_due", context! { order }),
        Problem::Enough(times) => WORDS.say("pay_enough", context! { order, since, times }),
        Problem::Books => WORDS.say("pay_books", context! { order }),
    }
}

/// "Visa ending in 4242, PayPal or gift card with €20.00"
fn either(choices: &[String]) -> String {
    let words: Vec<String> = choices.iter().map(|words| reading_text(words)).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Why a confirmed action was not carried out.
pub(in crate::tools) fn not_done<D>(
    order: &Order,
    terms: &Terms,
    act: Act,
    why: NotDone<D, Refusal>,
) -> ToolError {
    let key = match why {
        NotDone::Refused(why) => return refusal(order, terms, act, &why),
        NotDone::Changed(_) => "changed",
        NotDone::NeedsAgent(_) => "needs_agent",
        NotDone::Paused(_) => "paused",
    };
    ToolError::Refused(WORDS.say(key, ()))
}
