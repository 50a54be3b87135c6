//! Titles of products as a message writes them, before any product was shown.

use super::details::{self, SHOPPING, Slot};

/// Words of a title, at most.
const TITLE_WORDS_MAX: usize = 5;

/// A title in a text: two words or more with capital letters, or a kind of clothing with a word
/// before it that says nothing of what it is like.
pub fn named(text: &str) -> Option<String> {
    with_capitals(text).or_else(|| in_small_letters(text))
}

fn with_capitals(text: &str) -> Option<String> {
    let mut best: Vec<&str> = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    for (at, chunk) in text.split_whitespace().enumerate() {
        let token = chunk.trim_matches(|c: char| !c.is_alphanumeric());
        let capital = token.starts_with(|c: char| c.is_uppercase()) && token.len() > 1;
        let opens = at == 0 || (run.is_empty() && is_common(token));
        if capital && !opens {
            run.push(token);
        } else {
            run.clear();
        }
        if run.len() > best.len() {
            best.clone_from(&run);
        }
        if chunk.ends_with(['.', '?', '!', ',']) {
            run.clear();
        }
    }
    (best.len() >= 2).then(|| best.join(" "))
}

fn is_common(token: &str) -> bool {
    let lower = token.to_lowercase();
    lower.starts_with("i'")
        || matches!(
            lower.as_str(),
            "i" | "the" | "is" | "what" | "does" | "hp" | "uk" | "us" | "eu"
        )
}

/// "the sleet rain jacket", "a harbour beanie": the words before a kind of clothing that are
/// neither fillers nor properties; with "mens" and the like behind it.
fn in_small_letters(text: &str) -> Option<String> {
    let pieces = details::pieces(text);
    let is_kind = |slot: &Slot| matches!(slot, Slot::Kind(_));
    let last = pieces.iter().rposition(|piece| is_kind(&piece.slot))?;
    let is_title = |at: usize| {
        let piece = &pieces[at];
        is_kind(&piece.slot)
            || (piece.slot == Slot::Plain && !SHOPPING.lists.not_titles.contains(&piece.value))
    };
    let mut from = last;
    while from > 0 && last - from < TITLE_WORDS_MAX && is_title(from - 1) {
        from -= 1;
    }
    // "2 harbour beanies"
    while from < last && pieces[from].value.bytes().all(|byte| byte.is_ascii_digit()) {
        from += 1;
    }
    let own = pieces[from..last]
        .iter()
        .any(|piece| piece.slot == Slot::Plain && !is_property(&piece.value));
    if !own {
        return None;
    }
    let mut words: Vec<&str> = pieces[from..last]
        .iter()
        .map(|piece| piece.text.as_str())
        .collect();
    let kind = &pieces[last].text;
    // A title names one thing: "beanies" is "beanie", "boots" stay boots.
    let one = kind.strip_suffix('s').filter(|one| one.ends_with("ie"));
    words.push(one.unwrap_or(kind));
    let mut title = words.join(" ");
    if let Some(next) = pieces.get(last + 1)
        && matches!(next.value.as_str(), "mens" | "womens")
    {
        title = format!("{title} {}", next.text);
    }
    Some(title)
}

/// "Waterproof" and "rain" say what a thing is like; so do the words of the search for it.
fn is_property(word: &str) -> bool {
    let is_own = |group: &Vec<String>| group.iter().any(|own| own == word);
    SHOPPING.properties.values().any(is_own) || SHOPPING.lists.materials.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_told_by_their_capitals() {
        for (text, name) in [
            ("is the Bothy Fleece warm?", Some("Bothy Fleece")),
            (
                "Is the Sleet Rain Jacket Men's waterproof",
                Some("Sleet Rain Jacket Men's"),
            ),
            ("What does it cost", None),
            ("Hello, I need a jacket", None),
        ] {
            assert_eq!(named(text).as_deref(), name, "{text}");
        }
    }

    #[test]
    fn titles_in_small_letters_need_a_word_of_their_own() {
        for (text, name) in [
            (
                "add the sleet rain jacket in navy to my cart",
                Some("sleet rain jacket"),
            ),
            (
                "what size sleet rain jacket mens with 104 cm chest",
                Some("sleet rain jacket mens"),
            ),
            (
                "put 2 harbour beanies in rust in my cart",
                Some("harbour beanie"),
            ),
            (
                "do u have the lambay wool fleece in M",
                Some("lambay wool fleece"),
            ),
            ("I'm looking for a waterproof rain jacket", None),
            ("a warm jacket for hiking", None),
            ("the second jacket", None),
            ("show me your rain jackets", None),
        ] {
            assert_eq!(named(text).as_deref(), name, "{text}");
        }
    }
}
