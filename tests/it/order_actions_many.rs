//! Many at once: random order actions by eight sessions on the same orders. The books balance to
//! the cent, no effect happens twice, none is lost, no piece of stock and no cent of a gift card
//! goes astray. Seeded: the same seed makes the same orders and wishes, whoever comes first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use attendant::domain::aftersale::{Aftersale, ClaimStatus, Remedy};
use attendant::domain::customer::{Address, Customer, GiftCard, SavedMethod};
use attendant::domain::event::{Event, EventBody, IdentityProved};
use attendant::domain::identity::{Identity, Proof, ProofMethod};
use attendant::domain::ids::{
    AttachmentId, CustomerId, IdempotencyKey, OrderNumber, PaymentMethodId, Sku,
};
use attendant::domain::money::{Currency, Money};
use attendant::domain::order::{
    Order, OrderHistory, OrderLine, OrderStatus, Payment, PaymentMethod, Shipment, ShipmentStatus,
    ShippedLine,
};
use attendant::domain::product::{Product, Variant};
use attendant::domain::returns::ReturnStatus;
use attendant::knowledge::Knowledge;
use attendant::shop::Shop;
use attendant::shop::money::MoneyLimits;
use attendant::store::customers::NewCustomer;
use attendant::store::orders::Buyer;
use attendant::tools::registry::{Registry, Run};
use attendant::tools::{ToolContext, ToolError};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::demo::{Folder, shop_at};
use crate::support;

const NOW: &str = "2026-09-15T10:00";
const DAY_MS: i64 = 86_400_000;
const SESSIONS: u64 = 8;
/// Sequences in all, over the rounds; each of one to three actions.
const SEQUENCES: u64 = 10_000;
const ROUNDS: u64 = 25;
const CUSTOMERS: u32 = 6;
const ORDERS: u32 = 30;
const STOCK: i64 = 60;

static KNOWLEDGE: LazyLock<Knowledge> =
    LazyLock::new(|| Knowledge::embedded().expect("the demo shop's"));
static TOOLS: LazyLock<Registry> =
    LazyLock::new(|| Registry::new().expect("tools and manifests belong together"));
static PICTURES: LazyLock<Vec<AttachmentId>> = LazyLock::new(|| vec![AttachmentId::new("a1")]);

const ACTIONS: [&str; 8] = [
    "cancel_order",
    "change_address",
    "change_items",
    "change_payment",
    "exchange_items",
    "replace_item",
    "start_return",
    "open_delivery_claim",
];

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn products() -> Vec<Product> {
    (0..5_i64)
        .map(|at| {
            let variants = ["navy", "rust"].iter().zip(0_i64..);
            let variants = variants.flat_map(|(color, c)| {
                let sizes = ["S", "M"].iter().zip(0_i64..);
                sizes.map(move |(size, s)| Variant {
                    sku: Sku::new(format!("p{at}-{color}-{size}")),
                    color: (*color).to_owned(),
                    size: (*size).to_owned(),
                    stock: STOCK,
                    price: (c + s > 0).then(|| eur(2_999 + at * 501 + c * 333 + s * 77)),
                })
            });
            Product {
                price: eur(2_999 + at * 501),
                variants: variants.collect(),
                ..support::product(&format!("p{at}"))
            }
        })
        .collect()
}

fn customers() -> Vec<Customer> {
    (0..CUSTOMERS)
        .map(|at| Customer {
            id: CustomerId::new(format!("c{at}")),
            email: format!("c{at}@example.com"),
            first_name: "Kim".into(),
            last_name: format!("Number {at}"),
            created_ms: 0,
            address: Some(address(at)),
            payment_methods: vec![
                SavedMethod {
                    id: PaymentMethodId::new("visa-4242"),
                    method: visa(),
                },
                SavedMethod {
                    id: PaymentMethodId::new("paypal"),
                    method: PaymentMethod::Paypal,
                },
            ],
        })
        .collect()
}

fn visa() -> PaymentMethod {
    PaymentMethod::Card {
        brand: "Visa".into(),
        last4: "4242".into(),
    }
}

fn address(at: u32) -> Address {
    Address {
        name: format!("Kim Number {at}"),
        street: format!("Hill Road {at}"),
        extra: None,
        postcode: "D02 X285".into(),
        city: "Dublin".into(),
        region: None,
        country: "IE".into(),
    }
}

fn card_of(at: u32) -> GiftCard {
    GiftCard {
        id: PaymentMethodId::new(format!("gc-{at}")),
        customer: Some(CustomerId::new(format!("c{at}"))),
        balance: eur(i64::from(at) * 1_777),
        credit: false,
    }
}

fn order(rng: &mut StdRng, at: u32, products: &[Product], now_ms: i64) -> Order {
    let owner = rng.random_range(0..CUSTOMERS);
    let lines: Vec<OrderLine> = (1..=rng.random_range(1..=4_u32))
        .map(|number| {
            let product = &products[rng.random_range(0..products.len())];
            let variant = &product.variants[rng.random_range(0..product.variants.len())];
            let quantity = rng.random_range(1..=3_u32);
            let price = product.price_of(variant);
            let discount = [0, 0, 1, 100, 997][rng.random_range(0..5)];
            OrderLine {
                line: number,
                sku: variant.sku.clone(),
                product: product.id.clone(),
                title: format!("Thing {number}"),
                category: "fleece".into(),
                color: variant.color.clone(),
                size: variant.size.clone(),
                quantity,
                unit_price: eur(price.minor + rng.random_range(-200..=200_i64)),
                discount: eur(discount),
                final_sale: false,
                hygiene: false,
            }
        })
        .collect();
    let shipping = eur([0, 490][rng.random_range(0..2)]);
    let total = eur(lines.iter().map(|line| line.paid().minor).sum::<i64>() + shipping.minor);
    let delivered = rng.random_bool(0.5);
    let placed_ms = now_ms - if delivered { 6 * DAY_MS } else { 3_600_000 };
    Order {
        number: OrderNumber::new(format!("7{at:04}")),
        customer: CustomerId::new(format!("c{owner}")),
        placed_ms,
        status: if delivered {
            OrderStatus::Delivered
        } else {
            OrderStatus::Processing
        },
        currency: Currency::EUR,
        shipping,
        total,
        payments: payments(rng, owner, total, placed_ms),
        shipments: if delivered {
            vec![parcel(&lines, now_ms)]
        } else {
            Vec::new()
        },
        lines,
        address: Some(address(owner)),
        note: None,
        history: OrderHistory::default(),
    }
}

fn payments(rng: &mut StdRng, owner: u32, total: Money, at_ms: i64) -> Vec<Payment> {
    let pay = |id: &str, method: PaymentMethod, method_id: &str, amount: Money| Payment {
        id: id.into(),
        method,
        method_id: Some(PaymentMethodId::new(method_id)),
        amount,
        at_ms,
    };
    let gift = if rng.random_bool(0.3) {
        total.minor * rng.random_range(1..100_i64) / 100
    } else {
        0
    };
    let mut payments = Vec::new();
    if gift > 0 {
        let id = format!("gc-{owner}");
        payments.push(pay(
            "p1",
            PaymentMethod::GiftCard { id: id.clone() },
            &id,
            eur(gift),
        ));
    }
    payments.push(pay("p2", visa(), "visa-4242", eur(total.minor - gift)));
    payments
}

fn parcel(lines: &[OrderLine], now_ms: i64) -> Shipment {
    Shipment {
        carrier: "Swiftline".into(),
        tracking: "SWL1".into(),
        status: ShipmentStatus::Delivered,
        lines: lines
            .iter()
            .map(|line| ShippedLine {
                line: line.line,
                quantity: line.quantity,
            })
            .collect(),
        shipped_ms: now_ms - 6 * DAY_MS,
        estimate: None,
        delivered_ms: Some(now_ms - 5 * DAY_MS),
        events: Vec::new(),
    }
}

/// What one session wants of one order.
fn wish(rng: &mut StdRng, order: &Order) -> (&'static str, Value) {
    let tool = ACTIONS[rng.random_range(0..ACTIONS.len())];
    let number = order.number.as_str();
    let line = rng.random_range(1..=order.lines.len());
    let quantity = [Some(1), Some(2), None][rng.random_range(0..3)];
    let color = ["navy", "rust"][rng.random_range(0..2)];
    let size = ["S", "M"][rng.random_range(0..2)];
    let method = ["visa-4242", "paypal", "gift card", "gc-1"][rng.random_range(0..4)];
    let items = json!([{"line": line, "quantity": quantity, "color": color, "size": size,
        "sku": null, "remove": rng.random_bool(0.1)}]);
    let problem = ["wrong", "damaged", "missing"][rng.random_range(0..3)];
    let remedy = ["replacement", "refund"][rng.random_range(0..2)];
    let refund_to = ["original", "gift_card"][rng.random_range(0..2)];
    let arguments = match tool {
        "cancel_order" => json!({"order_number": number, "reason": "no_longer_needed"}),
        "change_address" => json!({"order_number": number, "address": {"street":
            format!("New Road {}", rng.random_range(1..99)), "postcode": "D01 F5P2", "city": "Dublin",
            "name": null, "extra": null, "region": null, "country": null}}),
        "change_items" => {
            json!({"order_number": number, "items": items, "payment_method": method})
        }
        "change_payment" => json!({"order_number": number, "payment_method": method}),
        "exchange_items" => {
            let mut items = items;
            if let Some(item) = items[0].as_object_mut() {
                item.remove("remove");
            }
            json!({"order_number": number, "items": items, "payment_method": method})
        }
        "replace_item" => json!({"order_number": number, "remedy": remedy, "refund_to": refund_to,
            "items": [{"line": line, "quantity": quantity, "problem": problem}]}),
        "start_return" => json!({"order_number": number, "refund_to": refund_to,
            "payment_method": null, "gift": null, "gift_email": null,
            "items": [{"line": line, "quantity": quantity, "reason": "size_too_small"}]}),
        _ => json!({"order_number": number, "parcel": null, "remedy": remedy}),
    };
    (tool, arguments)
}

fn context<'a>(shop: &'a Shop, owner: &CustomerId) -> ToolContext<'a> {
    let event = Event {
        seq: 1,
        at_ms: 0,
        body: EventBody::IdentityProved(IdentityProved {
            proof: Proof::Customer {
                customer: owner.clone(),
                method: ProofMethod::Token,
            },
        }),
    };
    let identity = Identity::fold(&[event]);
    ToolContext {
        orders: identity.orders(),
        customer: identity.customer(),
        pictures: &PICTURES,
        ..support::context(shop, &KNOWLEDGE)
    }
}

/// What came of one try of an effect.
#[derive(Debug, PartialEq)]
enum Came {
    Done(String),
    Refused,
}

async fn execute(
    shop: &Shop,
    tool: &str,
    owner: &CustomerId,
    resolved: Value,
    key: &IdempotencyKey,
) -> Came {
    let Some(Run::Confirm(run)) = TOOLS.get(tool).map(|tool| &tool.run) else {
        panic!("{tool} proposes")
    };
    match run.execute(&context(shop, owner), resolved, key).await {
        Ok(output) => Came::Done(output.content),
        Err(ToolError::Refused(_)) => Came::Refused,
        Err(broken) => panic!("{tool}: {broken:?}"),
    }
}

/// One session: its own wishes, on everybody's orders. Gives back the keys whose effect was done.
async fn session(shop: Shop, orders: Arc<Vec<Order>>, seed: u64, sequences: u64) -> Vec<String> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut done = Vec::new();
    for sequence in 0..sequences {
        let order = &orders[rng.random_range(0..orders.len())];
        for step in 0..rng.random_range(1..=3_u32) {
            let (tool, arguments) = wish(&mut rng, order);
            let twice = rng.random_bool(0.3);
            let Some(Run::Confirm(run)) = TOOLS.get(tool).map(|tool| &tool.run) else {
                panic!("{tool} proposes")
            };
            let context = context(&shop, &order.customer);
            let proposed = run.propose(&context, &arguments.to_string()).await;
            let proposal = match proposed {
                Ok(proposal) => proposal,
                Err(ToolError::Failed(broken)) => panic!("{tool} {arguments}: {broken}"),
                Err(_) => continue,
            };
            let key = IdempotencyKey::new(format!("e_{seed:x}_{sequence}_{step}"));
            let try_it = || {
                execute(
                    &shop,
                    tool,
                    &order.customer,
                    proposal.resolved.clone(),
                    &key,
                )
            };
            let came = if twice {
                let (one, other) = tokio::join!(try_it(), try_it());
                let receipts = [&one, &other].map(receipt_of);
                if let (Came::Done(_), Came::Done(_)) = (&one, &other) {
                    assert_eq!(receipts[0], receipts[1], "{tool}: one key, one receipt");
                }
                if one == Came::Refused { other } else { one }
            } else {
                try_it().await
            };
            if matches!(came, Came::Done(_)) {
                done.push(key.to_string());
                if rng.random_bool(0.2) {
                    let again = try_it().await;
                    assert_eq!(receipt_of(&again), receipt_of(&came), "{tool} again");
                }
            }
        }
    }
    done
}

fn receipt_of(came: &Came) -> Option<Value> {
    let Came::Done(content) = came else {
        return None;
    };
    let content: Value = serde_json::from_str(content).expect("a result is JSON");
    assert!(content["receipt"].is_string(), "{content}");
    Some(content["receipt"].clone())
}

/// Pieces by variant.
type Pieces = BTreeMap<Sku, i64>;

/// Pieces of an order that have not left the shop and are set aside for it.
fn set_aside(pieces: &mut Pieces, order: &Order) {
    if order.status == OrderStatus::Processing {
        for line in &order.lines {
            *pieces.entry(line.sku.clone()).or_default() += i64::from(line.quantity);
        }
    }
}

/// What the after-sales of an order have taken out of stock.
fn given_again(pieces: &mut Pieces, aftersales: &[Aftersale]) {
    let mut add = |sku: &Sku, quantity: u32| {
        *pieces.entry(sku.clone()).or_default() += i64::from(quantity);
    };
    for aftersale in aftersales {
        match aftersale {
            Aftersale::Exchange(exchange) => {
                for pair in &exchange.pairs {
                    add(&pair.to, pair.quantity);
                }
            }
            Aftersale::Replacement(made) if made.remedy == Remedy::Replacement => {
                for line in &made.lines {
                    add(&line.sku, line.quantity);
                }
            }
            Aftersale::Claim(claim)
                if claim.status == ClaimStatus::Settled(Remedy::Replacement) =>
            {
                for line in &claim.lines {
                    add(&line.sku, line.quantity);
                }
            }
            _ => {}
        }
    }
}

/// Everything that must hold of one order and what was done for it.
async fn check_order(shop: &Shop, before: &Order, given: &mut Pieces) -> Vec<String> {
    let store = &shop.store;
    let number = &before.number;
    let order = store.order(number).await.expect("reads").expect("there");
    let kept = order.paid_minor() - order.refunded_minor();
    assert_eq!(kept, order.due_minor(), "the books of {number}: {order:#?}");
    let returns = store.returns_of(number).await.expect("reads");
    let aftersales = store.aftersales_of(number).await.expect("reads");
    let receipts = store.receipts_of(number).await.expect("reads");
    let promised: i64 = receipts
        .iter()
        .flat_map(|receipt| &receipt.moves)
        .filter(|one| one.what == attendant::domain::effect::MoveKind::Promise)
        .map(|one| one.amount.minor)
        .sum();
    assert!(
        order.refunded_minor() + promised <= order.paid_minor(),
        "more goes back of {number} than came: {order:#?} {receipts:#?}"
    );
    for line in &order.lines {
        let back: u32 = returns
            .iter()
            .filter(|one| one.status != ReturnStatus::Cancelled)
            .flat_map(|one| &one.lines)
            .filter(|back| back.line == line.line)
            .map(|back| back.quantity)
            .sum();
        let other: u32 = aftersales.iter().map(|one| pieces_of(one, line.line)).sum();
        assert!(back + other <= line.quantity, "a piece of {number} twice");
    }
    set_aside(given, &order);
    given_again(given, &aftersales);
    receipts.iter().map(|one| one.key.to_string()).collect()
}

fn pieces_of(aftersale: &Aftersale, line: u32) -> u32 {
    match aftersale {
        Aftersale::Exchange(exchange) => {
            let pairs = exchange.pairs.iter().filter(|pair| pair.line == line);
            pairs.map(|pair| pair.quantity).sum()
        }
        Aftersale::Replacement(made) => {
            let lines = made.lines.iter().filter(|one| one.line == line);
            lines.map(|one| one.quantity).sum()
        }
        Aftersale::Claim(_) => 0,
    }
}

/// Balances follow from what the receipts say.
async fn check_cards(shop: &Shop, orders: &[Order]) {
    let mut expected: BTreeMap<String, i64> = (0..CUSTOMERS)
        .map(|at| (card_of(at).id.to_string(), card_of(at).balance.minor))
        .collect();
    for order in orders {
        for receipt in shop.store.receipts_of(&order.number).await.expect("reads") {
            for one in &receipt.moves {
                let Some(id) = &one.method_id else { continue };
                let sign = match one.what {
                    attendant::domain::effect::MoveKind::Charge => -1,
                    attendant::domain::effect::MoveKind::Refund => 1,
                    _ => 0,
                };
                if let Some(balance) = expected.get_mut(id.as_str()) {
                    *balance += sign * one.amount.minor;
                }
            }
        }
    }
    for at in 0..CUSTOMERS {
        let id = CustomerId::new(format!("c{at}"));
        for card in shop.store.gift_cards_of(&id).await.expect("reads") {
            assert!(card.balance.minor >= 0, "{card:?}");
            if let Some(balance) = expected.get(card.id.as_str()) {
                assert_eq!(card.balance.minor, *balance, "{card:?}");
            }
        }
    }
}

async fn round(seed: u64, sequences: u64) -> u64 {
    let folder = Folder::new();
    let mut shop = shop_at(&folder, NOW);
    let mut terms = (*shop.terms).clone();
    terms.money = Some(MoneyLimits::none(Currency::EUR));
    shop.terms = Arc::new(terms);
    let now_ms = shop.clock.now_ms();
    let mut rng = StdRng::seed_from_u64(seed);
    let products = products();
    let orders: Vec<Order> = (0..ORDERS)
        .map(|at| order(&mut rng, at, &products, now_ms))
        .collect();
    fill(&shop, &products, &orders).await;
    let shared = Arc::new(orders.clone());
    let sessions = (0..SESSIONS).map(|at| {
        let seed = seed * SESSIONS + at;
        tokio::spawn(session(
            shop.clone(),
            shared.clone(),
            seed,
            sequences / SESSIONS,
        ))
    });
    let mut done: Vec<String> = Vec::new();
    for keys in futures_util::future::join_all(sessions).await {
        done.extend(keys.expect("no session panics"));
    }
    check(&shop, &orders, &done, &products).await;
    done.len() as u64
}

async fn fill(shop: &Shop, products: &[Product], orders: &[Order]) {
    let store = &shop.store;
    store
        .put_products(products.to_vec())
        .await
        .expect("written");
    let new = customers().into_iter().map(|customer| NewCustomer {
        customer,
        known_by_email: false,
    });
    store.put_customers(new.collect()).await.expect("written");
    store
        .put_gift_cards((0..CUSTOMERS).map(card_of).collect())
        .await
        .expect("written");
    let bought = orders
        .iter()
        .map(|order| (Buyer::Id(order.customer.clone()), order.clone()));
    store.put_orders(bought.collect()).await.expect("written");
}

async fn check(shop: &Shop, orders: &[Order], done: &[String], products: &[Product]) {
    let mut given = Pieces::new();
    let mut kept: BTreeSet<String> = BTreeSet::new();
    for order in orders {
        kept.extend(check_order(shop, order, &mut given).await);
    }
    let unique: BTreeSet<String> = done.iter().cloned().collect();
    assert_eq!(unique.len(), done.len(), "a key was done twice");
    assert_eq!(kept, unique, "receipts are what was said to be done");
    check_cards(shop, orders).await;
    let mut before = Pieces::new();
    for order in orders {
        set_aside(&mut before, order);
    }
    for variant in products.iter().flat_map(|product| &product.variants) {
        let now = shop
            .store
            .stock(&variant.sku)
            .await
            .expect("reads")
            .unwrap_or(0);
        let of = |pieces: &Pieces| pieces.get(&variant.sku).copied().unwrap_or(0);
        assert!(now >= 0);
        assert_eq!(
            now + of(&given),
            STOCK + of(&before),
            "pieces of {} went astray",
            variant.sku
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_books_balance_whoever_comes_first() {
    let mut done = 0;
    for seed in 0..ROUNDS {
        done += round(seed, SEQUENCES / ROUNDS).await;
    }
    // Most wishes cannot be had; were hardly any, nothing would be shown.
    assert!(done > SEQUENCES / 10, "only {done} effects were done");
}
