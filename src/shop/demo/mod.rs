//! The demo shop: made from `knowledge/demo.toml` and `knowledge/catalog.jsonl` by a seed and a day,
//! so that the same day gives the same shop anywhere. Everything in it happened before the start of
//! that day, but for the order that was placed an hour ago.

mod journey;
mod named;
mod orders;
mod people;
mod rules;
mod world;

use std::collections::BTreeSet;

use jiff::civil::Date;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde::Serialize;

use super::{Shop, ShopProfile};
use crate::domain::limits::OTHER_ORDERS_SHOWN_MAX;
use crate::domain::order::Order;
use crate::store::returns::ShopContent;
use crate::store::{Store, StoreError};
use orders::Draft;
use world::World;

/// The seed of the shop that a new folder gets.
pub const SEED: u64 = 20_261_121;

/// How much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoSize {
    /// 2,000 customers, about 12,000 orders.
    Full,
    /// The named shoppers and 40 others: for tests.
    Small,
}

impl DemoSize {
    fn customers(self) -> usize {
        match self {
            Self::Full => 2_000,
            Self::Small => 40,
        }
    }
}

/// A named shopper with what their situation is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DemoShopper {
    pub email: String,
    pub situation: String,
    /// Newest first.
    pub orders: Vec<String>,
}

/// The demo shop's own name and addresses; `public_url` is for the caller to fill.
pub fn profile() -> ShopProfile {
    world::profile()
}

/// Every wording that the demo shop's carriers scan with.
pub fn carrier_wordings() -> BTreeSet<&'static str> {
    world::carrier_wordings()
}

/// Puts the demo shop in place, whole or not at all; `false` when it was there before.
pub async fn seed(shop: &Shop, size: DemoSize) -> Result<bool, StoreError> {
    if shop.store.has_demo().await? {
        return Ok(false);
    }
    let content = content(shop, SEED, size);
    shop.store.put_demo(content).await
}

/// The demo shop as data.
pub fn content(shop: &Shop, seed: u64, size: DemoSize) -> ShopContent {
    let now_ms = shop.clock.now_ms();
    let today = shop.day(now_ms);
    let world = World::new(&shop.profile, now_ms, today);
    let mut rng = StdRng::seed_from_u64(seed ^ day_number(today));
    let mut customers = Vec::new();
    let mut drafts: Vec<Draft> = Vec::new();
    let mut gift_cards = Vec::new();
    for shopper in world.shoppers() {
        let (customer, orders) = named::shopper(&world, shopper, now_ms);
        gift_cards.extend(named::gift_card(&customer.id, &shopper.situation));
        customers.push(customer);
        drafts.extend(orders);
    }
    let mut emails: BTreeSet<String> = customers
        .iter()
        .map(|customer| customer.email.clone())
        .collect();
    while customers.len() < size.customers() + world.shoppers().len() {
        let (customer, orders) = people::customer(&world, &mut rng, customers.len(), &mut emails);
        customers.push(customer);
        drafts.extend(orders);
    }
    let (orders, returns) = orders::finish(&world, &mut rng, &shop.random, drafts);
    ShopContent {
        products: world.into_products(),
        customers,
        orders,
        returns,
        gift_cards,
    }
}

/// The named shoppers with their orders as they are in the shop now.
pub async fn shoppers(store: &Store) -> Result<Vec<DemoShopper>, StoreError> {
    let mut shoppers = Vec::new();
    for (email, situation) in world::situations() {
        let Some(customer) = store.customer_by_email(&email).await? else {
            continue;
        };
        let orders: Vec<Order> = store
            .orders_of(&customer.id, OTHER_ORDERS_SHOWN_MAX)
            .await?;
        shoppers.push(DemoShopper {
            email,
            situation,
            orders: orders
                .iter()
                .map(|order| order.number.to_string())
                .collect(),
        });
    }
    Ok(shoppers)
}

fn day_number(day: Date) -> u64 {
    let days = day.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24;
    days.unsigned_abs()
}
