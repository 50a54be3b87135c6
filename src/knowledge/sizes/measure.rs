//! Body measures, and how people write them: "96 cm", "38 in", "5'11\"", "1.80 m", "96,5".

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::domain::limits::{
    BACK_MM, CHEST_MM, FOOT_MM, HAND_MM, HEAD_MM, HEIGHT_MM, HIPS_MM, INSIDE_LEG_MM,
    MEASURE_CHARS_MAX, WAIST_MM,
};

/// What is measured of a body. A circumference, but for inside leg, height, foot and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    Chest,
    Waist,
    Hips,
    InsideLeg,
    Height,
    Foot,
    Hand,
    Head,
    Back,
}

impl Measure {
    pub const ALL: [Self; 9] = [
        Self::Chest,
        Self::Waist,
        Self::Hips,
        Self::InsideLeg,
        Self::Height,
        Self::Foot,
        Self::Hand,
        Self::Head,
        Self::Back,
    ];

    /// As it is called in files and results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chest => "chest",
            Self::Waist => "waist",
            Self::Hips => "hips",
            Self::InsideLeg => "inside_leg",
            Self::Height => "height",
            Self::Foot => "foot",
            Self::Hand => "hand",
            Self::Head => "head",
            Self::Back => "back",
        }
    }

    /// Millimetres that a body can have, from and to.
    pub fn plausible(self) -> (i64, i64) {
        match self {
            Self::Chest => CHEST_MM,
            Self::Waist => WAIST_MM,
            Self::Hips => HIPS_MM,
            Self::InsideLeg => INSIDE_LEG_MM,
            Self::Height => HEIGHT_MM,
            Self::Foot => FOOT_MM,
            Self::Hand => HAND_MM,
            Self::Head => HEAD_MM,
            Self::Back => BACK_MM,
        }
    }
}

/// A measure as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub mm: i64,
    /// The unit that a plain number other than one of centimetres was taken to be in.
    pub assumed: Option<Unit>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Millimetres,
    Centimetres,
    Metres,
    Inches,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Not a length.
    NotALength,
    /// A length that no body has there.
    Implausible,
    /// A foot "42" long is a shoe size.
    ShoeSize,
}

impl Unit {
    fn mm(self) -> f64 {
        match self {
            Self::Millimetres => 1.0,
            Self::Centimetres => 10.0,
            Self::Metres => 1_000.0,
            Self::Inches => 25.4,
        }
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "mm" => Self::Millimetres,
            "cm" | "cms" | "centimetre" | "centimetres" | "centimeter" | "centimeters" => {
                Self::Centimetres
            }
            "m" | "metre" | "metres" | "meter" | "meters" => Self::Metres,
            "in" | "ins" | "inch" | "inches" | "\"" | "″" | "”" | "''" => Self::Inches,
            _ => return None,
        })
    }
}

static FEET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"^(\d{1,2})\s*(?:'|’|′|ft\.?|feet|foot)\s*(?:(\d{1,2}(?:\.\d{1,2})?)\s*(?:"|”|″|''|in\.?|inch|inches)?)?$"#,
    )
    .expect("the pattern is fixed and tested")
});

static LENGTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"^(-?\d{1,9}(?:[.,]\d{1,6})?)(?:\s+(\d)/(\d)|\s*([½¼¾]))?\s*([a-z]+|"|″|”|'')?\.?$"#,
    )
    .expect("the pattern is fixed and tested")
});

/// Reads what somebody wrote as a measure.
pub fn read(measure: Measure, text: &str) -> Result<Reading, Unreadable> {
    if text.chars().count() > MEASURE_CHARS_MAX {
        return Err(Unreadable::NotALength);
    }
    let lower = text.trim().to_lowercase();
    let mut text = lower.as_str();
    for word in ["about ", "around ", "approx. ", "approx ", "ca. ", "~"] {
        text = text.trim_start_matches(word).trim_start();
    }
    if let Some(feet) = FEET.captures(text) {
        let number = |at: usize| -> f64 {
            let part = feet.get(at).map_or("0", |part| part.as_str());
            part.parse().unwrap_or(0.0)
        };
        let mm = rounded((number(1) * 12.0 + number(2)) * Unit::Inches.mm());
        return within(measure, mm, None);
    }
    let (number, unit) = length(text).ok_or(Unreadable::NotALength)?;
    match unit {
        Some(unit) => within(measure, rounded(number * unit.mm()), None),
        None => plain(measure, number),
    }
}

/// The number, and the unit where one is written.
fn length(text: &str) -> Option<(f64, Option<Unit>)> {
    let parts = LENGTH.captures(text)?;
    let mut number: f64 = parts[1].replace(',', ".").parse().ok()?;
    if let (Some(over), Some(under)) = (parts.get(2), parts.get(3)) {
        let part = |part: &str| part.parse::<f64>().ok().filter(|value| *value > 0.0);
        number += part(over.as_str())? / part(under.as_str())?;
    }
    number += match parts.get(4).map(|sign| sign.as_str()) {
        Some("½") => 0.5,
        Some("¼") => 0.25,
        Some("¾") => 0.75,
        _ => 0.0,
    };
    match parts.get(5) {
        Some(unit) => Some((number, Some(Unit::named(unit.as_str())?))),
        None => Some((number, None)),
    }
}

/// Plain numbers that are the length of a foot and no size of a shoe.
const FEET_CM: std::ops::RangeInclusive<f64> = 14.0..=32.0;

/// A plain number is in centimetres, unless it can only be in inches, or a height in metres.
fn plain(measure: Measure, number: f64) -> Result<Reading, Unreadable> {
    let in_unit = |unit: Unit| rounded(number * unit.mm());
    // Nobody gives a foot in inches without saying so: "10" and "36" are shoe sizes.
    let shoe = (1.0..=50.0).contains(&number) && !FEET_CM.contains(&number);
    if measure == Measure::Foot && shoe {
        return Err(Unreadable::ShoeSize);
    }
    if let Ok(reading) = within(measure, in_unit(Unit::Centimetres), None) {
        return Ok(reading);
    }
    let other = match measure {
        Measure::Height if number < 3.0 => Unit::Metres,
        _ => Unit::Inches,
    };
    within(measure, in_unit(other), Some(other))
}

fn within(measure: Measure, mm: i64, assumed: Option<Unit>) -> Result<Reading, Unreadable> {
    let (from, to) = measure.plausible();
    if (from..=to).contains(&mm) {
        Ok(Reading { mm, assumed })
    } else {
        Err(Unreadable::Implausible)
    }
}

/// Millimetres of at most nine digits before the point: it fits.
#[allow(clippy::cast_possible_truncation)]
fn rounded(mm: f64) -> i64 {
    mm.round() as i64
}

/// Centimetres as people read them: "93" or "81.3".
pub fn centimetres(mm: i64) -> String {
    match mm % 10 {
        0 => (mm / 10).to_string(),
        tenth => format!("{}.{}", mm / 10, tenth.abs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_read() {
        for (measure, text, mm) in [
            (Measure::Chest, "96 cm", 960),
            (Measure::Chest, "96cm.", 960),
            (Measure::Chest, " 96 ", 960),
            (Measure::Chest, "96,5", 965),
            (Measure::Chest, "960 mm", 960),
            (Measure::Chest, "about 96 cm", 960),
            (Measure::Chest, "38 in", 965),
            (Measure::Chest, "38\"", 965),
            (Measure::Chest, "38″", 965),
            (Measure::Chest, "38 1/2 inches", 978),
            (Measure::Chest, "38½ in", 978),
            (Measure::Height, "5'11\"", 1_803),
            (Measure::Height, "5’11”", 1_803),
            (Measure::Height, "5 ft 11", 1_803),
            (Measure::Height, "5ft 11in", 1_803),
            (Measure::Height, "6 ft", 1_829),
            (Measure::Height, "1.80 m", 1_800),
            (Measure::Height, "1,80m", 1_800),
            (Measure::Height, "180", 1_800),
            (Measure::Foot, "26.5", 265),
            (Measure::Head, "57", 570),
        ] {
            let assumed = None;
            assert_eq!(read(measure, text), Ok(Reading { mm, assumed }), "{text}");
        }
    }

    #[test]
    fn a_plain_number_that_can_only_be_inches_is_and_it_is_said() {
        for (measure, text, mm, unit) in [
            (Measure::Waist, "32", 813, Unit::Inches),
            (Measure::Chest, "38", 965, Unit::Inches),
            (Measure::InsideLeg, "34", 864, Unit::Inches),
            (Measure::Hand, "8.5", 216, Unit::Inches),
            (Measure::Head, "22.5", 572, Unit::Inches),
            (Measure::Height, "1.80", 1_800, Unit::Metres),
        ] {
            let assumed = Some(unit);
            assert_eq!(read(measure, text), Ok(Reading { mm, assumed }), "{text}");
        }
    }

    #[test]
    fn what_no_body_has_is_refused() {
        for (measure, text) in [
            (Measure::Chest, "20 cm"),
            (Measure::Chest, "400 cm"),
            (Measure::Chest, "400"),
            (Measure::Chest, "-96"),
            (Measure::Chest, "-96 cm"),
            (Measure::Chest, "0"),
            (Measure::Chest, "999999999 m"),
            (Measure::Height, "99'11\""),
            (Measure::Foot, "100"),
        ] {
            assert_eq!(read(measure, text), Err(Unreadable::Implausible), "{text}");
        }
        for size in ["42", "36", "10", "9.5", "7"] {
            let read = read(Measure::Foot, size);
            assert_eq!(read, Err(Unreadable::ShoeSize), "{size}");
        }
        let inches = read(Measure::Foot, "10 in").map(|reading| reading.mm);
        assert_eq!(inches, Ok(254));
    }

    #[test]
    fn what_is_no_length_is_not_read() {
        let long = "9".repeat(50);
        for text in [
            "",
            "  ",
            "NaN",
            "inf",
            "1e308",
            "ninety",
            "96 kg",
            "96-98",
            "9 6",
            "38 1/0 in",
            "96 cm; drop table",
            "١٢٣",
            &long,
        ] {
            let read = read(Measure::Chest, text);
            assert_eq!(read, Err(Unreadable::NotALength), "{text}");
        }
    }

    #[test]
    fn centimetres_are_written_short() {
        assert_eq!(centimetres(930), "93");
        assert_eq!(centimetres(813), "81.3");
    }
}
