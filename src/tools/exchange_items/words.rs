//! What an exchange's proposal and refusals say: `prompts/reply/exchange_items.toml`.

use std::sync::LazyLock;

use minijinja::context;
use serde::Serialize;

use super::super::ToolError;
use super::super::aftersales::{any_of, no_such_line, retry, title, told};
use super::super::covered_order::LOOKUP_WORDS;
use super::super::lookup_order::reading_text;
use super::super::words::Words;
use super::judged::Asked;
use crate::clock::{day, long_date};
use crate::domain::aftersale::ExchangePair;
use crate::domain::money::Money;
use crate::domain::order::Order;
use crate::shop::countries::Countries;
use crate::shop::exchanges::{Decision, MethodWhy, Refusal};
use crate::shop::methods::Method;
use crate::shop::returns::WhyNot;
use crate::shop::variants;

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../../prompts/reply/exchange_items.toml")));

/// Items whose new variants are listed in a refusal, at most.
const OTHERS_MAX: usize = 8;

pub fn say<V: Serialize>(key: &str, values: V) -> String {
    WORDS.say(key, values)
}

fn what(decision: &Decision) -> String {
    let pieces: u32 = decision.pairs.iter().map(|pair| pair.quantity).sum();
    say(if pieces == 1 { "what_one" } else { "what_many" }, ())
}

/// What becomes of the difference.
fn money(decision: &Decision) -> String {
    let minor = decision.difference.minor;
    let key = match minor {
        0 => "even",
        1.. => "pay",
        _ => "back",
    };
    let amount = Money::new(minor.abs(), decision.difference.currency).to_string();
    let method = reading_text(&decision.method);
    say(
        key,
        context! { amount, method, days => decision.days, what => what(decision) },
    )
}

fn pair_values(pair: &ExchangePair) -> minijinja::Value {
    context! {
        quantity => pair.quantity,
        title => reading_text(&pair.title),
        from => reading_text(&pair.from_variant),
        to => reading_text(&pair.to_variant),
    }
}

/// The exact consequence, one statement a line.
pub fn lines(decision: &Decision) -> Vec<String> {
    let pairs = decision.pairs.iter();
    let mut lines: Vec<String> = pairs.map(|pair| say("line", pair_values(pair))).collect();
    lines.push(money(decision));
    lines.push(say("set_aside", context! { what => what(decision) }));
    let day = long_date(decision.ship_by);
    lines.push(say("hand_over", context! { day }));
    lines
}

/// All of it in the shopper's words: as a proposal, or as what was done.
pub fn said(key: &str, order: &Order, decision: &Decision, number: Option<&str>) -> String {
    let pairs = decision.pairs.iter();
    let items: Vec<String> = pairs.map(|pair| say("item", pair_values(pair))).collect();
    let values = context! {
        order => reading_text(order.number.as_str()), number, items => items.join("; "),
        money => money(decision), what => what(decision), day => long_date(decision.ship_by),
    };
    say(key, values)
}

/// What was refused, and what it was refused by.
pub struct Refusing<'a> {
    order: &'a Order,
    asked: &'a Asked,
    why: Refusal,
}

impl<'a> Refusing<'a> {
    pub fn new(order: &'a Order, asked: &'a Asked, why: Refusal) -> Self {
        Self { order, asked, why }
    }

    /// A refusal for whoever can do something about it.
    pub fn words(&self) -> ToolError {
        let order = self.order.number.as_str();
        let policy = self.asked.policy.as_str();
        let refused = |key: &str, values: minijinja::Value| ToolError::Refused(say(key, values));
        let item = |line: u32| title(self.order, line);
        match &self.why {
            Refusal::Gone => ToolError::Refused(LOOKUP_WORDS.say("not_found", ())),
            Refusal::Nothing => retry("nothing", ()),
            Refusal::NoSuchLine(lines) => no_such_line(self.order, lines),
            Refusal::Unclear { line } => retry("unclear", context! { line }),
            Refusal::Country { code } => {
                let first = self.asked.items.first().map_or(0, |wanted| wanted.line);
                let country = Countries::get().code(code);
                let country = country.map_or(code.clone(), |country| country.words());
                refused("country", context! { country, policy, item => item(first) })
            }
            Refusal::Once => refused("once", context! { order, policy }),
            Refusal::NotPossible(lines) => {
                let why = lines
                    .iter()
                    .map(|(line, why)| self.not_possible(*line, why));
                let mut sentences: Vec<String> = why.collect();
                sentences.dedup();
                ToolError::Refused(sentences.join(" "))
            }
            Refusal::TooMany { line, asked, open } => refused(
                "too_many",
                context! { order, item => item(*line), asked, open },
            ),
            Refusal::NotSold { line } => {
                refused("not_sold", context! { order, item => item(*line) })
            }
            Refusal::Variant { line, why } => self.variant(*line, why),
            Refusal::Same { line } => refused("same", context! { order, item => item(*line) }),
            Refusal::SoldOut {
                line,
                variant,
                left,
                others,
                ..
            } => {
                let others = any_of(&others[..others.len().min(OTHERS_MAX)]);
                let variant = reading_text(variant);
                refused(
                    "sold_out",
                    context! { item => item(*line), variant, left, others },
                )
            }
            Refusal::OtherCurrency => refused("other_currency", context! { order }),
            Refusal::Method(why) => method(why),
        }
    }

    fn not_possible(&self, line: u32, why: &WhyNot) -> String {
        let key = match why {
            WhyNot::OrderCancelled => "cancelled",
            WhyNot::NotDelivered => "not_delivered",
            WhyNot::ReturnedToSender => "returned_to_sender",
            WhyNot::DeliveryDayUnknown => "day_unknown",
            WhyNot::WindowOver { .. } => "window_over",
            WhyNot::AlreadyReturned => "already_returned",
            WhyNot::AlreadyExchanged => "already_exchanged",
            WhyNot::AlreadySettled => "already_settled",
            WhyNot::OncePerOrder => "once",
            WhyNot::FinalSale => "final_sale",
            WhyNot::Excluded { .. } => "excluded",
            WhyNot::GiftCard => "gift_card",
        };
        let until = match why {
            WhyNot::WindowOver { until } => long_date(*until),
            _ => String::new(),
        };
        let category = match why {
            WhyNot::Excluded { category } => category.replace('-', " "),
            _ => String::new(),
        };
        let values = context! {
            order => self.order.number.as_str(), item => title(self.order, line), until, category,
            placed => long_date(day(self.order.placed_ms, &self.asked.zone)),
            days => self.asked.return_rules.window_days, policy => self.asked.policy.as_str(),
        };
        say(key, values)
    }

    fn variant(&self, line: u32, why: &variants::WhyNot) -> ToolError {
        let (key, colors, sizes) = match why {
            variants::WhyNot::Unsaid { colors, sizes } => ("which", colors, sizes),
            variants::WhyNot::NoSuch { colors, sizes } => ("no_such", colors, sizes),
            variants::WhyNot::NotTogether { colors, sizes } => ("not_together", colors, sizes),
        };
        let some = |values: &[String]| any_of(&values[..values.len().min(OTHERS_MAX)]);
        let values = context! {
            item => title(self.order, line), colors => some(colors), sizes => some(sizes),
        };
        ToolError::Refused(say(key, values))
    }
}

fn method(why: &MethodWhy) -> ToolError {
    let choices = |methods: &[Method]| any_of(&methods.iter().map(told_apart).collect::<Vec<_>>());
    let words = match why {
        MethodWhy::Unknown { choices: all } => {
            say("method_unknown", context! { choices => choices(all) })
        }
        MethodWhy::Several { choices: all } => {
            say("method_which", context! { choices => choices(all) })
        }
        MethodWhy::Unsaid {
            difference,
            choices: all,
        } => {
            let key = if difference.minor > 0 {
                "pay_with"
            } else {
                "back_to"
            };
            let amount = Money::new(difference.minor.abs(), difference.currency).to_string();
            say(key, context! { amount, choices => choices(all) })
        }
        MethodWhy::Short {
            method,
            difference,
            choices: all,
        } => {
            let method = reading_text(&method.words());
            let amount = difference.to_string();
            say(
                "short",
                context! { method, amount, choices => choices(all) },
            )
        }
    };
    ToolError::Refused(words)
}

/// Gift cards look alike but for their ids.
fn told_apart(method: &Method) -> String {
    match method.balance {
        Some(_) => format!("{} ({})", told(method), reading_text(method.id.as_str())),
        None => told(method),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_words_with_its_values() {
        let values = context! {
            order => "10482", number => "EX-1", quantity => 1, title => "Jacket", from => "navy, M",
            to => "navy, L", amount => "€5.00", method => "Visa", days => 5, what => "item",
            day => "Friday", items => "Jacket", money => "Even", country => "Norway",
            policy => "exchanges 2026-03", item => "Jacket", until => "Friday", placed => "Monday",
            category => "underwear", open => 1, asked => 2, colors => "navy", sizes => "M",
            variant => "navy, L", left => 0, others => "navy, M", choices => "Visa",
        };
        let file = include_str!("../../../prompts/reply/exchange_items.toml");
        let keys: toml::Table = file.parse().expect("it reads");
        for key in keys.keys() {
            assert!(!say(key, values.clone()).is_empty(), "{key}");
        }
    }
}
