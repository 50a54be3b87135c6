//! From where a body falls in a chart to one of the product's sizes, and why that one.

use minijinja::context;

use super::answer::{Answer, Sized};
use super::{FitWish, From, Garment, WORDS, measure_words};
use crate::knowledge::sizes::fit_note::Lean;
use crate::knowledge::sizes::measure::{Measure, centimetres};
use crate::knowledge::sizes::{Body, Placed, Row, Span, Spot, same_size, spot};

/// A row of the chart that was settled on.
pub struct Choice {
    pub row: usize,
    /// The other of two that it is between.
    pub also: Option<usize>,
    /// The other would do as well: the body is between the two, and not in one of them by one
    /// measure and in the other by another.
    pub either: bool,
    /// The key of the words that say why this of the two, where it is of two.
    pub reason: Option<&'static str>,
}

/// One of the product's sizes for a row, or why there is none.
pub enum Made {
    Size(String),
    /// It has this row in several lengths, and the leg is not known.
    AskLeg,
    No,
}

pub fn by_measures(garment: &Garment<'_>, body: &Body, remarks: Vec<String>) -> Answer {
    let placed = garment.chart.place(body);
    let mut why = remarks;
    match placed {
        Placed::Above(measure) | Placed::Below(measure) => {
            return outside(garment, body, measure, placed, why);
        }
        Placed::Unknown => return Answer::ask_measure(garment.chart.decides[0], why),
        Placed::In(_) | Placed::Between { .. } | Placed::Apart { .. } => {}
    }
    let Some(choice) = choose(garment, placed) else {
        return Answer::ask_measure(garment.chart.decides[0], why);
    };
    why.push(found(garment, body, placed));
    settle(garment, body, &choice, why, From::Measures)
}

/// The row of a placement; of two by the wish, then the fit note, then what the policy says of
/// outer layers, else the nearer.
pub fn choose(garment: &Garment<'_>, placed: Placed) -> Option<Choice> {
    let of_two = |larger: bool, pair: (usize, usize), reason| {
        let (row, also) = if larger { (pair.1, pair.0) } else { pair };
        Some(Choice {
            row,
            also: Some(also),
            either: matches!(placed, Placed::Between { .. }),
            reason: Some(reason),
        })
    };
    match placed {
        Placed::In(row) => Some(Choice {
            row,
            also: None,
            either: false,
            reason: None,
        }),
        Placed::Between {
            smaller,
            larger,
            nearer,
        } => {
            let pair = (smaller, larger);
            match (garment.wish, garment.note.between) {
                (Some(FitWish::Close), _) => of_two(false, pair, "pick_close"),
                (Some(FitWish::Loose), _) => of_two(true, pair, "pick_loose"),
                (_, Some(Lean::Smaller)) => of_two(false, pair, "pick_note_smaller"),
                (_, Some(Lean::Larger)) => of_two(true, pair, "pick_note_larger"),
                _ if garment.is_outer() => of_two(true, pair, "pick_outer"),
                _ => of_two(nearer == larger, pair, "pick_nearer"),
            }
        }
        // What is too tight in one place does not fit, whatever a note says of being between.
        Placed::Apart { smaller, larger } if larger - smaller == 1 => {
            let close = garment.wish == Some(FitWish::Close);
            let reason = if close {
                "pick_close"
            } else {
                "pick_goes_over"
            };
            of_two(!close, (smaller, larger), reason)
        }
        Placed::Apart { larger, .. } => Some(Choice {
            row: larger,
            also: None,
            either: false,
            reason: Some("pick_goes_over"),
        }),
        Placed::Below(_) | Placed::Above(_) | Placed::Unknown => None,
    }
}

/// From a row to a size that the product has.
pub fn settle(
    garment: &Garment<'_>,
    body: &Body,
    choice: &Choice,
    mut why: Vec<String>,
    from: From,
) -> Answer {
    let other = choice.also.map(|also| made(garment, also, body));
    let (size, also, reason) = match (made(garment, choice.row, body), other) {
        (Made::AskLeg, _) => return Answer::ask_measure(Measure::InsideLeg, why),
        (Made::Size(size), Some(Made::Size(also))) => (size, Some(also), choice.reason),
        // The other of the two is not there to be told of.
        (Made::Size(size), _) => {
            let reason = choice.reason.filter(|_| choice.also.is_none());
            (
                size,
                None,
                reason.or(choice.also.and(Some("pick_only_made"))),
            )
        }
        (Made::No, Some(Made::Size(size))) if choice.either => (size, None, Some("pick_only_made")),
        (Made::No, Some(Made::AskLeg)) if choice.either => {
            return Answer::ask_measure(Measure::InsideLeg, why);
        }
        (Made::No, _) => return not_made(garment, choice.row, body, why),
    };
    if let Some(reason) = reason {
        why.push(WORDS.say(reason, context! { size => &size }));
    }
    Answer::Sized(Sized {
        size,
        also,
        between: choice.also.is_some(),
        why,
        from,
    })
}

fn made(garment: &Garment<'_>, row: usize, body: &Body) -> Made {
    let chart = garment.chart;
    let of_row: Vec<(&String, Option<usize>)> = garment
        .sizes
        .iter()
        .filter_map(|size| {
            let (of, length) = chart.rows_of(size)?;
            (of == row).then_some((size, length))
        })
        .collect();
    let Some((first, _)) = of_row.first() else {
        return Made::No;
    };
    if chart.lengths.is_empty() {
        return Made::Size((*first).clone());
    }
    let Some(leg) = body.get(&Measure::InsideLeg) else {
        return match of_row.len() {
            1 => Made::Size((*first).clone()),
            _ => Made::AskLeg,
        };
    };
    let Some(Spot::Row { nearest, also }) = spot(&chart.lengths, Measure::InsideLeg, *leg) else {
        return Made::No;
    };
    let with = |wanted: usize| of_row.iter().find(|(_, length)| *length == Some(wanted));
    let found = with(nearest).or_else(|| also.and_then(with));
    found.map_or(Made::No, |(size, _)| Made::Size((*size).clone()))
}

fn not_made(garment: &Garment<'_>, row: usize, body: &Body, mut why: Vec<String>) -> Answer {
    let chart = garment.chart;
    let leg = body
        .get(&Measure::InsideLeg)
        .filter(|_| !chart.lengths.is_empty())
        .and_then(|leg| spot(&chart.lengths, Measure::InsideLeg, *leg));
    let leg = match leg {
        Some(Spot::Row { nearest, .. }) => Some(nearest),
        Some(Spot::Above) => Some(chart.lengths.len() - 1),
        Some(Spot::Below) => Some(0),
        None => None,
    };
    let mut wanted = chart.rows[row].size.clone();
    if let Some(leg) = leg {
        wanted = format!("{wanted}/{}", chart.lengths[leg].size);
    }
    // Legs beyond the chart have no size to name.
    if !garment.sizes.iter().any(|size| same_size(size, &wanted)) {
        why.push(WORDS.say("not_made", context! { size => wanted }));
    }
    let near = garment.sizes.iter().min_by_key(|size| {
        let (of, length) = chart.rows_of(size).unwrap_or((usize::MAX, None));
        let leg_apart = match (leg, length) {
            (Some(leg), Some(length)) => leg.abs_diff(length),
            _ => 0,
        };
        // Of two that are equally far the larger.
        (of.abs_diff(row), leg_apart, std::cmp::Reverse(of))
    });
    Answer::None {
        why,
        near: near.cloned(),
    }
}

/// More or less than any size of the chart is for.
fn outside(
    garment: &Garment<'_>,
    body: &Body,
    measure: Measure,
    placed: Placed,
    mut why: Vec<String>,
) -> Answer {
    let above = matches!(placed, Placed::Above(_));
    let rows = || {
        garment.sizes.iter().filter_map(|size| {
            let (row, _) = garment.chart.rows_of(size)?;
            Some((row, size, *garment.chart.rows[row].spans.get(&measure)?))
        })
    };
    let end = if above {
        rows().max_by_key(|(row, ..)| *row)
    } else {
        rows().min_by_key(|(row, ..)| *row)
    };
    if let (Some((row, size, span)), Some(body)) = (end, body.get(&measure)) {
        let size_words = if garment.chart.lengths.is_empty() {
            size
        } else {
            &garment.chart.rows[row].size
        };
        let values = context! {
            value => value(measure, *body), size => size_words,
            from => centimetres(span.from_mm), to => centimetres(span.to_mm),
        };
        why.push(WORDS.say(if above { "above" } else { "below" }, values));
    }
    Answer::None {
        why,
        near: end.map(|(_, size, _)| size.clone()),
    }
}

/// "chest of 93 cm"
fn value(measure: Measure, span: Span) -> String {
    let cm = centimetres(span.from_mm);
    WORDS.say("value", context! { measure => measure_words(measure), cm })
}

/// Where the measures fall, in words.
fn found(garment: &Garment<'_>, body: &Body, placed: Placed) -> String {
    let chart = garment.chart;
    let name = |row: usize| -> &Row { &chart.rows[row] };
    let known: Vec<(Measure, Span)> = chart
        .decides
        .iter()
        .filter_map(|measure| Some((*measure, *body.get(measure)?)))
        .collect();
    let values: Vec<String> = known.iter().map(|(m, span)| value(*m, *span)).collect();
    match placed {
        Placed::Between {
            smaller, larger, ..
        } => {
            let (smaller, larger) = (&name(smaller).size, &name(larger).size);
            WORDS.say("between", context! { values, smaller, larger })
        }
        Placed::Apart { smaller, larger } => {
            let (smaller, larger) = (&name(smaller).size, &name(larger).size);
            WORDS.say("apart", context! { values, smaller, larger })
        }
        Placed::In(row) => match (&known[..], &values[..]) {
            ([(measure, _)], [value]) if name(row).spans.contains_key(measure) => {
                let span = name(row).spans[measure];
                let (from, to) = (centimetres(span.from_mm), centimetres(span.to_mm));
                WORDS.say(
                    "in_one",
                    context! { value, size => &name(row).size, from, to },
                )
            }
            _ => WORDS.say("in_all", context! { values, size => &name(row).size }),
        },
        Placed::Below(_) | Placed::Above(_) | Placed::Unknown => String::new(),
    }
}
