//! Why an order is not cancelled or changed, in the words of whoever can do something about it.

use minijinja::context;
use serde::Serialize;

use super::super::ToolError;
use super::super::covered_order::LOOKUP_WORDS;
use super::super::lookup_order::reading_text;
use super::super::{change_address, change_items};
use super::WORDS;
use crate::clock::long_date;
use crate::domain::order::{Order, OrderStatus};
use crate::domain::policy::ChangeUntil;
use crate::shop::NotDone;
use crate::shop::books::Problem;
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
        Refusal::Items(problem) => return change_items::problem(problem, order),
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
        // A hint for whoever calls the tool is no answer to who has said yes.
        NotDone::Refused(why) => match refusal(order, terms, act, &why) {
            ToolError::Retry(_) => "changed",
            refused => return refused,
        },
        NotDone::Changed(_) => "changed",
        NotDone::NeedsAgent(_) => return ToolError::Person(WORDS.say("needs_agent", ())),
        NotDone::Paused(_) => return ToolError::Person(WORDS.say("paused", ())),
    };
    ToolError::Refused(WORDS.say(key, ()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{CustomerId, OrderNumber};
    use crate::domain::money::{Currency, Money};
    use crate::domain::order::{CancelReason, OrderHistory};
    use crate::domain::policy::ChangeRules;
    use crate::shop::changes::{address, items};

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    fn order(status: OrderStatus) -> Order {
        Order {
            number: OrderNumber::new("10482"),
            customer: CustomerId::new("c"),
            placed_ms: 0,
            status,
            currency: Currency::EUR,
            lines: Vec::new(),
            shipping: eur(0),
            total: eur(0),
            payments: Vec::new(),
            shipments: Vec::new(),
            address: None,
            note: None,
            history: OrderHistory::default(),
        }
    }

    fn terms(until: &str) -> Terms {
        let rules = format!("change_until = \"{until}\"\nrefund_days = 5");
        let rules: ChangeRules = toml::from_str(&rules).expect("it reads");
        Terms {
            rules,
            policy: "order-changes 2024-01".into(),
            valid_from: jiff::civil::date(2024, 1, 1),
        }
    }

    fn words(why: &Refusal, status: OrderStatus) -> String {
        match refusal(&order(status), &terms("shipped"), Act::Change, why) {
            ToolError::Refused(words) | ToolError::Retry(words) => words,
            other => panic!("{other:?}"),
        }
    }

    /// Every refusal has its words, with all that they name.
    #[test]
    fn every_refusal_is_said() {
        let two = vec!["PayPal".to_owned(), "Visa ending in 4242".to_owned()];
        let pay = [
            (
                Problem::Unknown(two.clone()),
                "PayPal or Visa ending in 4242",
            ),
            (Problem::Unknown(Vec::new()), "pass it to a colleague"),
            (Problem::Several(two.clone()), "Which one do you mean"),
            (
                Problem::Which {
                    amount: eur(500),
                    back: false,
                    choices: two.clone(),
                },
                "charge the €5.00 to PayPal or Visa",
            ),
            (
                Problem::Which {
                    amount: eur(500),
                    back: true,
                    choices: two.clone(),
                },
                "pay the €5.00 back to PayPal or Visa",
            ),
            (
                Problem::Short {
                    holds: eur(100),
                    amount: eur(500),
                },
                "holds €1.00, which is less than the €5.00",
            ),
            (Problem::OtherCurrency, "another currency"),
            (
                Problem::NotOriginal { choices: two },
                "go back to: PayPal or",
            ),
            (
                Problem::NotOriginal {
                    choices: Vec::new(),
                },
                "leave it to us",
            ),
            (Problem::Same, "paid that way already"),
            (Problem::NothingDue, "nothing to pay"),
            (Problem::Enough(1), "changed once"),
            (Problem::Enough(3), "changed 3 times"),
            (Problem::Books, "a person has to look"),
        ];
        for (problem, part) in pay {
            let words = words(&Refusal::Pay(problem), OrderStatus::Processing);
            assert!(words.contains(part), "{part} in {words}");
        }
        let reasons = vec![CancelReason::NoLongerNeeded, CancelReason::OrderedByMistake];
        for (why, part) in [
            (Refusal::NoOrder, "cannot find an order"),
            (Refusal::Cancelled, "cancelled already"),
            (Refusal::PartlyShipped, "A part of order 10482"),
            (Refusal::TooLate(OrderStatus::Packed), "until it is shipped"),
            (Refusal::ItemsChanged, "have been changed"),
            (
                Refusal::Reason(reasons),
                "no longer needed or ordered by mistake",
            ),
            (
                Refusal::Address(address::Problem::NoCountry),
                "Which country",
            ),
            (Refusal::Items(items::Problem::Nothing), "at least one line"),
        ] {
            let words = words(&why, OrderStatus::Processing);
            assert!(words.contains(part), "{part} in {words}");
        }
    }

    /// Whatever has become of the order, there is something that is still possible.
    #[test]
    fn what_is_possible_instead_depends_on_where_the_order_is() {
        for (status, part) in [
            (OrderStatus::Packed, "once it has arrived"),
            (OrderStatus::Delivered, "under our returns policy"),
            (OrderStatus::ReturnedToSender, "pass it to a colleague"),
            (OrderStatus::Returned, "come back already"),
        ] {
            let words = words(&Refusal::TooLate(status), status);
            assert!(words.contains(part), "{part} in {words}");
        }
    }

    #[test]
    fn what_was_not_carried_out_says_why() {
        let not = |why: NotDone<(), Refusal>| {
            let order = order(OrderStatus::Processing);
            match not_done(&order, &terms("packed"), Act::Cancel, why) {
                ToolError::Refused(words) | ToolError::Person(words) => words,
                other => panic!("{other:?}"),
            }
        };
        assert!(not(NotDone::Changed(())).contains("something has changed"));
        assert!(not(NotDone::Paused("audit".into())).contains("paused"));
        let raised = crate::shop::money::Raised::NoLimits;
        assert!(not(NotDone::NeedsAgent(raised)).contains("a colleague decides"));
        assert!(not(NotDone::Refused(Refusal::Cancelled)).contains("cancelled already"));
        let words = WORDS.say("no_rules", context! { order => "10482" });
        assert!(words.contains("a person has to decide"));
    }
}
