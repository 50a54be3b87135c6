//! What a shop does for an order after it was sent, besides returns: exchanges, replacements, and
//! claims about parcels.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ids::{AftersaleNumber, AttachmentId, OrderNumber, PaymentMethodId, Sku};
use super::money::Money;
use super::order::MoneyWhy;
use super::returns::RefundPart;

/// Stored whole, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Aftersale {
    Exchange(Exchange),
    Replacement(Replacement),
    Claim(Claim),
}

impl Aftersale {
    pub fn number(&self) -> &AftersaleNumber {
        match self {
            Self::Exchange(exchange) => &exchange.number,
            Self::Replacement(replacement) => &replacement.number,
            Self::Claim(claim) => &claim.number,
        }
    }

    pub fn order(&self) -> &OrderNumber {
        match self {
            Self::Exchange(exchange) => &exchange.order,
            Self::Replacement(replacement) => &replacement.order,
            Self::Claim(claim) => &claim.order,
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Exchange(_) => "exchange",
            Self::Replacement(_) => "replacement",
            Self::Claim(_) => "claim",
        }
    }

    pub fn created_ms(&self) -> i64 {
        match self {
            Self::Exchange(exchange) => exchange.created_ms,
            Self::Replacement(replacement) => replacement.created_ms,
            Self::Claim(claim) => claim.created_ms,
        }
    }
}

/// Items that come back for other variants of the same products.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    pub number: AftersaleNumber,
    pub order: OrderNumber,
    pub status: ExchangeStatus,
    /// Each old item with the one that takes its place.
    pub pairs: Vec<ExchangePair>,
    /// Positive: the shopper pays it once the old items are back. Negative: it is paid back then.
    pub difference: Money,
    pub method_id: Option<PaymentMethodId>,
    /// How the difference is paid, in words; empty when there is none.
    pub method: String,
    pub created_ms: i64,
    /// Last day to hand the parcel over.
    pub ship_by: Date,
    /// Policy id and version under which it was decided.
    pub policy: String,
    /// Unguessable part of the slip's link.
    pub slip_token: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeStatus {
    /// The new items are set aside; the old ones are on their way or still with the shopper.
    Open,
    Received,
    Sent,
    /// Nothing came back: nothing was charged, nothing is sent.
    Lapsed,
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangePair {
    pub line: u32,
    pub quantity: u32,
    pub from: Sku,
    pub to: Sku,
    pub title: String,
    /// Colour and size of the old and the new one, in words.
    pub from_variant: String,
    pub to_variant: String,
    /// What was paid for these pieces, and what the new ones cost.
    pub paid: Money,
    pub price: Money,
}

/// What is done for an item that was wrong, damaged or not in the parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    pub number: AftersaleNumber,
    pub order: OrderNumber,
    pub lines: Vec<ReplacedLine>,
    pub remedy: Remedy,
    /// Pictures that show it.
    pub photos: Vec<AttachmentId>,
    /// Does the old item come back? Then by when, and under which slip.
    pub send_back: Option<SendBack>,
    pub created_ms: i64,
    pub policy: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendBack {
    pub by: Date,
    pub slip_token: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedLine {
    pub line: u32,
    pub quantity: u32,
    pub sku: Sku,
    pub title: String,
    pub problem: ItemProblem,
    /// What was paid for these pieces.
    pub paid: Money,
}

/// What was wrong with an item that arrived, or did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemProblem {
    /// Another item, size or colour than was ordered.
    Wrong,
    /// Broken, torn, stained or faulty on arrival.
    Damaged,
    /// Not in the parcel that should have held it.
    Missing,
}

impl ItemProblem {
    pub fn why(self) -> MoneyWhy {
        match self {
            Self::Wrong => MoneyWhy::WrongItem,
            Self::Damaged => MoneyWhy::Damaged,
            Self::Missing => MoneyWhy::Missing,
        }
    }
}

/// How the shop puts something right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "remedy", rename_all = "snake_case")]
pub enum Remedy {
    /// The same items again, at no cost.
    Replacement,
    Refund {
        amount: Money,
        /// Where it goes, in words.
        method: String,
        /// Working days until it is there.
        days: u32,
        /// `amount` by the ways it goes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parts: Vec<RefundPart>,
    },
}

/// Which remedy a shopper asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemedyWanted {
    Replacement,
    Refund,
}

/// A parcel that has not come, or not in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub number: AftersaleNumber,
    pub order: OrderNumber,
    pub tracking: String,
    pub about: ClaimKind,
    pub status: ClaimStatus,
    pub lines: Vec<ReplacedLine>,
    pub wanted: Option<RemedyWanted>,
    pub created_ms: i64,
    pub policy: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// The tracking says delivered, the shopper has nothing.
    SaidDelivered,
    /// The carrier has not scanned it for so long that it counts as lost.
    Lost,
    /// Past its estimate, not yet lost.
    Late,
}

impl ClaimKind {
    pub fn why(self) -> MoneyWhy {
        match self {
            Self::SaidDelivered => MoneyWhy::SaidDelivered,
            Self::Lost => MoneyWhy::Lost,
            Self::Late => MoneyWhy::Late,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ClaimStatus {
    /// The carrier was asked; the shopper hears by that day.
    Tracing {
        answer_by: Date,
    },
    Settled(Remedy),
    Declined,
}
