//! A small shop with one customer, and its tools.

use std::sync::LazyLock;

use attendant::domain::customer::{Address, Customer, GiftCard, SavedMethod};
use attendant::domain::event::{Event, EventBody, IdentityProved};
use attendant::domain::identity::{Identity, Proof, ProofMethod};
use attendant::domain::ids::{
    CustomerId, IdempotencyKey, OrderNumber, PaymentMethodId, ProductId, Sku,
};
use attendant::domain::money::{Currency, Money};
use attendant::domain::order::{
    Order, OrderHistory, OrderLine, OrderStatus, Payment, PaymentMethod,
};
use attendant::domain::product::{Product, Variant};
use attendant::knowledge::Knowledge;
use attendant::shop::Shop;
use attendant::store::customers::NewCustomer;
use attendant::store::orders::Buyer;
use attendant::tools::registry::{Registry, Run};
use attendant::tools::{Proposal, ToolContext, ToolError, ToolOutput};
use serde_json::{Value, json};

use crate::demo::{Folder, NOW, shop_at};
use crate::support;

static KNOWLEDGE: LazyLock<Knowledge> =
    LazyLock::new(|| Knowledge::embedded().expect("the demo shop's"));
static TOOLS: LazyLock<Registry> =
    LazyLock::new(|| Registry::new().expect("tools and manifests belong together"));

pub const OWNER: &str = "c_ada";

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

pub fn visa() -> PaymentMethod {
    PaymentMethod::Card {
        brand: "Visa".into(),
        last4: "4242".into(),
    }
}

pub fn gift(id: &str) -> PaymentMethod {
    PaymentMethod::GiftCard { id: id.into() }
}

pub fn home() -> Address {
    Address {
        name: "Ada Byrne".into(),
        street: "1 Shop Street".into(),
        extra: None,
        postcode: "H91 AA11".into(),
        city: "Galway".into(),
        region: None,
        country: "IE".into(),
    }
}

pub fn customer() -> Customer {
    let saved = |id: &str, method| SavedMethod {
        id: PaymentMethodId::new(id),
        method,
    };
    Customer {
        id: CustomerId::new(OWNER),
        email: "ada@example.com".into(),
        first_name: "Ada".into(),
        last_name: "Byrne".into(),
        created_ms: 0,
        address: Some(home()),
        payment_methods: vec![
            saved("visa-4242", visa()),
            saved("paypal", PaymentMethod::Paypal),
        ],
    }
}

fn variant(sku: &str, color: &str, size: &str, stock: i64, price: Option<i64>) -> Variant {
    Variant {
        sku: Sku::new(sku),
        color: color.into(),
        size: size.into(),
        stock,
        price: price.map(eur),
    }
}

/// A coat for €50.00, in L for €60.00, and a hat.
pub fn products() -> Vec<Product> {
    let coat = Product {
        title: "Moor Coat".into(),
        variants: vec![
            variant("coat-navy-s", "navy", "S", 0, None),
            variant("coat-navy-m", "navy", "M", 5, None),
            variant("coat-navy-l", "navy", "L", 5, Some(6_000)),
            variant("coat-green-m", "moss green", "M", 1, None),
        ],
        ..support::product("coat")
    };
    let hat = Product {
        title: "Tor Hat".into(),
        price: eur(2_000),
        variants: vec![variant("hat", "grey", "one size", 5, None)],
        ..support::product("hat")
    };
    vec![coat, hat]
}

/// A line of one of the products; "gone" is of one that is not sold any more.
pub fn line(number: u32, sku: &str, quantity: u32, unit: i64, discount: i64) -> OrderLine {
    let all = products();
    let product = all
        .iter()
        .find(|product| product.variant(&Sku::new(sku)).is_some());
    let variant = product.and_then(|product| product.variant(&Sku::new(sku)));
    OrderLine {
        line: number,
        sku: Sku::new(sku),
        product: product.map_or(ProductId::new("gone"), |product| product.id.clone()),
        title: product.map_or("Old Scarf".into(), |product| product.title.clone()),
        category: "things".into(),
        color: variant.map_or("red".into(), |variant| variant.color.clone()),
        size: variant.map_or(String::new(), |variant| variant.size.clone()),
        quantity,
        unit_price: eur(unit),
        discount: eur(discount),
        final_sale: false,
        hygiene: false,
    }
}

/// In processing since half an hour, nothing paid yet, without shipping.
pub fn order(number: &str, lines: Vec<OrderLine>) -> Order {
    let placed: jiff::Timestamp = "2026-11-21T09:30:00Z".parse().expect("a time");
    Order {
        number: OrderNumber::new(number),
        customer: CustomerId::new(OWNER),
        placed_ms: placed.as_millisecond(),
        status: OrderStatus::Processing,
        currency: Currency::EUR,
        total: eur(lines.iter().map(|line| line.paid().minor).sum()),
        lines,
        shipping: eur(0),
        payments: Vec::new(),
        shipments: Vec::new(),
        address: Some(home()),
        note: None,
        history: OrderHistory::default(),
    }
}

pub fn pay(order: &mut Order, payments: &[(PaymentMethod, &str, i64)]) {
    for (method, id, minor) in payments {
        order.payments.push(Payment {
            id: format!("p{}", order.payments.len()),
            method: method.clone(),
            method_id: Some(PaymentMethodId::new(id)),
            amount: eur(*minor),
            at_ms: order.placed_ms,
        });
    }
}

fn proved(proof: Proof) -> Identity {
    Identity::fold(&[Event {
        seq: 1,
        at_ms: 0,
        body: EventBody::IdentityProved(IdentityProved { proof }),
    }])
}

fn signed_in(id: &str) -> Identity {
    proved(Proof::Customer {
        customer: CustomerId::new(id),
        method: ProofMethod::Terminal,
    })
}

pub fn own() -> Identity {
    signed_in(OWNER)
}

pub fn other_customer() -> Identity {
    signed_in("c_other")
}

/// Who has proved an order by its number and e-mail.
pub fn order_alone(number: &str) -> Identity {
    proved(Proof::Order {
        order: OrderNumber::new(number),
        owner: Some(CustomerId::new(OWNER)),
        method: ProofMethod::OrderDetails,
    })
}

pub fn refused(result: Result<impl std::fmt::Debug, ToolError>) -> String {
    match result {
        Err(ToolError::Refused(words)) => words,
        other => panic!("not refused: {other:?}"),
    }
}

pub struct Bench {
    pub shop: Shop,
    _folder: Folder,
}

impl Bench {
    pub async fn new() -> Self {
        let folder = Folder::new();
        let shop = shop_at(&folder, NOW);
        let put = shop.store.put_products(products()).await;
        assert!(put.expect("written").iter().all(Option::is_none));
        let new = NewCustomer {
            customer: customer(),
            known_by_email: false,
        };
        let put = shop.store.put_customers(vec![new]).await;
        assert!(put.expect("written").iter().all(Option::is_none));
        Self {
            shop,
            _folder: folder,
        }
    }

    pub async fn put(&self, order: &Order) {
        let buyer = Buyer::Id(order.customer.clone());
        let put = self.shop.store.put_orders(vec![(buyer, order.clone())]);
        assert_eq!(put.await.expect("written"), [None]);
    }

    pub async fn order(&self, number: &str) -> Order {
        let found = self.shop.store.order(&OrderNumber::new(number)).await;
        found.expect("readable").expect("it is there")
    }

    pub async fn customer(&self) -> Customer {
        let found = self.shop.store.customer(&CustomerId::new(OWNER)).await;
        found.expect("readable").expect("it is there")
    }

    /// Sets what a gift card of the customer holds.
    pub async fn give(&self, id: &str, minor: i64) {
        let card = GiftCard {
            id: PaymentMethodId::new(id),
            customer: Some(CustomerId::new(OWNER)),
            balance: eur(minor),
            credit: false,
        };
        self.shop
            .store
            .put_gift_cards(vec![card])
            .await
            .expect("written");
    }

    pub async fn balance(&self, id: &str) -> Option<i64> {
        let cards = self.shop.store.gift_cards_of(&CustomerId::new(OWNER)).await;
        let cards = cards.expect("readable");
        let card = cards.iter().find(|card| card.id.as_str() == id)?;
        Some(card.balance.minor)
    }

    pub async fn stock(&self, sku: &str) -> i64 {
        let stock = self.shop.store.stock(&Sku::new(sku)).await;
        stock.expect("readable").expect("it is sold")
    }

    fn context(&self, who: &Identity) -> ToolContext<'_> {
        ToolContext {
            orders: who.orders(),
            customer: who.customer(),
            ..support::context(&self.shop, &KNOWLEDGE)
        }
    }

    pub async fn propose_as(
        &self,
        who: Identity,
        tool: &str,
        arguments: Value,
    ) -> Result<Proposal<Value>, ToolError> {
        let Some(Run::Confirm(run)) = TOOLS.get(tool).map(|tool| &tool.run) else {
            panic!("{tool} proposes")
        };
        run.propose(&self.context(&who), &arguments.to_string())
            .await
    }

    pub async fn propose(
        &self,
        tool: &str,
        arguments: Value,
    ) -> Result<Proposal<Value>, ToolError> {
        self.propose_as(own(), tool, arguments).await
    }

    pub async fn execute(
        &self,
        tool: &str,
        proposal: &Proposal<Value>,
        key: &str,
    ) -> Result<ToolOutput, ToolError> {
        let Some(Run::Confirm(run)) = TOOLS.get(tool).map(|tool| &tool.run) else {
            panic!("{tool} proposes")
        };
        let key = IdempotencyKey::new(key);
        run.execute(&self.context(&own()), proposal.resolved.clone(), &key)
            .await
    }

    pub async fn look_up(&self, who: Identity, number: &str) -> Value {
        let Some(Run::Read(run)) = TOOLS.get("lookup_order").map(|tool| &tool.run) else {
            panic!("it reads")
        };
        let arguments = json!({ "order_number": number }).to_string();
        let told = run.call(&self.context(&who), &arguments).await;
        serde_json::from_str(&told.expect("covered").content).expect("JSON")
    }
}
