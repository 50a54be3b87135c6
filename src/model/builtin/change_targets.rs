//! What an item is to become, told from what it is: sizes and colours in one part of a message.

use super::details::{Piece, Slot, size_mark};

/// Size and colour that an item is to have, and the pieces of the clause that say so.
#[derive(Default)]
pub struct Target {
    pub size: Option<String>,
    pub color: Option<String>,
    pub taken: Vec<usize>,
}

impl Target {
    pub fn read(all: &[Piece], plain: &[String]) -> Self {
        let mut target = Self::default();
        let narrows =
            |at: usize| matches!(all.get(at).map(|p| &p.slot), Some(Slot::Size | Slot::Color));
        let to = (0..all.len()).rev().find(|&at| {
            let behind = at + 1..at + 6;
            matches!(plain[at].as_str(), "to" | "into" | "for")
                && (behind.clone().any(narrows) || behind.clone().any(|at| is_mark(plain, at)))
                && (plain[at] != "for" || !behind.clone().any(|at| is_kind(all.get(at))))
        });
        let mut left = Vec::new();
        if let Some((size, taken)) = marked_size(plain, to) {
            target.size = Some(size);
            target.taken = taken;
        }
        for (at, piece) in all.iter().enumerate() {
            let behind = to.is_none_or(|to| at > to);
            let from = at.saturating_sub(3);
            let leaves = |word: &String| matches!(word.as_str(), "from" | "of" | "not" | "than");
            let is_old = plain[from..at].iter().any(leaves) && to.is_none_or(|to| at < to);
            match piece.slot {
                Slot::Size if is_old || !behind => left.push(at),
                Slot::Size if target.size.is_none() => {
                    target.size = Some(size_mark(&piece.value));
                    target.taken.push(at);
                }
                Slot::Color if is_old || !behind => {}
                Slot::Color if to.is_none() && is_kind(all.get(at + 1)) => {}
                Slot::Color if target.color.is_none() => {
                    let (words, taken) = color_at(all, at);
                    target.color = Some(words);
                    target.taken.extend(taken);
                }
                _ => {}
            }
        }
        // The size that is given up says nothing of which item is meant.
        target.taken.extend(left);
        target
    }
}

/// Sizes that are figures: "95 cm", "40-43", and after "to" or "size" a bare "34".
fn is_mark(plain: &[String], at: usize) -> bool {
    let digits =
        |text: &str| (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let Some(word) = plain.get(at) else {
        return false;
    };
    let range = word
        .split_once('-')
        .is_some_and(|(from, to)| digits(from) && digits(to));
    let before = at.checked_sub(1).map(|before| plain[before].as_str());
    let led = matches!(before, Some("to" | "into" | "size" | "in" | "a"));
    range || (digits(word) && (led || plain.get(at + 1).is_some_and(|next| next == "cm")))
}

/// The one that comes behind `to`, or the only one.
fn marked_size(plain: &[String], to: Option<usize>) -> Option<(String, Vec<usize>)> {
    let first = to.map_or(0, |to| to + 1);
    let at = (first..plain.len()).find(|&at| {
        let left = at > 0 && matches!(plain[at - 1].as_str(), "from" | "of" | "not");
        is_mark(plain, at) && !left
    })?;
    let cm = plain.get(at + 1).is_some_and(|next| next == "cm");
    let size = if cm {
        format!("{} cm", plain[at])
    } else {
        plain[at].clone()
    };
    Some((size, (at..=at + usize::from(cm)).collect()))
}

fn is_kind(piece: Option<&Piece>) -> bool {
    piece.is_some_and(|piece| matches!(piece.slot, Slot::Kind(_)))
}

/// "moss green": colours side by side are one.
fn color_at(all: &[Piece], at: usize) -> (String, Vec<usize>) {
    let is_color = |at: &usize| all[*at].slot == Slot::Color;
    let taken: Vec<usize> = (at..all.len()).take_while(is_color).collect();
    let words: Vec<String> = taken.iter().map(|at| all[*at].value.clone()).collect();
    (words.join(" "), taken)
}
