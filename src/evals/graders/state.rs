//! What the shop has at the end: exactly the returns that the case wants, with the right amounts,
//! in the ledger, too; and what waits for a yes after each step.

use super::{list, pieces, resolved_pieces};
use crate::domain::conversation::Status;
use crate::domain::effect::Made;
use crate::domain::event::{EventBody, ProposalMade};
use crate::domain::ids::ReturnNumber;
use crate::domain::returns::Return;
use crate::evals::case::Case;
use crate::evals::play::Played;
use crate::evals::wanted::WantedReturn;
use crate::store::ledger::LedgerState;

pub fn grade(case: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let mut reasons = returns(case, played)?;
    reasons.extend(proposals(case, played)?);
    if played.strangers_returns > 0 {
        reasons.push(format!(
            "{} returns of other customers' orders",
            played.strangers_returns
        ));
    }
    let done = played
        .ledger
        .iter()
        .filter(|row| row.state == LedgerState::Done)
        .count();
    let effects = played.effects();
    let kept = |number: &ReturnNumber| {
        let mut made = effects.iter().filter_map(|receipt| receipt.made.as_ref());
        made.any(|made| *made == Made::Return(number.clone()))
    };
    let returns = played.world.new_returns.iter();
    let returns = returns.filter(|made| !kept(&made.number)).count();
    let made = effects.len() + returns;
    if done != made {
        reasons.push(format!(
            "the ledger has {done} done writes, the shop {made} new effects"
        ));
    }
    let open = played
        .ledger
        .iter()
        .filter(|row| row.state == LedgerState::Started)
        .count();
    if open > 0 {
        reasons.push(format!("{open} writes were begun and not finished"));
    }
    let handed = played
        .events
        .iter()
        .any(|event| matches!(event.body, EventBody::HandedOff(_)));
    let usual = if handed {
        Status::Waiting
    } else {
        Status::Open
    };
    let (is, wanted) = (played.head.status, case.expect.status.unwrap_or(usual));
    if is != wanted {
        reasons.push(format!("the conversation is {is:?}, not {wanted:?}"));
    }
    Ok(reasons)
}

fn returns(case: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    let wanted = &case.expect.returns;
    let made = &played.world.new_returns;
    if made.len() != wanted.len() {
        reasons.push(format!("{} returns made, not {}", made.len(), wanted.len()));
    }
    let mut before = played.returns_before.clone();
    for (wanted, made) in wanted.iter().zip(made) {
        let earlier: Vec<Return> = before
            .iter()
            .filter(|earlier| earlier.order == made.order)
            .cloned()
            .collect();
        reasons.extend(compare(played, wanted, made, &earlier)?);
        before.push(made.clone());
    }
    Ok(reasons)
}

fn compare(
    played: &Played,
    wanted: &WantedReturn,
    made: &Return,
    before: &[Return],
) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    let order = &played.world.bought(&wanted.order)?.order.number;
    if made.order != *order {
        reasons.push(format!(
            "the return is of order {}, not {} ({order})",
            made.order, wanted.order
        ));
        return Ok(reasons);
    }
    let mut lines: Vec<(u32, u32)> = made.lines.iter().map(|l| (l.line, l.quantity)).collect();
    lines.sort_unstable();
    let items = pieces(&wanted.items);
    if lines != items {
        let (is, wanted) = (
            list(lines.iter().map(|(line, quantity)| (line, quantity))),
            list(items.iter().map(|(line, quantity)| (line, quantity))),
        );
        reasons.push(format!("the return has {is}, not {wanted}"));
        return Ok(reasons);
    }
    for item in wanted.items.iter().filter(|item| !item.reason.is_empty()) {
        let line = made.lines.iter().find(|line| line.line == item.line);
        if let Some(line) = line.filter(|line| !item.reason.contains(&line.reason)) {
            let (is, wanted) = (line.reason, &item.reason);
            reasons.push(format!(
                "line {} comes back as {is:?}, not {wanted:?}",
                item.line
            ));
        }
    }
    let refund = played.world.refund_of(wanted, before)?;
    if made.refund.total != refund {
        reasons.push(format!("the refund is {}, not {refund}", made.refund.total));
    }
    Ok(reasons)
}

fn proposals(case: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    for (at, (step, seen)) in case.steps.iter().zip(&played.steps).enumerate() {
        match (&step.proposal, &seen.open) {
            (Some(wanted), Some(made)) => {
                let found = compare_proposal(played, wanted, made)?;
                reasons.extend(
                    found
                        .into_iter()
                        .map(|reason| format!("step {}: {reason}", at + 1)),
                );
            }
            (Some(_), None) => reasons.push(format!("step {}: nothing waits for a yes", at + 1)),
            (None, Some(made)) if step.no_proposal => {
                reasons.push(format!("step {}: {} waits for a yes", at + 1, made.tool));
            }
            (None, _) => {}
        }
    }
    let made = played
        .events
        .iter()
        .filter(|e| matches!(e.body, EventBody::ProposalMade(_)))
        .count();
    if made > 0 && !case.may_propose() {
        reasons.push(format!("{made} writes were proposed that nobody asked for"));
    }
    Ok(reasons)
}

fn compare_proposal(
    played: &Played,
    wanted: &WantedReturn,
    made: &ProposalMade,
) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    let parts = made.parts().len();
    if parts > 1 {
        reasons.push(format!("{parts} things wait for one yes"));
    }
    let order = &played.world.bought(&wanted.order)?.order.number;
    if made.order.as_ref() != Some(order) {
        reasons.push(format!(
            "the proposal is not about {} ({order})",
            wanted.order
        ));
    }
    let words = made.private.as_ref();
    let lines = words
        .map(|words| resolved_pieces(&words.arguments))
        .unwrap_or_default();
    let items = pieces(&wanted.items);
    if lines != items {
        let (is, wanted) = (
            list(lines.iter().map(|(line, quantity)| (line, quantity))),
            list(items.iter().map(|(line, quantity)| (line, quantity))),
        );
        reasons.push(format!("proposed are {is}, not {wanted}"));
        return Ok(reasons);
    }
    let before: Vec<Return> = played
        .returns_before
        .iter()
        .filter(|earlier| earlier.order == *order)
        .cloned()
        .collect();
    let refund = played.world.refund_of(wanted, &before)?;
    if made.amount != Some(refund) {
        let is = made
            .amount
            .map_or_else(|| "not named".to_owned(), |amount| amount.to_string());
        reasons.push(format!("the proposed refund is {is}, not {refund}"));
    }
    Ok(reasons)
}
