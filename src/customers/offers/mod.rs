//! Offers: what the shop's `offers.toml` says, whom it is for, and what it comes to.

pub mod apply;
mod code;
mod file;
mod known;
pub mod order;
mod personal;

use jiff::civil::Date;

use crate::domain::money::Currency;
use crate::domain::offer::{OfferTerms, Segment, plain_code};

pub use known::{Available, Known, Standing};

/// The offers in force, in the order of the file.
#[derive(Clone, Debug)]
pub struct Offers {
    pub currency: Currency,
    /// Share of the price after an offer that must stay above the item's cost, 0 to 99.
    pub margin_floor_percent: u8,
    pub list: Vec<Offer>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub id: String,
    pub terms: OfferTerms,
    pub audience: Audience,
    pub valid_from: Date,
    /// The last day.
    pub valid_to: Option<Date>,
}

/// Whom an offer is for, and how its code comes about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    Public {
        code: String,
    },
    Segments {
        segments: Vec<Segment>,
        /// Days after its making that a personal code is valid.
        valid_days: u32,
        /// Codes that one customer may use, one after the other.
        uses: u32,
        renew_expired: bool,
    },
}

impl Offers {
    /// Reads the file's text; an error names the offer and says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        file::parse(text)
    }

    /// The public offer with that code, however it is written, whether in force or not.
    fn public(&self, code: &str) -> Option<&Offer> {
        let wanted = plain_code(code);
        self.list.iter().find(|offer| {
            matches!(&offer.audience, Audience::Public { code } if plain_code(code) == wanted)
        })
    }

    /// Does an offer name a brand?
    pub fn name_brands(&self) -> bool {
        let names =
            |offer: &Offer| !offer.terms.brands.is_empty() || !offer.terms.not_brands.is_empty();
        self.list.iter().any(names)
    }

    /// The first offer that names a category or a brand that the shop's catalogue does not have,
    /// in words; a shop without products is taken at its word.
    pub fn unknown_names(&self, categories: &[String], brands: &[String]) -> Option<String> {
        let stray = |kind: &str, names: &[String], known: &[String]| {
            let name = names.iter().find(|name| !known.contains(name))?;
            Some(format!(
                "no product is of the {kind} \"{name}\"; there are {}",
                known.join(", ")
            ))
        };
        if categories.is_empty() {
            return None;
        }
        self.list.iter().find_map(|offer| {
            let terms = &offer.terms;
            let problem = stray("category", &terms.categories, categories)
                .or_else(|| stray("category", &terms.not_categories, categories))
                .or_else(|| stray("brand", &terms.brands, brands))
                .or_else(|| stray("brand", &terms.not_brands, brands))?;
            Some(format!("offer \"{}\": {problem}", offer.id))
        })
    }
}

impl Offer {
    pub fn is_in_force(&self, today: Date) -> bool {
        self.valid_from <= today && self.valid_to.is_none_or(|last| today <= last)
    }

    pub fn is_for(&self, segment: Segment) -> bool {
        matches!(&self.audience, Audience::Segments { segments, .. } if segments.contains(&segment))
    }
}
