//! A small shop and somebody who asks: one customer with a card and gift cards, two products.

use std::sync::LazyLock;

use attendant::clock::Clock;
use attendant::domain::customer::{Address, Customer, GiftCard, SavedMethod};
use attendant::domain::effect::Receipt;
use attendant::domain::event::{Event, EventBody, IdentityProved};
use attendant::domain::identity::{Identity, Proof, ProofMethod};
use attendant::domain::ids::{
    AttachmentId, CustomerId, IdempotencyKey, OrderNumber, PaymentMethodId, ProductId, Sku,
};
use attendant::domain::money::{Currency, Money};
use attendant::domain::order::{
    Order, OrderHistory, OrderLine, OrderStatus, Payment, PaymentMethod, Shipment, ShipmentStatus,
    ShippedLine,
};
use attendant::domain::product::{Product, Variant};
use attendant::knowledge::Knowledge;
use attendant::shop::Shop;
use attendant::store::returns::ShopContent;
use attendant::tools::registry::{Registry, Run};
use attendant::tools::{Proposal, ToolContext, ToolError, ToolOutput};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::demo::{Folder, shop_at};
use crate::support;

pub static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| Knowledge::embedded().unwrap());
static TOOLS: LazyLock<Registry> = LazyLock::new(|| Registry::new().unwrap());

/// Saturday 21 November 2026.
pub const NOW: &str = "2026-11-21T10:00:00Z";
const DAY_MS: i64 = 86_400_000;

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn now_ms() -> i64 {
    NOW.parse::<Timestamp>().unwrap().as_millisecond()
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The order's customer, signed in.
    Customer,
    /// Somebody who knows the order's number and postcode.
    Holder,
}

pub struct Desk {
    pub shop: Shop,
    pub pictures: Vec<AttachmentId>,
    pub wrote: String,
    /// The agent whose yes it is.
    pub agent: Option<&'static str>,
    /// What an order may have back without one.
    pub limit: Option<Money>,
    _folder: Folder,
}

impl Desk {
    pub async fn of(orders: Vec<Order>) -> Self {
        let folder = Folder::new();
        let shop = shop_at(&folder, NOW);
        let content = ShopContent {
            products: vec![jacket(), fleece()],
            customers: vec![customer()],
            orders,
            returns: Vec::new(),
            gift_cards: vec![card("gc_20", 2_000)],
        };
        assert!(shop.store.put_demo(content).await.unwrap());
        Self {
            shop,
            pictures: Vec::new(),
            wrote: String::new(),
            agent: None,
            limit: None,
            _folder: folder,
        }
    }

    /// The same shop after some days.
    pub fn days_later(&mut self, days: i64) {
        let at = Timestamp::from_millisecond(self.shop.clock.now_ms() + days * DAY_MS).unwrap();
        self.shop.clock = Clock::fixed(at);
    }

    fn context(&self, who: Who) -> ToolContext<'_> {
        let (customer, method) = (CustomerId::new("c_zoe"), ProofMethod::Token);
        let proof = match who {
            Who::Customer => Proof::Customer { customer, method },
            Who::Holder => Proof::Order {
                order: OrderNumber::new("10482"),
                owner: Some(customer),
                method: ProofMethod::OrderDetails,
            },
        };
        let identity = Identity::fold(&[Event {
            seq: 1,
            at_ms: 0,
            body: EventBody::IdentityProved(IdentityProved { proof }),
        }]);
        ToolContext {
            orders: identity.orders(),
            customer: identity.customer(),
            pictures: &self.pictures,
            shopper_wrote: &self.wrote,
            approved_by: self.agent,
            refund_limit: self.limit,
            ..support::context(&self.shop, &KNOWLEDGE)
        }
    }

    pub async fn propose(
        &self,
        who: Who,
        tool: &str,
        mut asked: Value,
    ) -> Result<Proposal<Value>, ToolError> {
        let Run::Confirm(run) = &TOOLS.get(tool).unwrap().run else {
            panic!("it proposes")
        };
        if asked["order_number"].is_null() {
            asked["order_number"] = json!("10482");
        }
        run.propose(&self.context(who), &asked.to_string()).await
    }

    pub async fn execute(
        &self,
        who: Who,
        tool: &str,
        resolved: Value,
        key: &str,
    ) -> Result<ToolOutput, ToolError> {
        let Run::Confirm(run) = &TOOLS.get(tool).unwrap().run else {
            panic!("it proposes")
        };
        let key = IdempotencyKey::new(key);
        run.execute(&self.context(who), resolved, &key).await
    }

    /// Proposed and confirmed; what the model reads of both.
    pub async fn done(&self, who: Who, tool: &str, asked: Value, key: &str) -> (Value, ToolOutput) {
        let proposal = self.propose(who, tool, asked).await.unwrap();
        let content = serde_json::from_str(&proposal.content).unwrap();
        let output = self.execute(who, tool, proposal.resolved, key).await;
        (content, output.unwrap())
    }

    pub async fn refused(&self, who: Who, tool: &str, asked: Value) -> String {
        refused(self.propose(who, tool, asked).await)
    }

    pub async fn order(&self) -> Order {
        let number = OrderNumber::new("10482");
        self.shop.store.order(&number).await.unwrap().unwrap()
    }

    pub async fn receipts(&self) -> Vec<Receipt> {
        let number = OrderNumber::new("10482");
        self.shop.store.receipts_of(&number).await.unwrap()
    }

    pub async fn stock(&self, sku: &str) -> i64 {
        self.shop
            .store
            .stock(&Sku::new(sku))
            .await
            .unwrap()
            .unwrap()
    }

    pub async fn balance(&self, card: &str) -> i64 {
        let zoe = CustomerId::new("c_zoe");
        let cards = self.shop.store.gift_cards_of(&zoe).await.unwrap();
        let card = cards.iter().find(|one| one.id.as_str() == card);
        card.map_or(0, |card| card.balance.minor)
    }

    /// What `lookup_order` tells.
    pub async fn told(&self) -> Value {
        let Run::Read(run) = &TOOLS.get("lookup_order").unwrap().run else {
            panic!("it reads")
        };
        let asked = json!({"order_number": "10482"}).to_string();
        let output = run
            .call(&self.context(Who::Customer), &asked)
            .await
            .unwrap();
        serde_json::from_str(&output.content).unwrap()
    }
}

pub fn refused<T: std::fmt::Debug>(result: Result<T, ToolError>) -> String {
    match result {
        Err(ToolError::Refused(words) | ToolError::Person(words)) => words,
        other => panic!("not refused: {other:?}"),
    }
}

pub fn json_of(output: &ToolOutput) -> Value {
    serde_json::from_str(&output.content).unwrap()
}

fn customer() -> Customer {
    Customer {
        id: CustomerId::new("c_zoe"),
        email: "zoe@example.com".into(),
        first_name: "Zoe".into(),
        last_name: "Lind".into(),
        created_ms: 0,
        address: None,
        payment_methods: vec![SavedMethod {
            id: PaymentMethodId::new("visa-4242"),
            method: visa(),
        }],
    }
}

pub fn visa() -> PaymentMethod {
    PaymentMethod::Card {
        brand: "Visa".into(),
        last4: "4242".into(),
    }
}

pub fn card(id: &str, minor: i64) -> GiftCard {
    GiftCard {
        id: PaymentMethodId::new(id),
        customer: Some(CustomerId::new("c_zoe")),
        balance: eur(minor),
        credit: false,
    }
}

/// €100.00 in navy, €120.00 in moss green.
fn jacket() -> Product {
    let variant = |sku: &str, color: &str, size: &str, stock, price| Variant {
        sku: Sku::new(sku),
        color: color.into(),
        size: size.into(),
        stock,
        price,
    };
    Product {
        title: "Sleet Rain Jacket".into(),
        category: "rain-jackets".into(),
        price: eur(10_000),
        variants: vec![
            variant("j-nm", "navy", "M", 3, None),
            variant("j-nl", "navy", "L", 2, None),
            variant("j-gm", "moss green", "M", 5, Some(eur(12_000))),
            variant("j-nx", "navy", "XL", 0, None),
            variant("j-rs", "red", "S", 4, Some(eur(8_000))),
        ],
        ..support::product("p_jacket")
    }
}

fn fleece() -> Product {
    let mut fleece = Product {
        title: "Moss Fleece".into(),
        category: "fleece".into(),
        price: eur(3_333),
        ..support::product("p_fleece")
    };
    fleece.variants[0].sku = Sku::new("f-m");
    fleece
}

pub fn line(number: u32, sku: &str, quantity: u32) -> OrderLine {
    let is_jacket = sku.starts_with('j');
    OrderLine {
        line: number,
        sku: Sku::new(sku),
        product: ProductId::new(if is_jacket { "p_jacket" } else { "p_fleece" }),
        title: if is_jacket {
            "Sleet Rain Jacket"
        } else {
            "Moss Fleece"
        }
        .into(),
        category: if is_jacket { "rain-jackets" } else { "fleece" }.into(),
        color: if is_jacket { "navy" } else { "black" }.into(),
        size: "M".into(),
        quantity,
        unit_price: eur(if is_jacket { 10_000 } else { 3_333 }),
        discount: eur(0),
        final_sale: false,
        hygiene: false,
    }
}

/// Where a parcel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// So many days ago.
    Delivered(i64),
    /// On its way since so many days, expected after two or three.
    Sent(i64),
}

pub fn parcel(tracking: &str, lines: &[(u32, u32)], fate: Fate) -> Shipment {
    let (delivered, shipped) = match fate {
        Fate::Delivered(days) => (Some(days), days + 2),
        Fate::Sent(days) => (None, days),
    };
    let shipped_ms = now_ms() - shipped * DAY_MS;
    let day = |after: i64| {
        let at = Timestamp::from_millisecond(shipped_ms + after * DAY_MS).unwrap();
        at.to_zoned(jiff::tz::TimeZone::UTC).date()
    };
    Shipment {
        carrier: "Swiftline".into(),
        tracking: tracking.into(),
        status: match fate {
            Fate::Delivered(_) => ShipmentStatus::Delivered,
            Fate::Sent(_) => ShipmentStatus::InTransit,
        },
        lines: lines
            .iter()
            .map(|(line, quantity)| ShippedLine {
                line: *line,
                quantity: *quantity,
            })
            .collect(),
        shipped_ms,
        estimate: Some((day(2), day(3))),
        delivered_ms: delivered.map(|days| now_ms() - days * DAY_MS),
        events: Vec::new(),
    }
}

/// Order 10482, paid with a Visa, of €5.00 shipping.
pub fn order(lines: Vec<OrderLine>, parcels: Vec<Shipment>) -> Order {
    let shipped = parcels.iter().map(|parcel| parcel.shipped_ms).min();
    let placed_ms = shipped.unwrap_or(now_ms()) - DAY_MS;
    let arrived = parcels.iter().all(|parcel| parcel.delivered_ms.is_some());
    let total = eur(lines.iter().map(|line| line.paid().minor).sum::<i64>() + 500);
    Order {
        number: OrderNumber::new("10482"),
        customer: CustomerId::new("c_zoe"),
        placed_ms,
        status: match (parcels.is_empty(), arrived) {
            (true, _) => OrderStatus::Processing,
            (false, true) => OrderStatus::Delivered,
            (false, false) => OrderStatus::InTransit,
        },
        currency: Currency::EUR,
        lines,
        shipping: eur(500),
        total,
        payments: vec![Payment {
            id: "p1".into(),
            method: visa(),
            method_id: Some(PaymentMethodId::new("visa-4242")),
            amount: total,
            at_ms: placed_ms,
        }],
        shipments: parcels,
        address: Some(Address {
            name: "Zoe Lind".into(),
            street: "1 Quay Street".into(),
            extra: None,
            postcode: "H91 X2Y9".into(),
            city: "Galway".into(),
            region: None,
            country: "IE".into(),
        }),
        note: None,
        history: OrderHistory::default(),
    }
}

/// One jacket and three fleeces that came a week ago.
pub fn delivered() -> Order {
    order(
        vec![line(1, "j-nm", 1), line(2, "f-m", 3)],
        vec![parcel("SWL1", &[(1, 1), (2, 3)], Fate::Delivered(7))],
    )
}
