//! The catalogue as it was at one version: what wishes are read against and what is searched.
//! Stock is not in it, and prices only choose what is read again from the database.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::spelling::Speller;
use super::text::{self, Interner};
use super::traits::Traits;
use super::vocabulary::Vocabulary;
use super::wishes::{Wishes, size_fits};
use crate::domain::ids::ProductId;
use crate::domain::product::Product;
use crate::search::embedded::EmbeddedIndex;
use crate::search::sparse::{Encoder, Field};
use crate::search::{Document, Filter, SparseVector, VectorName};

/// What an occasion like "gift" counts beside the other words.
const WEAK: f32 = 0.4;

/// A product of the snapshot; its position is its id in the index.
pub struct Entry {
    pub id: ProductId,
    pub title: String,
    pub traits: Traits,
    /// The words that say what it is: all but its description, which speaks of tents and coffee
    /// where nothing of the sort is sold.
    said: SparseVector,
}

pub struct Snapshot {
    pub version: i64,
    entries: Vec<Entry>,
    positions: HashMap<String, usize>,
    index: EmbeddedIndex,
    encoder: Encoder,
    vocabulary: Vocabulary,
    speller: Speller,
    departments: BTreeSet<String>,
}

/// Collects the products, page by page, so that their prose need not be held.
#[derive(Default)]
pub struct Builder {
    interner: Interner,
    encoder: Encoder,
    entries: Vec<Entry>,
    documents: Vec<Document>,
    features: BTreeSet<String>,
    brands: BTreeSet<String>,
    words: BTreeSet<String>,
}

impl Builder {
    pub fn add(&mut self, product: &Product) {
        let traits = Traits::of(product, &mut self.interner);
        let said = words_of(product, &traits, &mut self.encoder);
        let description = self.encoder.words(&[Field {
            text: &product.description,
            weight: 0.5,
            average_words: 40.0,
        }]);
        let terms = said.terms().iter().chain(description.terms());
        self.documents.push(Document {
            id: self.entries.len() as u64,
            words: terms.copied().collect(),
            trigrams: SparseVector::default(),
            payload: BTreeMap::new(),
        });
        self.features
            .extend(product.features.iter().map(|f| f.to_lowercase()));
        if !self.brands.contains(&product.brand) {
            self.brands.insert(product.brand.clone());
        }
        let short = [
            &product.title,
            &product.category,
            &product.brand,
            &product.material,
        ];
        let lists = product.features.iter().chain(&product.tags);
        for text in short.into_iter().chain(lists) {
            let words = text::tokens(text).into_iter().map(|token| token.text);
            self.words.extend(words.filter(|word| word.len() >= 4));
        }
        self.entries.push(Entry {
            id: product.id.clone(),
            title: product.title.clone(),
            traits,
            said,
        });
    }

    pub fn finish(self, version: i64) -> Snapshot {
        let traits: Vec<&Traits> = self.entries.iter().map(|entry| &entry.traits).collect();
        let vocabulary = Vocabulary::of(&traits, &self.features, &self.brands);
        let mut words: Vec<String> = vocabulary.words().iter().cloned().collect();
        words.sort();
        let own = self
            .words
            .difference(&words.iter().cloned().collect())
            .cloned()
            .collect::<Vec<_>>();
        words.extend(own);
        let departments = traits.iter().map(|t| t.department.to_string()).collect();
        let ids = self.entries.iter().map(|entry| entry.id.to_string());
        Snapshot {
            version,
            positions: ids.zip(0..).collect(),
            entries: self.entries,
            index: EmbeddedIndex::build(self.documents),
            encoder: self.encoder,
            vocabulary,
            speller: Speller::new(words),
            departments,
        }
    }
}

/// The words of a product, weighed by where they stand. Reviews are other people's words and say
/// nothing about what it is.
fn words_of(product: &Product, traits: &Traits, encoder: &mut Encoder) -> SparseVector {
    let joined = |list: &[String]| list.join(", ");
    let (features, tags) = (joined(&product.features), joined(&product.tags));
    let category = traits.category.replace('-', " ");
    let colors: Vec<&str> = traits.colors.iter().map(AsRef::as_ref).collect();
    let colors = colors.join(", ");
    let field = |text, weight, average_words| Field {
        text,
        weight,
        average_words,
    };
    let fields = [
        field(product.title.as_str(), 3.0, 3.0),
        field(category.as_str(), 2.0, 2.0),
        field(features.as_str(), 2.0, 6.0),
        field(tags.as_str(), 2.0, 3.0),
        field(product.material.as_str(), 1.0, 8.0),
        field(product.brand.as_str(), 1.0, 2.0),
        field(colors.as_str(), 0.5, 4.0),
    ];
    encoder.words(&fields)
}

impl Entry {
    /// Has it to do with what was asked about?
    pub fn is_about(&self, about: &About) -> bool {
        let said = |terms: &SparseVector| {
            let terms = terms.terms().iter();
            terms.filter(|(term, _)| self.said.has(*term)).count()
        };
        said(&about.occasions) > 0 || said(&about.words) >= about.least
    }
}

/// What was asked about: one of the occasions, or half of the other words.
pub struct About {
    occasions: SparseVector,
    words: SparseVector,
    least: usize,
}

impl Snapshot {
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.positions.get(id).map(|at| &self.entries[*at])
    }

    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Is a word one that needs no mending?
    pub fn knows(&self, text: &str, stem: &str) -> bool {
        self.vocabulary.knows(stem) || self.says_nothing(text) || self.has_word(text)
    }

    pub fn mended(&self, word: &str) -> Option<&str> {
        self.speller.mended(word)
    }

    /// A word that means nothing in a search: "the".
    pub fn says_nothing(&self, text: &str) -> bool {
        self.encoder.query(text).stems.is_empty()
    }

    /// Does any product have the word?
    pub fn has_word(&self, text: &str) -> bool {
        let query = self.encoder.query(text).stems;
        let rarest = self.index.rarest_idf();
        let mut terms = query.terms().iter();
        terms.any(|(term, _)| self.index.idf(VectorName::Words, *term) < rarest)
    }

    pub fn has_department(&self, department: &str) -> bool {
        self.departments.contains(department)
    }

    /// Does something of the kinds that are wished for come in a size? Never where no kind is.
    pub fn has_size(&self, wishes: &Wishes, size: &str) -> bool {
        !wishes.kinds.is_empty()
            && self.entries.iter().any(|entry| {
                wishes.is_of_the_kind(&entry.traits)
                    && entry.traits.sizes.iter().any(|own| size_fits(size, own))
            })
    }

    /// Does most of the kinds that are wished for come in a size?
    pub fn mostly_has_size(&self, wishes: &Wishes, size: &str) -> bool {
        let of_kind = |entry: &&Entry| wishes.is_of_the_kind(&entry.traits);
        let has = |entry: &&Entry| entry.traits.sizes.iter().any(|own| size_fits(size, own));
        let all = self.entries.iter().filter(of_kind);
        !wishes.kinds.is_empty() && all.clone().filter(has).count() * 2 > all.count()
    }

    /// How well each product that shares a word fits the words of a wish, by position.
    pub fn scores(&self, wishes: &Wishes) -> HashMap<usize, f32> {
        let strong = self.encoder.query(&wishes.rank.join(" ")).stems;
        let weak = self.encoder.query(&wishes.weak.join(" ")).stems;
        let weak = weak
            .terms()
            .iter()
            .map(|(term, weight)| (*term, weight * WEAK));
        self.hits(&strong.terms().iter().copied().chain(weak).collect())
    }

    /// What a product must have to do with, whatever else is wished for.
    pub fn about(&self, wishes: &Wishes) -> About {
        let is_word = |word: &&String| word.contains(|c: char| c.is_ascii_alphabetic());
        let terms = |words: Vec<&String>| -> SparseVector {
            let words: Vec<&str> = words.into_iter().map(String::as_str).collect();
            self.encoder.query(&words.join(" ")).stems
        };
        let occasions = wishes.occasions.iter().chain(&wishes.weak).collect();
        let is_other = |word: &&String| is_word(word) && !wishes.occasions.contains(word);
        let words = terms(wishes.about.iter().filter(is_other).collect());
        let said = words.terms().len() + wishes.unknown.len();
        About {
            occasions: terms(occasions),
            words,
            least: said.div_ceil(2).max(1),
        }
    }

    /// Products by how well they fit a text, best first: positions.
    pub fn nearest(&self, text: &str, limit: usize) -> Vec<usize> {
        let query = self.encoder.query(text).words();
        let hits = self
            .index
            .search(VectorName::Words, &query, &Filter::default(), limit);
        hits.iter()
            .filter_map(|hit| usize::try_from(hit.id).ok())
            .collect()
    }

    fn hits(&self, query: &SparseVector) -> HashMap<usize, f32> {
        self.index
            .search(VectorName::Words, query, &Filter::default(), usize::MAX)
            .into_iter()
            .filter_map(|hit| Some((usize::try_from(hit.id).ok()?, hit.score)))
            .collect()
    }
}
