//! Where on the storefront a shopper was when they wrote: what their own page says of it.

use serde::{Deserialize, Serialize};

use super::ids::{ProductId, Sku};

/// As the storefront's page told it with a message. It helps to understand ("does this come in M?")
/// and supports nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Title or address of the page, as the page calls it: for people who read the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// The product that the page shows, when the shop knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<PageProduct>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cart: Vec<PageCartLine>,
}

/// A product of the shop, with its title as it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageProduct {
    pub product: ProductId,
    pub title: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageCartLine {
    pub variant: Sku,
    pub quantity: u32,
}
