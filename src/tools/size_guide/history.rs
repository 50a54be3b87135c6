//! The size by what a signed-in customer kept and sent back before.

use minijinja::context;

use super::super::{ToolContext, ToolError};
use super::advise::{choose, settle};
use super::answer::Answer;
use super::{From, Garment, WORDS};
use crate::customers::fit::{Fitted, Settled, Voice, Worn, settle as settle_voices, worn};
use crate::domain::identity::CustomerScope;
use crate::knowledge::sizes::measure::Measure;
use crate::knowledge::sizes::{Body, Placed, Row, Span, Spot, spot};

/// How many purchases the answer rests on, by what became of them.
#[derive(Default)]
struct Counts {
    kept: usize,
    small: usize,
    large: usize,
}

pub async fn by_history(
    context: &ToolContext<'_>,
    garment: &Garment<'_>,
    customer: &CustomerScope,
) -> Result<Answer, ToolError> {
    let now_ms = context.clock.now_ms();
    let worn = worn(&context.shop.store, customer, now_ms).await;
    let worn = worn.map_err(|error| ToolError::Failed(error.to_string()))?;
    let measure = garment.chart.decides[0];
    let (mut counts, mut voices, mut legs) = (Counts::default(), Vec::new(), Vec::new());
    for one in &worn {
        let Some((body, same_chart)) = body_of(context, garment, one) else {
            continue;
        };
        let voice = |rows: &[Row], measure: Measure| {
            let step = step(rows, measure, implied(*body.get(&measure)?, one.fitted))?;
            Some(Voice {
                step,
                placed_ms: one.placed_ms,
                same_chart,
            })
        };
        let Some(heard) = voice(&garment.chart.rows, measure) else {
            continue;
        };
        voices.push(heard);
        match one.fitted {
            Fitted::Kept => {
                counts.kept += 1;
                legs.extend(voice(&garment.chart.lengths, Measure::InsideLeg));
            }
            Fitted::TooSmall => counts.small += 1,
            Fitted::TooLarge => counts.large += 1,
        }
    }
    let placed = match settle_voices(&voices, now_ms) {
        Settled::Nothing => return Ok(ask(measure, "nothing_before")),
        Settled::Contradictory => return Ok(ask(measure, "contradictory")),
        Settled::One(row) => Placed::In(row),
        Settled::Between {
            smaller,
            larger,
            nearer,
        } => Placed::Between {
            smaller,
            larger,
            nearer,
        },
    };
    let Some(choice) = choose(garment, placed) else {
        return Ok(ask(measure, "nothing_before"));
    };
    let mut body = Body::new();
    // Only a leg that what was kept agrees on; else it is asked for.
    if let Settled::One(leg) = settle_voices(&legs, now_ms)
        && let Some(span) = garment.chart.lengths[leg].spans.get(&Measure::InsideLeg)
    {
        body.insert(Measure::InsideLeg, *span);
    }
    let why = vec![found(garment, placed, &counts)];
    Ok(settle(garment, &body, &choice, why, From::History))
}

fn ask(measure: Measure, key: &str) -> Answer {
    Answer::ask_measure(measure, vec![WORDS.say(key, ())])
}

/// The body that a purchase's size is for, and whether it was bought in the very same chart. Only
/// of the same family, and of a department that may be the same person's.
fn body_of(context: &ToolContext<'_>, garment: &Garment<'_>, worn: &Worn) -> Option<(Body, bool)> {
    let chart = context.knowledge.sizes.chart_for(&worn.product)?;
    let (own, other) = (&garment.product.department, &worn.product.department);
    let unisex = |department: &str| department == "unisex";
    let same_person = own == other || (other != "kids" && (unisex(own) || unisex(other)));
    if chart.family != garment.chart.family || !same_person {
        return None;
    }
    Some((chart.body_of(&worn.size)?, chart.name == garment.chart.name))
}

/// What did not fit was one size off: the body is in the range that follows or comes before.
fn implied(span: Span, fitted: Fitted) -> Span {
    let by = match fitted {
        Fitted::Kept => 0,
        Fitted::TooSmall => span.width(),
        Fitted::TooLarge => -span.width(),
    };
    Span {
        from_mm: span.from_mm + by,
        to_mm: span.to_mm + by,
    }
}

fn step(rows: &[Row], measure: Measure, span: Span) -> Option<usize> {
    Some(match spot(rows, measure, span)? {
        Spot::Row { nearest, .. } => nearest,
        Spot::Below => 0,
        Spot::Above => rows.len() - 1,
    })
}

fn found(garment: &Garment<'_>, placed: Placed, counts: &Counts) -> String {
    let name = |row: usize| &garment.chart.rows[row].size;
    let Counts { kept, small, large } = counts;
    match placed {
        Placed::Between {
            smaller, larger, ..
        } => {
            let (smaller, larger) = (name(smaller), name(larger));
            let values = context! { kept, small, large, smaller, larger };
            WORDS.say("history_between", values)
        }
        _ => WORDS.say("history", context! { kept, small, large }),
    }
}
