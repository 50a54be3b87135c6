//! What a case changes in the demo shop before the conversation starts: an order becomes one that
//! the demo shop does not have, and stays consistent in itself.

mod account;
mod earlier;
mod goods;
mod parcels;

use anyhow::{Context as _, bail, ensure};
use jiff::ToSpan as _;
use serde::Deserialize;

use super::offers;
use super::products::named;
use super::world::{Account, World};
use crate::domain::ids::Random;
use crate::domain::money::Money;
use crate::domain::order::{CarrierEvent, MoneyWhy, Order, OrderLine, OrderStatus};
use crate::domain::product::{Product, Review};
use crate::store::Store;
use crate::store::orders::Buyer;
use goods::{in_currency, price_now, right_sku};
pub use parcels::ParcelNow;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// `order` is "latest", "previous", "oldest" or a place counted from the newest.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// So many pieces of a line were bought.
    Quantity {
        order: String,
        line: u32,
        quantity: u32,
    },
    /// The same product was bought in another colour, too: a new last line.
    AlsoIn {
        order: String,
        line: u32,
        color: String,
    },
    /// The whole order happened so much earlier that it was delivered this many days ago.
    DeliveredDaysAgo {
        order: String,
        days: i64,
    },
    FinalSale {
        order: String,
        line: u32,
    },
    Category {
        order: String,
        line: u32,
        category: String,
    },
    /// What one piece costs, in minor units.
    Price {
        order: String,
        line: u32,
        minor: i64,
    },
    /// What was paid for shipping, in minor units.
    Shipping {
        order: String,
        minor: i64,
    },
    /// Pieces that are on their way back already.
    Returned {
        order: String,
        line: u32,
        quantity: u32,
    },
    /// The order stands there: nothing of it is sent, its first line is, or all of it.
    Status {
        order: String,
        status: OrderStatus,
    },
    /// The order was cancelled, and everything paid back.
    Cancelled {
        order: String,
    },
    /// The order was paid in this way, by a method's id, or this much of it (`minor` units).
    PaidWith {
        order: String,
        method: String,
        minor: Option<i64>,
    },
    /// The order is in another currency, with the same figures.
    Currency {
        order: String,
        currency: String,
    },
    /// What the carrier's scans say of a parcel (from 1; the last when left out), and since how
    /// many days.
    Parcel {
        order: String,
        parcel: Option<usize>,
        says: ParcelNow,
        days: i64,
    },
    /// Pieces that are being exchanged for the same product in another size or colour.
    Exchanged {
        order: String,
        line: u32,
        #[serde(default = "one")]
        quantity: u32,
        color: Option<String>,
        size: Option<String>,
    },
    /// The shop has given up so much for an order before, so often.
    Lost {
        order: String,
        minor: i64,
        why: MoneyWhy,
        #[serde(default = "one")]
        times: u32,
    },
    /// A gift card of the shopper (`me`) or the other one (`other`) holds this, in minor units;
    /// store credit with `credit = true`.
    GiftCard {
        of: String,
        minor: i64,
        currency: Option<String>,
        #[serde(default)]
        credit: bool,
    },
    /// A way to pay that the shopper has saved: a card with `brand` and `last4`, else PayPal.
    PaymentMethod {
        of: String,
        id: String,
        brand: Option<String>,
        last4: Option<String>,
    },
    /// The shopper has saved no way to pay.
    NoPaymentMethods {
        of: String,
    },
    /// What a product costs now, or one of its variants, in minor units.
    PriceNow {
        product: String,
        color: Option<String>,
        size: Option<String>,
        minor: i64,
    },
    /// The carrier's newest words on the last parcel.
    CarrierSays {
        order: String,
        text: String,
    },
    /// The shopper (`me`), or the other one (`other`), was made a personal code.
    OfferCode {
        of: String,
        state: CodeState,
    },
    /// So many pieces of a variant are in stock.
    Stock {
        product: String,
        color: String,
        size: String,
        stock: i64,
    },
    /// Somebody has written this into a product.
    ProductText {
        product: String,
        field: ProductField,
        text: String,
    },
}

fn one() -> u32 {
    1
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeState {
    Open,
    Used,
    Expired,
}

/// Where a product has text of others.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductField {
    Title,
    Description,
    /// A new review.
    Review,
}

impl Change {
    /// Which order is changed; nothing for a product, a code or an account.
    fn order(&self) -> Option<&str> {
        match self {
            Self::Quantity { order, .. }
            | Self::AlsoIn { order, .. }
            | Self::DeliveredDaysAgo { order, .. }
            | Self::FinalSale { order, .. }
            | Self::Category { order, .. }
            | Self::Price { order, .. }
            | Self::Shipping { order, .. }
            | Self::Returned { order, .. }
            | Self::Status { order, .. }
            | Self::Cancelled { order }
            | Self::PaidWith { order, .. }
            | Self::Currency { order, .. }
            | Self::Parcel { order, .. }
            | Self::Exchanged { order, .. }
            | Self::Lost { order, .. }
            | Self::CarrierSays { order, .. } => Some(order),
            Self::Stock { .. }
            | Self::PriceNow { .. }
            | Self::ProductText { .. }
            | Self::OfferCode { .. }
            | Self::GiftCard { .. }
            | Self::PaymentMethod { .. }
            | Self::NoPaymentMethods { .. } => None,
        }
    }

    /// Makes the change to an order of the case's shopper, to an account or to a product.
    pub async fn apply(
        &self,
        store: &Store,
        world: &World,
        random: &Random,
        now_ms: i64,
    ) -> anyhow::Result<()> {
        let whose = |of: &str| {
            let account = match of {
                "me" => &world.me,
                "other" => &world.other,
                _ => bail!("it is `me`'s or `other`'s, not \"{of}\"'s"),
            };
            account.as_ref().context("this case has no such shopper")
        };
        match self {
            Self::OfferCode { of, state } => {
                return offers::issue(store, whose(of)?, *state, random, now_ms).await;
            }
            Self::GiftCard { of, .. }
            | Self::PaymentMethod { of, .. }
            | Self::NoPaymentMethods { of } => {
                return self.alter_account(store, whose(of)?, random).await;
            }
            _ => {}
        }
        let Some(which) = self.order() else {
            let product = self.altered_product(world, now_ms)?;
            let problems = store.put_products(vec![product]).await?;
            ensure!(problems.iter().all(Option::is_none), "{problems:?}");
            return Ok(());
        };
        let account = whose("me").context("a change needs a shopper with orders")?;
        let order = account.order(which)?.order.clone();
        if self.happened(store, world, random, &order, now_ms).await? {
            return Ok(());
        }
        self.change_order(store, world, account, order, now_ms)
            .await
    }

    async fn change_order(
        &self,
        store: &Store,
        world: &World,
        account: &Account,
        mut order: Order,
        now_ms: i64,
    ) -> anyhow::Result<()> {
        self.alter(&mut order, now_ms)?;
        match self {
            Self::AlsoIn { .. } => right_sku(&mut order, &world.products),
            Self::PaidWith { method, minor, .. } => {
                account::paid_with(&mut order, account, method, *minor)?;
            }
            _ => {}
        }
        settle(&mut order);
        let buyer = Buyer::Id(order.customer.clone());
        let problems = store.put_orders(vec![(buyer, order)]).await?;
        ensure!(problems.iter().all(Option::is_none), "{problems:?}");
        Ok(())
    }

    fn alter(&self, order: &mut Order, now_ms: i64) -> anyhow::Result<()> {
        match self {
            Self::Quantity { line, quantity, .. } => {
                line_of(order, *line)?.quantity = *quantity;
                for parcel in &mut order.shipments {
                    for shipped in parcel
                        .lines
                        .iter_mut()
                        .filter(|shipped| shipped.line == *line)
                    {
                        shipped.quantity = *quantity;
                    }
                }
            }
            Self::AlsoIn { line, color, .. } => also_in(order, *line, color)?,
            Self::DeliveredDaysAgo { days, .. } => {
                let delivered = order
                    .shipments
                    .iter()
                    .filter_map(|parcel| parcel.delivered_ms)
                    .max();
                let delivered = delivered.context("the order was not delivered")?;
                move_back(order, delivered - (now_ms - days * DAY_MS));
            }
            Self::FinalSale { line, .. } => line_of(order, *line)?.final_sale = true,
            Self::Category { line, category, .. } => {
                category.clone_into(&mut line_of(order, *line)?.category);
            }
            Self::Price { line, minor, .. } => {
                let line = line_of(order, *line)?;
                line.unit_price = Money::new(*minor, line.unit_price.currency);
                line.discount = Money::zero(line.unit_price.currency);
            }
            Self::Shipping { minor, .. } => order.shipping.minor = *minor,
            Self::CarrierSays { text, .. } => {
                let parcel = order
                    .shipments
                    .last_mut()
                    .context("the order has no parcel")?;
                let place = parcel
                    .events
                    .last()
                    .map_or_else(String::new, |event| event.place.clone());
                let at_ms = parcel
                    .events
                    .last()
                    .map_or(parcel.shipped_ms, |event| event.at_ms + 1);
                let status = parcel.status;
                parcel.events.push(CarrierEvent {
                    at_ms,
                    status,
                    place,
                    text: text.clone(),
                });
            }
            Self::Status { status, .. } => parcels::stands(order, *status, now_ms),
            Self::Currency { currency, .. } => in_currency(order, currency.parse()?),
            Self::Parcel {
                parcel, says, days, ..
            } => parcels::says(order, *parcel, *says, *days, now_ms)?,
            _ => {}
        }
        Ok(())
    }

    fn altered_product(&self, world: &World, now_ms: i64) -> anyhow::Result<Product> {
        let (Self::Stock { product, .. }
        | Self::PriceNow { product, .. }
        | Self::ProductText { product, .. }) = self
        else {
            bail!("this changes no product");
        };
        let name = world.fill(product)?;
        let mut altered = named(&world.products, &name)
            .with_context(|| format!("there is no product {name}"))?
            .clone();
        match self {
            Self::Stock {
                color, size, stock, ..
            } => {
                let (color, size) = (world.fill(color)?, world.fill(size)?);
                let mut variants = altered.variants.iter_mut();
                let variant = variants
                    .find(|variant| variant.color == color && variant.size == size)
                    .with_context(|| format!("{name} has no {color} in {size}"))?;
                variant.stock = *stock;
            }
            Self::PriceNow {
                color, size, minor, ..
            } => {
                let price = Money::new(*minor, altered.price.currency);
                price_now(
                    world,
                    &mut altered,
                    color.as_deref(),
                    size.as_deref(),
                    price,
                )?;
            }
            Self::ProductText { field, text, .. } => match field {
                ProductField::Title => altered.title.clone_from(text),
                ProductField::Description => altered.description.clone_from(text),
                ProductField::Review => altered.reviews.push(Review {
                    rating: 5,
                    title: "Read this first".to_owned(),
                    text: text.clone(),
                    by: "Sam R.".to_owned(),
                    at_ms: now_ms - DAY_MS,
                }),
            },
            _ => {}
        }
        Ok(altered)
    }
}

fn line_of(order: &mut Order, line: u32) -> anyhow::Result<&mut OrderLine> {
    let number = order.number.clone();
    order
        .lines
        .iter_mut()
        .find(|known| known.line == line)
        .with_context(|| format!("order {number} has no line {line}"))
}

fn also_in(order: &mut Order, line: u32, color: &str) -> anyhow::Result<()> {
    let mut twin = line_of(order, line)?.clone();
    twin.line = order.lines.iter().map(|line| line.line).max().unwrap_or(0) + 1;
    color.clone_into(&mut twin.color);
    for parcel in &mut order.shipments {
        if let Some(shipped) = parcel
            .lines
            .iter()
            .find(|shipped| shipped.line == line)
            .copied()
        {
            let line = twin.line;
            parcel
                .lines
                .push(crate::domain::order::ShippedLine { line, ..shipped });
        }
    }
    order.lines.push(twin);
    Ok(())
}

fn move_back(order: &mut Order, by_ms: i64) {
    order.placed_ms -= by_ms;
    for payment in &mut order.payments {
        payment.at_ms -= by_ms;
    }
    let days = by_ms.div_euclid(DAY_MS);
    for parcel in &mut order.shipments {
        parcel.shipped_ms -= by_ms;
        parcel.delivered_ms = parcel.delivered_ms.map(|ms| ms - by_ms);
        parcel.estimate = parcel.estimate.map(|(first, last)| {
            (
                first.saturating_sub(days.days()),
                last.saturating_sub(days.days()),
            )
        });
        for event in &mut parcel.events {
            event.at_ms -= by_ms;
        }
    }
}

/// Total and payment follow the lines.
fn settle(order: &mut Order) {
    let lines: i64 = order.lines.iter().map(|line| line.paid().minor).sum();
    let before = order.total.minor;
    order.total.minor = lines + order.shipping.minor;
    if let Some(payment) = order.payments.last_mut() {
        payment.amount.minor += order.total.minor - before;
    }
}
