//! What a value is of: the shipping's amount is not the total, the day of an order not that of its
//! delivery. By the words around the value, and the attribute of the fact.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::domain::evidence::Fact;

use super::phrases::Phrases;
use super::subjects::Scene;
use super::values::{Found, Value};

/// One thing that amounts, or days, are of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    /// Words around a value that say so.
    words: Vec<String>,
    /// Attributes of the facts; "*" stands for any text at either end.
    attributes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    money: BTreeMap<String, Role>,
    day: BTreeMap<String, Role>,
}

static ROLES: LazyLock<Roles> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/guard/roles.toml"))
        .expect("prompts/guard/roles.toml is compiled in and tested")
});

/// The stretch around a value in which no other value stands.
#[derive(Clone, Copy)]
pub struct Between {
    pub from: usize,
    pub to: usize,
}

/// The words of one kind of role, each with the role's name.
fn phrases(kind: &BTreeMap<String, Role>) -> Phrases<&str> {
    let roles = kind.iter();
    Phrases::new(roles.flat_map(|(name, role)| {
        role.words
            .iter()
            .map(move |words| (words.clone(), name.as_str()))
    }))
}

static MONEY: LazyLock<Phrases<&'static str>> = LazyLock::new(|| phrases(&ROLES.money));
static DAY: LazyLock<Phrases<&'static str>> = LazyLock::new(|| phrases(&ROLES.day));

/// "You paid €4.90 for shipping": what is said of paying alone is said more exactly elsewhere.
const WEAK: &str = "price";

/// What a sentence says that a value is of; empty where it says nothing.
pub struct Said {
    kind: &'static BTreeMap<String, Role>,
    roles: Vec<&'static str>,
}

/// Reads the words nearest to a value: before it in its own part of the sentence, else behind it,
/// else farther before, up to the value before it.
pub fn said(scene: &Scene, found: &Found, between: Between) -> Said {
    let (kind, phrases) = match found.value {
        Value::Money { .. } => (&ROLES.money, &*MONEY),
        Value::Day(_) | Value::Weekday(..) | Value::Month(..) | Value::Span(..) => {
            (&ROLES.day, &*DAY)
        }
        _ => {
            return Said {
                kind: &ROLES.day,
                roles: Vec::new(),
            };
        }
    };
    let lower = &scene.bare_lower;
    let before = lower.get(between.from..found.at.start).unwrap_or("");
    let behind = lower.get(found.at.end..between.to).unwrap_or("");
    let near = before
        .rsplit([',', ';', ':', '.', '|', '('])
        .next()
        .unwrap_or("");
    let after = behind.split([',', ';', '.', '|']).next().unwrap_or("");
    let after = after.split(" and ").next().unwrap_or(after);
    let read = |text: &str| -> Vec<&'static str> {
        phrases.find(text).map(|(_, _, role)| *role).collect()
    };
    let mut roles = read(near);
    if roles.iter().all(|role| *role == WEAK) {
        let behind = read(after);
        let exact = behind
            .iter()
            .any(|role| *role != WEAK && *role != "free_from");
        if roles.is_empty() || exact {
            roles = behind;
            roles.retain(|role| !exact || *role != WEAK);
        }
    }
    if roles.is_empty() {
        roles = read(before);
    }
    Said { kind, roles }
}

impl Said {
    /// May a fact be what the sentence says? What no role lists fits everything.
    pub fn fits(&self, fact: &Fact) -> bool {
        let is_of = |role: &Role| {
            role.attributes
                .iter()
                .any(|pattern| matches(pattern, &fact.attribute))
        };
        self.roles.is_empty()
            || self
                .roles
                .iter()
                .any(|role| self.kind.get(*role).is_some_and(is_of))
            || !self.kind.values().any(is_of)
    }
}

fn matches(pattern: &str, attribute: &str) -> bool {
    let open = |text: &str| text.ends_with('*');
    match pattern.strip_prefix('*') {
        Some(rest) if open(rest) => attribute.contains(rest.trim_end_matches('*')),
        Some(rest) => attribute.ends_with(rest),
        None if open(pattern) => attribute.starts_with(pattern.trim_end_matches('*')),
        None => attribute == pattern,
    }
}
