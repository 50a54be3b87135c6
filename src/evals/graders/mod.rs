//! Graders: each looks at one side of a played case and says what is wrong, in a sentence with the
//! step and the path that it is about. No grader compares wording.

mod acts;
mod aftersales;
mod conduct;
mod hand_off;
mod leaks;
mod orders;
mod prepared;
mod products;
mod shown;
mod state;
mod tools;
mod truth;
mod untouched;

use super::case::Case;
use super::play::Played;
use super::wanted::WantedItem;

pub use leaks::leaked;

type Grader = fn(&Case, &Played) -> anyhow::Result<Vec<String>>;

const GRADERS: [Grader; 13] = [
    shown::grade,
    products::grade,
    acts::grade,
    truth::grade,
    tools::grade,
    state::grade,
    prepared::grade,
    orders::grade,
    aftersales::grade,
    untouched::grade,
    hand_off::grade,
    conduct::grade,
    leaks::grade,
];

/// Everything that is wrong with a played case; nothing when it passes.
pub fn grade(case: &Case, played: &Played) -> Vec<String> {
    let mut reasons = Vec::new();
    for grader in GRADERS {
        match grader(case, played) {
            Ok(found) => reasons.extend(found),
            Err(error) => reasons.push(format!("the case cannot be graded: {error:#}")),
        }
    }
    reasons
}

/// How a failure speaks of lines and quantities: "2 × line 1, 1 × line 3".
fn list<'a>(items: impl IntoIterator<Item = (&'a u32, &'a u32)>) -> String {
    let items = items
        .into_iter()
        .map(|(line, quantity)| format!("{quantity} × line {line}"));
    items.collect::<Vec<_>>().join(", ")
}

/// Lines with their pieces, sorted.
fn pieces(items: &[WantedItem]) -> Vec<(u32, u32)> {
    let mut pieces: Vec<_> = items
        .iter()
        .map(|item| (item.line, item.quantity))
        .collect();
    pieces.sort_unstable();
    pieces
}

/// Lines with their pieces, as they stand anywhere in a call's resolved arguments.
fn resolved_pieces(arguments: &serde_json::Value) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    // What is decided of the items stands beside them, and names the same pieces again.
    walk(&arguments["items"], &mut found);
    if found.is_empty() {
        walk(arguments, &mut found);
    }
    found.sort_unstable();
    found
}

fn walk(value: &serde_json::Value, found: &mut Vec<(u32, u32)>) {
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
        serde_json::Value::Object(fields) => {
            let number = |name: &str| fields.get(name)?.as_u64()?.try_into().ok();
            match (number("line"), number("quantity")) {
                (Some(line), Some(quantity)) => found.push((line, quantity)),
                _ => fields.values().for_each(|field| walk(field, found)),
            }
        }
        _ => {}
    }
}
