//! What an order action did: the money it moved, and the receipt that is kept under its key.

use serde::{Deserialize, Serialize};

use super::ids::{
    AftersaleNumber, CustomerId, IdempotencyKey, OrderNumber, PaymentMethodId, ReturnNumber,
};
use super::limits::RECEIPT_CHARS;
use super::money::Money;
use super::order::MoneyWhy;

/// One amount that moved, or goods of that worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyMove {
    pub what: MoveKind,
    pub why: MoneyWhy,
    /// Not negative.
    pub amount: Money,
    /// `None` where no method is concerned: goods, and what a claim is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method_id: Option<PaymentMethodId>,
    /// The method in words a shopper may read.
    pub method: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveKind {
    /// From the shopper to the shop.
    Charge,
    /// From the shop to the shopper.
    Refund,
    /// A refund that follows once goods are back.
    Promise,
    /// Goods sent once more, at what was paid for them.
    Replacement,
    /// A claim that has been opened, at what it is about; counted, not summed.
    Claim,
}

impl Receipt {
    /// How people name it: the start of its key, which nobody can guess.
    pub fn number(&self) -> String {
        receipt_number(&self.key)
    }
}

/// The number of the receipt under a key; of a proposal with several parts each has its own.
pub fn receipt_number(key: &IdempotencyKey) -> String {
    let key = key.as_str();
    let key = key.strip_prefix("e_").unwrap_or(key);
    let (start, part) = key
        .split_once('_')
        .map_or((key, None), |(start, part)| (start, Some(part)));
    let number: String = start.chars().take(RECEIPT_CHARS).collect();
    let part = part.map_or_else(String::new, |part| format!("-{part}"));
    format!("{number}{part}").to_uppercase()
}

/// What one effect did, kept under its key for ever: the same key again gives it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub key: IdempotencyKey,
    /// The tool that did it.
    pub tool: String,
    pub order: Option<OrderNumber>,
    pub customer: CustomerId,
    pub at_ms: i64,
    pub moves: Vec<MoneyMove>,
    /// What was made by it, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
    /// The decision that was carried out, as the tool wrote it.
    pub decision: serde_json::Value,
    /// The agent who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Made {
    Return(ReturnNumber),
    Aftersale(AftersaleNumber),
}

/// A move of earlier, as far as limits need to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// One effect may move several amounts.
    pub effect: IdempotencyKey,
    pub order: Option<OrderNumber>,
    pub what: MoveKind,
    pub why: MoneyWhy,
    pub amount: Money,
    pub at_ms: i64,
}
