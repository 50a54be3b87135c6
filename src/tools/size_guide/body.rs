//! The measures among the arguments, as the shopper gave them.

use std::borrow::Cow;

use minijinja::context;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::super::ToolError;
use super::super::lookup_order::reading_text;
use super::{Args, WORDS, measure_words};
use crate::knowledge::sizes::measure::{Measure, Unit, Unreadable, centimetres, read};
use crate::knowledge::sizes::{Body, Span};

/// A measure with its unit as text, or a plain number.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Given {
    Number(f64),
    Text(String),
}

impl JsonSchema for Given {
    fn schema_name() -> Cow<'static, str> {
        "Given".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number"] })
    }
}

impl Given {
    /// As text; nothing when it is empty, which models write for what was not given.
    fn text(&self) -> Option<String> {
        let text = match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.trim().to_owned(),
        };
        (!text.is_empty()).then_some(text)
    }
}

/// All that was measured, and what has to be said of how it was read.
pub fn measured(args: &Args) -> Result<(Body, Vec<String>), ToolError> {
    let given = [
        (Measure::Chest, &args.chest_cm),
        (Measure::Waist, &args.waist_cm),
        (Measure::Hips, &args.hips_cm),
        (Measure::InsideLeg, &args.inside_leg_cm),
        (Measure::Height, &args.height_cm),
        (Measure::Foot, &args.foot_cm),
        (Measure::Hand, &args.hand_cm),
        (Measure::Head, &args.head_cm),
        (Measure::Back, &args.back_cm),
    ];
    let (mut body, mut remarks) = (Body::new(), Vec::new());
    for (measure, given) in given {
        let Some(text) = given.as_ref().and_then(Given::text) else {
            continue;
        };
        let reading = read(measure, &text).map_err(|error| unreadable(measure, &text, error))?;
        body.insert(measure, Span::point(reading.mm));
        let values = context! { text => reading_text(&text), cm => centimetres(reading.mm) };
        match reading.assumed {
            Some(Unit::Inches) => remarks.push(WORDS.say("read_as_inches", values)),
            Some(Unit::Metres) => remarks.push(WORDS.say("read_as_metres", values)),
            _ => {}
        }
    }
    Ok((body, remarks))
}

fn unreadable(measure: Measure, text: &str, error: Unreadable) -> ToolError {
    let text = reading_text(text);
    match error {
        Unreadable::NotALength => {
            let argument = format!("{}_cm", measure.name());
            ToolError::Retry(WORDS.say("unreadable", context! { argument }))
        }
        Unreadable::ShoeSize => ToolError::Refused(WORDS.say("shoe_size", context! { text })),
        Unreadable::Implausible => {
            let measure = measure_words(measure);
            ToolError::Refused(WORDS.say("implausible", context! { measure, text }))
        }
    }
}
