//! Whether a person was asked, why, and whether they have everything in hand.

use super::{pieces, resolved_pieces};
use crate::domain::bundle::{Bundle, HandOffReason};
use crate::domain::event::EventBody;
use crate::evals::case::Case;
use crate::evals::play::Played;
use crate::evals::wanted::WantedReturn;

pub fn grade(case: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    let given: Vec<HandOffReason> = played
        .events
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::HandedOff(handed) => Some(handed.reason),
            _ => None,
        })
        .collect();
    let must = &case.expect.hand_off;
    let may: Vec<HandOffReason> = must
        .iter()
        .chain(&case.expect.may_hand_off)
        .copied()
        .collect();
    match given.as_slice() {
        [] if must.is_empty() => {}
        [] => reasons.push(format!("no person was asked; the reason would be {must:?}")),
        [reason] if may.contains(reason) => {}
        [reason] if may.is_empty() => reasons.push(format!("a person was asked: {reason:?}")),
        [reason] => reasons.push(format!("a person was asked for {reason:?}, not {may:?}")),
        many => reasons.push(format!("a person was asked {} times: {many:?}", many.len())),
    }
    if played.bundles.len() != given.len() {
        reasons.push(format!(
            "{} bundles for {} hand-offs",
            played.bundles.len(),
            given.len()
        ));
    }
    if let (Some(_), Some(bundle)) = (&case.expect.bundle, played.bundles.last()) {
        reasons.extend(look_into(case, played, bundle)?);
    }
    Ok(reasons)
}

fn look_into(case: &Case, played: &Played, bundle: &Bundle) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    let Some(wanted) = &case.expect.bundle else {
        return Ok(reasons);
    };
    for path in &wanted.orders {
        let number = &played.world.bought(path)?.order.number;
        if bundle.orders.iter().all(|order| order.number != *number) {
            reasons.push(format!("the bundle lacks {path} ({number})"));
        }
    }
    if let Some(identified) = wanted.identified
        && identified == (bundle.identity == "not proved")
    {
        reasons.push(format!("the bundle says of identity: {}", bundle.identity));
    }
    let wrote = played.wrote();
    let first = wrote.lines().next().unwrap_or_default();
    let told = bundle
        .transcript
        .iter()
        .any(|line| line.text.contains(first.trim()));
    // By the button a person can be called without a word.
    if !first.trim().is_empty() && !told {
        reasons.push("the bundle's transcript lacks what the shopper wrote".to_owned());
    }
    match &wanted.action {
        Some(action) => reasons.extend(look_at_action(played, bundle, action)?),
        None if bundle.proposed_action.is_some() && wanted.prepared.is_none() => {
            reasons.push("the bundle has an action that nobody asked for".to_owned());
        }
        None => {}
    }
    if let Some(wanted) = &wanted.prepared {
        reasons.extend(super::prepared::passed_on(played, bundle, wanted)?);
    }
    Ok(reasons)
}

fn look_at_action(
    played: &Played,
    bundle: &Bundle,
    wanted: &WantedReturn,
) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    let Some(action) = &bundle.proposed_action else {
        return Ok(vec!["the bundle has no resolved call".to_owned()]);
    };
    let number = &played.world.bought(&wanted.order)?.order.number;
    if !action.arguments.to_string().contains(number.as_str()) {
        reasons.push(format!(
            "the resolved call is not about {} ({number})",
            wanted.order
        ));
    }
    let (is, items) = (resolved_pieces(&action.arguments), pieces(&wanted.items));
    if is != items {
        reasons.push(format!(
            "the resolved call has (line, pieces) {is:?}, not {items:?}"
        ));
    }
    let refund = played.world.refund_of(wanted, &played.returns_before)?;
    let lines = action.lines.join("\n");
    if !crate::evals::fact::Value::Money(refund).is_in(&lines) {
        reasons.push(format!(
            "the resolved call does not name the refund {refund}"
        ));
    }
    Ok(reasons)
}
