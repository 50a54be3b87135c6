//! What is shown to the shopper beside the words, because looking beats reading.

use serde::{Deserialize, Serialize};

use super::ids::ProposalId;

/// One card. Serialised as the data of the chat event that is named like the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "card", rename_all = "snake_case")]
pub enum Card {
    Order(OrderCard),
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

/// A proposal with its exact consequence; the hash goes back with the confirmation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalCard {
    pub proposal: ProposalId,
    pub hash: String,
    pub title: String,
    /// The consequence, one statement a line.
    pub lines: Vec<String>,
    pub expires_ms: i64,
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
            Self::Order(_) => "order",
            Self::Proposal(_) => "proposal",
            Self::Label(_) => "label",
            Self::Sources(_) => "sources",
            Self::Handoff(_) => "handoff",
        }
    }
}
