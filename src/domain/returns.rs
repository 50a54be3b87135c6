//! A return: what comes back, why, and what is refunded.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::{OrderNumber, PaymentMethodId, ReturnNumber};
use super::money::Money;

/// Why an item comes back.
/// Source: Shopify Admin API `ReturnReason`, the reasons a clothing shop uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnReason {
    SizeTooSmall,
    SizeTooLarge,
    Unwanted,
    NotAsDescribed,
    WrongItem,
    Defective,
    Style,
    Color,
    Other,
    Unknown,
}

impl ReturnReason {
    pub fn words(self) -> &'static str {
        match self {
            Self::SizeTooSmall => "too small",
            Self::SizeTooLarge => "too large",
            Self::Unwanted => "not wanted",
            Self::NotAsDescribed => "not as described",
            Self::WrongItem => "wrong item",
            Self::Defective => "defective",
            Self::Style => "style",
            Self::Color => "colour",
            Self::Other => "other",
            Self::Unknown => "no reason given",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnLine {
    pub line: u32,
    pub title: String,
    pub color: String,
    pub size: String,
    pub quantity: u32,
    pub reason: ReturnReason,
    /// What was paid for these pieces, discounts taken off.
    pub paid: Money,
}

/// What the shop pays back, each part positive; `total = items + shipping - fee`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub items: Money,
    pub shipping: Money,
    pub fee: Money,
    pub total: Money,
    /// Where it goes, in words.
    pub method: String,
    /// Working days after the parcel has reached the shop.
    pub days: u32,
    /// `total` by the ways it goes; nothing in what was stored before parts were kept: those went
    /// to the order's payments, in proportion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<RefundPart>,
}

/// A part of a refund, and the way it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundPart {
    /// `None` for a gift card or credit that is made when the money is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method_id: Option<PaymentMethodId>,
    /// The way in words that anybody may read.
    pub method: String,
    pub amount: Money,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnStatus {
    /// Registered: the parcel is on its way or still with the shopper.
    Open,
    Received,
    Refunded,
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    pub number: ReturnNumber,
    pub order: OrderNumber,
    pub status: ReturnStatus,
    pub lines: Vec<ReturnLine>,
    pub refund: Refund,
    pub created_ms: i64,
    /// Last day to hand the parcel over.
    pub ship_by: Date,
    /// Policy id and version under which it was decided.
    pub policy: String,
    /// Unguessable part of the slip's link.
    pub slip_token: String,
    /// Set when the shopper had it as a present: the address that its gift card is sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gift_email: Option<String>,
}
