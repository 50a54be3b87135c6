//! Segments and offers over the whole demo shop, and the files they come from.

mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use attendant::customers::behaviour::{Behaviour, View};
use attendant::customers::offers::apply::{after, missing, takes_part};
use attendant::customers::{Customers, Holdout, Profile};
use attendant::domain::customer::Customer;
use attendant::domain::ids::{CustomerId, OrderNumber, ReturnNumber};
use attendant::domain::money::{Currency, Money};
use attendant::domain::offer::{OfferValue, Segment};
use attendant::domain::order::{Order, OrderStatus};
use attendant::domain::product::Product;
use attendant::domain::returns::{Return, ReturnStatus};
use attendant::shop::Shop;
use attendant::shop::demo::{self, DemoSize};
use attendant::store::histories::History;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use crate::demo::{Folder, NOW, shop_at};

pub fn demo_customers() -> Customers {
    Customers::embedded().unwrap()
}

/// The whole demo shop, made once: nothing here writes to what another test reads.
async fn whole() -> (Folder, Shop) {
    let folder = Folder::new();
    let shop = shop_at(&folder, NOW);
    demo::seed(&shop, DemoSize::Full).await.unwrap();
    (folder, shop)
}

async fn histories(shop: &Shop) -> Vec<History> {
    let mut all: Vec<History> = Vec::new();
    loop {
        let after = all.last().map(|history| history.customer.id.clone());
        let page = shop.store.histories(after.as_ref(), 500).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

async fn products(shop: &Shop) -> Vec<Product> {
    shop.store.products(None, 10_000).await.unwrap()
}

/// What the sentence that says why says again, computed from the rows alone.
fn said_by_hand(history: &History, now: &jiff::Zoned) -> (u32, Option<i64>, i64) {
    let since = now
        .checked_sub(24.months())
        .unwrap()
        .timestamp()
        .as_millisecond();
    let mut newest: Option<Date> = None;
    let (mut orders, mut spent) = (0, 0);
    for order in &history.orders {
        if order.status == OrderStatus::Cancelled {
            continue;
        }
        let placed = attendant::clock::day(order.placed_ms, now.time_zone());
        newest = newest.max(Some(placed));
        if order.placed_ms < since {
            continue;
        }
        orders += 1;
        if matches!(
            order.status,
            OrderStatus::Returned | OrderStatus::ReturnedToSender
        ) {
            continue;
        }
        let paid: i64 = order
            .lines
            .iter()
            .map(|line| line.unit_price.minor * i64::from(line.quantity) - line.discount.minor)
            .sum();
        let back: i64 = history
            .returns
            .iter()
            .filter(|one| one.order == order.number && one.status != ReturnStatus::Cancelled)
            .flat_map(|one| &one.lines)
            .map(|line| line.paid.minor)
            .sum();
        spent += paid - back;
    }
    let days = newest.map(|newest| now.date().duration_since(newest).as_hours() / 24);
    (orders, days, spent)
}

fn sentence(orders: u32, days: Option<i64>, spent: i64) -> String {
    let Some(days) = days else {
        return "no orders yet".into();
    };
    if orders == 0 {
        return format!("no order in the last 24 months, the newest {days} days ago");
    }
    let noun = if orders == 1 { "order" } else { "orders" };
    let ago = match days {
        0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        days => format!("{days} days ago"),
    };
    let kept = Money::new(spent, Currency::EUR);
    format!("{orders} {noun} in the last 24 months, the newest {ago}, {kept} kept")
}

/// The rules of `knowledge/segments.toml`, written a second time.
fn segment_by_hand(history: &History, now: &jiff::Zoned) -> Segment {
    let (orders, days, spent) = said_by_hand(history, now);
    let first = history
        .orders
        .iter()
        .filter(|order| order.status != OrderStatus::Cancelled)
        .map(|order| attendant::clock::day(order.placed_ms, now.time_zone()))
        .min();
    let (Some(days), Some(first)) = (days, first) else {
        return Segment::NewWithPotential;
    };
    let tenure = now.date().duration_since(first).as_hours() / 24;
    match () {
        () if days <= 90 && orders >= 10 && spent >= 150_000 => Segment::Champions,
        () if tenure <= 180 => Segment::NewWithPotential,
        () if days <= 180 && orders >= 2 => Segment::Loyal,
        () if days <= 365 => Segment::AtRisk,
        () => Segment::Dormant,
    }
}

#[tokio::test]
async fn every_customer_is_in_one_segment_for_reasons_that_are_true() {
    let (_folder, shop) = whole().await;
    let customers = demo_customers();
    let now_ms = shop.clock.now_ms();
    let now = shop.clock.now().to_zoned(shop.profile.zone.clone());
    let histories = histories(&shop).await;
    assert!(histories.len() >= 2_000, "{}", histories.len());
    let mut counts: BTreeMap<Segment, u64> = BTreeMap::new();
    for history in &histories {
        let profile = customers.profile_of(&shop, history, now_ms);
        let (orders, days, spent) = said_by_hand(history, &now);
        assert_eq!(
            profile.why,
            sentence(orders, days, spent),
            "{}",
            history.customer.id
        );
        let segment = profile.segment.expect("everybody is something");
        assert_eq!(
            segment,
            segment_by_hand(history, &now),
            "{}",
            history.customer.id
        );
        *counts.entry(segment).or_default() += 1;
    }
    for segment in Segment::ALL {
        let share = counts.get(&segment).copied().unwrap_or(0) * 100 / histories.len() as u64;
        assert!(share >= 3, "{segment:?}: {counts:?}");
    }
    let sorted = customers.sort_all(&shop, now_ms).await.unwrap();
    assert_eq!(sorted.by_segment, counts);
    assert_eq!(
        (sorted.customers, sorted.without),
        (histories.len() as u64, 0)
    );
    let one = &histories[7];
    let alone = customers
        .profile(&shop, &one.customer.id, now_ms)
        .await
        .unwrap();
    assert_eq!(alone, Some(customers.profile_of(&shop, one, now_ms)));
    let nobody = CustomerId::new("nobody");
    let nobody = customers.profile(&shop, &nobody, now_ms);
    assert_eq!(nobody.await.unwrap(), None);
}

/// What an item costs at the most that an offer can take off it, by hand.
fn at_worst_by_hand(value: OfferValue, minimum: Option<Money>, price: i64) -> f64 {
    let price = price as f64;
    match value {
        OfferValue::Percent(percent) => price * (1.0 - f64::from(percent) / 100.0),
        OfferValue::Amount(amount) => {
            let order = minimum.map_or(price, |minimum| price.max(minimum.minor as f64));
            price - amount.minor as f64 * price / order
        }
        OfferValue::FreeShipping => price,
    }
}

#[tokio::test]
async fn no_offer_goes_below_cost_or_floor_for_anything_in_the_catalogue() {
    // The catalogue is the same at either size.
    let folder = Folder::new();
    let shop = shop_at(&folder, NOW);
    demo::seed(&shop, DemoSize::Small).await.unwrap();
    let products = products(&shop).await;
    let customers = demo_customers();
    customers.check_names(&shop.store).await.unwrap();
    let offers = customers.offers().unwrap();
    assert!(products.len() >= 200 && offers.list.len() >= 5);
    for floor in [offers.margin_floor_percent, 0, 55, 99] {
        let share = 1.0 - f64::from(floor) / 100.0;
        for offer in &offers.list {
            let mut part = 0;
            for product in &products {
                if takes_part(&offer.terms, product, floor).is_err() {
                    continue;
                }
                part += 1;
                if offer.terms.value == OfferValue::FreeShipping {
                    continue;
                }
                let price = product.price.minor;
                let left = at_worst_by_hand(offer.terms.value, offer.terms.minimum, price);
                let cost = product.cost.minor as f64;
                // A cent of rounding, always to the shop's side.
                assert!(
                    left + 0.001 >= cost && left * share + 0.001 >= cost,
                    "{} on {}: {left} left, floor {floor}",
                    offer.id,
                    product.id
                );
                let shown = after(offer.terms.value, product.price);
                if missing(&offer.terms, product.price).is_none() {
                    assert!(
                        shown.unwrap().minor as f64 * share >= cost,
                        "{}",
                        product.id
                    );
                }
            }
            assert!(part > 0 || floor > 30, "{} holds for nothing", offer.id);
        }
    }
    let deep = attendant::domain::offer::OfferTerms {
        value: OfferValue::Percent(90),
        ..offers.list[0].terms.clone()
    };
    assert!(
        products
            .iter()
            .all(|product| takes_part(&deep, product, 0).is_err())
    );
}

async fn found(customers: &Customers, shop: &Shop, profile: &Profile) -> Vec<(String, String)> {
    let offers = customers.offers_for(
        shop,
        Some(&profile.customer),
        Some(profile),
        shop.clock.now_ms(),
    );
    let offers = offers.await.unwrap();
    offers
        .into_iter()
        .map(|one| (one.offer, one.code))
        .collect()
}

#[tokio::test]
async fn the_holdout_gets_none_and_everybody_else_the_same_ones_again() {
    let (_folder, shop) = whole().await;
    let customers = demo_customers();
    let now_ms = shop.clock.now_ms();
    let mut codes = BTreeSet::new();
    let (mut held, mut all, mut by_segment) = (0, 0, BTreeSet::new());
    for (n, history) in histories(&shop).await.iter().enumerate() {
        let id = &history.customer.id;
        all += 1;
        if customers.held_out(id) {
            held += 1;
            let profile = customers.profile_of(&shop, history, now_ms);
            assert!(found(&customers, &shop, &profile).await.is_empty());
            assert!(
                shop.store
                    .open_offer_codes(id, now_ms, 9)
                    .await
                    .unwrap()
                    .is_empty()
            );
        } else if n % 50 == 0 {
            let profile = customers.profile_of(&shop, history, now_ms);
            let offers = found(&customers, &shop, &profile).await;
            assert!(offers.len() > 1, "their own and the public ones");
            assert_eq!(found(&customers, &shop, &profile).await, offers);
            assert!(codes.insert(offers[0].1.clone()), "a code of their own");
            by_segment.insert((profile.segment, offers[0].0.clone()));
        }
    }
    let share = f64::from(held) * 100.0 / f64::from(all);
    assert!((7.5..12.5).contains(&share), "{share}%");
    assert_eq!(by_segment.len(), 5, "one offer a segment: {by_segment:?}");
    let everybody = demo_customers().with_holdout(Holdout::new(100, None));
    let sorted = everybody.sort_all(&shop, now_ms).await.unwrap();
    assert_eq!(sorted.held_out, sorted.customers);
}

static DUBLIN: LazyLock<TimeZone> = LazyLock::new(|| TimeZone::get("Europe/Dublin").unwrap());

fn ms(at: &str) -> i64 {
    at.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn order(number: &str, placed: &str) -> Order {
    let line = serde_json::json!({
        "line": 1, "sku": "s", "product": "p", "title": "t", "category": "c", "color": "", "size": "",
        "quantity": 2, "unit_price": "50.00 EUR", "discount": "10.00 EUR",
        "final_sale": false, "hygiene": false,
    });
    Order {
        number: OrderNumber::new(number),
        customer: CustomerId::new("c1"),
        placed_ms: ms(placed),
        status: OrderStatus::Delivered,
        currency: Currency::EUR,
        lines: vec![serde_json::from_value(line).unwrap()],
        shipping: Money::new(490, Currency::EUR),
        total: Money::new(9_490, Currency::EUR),
        payments: vec![],
        shipments: vec![],
        address: None,
        note: None,
        history: attendant::domain::order::OrderHistory::default(),
    }
}

fn returned(order: &str, created: &str, status: ReturnStatus) -> Return {
    let eur = |minor| Money::new(minor, Currency::EUR);
    let line = serde_json::json!({
        "line": 1, "title": "t", "color": "", "size": "", "quantity": 1, "reason": "other",
        "paid": "45.00 EUR",
    });
    Return {
        number: ReturnNumber::new(format!("r-{order}")),
        order: OrderNumber::new(order),
        status,
        lines: vec![serde_json::from_value(line).unwrap()],
        refund: attendant::domain::returns::Refund {
            items: eur(4_500),
            shipping: eur(0),
            fee: eur(490),
            total: eur(4_010),
            method: "Visa".into(),
            days: 5,
            parts: Vec::new(),
        },
        created_ms: ms(created),
        ship_by: date(2026, 12, 1),
        policy: "returns".into(),
        slip_token: order.into(),
        gift_email: None,
    }
}

fn behaviour(orders: Vec<Order>, returns: Vec<Return>, now: &str) -> Behaviour {
    let customer = Customer {
        payment_methods: Vec::new(),
        id: CustomerId::new("c1"),
        email: "maeve@example.org".into(),
        first_name: String::new(),
        last_name: String::new(),
        created_ms: 0,
        address: None,
    };
    let history = History {
        customer,
        orders,
        returns,
    };
    let view = View {
        now_ms: ms(now),
        zone: &DUBLIN,
        currency: Currency::EUR,
        observed_months: 24,
    };
    Behaviour::of(&history, &view)
}

#[test]
fn only_what_counts_is_counted() {
    let now = "2026-11-21T10:00:00Z";
    let mut cancelled = order("1", "2026-11-20T10:00:00Z");
    cancelled.status = OrderStatus::Cancelled;
    let mut foreign = order("2", "2026-11-01T10:00:00Z");
    foreign.currency = "GBP".parse().unwrap();
    let mut back = order("3", "2026-10-01T10:00:00Z");
    back.status = OrderStatus::ReturnedToSender;
    let orders = vec![
        cancelled,
        foreign,
        back,
        order("4", "2026-09-01T10:00:00Z"),
        order("5", "2026-08-01T10:00:00Z"),
        order("6", "2024-11-21T10:00:00Z"), // the first moment that is observed
        order("7", "2024-11-21T09:59:59Z"), // the last that is not
        order("8", "2026-11-21T10:00:01Z"), // still to come
    ];
    let returns = vec![
        returned("4", "2026-09-10T10:00:00Z", ReturnStatus::Open),
        returned("5", "2026-08-10T10:00:00Z", ReturnStatus::Cancelled),
        returned("6", "2026-11-22T10:00:00Z", ReturnStatus::Refunded), // still to come
    ];
    let seen = behaviour(orders, returns, now);
    assert_eq!((seen.orders, seen.foreign_orders), (5, 1));
    assert_eq!(seen.net_spend.minor, 4_500 + 9_000 + 9_000);
    assert_eq!(seen.newest, Some(date(2026, 11, 1)));
    assert_eq!(seen.newest_days(), Some(20));
    assert_eq!(seen.tenure_days(), Some(730));
}

/// Days are the shop's: a minute before midnight there is yesterday a minute after it.
#[test]
fn days_turn_where_the_shop_is() {
    let orders = || vec![order("1", "2026-06-10T22:30:00Z")]; // half past eleven in Dublin
    for (now, days) in [
        ("2026-06-10T22:59:00Z", 0),
        ("2026-06-10T23:00:00Z", 1),
        ("2026-06-11T22:59:59Z", 1),
        ("2027-06-10T12:00:00Z", 365),
    ] {
        assert_eq!(
            behaviour(orders(), vec![], now).newest_days(),
            Some(days),
            "{now}"
        );
    }
    // More came back than was paid, by somebody's mistake: never less than nothing.
    let many = vec![
        returned("1", "2026-06-12T10:00:00Z", ReturnStatus::Refunded),
        returned("1", "2026-06-13T10:00:00Z", ReturnStatus::Refunded),
        returned("1", "2026-06-14T10:00:00Z", ReturnStatus::Refunded),
    ];
    assert_eq!(
        behaviour(orders(), many, "2026-07-01T10:00:00Z")
            .net_spend
            .minor,
        0
    );
    let nothing = behaviour(vec![], vec![], "2026-07-01T10:00:00Z");
    assert_eq!((nothing.orders, nothing.newest_days()), (0, None));
}

#[tokio::test]
async fn personal_codes_end_with_a_day_of_the_shop_and_no_later_than_the_offer() {
    let folder = Folder::new();
    let shop = shop_at(&folder, "2026-06-10T22:30:00Z");
    demo::seed(&shop, DemoSize::Small).await.unwrap();
    let offers = include_str!("../../knowledge/offers.toml");
    let cut = offers.replace(
        "valid_from = 2024-01-01\nvalid_days = 30\nuses = 4",
        "valid_from = 2024-01-01\nvalid_to = 2026-06-12\nvalid_days = 30\nuses = 4",
    );
    assert_ne!(offers, cut);
    let segments = include_str!("../../knowledge/segments.toml");
    let customers = Customers::parse(Some(segments), Some(&cut)).unwrap();
    let mut profile = Profile {
        segment: Some(Segment::Champions),
        ..some_profile(&customers, &shop).await
    };
    let now_ms = shop.clock.now_ms();
    let first = async |profile: &Profile, now_ms| {
        let offers = customers.offers_for(&shop, Some(&profile.customer), Some(profile), now_ms);
        offers.await.unwrap().into_iter().next().unwrap()
    };
    let long = first(&profile, now_ms).await;
    assert_eq!(
        (long.offer.as_str(), long.valid_until),
        ("champions-15", Some(date(2026, 8, 9)))
    );
    profile.segment = Some(Segment::Loyal);
    let short = first(&profile, now_ms).await;
    assert_eq!(
        (short.offer.as_str(), short.valid_until),
        ("loyal-10", Some(date(2026, 6, 12)))
    );
    // The one from before is still theirs, behind the new segment's.
    let both = found(&customers, &shop, &profile).await;
    assert_eq!(both[1], ("champions-15".to_owned(), long.code));
    // Half past midnight in Dublin on the 13th: the offer is over.
    let over = first(&profile, ms("2026-06-12T23:00:00Z")).await;
    assert_eq!(over.offer, "champions-15");
    let stored = shop
        .store
        .offer_code_of(&profile.customer, "loyal-10")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.valid_until_ms, ms("2026-06-12T23:00:00Z"));
}

async fn some_profile(customers: &Customers, shop: &Shop) -> Profile {
    let all = histories(shop).await;
    let mut open = all
        .iter()
        .filter(|one| !customers.held_out(&one.customer.id));
    customers.profile_of(shop, open.next().unwrap(), shop.clock.now_ms())
}

/// Every cost is as high as its price: nothing is left for an offer on items, and none is shown.
#[tokio::test]
async fn an_offer_that_can_never_hold_is_not_shown_and_gets_no_code() {
    let folder = Folder::new();
    let shop = shop_at(&folder, NOW);
    demo::seed(&shop, DemoSize::Small).await.unwrap();
    let mut dear = products(&shop).await;
    for product in &mut dear {
        product.cost = product.price;
    }
    shop.store.put_products(dear).await.unwrap();
    let customers = demo_customers();
    let profile = some_profile(&customers, &shop).await;
    let offers = found(&customers, &shop, &profile).await;
    let ids: Vec<&str> = offers.iter().map(|(offer, _)| offer.as_str()).collect();
    assert_eq!(ids, ["free-shipping-50"]);
    let open = shop
        .store
        .open_offer_codes(&profile.customer, shop.clock.now_ms(), 9);
    assert!(open.await.unwrap().is_empty());
    let raised = demo_customers().with_margin_floor(99);
    assert_eq!(raised.margin_floor_percent(), 99);
    assert_eq!(
        demo_customers().with_margin_floor(1).margin_floor_percent(),
        30
    );
}

/// The command, by itself and beside a server that runs on the folder.
#[test]
fn the_command_counts_and_says_why() {
    let folder = crate::running::Folder::new("segments");
    let run = |args: &[&str]| {
        let output = crate::cli::attendant(&folder, args).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let (email, _) = crate::cli::shopper(&folder, "many_orders");
    let (_, alone, _) = run(&["segments", "--json"]);
    let _server = crate::cli::Server::start(&folder);
    let (code, beside, _) = run(&["segments", "--json"]);
    assert_eq!((code, &alone), (Some(0), &beside));
    let counted: serde_json::Value = serde_json::from_str(&beside).unwrap();
    let segments = counted["segments"].as_array().unwrap();
    let sum: u64 = segments
        .iter()
        .map(|one| one["customers"].as_u64().unwrap())
        .sum();
    assert_eq!(
        (segments.len(), Some(sum)),
        (5, counted["customers"].as_u64())
    );
    let (_, plain, _) = run(&["segments"]);
    for segment in Segment::ALL {
        assert!(plain.contains(segment.words()), "{plain}");
    }
    let (_, one, _) = run(&["segments", "--customer", &email]);
    assert!(
        one.starts_with(&format!("{email}: Loyal\n  8 orders in the last 24 months")),
        "{one}"
    );
    let (_, one, _) = run(&["segments", "--customer", &email, "--json"]);
    let one: serde_json::Value = serde_json::from_str(&one).unwrap();
    assert_eq!(
        (&one["segment"], &one["orders"]),
        (&"Loyal".into(), &8.into())
    );
    let (code, _, said) = run(&["segments", "--customer", "nobody@example.com"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("nobody@example.com"), "{said}");

    // A shop of its own with a broken file is told which.
    let own = folder.path().join("knowledge");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("segments.toml"), "currency = 1").unwrap();
    let output = crate::cli::attendant(&folder, &["segments"])
        .env("ATTENDANT_KNOWLEDGE", &own)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("segments.toml"), "{said}");
    std::fs::remove_file(own.join("segments.toml")).unwrap();
    let output = crate::cli::attendant(&folder, &["segments"])
        .env("ATTENDANT_KNOWLEDGE", &own)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("has no segments.toml"), "{said}");
}
