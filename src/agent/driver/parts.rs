//! Writes that one step has prepared, on their way to one proposal: what they come to together.

use serde_json::json;

use crate::agent::prompt::Prompts;
use crate::agent::turn::PendingCall;
use crate::domain::event::ProposalWords;
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::domain::ids::sha256_hex;
use crate::domain::limits::PROPOSAL_PARTS_MAX;
use crate::domain::money::{Currency, Money};
use crate::domain::parts::ProposalPart;
use crate::tools::registry::Registry;
use crate::tools::{Proposal, ToolError};

/// A write that a call of this step has resolved.
pub struct Prepared<'a> {
    pub call: &'a PendingCall,
    pub tool: String,
    pub proposal: Proposal<serde_json::Value>,
}

/// Why one more write cannot wait for the same yes as those before it: a hint for the model.
pub fn why_not(before: &[Prepared<'_>], next: &Prepared<'_>) -> Option<ToolError> {
    let hint = |key: &str, data: serde_json::Value| {
        let words = Prompts::get().reply("gate", key, data).unwrap_or_default();
        Some(ToolError::Retry(words))
    };
    // What two of one kind come to for one order depends on both: only one call can say it.
    let twice = |one: &&Prepared<'_>| {
        one.tool == next.tool
            && (one.proposal.resolved == next.proposal.resolved
                || one.proposal.order.is_some() && one.proposal.order == next.proposal.order)
    };
    let clashes = |one: &&Prepared<'_>| one.proposal.touches.clashes_with(&next.proposal.touches);
    if let Some(other) = before.iter().find(twice) {
        let data = json!({ "other": other.proposal.title, "tool": next.tool });
        return hint("once_per_order", data);
    }
    if let Some(other) = before.iter().find(clashes) {
        return hint("clash", json!({ "other": other.proposal.title }));
    }
    if before.len() >= PROPOSAL_PARTS_MAX {
        return hint("too_many_parts", json!({ "limit": PROPOSAL_PARTS_MAX }));
    }
    None
}

/// Is one of them above what may be settled without an agent? Parts of one kind for one order are
/// weighed together, so that splitting does not get around the limit.
pub fn need_agent(prepared: &[Prepared<'_>], tools: &Registry, shop: Currency) -> bool {
    prepared.iter().enumerate().any(|(at, one)| {
        if one.proposal.needs_agent.is_some() {
            return true;
        }
        let weighed = one.proposal.weighed.map(|(name, amount)| {
            let same = prepared[..at].iter().filter(|other| {
                other.proposal.order == one.proposal.order
                    && other.proposal.weighed.map(|(name, _)| name) == Some(name)
            });
            let sum = same
                .filter_map(|other| other.proposal.amount)
                .filter(|other| other.currency == amount.currency)
                .fold(amount.minor, |sum, other| sum.saturating_add(other.minor));
            (name, Money::new(sum, amount.currency))
        });
        let manifest = tools.get(&one.tool).map(|tool| &tool.manifest);
        manifest.is_none_or(|manifest| manifest.needs_agent(weighed, shop))
    })
}

/// What they move together; `None` when nothing or not in one currency.
pub fn sum(prepared: &[Prepared<'_>]) -> Option<Money> {
    let mut amounts = prepared.iter().filter_map(|one| one.proposal.amount);
    let first = amounts.next()?;
    amounts.try_fold(first, Money::plus)
}

/// What may be said of several together: their sum, of every order in them.
pub fn sum_fact(prepared: &[Prepared<'_>]) -> Option<Fact> {
    let sum = sum(prepared).filter(|_| prepared.len() > 1)?;
    let orders = prepared
        .iter()
        .filter_map(|one| one.proposal.order.as_ref());
    let mut about: Vec<Subject> = orders
        .map(|order| Subject::new(format!("order:{order}")))
        .collect();
    about.sort();
    about.dedup();
    (!about.is_empty()).then(|| Fact {
        about,
        attribute: "sum_of_proposal".to_owned(),
        value: FactValue::Money(sum),
    })
}

/// The sum in words, or each amount where there is none.
pub fn amounts(prepared: &[Prepared<'_>]) -> Option<String> {
    let each = || {
        let amounts = prepared.iter().filter_map(|one| one.proposal.amount);
        let words: Vec<String> = amounts.map(|amount| amount.to_string()).collect();
        (!words.is_empty()).then(|| words.join(" + "))
    };
    sum(prepared).map(|sum| sum.to_string()).or_else(each)
}

/// Over every tool with its arguments, in order.
pub fn hash(prepared: &[Prepared<'_>]) -> String {
    let part = |one: &Prepared<'_>| format!("{}\n{}", one.tool, one.proposal.resolved);
    let parts: Vec<String> = prepared.iter().map(part).collect();
    sha256_hex(&parts.join("\n"))
}

/// One alone is told as it is; of several every line names its part.
pub fn words(prepared: &[Prepared<'_>]) -> ProposalWords {
    if let [one] = prepared {
        return ProposalWords {
            arguments: one.proposal.resolved.clone(),
            title: one.proposal.title.clone(),
            lines: one.proposal.lines.clone(),
            why: one.proposal.needs_agent.clone(),
            parts: Vec::new(),
        };
    }
    let parts: Vec<ProposalPart> = prepared.iter().map(part).collect();
    let titles: Vec<&str> = parts.iter().map(|part| part.title.as_str()).collect();
    let title = Prompts::get().reply("proposal", "several", json!({ "titles": titles }));
    let lines = parts.iter().flat_map(|part| {
        let line = |line: &String| format!("{}: {line}", part.title);
        part.lines.iter().map(line)
    });
    ProposalWords {
        arguments: parts
            .first()
            .map(|part| part.arguments.clone())
            .unwrap_or_default(),
        title: title.unwrap_or_default(),
        lines: lines.collect(),
        why: prepared
            .iter()
            .find_map(|one| one.proposal.needs_agent.clone()),
        parts,
    }
}

fn part(one: &Prepared<'_>) -> ProposalPart {
    let proposal = &one.proposal;
    ProposalPart {
        tool: one.tool.clone(),
        arguments: proposal.resolved.clone(),
        title: proposal.title.clone(),
        lines: proposal.lines.clone(),
        amount: proposal.amount,
        order: proposal.order.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{CallId, OrderNumber};
    use crate::tools::Touches;

    fn call(tool: &str) -> PendingCall {
        PendingCall {
            call: CallId::new("c"),
            tool: tool.to_owned(),
            arguments: String::new(),
        }
    }

    /// A write of an order: its lines, or all of it.
    fn prepared<'a>(call: &'a PendingCall, order: &str, lines: &[u32], minor: i64) -> Prepared<'a> {
        let number = OrderNumber::new(order);
        let amount = Money::new(minor, Currency::EUR);
        let touches = match lines {
            [] => Touches::Whole(number.clone()),
            lines => Touches::Lines {
                order: number.clone(),
                lines: lines.to_vec(),
            },
        };
        Prepared {
            call,
            tool: call.tool.clone(),
            proposal: Proposal {
                resolved: json!({ "order": order, "lines": lines }),
                order: Some(number),
                touches,
                amount: Some(amount),
                weighed: Some(("refund", amount)),
                title: format!("{} of {order}", call.tool),
                lines: vec!["one".to_owned(), "two".to_owned()],
                content: "{}".to_owned(),
                facts: Vec::new(),
                needs_agent: None,
                bounds: None,
            },
        }
    }

    fn hint(before: &[Prepared<'_>], next: &Prepared<'_>) -> String {
        match why_not(before, next) {
            Some(ToolError::Retry(words)) => words,
            None => String::new(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn parts_that_contradict_each_other_are_refused_with_a_hint() {
        let (back, cancel) = (call("start_return"), call("cancel_order"));
        let before = [prepared(&back, "1", &[1, 2], 1)];
        assert_eq!(hint(&before, &prepared(&back, "2", &[1], 1)), "");
        assert_eq!(
            hint(&before, &prepared(&call("exchange_items"), "1", &[3], 1)),
            ""
        );
        let clash = hint(&before, &prepared(&cancel, "1", &[], 1));
        assert!(
            clash.contains("contradicts \"start_return of 1\""),
            "{clash}"
        );
        let taken = hint(&before, &prepared(&call("exchange_items"), "1", &[2], 1));
        assert!(taken.contains("contradicts"), "{taken}");
        let again = hint(&before, &prepared(&back, "1", &[3], 1));
        assert!(again.contains("one call of start_return"), "{again}");
    }

    #[test]
    fn a_proposal_has_so_many_parts_and_no_more() {
        let back = call("start_return");
        let orders: Vec<String> = (0..=PROPOSAL_PARTS_MAX).map(|n| n.to_string()).collect();
        let mut before = Vec::new();
        for (at, order) in orders.iter().enumerate() {
            let next = prepared(&back, order, &[1], 1);
            let words = hint(&before, &next);
            assert_eq!(words.is_empty(), at < PROPOSAL_PARTS_MAX, "{words}");
            before.push(next);
        }
    }

    #[test]
    fn together_they_are_one_hash_and_one_sum() {
        let back = call("start_return");
        let one = || prepared(&back, "1", &[1], 100);
        let two = || prepared(&back, "2", &[1], 50);
        // One alone has the hash that it always had.
        let alone = format!("start_return\n{}", one().proposal.resolved);
        assert_eq!(hash(&[one()]), sha256_hex(&alone));
        assert_ne!(hash(&[one(), two()]), hash(&[two(), one()]));
        assert_eq!(sum(&[one(), two()]), Some(Money::new(150, Currency::EUR)));
        assert_eq!(amounts(&[one(), two()]).as_deref(), Some("€1.50"));
        let mut foreign = two();
        foreign.proposal.amount = "SEK".parse().ok().map(|sek| Money::new(50, sek));
        let both = [one(), foreign];
        assert_eq!(sum(&both), None);
        assert_eq!(amounts(&both).as_deref(), Some("€1.00 + 0.50 SEK"));
        let told = words(&[one(), two()]);
        assert_eq!(
            told.title,
            "2 things with one yes: start_return of 1; start_return of 2"
        );
        assert_eq!(told.lines[3], "start_return of 2: two");
        assert_eq!(words(&[one()]).lines, ["one", "two"]);
    }

    /// Splitting what is one order's does not get around the limit.
    #[test]
    fn parts_of_one_order_are_weighed_together() {
        let tools = Registry::new().expect("the tools and their manifests");
        let back = call("start_return");
        let part = |order, line, minor| prepared(&back, order, &[line], minor);
        let need = |parts: &[Prepared<'_>]| need_agent(parts, &tools, Currency::EUR);
        assert!(!need(&[part("1", 1, 10_000), part("2", 1, 10_000)]));
        assert!(need(&[part("1", 1, 10_000), part("1", 2, 10_000)]));
        assert!(need(&[part("1", 1, 10_000), part("2", 1, 15_001)]));
    }
}
