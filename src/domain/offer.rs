//! What a customer's behaviour says they are, and what may be offered to them.

use serde::{Deserialize, Serialize};

use super::ids::{CustomerId, OrderNumber};
use super::money::Money;

/// What a customer's behaviour says they are now. A closed list: code, files and people name the
/// same five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Segment {
    Champions,
    Loyal,
    #[serde(rename = "At-risk")]
    AtRisk,
    #[serde(rename = "New with potential")]
    NewWithPotential,
    Dormant,
}

impl Segment {
    pub const ALL: [Self; 5] = [
        Self::Champions,
        Self::Loyal,
        Self::AtRisk,
        Self::NewWithPotential,
        Self::Dormant,
    ];

    pub fn words(self) -> &'static str {
        match self {
            Self::Champions => "Champions",
            Self::Loyal => "Loyal",
            Self::AtRisk => "At-risk",
            Self::NewWithPotential => "New with potential",
            Self::Dormant => "Dormant",
        }
    }
}

/// What an offer takes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum OfferValue {
    /// 1 to 100, off every item that takes part.
    Percent(u8),
    /// Off the order, spread over the items that take part by their price.
    Amount(Money),
    /// Standard shipping costs nothing.
    FreeShipping,
}

/// What an offer is worth and when it holds. Copied into a personal code when it is issued: what
/// was promised does not change when the shop's file does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferTerms {
    pub title: String,
    pub value: OfferValue,
    /// Least value of the items that take part, before the offer.
    pub minimum: Option<Money>,
    /// Empty: all of them. Lower case with hyphens, as products have them.
    pub categories: Vec<String>,
    pub not_categories: Vec<String>,
    /// Empty: all of them.
    pub brands: Vec<String>,
    pub not_brands: Vec<String>,
    pub not_final_sale: bool,
    pub not_reduced: bool,
}

/// A code made for one customer, as it is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCode {
    /// As it is shown, in groups.
    pub code: String,
    /// Id of the offer that it was made for.
    pub offer: String,
    pub customer: CustomerId,
    pub terms: OfferTerms,
    pub issued_ms: i64,
    /// The first moment at which it is too late.
    pub valid_until_ms: i64,
    pub redeemed: Option<Redemption>,
}

/// When a code was used, and for which order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redemption {
    pub order: OrderNumber,
    pub at_ms: i64,
}

impl IssuedCode {
    /// Can it still be used at a moment?
    pub fn is_open(&self, now_ms: i64) -> bool {
        self.redeemed.is_none() && now_ms < self.valid_until_ms
    }
}

/// A code as it is compared: case, hyphens and spaces do not matter, nor do letters that people
/// confuse with digits.
/// Source: Crockford's base 32, its decoding table.
pub fn plain_code(written: &str) -> String {
    written
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .map(|c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_a_code_is_written_it_is_the_same() {
        for written in ["7K2M-9QXD-41R0", " 7k2m 9qxd 4lro", "7K2M9QXD4IRO"] {
            assert_eq!(plain_code(written), "7K2M9QXD41R0", "{written}");
        }
        assert_ne!(plain_code("HELLO10"), plain_code("HELLO11"));
    }
}
