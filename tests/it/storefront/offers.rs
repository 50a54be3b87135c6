//! Whatever is bought together with a code, no line goes below its cost and the shop's floor, and
//! what comes off is what the offer says.

use attendant::app::App;
use attendant::clock::Clock;
use attendant::config::{Config, DemoScale};
use attendant::customers::Customers;
use attendant::customers::offers::order::Wanted;
use attendant::domain::ids::{CustomerId, Random};
use attendant::domain::offer::{IssuedCode, OfferValue};
use attendant::shop::checkout::{Discount, Item, totals};
use attendant::shop::shipping::shipping;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::running::Folder;

#[tokio::test]
async fn no_order_goes_below_cost_and_floor() {
    let folder = Folder::new("margin");
    let mut config = Config::read(folder.path(), []).unwrap();
    config.demo = DemoScale::Small;
    let app = App::open_at(config, "http://x".into(), Clock::System, Random::Os)
        .await
        .unwrap();
    let products = app.store().products(None, 1_000).await.unwrap();
    let customers = Customers::embedded().unwrap();
    let floor = i128::from(customers.margin_floor_percent());
    let now_ms = app.clock.now_ms();
    let today = app.shop.day(now_ms);
    let service = shipping()
        .on(today)
        .unwrap()
        .service("IE", "standard")
        .unwrap();
    let mut rng = StdRng::seed_from_u64(4);
    let mut taken = 0;
    for round in 0..3_000 {
        let items: Vec<Item> = (0..rng.random_range(1..5))
            .map(|_| {
                let product = products[rng.random_range(0..products.len())].clone();
                let variant = product.variants[0].clone();
                Item {
                    product,
                    variant,
                    quantity: rng.random_range(1..5),
                }
            })
            .collect();
        let offers = &customers.offers().unwrap().list;
        let offer = &offers[round % offers.len()];
        let issued = IssuedCode {
            code: "7K2M-9QXD-41RT".into(),
            offer: offer.id.clone(),
            customer: CustomerId::new("c"),
            terms: offer.terms.clone(),
            issued_ms: now_ms,
            valid_until_ms: now_ms + 1,
            redeemed: None,
        };
        let order = Wanted {
            items: &items,
            service: "standard",
            today,
            zone: &app.shop.profile.zone,
            now_ms,
        };
        let Ok(discount) = customers.discount(&issued.code, Some(&issued), &order) else {
            continue;
        };
        taken += 1;
        holds(&items, &discount, offer.terms.value, floor);
        let totals = totals(&items, service, Some(&discount)).unwrap();
        let paid = totals.goods.minor - totals.discount.minor + totals.shipping.minor;
        assert_eq!(paid, totals.total.minor);
    }
    assert!(taken > 500, "{taken} orders took an offer");
}

fn holds(items: &[Item], discount: &Discount, value: OfferValue, floor: i128) {
    assert_eq!(items.len(), discount.lines.len());
    let mut off = 0;
    for (item, line) in items.iter().zip(&discount.lines) {
        let left = i128::from(item.price().minor - line.minor);
        let cost = i128::from(item.cost().minor);
        assert!(line.minor >= 0);
        if line.minor > 0 {
            let title = &item.product.title;
            assert!(
                left * (100 - floor) >= cost * 100,
                "{title}: {left} left, cost {cost}"
            );
        }
        off += line.minor;
    }
    let goods: i64 = items.iter().map(|item| item.price().minor).sum();
    match value {
        OfferValue::Percent(percent) => assert!(off <= goods * i64::from(percent) / 100),
        OfferValue::Amount(amount) => assert!(off <= amount.minor),
        OfferValue::FreeShipping => assert_eq!(off, 0),
    }
}
