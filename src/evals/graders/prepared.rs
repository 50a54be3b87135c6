//! Proposals of any tool: what waits for a yes after a step, or for a person at the end.

use serde_json::Value as Json;

use super::{list, resolved_pieces};
use crate::domain::bundle::Bundle;
use crate::domain::event::ProposalMade;
use crate::domain::money::Money;
use crate::evals::amount::amount;
use crate::evals::case::Case;
use crate::evals::fact::{Value, holds, plain};
use crate::evals::play::Played;
use crate::evals::wanted_orders::WantedPrepared;
use crate::evals::world::World;

/// Says that nothing is moved.
const NONE: &str = "none";

/// A call with its resolved arguments, wherever it waits.
struct Waiting<'a> {
    tool: &'a str,
    arguments: Json,
    amount: Option<Money>,
    /// Title and lines of its card.
    words: String,
}

pub fn grade(case: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    for (at, (step, seen)) in case.steps.iter().zip(&played.steps).enumerate() {
        let Some(wanted) = &step.prepared else {
            continue;
        };
        let found = match &seen.open {
            None => vec!["nothing waits for a yes".to_owned()],
            Some(made) => compare(&played.stood[at], wanted, &of_proposal(made))?,
        };
        let found = found.into_iter();
        reasons.extend(found.map(|reason| format!("step {}: {reason}", at + 1)));
    }
    Ok(reasons)
}

/// The call that a bundle holds ready.
pub fn passed_on(
    played: &Played,
    bundle: &Bundle,
    wanted: &WantedPrepared,
) -> anyhow::Result<Vec<String>> {
    let Some(action) = &bundle.proposed_action else {
        return Ok(vec!["the bundle has no resolved call".to_owned()]);
    };
    let waiting = Waiting {
        tool: &action.tool,
        arguments: action.arguments.clone(),
        amount: action.amount,
        words: format!("{}\n{}", action.title, action.lines.join("\n")),
    };
    let world = played.stood.last().unwrap_or(&played.begin);
    let found = compare(world, wanted, &waiting)?.into_iter();
    Ok(found
        .map(|reason| format!("the resolved call: {reason}"))
        .collect())
}

fn of_proposal(made: &ProposalMade) -> Waiting<'_> {
    let words = made.private.as_ref();
    Waiting {
        tool: &made.tool,
        arguments: words.map_or(Json::Null, |words| words.arguments.clone()),
        amount: made.amount,
        words: words.map_or_else(String::new, |words| {
            format!("{}\n{}", words.title, words.lines.join("\n"))
        }),
    }
}

fn compare(
    world: &World,
    wanted: &WantedPrepared,
    waiting: &Waiting<'_>,
) -> anyhow::Result<Vec<String>> {
    let mut reasons = Vec::new();
    if waiting.tool != wanted.tool {
        reasons.push(format!("{} waits, not {}", waiting.tool, wanted.tool));
        return Ok(reasons);
    }
    if let Some(order) = &wanted.order {
        let number = world.bought(order)?.order.number.to_string();
        if !waiting.arguments.to_string().contains(&number) {
            reasons.push(format!("it is not about {order} ({number})"));
        }
    }
    if let Some(text) = &wanted.amount {
        reasons.extend(moves(world, text, waiting.amount)?);
    }
    if !wanted.items.is_empty() {
        let mut items: Vec<_> = wanted.items.iter().map(|i| (i.line, i.quantity)).collect();
        items.sort_unstable();
        let lines = resolved_pieces(&waiting.arguments);
        if lines != items {
            let (is, wanted) = (
                list(lines.iter().map(|(line, pieces)| (line, pieces))),
                list(items.iter().map(|(line, pieces)| (line, pieces))),
            );
            reasons.push(format!("it is about {is}, not {wanted}"));
        }
    }
    for fact in &wanted.says {
        let value = fact_at(world, fact)?;
        if !value.is_in(&waiting.words) {
            let (is, card) = (&value.forms()[0], &waiting.words);
            reasons.push(format!("its card lacks {fact} ({is}): {card:?}"));
        }
    }
    for (name, value) in &wanted.with {
        let text = world.fill(&text(value))?;
        if !says(&waiting.arguments, name, &plain(&text)) {
            let arguments = &waiting.arguments;
            reasons.push(format!("{name} is not \"{text}\": {arguments}"));
        }
    }
    Ok(reasons)
}

fn moves(world: &World, text: &str, is: Option<Money>) -> anyhow::Result<Option<String>> {
    let is_minor = is.map_or(0, |is| is.minor.abs());
    if text == NONE {
        return Ok((is_minor != 0).then(|| format!("it moves {is:?}, not nothing")));
    }
    let wanted = amount(world, text)?;
    let same_currency = is.is_none_or(|is| is.currency == wanted.currency);
    let right = is_minor == wanted.minor.abs() && same_currency;
    let is = is.map_or_else(|| "nothing".to_owned(), |is| is.to_string());
    Ok((!right).then(|| format!("it moves {is}, not {wanted}")))
}

/// A path's value, an amount of several, or the words themselves.
fn fact_at(world: &World, fact: &str) -> anyhow::Result<Value> {
    if let Ok(value) = world.value(fact) {
        return Ok(value);
    }
    // Bare digits are digits: a postcode, a size.
    let is_sum = fact.contains(' ') || fact.contains('.');
    if let Some(money) = amount(world, fact).ok().filter(|_| is_sum) {
        return Ok(Value::Money(Money::new(money.minor.abs(), money.currency)));
    }
    Ok(Value::Text(world.fill(fact)?))
}

/// Does a field of that name say this, anywhere?
fn says(arguments: &Json, name: &str, wanted: &str) -> bool {
    match arguments {
        Json::Array(members) => members.iter().any(|member| says(member, name, wanted)),
        Json::Object(fields) => fields.iter().any(|(field, value)| {
            (field == name && holds(&plain(&text(value)), wanted)) || says(value, name, wanted)
        }),
        _ => false,
    }
}

fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_wherever_it_stands_in_a_call() {
        let call = serde_json::json!({
            "order_number": "10482", "items": [{"line": 1, "to": {"size": "L"}}], "reason": "other",
        });
        assert!(says(&call, "order_number", "10482") && says(&call, "size", "l"));
        assert!(says(&call, "line", "1") && !says(&call, "line", "2"));
        assert!(!says(&call, "color", "l") && !says(&call, "order_number", "104"));
    }
}
