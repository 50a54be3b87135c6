//! The demo shop: whole, the same for the same day, and each named shopper in their situation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use attendant::clock::Clock;
use attendant::domain::ids::Random;
use attendant::domain::order::{Order, OrderStatus, ShipmentStatus};
use attendant::shop::demo::{self, DemoSize};
use attendant::shop::parcels::{DecidedBy, LostRules, parcel_standing};
use attendant::shop::shipping::calendar;
use attendant::shop::{Shop, ShopProfile};
use attendant::store::Store;
use attendant::store::returns::ShopContent;
use jiff::Timestamp;
use jiff::civil::Date;

/// A folder of its own that goes when the test is over.
pub struct Folder(pub std::path::PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(Random::Os.id("attendant-it"));
        std::fs::create_dir_all(&path).expect("the temporary folder can be written");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn shop_at(folder: &Folder, now: &str) -> Shop {
    let now: Timestamp = now.parse().expect("a time");
    Shop {
        terms: Arc::new(attendant::shop::terms::Terms::embedded()),
        store: Store::open(&folder.0).expect("the store opens"),
        profile: Arc::new(ShopProfile {
            public_url: "http://shop.test".into(),
            ..demo::profile()
        }),
        clock: Clock::fixed(now),
        random: Random::seeded(7),
    }
}

pub const NOW: &str = "2026-11-21T10:00:00Z";

fn content_at(now: &str, size: DemoSize) -> ShopContent {
    let folder = Folder::new();
    demo::content(&shop_at(&folder, now), 1, size)
}

fn orders_of<'a>(content: &'a ShopContent, situation: &str) -> Vec<&'a Order> {
    let id = format!("n_{situation}");
    content
        .orders
        .iter()
        .filter(|order| order.customer.as_str() == id)
        .collect()
}

#[test]
fn the_same_seed_and_day_give_the_same_shop_and_another_seed_another() {
    let first = content_at(NOW, DemoSize::Small);
    let mut again = content_at("2026-11-21T23:30:00Z", DemoSize::Small);
    // The one order that is placed "an hour ago" moves with the clock.
    let hours = orders_of(&first, "processing")[0].placed_ms;
    for order in &mut again.orders {
        if order.customer.as_str() == "n_processing" {
            order.placed_ms = hours;
            order.payments[0].at_ms = hours;
        }
    }
    assert_eq!(first.orders, again.orders);
    assert_eq!(first.returns, again.returns);
    let folder = Folder::new();
    let other = demo::content(&shop_at(&folder, NOW), 2, DemoSize::Small);
    assert_ne!(first.orders, other.orders);
}

/// Whatever the day is (weekends, holidays, the turn of the year, the change to summer time), no
/// scan lies in the future and every named shopper is in the situation that they are named for.
#[test]
fn every_day_gives_every_situation() {
    for day in [
        "2026-11-21T10:00:00Z",
        "2026-11-23T00:05:00Z",
        "2026-12-29T12:00:00Z",
        "2027-01-01T09:00:00Z",
        "2027-01-07T09:00:00Z",
        "2027-03-28T01:30:00Z",
        "2027-04-02T08:00:00Z",
        "2027-08-04T22:59:00Z",
        "2026-03-02T08:00:00Z",
    ] {
        let folder = Folder::new();
        let shop = shop_at(&folder, day);
        let content = demo::content(&shop, 1, DemoSize::Small);
        situations(&shop, &content, day);
    }
}

fn situations(shop: &Shop, content: &ShopContent, day: &str) {
    let now_ms = shop.clock.now_ms();
    let today = shop.day(now_ms);
    let rules = LostRules {
        late_after_days: 3,
        lost_after_days: 10,
        claim_within_days: 30,
        delivered_wait_days: 2,
        trace_days: 5,
        refund_days: 5,
        said_delivered: DecidedBy::Agent,
    };
    let stands = |order: &Order, at: usize| {
        parcel_standing(
            &order.shipments[at],
            &rules,
            calendar(),
            &shop.profile.zone,
            today,
        )
    };
    let one = |situation: &str| -> Order {
        let orders = orders_of(content, situation);
        assert_eq!(orders.len(), 1, "{situation} on {day}");
        orders[0].clone()
    };
    for order in &content.orders {
        assert!(order.placed_ms <= now_ms, "placed in the future on {day}");
        for parcel in &order.shipments {
            assert!(
                parcel.events.iter().all(|event| event.at_ms <= now_ms),
                "scanned in the future on {day}"
            );
            assert!(
                parcel.shipped_ms > order.placed_ms,
                "sent before it was ordered on {day}"
            );
        }
    }
    let waiting = one("waiting");
    assert_eq!(waiting.status, OrderStatus::InTransit, "{day}");
    assert!(
        !stands(&waiting, 0).late
            && waiting.shipments[0]
                .estimate
                .is_some_and(|(_, last)| last >= today),
        "{day}"
    );
    let late = one("late");
    assert!(
        stands(&late, 0).late && stands(&late, 0).status == ShipmentStatus::InTransit,
        "{day}"
    );
    assert_eq!(
        stands(&one("lost"), 0).status,
        ShipmentStatus::Lost,
        "{day}"
    );
    let said = one("said_delivered");
    assert_eq!(said.status, OrderStatus::Delivered);
    assert_eq!(
        delivered(shop, &said),
        today.saturating_sub(jiff::Span::new().days(3)),
        "{day}"
    );
    let back = one("returned_to_sender");
    assert_eq!(
        (back.status, stands(&back, 0).late),
        (OrderStatus::ReturnedToSender, false),
        "{day}"
    );
    let split = one("split");
    assert_eq!(split.shipments.len(), 2, "{day}");
    assert!(
        split.shipments[0].delivered_ms.is_some() && split.shipments[1].delivered_ms.is_none(),
        "{day}"
    );
    assert!(!stands(&split, 1).late, "{day}");
    let two = one("delivered_two_items");
    assert_eq!(
        (two.lines.len(), two.status),
        (2, OrderStatus::Delivered),
        "{day}"
    );
    assert!(two.total.minor < 30_000 && two.lines.iter().all(|line| !line.final_sale));
    assert_eq!(orders_of(content, "many_orders").len(), 8);
    assert!(
        orders_of(content, "many_orders")
            .iter()
            .all(|order| order.status == OrderStatus::Delivered),
        "{day}"
    );
    let old = one("old_version");
    assert_eq!(old.status, OrderStatus::Delivered, "{day}");
    assert_eq!(
        (
            shop.day(old.placed_ms).month(),
            shop.day(old.placed_ms).day()
        ),
        (2, 27)
    );
    assert_eq!(
        (delivered(shop, &old).month(), delivered(shop, &old).day()),
        (3, 4)
    );
    let sale = one("final_sale");
    assert_eq!(
        sale.lines
            .iter()
            .map(|line| line.final_sale)
            .collect::<Vec<_>>(),
        [false, true]
    );
    assert!(one("expensive_return").lines[0].paid().minor > 16_000);
    let processing = one("processing");
    assert_eq!(
        (processing.status, processing.placed_ms),
        (OrderStatus::Processing, now_ms - 3_600_000)
    );
    assert!(orders_of(content, "new_customer").is_empty());
}

fn delivered(shop: &Shop, order: &Order) -> Date {
    shop.day(order.shipments[0].delivered_ms.expect("it was delivered"))
}

/// The size, the variety and the arithmetic that the shop promises.
#[test]
fn the_full_shop_is_whole() {
    // A Wednesday: on a weekend nothing is out for delivery.
    let content = content_at("2026-11-25T10:00:00Z", DemoSize::Full);
    assert!(
        content.products.len() >= 240,
        "{} products",
        content.products.len()
    );
    assert!(content.customers.len() >= 2_000);
    assert!(
        (11_000..13_500).contains(&content.orders.len()),
        "{} orders",
        content.orders.len()
    );
    assert!(
        content.returns.len() > 500,
        "{} returns",
        content.returns.len()
    );
    let numbers: BTreeSet<&str> = content
        .orders
        .iter()
        .map(|order| order.number.as_str())
        .collect();
    assert_eq!(
        numbers.len(),
        content.orders.len(),
        "order numbers are unique"
    );
    assert!(numbers.iter().all(|number| number.len() == 5));
    let emails: BTreeSet<&str> = content
        .customers
        .iter()
        .map(|customer| customer.email.as_str())
        .collect();
    assert_eq!(emails.len(), content.customers.len());
    assert!(
        emails
            .iter()
            .all(|email| email.is_ascii() && **email == email.to_lowercase())
    );
    let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
    let mut parcels: BTreeSet<&str> = BTreeSet::new();
    for order in &content.orders {
        *statuses.entry(order.status.words()).or_default() += 1;
        parcels.extend(order.shipments.iter().map(|parcel| parcel.status.words()));
        let lines: i64 = order.lines.iter().map(|line| line.paid().minor).sum();
        assert_eq!(
            lines + order.shipping.minor,
            order.total.minor,
            "order {}",
            order.number
        );
        let paid: i64 = order
            .payments
            .iter()
            .map(|payment| payment.amount.minor)
            .sum();
        assert!(paid == order.total.minor || order.status == OrderStatus::Cancelled);
    }
    for status in OrderStatus::ALL {
        assert!(
            statuses.contains_key(status.words()),
            "no order is {}: {statuses:?}",
            status.words()
        );
    }
    for status in [
        ShipmentStatus::LabelCreated,
        ShipmentStatus::InTransit,
        ShipmentStatus::Delivered,
        ShipmentStatus::Exception,
        ShipmentStatus::ReturnedToSender,
    ] {
        assert!(
            parcels.contains(status.words()),
            "no parcel is {}: {parcels:?}",
            status.words()
        );
    }
    let mut refunded: BTreeMap<&str, i64> = BTreeMap::new();
    for made in &content.returns {
        *refunded.entry(made.order.as_str()).or_default() += made.refund.total.minor;
    }
    for order in &content.orders {
        assert!(
            refunded
                .get(order.number.as_str())
                .is_none_or(|sum| *sum <= order.total.minor)
        );
    }
}

/// Seeding happens once, whole, and beside what is there; what is read back is what was made.
#[tokio::test]
async fn the_demo_is_put_in_place_once() {
    let folder = Folder::new();
    let shop = shop_at(&folder, NOW);
    assert!(!shop.store.has_demo().await.expect("readable"));
    assert!(demo::seed(&shop, DemoSize::Small).await.expect("seeded"));
    assert!(
        !demo::seed(&shop, DemoSize::Small)
            .await
            .expect("nothing to do")
    );
    let shoppers = demo::shoppers(&shop.store).await.expect("readable");
    assert_eq!(shoppers.len(), 13);
    for shopper in &shoppers {
        let orders = match shopper.situation.as_str() {
            "new_customer" => 0,
            "many_orders" => 8,
            _ => 1,
        };
        assert_eq!(shopper.orders.len(), orders, "{}", shopper.situation);
    }
    let waiting = &shoppers[0];
    let number = attendant::domain::ids::OrderNumber::new(&waiting.orders[0]);
    let stored = shop
        .store
        .order(&number)
        .await
        .expect("readable")
        .expect("there");
    let made = demo::content(&shop_at(&Folder::new(), NOW), demo::SEED, DemoSize::Small);
    assert_eq!(
        made.orders.iter().find(|order| order.number == number),
        Some(&stored)
    );
    let mut after = None;
    let mut products = Vec::new();
    loop {
        let page = shop
            .store
            .products(after.as_ref(), 50)
            .await
            .expect("readable");
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        products.extend(page);
    }
    assert_eq!(products, made.products);
    let product = &made.products[0];
    assert_eq!(
        shop.store
            .product(&product.id)
            .await
            .expect("readable")
            .as_ref(),
        Some(product)
    );
    let sku = &product.variants[0].sku;
    assert!(shop.store.set_stock(sku, 0).await.expect("written"));
    assert_eq!(shop.store.stock(sku).await.expect("readable"), Some(0));
}
