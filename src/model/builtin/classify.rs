//! What a message wants: a linear classifier (softmax regression) over stems, pairs of stems,
//! concepts and letter groups, trained from the utterances at first use.
//!
//! Design: small enough to be trained at start, so that its only source is text that people can
//! read and change. Unknown words are first read as slips of known ones.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::intents;
use super::words::{self, NUMBER};

/// Passes over the utterances; more gain nothing on wordings held back.
const EPOCHS: usize = 4;
const RATE: f32 = 3.0;
/// Below this share of probability a class is not pushed down further.
const GRADIENT_MIN: f32 = 0.03;

static CLASSIFIER: LazyLock<Classifier> = LazyLock::new(Classifier::train);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Concepts {
    groups: BTreeMap<String, Vec<String>>,
    lists: ConceptLists,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConceptLists {
    fillers: HashSet<String>,
}

pub struct Classifier {
    names: Vec<String>,
    features: Features,
    /// Row per known feature, one weight per intent.
    weights: Vec<f32>,
}

/// The intents of a message by falling probability.
#[derive(Clone, Debug)]
pub struct Guess {
    ranked: Vec<(usize, f32)>,
    /// Words that carry meaning and are known, and how many there are in all.
    pub known: usize,
    pub content: usize,
}

impl Guess {
    pub fn top(&self) -> (&'static str, f32) {
        let classifier = Classifier::get();
        self.ranked.first().map_or(("", 0.0), |&(intent, p)| {
            (classifier.names[intent].as_str(), p)
        })
    }

    /// Probability of all intents for which something holds.
    pub fn of_all(&self, holds: impl Fn(&str) -> bool) -> f32 {
        let classifier = Classifier::get();
        let all = self.ranked.iter();
        all.filter(|(intent, _)| holds(&classifier.names[*intent]))
            .map(|(_, p)| p)
            .sum()
    }
}

impl Classifier {
    pub fn get() -> &'static Self {
        &CLASSIFIER
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Trains from the embedded utterances; the same weights every time.
    pub fn train() -> Self {
        let (names, utterances) = intents::read();
        let mut features = Features::new();
        let samples: Vec<(usize, Vec<(u32, f32)>)> = utterances
            .iter()
            .map(|one| (one.intent, features.learn(&one.text)))
            .collect();
        let classes = names.len();
        let mut per_class = vec![0.0f32; classes];
        samples
            .iter()
            .for_each(|(intent, _)| per_class[*intent] += 1.0);
        let mean = samples.len() as f32 / classes.max(1) as f32;
        let mut weights = vec![0.0f32; features.count() * classes];
        let mut order: Vec<usize> = (0..samples.len()).collect();
        let mut seed = 0x9e37_79b9_7f4a_7c15u64;
        for epoch in 0..EPOCHS {
            shuffle(&mut order, &mut seed);
            let rate = RATE / (1.0 + epoch as f32);
            for &at in &order {
                let (intent, sample) = &samples[at];
                // Intents with few wordings count as much as those with many.
                let balance = (mean / per_class[*intent]).sqrt().min(3.0);
                step(&mut weights, classes, sample, *intent, rate * balance);
            }
        }
        Self {
            names,
            features,
            weights,
        }
    }

    pub fn guess(&self, text: &str) -> Guess {
        let read = self.features.read(text);
        let mut scores = scores(&self.weights, self.names.len(), &read.features);
        softmax(&mut scores);
        let mut ranked: Vec<(usize, f32)> = scores.into_iter().enumerate().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Guess {
            ranked,
            known: read.known,
            content: read.content,
        }
    }

    /// Is this a word of the utterances?
    pub fn knows(&self, word: &str) -> bool {
        self.features.vocabulary.contains_key(word)
    }
}

fn scores(weights: &[f32], classes: usize, sample: &[(u32, f32)]) -> Vec<f32> {
    let mut scores = vec![0.0f32; classes];
    for &(feature, value) in sample {
        let row = &weights[feature as usize * classes..][..classes];
        for (score, weight) in scores.iter_mut().zip(row) {
            *score += weight * value;
        }
    }
    scores
}

fn softmax(scores: &mut [f32]) {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - most).exp();
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
}

fn step(weights: &mut [f32], classes: usize, sample: &[(u32, f32)], intent: usize, rate: f32) {
    let mut errors = scores(weights, classes, sample);
    softmax(&mut errors);
    errors[intent] -= 1.0;
    let wrong: Vec<(usize, f32)> = errors
        .into_iter()
        .enumerate()
        .filter(|(_, error)| error.abs() > GRADIENT_MIN)
        .collect();
    for &(feature, value) in sample {
        let row = &mut weights[feature as usize * classes..][..classes];
        for &(class, error) in &wrong {
            row[class] -= rate * value * error;
        }
    }
}

/// A fixed shuffle: a linear congruential generator is random enough for an order of samples.
fn shuffle(order: &mut [usize], seed: &mut u64) {
    for at in (1..order.len()).rev() {
        *seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        order.swap(at, (*seed >> 33) as usize % (at + 1));
    }
}

/// From text to weighted features, and the words known so far.
struct Features {
    ids: HashMap<u64, u32>,
    /// Words of the utterances, with how often they occur.
    vocabulary: HashMap<String, u32>,
    concepts: HashMap<String, u64>,
    fillers: HashSet<String>,
}

struct Read {
    features: Vec<(u32, f32)>,
    known: usize,
    content: usize,
}

impl Features {
    fn new() -> Self {
        let concepts: Concepts =
            toml::from_str(include_str!("../../../prompts/builtin/concepts.toml"))
                .expect("prompts/builtin/concepts.toml is compiled in and tested");
        let groups = concepts.groups.into_iter();
        Self {
            ids: HashMap::new(),
            vocabulary: HashMap::new(),
            concepts: groups
                .flat_map(|(name, group)| {
                    let id = hash(&["c", &name]);
                    group.into_iter().map(move |word| (word, id))
                })
                .collect(),
            fillers: concepts.lists.fillers,
        }
    }

    fn count(&self) -> usize {
        self.ids.len()
    }

    fn learn(&mut self, text: &str) -> Vec<(u32, f32)> {
        let words = tokens(text);
        for word in &words {
            *self.vocabulary.entry(word.clone()).or_default() += 1;
        }
        let raw = self.raw(&words);
        let known = raw.into_iter().map(|(key, value)| {
            let next = self.ids.len() as u32;
            (*self.ids.entry(key).or_insert(next), value)
        });
        normalised(known.collect())
    }

    fn read(&self, text: &str) -> Read {
        let words: Vec<String> = tokens(text)
            .into_iter()
            .map(|word| self.respelled(word))
            .collect();
        let content: Vec<&String> = words
            .iter()
            .filter(|word| !self.fillers.contains(*word))
            .collect();
        let known = content
            .iter()
            .filter(|word| self.vocabulary.contains_key(**word))
            .count();
        let raw = self.raw(&words);
        let features = raw
            .into_iter()
            .filter_map(|(key, value)| self.ids.get(&key).map(|id| (*id, value)))
            .collect();
        Read {
            features: normalised(features),
            known,
            content: content.len(),
        }
    }

    /// The known word that an unknown one is a slip of; the more common one if there are two.
    fn respelled(&self, word: String) -> String {
        let is_plain = word.is_ascii() && word.len() >= 4 && word.len() <= 20;
        if !is_plain || self.vocabulary.contains_key(&word) || self.concepts.contains_key(&word) {
            return word;
        }
        let first = word.as_bytes().first().copied();
        let near = self.vocabulary.iter().filter(|(known, _)| {
            known.len() >= 4
                && known.as_bytes().first().copied() == first
                && words::is_slip(&word, known)
        });
        let best = near.max_by_key(|(known, count)| (**count, std::cmp::Reverse((*known).clone())));
        best.map(|(known, _)| known.clone()).unwrap_or(word)
    }

    fn raw(&self, words: &[String]) -> Vec<(u64, f32)> {
        let stems: Vec<String> = words.iter().map(|word| words::stem(word)).collect();
        let mut all = Vec::with_capacity(words.len() * 8);
        let mut before = "^".to_owned();
        for stem in stems.iter().map(String::as_str).chain(["$"]) {
            all.push((hash(&["b", &before, stem]), 0.7));
            before = stem.to_owned();
        }
        let mut content_before = hash(&["^"]);
        for (word, stem) in words.iter().zip(&stems) {
            let filler = self.fillers.contains(word);
            all.push((hash(&["w", stem]), if filler { 0.4 } else { 1.0 }));
            let concept = self.concepts.get(word).copied();
            if let Some(concept) = concept {
                all.push((concept, 0.9));
            }
            if !filler {
                let meaning = concept.unwrap_or_else(|| hash(&["w", stem]));
                all.push((content_before ^ meaning.rotate_left(21), 0.9));
                content_before = meaning;
                letter_groups(word, &mut all);
            }
        }
        all
    }
}

/// The start of a word, which its other forms and compounds share.
fn letter_groups(word: &str, all: &mut Vec<(u64, f32)>) {
    if let Some((at, _)) = word.char_indices().nth(4) {
        all.push((hash(&["l", &word[..at]]), 0.4));
    }
}

/// Words with numbers and addresses taken for what they are.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = words::words(text);
    for word in &mut tokens {
        if words::is_number(word) {
            NUMBER.clone_into(word);
        }
    }
    tokens
}

/// Unit length, so that long messages weigh as much as short ones.
fn normalised(mut features: Vec<(u32, f32)>) -> Vec<(u32, f32)> {
    let length = features
        .iter()
        .map(|(_, value)| value * value)
        .sum::<f32>()
        .sqrt();
    if length > 0.0 {
        features.iter_mut().for_each(|(_, value)| *value /= length);
    }
    features
}

/// FNV-1a over parts with a mark between them: stable on every machine.
fn hash(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}
