//! What is answered: JSON for the model, and the facts behind it.

use minijinja::context;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::lookup_order::reading_text;
use super::super::{ToolError, ToolOutput};
use super::{From, Garment, WORDS};
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::domain::limits::{PRODUCT_LIST_MAX, SIZES_LISTED_MAX};
use crate::domain::product::Product;
use crate::knowledge::sizes::measure::Measure;
use crate::knowledge::sizes::{same_size, sizes_of};

/// What came of the question.
pub enum Answer {
    Sized(Sized),
    Ask {
        /// The measure, or "usual_size".
        what: &'static str,
        question: String,
    },
    /// No size of the product fits.
    None {
        why: Vec<String>,
        near: Option<String>,
    },
}

pub struct Sized {
    pub size: String,
    pub also: Option<String>,
    pub between: bool,
    pub why: Vec<String>,
    pub from: From,
}

#[derive(Serialize)]
struct SizedView<'a> {
    product_id: &'a str,
    title: String,
    size: String,
    also: Option<String>,
    between: bool,
    why: String,
    in_stock: bool,
    colors: Vec<String>,
    chart: &'a str,
    unit: &'a str,
    from: &'a str,
    sizes: Vec<String>,
}

impl Answer {
    /// Asks for one measure; `before` says what led there.
    pub fn ask_measure(measure: Measure, mut before: Vec<String>) -> Self {
        before.push(WORDS.say(&format!("ask_{}", measure.name()), ()));
        Self::Ask {
            what: measure.name(),
            question: before.join(" "),
        }
    }

    pub fn ask_usual(question: String) -> Self {
        Self::Ask {
            what: "usual_size",
            question,
        }
    }

    pub fn output(self, garment: &Garment<'_>) -> Result<ToolOutput, ToolError> {
        let product = garment.product;
        match self {
            Self::Sized(sized) => sized_output(garment, sized),
            Self::Ask { what, question } => {
                let view = json!({ "ask": what, "question": question });
                output(product, view, &question, Vec::new())
            }
            Self::None { why, near } => {
                let why = why.join(" ");
                let view = json!({ "none": true, "why": why, "near": near });
                output(product, view, &why, Vec::new())
            }
        }
    }
}

/// Stock is as the product was read in this call.
fn sized_output(garment: &Garment<'_>, sized: Sized) -> Result<ToolOutput, ToolError> {
    let product = garment.product;
    let subject = subject_of(product);
    let colors = colors_with(product, &sized.size);
    let wanted = garment.color.as_deref();
    let in_stock = match wanted {
        Some(color) => colors.iter().any(|known| same_size(known, color)),
        None => !colors.is_empty(),
    };
    let mut why = sized.why;
    if let Some(note) = &garment.note.quote {
        why.push(WORDS.say("quote", context! { note => reading_text(note) }));
    }
    let others: Vec<String> = sizes_of(product)
        .into_iter()
        .filter(|size| !colors_with(product, size).is_empty())
        .take(SIZES_LISTED_MAX)
        .collect();
    why.extend(stock_words(product, &sized.size, wanted, &colors, &others));
    let why = why.join(" ");
    let mut facts = stock_facts(&subject, &sized.size, !colors.is_empty());
    if colors.is_empty() {
        facts.extend(
            others
                .iter()
                .flat_map(|size| stock_facts(&subject, size, true)),
        );
    }
    if !others.is_empty() {
        facts.push(Fact::new(
            &subject,
            "stock",
            FactValue::Status("in stock".into()),
        ));
    }
    let code = |size: &str| Fact::new(&subject, "recommended_size", FactValue::Code(size.into()));
    facts.extend(std::iter::once(code(&reading_text(&sized.size))));
    let view = SizedView {
        product_id: product.id.as_str(),
        title: reading_text(&product.title),
        size: reading_text(&sized.size),
        also: sized.also.as_deref().map(reading_text),
        between: sized.between,
        why: why.clone(),
        in_stock,
        colors: colors.iter().map(|color| reading_text(color)).collect(),
        chart: &garment.chart.name,
        unit: "cm",
        from: sized.from.words(),
        sizes: shown_sizes(product),
    };
    let view = serde_json::to_value(view).map_err(|error| ToolError::Failed(error.to_string()))?;
    output(product, view, &why, facts)
}

fn stock_words(
    product: &Product,
    size: &str,
    wanted: Option<&str>,
    colors: &[String],
    others: &[String],
) -> Option<String> {
    let clean =
        |list: &[String]| -> Vec<String> { list.iter().map(|one| reading_text(one)).collect() };
    let size = reading_text(size);
    if colors.is_empty() {
        let others = clean(others);
        return Some(WORDS.say("out_of_stock", context! { size, others }));
    }
    let color = wanted?;
    if colors.iter().any(|known| same_size(known, color)) {
        return None;
    }
    let mut all = product.variants.iter().map(|variant| &variant.color);
    if !all.any(|known| same_size(known, color)) {
        return Some(WORDS.say("no_such_color", context! { color }));
    }
    let colors = clean(colors);
    Some(WORDS.say("not_in_color", context! { size, color, colors }))
}

/// Several products have that name.
pub fn which(products: &[Product]) -> Result<ToolOutput, ToolError> {
    let which: Vec<Value> = products
        .iter()
        .map(|product| json!({ "product_id": product.id, "title": reading_text(&product.title) }))
        .collect();
    let facts = products.iter().map(title_fact).collect();
    write(&json!({ "which": which }), facts)
}

pub fn one_size(product: &Product) -> Result<ToolOutput, ToolError> {
    let note = reading_text(&product.fit);
    let why = WORDS.say("one_size", context! { note => note.trim_end_matches('.') });
    let view = json!({ "one_size": true, "why": why });
    output(product, view, &why, Vec::new())
}

/// A product that no chart covers: nothing is guessed.
pub fn no_chart(product: &Product) -> Result<ToolOutput, ToolError> {
    let why = WORDS.say("no_chart", ());
    let view = json!({ "none": true, "why": why, "near": null });
    output(product, view, &why, Vec::new())
}

/// A view with what every answer about one product has, and a fact for every value in it.
fn output(
    product: &Product,
    mut view: Value,
    words: &str,
    more: Vec<Fact>,
) -> Result<ToolOutput, ToolError> {
    let subject = subject_of(product);
    let sizes = shown_sizes(product);
    if let Value::Object(fields) = &mut view {
        fields.insert("product_id".into(), json!(product.id));
        fields.insert("title".into(), json!(reading_text(&product.title)));
        fields.insert("sizes".into(), json!(sizes));
    }
    let mut facts = vec![title_fact(product)];
    facts.extend(more);
    for size in &sizes {
        // No "size", which is one that can be bought.
        facts.push(Fact::new(
            &subject,
            "comes_in",
            FactValue::Code(size.clone()),
        ));
        facts.extend(number_facts(&subject, "comes_in", size));
    }
    facts.extend(number_facts(&subject, "size_chart", words));
    facts.dedup();
    write(&view, facts)
}

fn write(view: &Value, facts: Vec<Fact>) -> Result<ToolOutput, ToolError> {
    Ok(ToolOutput {
        content: serde_json::to_string(view).map_err(|e| ToolError::Failed(e.to_string()))?,
        facts,
        ..ToolOutput::default()
    })
}

fn subject_of(product: &Product) -> Subject {
    Subject::new(format!("product:{}", product.id))
}

fn title_fact(product: &Product) -> Fact {
    let title = FactValue::Name(reading_text(&product.title));
    Fact::new(&subject_of(product), "title", title)
}

/// A size's stock, and its name: a sentence that says "size M" is about it and not about the whole
/// product.
fn stock_facts(product: &Subject, size: &str, in_stock: bool) -> Vec<Fact> {
    let size = reading_text(size);
    let about = product.child(format_args!("size:{size}"));
    let status = if in_stock { "in stock" } else { "out of stock" };
    vec![
        Fact::new(&about, "name", FactValue::Name(format!("size {size}"))),
        Fact::new(&about, "stock", FactValue::Status(status.to_owned())),
    ]
}

fn shown_sizes(product: &Product) -> Vec<String> {
    sizes_of(product)
        .iter()
        .take(SIZES_LISTED_MAX)
        .map(|size| reading_text(size))
        .collect()
}

/// Colours in which a size can be bought, in the order of the variants.
fn colors_with(product: &Product, size: &str) -> Vec<String> {
    let mut colors: Vec<String> = Vec::new();
    for variant in &product.variants {
        let has = variant.stock > 0 && same_size(&variant.size, size);
        let listed = colors.len() < PRODUCT_LIST_MAX;
        if has && listed && !colors.iter().any(|known| same_size(known, &variant.color)) {
            colors.push(variant.color.clone());
        }
    }
    colors
}

/// A fact for each number of words that code has put together: whole ones as numbers, others as
/// they stand. "32/34" states two.
fn number_facts(subject: &Subject, attribute: &str, words: &str) -> Vec<Fact> {
    words
        .split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .map(|number| number.trim_matches('.'))
        .filter(|number| !number.is_empty())
        .map(|number| {
            let value = match number.parse() {
                Ok(whole) => FactValue::Number(whole),
                Err(_) => FactValue::Code(number.to_owned()),
            };
            Fact::new(subject, attribute, value)
        })
        .collect()
}
