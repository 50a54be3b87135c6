//! What is wrong with the policies as a whole: each file reads, but together they leave days
//! without a version, or with two, or nobody has looked at them for long, or prose and rules
//! disagree. And what is wrong with
//! size charts that read.

use std::fmt;

use jiff::civil::Date;
use serde::de::DeserializeOwned;

use super::Knowledge;
use crate::domain::policy::{ChangeRules, DamageRules, ExchangeRules, Policy, ReturnRules};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Two versions of one policy hold on the same days; the later one is taken.
    Overlap {
        policy: String,
        versions: (String, String),
        from: Date,
        to: Option<Date>,
    },
    /// No version holds from one day to another.
    Gap {
        policy: String,
        from: Date,
        to: Date,
    },
    /// Two files say that they are the same version.
    SameVersion { policy: String, version: String },
    /// Code cannot read the rules.
    Rules { version: String, problem: String },
    /// In force, but nobody has confirmed it for too long.
    Stale {
        version: String,
        last_confirmed: Date,
    },
    /// The prose does not say what the rules say.
    Unsaid {
        version: String,
        rule: String,
        value: String,
        /// The sentence that says another value.
        instead: Option<String>,
    },
    /// No size is for bodies between two sizes of a chart. In centimetres.
    SizeGap {
        chart: String,
        measure: &'static str,
        sizes: (String, String),
        from: String,
        to: String,
    },
    /// Two neighbouring sizes are for the same bodies. In centimetres.
    SizeOverlap {
        chart: String,
        measure: &'static str,
        sizes: (String, String),
        from: String,
        to: String,
    },
}

fn unsaid(
    f: &mut fmt::Formatter<'_>,
    version: &str,
    rule: &str,
    instead: Option<&str>,
) -> fmt::Result {
    write!(f, "{version}: the rules say {rule}, but the prose ")?;
    match instead {
        Some(sentence) => write!(f, "says: '{sentence}'"),
        None => write!(f, "does not say so"),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overlap {
                policy,
                versions: (a, b),
                from,
                to,
            } => {
                let end = to.map_or_else(|| "on".to_owned(), |to| format!("to {to}"));
                write!(
                    f,
                    "{policy}: versions {a} and {b} both hold from {from} {end}; give the older one a `valid_to`"
                )
            }
            Self::Gap { policy, from, to } => {
                write!(
                    f,
                    "{policy}: no version holds from {from} to {to}; orders of those days have no rules"
                )
            }
            Self::SameVersion { policy, version } => {
                write!(f, "{policy}: two files call themselves version {version}")
            }
            Self::Rules { version, problem } => {
                write!(f, "{version}: its [rules] do not read: {problem}")
            }
            Self::Stale {
                version,
                last_confirmed,
            } => {
                write!(
                    f,
                    "{version}: last confirmed on {last_confirmed}; read it and set `last_confirmed`"
                )
            }
            Self::Unsaid {
                version,
                rule,
                value,
                instead,
            } => unsaid(f, version, &format!("{rule} = {value}"), instead.as_deref()),
            Self::SizeGap {
                chart,
                measure,
                sizes: (smaller, larger),
                from,
                to,
            } => {
                write!(
                    f,
                    "size chart {chart:?}: no size is for a {measure} of {from} to {to} cm, between {smaller} and {larger}"
                )
            }
            Self::SizeOverlap {
                chart,
                measure,
                sizes: (smaller, larger),
                from,
                to,
            } => {
                write!(
                    f,
                    "size chart {chart:?}: {smaller} and {larger} are both for a {measure} of {from} to {to} cm"
                )
            }
        }
    }
}

impl Knowledge {
    /// Everything that an operator should mend, by policy and day, then by size chart.
    pub fn problems(&self, today: Date) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self
            .policies
            .chunk_by(|a, b| a.id == b.id)
            .flat_map(between_versions)
            .collect();
        for policy in &self.policies {
            let unread = unread(policy);
            let reads = unread.is_none();
            problems.extend(unread.map(|problem| Problem::Rules {
                version: policy.cite(),
                problem,
            }));
            if policy.in_force_on(today) && super::is_stale(policy, today) {
                problems.push(Problem::Stale {
                    version: policy.cite(),
                    last_confirmed: policy.last_confirmed,
                });
            }
            if reads {
                problems.extend(super::agree::unsaid(policy));
            }
        }
        problems.extend(self.sizes.problems());
        problems
    }
}

/// Why code cannot read the rules of a policy that it reads.
fn unread(policy: &Policy) -> Option<String> {
    fn error<T: DeserializeOwned>(policy: &Policy) -> Option<String> {
        let read = policy.rules.clone().try_into::<T>();
        read.err().map(|error| error.message().to_owned())
    }
    match policy.id.as_str() {
        "returns" => error::<ReturnRules>(policy),
        "order-changes" => error::<ChangeRules>(policy),
        "exchanges" => error::<ExchangeRules>(policy),
        "damaged-items" => error::<DamageRules>(policy),
        _ => None,
    }
}

/// `versions` are one policy's, by their first day.
fn between_versions(versions: &[Policy]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, later) in versions.iter().enumerate() {
        let earlier = &versions[..at];
        for one in earlier {
            if one.version == later.version {
                problems.push(Problem::SameVersion {
                    policy: one.id.clone(),
                    version: one.version.clone(),
                });
            }
            if one.valid_to.is_none_or(|last| last >= later.valid_from) {
                problems.push(Problem::Overlap {
                    policy: one.id.clone(),
                    versions: (one.version.clone(), later.version.clone()),
                    from: later.valid_from,
                    to: [one.valid_to, later.valid_to].into_iter().flatten().min(),
                });
            }
        }
        problems.extend(gap(earlier, later));
    }
    problems
}

/// Days between the last one that any earlier version covers and the first of this one.
fn gap(earlier: &[Policy], later: &Policy) -> Option<Problem> {
    let ends: Option<Vec<Date>> = earlier.iter().map(|one| one.valid_to).collect();
    let from = ends?.into_iter().max()?.tomorrow().ok()?;
    let to = later.valid_from.yesterday().ok()?;
    (from <= to).then(|| Problem::Gap {
        policy: later.id.clone(),
        from,
        to,
    })
}
