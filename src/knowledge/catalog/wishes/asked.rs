//! Wishes as a model asks for them: the shopper's words, and beside them what it made of them.

use std::collections::BTreeSet;

use super::super::snapshot::Snapshot;
use super::super::text::{self, stems};
use super::super::traits::size_text;
use super::super::vocabulary::{self, Meaning};
use super::{Color, Wishes, prices, reader};
use crate::domain::limits::{WISH_CHARS_MAX, WISHES_MAX};
use crate::domain::money::{Currency, Money};

/// Everything that can be asked for. Empty texts are the same as none.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub query: String,
    pub category: Option<String>,
    /// "women", "men", "unisex" or "kids".
    pub department: Option<String>,
    pub price_min: Option<String>,
    pub price_max: Option<String>,
    pub sizes: Vec<String>,
    pub colors: Vec<String>,
    pub not_colors: Vec<String>,
    pub features: Vec<String>,
}

/// An argument that is no wish: the name of the argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotUnderstood {
    Price(&'static str),
    TooLong(&'static str),
    TooMany(&'static str),
}

impl Asked {
    /// One set of wishes from the words and the arguments; both hold.
    pub fn wishes(&self, catalog: &Snapshot, currency: Currency) -> Result<Wishes, NotUnderstood> {
        self.check()?;
        let mut wishes = reader::read(catalog, &self.query, currency);
        if let Some(category) = given(self.category.as_ref()) {
            add_words(&mut wishes, reader::read(catalog, category, currency));
        }
        if let Some(department) = given(self.department.as_ref()) {
            let department = department.to_lowercase();
            wishes.departments.push(BTreeSet::from([department]));
        }
        if let Some(least) = price("price_min", self.price_min.as_ref(), currency)? {
            let known = wishes.price_min.filter(|known| known.minor >= least.minor);
            wishes.price_min = Some(known.unwrap_or(least));
        }
        if let Some(most) = price("price_max", self.price_max.as_ref(), currency)? {
            let known = wishes.price_max.filter(|known| known.minor <= most.minor);
            wishes.price_max = Some(known.unwrap_or(most));
        }
        let sizes: Vec<String> = texts(&self.sizes).map(one_size).collect();
        if !sizes.is_empty() {
            wishes.sizes.push(sizes);
        }
        let colors: Vec<Color> = texts(&self.colors).map(|c| one_color(catalog, c)).collect();
        if !colors.is_empty() {
            wishes.colors.push(colors);
        }
        let unwanted = texts(&self.not_colors).map(|c| one_color(catalog, c));
        wishes.not_colors.extend(unwanted);
        for words in texts(&self.features) {
            add_feature(&mut wishes, catalog, words, currency);
        }
        Ok(wishes)
    }

    fn check(&self) -> Result<(), NotUnderstood> {
        let lists = [
            ("sizes", &self.sizes),
            ("colors", &self.colors),
            ("not_colors", &self.not_colors),
            ("features", &self.features),
        ];
        for (name, list) in lists {
            if list.len() > WISHES_MAX {
                return Err(NotUnderstood::TooMany(name));
            }
            if list
                .iter()
                .any(|text| text.chars().count() > WISH_CHARS_MAX)
            {
                return Err(NotUnderstood::TooLong(name));
            }
        }
        Ok(())
    }
}

fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn texts(list: &[String]) -> impl Iterator<Item = &str> {
    list.iter()
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
}

/// "150", "€149.90", "150 EUR".
fn price(
    name: &'static str,
    text: Option<&String>,
    currency: Currency,
) -> Result<Option<Money>, NotUnderstood> {
    let Some(text) = given(text) else {
        return Ok(None);
    };
    let digits = text.trim_matches(|c: char| !c.is_ascii_digit());
    let negative = text.starts_with('-');
    let amount = prices::money(digits, currency).filter(|_| !negative);
    amount.map(Some).ok_or(NotUnderstood::Price(name))
}

/// What a category's words say counts as if the shopper had said it.
fn add_words(wishes: &mut Wishes, read: Wishes) {
    wishes.kinds.extend(read.kinds);
    wishes.departments.extend(read.departments);
    for feature in read.features {
        if !wishes.features.iter().any(|known| known.any == feature.any) {
            wishes.features.push(feature);
        }
    }
    wishes.rank.extend(read.rank);
    wishes.about.extend(read.about);
    wishes.occasions.extend(read.occasions);
    wishes.weak.extend(read.weak);
    wishes.unknown.extend(read.unknown);
}

fn one_size(text: &str) -> String {
    let size = size_text(text);
    let bare = size.strip_prefix("size ").or(size.strip_prefix("eu "));
    bare.unwrap_or(&size).to_owned()
}

/// A colour is a condition even where nothing comes in it: it was said to be one.
fn one_color(catalog: &Snapshot, words: &str) -> Color {
    let all = stems(words);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    match catalog.vocabulary().longest(&all) {
        Some((n, Meaning::Color(color))) if n == all.len() => color.clone(),
        _ => vocabulary::color(&text::plain(words), &[]),
    }
}

/// A feature is a condition when the catalogue knows it; other words decide the order.
fn add_feature(wishes: &mut Wishes, catalog: &Snapshot, words: &str, currency: Currency) {
    let all = stems(words);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    match catalog.vocabulary().longest(&all) {
        Some((n, Meaning::Feature(feature))) if n == all.len() => {
            if !wishes.features.iter().any(|known| known.any == feature.any) {
                wishes.features.push(feature.clone());
            }
            wishes
                .rank
                .extend(all.iter().map(|stem| (*stem).to_owned()));
        }
        _ => {
            let mut read = reader::read(catalog, words, currency);
            // A kind that a feature mentions ("fleece lined") is not what is wished for.
            let kinds = std::mem::take(&mut read.kinds);
            for kind in kinds.into_iter().flatten() {
                read.rank.push(kind.words);
            }
            read.departments.clear();
            add_words(wishes, read);
        }
    }
}
