//! What somebody wishes for, as conditions that a product meets or misses. A condition is never
//! relaxed; words that are none only decide the order.
//!
//! Wishes come from words (`reader.rs`) and from a model's arguments (`asked.rs`), into the same
//! shape: what both say must both hold, so that neither can widen the other.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::text::has_in_row;
use super::traits::Traits;
use crate::domain::money::Money;

mod asked;
mod prices;
mod reader;
mod sizes;

pub use asked::{Asked, NotUnderstood};
pub use sizes::size_fits;

/// Each list of lists: all must hold, each by any of its entries.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    pub kinds: Vec<Vec<Kind>>,
    pub not_kinds: Vec<Kind>,
    pub departments: Vec<BTreeSet<String>>,
    pub not_departments: BTreeSet<String>,
    pub price_min: Option<Money>,
    pub price_max: Option<Money>,
    /// As `traits::size_text` writes them.
    pub sizes: Vec<Vec<String>>,
    pub colors: Vec<Vec<Color>>,
    pub not_colors: Vec<Color>,
    /// All must hold.
    pub features: Vec<Feature>,
    pub not_features: Vec<Feature>,
    /// Brands in plain words.
    pub brands: Vec<BTreeSet<String>>,
    pub not_brands: BTreeSet<String>,
    pub reduced: bool,
    pub not_final_sale: bool,
    /// The lowest price comes first.
    pub cheapest: bool,
    /// Everything that decides the order, kinds and features included.
    pub rank: Vec<String>,
    /// What is no condition but must have to do with a product when no kind was named.
    pub about: Vec<String>,
    /// Those of them that are occasions: where they leave nothing, they only decide the order.
    pub occasions: Vec<String>,
    /// Occasions that count less than the rest: a gift.
    pub weak: Vec<String>,
    /// Words that nothing in the catalogue has.
    pub unknown: Vec<String>,
}

/// A sort of product: categories that are it as a whole, and words of a title that make one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// As it is said: "rain jacket".
    pub words: String,
    pub whole: BTreeSet<String>,
    pub titled: Vec<Vec<String>>,
}

/// A colour with its family: names that it takes in, and every colour with its words in the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Color {
    pub words: String,
    pub family: BTreeSet<String>,
}

/// A feature or material: one of these rows of stems must stand in one of the product's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    pub words: String,
    pub any: Vec<Vec<String>>,
    pub material: bool,
}

/// A condition that is not met.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Miss {
    Color,
    PriceAbove,
    PriceBelow,
    Size,
    /// Which of the wished-for features.
    Feature(usize),
    Brand,
    Reduced,
    FinalSale,
    Department,
    Kind,
    /// Something that it must not be.
    Unwanted,
}

impl Kind {
    pub fn admits(&self, traits: &Traits) -> bool {
        let head: Vec<&str> = traits.title[..traits.head]
            .iter()
            .map(AsRef::as_ref)
            .collect();
        let words = |titled: &Vec<String>| {
            let titled: Vec<&str> = titled.iter().map(String::as_str).collect();
            !titled.is_empty() && head.ends_with(&titled)
        };
        self.whole.contains(traits.category.as_ref()) || self.titled.iter().any(words)
    }
}

fn titled_with(title: &[Arc<str>], words: &[String]) -> bool {
    let title: Vec<&str> = title.iter().map(AsRef::as_ref).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    has_in_row(&title, &words)
}

impl Color {
    /// Is a colour, in plain words, one of these?
    pub fn admits(&self, color: &str) -> bool {
        let words = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        self.family.contains(color) || has_in_row(&words(color), &words(&self.words))
    }
}

impl Feature {
    pub fn admits(&self, traits: &Traits) -> bool {
        let stands_in = |stems: &[Arc<str>], wanted: &[String]| {
            let has = |stem: &String| stems.iter().any(|own| own.as_ref() == stem);
            !wanted.is_empty() && wanted.iter().all(has)
        };
        self.any.iter().any(|wanted| {
            if self.material {
                stands_in(&traits.made_of, wanted)
            } else {
                traits.features.iter().any(|own| stands_in(own, wanted))
            }
        })
    }
}

impl Wishes {
    /// Is nothing asked for, by no condition and no word?
    pub fn are_empty(&self) -> bool {
        !self.has_conditions() && self.about.is_empty() && self.weak.is_empty()
    }

    pub fn has_conditions(&self) -> bool {
        !(self.kinds.is_empty() && self.departments.is_empty() && self.brands.is_empty())
            || self.price_min.is_some()
            || self.price_max.is_some()
            || !(self.sizes.is_empty() && self.colors.is_empty() && self.features.is_empty())
            || !(self.not_kinds.is_empty() && self.not_departments.is_empty())
            || !(self.not_colors.is_empty() && self.not_features.is_empty())
            || !self.not_brands.is_empty()
            || self.reduced
            || self.not_final_sale
    }

    pub fn is_of_the_kind(&self, traits: &Traits) -> bool {
        let group = |kinds: &Vec<Kind>| kinds.iter().any(|kind| kind.admits(traits));
        self.kinds.iter().all(group)
    }

    /// Conditions on the product as a whole that it misses.
    pub fn missed_by(&self, traits: &Traits) -> Vec<Miss> {
        let mut missed = Vec::new();
        let mut note = |is_missed: bool, miss: Miss| {
            if is_missed {
                missed.push(miss);
            }
        };
        note(!self.is_of_the_kind(traits), Miss::Kind);
        note(!self.is_for_whom(traits), Miss::Department);
        let price = traits.price.minor;
        note(
            self.price_max.is_some_and(|most| price > most.minor),
            Miss::PriceAbove,
        );
        note(
            self.price_min.is_some_and(|least| price < least.minor),
            Miss::PriceBelow,
        );
        for (at, feature) in self.features.iter().enumerate() {
            note(!feature.admits(traits), Miss::Feature(at));
        }
        let brand = |brands: &BTreeSet<String>| brands.contains(traits.brand.as_ref());
        note(!self.brands.iter().all(brand), Miss::Brand);
        note(self.reduced && !traits.reduced, Miss::Reduced);
        note(self.not_final_sale && traits.final_sale, Miss::FinalSale);
        note(self.is_unwanted(traits), Miss::Unwanted);
        missed
    }

    /// Conditions on one variant that it misses; colour in plain words, size as it is compared.
    pub fn missed_by_variant(&self, color: &str, size: &str) -> Vec<Miss> {
        let mut missed = Vec::new();
        let wished = |group: &Vec<Color>| group.iter().any(|wish| wish.admits(color));
        if !self.colors.iter().all(wished) {
            missed.push(Miss::Color);
        }
        if self.not_colors.iter().any(|wish| wish.admits(color)) {
            missed.push(Miss::Unwanted);
        }
        let fits = |group: &Vec<String>| group.iter().any(|wish| size_fits(wish, size));
        if !self.sizes.iter().all(fits) {
            missed.push(Miss::Size);
        }
        missed
    }

    /// Could a variant of it be what is wished for, by the colours and sizes that it comes in?
    pub fn may_come_so(&self, traits: &Traits) -> bool {
        let color = |color: &Arc<str>| {
            let missed = self.missed_by_variant(color, "");
            missed.iter().all(|miss| *miss == Miss::Size)
        };
        let size = |size: &Arc<str>| !self.missed_by_variant("", size).contains(&Miss::Size);
        (traits.colors.is_empty() || traits.colors.iter().any(color))
            && (traits.sizes.is_empty() || traits.sizes.iter().any(size))
    }

    /// Women's and men's wishes are also met by what is for both.
    fn is_for_whom(&self, traits: &Traits) -> bool {
        let own = traits.department.as_ref();
        self.departments.iter().all(|wished| {
            let adults = wished.contains("women") || wished.contains("men");
            wished.contains(own) || (own == "unisex" && adults)
        })
    }

    fn is_unwanted(&self, traits: &Traits) -> bool {
        self.not_kinds.iter().any(|kind| kind.admits(traits))
            || self.not_departments.contains(traits.department.as_ref())
            || self.not_brands.contains(traits.brand.as_ref())
            || self.not_features.iter().any(|feature| {
                let titled = |stems: &Vec<String>| titled_with(&traits.title, stems);
                // What a title says of materials is in what it is made of, "Wool-Free Hat" aside.
                feature.admits(traits) || (!feature.material && feature.any.iter().any(titled))
            })
    }
}
