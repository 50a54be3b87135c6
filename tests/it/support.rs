//! What several tests need to call a tool by itself.

use std::sync::LazyLock;

use attendant::customers::Customers;
use attendant::domain::ids::{ConversationId, ProductId, Sku};
use attendant::domain::money::{Currency, Money};
use attendant::domain::product::{Product, Variant};
use attendant::knowledge::Knowledge;
use attendant::knowledge::catalog::Catalog;
use attendant::shop::Shop;
use attendant::tools::ToolContext;

static CONVERSATION: LazyLock<ConversationId> = LazyLock::new(|| ConversationId::new("c_test"));
static CUSTOMERS: LazyLock<Customers> = LazyLock::new(|| Customers::embedded().unwrap());

/// A call of somebody who has proved nothing and written nothing, in the conversation `c_test`.
pub fn context<'a>(shop: &'a Shop, knowledge: &'a Knowledge) -> ToolContext<'a> {
    ToolContext {
        refund_limit: None,
        approved_by: None,
        pictures: &[],
        shop,
        knowledge,
        customers: &CUSTOMERS,
        // A test's catalogue lives as long as its process.
        catalog: Box::leak(Box::new(Catalog::new(shop.store.clone()))),
        clock: &shop.clock,
        secret: &[7; 32],
        conversation: &CONVERSATION,
        turn: 1,
        orders: None,
        customer: None,
        shopper_wrote: "",
    }
}

/// A product that can be bought for €50.00, in one variant; the rest is for a test to fill.
pub fn product(id: &str) -> Product {
    let price = Money::new(5_000, Currency::EUR);
    Product {
        id: ProductId::new(id),
        title: "Plain Thing".into(),
        brand: String::new(),
        category: "things".into(),
        department: "unisex".into(),
        description: String::new(),
        material: String::new(),
        care: String::new(),
        fit: String::new(),
        features: Vec::new(),
        tags: Vec::new(),
        price,
        cost: Money::zero(Currency::EUR),
        compare_at: None,
        final_sale: false,
        hygiene: false,
        weight_g: 0,
        picture: None,
        variants: vec![Variant {
            price: None,
            sku: Sku::new(format!("{id}-1")),
            color: "black".into(),
            size: "M".into(),
            stock: 3,
        }],
        reviews: Vec::new(),
    }
}
