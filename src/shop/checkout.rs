//! From a cart to an order: what it costs, what is in the way, and placing it once.
//!
//! What an offer takes off is the caller's to say (`customers::offers::order`): it is asked again
//! in the transaction that writes the order, with the code and the products as they are then.

use super::Shop;
use super::shipping::Service;
use crate::domain::customer::Address;
use crate::domain::ids::{CustomerId, IdempotencyKey, OrderNumber, Random, Sku, sha256_hex};
use crate::domain::limits::{CART_LINES_MAX, CART_QUANTITY_MAX, ORDER_NUMBERS_TRIED_MAX};
use crate::domain::money::Money;
use crate::domain::offer::IssuedCode;
use crate::domain::order::{Order, OrderLine, OrderStatus, Payment, PaymentMethod};
use crate::domain::product::{Product, Variant};
use crate::store::StoreError;
use crate::store::checkouts::{AsItIs, NewCheckout, Ordered, Placed};
use crate::store::orders::Buyer;

/// A variant in the cart, with its product as it is.
#[derive(Clone, Debug)]
pub struct Item {
    pub product: Product,
    pub variant: Variant,
    pub quantity: u32,
}

/// What an offer takes off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    pub title: String,
    /// Of each item.
    pub lines: Vec<Money>,
    pub free_shipping: bool,
    /// Is it for a code that is used up by the order?
    pub redeems: bool,
}

/// What an order comes to: `goods - discount + shipping = total`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Items before discounts.
    pub goods: Money,
    pub discount: Money,
    pub shipping: Money,
    pub total: Money,
}

/// A checkout as the shopper has confirmed it.
#[derive(Clone, Debug)]
pub struct Checkout {
    pub key: IdempotencyKey,
    pub buyer: Buyer,
    pub address: Address,
    pub lines: Vec<(Sku, u32)>,
    pub service: String,
    pub code: Option<String>,
    pub method: PaymentMethod,
    /// What the shopper saw: another amount is another question.
    pub total: Money,
}

/// Why no order is placed; `E` is why the code takes nothing off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal<E> {
    Empty,
    TooMuch,
    /// Not in the shop any more.
    Gone(Sku),
    SoldOut {
        sku: Sku,
        title: String,
        left: i64,
    },
    /// The shop does not ship there, or not by that service.
    NotShipped,
    Code(E),
    /// It would come to another amount by now.
    Changed(Totals),
}

impl Item {
    /// Of all pieces together.
    pub fn price(&self) -> Money {
        self.times(self.product.price_of(&self.variant))
    }

    /// What all pieces cost the shop. Never shown.
    pub fn cost(&self) -> Money {
        self.times(self.product.cost)
    }

    fn times(&self, piece: Money) -> Money {
        let minor = piece.minor.saturating_mul(i64::from(self.quantity));
        Money::new(minor, piece.currency)
    }
}

/// The items of a cart, or the first that cannot be bought so.
pub fn items<E>(
    wanted: &[(Sku, u32)],
    products: &[Option<Product>],
) -> Result<Vec<Item>, Refusal<E>> {
    if wanted.is_empty() {
        return Err(Refusal::Empty);
    }
    let too_many = |quantity: &u32| !(1..=CART_QUANTITY_MAX).contains(quantity);
    if wanted.len() > CART_LINES_MAX || wanted.iter().any(|(_, quantity)| too_many(quantity)) {
        return Err(Refusal::TooMuch);
    }
    wanted
        .iter()
        .zip(products)
        .map(|((sku, quantity), product)| {
            let gone = || Refusal::Gone(sku.clone());
            let product = product.as_ref().ok_or_else(gone)?;
            let variant = product.variants.iter().find(|one| one.sku == *sku);
            let variant = variant.ok_or_else(gone)?;
            if variant.stock < i64::from(*quantity) {
                return Err(Refusal::SoldOut {
                    sku: sku.clone(),
                    title: product.title.clone(),
                    left: variant.stock.max(0),
                });
            }
            Ok(Item {
                product: product.clone(),
                variant: variant.clone(),
                quantity: *quantity,
            })
        })
        .collect()
}

/// What items come to by a service. `None` where amounts of several currencies meet.
pub fn totals(items: &[Item], service: &Service, discount: Option<&Discount>) -> Option<Totals> {
    let zero = Money::zero(service.price.currency);
    let sum = |mut all: Box<dyn Iterator<Item = Money> + '_>| {
        all.try_fold(zero, |sum, one| sum.plus(one))
    };
    let goods = sum(Box::new(items.iter().map(Item::price)))?;
    let off = match discount {
        Some(discount) => sum(Box::new(discount.lines.iter().copied()))?,
        None => zero,
    };
    let paid = Money::new(goods.minor.checked_sub(off.minor)?, zero.currency);
    let free = discount.is_some_and(|discount| discount.free_shipping);
    let shipping = if free { zero } else { service.price_at(paid) };
    Some(Totals {
        goods,
        discount: off,
        shipping,
        total: paid.plus(shipping)?,
    })
}

impl Shop {
    /// Places an order once per key. `discount` says what the code takes off, from the customer's
    /// own code as it is in the transaction and the items as they are then.
    pub async fn place_order<E, F>(
        &self,
        checkout: Checkout,
        now_ms: i64,
        discount: F,
    ) -> Result<Placed<Refusal<E>>, StoreError>
    where
        E: Send + 'static,
        F: FnOnce(&str, Option<&IssuedCode>, &[Item]) -> Result<Discount, E> + Send + 'static,
    {
        let terms = self.terms.shipping.as_ref();
        let terms = terms.and_then(|terms| terms.in_force(self.day(now_ms)));
        let service = terms
            .and_then(|terms| terms.service(&checkout.address.country, &checkout.service))
            .cloned();
        let Some(service) = service else {
            return Ok(Placed::Refused(Refusal::NotShipped));
        };
        let new = NewCheckout {
            key: checkout.key.clone(),
            content: content(&checkout),
            buyer: checkout.buyer.clone(),
            skus: checkout.lines.iter().map(|(sku, _)| sku.clone()).collect(),
            code: checkout.code.clone(),
            numbers: (0..ORDER_NUMBERS_TRIED_MAX)
                .map(|_| order_number(&self.random))
                .collect(),
        };
        let payment = format!("pay_{}", self.random.digits6());
        self.store
            .place_order(new, move |now| {
                decide(checkout, now, &service, discount, payment, now_ms)
            })
            .await
    }
}

fn decide<E>(
    checkout: Checkout,
    now: &AsItIs,
    service: &Service,
    discount: impl FnOnce(&str, Option<&IssuedCode>, &[Item]) -> Result<Discount, E>,
    payment: String,
    now_ms: i64,
) -> Result<Ordered, Refusal<E>> {
    let items = items(&checkout.lines, &now.products)?;
    let discount = match &checkout.code {
        Some(code) => Some(discount(code, now.code.as_ref(), &items).map_err(Refusal::Code)?),
        None => None,
    };
    let totals = totals(&items, service, discount.as_ref()).ok_or(Refusal::TooMuch)?;
    if totals.total != checkout.total {
        return Err(Refusal::Changed(totals));
    }
    let zero = Money::zero(totals.total.currency);
    let off = |at: usize| {
        let lines = discount.as_ref().map(|discount| &discount.lines);
        lines.and_then(|lines| lines.get(at)).copied()
    };
    let lines = items.iter().enumerate();
    Ok(Ordered {
        redeems: discount.as_ref().is_some_and(|discount| discount.redeems),
        order: Order {
            // Number and customer are the store's to fill in.
            number: OrderNumber::new(""),
            customer: CustomerId::new(""),
            placed_ms: now_ms,
            status: OrderStatus::Processing,
            currency: zero.currency,
            lines: lines
                .map(|(at, item)| line(at, item, off(at).unwrap_or(zero)))
                .collect(),
            shipping: totals.shipping,
            total: totals.total,
            payments: vec![Payment {
                method_id: None,
                id: payment,
                method: checkout.method,
                amount: totals.total,
                at_ms: now_ms,
            }],
            shipments: Vec::new(),
            address: Some(checkout.address),
            note: None,
            history: crate::domain::order::OrderHistory::default(),
        },
    })
}

fn line(at: usize, item: &Item, discount: Money) -> OrderLine {
    let product = &item.product;
    OrderLine {
        line: u32::try_from(at + 1).unwrap_or(u32::MAX),
        sku: item.variant.sku.clone(),
        product: product.id.clone(),
        title: product.title.clone(),
        category: product.category.clone(),
        color: item.variant.color.clone(),
        size: item.variant.size.clone(),
        quantity: item.quantity,
        unit_price: product.price_of(&item.variant),
        discount,
        final_sale: product.final_sale,
        hygiene: product.hygiene,
    }
}

/// Six digits, none of which is dropped by who types it as a number.
fn order_number(random: &Random) -> OrderNumber {
    let wide = u64::from_le_bytes(random.bytes());
    OrderNumber::new((100_000 + wide % 900_000).to_string())
}

/// What makes two checkouts the same: whose, what, where to, how and for how much.
fn content(checkout: &Checkout) -> String {
    let who = match &checkout.buyer {
        Buyer::Id(customer) => customer.as_str(),
        Buyer::Email(customer) | Buyer::Guest(customer) => &customer.email,
    };
    let lines: Vec<String> = checkout
        .lines
        .iter()
        .map(|(sku, quantity)| format!("{quantity} {sku}"))
        .collect();
    let parts = serde_json::json!([
        who,
        lines,
        checkout.address,
        checkout.service,
        checkout.code,
        checkout.method,
        checkout.total,
    ]);
    sha256_hex(&parts.to_string())
}
