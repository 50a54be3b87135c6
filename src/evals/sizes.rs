//! The right size of a product as the grader knows it: from the demo shop's charts, looked up here a
//! second time.

use std::cmp::Reverse;

use rust_embed::RustEmbed;
use toml::{Table, Value as Toml};

use super::fact::Value;
use crate::domain::product::Product;

#[derive(RustEmbed)]
#[folder = "knowledge/size-charts"]
struct Files;

/// The value at `size.<product>.<measure>=<millimetres>…`, as `size.p-0001.chest=940`: the size in
/// which each measure lies, by the chart for the product. Of several charts the one that names its
/// brand, and then the one that has the product's sizes and the fewest others.
pub fn value(product: &Product, measures: &[&str]) -> Option<Value> {
    let measures: Vec<(&str, f64)> = measures
        .iter()
        .map(|measure| {
            let (name, millimetres) = measure.split_once('=')?;
            let millimetres: f64 = millimetres.parse().ok()?;
            Some((name, millimetres / 10.0))
        })
        .collect::<Option<_>>()?;
    let charts = charts();
    let of_product = charts.iter().filter(|chart| is_for(chart, product));
    let chart = of_product
        .max_by_key(|chart| (chart.contains_key("brands"), Reverse(rows(chart).count())))?;
    let size = rows(chart).find(|row| fits(row, &measures))?;
    Some(Value::Text(size.get("size")?.as_str()?.to_owned()))
}

fn charts() -> Vec<Table> {
    let files = Files::iter().filter_map(|path| Files::get(&path));
    let files = files.filter_map(|file| {
        let text = String::from_utf8(file.data.into_owned()).ok()?;
        toml::from_str::<Table>(&text).ok()
    });
    let charts = files.filter_map(|file| file.get("chart")?.as_array().cloned());
    let charts = charts.flatten();
    charts
        .filter_map(|chart| chart.as_table().cloned())
        .collect()
}

fn rows(chart: &Table) -> impl Iterator<Item = &Table> {
    let rows = chart.get("sizes").and_then(Toml::as_array);
    rows.into_iter().flatten().filter_map(Toml::as_table)
}

/// What a chart does not name holds of everything; its sizes are those of the product at least.
fn is_for(chart: &Table, product: &Product) -> bool {
    let names = |key: &str, name: &str| {
        let names = chart.get(key).and_then(Toml::as_array);
        names.is_none_or(|names| names.iter().any(|known| known.as_str() == Some(name)))
    };
    let has =
        |size: &str| rows(chart).any(|row| row.get("size").and_then(Toml::as_str) == Some(size));
    names("brands", &product.brand)
        && names("departments", &product.department)
        && names("categories", &product.category)
        && product.variants.iter().all(|variant| has(&variant.size))
}

/// Is each measure within the row's bounds, the upper one left out?
fn fits(row: &Table, measures: &[(&str, f64)]) -> bool {
    measures.iter().all(|(name, is)| {
        let bounds = row.get(*name).and_then(Toml::as_array);
        let bound = |at: usize| number(bounds?.get(at)?);
        let within = bound(0).zip(bound(1));
        within.is_some_and(|(low, high)| low <= *is && *is < high)
    })
}

fn number(value: &Toml) -> Option<f64> {
    let whole = || value.as_integer().map(|whole| whole as f64);
    value.as_float().or_else(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evals::products::fixture::shelf;

    #[test]
    fn a_measure_lies_in_one_size_of_the_products_own_chart() {
        let mut product = shelf().remove(0);
        let size = |product: &Product, measure| match value(product, &[measure]) {
            Some(Value::Text(size)) => size,
            other => format!("{other:?}"),
        };
        assert_eq!(size(&product, "chest=940"), "M");
        assert_eq!(size(&product, "chest=960"), "L");
        assert_eq!(size(&product, "chest=1650"), "None");
        assert_eq!(size(&product, "shoe=940"), "None");
        product.department = "men".to_owned();
        assert_eq!(size(&product, "chest=940"), "S");
        product.brand = "Skerrow".to_owned();
        assert_eq!(size(&product, "chest=960"), "S");
        product.variants[0].size = "48/50".to_owned();
        assert_eq!(size(&product, "chest=960"), "None");
    }
}
