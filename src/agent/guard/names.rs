//! Names that nothing that was found contains: an invented product, another customer, a street. A
//! name is a run of words in capitals; whether it is known is looked up in everything that tools
//! have said and the shopper has written.

use std::sync::LazyLock;

use serde::Deserialize;

use super::known::Known;
use super::subjects::Scene;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NameWords {
    /// A name with one of these is one of a product.
    products: Vec<String>,
    /// A name with one of these is one of a place.
    places: Vec<String>,
    /// Right before a name these make it one of a person.
    persons: Vec<String>,
    /// Right before or behind a name these make it one of something that is sold.
    offered_before: Vec<String>,
    offered_behind: Vec<String>,
    /// Written with a capital by everybody.
    common: Vec<String>,
    /// Parts of a name that are not in capitals.
    small: Vec<String>,
}

static WORDS: LazyLock<NameWords> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/guard/names.toml"))
        .expect("prompts/guard/names.toml is compiled in and tested")
});

/// A run of words in capitals: their places, and whether it begins the sentence.
struct Run<'a> {
    words: Vec<(usize, &'a str)>,
    begins: bool,
}

/// The first name that nobody has named.
pub fn unknown(known: &Known<'_>, scene: &Scene) -> Option<String> {
    runs(&scene.bare).into_iter().find_map(|run| {
        let run = without_common(run);
        let (first, last) = (run.words.first()?, run.words.last()?);
        let range = first.0..last.0 + last.1.len();
        let name = scene.lower.get(range.clone())?.trim_end_matches("'s");
        let before = scene.lower.get(..range.start)?.trim_end();
        let behind = scene.lower.get(range.end..)?.trim_start();
        (is_claimed(&run, before, behind) && !is_known(known, name))
            .then(|| scene.text[range].to_owned())
    })
}

/// Is it said of a product, a person or a place?
fn is_claimed(run: &Run<'_>, before: &str, behind: &str) -> bool {
    let is = |list: &[String], word: &str| list.iter().any(|one| one.eq_ignore_ascii_case(word));
    let of_product = run.words.iter().any(|(_, word)| is(&WORDS.products, word));
    let of_place = run.words.iter().any(|(_, word)| is(&WORDS.places, word));
    let ends = |list: &[String]| list.iter().any(|words| before.ends_with(words.as_str()));
    let starts = |list: &[String]| {
        list.iter().any(|words| {
            let rest = behind.strip_prefix(words.as_str());
            rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        })
    };
    let long = run.words.len() > 1;
    (long && (of_product || of_place))
        || ends(&WORDS.persons)
        || ((long || !run.begins) && (ends(&WORDS.offered_before) && starts(&WORDS.offered_behind)))
}

/// Does anything that was found, or the shopper, write it so? Parts of a longer name count.
fn is_known(known: &Known<'_>, name: &str) -> bool {
    known.evidence.says(name)
        || known.evidence.shopper_wrote(name)
        || known
            .names
            .iter()
            .any(|(own, _)| own.contains(name) || name.contains(own.as_str()) && own.len() > 6)
        || known.has_code(name)
}

fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    let mut open: Option<Run<'_>> = None;
    let mut begins = true;
    let mut at = 0;
    for chunk in text.split(' ') {
        let start = at;
        at += chunk.len() + 1;
        let word = chunk.trim_matches(|c: char| !c.is_alphanumeric());
        if word.is_empty() {
            runs.extend(open.take().filter(|_| !chunk.is_empty()));
            continue;
        }
        let place = start + chunk.find(word).unwrap_or(0);
        let ends_before = place > start;
        let ends_behind = place + word.len() < start + chunk.len();
        if ends_before {
            runs.extend(open.take());
        }
        let capital = word.starts_with(char::is_uppercase);
        let goes_on =
            open.is_some() && (word.starts_with(|c: char| c.is_ascii_digit()) || word == "&");
        match (&mut open, capital || goes_on) {
            (Some(run), true) => run.words.push((place, word)),
            (None, true) => {
                open = Some(Run {
                    words: vec![(place, word)],
                    begins,
                })
            }
            (_, false) => runs.extend(open.take()),
        }
        begins = matches!(chunk.chars().next_back(), Some('.' | '!' | '?' | ':' | '-'));
        if ends_behind {
            runs.extend(open.take());
        }
    }
    runs.extend(open);
    runs
}

/// Without the words that everybody writes with a capital, at both ends.
fn without_common(mut run: Run<'_>) -> Run<'_> {
    let is_common = |word: &str| {
        let bare = word.strip_suffix("'s").unwrap_or(word);
        WORDS
            .common
            .iter()
            .chain(&WORDS.small)
            .any(|one| one.eq_ignore_ascii_case(bare))
            || (word.len() == 1)
            || word.contains('\u{1}')
    };
    let keep = run
        .words
        .iter()
        .position(|(_, word)| !is_common(word))
        .unwrap_or(run.words.len());
    run.begins &= keep == 0;
    run.words.drain(..keep);
    while run.words.last().is_some_and(|(_, word)| is_common(word)) {
        run.words.pop();
    }
    run
}
