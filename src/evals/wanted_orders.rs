//! What a case asks of orders: a proposal of any tool, an order as it is to be in the end, what is
//! done for it after it was sent. Amounts are read by `amount.rs`; in texts `{=path}` is filled in.

use serde::Deserialize;
use serde_json::Value;

use super::wanted::Values;
use crate::domain::aftersale::{ClaimKind, ExchangeStatus, ItemProblem, RemedyWanted};
use crate::domain::order::OrderStatus;

/// A proposal that is to wait for a yes, or an approval for a person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedPrepared {
    pub tool: String,
    /// "order.latest"; about no order when left out.
    pub order: Option<String>,
    /// What it moves, whichever way; "none": nothing. Not looked at when left out.
    pub amount: Option<String>,
    /// Lines with their pieces, these and no other; not looked at when left out.
    #[serde(default)]
    pub items: Vec<WantedPiece>,
    /// Facts that the card's title and lines hold: paths, amounts, or words as they stand.
    #[serde(default)]
    pub says: Vec<String>,
    /// Values of the resolved call, wherever they stand in it.
    #[serde(default)]
    pub with: serde_json::Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedPiece {
    pub line: u32,
    #[serde(default = "one")]
    pub quantity: u32,
}

fn one() -> u32 {
    1
}

/// How an order is in the end. What is left out is as it was before, and no money has moved.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedOrder {
    pub order: String,
    pub status: Option<OrderStatus>,
    /// It is cancelled for one of these reasons ("ordered_by_mistake"; "any").
    #[serde(default)]
    pub cancelled: Values,
    /// What of its address is not as it was.
    #[serde(default)]
    pub address: WantedAddress,
    /// Lines that are not as they were.
    #[serde(default)]
    pub items: Vec<WantedLine>,
    #[serde(default)]
    pub refunds: Vec<WantedRefund>,
    #[serde(default)]
    pub charges: Vec<WantedCharge>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WantedAddress {
    pub name: Option<String>,
    pub street: Option<String>,
    /// "": there is none.
    pub extra: Option<String>,
    pub postcode: Option<String>,
    pub city: Option<String>,
    pub region: Option<String>,
    pub country: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedLine {
    pub line: u32,
    pub color: Option<String>,
    pub size: Option<String>,
    /// 0: the line is gone.
    pub quantity: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedRefund {
    pub amount: String,
    /// A method's id, or its name.
    pub to: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedCharge {
    pub amount: String,
    pub with: String,
}

/// An exchange, a replacement or a claim. What is left out is not looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedAftersale {
    /// "exchange", "replacement", "claim".
    pub kind: String,
    pub order: String,
    /// Exactly these lines with their pieces.
    pub lines: Vec<WantedAfterLine>,
    /// Of a replacement or a settled claim; of a claim that is traced, what is wished.
    pub remedy: Option<RemedyWanted>,
    /// Of a refund: how much, and in words where it goes.
    pub amount: Option<String>,
    pub to: Option<String>,
    /// Of an exchange: positive when the shopper pays.
    pub difference: Option<String>,
    pub with: Option<String>,
    /// Does the old item come back?
    pub send_back: Option<bool>,
    /// Of a claim.
    pub about: Option<ClaimKind>,
    /// "open" and so on of an exchange; "tracing", "settled", "declined" of a claim.
    pub status: Option<String>,
    /// How many pictures it rests on.
    pub photos: Option<usize>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedAfterLine {
    pub line: u32,
    #[serde(default = "one")]
    pub quantity: u32,
    pub problem: Option<ItemProblem>,
    /// What takes its place.
    pub color: Option<String>,
    pub size: Option<String>,
}

/// The word of an exchange's status.
pub fn exchange_word(status: ExchangeStatus) -> String {
    match serde_json::to_value(status) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}
