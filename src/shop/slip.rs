//! The return slip as a PDF that goes into the parcel: the shop's own, not a carrier's label.
//! Drawing alone; what a return is worth was decided elsewhere.

mod font;
mod layout;
mod sheet;

use std::sync::LazyLock;

use jiff::civil::Date;
use minijinja::{Environment, Value, context};
use serde::Deserialize;

use super::ShopProfile;
use crate::clock::{long_date, timestamp};
use crate::domain::aftersale::{Aftersale, Exchange, ItemProblem, Remedy, Replacement, SendBack};
use crate::domain::money::Money;
use crate::domain::returns::{Refund, Return};

/// The two sizes that shoppers print: a sheet, and a label printer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Paper {
    A4,
    A6,
}

/// What goes into a parcel that comes back, whatever it comes back for.
#[derive(Clone, Debug)]
pub struct Slip {
    pub number: String,
    order: String,
    created_ms: i64,
    ship_by: Date,
    lines: Vec<SlipLine>,
    comes_of_it: ComesOfIt,
}

#[derive(Clone, Debug)]
struct SlipLine {
    line: u32,
    title: String,
    /// Colour and size.
    variant: [String; 2],
    quantity: u32,
    reason: String,
}

/// What the shopper has for it.
#[derive(Clone, Debug)]
enum ComesOfIt {
    Refund(Refund),
    Exchange {
        difference: Money,
        method: String,
    },
    Replacement,
    Remedied {
        amount: Money,
        method: String,
        days: u32,
    },
}

impl From<&Return> for Slip {
    fn from(one: &Return) -> Self {
        let mut refund = one.refund.clone();
        if one.gift_email.is_some() {
            // Whoever had it as a present reads what they get, and nothing of what was paid.
            let none = Money::zero(refund.total.currency);
            (refund.items, refund.shipping, refund.fee) = (refund.total, none, none);
        }
        let lines = one.lines.iter().map(|line| SlipLine {
            line: line.line,
            title: line.title.clone(),
            variant: [line.color.clone(), line.size.clone()],
            quantity: line.quantity,
            reason: line.reason.words().to_owned(),
        });
        Self {
            number: one.number.to_string(),
            order: one.order.to_string(),
            created_ms: one.created_ms,
            ship_by: one.ship_by,
            lines: lines.collect(),
            comes_of_it: ComesOfIt::Refund(refund),
        }
    }
}

impl Slip {
    /// Of an exchange, or of a replacement whose old item comes back.
    pub fn of(aftersale: &Aftersale) -> Option<Self> {
        match aftersale {
            Aftersale::Exchange(exchange) => Some(Self::of_exchange(exchange)),
            Aftersale::Replacement(one) => Some(Self::of_replacement(one, one.send_back.as_ref()?)),
            Aftersale::Claim(_) => None,
        }
    }

    fn of_exchange(one: &Exchange) -> Self {
        let lines = one.pairs.iter().map(|pair| SlipLine {
            line: pair.line,
            title: pair.title.clone(),
            variant: [pair.from_variant.clone(), String::new()],
            quantity: pair.quantity,
            reason: fill(
                &WORDS.exchange_for,
                context! { variant => &pair.to_variant },
            ),
        });
        Self {
            number: one.number.to_string(),
            order: one.order.to_string(),
            created_ms: one.created_ms,
            ship_by: one.ship_by,
            lines: lines.collect(),
            comes_of_it: ComesOfIt::Exchange {
                difference: one.difference,
                method: one.method.clone(),
            },
        }
    }

    fn of_replacement(one: &Replacement, back: &SendBack) -> Self {
        let here = one.lines.iter();
        let here = here.filter(|line| line.problem != ItemProblem::Missing);
        let lines = here.map(|line| SlipLine {
            line: line.line,
            title: line.title.clone(),
            variant: [String::new(), String::new()],
            quantity: line.quantity,
            reason: match line.problem {
                ItemProblem::Wrong => WORDS.wrong.clone(),
                ItemProblem::Damaged | ItemProblem::Missing => WORDS.damaged.clone(),
            },
        });
        Self {
            number: one.number.to_string(),
            order: one.order.to_string(),
            created_ms: one.created_ms,
            ship_by: back.by,
            lines: lines.collect(),
            comes_of_it: match &one.remedy {
                Remedy::Replacement => ComesOfIt::Replacement,
                Remedy::Refund {
                    amount,
                    method,
                    days,
                    ..
                } => ComesOfIt::Remedied {
                    amount: *amount,
                    method: method.clone(),
                    days: *days,
                },
            },
        }
    }
}

/// The slip of a return, an exchange or a replacement. The same one and profile give the same bytes.
pub fn render(slip: impl Into<Slip>, profile: &ShopProfile, paper: Paper) -> Vec<u8> {
    let slip = &slip.into();
    let words = Filled::new(slip, profile);
    let created = timestamp(slip.created_ms).to_zoned(profile.zone.clone());
    let title = format!("{} {}", words.title, slip.number);
    layout::draw(slip, profile, &words, paper).finish(&title, &created)
}

/// `prompts/reply/slip.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    title: String,
    number: String,
    number_other: String,
    order: String,
    deadline: String,
    address: String,
    refund: String,
    refund_total: String,
    refund_words: String,
    exchange: String,
    exchange_total: String,
    exchange_words: String,
    exchange_for: String,
    replacement: String,
    replacement_total: String,
    replacement_words: String,
    remedied_words: String,
    wrong: String,
    damaged: String,
    item: String,
    items: String,
    reason: String,
    quantity: String,
    steps_title: String,
    steps: Vec<String>,
    more: String,
    continued: String,
    page: String,
    contact: String,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    toml::from_str(include_str!("../../prompts/reply/slip.toml"))
        .expect("the words of the slip are part of the program and read by its tests")
});

fn fill(template: &str, context: Value) -> String {
    Environment::new()
        .render_str(template, context)
        .expect("the words of the slip are part of the program and filled by its tests")
}

/// The words of one slip.
struct Filled {
    title: &'static str,
    number: &'static str,
    order: String,
    deadline: String,
    address: &'static str,
    refund: &'static str,
    refund_total: String,
    refund_words: String,
    items: &'static str,
    reason: &'static str,
    quantity: &'static str,
    steps_title: &'static str,
    steps: Vec<String>,
    continued: String,
    contact: String,
}

impl Filled {
    fn new(slip: &Slip, profile: &ShopProfile) -> Self {
        let words = &*WORDS;
        let date = long_date(slip.ship_by);
        let dated = |text: &String| fill(text, context! { date => &date });
        Self {
            title: &words.title,
            number: match slip.comes_of_it {
                ComesOfIt::Refund(_) => &words.number,
                _ => &words.number_other,
            },
            order: fill(&words.order, context! { order => slip.order.as_str() }),
            deadline: dated(&words.deadline),
            address: &words.address,
            refund: match slip.comes_of_it {
                ComesOfIt::Refund(_) | ComesOfIt::Remedied { .. } => &words.refund,
                ComesOfIt::Exchange { .. } => &words.exchange,
                ComesOfIt::Replacement => &words.replacement,
            },
            refund_total: total(slip),
            refund_words: comes_of_it(slip),
            items: &words.items,
            reason: &words.reason,
            quantity: &words.quantity,
            steps_title: &words.steps_title,
            steps: words.steps.iter().map(dated).collect(),
            continued: fill(
                &words.continued,
                context! { number => slip.number.as_str() },
            ),
            contact: fill(&words.contact, context! { email => &profile.email }),
        }
    }
}

/// In bold: the amount, or what is sent instead.
fn total(slip: &Slip) -> String {
    let amount = |total: Money| fill(&WORDS.refund_total, context! { total => total.to_string() });
    match &slip.comes_of_it {
        ComesOfIt::Refund(refund) => amount(refund.total),
        ComesOfIt::Remedied { amount: total, .. } => amount(*total),
        ComesOfIt::Exchange { .. } => WORDS.exchange_total.clone(),
        ComesOfIt::Replacement => WORDS.replacement_total.clone(),
    }
}

fn comes_of_it(slip: &Slip) -> String {
    match &slip.comes_of_it {
        ComesOfIt::Refund(refund) => refund_words(refund),
        ComesOfIt::Remedied { method, days, .. } => {
            fill(&WORDS.remedied_words, context! { method, days })
        }
        ComesOfIt::Exchange { difference, method } => {
            let some = |minor: i64| {
                (minor > 0).then(|| Money::new(minor, difference.currency).to_string())
            };
            let (pay, back) = (some(difference.minor), some(-difference.minor));
            fill(&WORDS.exchange_words, context! { pay, back, method })
        }
        ComesOfIt::Replacement => WORDS.replacement_words.clone(),
    }
}

fn refund_words(refund: &Refund) -> String {
    let some = |amount: Money| (amount.minor != 0).then(|| amount.to_string());
    fill(
        &WORDS.refund_words,
        context! {
            items => refund.items.to_string(),
            shipping => some(refund.shipping),
            fee => some(refund.fee),
            method => &refund.method,
            days => refund.days,
        },
    )
}

/// What an item is called whose title cannot be printed.
fn item(line: u32) -> String {
    fill(&WORDS.item, context! { line })
}

fn more(count: usize) -> String {
    fill(&WORDS.more, context! { count })
}

fn page_of(page: usize, pages: usize) -> String {
    fill(&WORDS.page, context! { page, pages })
}
