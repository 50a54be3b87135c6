//! A tool's manifest, `tools/<name>.toml`: the words a model reads and what a call may do. Types
//! and behaviour are in `src/tools/<name>.rs`; each fact is in one of the two, never in both.

use std::collections::BTreeMap;
use std::time::Duration;

use rust_embed::Embed;
use serde::Deserialize;

use crate::domain::limits::{TOOL_CALLS_PER_TURN_MAX, TOOL_TIMEOUT_MAX};
use crate::domain::money::{Currency, Money};

#[derive(Embed)]
#[folder = "tools/"]
struct Files;

/// What the file says. The file's stem is the tool's name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    #[serde(skip)]
    pub name: String,
    /// What the tool does, for the model.
    pub description: String,
    /// When another way is right, for the model.
    pub when_not: String,
    pub effect: Effect,
    pub identity: IdentityNeeded,
    pub confirm: Confirm,
    /// Its results hold what merchants or shoppers wrote: whatever is prepared behind them needs the
    /// button.
    #[serde(default)]
    pub foreign: bool,
    /// Amounts above which an agent decides: name of the amount, digits in the shop's currency.
    #[serde(default)]
    pub agent_above: BTreeMap<String, String>,
    pub limits: CallLimits,
}

/// The worst that a call can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    Read,
    Write,
    Money,
}

/// What must have been proved before a call runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityNeeded {
    None,
    Order,
    Customer,
}

/// Whose explicit yes the effect waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    None,
    Shopper,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallLimits {
    pub calls_per_turn: u32,
    timeout_ms: u64,
}

impl CallLimits {
    pub fn timeout(self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }
}

/// What a Model Context Protocol client is told of a tool.
/// Source: Model Context Protocol, `ToolAnnotations`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Annotations {
    pub read_only_hint: bool,
    pub destructive_hint: bool,
    pub idempotent_hint: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tools/{name}.toml: {problem}")]
pub struct ManifestError {
    pub name: String,
    pub problem: String,
}

impl Manifest {
    /// Every manifest in the binary, by name.
    pub fn all() -> Result<Vec<Self>, ManifestError> {
        let mut names: Vec<_> = Files::iter().collect();
        names.sort();
        names.iter().map(|path| Self::embedded(path)).collect()
    }

    fn embedded(path: &str) -> Result<Self, ManifestError> {
        let name = path.strip_suffix(".toml").unwrap_or(path);
        let error = |problem: &str| ManifestError {
            name: name.to_owned(),
            problem: problem.to_owned(),
        };
        let file = Files::get(path).ok_or_else(|| error("is listed but cannot be read"))?;
        let text = std::str::from_utf8(&file.data).map_err(|_| error("is not UTF-8"))?;
        Self::parse(name, text)
    }

    pub fn parse(name: &str, text: &str) -> Result<Self, ManifestError> {
        let error = |problem: String| ManifestError {
            name: name.to_owned(),
            problem,
        };
        let mut manifest: Self = toml::from_str(text).map_err(|e| error(e.to_string()))?;
        name.clone_into(&mut manifest.name);
        manifest.problem().map_or(Ok(manifest), |p| Err(error(p)))
    }

    fn problem(&self) -> Option<String> {
        let name_is_plain = self
            .name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b == b'_');
        if !name_is_plain || self.name.is_empty() || self.name.len() > 64 {
            return Some("the file's stem must be lower-case letters and underscores".into());
        }
        if self.description.trim().is_empty() || self.when_not.trim().is_empty() {
            return Some("`description` and `when_not` must both say something".into());
        }
        if self.effect == Effect::Read && self.confirm == Confirm::Shopper {
            return Some("a read needs nobody's yes: `confirm` must be \"none\"".into());
        }
        if self.effect == Effect::Money && self.confirm == Confirm::None {
            return Some("money moves only after a yes: `confirm` must be \"shopper\"".into());
        }
        if self.confirm == Confirm::None && !self.agent_above.is_empty() {
            return Some("`agent_above` compares a proposal's amount: it needs `confirm`".into());
        }
        if !(1..=TOOL_CALLS_PER_TURN_MAX).contains(&self.limits.calls_per_turn) {
            return Some(format!(
                "`calls_per_turn` must be 1 to {TOOL_CALLS_PER_TURN_MAX}"
            ));
        }
        let timeout_max = TOOL_TIMEOUT_MAX.as_millis();
        if !(1..=timeout_max).contains(&u128::from(self.limits.timeout_ms)) {
            return Some(format!("`timeout_ms` must be 1 to {timeout_max}"));
        }
        self.agent_above
            .iter()
            .find(|(_, digits)| {
                Money::parse(digits, Currency::EUR).map_or(true, |amount| amount.minor < 0)
            })
            .map(|(amount, digits)| {
                format!(
                    "`agent_above.{amount}`: \"{digits}\" is no amount; write it like \"150.00\""
                )
            })
    }

    /// Must an agent decide about this amount? Yes above the limit, and yes whenever the limit
    /// says nothing about it: another currency than the shop's, an amount of another name.
    pub fn needs_agent(&self, amount: Option<(&str, Money)>, shop: Currency) -> bool {
        if self.agent_above.is_empty() {
            return false;
        }
        let Some((name, amount)) = amount else {
            return true;
        };
        let limit = self
            .agent_above
            .get(name)
            .and_then(|digits| Money::parse(digits, shop).ok());
        limit.is_none_or(|limit| amount.currency != shop || amount.minor > limit.minor)
    }

    /// What an order may have back without an agent.
    pub fn refund_limit(&self, shop: Currency) -> Option<Money> {
        let digits = self.agent_above.get("refund")?;
        Money::parse(digits, shop).ok()
    }

    /// The description as the model reads it.
    pub fn words(&self) -> String {
        format!(
            "{}\nDo not use when: {}",
            self.description.trim(),
            self.when_not.trim()
        )
    }

    pub fn annotations(&self) -> Annotations {
        let reads = self.effect == Effect::Read;
        Annotations {
            read_only_hint: reads,
            destructive_hint: !reads,
            // A call to a tool with `confirm` only proposes, and a confirmed proposal runs once.
            idempotent_hint: reads || self.confirm == Confirm::Shopper,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
description = "Start a return."
when_not = "The parcel has not come."
effect = "write"
identity = "order"
confirm = "shopper"
agent_above = { refund = "150.00" }
[limits]
calls_per_turn = 2
timeout_ms = 4000
"#;

    fn problem(text: &str) -> String {
        match Manifest::parse("start_return", text) {
            Ok(manifest) => panic!("read although it is wrong: {manifest:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_whole_manifest_is_read() {
        let manifest = Manifest::parse("start_return", WHOLE).expect("it is right");
        assert_eq!(manifest.name, "start_return");
        assert_eq!(manifest.limits.timeout(), Duration::from_secs(4));
        assert_eq!(
            manifest.words(),
            "Start a return.\nDo not use when: The parcel has not come."
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_the_file() {
        let cases = [
            (
                "effect = \"write\"",
                "effect = \"writes\"",
                "unknown variant `writes`",
            ),
            (
                "confirm = \"shopper\"",
                "confirm = \"shopper\"\ncolour = 1",
                "unknown field `colour`",
            ),
            (
                "timeout_ms = 4000",
                "timeout_ms = 4000\nretries = 3",
                "unknown field `retries`",
            ),
            (
                "effect = \"write\"",
                "effect = \"read\"",
                "a read needs nobody's yes",
            ),
            (
                "confirm = \"shopper\"",
                "confirm = \"none\"",
                "it needs `confirm`",
            ),
            ("\"150.00\"", "\"150 EUR\"", "\"150 EUR\" is no amount"),
            ("\"150.00\"", "\"-1.00\"", "\"-1.00\" is no amount"),
            (
                "calls_per_turn = 2",
                "calls_per_turn = 0",
                "`calls_per_turn` must be 1 to",
            ),
            (
                "timeout_ms = 4000",
                "timeout_ms = 4000000",
                "`timeout_ms` must be 1 to",
            ),
            ("\"Start a return.\"", "\" \"", "must both say something"),
        ];
        for (right, wrong, expected) in cases {
            let said = problem(&WHOLE.replace(right, wrong));
            assert!(said.starts_with("tools/start_return.toml: "), "{said}");
            assert!(said.contains(expected), "{said}");
        }
        let money = WHOLE
            .replace("\"write\"", "\"money\"")
            .replace("\"shopper\"", "\"none\"");
        assert!(problem(&money).contains("money moves only after a yes"));
        assert!(Manifest::parse("Start-Return", WHOLE).is_err());
    }

    #[test]
    fn an_agent_decides_above_the_limit_and_about_what_the_limit_does_not_know() {
        let manifest = Manifest::parse("start_return", WHOLE).expect("it is right");
        let eur = |minor| Some(("refund", Money::new(minor, Currency::EUR)));
        let sek: Currency = "SEK".parse().expect("a currency");
        assert!(!manifest.needs_agent(eur(15_000), Currency::EUR));
        assert!(manifest.needs_agent(eur(15_001), Currency::EUR));
        assert!(manifest.needs_agent(Some(("refund", Money::new(1, sek))), Currency::EUR));
        assert!(manifest.needs_agent(Some(("price", Money::new(1, sek))), sek));
        assert!(manifest.needs_agent(None, Currency::EUR));
        let free = WHOLE.replace("agent_above = { refund = \"150.00\" }", "");
        let free = Manifest::parse("start_return", &free).expect("it is right");
        assert!(!free.needs_agent(eur(i64::MAX), Currency::EUR));
    }

    #[test]
    fn annotations_follow_from_effect_and_confirm() {
        let of = |effect: &str, confirm: &str| {
            let text = WHOLE
                .replace("\"write\"", effect)
                .replace("\"shopper\"", confirm)
                .replace("agent_above = { refund = \"150.00\" }", "");
            let annotations = Manifest::parse("start_return", &text)
                .expect("it is right")
                .annotations();
            serde_json::to_string(&annotations).expect("plain data")
        };
        assert_eq!(
            of("\"read\"", "\"none\""),
            r#"{"readOnlyHint":true,"destructiveHint":false,"idempotentHint":true}"#
        );
        assert_eq!(
            of("\"write\"", "\"none\""),
            r#"{"readOnlyHint":false,"destructiveHint":true,"idempotentHint":false}"#
        );
        assert_eq!(
            of("\"write\"", "\"shopper\""),
            r#"{"readOnlyHint":false,"destructiveHint":true,"idempotentHint":true}"#
        );
    }
}
