//! A proposal may stand for several writes, which one yes confirms and which are done in order.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event::{EffectFinished, ProposalMade, ToolOutcome};
use super::ids::OrderNumber;
use super::money::Money;

/// One write of a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposalPart {
    pub tool: String,
    /// Resolved arguments, exactly what will be executed.
    pub arguments: Value,
    pub title: String,
    /// The exact consequence, one statement a line.
    pub lines: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderNumber>,
}

/// What became of one write of a confirmed proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartFinished {
    pub tool: String,
    /// Empty when the proposal had this part alone.
    pub title: String,
    /// `None` when one before it broke, so that it was not tried.
    pub outcome: Option<ToolOutcome>,
    /// The tool's result as it gave it.
    pub content: String,
}

impl ProposalMade {
    /// Its writes in the order in which they are done; none once its words were erased. One that was
    /// made alone, or before there were parts, is its own single part.
    pub fn parts(&self) -> Vec<ProposalPart> {
        match &self.private {
            None => Vec::new(),
            Some(words) if words.parts.is_empty() => vec![ProposalPart {
                tool: self.tool.clone(),
                arguments: words.arguments.clone(),
                title: words.title.clone(),
                lines: words.lines.clone(),
                amount: self.amount,
                order: self.order.clone(),
            }],
            Some(words) => words.parts.clone(),
        }
    }
}

impl EffectFinished {
    /// What became of each part. The content of a proposal with one part is its tool's result; that
    /// of one with several is a JSON array of `PartFinished`.
    pub fn parts(&self) -> Vec<PartFinished> {
        let content = self.private.as_ref().map_or("", |words| &words.content);
        let several: Option<Vec<PartFinished>> = serde_json::from_str(content).ok();
        several
            .filter(|parts| !parts.is_empty())
            .unwrap_or_else(|| {
                vec![PartFinished {
                    tool: self.tool.clone(),
                    title: String::new(),
                    outcome: Some(self.outcome),
                    content: content.to_owned(),
                }]
            })
    }
}

/// What became of the whole: broken when one part broke, done when one was done.
pub fn outcome_of(parts: &[PartFinished]) -> ToolOutcome {
    let has = |outcome| parts.iter().any(|part| part.outcome == Some(outcome));
    if has(ToolOutcome::Failed) {
        ToolOutcome::Failed
    } else if has(ToolOutcome::Done) {
        ToolOutcome::Done
    } else {
        ToolOutcome::Refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{Approver, ProposalWords, ToolWords};
    use crate::domain::ids::{CallId, IdempotencyKey, ProposalId};
    use serde_json::json;

    fn made(words: Value) -> ProposalMade {
        ProposalMade {
            proposal: ProposalId::new("p"),
            call: CallId::new("c"),
            tool: "start_return".to_owned(),
            hash: "h".to_owned(),
            order: Some(OrderNumber::new("10482")),
            amount: None,
            approver: Approver::Shopper,
            bounds: None,
            drafted: false,
            expires_ms: 1,
            tainted: false,
            private: serde_json::from_value::<Option<ProposalWords>>(words).expect("it reads"),
        }
    }

    #[test]
    fn a_proposal_from_before_there_were_parts_is_its_single_part() {
        let old = made(json!({"arguments": {"a": 1}, "title": "Return", "lines": ["one"]}));
        let parts = old.parts();
        assert_eq!(parts.len(), 1);
        let part = &parts[0];
        assert_eq!(
            (part.tool.as_str(), &part.arguments),
            ("start_return", &json!({"a": 1}))
        );
        assert_eq!((part.title.as_str(), part.lines.len()), ("Return", 1));
        assert_eq!(part.order, old.order);
        assert_eq!(made(Value::Null).parts(), []);
        let again = serde_json::to_value(&old.private).expect("it writes");
        assert!(again.get("parts").is_none(), "and is stored as before");
    }

    #[test]
    fn what_became_of_one_part_is_its_tools_own_result() {
        let finished = |content: &str, outcome| EffectFinished {
            proposal: ProposalId::new("p"),
            tool: "start_return".to_owned(),
            key: IdempotencyKey::new("k"),
            outcome,
            hand_off: None,
            private: Some(ToolWords {
                content: content.to_owned(),
                ..ToolWords::default()
            }),
        };
        for content in ["{\"reason\":\"late\"}", "[]", "[{\"tool\":\"x\"}]", "words"] {
            let parts = finished(content, ToolOutcome::Refused).parts();
            assert_eq!(parts.len(), 1, "{content}");
            assert_eq!(parts[0].content, content);
            assert_eq!(parts[0].outcome, Some(ToolOutcome::Refused));
        }
        let part = |outcome| PartFinished {
            tool: "start_return".to_owned(),
            title: "Return".to_owned(),
            outcome,
            content: "{}".to_owned(),
        };
        let (done, refused) = (Some(ToolOutcome::Done), Some(ToolOutcome::Refused));
        let mut all = vec![part(done), part(refused)];
        let content = serde_json::to_string(&all).expect("it writes");
        assert_eq!(finished(&content, ToolOutcome::Done).parts(), all);
        assert_eq!(outcome_of(&all), ToolOutcome::Done);
        all.extend([part(Some(ToolOutcome::Failed)), part(None)]);
        assert_eq!(outcome_of(&all), ToolOutcome::Failed);
        assert_eq!(outcome_of(&[part(refused)]), ToolOutcome::Refused);
    }
}
