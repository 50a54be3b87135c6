//! Size charts: which size is for which body, by brand, category and department; and what a size
//! means elsewhere. Read once, at start, from `size-charts/*.toml`.

mod chart;
pub mod fit_note;
mod ingest;
pub mod measure;
mod problems;
mod usual;

use std::path::Path;

pub use chart::{Body, Chart, Placed, Row, Span, Spot, same_size, spot};
pub use usual::{Usual, UsualSize};

use super::KnowledgeError;
use crate::domain::product::Product;

/// All charts of a shop.
#[derive(Clone, Debug, Default)]
pub struct SizeCharts {
    charts: Vec<Chart>,
    elsewhere: Vec<Elsewhere>,
}

/// What the sizes of a system usually are, whatever the brand.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Elsewhere {
    /// "letters", "eu", "uk", "us", "inches", "age", "height", …
    system: String,
    /// "a UK size": how it is called when a shopper is asked which it is.
    words: String,
    families: Vec<String>,
    departments: Vec<String>,
    rows: Vec<Row>,
}

impl SizeCharts {
    /// The demo shop's.
    pub fn embedded() -> Result<Self, KnowledgeError> {
        ingest::embedded()
    }

    /// The `.toml` files of a folder. One that is not there has none.
    pub fn load(folder: &Path) -> Result<Self, KnowledgeError> {
        ingest::folder(folder)
    }

    pub fn charts(&self) -> &[Chart] {
        &self.charts
    }

    /// The chart of a product that has all of its sizes: one made for the product before one for
    /// its category, one whose sizes are just its own before one that has more between them, one of
    /// its brand before one of any.
    pub fn chart_for(&self, product: &Product) -> Option<&Chart> {
        let sizes = sizes_of(product);
        if sizes.is_empty() {
            return None;
        }
        let listed = |list: &[String], value: &str| list.iter().any(|one| same_size(one, value));
        let open = |list: &[String], value: &str| list.is_empty() || listed(list, value);
        let fitting = self.charts.iter().filter(|chart| {
            listed(&chart.categories, &product.category)
                && listed(&chart.departments, &product.department)
                && open(&chart.brands, &product.brand)
                && open(&chart.products, product.id.as_str())
                && chart.covers(&sizes)
        });
        // The first of equals.
        fitting.min_by_key(|chart| {
            let made_for_it = !chart.products.is_empty();
            let in_steps = chart.in_steps(&sizes);
            (!made_for_it, !in_steps, chart.brands.is_empty())
        })
    }
}

/// The different sizes that a product comes in, in the order of its variants.
pub fn sizes_of(product: &Product) -> Vec<String> {
    let mut sizes: Vec<String> = Vec::new();
    for variant in &product.variants {
        let size = variant.size.trim();
        if !size.is_empty() && !sizes.iter().any(|known| same_size(known, size)) {
            sizes.push(size.to_owned());
        }
    }
    sizes
}

/// Does it come in one size for everybody?
pub fn is_one_size(product: &Product) -> bool {
    let sizes = sizes_of(product);
    let one = ["one size", "one-size", "onesize", "os", "o/s"];
    match &sizes[..] {
        [] => true,
        [only] => one.iter().any(|one| same_size(only, one)),
        _ => false,
    }
}
