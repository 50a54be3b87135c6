//! The right size of a product as the grader knows it: from the demo shop's charts, looked up here a
//! second time. A measure lies in a size when it is within the size's bounds.

use rust_embed::RustEmbed;
use toml::{Table, Value as Toml};

use super::fact::Value;
use crate::domain::product::Product;

#[derive(RustEmbed)]
#[folder = "knowledge"]
struct Files;

const CHARTS: &str = "size-charts/";

/// The value at `size.<product>.<measure>=<millimetres>…`, as `size.p-0001.chest=940.waist=780`: the
/// size whose range each measure is in, by the chart of the product's brand, category and department.
pub fn value(product: &Product, measures: &[&str]) -> Option<Value> {
    let measures: Vec<(&str, f64)> = measures
        .iter()
        .map(|measure| {
            let (name, millimetres) = measure.split_once('=')?;
            let millimetres: f64 = millimetres.parse().ok()?;
            Some((name, millimetres / 10.0))
        })
        .collect::<Option<_>>()?;
    let charts = Files::iter().filter(|path| path.starts_with(CHARTS));
    let sizes = charts.filter_map(|path| {
        let file = Files::get(&path)?;
        let chart: Table = toml::from_str(std::str::from_utf8(&file.data).ok()?).ok()?;
        size_in(&chart, product, &measures)
    });
    sizes.last().map(Value::Text)
}

fn size_in(chart: &Table, product: &Product, measures: &[(&str, f64)]) -> Option<String> {
    let about = [
        ("brand", &product.brand),
        ("categories", &product.category),
        ("departments", &product.department),
    ];
    if !about.iter().all(|(key, value)| covers(chart, key, value)) {
        return None;
    }
    let mut sizes = chart.get("size")?.as_array()?.iter();
    let fits = |size: &&Toml| {
        measures.iter().all(|(name, is)| {
            let bounds = size.get(format!("{name}_cm")).and_then(Toml::as_array);
            let bound = |at: usize| number(bounds?.get(at)?);
            let within = bound(0).zip(bound(1));
            within.is_some_and(|(low, high)| low <= *is && *is <= high)
        })
    };
    let size = sizes.find(fits)?.get("size")?.as_str()?;
    Some(size.to_owned())
}

/// What a chart does not say holds of everything.
fn covers(chart: &Table, key: &str, value: &str) -> bool {
    match chart.get(key) {
        Some(Toml::Array(names)) => names.iter().any(|name| name.as_str() == Some(value)),
        Some(Toml::String(name)) => name == value,
        _ => true,
    }
}

fn number(value: &Toml) -> Option<f64> {
    value
        .as_float()
        .or_else(|| value.as_integer().map(|whole| whole as f64))
}
