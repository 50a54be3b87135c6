//! An order as the shop knows it: lines, payments, parcels and what has happened to each.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::customer::Address;
use super::ids::{CustomerId, OrderNumber, PaymentMethodId, ProductId, Sku};
use super::money::{Currency, Money};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub number: OrderNumber,
    pub customer: CustomerId,
    pub placed_ms: i64,
    pub status: OrderStatus,
    pub currency: Currency,
    pub lines: Vec<OrderLine>,
    /// Outbound shipping as paid.
    pub shipping: Money,
    /// Paid in all: lines after discounts, plus shipping.
    pub total: Money,
    pub payments: Vec<Payment>,
    pub shipments: Vec<Shipment>,
    pub address: Option<Address>,
    /// Free text by the shopper or a carrier: untrusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What has happened to it since it was placed.
    #[serde(default, skip_serializing_if = "OrderHistory::is_empty")]
    pub history: OrderHistory,
}

impl Order {
    /// Paid so far, in minor units; what was paid back is not taken off.
    pub fn paid_minor(&self) -> i64 {
        self.payments.iter().map(|paid| paid.amount.minor).sum()
    }

    /// Paid back so far, in minor units.
    pub fn refunded_minor(&self) -> i64 {
        let refunds = self.history.refunds.iter();
        refunds.map(|refund| refund.amount.minor).sum()
    }

    /// What the shop may keep, in minor units: the total, nothing of a cancelled order, less what it
    /// gave back for goods that were wrong, lost or returned. In the books of an order that this
    /// program has kept from its start, `paid - refunded = due`.
    pub fn due_minor(&self) -> i64 {
        if self.status == OrderStatus::Cancelled {
            return 0;
        }
        let given_back = self
            .history
            .refunds
            .iter()
            .filter(|refund| refund.why.is_loss());
        self.total.minor - given_back.map(|refund| refund.amount.minor).sum::<i64>()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderHistory {
    /// Oldest first, like `changes`.
    pub refunds: Vec<RefundPaid>,
    pub changes: Vec<OrderChange>,
    pub cancelled: Option<Cancellation>,
}

impl OrderHistory {
    pub fn is_empty(&self) -> bool {
        self.refunds.is_empty() && self.changes.is_empty() && self.cancelled.is_none()
    }
}

/// Money that has gone back, or is on its way by the shop's payment provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundPaid {
    pub id: String,
    pub method: PaymentMethod,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method_id: Option<PaymentMethodId>,
    pub amount: Money,
    pub at_ms: i64,
    pub why: MoneyWhy,
}

/// What money, or goods in its place, moved for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoneyWhy {
    Cancelled,
    ItemsChanged,
    PaymentChanged,
    Exchanged,
    Returned,
    WrongItem,
    Damaged,
    Missing,
    SaidDelivered,
    Lost,
    Late,
}

impl MoneyWhy {
    /// Has the shop lost goods over it? What is undone before anything was sent costs nothing.
    pub fn is_loss(self) -> bool {
        !matches!(
            self,
            Self::Cancelled | Self::ItemsChanged | Self::PaymentChanged
        )
    }

    /// Said of a parcel that the carrier calls delivered.
    pub fn is_claim_on_delivered(self) -> bool {
        matches!(self, Self::SaidDelivered | Self::Missing)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderChange {
    pub at_ms: i64,
    pub what: Changed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "changed", rename_all = "snake_case")]
pub enum Changed {
    Address,
    Items {
        pairs: Vec<Swap>,
        /// Positive when the shopper paid more.
        difference: Money,
        /// The way that it went, or was to go when there is none.
        method_id: Option<PaymentMethodId>,
    },
    Payment,
}

/// Pieces of a line that became another variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swap {
    pub line: u32,
    pub quantity: u32,
    pub from: Sku,
    pub to: Sku,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    pub at_ms: i64,
    pub reason: CancelReason,
}

/// Why an order is cancelled.
/// Source: Shopify Admin API `OrderCancelReason`, the part that a customer can give, and the
/// reasons of the retail policy of tau-bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    NoLongerNeeded,
    OrderedByMistake,
    TakesTooLong,
    FoundCheaper,
    Other,
    Unknown,
}

impl CancelReason {
    pub fn words(self) -> &'static str {
        match self {
            Self::NoLongerNeeded => "no longer needed",
            Self::OrderedByMistake => "ordered by mistake",
            Self::TakesTooLong => "takes too long",
            Self::FoundCheaper => "found cheaper",
            Self::Other => "other",
            Self::Unknown => "no reason given",
        }
    }
}

/// One word for where the order as a whole stands. The words are what a shopper reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OrderStatus {
    #[serde(rename = "processing")]
    Processing,
    #[serde(rename = "packed")]
    Packed,
    #[serde(rename = "partly shipped")]
    PartlyShipped,
    #[serde(rename = "shipped")]
    Shipped,
    #[serde(rename = "in transit")]
    InTransit,
    #[serde(rename = "out for delivery")]
    OutForDelivery,
    #[serde(rename = "delivered")]
    Delivered,
    #[serde(rename = "returned to sender")]
    ReturnedToSender,
    #[serde(rename = "returned")]
    Returned,
    #[serde(rename = "cancelled")]
    Cancelled,
}

impl OrderStatus {
    pub const ALL: [Self; 10] = [
        Self::Processing,
        Self::Packed,
        Self::PartlyShipped,
        Self::Shipped,
        Self::InTransit,
        Self::OutForDelivery,
        Self::Delivered,
        Self::ReturnedToSender,
        Self::Returned,
        Self::Cancelled,
    ];

    pub fn words(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Packed => "packed",
            Self::PartlyShipped => "partly shipped",
            Self::Shipped => "shipped",
            Self::InTransit => "in transit",
            Self::OutForDelivery => "out for delivery",
            Self::Delivered => "delivered",
            Self::ReturnedToSender => "returned to sender",
            Self::Returned => "returned",
            Self::Cancelled => "cancelled",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// Position in the order, from 1: "the second item" is line 2.
    pub line: u32,
    pub sku: Sku,
    pub product: ProductId,
    pub title: String,
    /// Copied at purchase: rules apply to what was bought, not to what the product became.
    pub category: String,
    pub color: String,
    pub size: String,
    pub quantity: u32,
    pub unit_price: Money,
    /// Taken off the whole line (all its pieces together), not per piece.
    pub discount: Money,
    pub final_sale: bool,
    pub hygiene: bool,
}

impl OrderLine {
    /// What was paid for the whole line.
    pub fn paid(&self) -> Money {
        Money::new(
            self.unit_price.minor * i64::from(self.quantity) - self.discount.minor,
            self.unit_price.currency,
        )
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    pub id: String,
    pub method: PaymentMethod,
    /// Which of the customer's ways to pay it was, where the shop's records say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method_id: Option<PaymentMethodId>,
    pub amount: Money,
    pub at_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PaymentMethod {
    Card {
        brand: String,
        last4: String,
    },
    Paypal,
    GiftCard {
        id: String,
    },
    /// What the shop owes the customer, to shop with.
    StoreCredit,
    Other {
        name: String,
    },
}

impl PaymentMethod {
    /// What a shopper may read of it: the kind, never the digits.
    pub fn words(&self) -> &str {
        match self {
            Self::Card { brand, .. } => brand,
            Self::Paypal => "PayPal",
            Self::GiftCard { .. } => "gift card",
            Self::StoreCredit => "store credit",
            Self::Other { name } => name,
        }
    }
}

/// One parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    pub carrier: String,
    pub tracking: String,
    pub status: ShipmentStatus,
    pub lines: Vec<ShippedLine>,
    pub shipped_ms: i64,
    /// First and last day of the delivery estimate, as given when it was shipped.
    pub estimate: Option<(Date, Date)>,
    pub delivered_ms: Option<i64>,
    pub events: Vec<CarrierEvent>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippedLine {
    pub line: u32,
    pub quantity: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShipmentStatus {
    LabelCreated,
    InTransit,
    OutForDelivery,
    Delivered,
    Exception,
    ReturnedToSender,
    Lost,
}

impl ShipmentStatus {
    pub fn words(self) -> &'static str {
        match self {
            Self::LabelCreated => "label created",
            Self::InTransit => "in transit",
            Self::OutForDelivery => "out for delivery",
            Self::Delivered => "delivered",
            Self::Exception => "delayed",
            Self::ReturnedToSender => "returned to sender",
            Self::Lost => "lost",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierEvent {
    pub at_ms: i64,
    pub status: ShipmentStatus,
    pub place: String,
    /// The carrier's words: untrusted.
    pub text: String,
}
