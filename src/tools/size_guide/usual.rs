//! The size for who takes another one elsewhere.

use minijinja::context;

use super::super::lookup_order::reading_text;
use super::super::{ToolContext, ToolError};
use super::advise::{choose, settle};
use super::answer::Answer;
use super::{From, Garment, WORDS};
use crate::knowledge::sizes::{Body, Placed, Usual, UsualSize};

/// By a usual size and its brand; measures that do not decide by themselves (an inside leg) stay.
pub fn by_usual_size(
    context: &ToolContext<'_>,
    garment: &Garment<'_>,
    measured: &Body,
    mut why: Vec<String>,
    (text, brand): (&str, Option<&str>),
) -> Result<Answer, ToolError> {
    let Some(size) = UsualSize::read(text, brand) else {
        return Err(ToolError::Retry(WORDS.say("unreadable_usual", ())));
    };
    let sizes = &context.knowledge.sizes;
    let usual = reading_text(&size.label.to_uppercase());
    let (mut body, of_brand) = match sizes.usual(&size, garment.product, garment.chart) {
        Usual::Body { body, of_brand } => (body, of_brand),
        Usual::WhichSystem(systems) => {
            let values = context! { size => usual, systems };
            let question = WORDS.say("ask_which_system", values);
            return Ok(Answer::ask_usual(question));
        }
        Usual::WhoseSize | Usual::Unknown => {
            let said = WORDS.say("unknown_usual", context! { size => usual });
            return Ok(Answer::ask_measure(garment.chart.decides[0], vec![said]));
        }
    };
    body.extend(measured.iter().map(|(measure, span)| (*measure, *span)));
    let placed = garment.chart.place(&body);
    let Some(choice) = choose(garment, placed) else {
        let said = WORDS.say("unknown_usual", context! { size => usual });
        return Ok(Answer::ask_measure(garment.chart.decides[0], vec![said]));
    };
    let brand = size.brand.as_deref().map(reading_text);
    if let Some(brand) = brand.as_ref().filter(|brand| !sizes.knows_brand(brand)) {
        why.push(WORDS.say("brand_unknown", context! { brand }));
    }
    why.push(found(
        garment,
        placed,
        choice.row,
        &usual,
        brand.filter(|_| of_brand),
    ));
    if garment.note.women_down {
        why.push(WORDS.say("women_down", ()));
    }
    Ok(settle(garment, &body, &choice, why, From::UsualSize))
}

fn found(
    garment: &Garment<'_>,
    placed: Placed,
    row: usize,
    usual: &str,
    brand: Option<String>,
) -> String {
    let name = |row: usize| &garment.chart.rows[row].size;
    match placed {
        Placed::Between {
            smaller, larger, ..
        }
        | Placed::Apart { smaller, larger } => {
            let (smaller, larger) = (name(smaller), name(larger));
            let key = if brand.is_some() {
                "usual_between_of_brand"
            } else {
                "usual_between"
            };
            WORDS.say(key, context! { usual, brand, smaller, larger })
        }
        _ => {
            let key = if brand.is_some() {
                "usual_of_brand"
            } else {
                "usual"
            };
            WORDS.say(key, context! { usual, brand, size => name(row) })
        }
    }
}
