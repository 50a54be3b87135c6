//! The return slip as a PDF that goes into the parcel: the shop's own, not a carrier's label.
//! Drawing alone; what a return is worth was decided elsewhere.

mod font;
mod layout;
mod sheet;

use std::sync::LazyLock;

use minijinja::{Environment, Value, context};
use serde::Deserialize;

use super::ShopProfile;
use crate::clock::{long_date, timestamp};
use crate::domain::money::Money;
use crate::domain::returns::Return;

/// The two sizes that shoppers print: a sheet, and a label printer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Paper {
    A4,
    A6,
}

/// The slip of a return. The same return and profile give the same bytes.
pub fn render(slip: &Return, profile: &ShopProfile, paper: Paper) -> Vec<u8> {
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
    order: String,
    deadline: String,
    address: String,
    refund: String,
    refund_total: String,
    refund_words: String,
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
    fn new(slip: &Return, profile: &ShopProfile) -> Self {
        let words = &*WORDS;
        let date = long_date(slip.ship_by);
        let dated = |text: &String| fill(text, context! { date => &date });
        Self {
            title: &words.title,
            number: &words.number,
            order: fill(&words.order, context! { order => slip.order.as_str() }),
            deadline: dated(&words.deadline),
            address: &words.address,
            refund: &words.refund,
            refund_total: fill(
                &words.refund_total,
                context! { total => slip.refund.total.to_string() },
            ),
            refund_words: refund_words(slip),
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

fn refund_words(slip: &Return) -> String {
    let refund = &slip.refund;
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
