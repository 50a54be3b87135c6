//! Tool results as the built-in model reads them. Everything in them is data; whatever does not
//! have the expected shape is taken for a failure, never for words.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::goods::Goods;
use super::replies::Replies;

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Order {
    pub order_number: String,
    pub status: String,
    pub placed: String,
    pub items: Vec<Item>,
    pub shipping_paid: Option<String>,
    pub total: Option<String>,
    pub paid_with: Option<String>,
    pub parcels: Vec<Parcel>,
    pub can_do: Vec<CanDo>,
    pub returns: Vec<Returned>,
    pub other_orders: Vec<OtherOrder>,
    /// The customer's own, where they are signed in.
    pub payment_methods: Vec<Method>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Method {
    pub id: String,
    pub name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Item {
    pub line: u32,
    pub title: String,
    pub color: Option<String>,
    pub size: Option<String>,
    pub quantity: u32,
    pub price: Option<String>,
    pub paid: Option<String>,
    pub returned: u32,
    pub can_return: bool,
    pub why_not: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Parcel {
    /// From 1.
    pub parcel: u32,
    pub carrier: Option<String>,
    pub tracking: Option<String>,
    pub status: String,
    pub items: Vec<u32>,
    pub shipped: Option<String>,
    pub expected: Option<String>,
    pub delivered: Option<String>,
    pub late: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct CanDo {
    pub action: String,
    pub parcel: Option<u32>,
    pub items: Vec<u32>,
    pub until: Option<String>,
    pub from: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Returned {
    pub return_number: String,
    pub status: String,
    pub items: Vec<u32>,
    pub refund: Option<String>,
    pub hand_over_by: Option<String>,
    pub slip: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct OtherOrder {
    pub order_number: String,
    pub status: String,
    pub placed: String,
    /// The first item's title, and how many more there are.
    pub items: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Passage {
    pub policy: String,
    pub title: String,
    pub heading: String,
    pub text: String,
    pub stale: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Proposed {
    pub order_number: String,
    pub items: Vec<ProposedItem>,
    pub refund: ProposedRefund,
    pub refund_to: String,
    pub refund_days: u32,
    pub hand_over_by: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct ProposedItem {
    pub line: u32,
    pub title: String,
    pub quantity: u32,
    pub reason: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct ProposedRefund {
    pub items: String,
    pub shipping: String,
    pub fee: String,
    pub total: String,
}

/// What an order action would do; its `summary` says all of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Prepared {
    pub action: String,
    /// Empty where it is about no order.
    #[serde(deserialize_with = "or_empty")]
    pub order_number: String,
    pub summary: String,
}

/// Tools whose proposals and results have one shape.
const ORDER_ACTIONS: [&str; 7] = [
    "cancel_order",
    "change_address",
    "change_items",
    "change_payment",
    "exchange_items",
    "replace_item",
    "open_delivery_claim",
];

/// The same tools and that of returns, by name.
pub fn preparing_tool(name: &str) -> Option<&'static str> {
    let mut all = ORDER_ACTIONS.iter().chain(&["start_return"]);
    all.find(|tool| **tool == name).copied()
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Order(Box<Order>),
    Passages(Vec<Passage>),
    Proposed(Box<Proposed>),
    /// A return that the shopper confirmed is registered.
    Registered {
        order: String,
    },
    /// An order action waits for a yes.
    Prepared(Box<Prepared>),
    /// One that the shopper confirmed was carried out.
    CarriedOut {
        order: String,
    },
    PassedOn {
        words: String,
    },
    /// Of a tool that sells, advises or proves who somebody is.
    Goods(Box<Goods>),
    /// The tool's words for the shopper.
    Refused(String),
    Broken,
}

/// A refusal longer than this is no sentence for a shopper.
const REFUSAL_CHARS_MAX: usize = 600;

impl Outcome {
    pub fn read(tool: &str, content: &str) -> Self {
        let Ok(json) = serde_json::from_str::<Value>(content) else {
            return Self::sentence(content);
        };
        match tool {
            "lookup_order" => parsed(json)
                .filter(|order: &Order| !order.order_number.is_empty())
                .map_or(Self::Broken, |order| Self::Order(Box::new(order))),
            "search_policies" => json
                .get("passages")
                .cloned()
                .and_then(parsed)
                .map_or(Self::Broken, Self::Passages),
            "start_return" if json.get("return_number").is_some() => {
                let order = json.get("order_number").and_then(Value::as_str);
                Self::Registered {
                    order: order.unwrap_or("").to_owned(),
                }
            }
            "start_return" => parsed(json)
                .filter(|proposed: &Proposed| !proposed.items.is_empty())
                .map_or(Self::Broken, |proposed| Self::Proposed(Box::new(proposed))),
            _ if ORDER_ACTIONS.contains(&tool) => Self::order_action(json),
            "hand_off" => {
                let words = json.get("words").and_then(Value::as_str);
                Self::PassedOn {
                    words: words.unwrap_or("").to_owned(),
                }
            }
            _ => Goods::read(tool, json).map_or(Self::Broken, |goods| Self::Goods(Box::new(goods))),
        }
    }

    fn order_action(json: Value) -> Self {
        if json.get("receipt").is_some() {
            let order = json.get("order_number").and_then(Value::as_str);
            let order = order.unwrap_or("").to_owned();
            return Self::CarriedOut { order };
        }
        parsed(json)
            .filter(|prepared: &Prepared| !prepared.summary.is_empty())
            .map_or(Self::Broken, |prepared| Self::Prepared(Box::new(prepared)))
    }

    /// Plain text is a refusal in the shopper's words, unless it speaks to the model.
    fn sentence(content: &str) -> Self {
        let text = content.trim();
        let looks_cut = text.starts_with(['{', '[']) || text.contains('`');
        let internal = Replies::get().is_internal(text);
        if text.is_empty() || looks_cut || internal || text.chars().count() > REFUSAL_CHARS_MAX {
            return Self::Broken;
        }
        Self::Refused(text.to_owned())
    }
}

fn or_empty<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(from)?.unwrap_or_default())
}

fn parsed<T: for<'a> Deserialize<'a>>(json: Value) -> Option<T> {
    serde_json::from_value(json).ok()
}

impl Order {
    pub fn item(&self, line: u32) -> Option<&Item> {
        self.items.iter().find(|item| item.line == line)
    }

    pub fn can(&self, action: &str) -> Option<&CanDo> {
        self.can_do.iter().find(|can| can.action == action)
    }

    /// Has any of it reached the shopper, as far as carriers say?
    pub fn was_delivered(&self) -> bool {
        self.status == "delivered" || self.parcels.iter().any(|one| one.delivered.is_some())
    }

    pub fn is_late(&self) -> bool {
        self.parcels.iter().any(|parcel| parcel.late)
    }

    pub fn titles(&self, lines: &[u32]) -> String {
        let titles: Vec<&str> = lines
            .iter()
            .filter_map(|line| self.item(*line))
            .map(|item| item.title.as_str())
            .collect();
        listed(&titles, "and")
    }
}

/// "a", "a and b", "a, b and c".
pub fn listed(words: &[&str], joint: &str) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [start @ .., last] => format!("{} {joint} {last}", start.join(", ")),
    }
}
