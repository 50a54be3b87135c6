//! `prompts/search/products.toml`: the words by which shoppers ask for products.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The file as it is written; what each table is for stands there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lexicon {
    pub kind: Vec<KindWords>,
    pub departments: BTreeMap<String, Vec<String>>,
    pub colors: BTreeMap<String, Vec<String>>,
    pub materials: BTreeMap<String, Vec<String>>,
    pub features: BTreeMap<String, Vec<String>>,
    pub careful: Careful,
    pub occasions: BTreeMap<String, Vec<String>>,
    pub gift: Gift,
    pub sale: Sale,
    pub negations: Negations,
    pub prices: Prices,
    pub sizes: Sizes,
    pub ages: Ages,
    pub filler: Filler,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindWords {
    pub words: Vec<String>,
    #[serde(default)]
    pub whole: Vec<String>,
    #[serde(default)]
    pub titled: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Careful {
    pub words: Vec<String>,
    pub said: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gift {
    pub words: Vec<String>,
    pub tag: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sale {
    pub reduced: Vec<String>,
    pub final_sale: Vec<String>,
    pub cheapest: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Negations {
    pub words: Vec<String>,
    pub between: Vec<String>,
    pub indifferent: Vec<String>,
    pub joins: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    pub below: Vec<String>,
    pub below_after: Vec<String>,
    pub abbreviated: Vec<String>,
    pub not: Vec<String>,
    pub not_between: Vec<String>,
    pub weak: Vec<String>,
    pub above: Vec<String>,
    pub around: Vec<String>,
    pub between: Vec<String>,
    pub to: Vec<String>,
    pub currencies: Vec<String>,
    pub units: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    pub before: Vec<String>,
    pub after: Vec<String>,
    pub foreign: Vec<String>,
    pub letters: Vec<String>,
    pub joins: Vec<String>,
    pub centimetres: Vec<String>,
    pub spelt: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ages {
    pub until: u32,
    pub after: Vec<String>,
    pub before: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filler {
    pub words: Vec<String>,
    pub tail: Vec<String>,
}

pub static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/search/products.toml"))
        .expect("a test reads this file, which is part of the binary")
});

/// Does one of the entries stand there word for word?
pub fn has(list: &[String], text: &str) -> bool {
    list.iter().any(|entry| entry == text)
}
