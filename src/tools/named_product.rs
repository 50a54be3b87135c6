//! The product that somebody means by its id or its title.

use super::{ToolContext, ToolError};
use crate::domain::ids::ProductId;
use crate::domain::limits::{PRODUCT_NAME_CHARS_MAX, PRODUCTS_NAMED_MAX, PRODUCTS_PER_READ_MAX};
use crate::domain::product::Product;

pub enum Named {
    One(Box<Product>),
    /// It fits several equally; at most `PRODUCTS_NAMED_MAX`.
    Several(Vec<Product>),
    /// It fits none; the titles that share most words with it.
    Unknown {
        near: Vec<String>,
    },
}

/// By id, then by the exact title whatever the case, then by the title that has all of the words.
pub async fn named_product(context: &ToolContext<'_>, name: &str) -> Result<Named, ToolError> {
    let name: String = name.trim().chars().take(PRODUCT_NAME_CHARS_MAX).collect();
    let store = &context.shop.store;
    let broken = |error: crate::store::StoreError| ToolError::Failed(error.to_string());
    let by_id = store.product(&ProductId::new(&name)).await;
    if let Some(product) = by_id.map_err(broken)? {
        return Ok(Named::One(Box::new(product)));
    }
    let wanted = words(&name);
    let (mut exact, mut with_all) = (Vec::new(), Vec::new());
    let mut near: Vec<(usize, String)> = Vec::new();
    let mut after: Option<ProductId> = None;
    loop {
        let page = store.products(after.as_ref(), PRODUCTS_PER_READ_MAX).await;
        let page = page.map_err(broken)?;
        after = page.last().map(|product| product.id.clone());
        let is_last = page.len() < PRODUCTS_PER_READ_MAX;
        for product in page {
            let title = words(&product.title);
            let shared = wanted.iter().filter(|word| title.contains(word)).count();
            if title == wanted {
                exact.push(product);
            } else if shared == wanted.len() && shared > 0 {
                with_all.push(product);
            } else if shared > 0 {
                near.push((shared, product.title));
            }
        }
        if is_last {
            break;
        }
    }
    let mut found = if exact.is_empty() { with_all } else { exact };
    if found.len() == 1 {
        return Ok(Named::One(Box::new(found.remove(0))));
    }
    if !found.is_empty() {
        found.truncate(PRODUCTS_NAMED_MAX);
        return Ok(Named::Several(found));
    }
    near.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let near = near.into_iter().take(3).map(|(_, title)| title).collect();
    Ok(Named::Unknown { near })
}

/// Lower-case words; an apostrophe belongs to its word.
fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace('’', "'");
    let parts = lower.split(|c: char| !(c.is_alphanumeric() || c == '\''));
    parts
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
