//! Where the prose of a policy does not say what its `[rules]` say. Shoppers read the one and code
//! obeys the other, so every value of the rules must be written out in the same file.

use toml::Value;

use super::Problem;
use super::said::{Said, Unit, normal, said};
use crate::domain::policy::Policy;

/// Where a rule's value stands: the policy, the key, and the sentences that must hold it.
struct Place {
    policy: &'static str,
    rule: &'static str,
    /// Alternatives; a sentence is marked when it has every word of one of them.
    marks: &'static [&'static str],
    /// The word right before the value, where one sentence has several of the unit.
    cue: Option<&'static str>,
    /// Where the key does not tell.
    unit: Option<Unit>,
}

const fn place(policy: &'static str, rule: &'static str, marks: &'static [&'static str]) -> Place {
    Place {
        policy,
        rule,
        marks,
        cue: None,
        unit: None,
    }
}

impl Place {
    const fn cue(self, cue: &'static str) -> Self {
        Self {
            cue: Some(cue),
            ..self
        }
    }

    const fn unit(self, unit: Unit) -> Self {
        Self {
            unit: Some(unit),
            ..self
        }
    }
}

const SEASON: &[&str] = &["orders placed until"];

/// A rule that is not here may be said anywhere.
const PLACES: &[Place] = &[
    place(
        "returns",
        "window_days",
        &[
            "can return within delivery",
            "usual delivery",
            "days start when",
            "days contain",
        ],
    )
    .unit(Unit::Days),
    place("returns", "christmas_extension.ordered_from", SEASON).cue("from"),
    place("returns", "christmas_extension.ordered_to", SEASON).cue("to"),
    place("returns", "christmas_extension.return_until", SEASON).cue("until"),
    place("returns", "return_fee", &["return costs", "return fee"]),
    place("returns", "free_reasons", &["free"]),
    place("returns", "excluded_categories", &["not take back"]),
    place("returns", "final_sale", &["not take back"]),
    place(
        "returns",
        "refund_shipping_days",
        &[
            "register return within delivery",
            "refund shipping after those",
        ],
    )
    .unit(Unit::Days),
    place("returns", "refund_days", &["refund reaches"]).unit(Unit::WorkingDays),
    place("returns", "ship_back_days", &["hand carrier registering"]).unit(Unit::Days),
    place(
        "price-match",
        "window_days",
        &["drops within", "ask within"],
    )
    .unit(Unit::Days),
    place(
        "damaged-items",
        "report_within_days",
        &["tell us within delivery", "fault more after delivery"],
    )
    .unit(Unit::Days),
    place("damaged-items", "ship_back_days", &["hand carrier within"]).unit(Unit::Days),
    place("damaged-items", "refund_days", &["refund made reaches"])
        .cue("within")
        .unit(Unit::WorkingDays),
    place("exchanges", "not_from", &["customs"]),
    place("exchanges", "ship_back_days", &["hand carrier registering"]).unit(Unit::Days),
    place("exchanges", "refund_days", &["refund reached"]).unit(Unit::WorkingDays),
    place("lost-parcels", "trace_days", &["enquiry answers"]).unit(Unit::WorkingDays),
    place("lost-parcels", "refund_days", &["refund made"]).unit(Unit::WorkingDays),
    place("order-changes", "refund_days", &["goes back within"]).unit(Unit::WorkingDays),
    place("gift-cards", "valid_years", &["valid for"]),
    place("gift-cards", "min", &["any amount"]).cue("from"),
    place("gift-cards", "max", &["any amount"]).cue("to"),
    place("lost-parcels", "late_after_days", &["late when"]).unit(Unit::WorkingDays),
    place("lost-parcels", "lost_after_days", &["lost scanned"]).unit(Unit::WorkingDays),
    place("lost-parcels", "claim_within_days", &["report within"])
        .cue("within")
        .unit(Unit::Days),
    place("lost-parcels", "delivered_wait_days", &["delivered wait"])
        .cue("wait")
        .unit(Unit::Days),
    place("loyalty", "points_per_euro", &["for every"]).unit(Unit::Plain),
    place(
        "loyalty",
        "points_per_reward",
        &["make reward", "points choose"],
    )
    .unit(Unit::Plain),
    place("loyalty", "reward", &["make reward", "choose checkout"]),
    place("warranty", "years", &["guaranteed against", "years run"]),
    place("order-changes", "change_until", &["can change or cancel"]),
];

/// What a value that code reads as a word is called by people; one of the phrases is enough.
const PHRASES: &[(&str, &str, &[&str])] = &[
    (
        "window_from",
        "last_parcel",
        &["last one arrives", "last parcel"],
    ),
    (
        "window_from",
        "own_parcel",
        &["own parcel", "its parcel", "each parcel"],
    ),
    ("final_sale", "never", &["final sale", "final-sale"]),
    ("final_sale", "allowed", &["final sale", "final-sale"]),
    (
        "refund_shipping",
        "when_all_returned",
        &["whole order comes back", "whole order"],
    ),
    (
        "refund_shipping",
        "never",
        &["not refund the shipping", "shipping is not refunded"],
    ),
    (
        "gift_card_refundable",
        "false",
        &["gift card purchases cannot be returned"],
    ),
    (
        "gift_card_refundable",
        "true",
        &["gift card purchases can be returned"],
    ),
    ("refund_to", "original", &["way you paid"]),
    ("said_delivered", "agent", &["a person"]),
    ("not_from", "NO", &["norway"]),
    ("not_from", "CH", &["switzerland"]),
    ("not_from", "US", &["the usa", "united states"]),
    ("not_from", "CA", &["canada"]),
];

/// Rules that only code needs: policy, key, and why no shopper has to read them. Every rule of the
/// demo shop matters to shoppers.
const MAY_BE_UNSAID: &[(&str, &str, &str)] = &[];

/// Every rule whose value the prose does not give, in the order of the keys.
pub(super) fn unsaid(policy: &Policy) -> Vec<Problem> {
    let sentences = sentences(policy);
    let mut rules = Vec::new();
    for (key, value) in &policy.rules {
        flatten(key, value, &mut rules);
    }
    rules
        .iter()
        .filter(|(rule, _)| {
            let excused = |(id, key, _): &(&str, &str, &str)| *id == policy.id && key == rule;
            !MAY_BE_UNSAID.iter().any(excused)
        })
        .filter_map(|(rule, value)| {
            let instead = disagreement(&policy.id, rule, value, &sentences)?;
            Some(Problem::Unsaid {
                version: policy.cite(),
                rule: rule.clone(),
                value: plain(value),
                instead,
            })
        })
        .collect()
}

/// A sentence as it stands, in lower case, and the values in it.
struct Sentence {
    text: String,
    lower: String,
    said: Vec<Said>,
}

impl Sentence {
    fn is_marked(&self, marks: &[&str]) -> bool {
        let has = |mark: &&str| mark.split(' ').all(|word| self.lower.contains(word));
        marks.iter().any(has)
    }

    /// How many of a key's words it shares; "days" and the like are no words of its own.
    fn shares(&self, rule: &str) -> usize {
        rule.split(['_', '.'])
            .filter(|word| word.len() > 3 && Unit::of_word(word).is_none())
            .filter(|word| self.lower.contains(stem(word)))
            .count()
    }
}

/// "refundable" is about a "refund".
fn stem(word: &str) -> &str {
    &word[..word.floor_char_boundary(6)]
}

fn sentences(policy: &Policy) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for section in &policy.sections {
        for paragraph in section.text.split("\n\n") {
            let words: Vec<&str> = paragraph.split_whitespace().collect();
            let ends = |word: &&str| {
                word.trim_end_matches(['"', '”', ')'])
                    .ends_with(['.', '?', '!'])
            };
            for words in words.split_inclusive(ends) {
                let text = words.join(" ").replace(char::is_control, "");
                sentences.push(Sentence {
                    lower: text.to_lowercase(),
                    said: said(&text),
                    text,
                });
            }
        }
    }
    sentences
}

/// Tables as dotted keys, lists as one rule for each element.
fn flatten(key: &str, value: &Value, rules: &mut Vec<(String, Value)>) {
    match value {
        Value::Table(table) => {
            for (inner, value) in table {
                flatten(&format!("{key}.{inner}"), value, rules);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| flatten(key, value, rules)),
        _ => rules.push((key.to_owned(), value.clone())),
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Nothing when the prose says the rule's value; else the sentence that says another one, if any.
fn disagreement(
    policy: &str,
    rule: &str,
    value: &Value,
    sentences: &[Sentence],
) -> Option<Option<String>> {
    let place = PLACES
        .iter()
        .find(|place| place.policy == policy && place.rule == rule)
        // A shop may say it in words of its own: then anywhere will do.
        .filter(|place| sentences.iter().any(|one| one.is_marked(place.marks)));
    let marked: Vec<&Sentence> = match place {
        Some(place) => sentences
            .iter()
            .filter(|s| s.is_marked(place.marks))
            .collect(),
        None => sentences.iter().collect(),
    };
    match wanted(rule, value, place) {
        Some((units, number)) => numbers(rule, &units, &number, place, &marked),
        None => {
            let phrases = phrases(rule, value);
            let says = |s: &&Sentence| phrases.iter().any(|phrase| s.lower.contains(phrase));
            let is_said = marked.iter().any(says)
                || value.as_bool().is_some() && phrases.is_empty() && mentions(rule, &marked);
            (!is_said).then_some(None)
        }
    }
}

/// A marked sentence with values of the unit must hold this one; without a place any one is enough.
fn numbers(
    rule: &str,
    units: &[Unit],
    number: &str,
    place: Option<&Place>,
    marked: &[&Sentence],
) -> Option<Option<String>> {
    let cue = place.and_then(|place| place.cue);
    let of_unit = |sentence: &Sentence| -> Vec<bool> {
        let counts =
            |said: &&Said| units.contains(&said.unit) && cue.is_none_or(|cue| said.before == cue);
        let found = sentence.said.iter().filter(counts);
        found.map(|said| said.number == number).collect()
    };
    let agrees = |found: &[bool]| match cue {
        Some(_) => found.iter().all(|same| *same),
        None => found.iter().any(|same| *same),
    };
    let mut is_said = false;
    let mut others: Vec<&Sentence> = Vec::new();
    for sentence in marked {
        let found = of_unit(sentence);
        if found.is_empty() {
            continue;
        }
        if agrees(&found) {
            is_said = true;
        } else {
            others.push(sentence);
        }
    }
    if is_said && (place.is_none() || others.is_empty()) {
        return None;
    }
    let instead = match place {
        Some(_) => others.first().copied(),
        None => others
            .into_iter()
            .rev()
            .filter(|sentence| sentence.shares(rule) > 0)
            .max_by_key(|sentence| sentence.shares(rule)),
    };
    Some(instead.map(|sentence| sentence.text.clone()))
}

/// The units and the number that a value is written with; none for words and switches.
fn wanted(rule: &str, value: &Value, place: Option<&Place>) -> Option<(Vec<Unit>, String)> {
    let last = rule.rsplit(['_', '.']).next().unwrap_or(rule);
    let units = |unit: Option<Unit>| match place.and_then(|place| place.unit).or(unit) {
        // The key of an unknown rule does not tell which days are meant.
        Some(Unit::Days) if place.is_none() && rule.contains("working") => vec![Unit::WorkingDays],
        Some(Unit::Days) if place.is_none() => vec![Unit::Days, Unit::WorkingDays],
        Some(unit) => vec![unit],
        None => vec![Unit::Plain],
    };
    match value {
        Value::Integer(number) => Some((units(Unit::of_word(last)), number.to_string())),
        Value::Float(number) => Some((units(Unit::of_word(last)), number.to_string())),
        Value::String(text) => match text.split_once('-') {
            Some((month, day)) => {
                let (month, day) = (month.parse::<u8>().ok()?, day.parse::<u8>().ok()?);
                Some((vec![Unit::Date], format!("{month}-{day}")))
            }
            None => Some((units(Some(Unit::Amount)), normal(text)?)),
        },
        _ => None,
    }
}

/// How a word of the rules may be written; "wrong_item" is the "wrong item".
fn phrases(rule: &str, value: &Value) -> Vec<String> {
    let value = plain(value);
    let known = PHRASES
        .iter()
        .find(|(key, word, _)| *key == rule && *word == value);
    match known {
        Some((_, _, phrases)) => phrases.iter().map(|phrase| (*phrase).to_owned()).collect(),
        None if matches!(value.as_str(), "true" | "false") => Vec::new(),
        None => vec![
            value.to_lowercase().replace(['_', '-'], " "),
            value.to_lowercase(),
        ],
    }
}

/// Does a sentence speak of what a switch that nobody has described is about?
fn mentions(rule: &str, sentences: &[&Sentence]) -> bool {
    let words = rule.split(['_', '.']).filter(|word| word.len() > 3).count();
    sentences
        .iter()
        .any(|sentence| sentence.shares(rule) >= words)
}

#[cfg(test)]
mod tests {
    use super::super::ingest;
    use super::*;

    fn demo() -> Vec<Policy> {
        let files = ingest::embedded().unwrap().into_iter();
        files.map(|file| file.policy).collect()
    }

    fn one(version: &str) -> Policy {
        let mut all = demo().into_iter();
        all.find(|policy| policy.cite() == version).unwrap()
    }

    fn messages(policy: &Policy) -> Vec<String> {
        unsaid(policy).iter().map(ToString::to_string).collect()
    }

    /// Another number, amount or month-day; none for words, lists and switches.
    fn other(value: &Value) -> Option<Value> {
        match value {
            Value::Integer(number) => Some((number + 1).into()),
            Value::String(text) => match text.split_once('-') {
                Some((month, day)) => {
                    let day: u8 = day.parse().ok()?;
                    let day = if day == 1 { 2 } else { day - 1 };
                    Some(format!("{month}-{day:02}").into())
                }
                None => normal(text).map(|_| format!("1{text}").into()),
            },
            _ => None,
        }
    }

    #[test]
    fn the_demo_shop_says_what_its_rules_say() {
        let all: Vec<String> = demo().iter().flat_map(messages).collect();
        assert!(all.is_empty(), "{all:#?}");
    }

    /// Whichever value is changed in the front matter, that rule and no other is reported.
    #[test]
    fn every_changed_value_is_reported_alone() {
        let mut changed = 0;
        let mut missed = Vec::new();
        for policy in demo() {
            let mut leaves = Vec::new();
            for (key, value) in &policy.rules {
                flatten(key, value, &mut leaves);
            }
            for (rule, value) in leaves {
                let Some(value) = other(&value) else { continue };
                changed += 1;
                let mut policy = policy.clone();
                let place = match rule.split_once('.') {
                    Some((table, key)) => policy.rules[table].as_table_mut().unwrap().get_mut(key),
                    None => policy.rules.get_mut(&rule),
                };
                *place.unwrap() = value.clone();
                let found = unsaid(&policy);
                let is_it = matches!(
                    &found[..],
                    [Problem::Unsaid { rule: named, value: said, instead: Some(_), .. }]
                        if *named == rule && *said == plain(&value)
                );
                if !is_it {
                    missed.push((policy.cite(), rule, found));
                }
            }
        }
        assert!(missed.is_empty(), "{missed:#?}");
        assert!(changed >= 30, "only {changed} values");
    }

    #[test]
    fn a_value_changed_in_the_prose_is_reported_with_its_sentence() {
        let returns = "returns 2026-03";
        let lost = "lost-parcels 2024-01";
        let cases = [
            (
                returns,
                "within 30 days of",
                "within 28 days of",
                "window_days",
            ),
            (returns, "costs €4.90", "costs €3.90", "return_fee"),
            (
                returns,
                "return within 14 days",
                "return within 30 days",
                "refund_shipping_days",
            ),
            (
                returns,
                "14 days of registering",
                "30 days of registering",
                "ship_back_days",
            ),
            (
                returns,
                "until 31 January",
                "until 24 December",
                "christmas_extension.return_until",
            ),
            (
                returns,
                "within 5 working days",
                "within 5 days",
                "refund_days",
            ),
            (
                lost,
                "for 10 working days",
                "for 3 working days",
                "lost_after_days",
            ),
            (
                lost,
                "or within 30 days",
                "or within 14 days",
                "claim_within_days",
            ),
            ("gift-cards 2024-01", "to €500.00", "to €10.00", "max"),
            (
                "warranty 2024-01",
                "for 2 years",
                "for three years",
                "years",
            ),
        ];
        for (version, from, to, rule) in cases {
            let mut policy = one(version);
            let before = policy.sections.clone();
            for section in &mut policy.sections {
                section.text = section.text.replacen(from, to, 1);
            }
            assert_ne!(before, policy.sections, "{version} says {from:?}");
            let found = messages(&policy);
            let start = format!("{version}: the rules say {rule} = ");
            assert!(
                found.iter().any(|m| m.starts_with(&start)),
                "{rule}: {found:?}"
            );
        }
    }

    #[test]
    fn a_rule_nobody_has_described_may_be_said_anywhere_but_must_be_said() {
        let mut policy = one("care 2024-01");
        policy.rules.insert("repair_days".into(), 15.into());
        assert_eq!(messages(&policy), [""; 0]);
        policy.rules.insert("repair_days".into(), 16.into());
        let found = messages(&policy);
        let start = "care 2024-01: the rules say repair_days = 16, but the prose says: \
                     'A repair takes about 15 working days";
        assert!(found[0].starts_with(start), "{found:?}");
        policy.rules = toml::Table::new();
        policy.rules.insert("open_until".into(), "midnight".into());
        let said =
            "care 2024-01: the rules say open_until = midnight, but the prose does not say so";
        assert_eq!(messages(&policy), [said]);
    }
}
