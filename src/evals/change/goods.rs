//! What a case changes of products, and of the goods and the currency of an order.

use anyhow::ensure;

use crate::domain::money::{Currency, Money};
use crate::domain::order::Order;
use crate::domain::product::Product;
use crate::evals::world::World;

/// Of the product, or of those of its variants.
pub fn price_now(
    world: &World,
    product: &mut Product,
    color: Option<&str>,
    size: Option<&str>,
    price: Money,
) -> anyhow::Result<()> {
    if color.is_none() && size.is_none() {
        product.price = price;
        product.compare_at = None;
        return Ok(());
    }
    let filled = |text: Option<&str>| text.map(|text| world.fill(text)).transpose();
    let (color, size) = (filled(color)?, filled(size)?);
    let is = |wish: &Option<String>, is: &str| wish.as_deref().is_none_or(|wish| wish == is);
    let mut found = 0;
    for variant in &mut product.variants {
        if is(&color, &variant.color) && is(&size, &variant.size) {
            variant.price = Some(price);
            found += 1;
        }
    }
    ensure!(found > 0, "{} has no such variant", product.title);
    Ok(())
}

/// The sku of each line is that of its colour and size, where the shop has it.
pub fn right_sku(order: &mut Order, products: &[Product]) {
    for line in &mut order.lines {
        let product = products.iter().find(|product| product.id == line.product);
        let mut variants = product.iter().flat_map(|product| &product.variants);
        if let Some(variant) = variants.find(|v| v.color == line.color && v.size == line.size) {
            line.sku = variant.sku.clone();
        }
    }
}

pub fn in_currency(order: &mut Order, currency: Currency) {
    order.currency = currency;
    order.total.currency = currency;
    order.shipping.currency = currency;
    for line in &mut order.lines {
        line.unit_price.currency = currency;
        line.discount.currency = currency;
    }
    for payment in &mut order.payments {
        payment.amount.currency = currency;
    }
}
