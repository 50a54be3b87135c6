//! What is shown to the shopper beside the words, because looking beats reading.

use serde::{Deserialize, Serialize};

use super::ids::ProposalId;

/// One card. Serialised as the data of the chat event that is named like the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "card", rename_all = "snake_case")]
pub enum Card {
    Products(ProductsCard),
    Order(OrderCard),
    Offer(OfferCard),
    Cart(CartCard),
    Proposal(ProposalCard),
    Label(LabelCard),
    Sources(SourcesCard),
    Handoff(HandoffCard),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCard {
    pub order: String,
    pub status: String,
    pub placed: String,
    pub total: String,
    pub items: Vec<OrderCardItem>,
    pub parcels: Vec<ParcelCard>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCardItem {
    pub line: u32,
    /// Its product; nothing in what was stored before cards named it. So with each that is optional.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    pub title: String,
    pub variant: String,
    pub quantity: u32,
    pub paid: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelCard {
    pub carrier: String,
    pub tracking: String,
    pub status: String,
    pub expected: Option<String>,
    pub events: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductsCard {
    pub products: Vec<ProductCard>,
}

/// A product to look at. Sizes are those that can be bought now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductCard {
    pub product: String,
    pub title: String,
    pub brand: String,
    pub price: String,
    /// The former price, when it is reduced.
    pub compare_at: Option<String>,
    /// What is in stock, by colour.
    pub colors: Vec<ProductColorCard>,
    pub final_sale: bool,
    /// Page of the product in the shop.
    pub link: String,
    /// Address of a picture in the first of the colours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductColorCard {
    pub color: String,
    pub sizes: Vec<String>,
}

/// An offer that this shopper may use, with its code and terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferCard {
    pub title: String,
    pub code: String,
    /// The conditions, one a line.
    pub terms: Vec<String>,
    /// Last day, in words.
    pub valid_until: Option<String>,
}

/// What the storefront is asked to put into the shopper's cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartCard {
    /// The variant: one size, one colour.
    pub variant: String,
    pub product: String,
    pub title: String,
    pub color: String,
    pub size: String,
    pub quantity: u32,
    pub price: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

/// A proposal with its exact consequence; the hash goes back with the confirmation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalCard {
    pub proposal: ProposalId,
    pub hash: String,
    pub title: String,
    /// The consequence, one statement a line; of several parts all, each behind its part's title.
    pub lines: Vec<String>,
    /// The same part by part, when there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<ProposalPartCard>,
    pub expires_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalPartCard {
    pub title: String,
    pub lines: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelCard {
    pub return_number: String,
    /// Links to the PDF in both paper sizes.
    pub a4: String,
    pub a6: String,
    pub ship_by: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcesCard {
    pub sources: Vec<Source>,
}

/// A passage that an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub policy: String,
    pub version: String,
    pub title: String,
    pub heading: String,
    /// Where the passage stands in the shop's pages, if they have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoffCard {
    /// What the shopper may expect and when, in honest words.
    pub words: String,
}

impl Card {
    /// The chat event that carries it.
    pub fn event_name(&self) -> &'static str {
        match self {
            Self::Products(_) => "products",
            Self::Order(_) => "order",
            Self::Offer(_) => "offer",
            Self::Cart(_) => "cart",
            Self::Proposal(_) => "proposal",
            Self::Label(_) => "label",
            Self::Sources(_) => "sources",
            Self::Handoff(_) => "handoff",
        }
    }
}
