//! `size_guide`: the size of a product for a body, for a usual size, or by what was kept before. It
//! asks for the one measure that is missing and never makes one up.

mod advise;
mod answer;
mod body;
mod history;
mod usual;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;

use super::lookup_order::reading_text;
use super::products::{self, Meant};
use super::words::Words;
use super::{ReadTool, ToolContext, ToolError, ToolOutput};
use crate::domain::product::Product;
use crate::knowledge::sizes::fit_note::{self, FitNote};
use crate::knowledge::sizes::measure::Measure;
use crate::knowledge::sizes::{Body, Chart, is_one_size, sizes_of};
use answer::Answer;
use body::Given;

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::embedded(include_str!("../../prompts/reply/size_guide.toml")));

pub struct SizeGuide;

/// Arguments of `size_guide`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The product's id or its title.
    product: String,
    /// Around the chest, exactly as the shopper gave it with its unit: "96 cm", "38 in". The same for the other measures; null for each that they did not give.
    chest_cm: Option<Given>,
    waist_cm: Option<Given>,
    hips_cm: Option<Given>,
    inside_leg_cm: Option<Given>,
    height_cm: Option<Given>,
    /// Length of the foot; a shoe size goes into `usual_size`.
    foot_cm: Option<Given>,
    hand_cm: Option<Given>,
    head_cm: Option<Given>,
    /// Length of the back, for backpacks.
    back_cm: Option<Given>,
    /// A size that fits elsewhere, as the shopper said it: "M at Skerrow", "UK 10", "42 EU", "32/34", "5 years".
    usual_size: Option<String>,
    /// The brand of that size, if they named one.
    usual_brand: Option<String>,
    /// How they want it to fit, only if they said so.
    fit_wish: Option<FitWish>,
    /// The colour that they want, if they named one.
    color: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FitWish {
    Close,
    Regular,
    Loose,
}

/// Where the body comes from that a size is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Measures,
    UsualSize,
    History,
}

impl From {
    fn words(self) -> &'static str {
        match self {
            Self::Measures => "measures",
            Self::UsualSize => "usual_size",
            Self::History => "history",
        }
    }
}

/// A product with what is known of its sizes.
struct Garment<'a> {
    product: &'a Product,
    /// In the order of the variants.
    sizes: Vec<String>,
    chart: &'a Chart,
    note: FitNote,
    wish: Option<FitWish>,
    color: Option<String>,
}

impl Garment<'_> {
    fn is_outer(&self) -> bool {
        self.chart.outer.contains(&self.product.category)
    }
}

impl ReadTool for SizeGuide {
    const NAME: &'static str = "size_guide";
    type Args = Args;

    async fn call(&self, context: &ToolContext<'_>, args: Args) -> Result<ToolOutput, ToolError> {
        let product = match products::meant(context, &args.product).await? {
            Meant::One(product) => product,
            Meant::Several(several) => return answer::which(&several),
        };
        if is_one_size(&product) {
            return answer::one_size(&product);
        }
        let (measured, remarks) = body::measured(&args)?;
        let Some(chart) = context.knowledge.sizes.chart_for(&product) else {
            return answer::no_chart(&product);
        };
        let garment = Garment {
            product: &product,
            sizes: sizes_of(&product),
            chart,
            note: fit_note::read(&product.fit),
            wish: args.fit_wish,
            color: said(args.color.as_deref()).map(reading_text),
        };
        let answer = decide(context, &garment, measured, remarks, &args).await?;
        answer.output(&garment)
    }
}

/// Measures decide before a usual size, and that before what was bought.
async fn decide(
    context: &ToolContext<'_>,
    garment: &Garment<'_>,
    measured: Body,
    remarks: Vec<String>,
    args: &Args,
) -> Result<Answer, ToolError> {
    let decides = &garment.chart.decides;
    if decides.iter().any(|measure| measured.contains_key(measure)) {
        return Ok(advise::by_measures(garment, &measured, remarks));
    }
    if let Some(size) = said(args.usual_size.as_deref()) {
        let brand = said(args.usual_brand.as_deref());
        return usual::by_usual_size(context, garment, &measured, remarks, (size, brand));
    }
    // Measures that do not decide here were meant to: what was bought does not replace them. And a
    // child has grown since.
    if measured.is_empty()
        && garment.product.department != "kids"
        && let Some(customer) = &context.customer
    {
        return history::by_history(context, garment, customer).await;
    }
    Ok(Answer::ask_measure(decides[0], Vec::new()))
}

/// An optional text; empty is the same as left out.
fn said(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// How a measure is called for a shopper.
fn measure_words(measure: Measure) -> String {
    WORDS.say(&format!("measure_{}", measure.name()), ())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use minijinja::context;

    use super::*;

    /// Every key is rendered with values under the names that the code gives it.
    #[test]
    fn every_word_is_filled() {
        let text = include_str!("../../prompts/reply/size_guide.toml");
        let keys: toml::Table = text.parse().expect("TOML");
        let list = minijinja::Value::from(vec!["one", "two"]);
        let values = context! {
            size => "M", smaller => "S", larger => "M", systems => list.clone(), values => list.clone(),
            value => "chest of 90 cm", measure => "chest", from => "90", to => "96", cm => "91",
            usual => "M", brand => "Skerrow", kept => 2, small => 1, large => 1, note => "Snug",
            text => "36", others => list.clone(), color => "navy", colors => list.clone(), name => "coat",
            near => list.clone(), argument => "chest_cm",
        };
        let mut seen = BTreeSet::new();
        for key in keys.keys() {
            let words = WORDS.say(key, &values);
            assert!(
                !words.trim().is_empty() && !words.contains("{{"),
                "{key}: {words}"
            );
            assert!(seen.insert(words), "{key} says what another says");
        }
        for measure in Measure::ALL {
            assert!(keys.contains_key(&format!("measure_{}", measure.name())));
            assert!(keys.contains_key(&format!("ask_{}", measure.name())));
        }
    }
}
