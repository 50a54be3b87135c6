//! The size that somebody takes elsewhere: "M at Skerrow", "UK 10", "42", "W32 L34". It becomes a
//! body; where it may mean several, it is said which.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::chart::{Body, Chart, Row, Span, same_size};
use super::measure::Measure;
use super::{Elsewhere, SizeCharts};
use crate::domain::limits::MEASURE_CHARS_MAX;
use crate::domain::product::Product;

/// A usual size as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsualSize {
    /// "m", "10", "32/34", in lower case.
    pub label: String,
    /// "eu", "uk", "us" or "age", where it is named.
    pub system: Option<&'static str>,
    pub brand: Option<String>,
}

/// What a usual size says of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Usual {
    Body {
        body: Body,
        /// The brand's own chart said so, and not what is usual.
        of_brand: bool,
    },
    /// It is a size in several systems: their words.
    WhichSystem(Vec<String>),
    /// It is a women's and a men's size.
    WhoseSize,
    /// No size that is known.
    Unknown,
}

static BRAND: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^(.*\S)\s+(?:at|from|by|in)\s+(\S.*)$"));
static SYSTEM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(eu|eur|european|uk|british|us|usa|american|years?|yrs?|age[ds]?)\b")
});
static FILLER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:i|take|wear|usually|normally|a|an|my|size|sizes|is|am|i'm|old|mostly|women'?s|men'?s|cm|in)\b",
    )
});
static WAIST_LEG: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^w?\s?(\d{2})\s?[\s/x]\s?l?\s?(\d{2})$"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is fixed and tested")
}

impl UsualSize {
    /// Reads what a shopper says; `brand` is what was said beside it. Nothing when there is no size
    /// in it.
    pub fn read(text: &str, brand: Option<&str>) -> Option<Self> {
        if text.chars().count() > MEASURE_CHARS_MAX {
            return None;
        }
        let text = text.trim();
        let (size, named) = match BRAND.captures(text) {
            Some(parts)
                if SYSTEM
                    .replace(&parts[2].to_lowercase(), "")
                    .trim()
                    .is_empty() =>
            {
                (text.to_owned(), None)
            }
            Some(parts) => (parts[1].to_owned(), Some(parts[2].to_owned())),
            None => (text.to_owned(), None),
        };
        let lower = size.to_lowercase().replace('’', "'");
        let system = SYSTEM.find(&lower).map(|found| match found.as_str() {
            "eu" | "eur" | "european" => "eu",
            "uk" | "british" => "uk",
            "us" | "usa" | "american" => "us",
            _ => "age",
        });
        let bare = FILLER
            .replace_all(&SYSTEM.replace_all(&lower, " "), " ")
            .into_owned();
        let words = bare.replace(',', ".");
        let label = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let label = label.trim_matches(|c: char| matches!(c, '.' | '"' | '\''));
        let brand = brand.map(str::trim).filter(|brand| !brand.is_empty());
        (!label.is_empty()).then(|| Self {
            label: letters(label).to_owned(),
            system,
            brand: named.or(brand.map(str::to_owned)),
        })
    }
}

/// Letters that are written out.
fn letters(label: &str) -> &str {
    match label {
        "extra small" | "x-small" | "xsmall" => "xs",
        "small" => "s",
        "medium" | "med" => "m",
        "large" => "l",
        "extra large" | "x-large" | "xlarge" => "xl",
        "2xl" | "xx-large" | "extra extra large" => "xxl",
        other => other,
    }
}

impl SizeCharts {
    /// What a usual size says of the body that `product` with its `chart` is for.
    pub fn usual(&self, size: &UsualSize, product: &Product, chart: &Chart) -> Usual {
        if let Some(body) = self.of_brand(size, product, chart) {
            let of_brand = true;
            return Usual::Body { body, of_brand };
        }
        if let Some(body) = waist_and_leg(size, chart) {
            let of_brand = false;
            return Usual::Body { body, of_brand };
        }
        let mut meant = self.meant(size, product, chart);
        // A bare number is one of the product's own system, where it is one there.
        let own = |one: &&(&Elsewhere, &Row)| Some(&one.0.system) == chart.system.as_ref();
        if size.system.is_none() && meant.iter().any(|one| own(&one)) {
            meant.retain(|one| own(&one));
        }
        match &meant[..] {
            [] => self.own_label(size, chart),
            [(first, row), rest @ ..] => {
                if rest.iter().all(|(_, other)| other.spans == row.spans) {
                    return Usual::Body {
                        body: row.spans.clone(),
                        of_brand: false,
                    };
                }
                if rest.iter().all(|(other, _)| other.system == first.system) {
                    return Usual::WhoseSize;
                }
                let mut systems: Vec<String> =
                    meant.iter().map(|(one, _)| one.words.clone()).collect();
                systems.sort();
                systems.dedup();
                Usual::WhichSystem(systems)
            }
        }
    }

    /// By the named brand's own charts of the same family: those of the same department before the
    /// others that it may be.
    fn of_brand(&self, size: &UsualSize, product: &Product, chart: &Chart) -> Option<Body> {
        let brand = size.brand.as_deref()?;
        let of = |department: &str| {
            self.charts.iter().find_map(|other| {
                let listed =
                    |list: &[String], value: &str| list.iter().any(|one| same_size(one, value));
                let fits = other.family == chart.family
                    && listed(&other.brands, brand)
                    && listed(&other.departments, department)
                    && (size.system.is_none() || size.system == other.system.as_deref());
                fits.then(|| other.body_of(&size.label))?.filter(|body| {
                    chart
                        .decides
                        .iter()
                        .any(|measure| body.contains_key(measure))
                })
            })
        };
        of(&product.department).or_else(|| of("unisex"))
    }

    /// Does any chart belong to a brand of this name?
    pub fn knows_brand(&self, brand: &str) -> bool {
        let mut brands = self.charts.iter().flat_map(|chart| &chart.brands);
        brands.any(|known| same_size(known, brand))
    }

    /// Every size elsewhere that it may be. What is for everybody may be a woman's or a man's.
    fn meant(&self, size: &UsualSize, product: &Product, chart: &Chart) -> Vec<(&Elsewhere, &Row)> {
        let in_departments = |departments: &[&str]| -> Vec<(&Elsewhere, &Row)> {
            self.elsewhere
                .iter()
                .filter(|one| {
                    one.families.contains(&chart.family)
                        && size.system.is_none_or(|system| one.system == system)
                        && one
                            .departments
                            .iter()
                            .any(|own| departments.iter().any(|wanted| same_size(own, wanted)))
                })
                .filter_map(|one| {
                    let row = one
                        .rows
                        .iter()
                        .find(|row| same_size(&row.size, &size.label))?;
                    let tells = chart.decides.iter().any(|m| row.spans.contains_key(m));
                    tells.then_some((one, row))
                })
                .collect()
        };
        let own = in_departments(&[&product.department]);
        if own.is_empty() && product.department == "unisex" {
            return in_departments(&["women", "men"]);
        }
        own
    }

    /// The product's own size of that name: of what has no system ("36-39", "85 cm").
    fn own_label(&self, size: &UsualSize, chart: &Chart) -> Usual {
        let cm = format!("{} cm", size.label);
        let own = chart
            .body_of(&size.label)
            .or_else(|| chart.body_of(&cm))
            .filter(|_| size.system.is_none());
        own.map_or(Usual::Unknown, |body| Usual::Body {
            body,
            of_brand: false,
        })
    }
}

/// "W32 L34": inches of waist and leg, each half an inch either way.
fn waist_and_leg(size: &UsualSize, chart: &Chart) -> Option<Body> {
    if chart.family != "bottoms" {
        return None;
    }
    let parts = WAIST_LEG.captures(&size.label)?;
    let span = |text: &str| -> Option<Span> {
        let tenths = text.parse::<i64>().ok()? * 254;
        Some(Span {
            from_mm: (tenths - 127) / 10,
            to_mm: (tenths + 127) / 10,
        })
    };
    Some(BTreeMap::from([
        (Measure::Waist, span(&parts[1])?),
        (Measure::InsideLeg, span(&parts[2])?),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, Option<&'static str>, Option<String>)> {
        UsualSize::read(text, None).map(|size| (size.label, size.system, size.brand))
    }

    #[test]
    fn what_people_take_is_read() {
        let brand = |brand: &str| Some(brand.to_owned());
        for (text, label, system, named) in [
            ("M at Skerrow", "m", None, brand("Skerrow")),
            ("I take 10 UK", "10", Some("uk"), None),
            ("UK 10", "10", Some("uk"), None),
            ("42", "42", None, None),
            ("42 EU", "42", Some("eu"), None),
            ("US 9.5", "9.5", Some("us"), None),
            ("42,5", "42.5", None, None),
            ("size medium", "m", None, None),
            ("I usually wear an XL", "xl", None, None),
            ("W32 L34", "w32 l34", None, None),
            ("32/34", "32/34", None, None),
            ("5 years", "5", Some("age"), None),
            ("age 7", "7", Some("age"), None),
            ("43 in EU", "43", Some("eu"), None),
            ("38 from Big & Small", "38", None, brand("Big & Small")),
        ] {
            assert_eq!(
                read(text),
                Some((label.to_owned(), system, named)),
                "{text}"
            );
        }
        let beside = UsualSize::read("M", Some(" Skerrow ")).and_then(|size| size.brand);
        assert_eq!(beside.as_deref(), Some("Skerrow"));
        let long = "m".repeat(50);
        for text in ["", "  ", "size", "UK", &long] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
