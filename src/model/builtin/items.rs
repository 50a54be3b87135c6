//! Which lines of an order the shopper means: positions, titles, colours, kinds of clothing.

use super::entities::{ItemRef, LISTS, Part};
use super::results::{Item, Order};
use super::words;
use crate::domain::returns::ReturnReason;

/// A line of the order as the shopper chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub line: u32,
    pub quantity: Option<u32>,
    pub reason: Option<ReturnReason>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    Lines(Vec<Chosen>),
    /// Several lines fit equally well.
    Unclear(Vec<u32>),
    /// Something is named that the order does not hold.
    NotInOrder,
    Nothing,
}

/// Matches the parts of a message with an order. `before` is what was meant so far.
pub fn choose(order: &Order, parts: &[Part], before: &[u32]) -> Choice {
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut unclear = Vec::new();
    let mut missing = false;
    for part in parts {
        match lines_of(order, part, before) {
            Choice::Lines(lines) => {
                for line in lines {
                    if !chosen.iter().any(|known| known.line == line.line) {
                        chosen.push(line);
                    }
                }
            }
            Choice::Unclear(lines) => unclear.extend(lines),
            Choice::NotInOrder => missing = true,
            Choice::Nothing => {}
        }
    }
    match () {
        () if !chosen.is_empty() => Choice::Lines(chosen),
        () if !unclear.is_empty() => Choice::Unclear(unclear),
        () if missing => Choice::NotInOrder,
        () => Choice::Nothing,
    }
}

fn lines_of(order: &Order, part: &Part, before: &[u32]) -> Choice {
    let every: Vec<u32> = order.items.iter().map(|item| item.line).collect();
    let mut lines: Vec<u32> = Vec::new();
    let mut outside = false;
    for one in &part.refs {
        match one {
            ItemRef::Line(line) if every.contains(line) => lines.push(*line),
            ItemRef::Line(_) => outside = true,
            ItemRef::Last => lines.extend(every.last()),
            ItemRef::All => lines.extend(&every),
            ItemRef::Both if named(order, part).len() == 2 => lines.extend(named(order, part)),
            ItemRef::Both if every.len() == 2 => lines.extend(&every),
            ItemRef::Both => return Choice::Unclear(every),
            ItemRef::Other => {
                let rest: Vec<u32> = every
                    .iter()
                    .copied()
                    .filter(|line| !before.contains(line))
                    .collect();
                // What went back already is not the other one.
                let open: Vec<u32> = rest
                    .iter()
                    .copied()
                    .filter(|line| order.item(*line).is_some_and(|item| item.can_return))
                    .collect();
                let rest = if open.len() == 1 { open } else { rest };
                if rest.len() != 1 {
                    return Choice::Unclear(rest);
                }
                lines.extend(rest);
            }
            ItemRef::AllBut(names) => {
                let kept = best(order, names);
                if kept.is_empty() {
                    return Choice::Unclear(every);
                }
                lines.extend(every.iter().filter(|line| !kept.contains(line)));
            }
        }
    }
    if lines.is_empty() && !outside {
        let found = named(order, part);
        match found.len() {
            0 if part.points() => return Choice::NotInOrder,
            0 => return Choice::Nothing,
            1 => lines = found,
            _ => return Choice::Unclear(found),
        }
    }
    if lines.is_empty() {
        return Choice::NotInOrder;
    }
    let chosen = lines.into_iter().map(|line| Chosen {
        line,
        quantity: part.quantity,
        reason: part.reason,
    });
    Choice::Lines(chosen.collect())
}

fn named(order: &Order, part: &Part) -> Vec<u32> {
    best(order, &part.names)
}

/// Lines that fit the words best; none when no word fits.
fn best(order: &Order, names: &[String]) -> Vec<u32> {
    let scored: Vec<(u32, u32)> = order
        .items
        .iter()
        .map(|item| (item.line, score(item, names)))
        .collect();
    let most = scored.iter().map(|(_, score)| *score).max().unwrap_or(0);
    let fits = scored
        .into_iter()
        .filter(|(_, score)| most > 0 && *score == most);
    fits.map(|(line, _)| line).collect()
}

/// How well words fit an item: its own words count four, slips three, words of the same kind two.
fn score(item: &Item, names: &[String]) -> u32 {
    let mut own = words::words(&item.title);
    own.extend(item.color.as_deref().map(words::words).unwrap_or_default());
    own.extend(item.size.as_deref().map(words::words).unwrap_or_default());
    let stems: Vec<String> = own.iter().map(|word| words::stem(word)).collect();
    names
        .iter()
        .map(|name| {
            let stem = words::stem(name);
            let same = own.contains(name) || stems.contains(&stem);
            match () {
                () if same => 4,
                () if name.len() >= 5 && own.iter().any(|word| words::is_slip(name, word)) => 3,
                () if own.iter().any(|word| same_kind(name, word)) => 2,
                () => 0,
            }
        })
        .sum()
}

fn same_kind(a: &str, b: &str) -> bool {
    let groups = LISTS.garments.values().chain(LISTS.colors.values());
    groups.into_iter().any(|group| {
        let holds = |word: &str| group.iter().any(|own| own == word);
        holds(a) && holds(b)
    })
}

/// Is one of these words an item's own?
pub fn names_one_of(order: &Order, names: &[String]) -> bool {
    let mut one = names.iter().map(std::slice::from_ref);
    one.any(|name| order.items.iter().any(|item| score(item, name) >= 4))
}

/// May these words name something in a text such as "Moss Fleece (M) and 1 more"?
pub fn may_hold(text: &str, parts: &[Part]) -> bool {
    let item = Item {
        title: text.to_owned(),
        ..Item::default()
    };
    parts.iter().any(|part| score(&item, &part.names) > 0)
}

#[cfg(test)]
mod tests {
    use super::super::entities::Found;
    use super::*;

    fn order() -> Order {
        let item = |line, title: &str, color: &str| Item {
            line,
            title: title.into(),
            color: Some(color.into()),
            size: Some("M".into()),
            quantity: 1,
            can_return: true,
            ..Item::default()
        };
        Order {
            order_number: "10482".into(),
            items: vec![
                item(1, "Sleet Rain Jacket", "navy"),
                item(2, "Bothy Fleece", "moss green"),
                item(3, "Bog Road Hiking Sock", "rust"),
            ],
            ..Order::default()
        }
    }

    fn lines(text: &str) -> Vec<u32> {
        match choose(&order(), &Found::read(text).parts, &[2]) {
            Choice::Lines(chosen) => chosen.iter().map(|one| one.line).collect(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn items_are_found_however_they_are_named() {
        for (text, expected) in [
            ("the second item, too small", vec![2]),
            ("item 3", vec![3]),
            ("the rain jaket", vec![1]),
            ("the blue one", vec![1]),
            ("my coat is torn", vec![1]),
            ("the jacket and the socks", vec![1, 3]),
            ("everything", vec![1, 2, 3]),
            ("everything but the socks", vec![1, 2]),
            ("the last one", vec![3]),
            ("no wait, actually the first one", vec![1]),
            ("the jacket, not the socks", vec![1]),
        ] {
            assert_eq!(lines(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_there_or_unclear_is_never_guessed() {
        let choice = |text: &str| choose(&order(), &Found::read(text).parts, &[]);
        assert_eq!(choice("the dress"), Choice::NotInOrder);
        assert_eq!(choice("item 7"), Choice::NotInOrder);
        assert_eq!(choice("I want to return it"), Choice::Nothing);
        assert!(matches!(choice("both"), Choice::Unclear(_)));
        assert!(matches!(choice("the other one"), Choice::Unclear(_)));
    }
}
