//! The set's shop as ours: users become customers, each item of an order a line of one piece.
//! Everything is dated so that no time limit of a policy stands in the way.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};

use super::set::{
    DataSet, Fulfillment, SetAddress, SetItem, SetMethod, SetOrder, SetProduct, TransactionType,
    User,
};
use super::status::first_status;
use crate::domain::customer::{Address, Customer, GiftCard, SavedMethod};
use crate::domain::ids::{CustomerId, OrderNumber, PaymentMethodId, ProductId, Sku};
use crate::domain::money::{Currency, Money};
use crate::domain::order::{
    MoneyWhy, Order, OrderHistory, OrderLine, OrderStatus, Payment, PaymentMethod, RefundPaid,
    Shipment, ShipmentStatus, ShippedLine,
};
use crate::domain::product::{Product, Variant};

const DAY_MS: i64 = 86_400_000;
/// Pieces of what the set calls available: it does not count them.
const PLENTY: i64 = 1_000_000;
/// Amounts beyond this are no prices.
const AMOUNT_MAX: f64 = 1e9;

/// A shop as it is put into the store.
pub struct Loaded {
    pub customers: Vec<Customer>,
    pub gift_cards: Vec<GiftCard>,
    pub products: Vec<Product>,
    pub orders: Vec<Order>,
}

/// Dates and money of the set's shop.
pub struct Loader<'a> {
    pub set: &'a DataSet,
    pub currency: Currency,
    /// Orders were placed ten days before, and delivered three.
    pub now_ms: i64,
}

impl Loader<'_> {
    pub fn load(&self) -> anyhow::Result<Loaded> {
        let mut loaded = Loaded {
            customers: Vec::new(),
            gift_cards: Vec::new(),
            products: Vec::new(),
            orders: Vec::new(),
        };
        for (id, user) in &self.set.users {
            loaded.customers.push(self.customer(id, user));
            loaded.gift_cards.extend(self.gift_cards(id, user)?);
        }
        for (id, product) in &self.set.products {
            let product = self.product(id, product);
            loaded
                .products
                .push(product.with_context(|| format!("the product {id}"))?);
        }
        for (number, order) in &self.set.orders {
            let order = self.order(number, order);
            loaded
                .orders
                .push(order.with_context(|| format!("the order {number}"))?);
        }
        Ok(loaded)
    }

    fn placed_ms(&self) -> i64 {
        self.now_ms - 10 * DAY_MS
    }

    fn money(&self, amount: f64) -> anyhow::Result<Money> {
        Ok(Money::new(cents(amount)?, self.currency))
    }

    fn customer(&self, id: &str, user: &User) -> Customer {
        let saved = user.payment_methods.iter().filter_map(|(id, method)| {
            let id = PaymentMethodId::new(id);
            let method = match method {
                SetMethod::GiftCard { .. } => return None,
                _ => payment_method(&id, method),
            };
            Some(SavedMethod { id, method })
        });
        Customer {
            id: CustomerId::new(id),
            email: user.email.to_lowercase(),
            first_name: user.name.first_name.clone(),
            last_name: user.name.last_name.clone(),
            created_ms: self.placed_ms() - 365 * DAY_MS,
            address: Some(address(user, &user.address)),
            payment_methods: saved.collect(),
        }
    }

    fn gift_cards(&self, user_id: &str, user: &User) -> anyhow::Result<Vec<GiftCard>> {
        let mut cards = Vec::new();
        for (id, method) in &user.payment_methods {
            if let SetMethod::GiftCard { balance } = method {
                cards.push(GiftCard {
                    id: PaymentMethodId::new(id),
                    customer: Some(CustomerId::new(user_id)),
                    balance: self.money(*balance)?,
                    credit: false,
                });
            }
        }
        Ok(cards)
    }

    fn product(&self, id: &str, product: &SetProduct) -> anyhow::Result<Product> {
        let mut variants = Vec::new();
        for (item, variant) in &product.variants {
            let option = |key: &str| variant.options.get(key).cloned().unwrap_or_default();
            variants.push(Variant {
                sku: Sku::new(item),
                color: option("color"),
                size: option("size"),
                stock: if variant.available { PLENTY } else { 0 },
                price: Some(self.money(variant.price)?),
            });
        }
        let prices = variants.iter().filter_map(|variant| variant.price);
        let lowest = prices.min().context("it has no variants")?;
        Ok(Product {
            id: ProductId::new(id),
            title: product.name.clone(),
            category: category(&product.name),
            price: lowest,
            cost: Money::zero(self.currency),
            variants,
            brand: String::new(),
            department: String::new(),
            description: String::new(),
            material: String::new(),
            care: String::new(),
            fit: String::new(),
            features: Vec::new(),
            tags: Vec::new(),
            compare_at: None,
            final_sale: false,
            hygiene: false,
            weight_g: 0,
            picture: None,
            reviews: Vec::new(),
        })
    }

    fn order(&self, number: &str, order: &SetOrder) -> anyhow::Result<Order> {
        let bare = number.strip_prefix('#').context("its number has no #")?;
        let user = self.set.users.get(&order.user_id);
        let user = user.context("its user is not there")?;
        let status = first_status(&order.status)
            .with_context(|| format!("the status \"{}\" is not known", order.status))?;
        let mut lines = Vec::new();
        for (item, line) in order.items.iter().zip(1..) {
            lines.push(self.line(line, item)?);
        }
        let total: i64 = lines.iter().map(|line| line.paid().minor).sum();
        let mut known = Order {
            number: OrderNumber::new(bare),
            customer: CustomerId::new(&order.user_id),
            placed_ms: self.placed_ms(),
            status,
            currency: self.currency,
            shipments: order
                .fulfillments
                .iter()
                .map(|parcel| self.shipment(parcel, status, &lines))
                .collect(),
            lines,
            shipping: Money::zero(self.currency),
            total: Money::new(total, self.currency),
            payments: Vec::new(),
            address: Some(address(user, &order.address)),
            note: None,
            history: OrderHistory::default(),
        };
        self.payments(bare, order, user, &mut known)?;
        Ok(known)
    }

    fn payments(
        &self,
        number: &str,
        order: &SetOrder,
        user: &User,
        known: &mut Order,
    ) -> anyhow::Result<()> {
        for (one, no) in order.payment_history.iter().zip(1..) {
            let way = user.payment_methods.get(&one.payment_method_id);
            let way = way.with_context(|| format!("no method {}", one.payment_method_id))?;
            let (id, amount) = (format!("{number}-{no}"), self.money(one.amount)?);
            let method_id = PaymentMethodId::new(&one.payment_method_id);
            let method = payment_method(&method_id, way);
            // One after the other, in the set's order.
            let at_ms = self.placed_ms() + no;
            match one.transaction_type {
                TransactionType::Payment => known.payments.push(Payment {
                    id,
                    method,
                    method_id: Some(method_id),
                    amount,
                    at_ms,
                }),
                TransactionType::Refund => known.history.refunds.push(RefundPaid {
                    id,
                    method,
                    method_id: Some(method_id),
                    amount,
                    at_ms,
                    why: MoneyWhy::Cancelled,
                }),
            }
        }
        let books = known.paid_minor() - known.refunded_minor();
        ensure!(
            books == known.due_minor(),
            "its payments do not add up to its items"
        );
        Ok(())
    }

    fn line(&self, line: u32, item: &SetItem) -> anyhow::Result<OrderLine> {
        let known = self.set.items.get(&item.item_id);
        let (_, variant) = known.with_context(|| format!("no item {}", item.item_id))?;
        let option = |key: &str| variant.options.get(key).cloned().unwrap_or_default();
        Ok(OrderLine {
            line,
            sku: Sku::new(&item.item_id),
            product: ProductId::new(&item.product_id),
            title: item.name.clone(),
            category: category(&item.name),
            color: option("color"),
            size: option("size"),
            quantity: 1,
            unit_price: self.money(item.price)?,
            discount: Money::zero(self.currency),
            final_sale: false,
            hygiene: false,
        })
    }

    fn shipment(&self, parcel: &Fulfillment, order: OrderStatus, lines: &[OrderLine]) -> Shipment {
        let delivered = order == OrderStatus::Delivered;
        let mut left = lines_by_sku(lines);
        let inside = parcel.item_ids.iter().filter_map(|item| {
            let line = take(&mut left, item)?;
            Some(ShippedLine { line, quantity: 1 })
        });
        Shipment {
            carrier: String::new(),
            tracking: parcel.tracking_id.join(" "),
            status: if delivered {
                ShipmentStatus::Delivered
            } else {
                ShipmentStatus::LabelCreated
            },
            lines: inside.collect(),
            shipped_ms: self.placed_ms() + DAY_MS,
            estimate: None,
            delivered_ms: delivered.then_some(self.now_ms - 3 * DAY_MS),
            events: Vec::new(),
        }
    }
}

/// The numbers of an order's lines, by item.
pub fn lines_by_sku(lines: &[OrderLine]) -> BTreeMap<&str, Vec<u32>> {
    let mut by_sku: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for line in lines.iter().rev() {
        by_sku.entry(line.sku.as_str()).or_default().push(line.line);
    }
    by_sku
}

/// The first line with that item that was not taken yet.
pub fn take(left: &mut BTreeMap<&str, Vec<u32>>, item: &str) -> Option<u32> {
    left.get_mut(item)?.pop()
}

/// Exact: the set's amounts are decimal fractions of two places, written in binary.
pub fn cents(amount: f64) -> anyhow::Result<i64> {
    ensure!(amount.abs() < AMOUNT_MAX, "{amount} is no amount");
    #[expect(clippy::cast_possible_truncation, reason = "a whole number in range")]
    Ok((amount * 100.0).round() as i64)
}

/// The category of a product is its name: the set has no others.
fn category(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

fn payment_method(id: &PaymentMethodId, method: &SetMethod) -> PaymentMethod {
    match method {
        SetMethod::CreditCard { brand, last_four } => PaymentMethod::Card {
            brand: brand.clone(),
            last4: last_four.clone(),
        },
        SetMethod::Paypal => PaymentMethod::Paypal,
        SetMethod::GiftCard { .. } => PaymentMethod::GiftCard { id: id.to_string() },
    }
}

fn address(user: &User, address: &SetAddress) -> Address {
    Address {
        name: format!("{} {}", user.name.first_name, user.name.last_name),
        street: address.address1.clone(),
        extra: Some(address.address2.clone()).filter(|extra| !extra.is_empty()),
        postcode: address.zip.clone(),
        city: address.city.clone(),
        region: Some(address.state.clone()).filter(|region| !region.is_empty()),
        country: country_code(&address.country).to_owned(),
    }
}

/// The set writes one country, and not as ISO 3166 does.
const COUNTRIES: [(&str, &str); 1] = [("USA", "US")];

pub fn country_code(name: &str) -> &str {
    let known = COUNTRIES.iter().find(|(written, _)| *written == name);
    known.map_or(name, |(_, code)| *code)
}

pub fn country_name(code: &str) -> &str {
    let known = COUNTRIES.iter().find(|(_, known)| *known == code);
    known.map_or(code, |(written, _)| *written)
}
