//! Where facts come from, and how a model is told them apart from the results that held them.
//!
//! Only facts that the evidence still holds are told, each with the tool that found it and when. The
//! time is that of the turn's end: results ride on its append, so that a run which noted them and
//! one which read them from the log say the same.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::super::evidence::Evidence;
use super::quoted::json;
use crate::clock;
use crate::domain::event::{Event, EventBody};
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::domain::limits;

/// Where a fact was found last.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    pub tool: Arc<str>,
    pub at_ms: i64,
    /// Which of the conversation's events brought it.
    pub event: usize,
}

/// Where the facts of all turns that are over come from.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    known: HashMap<u64, Origin>,
    /// Those of the turn that is open.
    open: Vec<(u64, Arc<str>, usize)>,
}

/// Origins are looked through for those that nobody needs when there are so many more than facts.
const UNNEEDED_MAX: usize = 1_000;

impl Origins {
    pub fn read(&mut self, event: &Event, at: usize) {
        let (tool, words) = match &event.body {
            EventBody::ToolReturned(returned) => (&returned.tool, &returned.private),
            EventBody::EffectFinished(finished) => (&finished.tool, &finished.private),
            _ => return,
        };
        let facts = words.iter().flat_map(|words| &words.facts);
        let tool: Arc<str> = tool.as_str().into();
        self.open
            .extend(facts.map(|fact| (key(fact), tool.clone(), at)));
    }

    /// The turn is over.
    pub fn close(&mut self, at_ms: i64, evidence: &Evidence) {
        for (key, tool, event) in self.open.drain(..) {
            self.known.insert(key, Origin { tool, at_ms, event });
        }
        let facts = evidence.facts();
        if self.known.len() > 2 * facts.len() + UNNEEDED_MAX {
            let held = facts.iter().map(key);
            self.known = held
                .filter_map(|key| Some((key, self.known.remove(&key)?)))
                .collect();
        }
    }

    fn of(&self, fact: &Fact) -> Option<&Origin> {
        self.known.get(&key(fact))
    }
}

fn key(fact: &Fact) -> u64 {
    let mut hasher = DefaultHasher::new();
    fact.hash(&mut hasher);
    hasher.finish()
}

/// A fact and where it was found.
type Found<'a> = (&'a Fact, &'a Origin);

/// Facts of one subject that were found together.
struct Group<'a> {
    about: &'a [Subject],
    origin: &'a Origin,
    facts: Vec<&'a Fact>,
}

/// What was found in events before `event`, newest first, and how many facts do not fit.
pub fn of_turns_before(
    event: usize,
    evidence: &Evidence,
    origins: &Origins,
    zone: &TimeZone,
    bytes_max: usize,
) -> (Option<String>, usize) {
    let found = newest_first(evidence, origins).filter(|(_, origin)| origin.event < event);
    told(found, zone, bytes_max)
}

/// What was found of orders in turns that are over: of the orders themselves first, then of their
/// lines and parcels.
pub fn of_orders(evidence: &Evidence, origins: &Origins, zone: &TimeZone) -> Option<String> {
    if origins.known.is_empty() {
        return None;
    }
    let of_order = |(fact, _): &Found<'_>| {
        let mut roots = fact.about.iter().map(Subject::root);
        roots.any(|root| root.starts_with("order:"))
    };
    let is_whole = |(fact, _): &Found<'_>| !fact.about.iter().any(|about| about.0.contains('/'));
    let found = || newest_first(evidence, origins).filter(of_order);
    let parts = found().filter(|found| !is_whole(found));
    let all = found().filter(is_whole).chain(parts);
    told(all, zone, limits::ORDER_FACTS_BYTES_MAX).0
}

fn newest_first<'a>(
    evidence: &'a Evidence,
    origins: &'a Origins,
) -> impl Iterator<Item = Found<'a>> {
    let facts = evidence.facts().iter().rev();
    facts.filter_map(|fact| Some((fact, origins.of(fact)?)))
}

/// Facts as a JSON array of what was found together; how many do not fit.
fn told<'a>(
    found: impl Iterator<Item = Found<'a>>,
    zone: &TimeZone,
    bytes_max: usize,
) -> (Option<String>, usize) {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let (mut reckoned, mut left_out) = (2, 0);
    for (fact, origin) in found {
        // What is older than the first that does not fit is left out too.
        if left_out > 0 {
            left_out += 1;
            continue;
        }
        let same = |group: &&mut Group<'_>| {
            group.about == fact.about && group.origin.event == origin.event
        };
        let known = groups.iter_mut().rev().find(same);
        let head = known
            .as_ref()
            .map_or_else(|| head_bytes(fact, origin), |_| 0);
        let next = reckoned + head + fact_bytes(fact);
        if next > bytes_max {
            left_out = 1;
            continue;
        }
        reckoned = next;
        match known {
            Some(group) => group.facts.push(fact),
            None => groups.push(Group {
                about: &fact.about,
                origin,
                facts: vec![fact],
            }),
        }
    }
    let all: Vec<String> = groups.iter().map(|group| group.json(zone)).collect();
    let array = (!all.is_empty()).then(|| format!("[{}]", all.join(",")));
    (array, left_out)
}

impl Group<'_> {
    fn json(&self, zone: &TimeZone) -> String {
        let about: Vec<String> = self.about.iter().map(|about| json(&about.0)).collect();
        // In the order in which the result told them.
        let facts: Vec<String> = self.facts.iter().rev().map(|fact| pair(fact)).collect();
        format!(
            "{{\"about\":[{}],\"seen\":{},\"by\":{},\"facts\":[{}]}}",
            about.join(","),
            json(&seen(self.origin.at_ms, zone)),
            json(&self.origin.tool),
            facts.join(","),
        )
    }
}

/// What the array of facts needs around those of one group, at most.
fn head_bytes(fact: &Fact, origin: &Origin) -> usize {
    const AROUND: usize =
        "{\"about\":[],\"seen\":\"0000-00-00 00:00\",\"by\":,\"facts\":[]},".len();
    let about: usize = fact
        .about
        .iter()
        .map(|about| json(&about.0).len() + 1)
        .sum();
    AROUND + about + json(&origin.tool).len()
}

fn fact_bytes(fact: &Fact) -> usize {
    pair(fact).len() + 1
}

/// A fact as `{"attribute":"value"}`: one attribute may have several values.
fn pair(fact: &Fact) -> String {
    format!(
        "{{{}:{}}}",
        json(&fact.attribute),
        json(&value(&fact.value))
    )
}

/// A value as a reply may write it, cut where a third party made it long.
fn value(value: &FactValue) -> String {
    let short = |text: &str| super::quoted::shortened(text, limits::SUMMARY_TEXT_CHARS_MAX);
    match value {
        FactValue::Name(text)
        | FactValue::Status(text)
        | FactValue::Code(text)
        | FactValue::Link(text) => short(text),
        FactValue::Money(money) => money.to_string(),
        FactValue::Date(date) => clock::long_date(*date),
        FactValue::Number(number) => number.to_string(),
    }
}

fn seen(at_ms: i64, zone: &TimeZone) -> String {
    let at = clock::timestamp(at_ms).to_zoned(zone.clone());
    at.strftime("%Y-%m-%d %H:%M").to_string()
}
