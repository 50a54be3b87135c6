//! Does a fact support a value that a sentence states?

use crate::domain::evidence::Fact;

use super::known::Known;
use super::roles;
use super::sentences::clause_at;
use super::subjects::{InPlay, Scene, is_about_rules};
use super::values::{self, Found, Unit, Value, says};
use super::words::{WORDS, all_words, find_words};

/// The first value of a sentence that nothing supports.
pub fn unsupported(known: &Known<'_>, scene: &Scene) -> Option<Found> {
    let all = values::find(&scene.bare, &scene.bare_lower, known.today);
    let place = all
        .iter()
        .enumerate()
        .position(|(at, found)| !is_supported(known, scene, &all, at, found))?;
    all.into_iter().nth(place)
}

fn is_supported(known: &Known<'_>, scene: &Scene, all: &[Found], at: usize, found: &Found) -> bool {
    let in_play = scene.in_play_of(&found.at);
    let between = roles::Between {
        from: all[..at].last().map_or(0, |before| before.at.end),
        to: all
            .get(at + 1)
            .map_or(scene.lower.len(), |next| next.at.start),
    };
    let role = roles::said(scene, found, between);
    let service = service_at(known, &scene.lower, found.at.start);
    let of_service = |fact: &Fact| {
        let of = |service: &&str| {
            let at = fact
                .attribute
                .strip_prefix("arrives_")
                .unwrap_or(&fact.attribute);
            at.strip_prefix(*service)
                .is_some_and(|rest| rest.starts_with('_'))
        };
        service.is_none_or(|named| of(&named) || !known.services.iter().any(of))
    };
    let is_true = known.facts().iter().any(|fact| {
        says(fact, found, known.today)
            && of_service(fact)
            && in_play.allows(fact)
            && role.fits(fact)
            && is_meant(fact, found, in_play, scene)
    });
    is_true
        || known.is_refused(&scene.names(), |(values, _)| {
            values.iter().any(|value| value.value.is(&found.value))
        })
        || is_echo(known, scene, found)
        || is_denied(known, scene, found)
        || is_of_named_offer(known, scene, found)
        || is_bound(known, scene, found)
        || is_small_talk(found)
}

/// "Yes, that's right": what the shopper wrote last is said with it, so its values need facts too.
/// The first that has none.
pub fn empty_yes(known: &Known<'_>, scene: &Scene) -> Option<String> {
    let mut words = scene
        .lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'');
    let mut parts = words.by_ref().filter(|word| !word.is_empty()).peekable();
    parts.peek()?;
    if scene.asks {
        return None;
    }
    // "Yes." alone answers a question; with more it takes over what was said.
    let confirms = |text: &str| {
        [
            "right",
            "correct",
            "true",
            "exactly",
            "confirm",
            "indeed",
            "confirmed",
        ]
        .iter()
        .any(|word| find_words(text, word).is_some())
    };
    let is_yes = parts.all(|word| WORDS.yes.iter().any(|yes| yes == word));
    if !is_yes || !(confirms(&scene.lower) || confirms(known.evidence.newest_words())) {
        return None;
    }
    let wrote = Scene::of(
        known,
        scene.in_play(0).named(),
        known.evidence.newest_words(),
    );
    let stated = values::find(&wrote.bare, &wrote.bare_lower, known.today);
    let states = |found: &Found| {
        !matches!(
            found.value,
            Value::Span(..)
                | Value::Number(_, Unit::None)
                | Value::Code(_)
                | Value::Link(_)
                | Value::Digits(_)
                | Value::Figure(..)
        )
    };
    let place = (0..stated.len()).find(|at| {
        states(&stated[*at]) && !is_supported(known, &wrote, &stated, *at, &stated[*at])
    })?;
    wrote.text.get(stated[place].at.clone()).map(str::to_owned)
}

/// "step 2 of 3" and the like: small numbers that count nothing that is known.
fn is_small_talk(found: &Found) -> bool {
    matches!(found.value, Value::Number(1, Unit::Items))
}

/// The way of shipping that is named nearest before a value, else the first behind it.
fn service_at<'k>(known: &Known<'k>, lower: &str, at: usize) -> Option<&'k str> {
    let before = lower.get(..at).unwrap_or("");
    let behind = lower.get(at..).unwrap_or("");
    let all = known.services.iter().copied();
    let nearest = all
        .clone()
        .filter_map(|service| Some((all_words(before, service).last()?, service)));
    let first = all.filter_map(|service| Some((find_words(behind, service)?, service)));
    nearest
        .max()
        .or_else(|| first.min())
        .map(|(_, service)| service)
}

/// "Jackets under €150": the bound that the shopper set, in a sentence that names nothing whose
/// price it could be and speaks of no other money.
fn is_bound(known: &Known<'_>, scene: &Scene, found: &Found) -> bool {
    let Value::Money { milli, .. } = &found.value else {
        return false;
    };
    if scene.names_something() {
        return false;
    }
    let before = scene.lower.get(..found.at.start).unwrap_or("").trim_end();
    let bounded = WORDS
        .bounds
        .iter()
        .any(|bound| before.ends_with(bound.as_str()));
    let has = |words: &String| find_words(&scene.lower, words).is_some();
    let whole = milli / 1000;
    let amount = match milli % 1000 {
        0 => whole.to_string(),
        rest => format!("{whole}.{:02}", rest / 10),
    };
    bounded
        && !WORDS.unbounded.iter().any(has)
        && has_amount(known.evidence.shopper_words(), &amount)
}

/// Does the number stand in a text by itself? "150" is neither in "10150" nor in "1,150".
fn has_amount(text: &str, number: &str) -> bool {
    let joins = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    text.match_indices(number).any(|(at, _)| {
        let before = &text[..at];
        let behind = &text[at + number.len()..];
        let left = before.trim_end_matches(joins).len();
        let right = behind.len() - behind.trim_start_matches(joins).len();
        let has_digit = |part: &str| part.contains(|c: char| c.is_ascii_digit());
        let is_cents = matches!(behind[..right].trim_end_matches(['.', ',']), ".00" | ",00");
        !has_digit(&before[left..]) && (is_cents || !has_digit(&behind[..right]))
    })
}

/// An order number, code or address that the shopper wrote, in a sentence that states nothing of it.
fn is_echo(known: &Known<'_>, scene: &Scene, found: &Found) -> bool {
    let text = match &found.value {
        Value::Code(code) => code.to_lowercase(),
        Value::Number(number, Unit::None) if *number >= 1000 => number.to_string(),
        Value::Link(link) if link.contains('@') => link.to_lowercase(),
        _ => return false,
    };
    (scene.asks || echoes(&scene.lower)) && known.evidence.shopper_wrote(&text)
}

/// Words before and behind a value that deny it: "not 100", "30% isn't on offer".
const DENIED_WITHIN: (usize, usize) = (7, 3);

/// The shopper's own value, denied: "30 days rather than 60", "I can't confirm the €25 you mention".
fn is_denied(known: &Known<'_>, scene: &Scene, found: &Found) -> bool {
    let said = scene.text.get(found.at.clone()).unwrap_or("");
    let digits: String = said.chars().filter(char::is_ascii_digit).collect();
    let wrote = known.evidence.shopper_words();
    let is_theirs = if digits.is_empty() {
        find_words(wrote, &said.trim().to_lowercase()).is_some()
    } else {
        has_amount(wrote, &digits)
    };
    let before = scene.lower.get(..found.at.start).unwrap_or("");
    let behind = scene.lower.get(found.at.end..).unwrap_or("");
    let before = before.rsplit([';', '.']).next().unwrap_or("");
    let behind = behind.split([',', ';', '.', '!']).next().unwrap_or("");
    let words = |text: &str| -> Vec<String> {
        let split = text.split(|c: char| !c.is_alphanumeric() && c != '\'');
        split
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let mut near: Vec<String> = words(before);
    near.drain(..near.len().saturating_sub(DENIED_WITHIN.0));
    // "not 30 but 60" denies the first alone.
    if let Some(but) = near.iter().rposition(|word| word == "but") {
        near.drain(..=but);
    }
    near.extend(words(behind).into_iter().take(DENIED_WITHIN.1));
    let denies =
        |word: &String| word.ends_with("n't") || WORDS.denies.iter().any(|one| one == word);
    is_theirs && near.iter().any(denies)
}

/// A discount's share belongs to the code that the sentence names, wherever the product stands.
fn is_of_named_offer(known: &Known<'_>, scene: &Scene, found: &Found) -> bool {
    let Value::Number(_, Unit::Percent) = &found.value else {
        return false;
    };
    let named = scene.named();
    known.facts().iter().any(|fact| {
        fact.attribute == "percent"
            && fact
                .about
                .iter()
                .any(|about| about.0.starts_with("offer:") && named.contains(about))
            && says(fact, found, known.today)
    })
}

/// Does a sentence only repeat what the shopper wrote?
pub fn echoes(lower: &str) -> bool {
    WORDS
        .echoes
        .iter()
        .any(|echo| lower.contains(echo.as_str()))
}

/// A fact with the right value about the right subject may still be another one: a rule's amount
/// is no order's, a part's price no total, "three parcels" are not three items.
fn is_meant(fact: &Fact, found: &Found, in_play: &InPlay, scene: &Scene) -> bool {
    let lower = &scene.lower;
    match &found.value {
        // When people answer is no day on which anything else happens.
        _ if fact.attribute.starts_with("opens_") => {
            let clause = clause_at(lower, found.at.start);
            let has = |words: &String| find_words(lower, words).is_some();
            let has_near = |words: &String| find_words(clause, words).is_some();
            WORDS.answering.iter().any(has) && !WORDS.other_days.iter().any(has_near)
        }
        Value::Money { .. } if is_about_rules(fact) => {
            let clause = clause_at(lower, found.at.start);
            let of_order = |words: &String| find_words(clause, words).is_some();
            !scene.names_order() && !WORDS.order_money.iter().any(of_order)
        }
        Value::Money { .. } if !in_play.names_a_line() => {
            let clause = clause_at(lower, found.at.start);
            let has = |words: &str| find_words(clause, words).is_some();
            let total = WORDS.totals.iter().any(|words| has(words))
                && !["shipping", "delivery", "fee"]
                    .iter()
                    .any(|other| has(other));
            !total
                || fact.attribute.contains("total")
                || (fact.attribute.contains("refund")
                    && ["refund", "back"].iter().any(|money| has(money)))
        }
        Value::Number(_, unit @ (Unit::Parcels | Unit::Orders)) => {
            values::is_unit_of(values::unit_of(&fact.attribute), *unit)
                && values::unit_of(&fact.attribute) == *unit
        }
        _ => true,
    }
}
