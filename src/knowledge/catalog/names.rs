//! Which product somebody means by a name: its id, its title, a part of it, or one with a typing
//! error in it.

use super::snapshot::{Entry, Snapshot};
use super::text::tokens;
use super::vocabulary::Meaning;
use crate::domain::ids::ProductId;
use crate::domain::limits::PRODUCT_NAMES_MAX;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    One(ProductId),
    /// The name fits these equally; there may be more.
    Several(Vec<ProductId>),
    /// No product is called so; these are called nearly so.
    None {
        nearest: Vec<ProductId>,
    },
}

/// Words of a name with whom it says the product is for.
struct Name {
    words: Vec<String>,
    department: Option<String>,
}

pub fn named(catalog: &Snapshot, name: &str) -> Named {
    let name = name.trim();
    if let Some(entry) = catalog
        .entry(name)
        .or_else(|| catalog.entry(&name.to_lowercase()))
    {
        return Named::One(entry.id.clone());
    }
    let asked = read(catalog, name);
    if asked.words.is_empty() {
        return Named::None {
            nearest: Vec::new(),
        };
    }
    let whole = |entry: &Entry| {
        let title = stems_of(entry);
        title.len() == asked.words.len() && title.iter().all(|stem| asked.words.contains(stem))
    };
    let part = |entry: &Entry| {
        let title = stems_of(entry);
        asked.words.iter().all(|word| title.contains(word))
    };
    let exact = fitting(catalog, &asked, &whole);
    // Written as the title is, it is that one, though others are called "… Men's".
    let said = plain_stems(name);
    let mut literal = exact.clone();
    literal.retain(|entry| stems_of_whole(entry) == said);
    let fits = match (literal.is_empty(), exact.is_empty()) {
        (false, _) => literal,
        (true, false) => exact,
        (true, true) => fitting(catalog, &asked, &part),
    };
    match fits.as_slice() {
        [] => Named::None {
            nearest: nearest(catalog, &asked),
        },
        [one] => Named::One(one.id.clone()),
        several => {
            let ids = several.iter().map(|entry| entry.id.clone());
            Named::Several(ids.take(PRODUCT_NAMES_MAX).collect())
        }
    }
}

/// Other products of the same name but for whom they are cut: "… Men's" of "…".
pub fn namesakes(catalog: &Snapshot, id: &ProductId, title: &str) -> Vec<(ProductId, String)> {
    let base = super::choose::base_title(title);
    let same = catalog
        .entries()
        .iter()
        .filter(|entry| entry.id != *id && super::choose::base_title(&entry.title) == base);
    same.take(PRODUCT_NAMES_MAX)
        .map(|entry| (entry.id.clone(), entry.title.to_string()))
        .collect()
}

/// Words with typing errors mended; those that say for whom it is aside.
fn read(catalog: &Snapshot, name: &str) -> Name {
    let mut words = Vec::new();
    let mut department = None;
    for mut token in tokens(name).into_iter().filter(|token| !token.sign) {
        if !catalog.knows(&token.text, &token.stem) {
            let meant = catalog.mended(&token.text).map(str::to_owned);
            if let Some(meant) = meant {
                token.mend(&meant);
            }
        }
        match catalog.vocabulary().longest(&[&token.stem]) {
            Some((_, Meaning::Department(who))) => department = Some(who.clone()),
            _ if catalog.says_nothing(&token.text) => {}
            _ => words.push(token.stem),
        }
    }
    Name { words, department }
}

/// Of the products whose title fits, those for whom the name says, if it says so.
fn fitting<'a>(
    catalog: &'a Snapshot,
    asked: &Name,
    fits: &dyn Fn(&Entry) -> bool,
) -> Vec<&'a Entry> {
    let all: Vec<&Entry> = catalog
        .entries()
        .iter()
        .filter(|entry| fits(entry))
        .collect();
    let Some(who) = &asked.department else {
        return all;
    };
    let for_them = all.iter().filter(|entry| {
        let own = entry.traits.department.as_ref();
        own == who || (own == "unisex" && who != "kids")
    });
    for_them.copied().collect()
}

fn stems_of_whole(entry: &Entry) -> Vec<String> {
    entry.traits.title.iter().map(ToString::to_string).collect()
}

/// A title's stems, the cut left out.
fn stems_of(entry: &Entry) -> Vec<String> {
    plain_stems(&super::choose::base_title(&entry.title))
}

fn plain_stems(text: &str) -> Vec<String> {
    super::text::stems(text)
}

fn nearest(catalog: &Snapshot, asked: &Name) -> Vec<ProductId> {
    let shares = |entry: &&Entry| {
        let title = stems_of(entry);
        asked.words.iter().any(|word| title.contains(word))
    };
    let near = catalog.nearest(&asked.words.join(" "), 20);
    let near = near.into_iter().map(|at| &catalog.entries()[at]);
    let ids = near.filter(shares).map(|entry| entry.id.clone());
    ids.take(PRODUCT_NAMES_MAX).collect()
}
