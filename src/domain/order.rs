//! An order as the shop knows it: lines, payments, parcels and what has happened to each.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::customer::Address;
use super::ids::{CustomerId, OrderNumber, ProductId, Sku};
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
    pub amount: Money,
    pub at_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PaymentMethod {
    Card { brand: String, last4: String },
    Paypal,
    GiftCard { id: String },
    Other { name: String },
}

impl PaymentMethod {
    /// What a shopper may read of it: the kind, never the digits.
    pub fn words(&self) -> &str {
        match self {
            Self::Card { brand, .. } => brand,
            Self::Paypal => "PayPal",
            Self::GiftCard { .. } => "gift card",
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
