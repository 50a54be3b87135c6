//! `segments.toml`: ordered rules over behaviour, of which the first that holds decides.
//!
//! What a file must be, so that everybody with an order falls in exactly one segment: all five
//! names, once each; no rule that can never hold; the last rule, and only that, without conditions.

use serde::Deserialize;

use super::behaviour::Behaviour;
use crate::domain::limits::OBSERVED_MONTHS_MAX;
use crate::domain::money::{Currency, Money};
use crate::domain::offer::Segment;

/// The rules in force.
#[derive(Clone, Debug)]
pub struct Segments {
    pub currency: Currency,
    pub observed_months: i32,
    without_orders: Option<Segment>,
    rules: Vec<(Segment, Conditions)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    currency: Currency,
    observed_months: i32,
    #[serde(default)]
    without_orders: Option<Segment>,
    segment: Vec<FileRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRule {
    name: Segment,
    newest_days_min: Option<i64>,
    newest_days_max: Option<i64>,
    orders_min: Option<i64>,
    orders_max: Option<i64>,
    net_spend_min: Option<String>,
    net_spend_max: Option<String>,
    tenure_days_min: Option<i64>,
    tenure_days_max: Option<i64>,
}

/// Ranges with both ends in them; money in minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Conditions {
    newest_days: Range,
    orders: Range,
    net_spend: Range,
    tenure_days: Range,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    min: Option<i64>,
    max: Option<i64>,
}

impl Segments {
    /// Reads the file's text; an error says what is wrong in the operator's words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        if !(1..=OBSERVED_MONTHS_MAX).contains(&file.observed_months) {
            return Err(format!(
                "observed_months must be 1 to {OBSERVED_MONTHS_MAX}"
            ));
        }
        let rules = file
            .segment
            .into_iter()
            .map(|rule| {
                let name = rule.name;
                let conditions = Conditions::read(rule, file.currency);
                conditions
                    .map(|conditions| (name, conditions))
                    .map_err(|problem| format!("segment \"{}\": {problem}", name.words()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        check_whole(&rules)?;
        Ok(Self {
            currency: file.currency,
            observed_months: file.observed_months,
            without_orders: file.without_orders,
            rules,
        })
    }

    /// What a customer is. `None` only for one without an order, where the file says nothing of
    /// them.
    pub fn of(&self, behaviour: &Behaviour) -> Option<Segment> {
        let (Some(newest_days), Some(tenure_days)) =
            (behaviour.newest_days(), behaviour.tenure_days())
        else {
            return self.without_orders;
        };
        let holds = |conditions: &Conditions| {
            conditions.newest_days.holds(newest_days)
                && conditions.tenure_days.holds(tenure_days)
                && conditions.orders.holds(i64::from(behaviour.orders))
                && conditions.net_spend.holds(behaviour.net_spend.minor)
        };
        let rule = self.rules.iter().find(|(_, conditions)| holds(conditions));
        rule.map(|(segment, _)| *segment)
    }
}

fn check_whole(rules: &[(Segment, Conditions)]) -> Result<(), String> {
    for segment in Segment::ALL {
        let name = segment.words();
        match rules.iter().filter(|(named, _)| *named == segment).count() {
            1 => {}
            0 => {
                return Err(format!(
                    "segment \"{name}\" is missing: all five are needed"
                ));
            }
            _ => return Err(format!("segment \"{name}\" is there twice")),
        }
    }
    let Some(((last, conditions), before)) = rules.split_last() else {
        return Err("there is no segment".to_owned());
    };
    if !conditions.is_empty() {
        return Err(format!(
            "segment \"{}\" is the last one and must have no conditions, so that everybody falls \
             in one",
            last.words()
        ));
    }
    match before.iter().find(|(_, conditions)| conditions.is_empty()) {
        Some((segment, _)) => Err(format!(
            "segment \"{}\" has no conditions, so nobody reaches those below it",
            segment.words()
        )),
        None => Ok(()),
    }
}

impl Conditions {
    fn read(rule: FileRule, currency: Currency) -> Result<Self, String> {
        let money = |name: &str, digits: Option<String>| {
            let read = digits.map(|digits| Money::parse(&digits, currency));
            let read = read
                .transpose()
                .map_err(|error| format!("{name}: {error}"))?;
            Ok::<_, String>(read.map(|money| money.minor))
        };
        Ok(Self {
            newest_days: Range::new("newest_days", rule.newest_days_min, rule.newest_days_max)?,
            orders: Range::new("orders", rule.orders_min, rule.orders_max)?,
            net_spend: Range::new(
                "net_spend",
                money("net_spend_min", rule.net_spend_min)?,
                money("net_spend_max", rule.net_spend_max)?,
            )?,
            tenure_days: Range::new("tenure_days", rule.tenure_days_min, rule.tenure_days_max)?,
        })
    }

    fn is_empty(&self) -> bool {
        [
            self.newest_days,
            self.orders,
            self.net_spend,
            self.tenure_days,
        ]
        .iter()
        .all(|range| range.min.is_none() && range.max.is_none())
    }
}

impl Range {
    fn new(name: &str, min: Option<i64>, max: Option<i64>) -> Result<Self, String> {
        if [min, max].into_iter().flatten().any(|bound| bound < 0) {
            return Err(format!("{name} is never negative"));
        }
        match (min, max) {
            (Some(min), Some(max)) if min > max => Err(format!(
                "{name}_min is above {name}_max, so it can never hold"
            )),
            _ => Ok(Self { min, max }),
        }
    }

    fn holds(self, value: i64) -> bool {
        self.min.is_none_or(|min| min <= value) && self.max.is_none_or(|max| value <= max)
    }
}
