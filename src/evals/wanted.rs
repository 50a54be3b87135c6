//! What a case asks for, in the words of its file: returns, bundles, products, carts, calls.

use serde::Deserialize;
use serde_json::Value;

use super::wanted_orders::WantedPrepared;
use crate::domain::returns::ReturnReason;

/// A return that is to be proposed, made or passed on. Its refund is computed from the order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedReturn {
    /// "order.latest".
    pub order: String,
    pub items: Vec<WantedItem>,
    /// The policy's return fee is taken off; without it, the shop is at fault.
    pub fee: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedItem {
    pub line: u32,
    #[serde(default = "one")]
    pub quantity: u32,
    /// Any of these; not looked at when left out.
    #[serde(default)]
    pub reason: Vec<ReturnReason>,
}

fn one() -> u32 {
    1
}

/// What the person who takes over must have in hand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedBundle {
    #[serde(default)]
    pub orders: Vec<String>,
    /// The resolved call that waits for the person's decision.
    pub action: Option<WantedReturn>,
    /// The same, whichever tool it is of.
    pub prepared: Option<WantedPrepared>,
    /// The shopper's identity was proved.
    #[serde(default)]
    pub identified: Option<bool>,
}

/// One or several values; none when left out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Values {
    One(String),
    Several(Vec<String>),
}

impl Default for Values {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Values {
    pub fn list(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Several(values) => values,
        }
    }
}

/// The products shown in a step: each of them satisfies every wish by the database.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WantedProducts {
    /// Any of these, as the catalogue writes them.
    pub category: Values,
    pub department: Values,
    /// In the shop's currency, the bounds included: "150".
    pub price_max: Option<String>,
    pub price_min: Option<String>,
    /// Something that satisfies these three together is in stock. Of sizes and colours any; a
    /// colour is a word of the variant's: "green" is "moss green".
    pub size: Values,
    pub color: Values,
    pub not_color: Values,
    /// All of these.
    pub feature: Values,
    /// Products shown: at least this, 1 when left out, and at most that.
    pub count_min: Option<usize>,
    pub count_max: Option<usize>,
    /// Titles or ids that are among them.
    pub includes: Values,
    /// The shop has nothing that satisfies the wishes: what is near may be shown, two at most.
    /// Without a wish: no product is shown.
    pub none: bool,
}

/// What a step puts into the cart: this and nothing else.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedCart {
    /// Id or title.
    pub product: String,
    /// Any size or colour when left out.
    pub size: Option<String>,
    pub color: Option<String>,
    #[serde(default = "one")]
    pub quantity: u32,
}

/// A tool that is called in a step with these among its arguments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedCall {
    pub tool: String,
    /// Text and numbers compare by what they say, a list by its members, and `{=path}` is filled in.
    #[serde(default)]
    pub with: serde_json::Map<String, Value>,
}

/// Whose offer a step shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WantedOffer {
    Any,
    /// One that everybody has.
    Public,
    /// One made for this customer.
    Personal,
}

/// What is proved after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WantedIdentity {
    Nobody,
    /// One or more orders of the case's shopper, and not the customer.
    Order,
    /// The case's shopper.
    Customer,
    /// The case's other shopper.
    Other,
}
