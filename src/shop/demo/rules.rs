//! The returns rules that past returns of the demo shop were made by: the front matter of the
//! shop's own policies, so that nothing in the demo contradicts what the assistant says.

use jiff::civil::Date;
use serde::Deserialize;

use crate::domain::policy::ReturnRules;

const POLICIES: [&str; 2] = [
    include_str!("../../../knowledge/policies/returns.2024-01-01.md"),
    include_str!("../../../knowledge/policies/returns.2026-03-01.md"),
];

#[derive(Deserialize)]
struct FrontMatter {
    version: String,
    valid_from: toml::value::Datetime,
    rules: ReturnRules,
}

pub struct DatedRules {
    valid_from: Option<Date>,
    pub rules: ReturnRules,
    pub policy: String,
}

/// All versions, oldest first.
pub fn all() -> Vec<DatedRules> {
    POLICIES
        .iter()
        .map(|text| {
            let front: FrontMatter = text
                .split("+++")
                .nth(1)
                .and_then(|front| toml::from_str(front).ok())
                .expect("a test reads this file, which is part of the binary");
            DatedRules {
                valid_from: front.valid_from.date.and_then(|day| {
                    Date::new(
                        i16::try_from(day.year).ok()?,
                        i8::try_from(day.month).ok()?,
                        i8::try_from(day.day).ok()?,
                    )
                    .ok()
                }),
                policy: format!("returns {}", front.version),
                rules: front.rules,
            }
        })
        .collect()
}

/// The version in force on a day.
pub fn on(all: &[DatedRules], day: Date) -> &DatedRules {
    all.iter()
        .rev()
        .find(|version| version.valid_from.is_some_and(|from| from <= day))
        .or(all.first())
        .expect("there are two versions")
}
