//! What wishes look at: a product without its prose, in plain and stemmed words.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use super::lexicon::LEXICON;
use super::text::{self, Interner};
use crate::domain::money::Money;
use crate::domain::product::Product;

/// A product's properties as they are compared. Colours and sizes stand for all variants, in stock
/// or not: what can be bought is read from the database.
#[derive(Clone, Debug)]
pub struct Traits {
    /// "rain-jackets"
    pub category: Arc<str>,
    pub department: Arc<str>,
    /// "harrow pine"
    pub brand: Arc<str>,
    /// Stems.
    pub title: Vec<Arc<str>>,
    /// How many of them end with what the product is: "Merino Boot Sock 2-Pack" is a sock.
    pub head: usize,
    /// The stems of each feature.
    pub features: Vec<Vec<Arc<str>>>,
    /// Stems of material, features and title; nothing of "wool-free" or "shearling-look".
    pub made_of: Vec<Arc<str>>,
    pub price: Money,
    pub reduced: bool,
    pub final_sale: bool,
    /// In plain words, each once.
    pub colors: Vec<Arc<str>>,
    /// In lower case, each once.
    pub sizes: Vec<Arc<str>>,
}

/// Behind a material these say that it is none.
const NOT_REALLY: [&str; 4] = ["free", "look", "effect", "style"];

impl Traits {
    pub fn of(product: &Product, interner: &mut Interner) -> Self {
        let mut keep_all = |text: &str| -> Vec<Arc<str>> {
            let stems = text::stems(text);
            stems.iter().map(|stem| interner.keep(stem)).collect()
        };
        let title = keep_all(&product.title);
        let features: Vec<_> = product.features.iter().map(|f| keep_all(f)).collect();
        let material = keep_all(&product.material);
        let mut made_of: Vec<Arc<str>> = [&title, &material]
            .into_iter()
            .chain(&features)
            .flat_map(|stems| without_denied(stems))
            .collect();
        made_of.sort();
        made_of.dedup();
        let mut colors = Vec::new();
        let mut sizes = Vec::new();
        for variant in &product.variants {
            push_once(&mut colors, interner.keep(&text::plain(&variant.color)));
            push_once(&mut sizes, interner.keep(&size_text(&variant.size)));
        }
        Self {
            category: interner.keep(&category_name(&product.category)),
            department: interner.keep(&product.department.to_lowercase()),
            brand: interner.keep(&text::plain(&product.brand)),
            head: head(&title),
            title,
            features,
            made_of,
            price: product.price,
            reduced: product.reduced_from().is_some(),
            final_sale: product.final_sale,
            colors,
            sizes,
        }
    }
}

/// Every word that says what a product is, by its stem.
static KINDS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let last = |words: &String| text::stems(words).pop();
    let entries = LEXICON.kind.iter();
    let words = entries.flat_map(|kind| kind.words.iter().chain(&kind.titled).chain(&kind.whole));
    words.filter_map(last).collect()
});

/// Behind the last word of a title that says what the product is; the whole title where none does.
fn head(title: &[Arc<str>]) -> usize {
    let last = title.iter().rposition(|stem| KINDS.contains(stem.as_ref()));
    last.map_or(title.len(), |at| at + 1)
}

fn push_once(list: &mut Vec<Arc<str>>, text: Arc<str>) {
    if !list.contains(&text) {
        list.push(text);
    }
}

fn without_denied(stems: &[Arc<str>]) -> Vec<Arc<str>> {
    let denied = |at: usize| {
        let next = stems.get(at + 1);
        next.is_some_and(|next| NOT_REALLY.contains(&next.as_ref()))
    };
    let kept = stems.iter().enumerate().filter(|(at, _)| !denied(*at));
    kept.map(|(_, stem)| Arc::clone(stem)).collect()
}

/// "Rain Jackets" is "rain-jackets".
pub fn category_name(category: &str) -> String {
    text::plain(category).replace(' ', "-")
}

/// A size as it is compared: lower case, one space between words.
pub fn size_text(size: &str) -> String {
    let words: Vec<String> = size.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}
