//! What a case changes in the demo shop before the conversation starts: an order becomes one that
//! the demo shop does not have, and stays consistent in itself.

use anyhow::{Context as _, bail, ensure};
use jiff::ToSpan as _;
use serde::Deserialize;

use super::offers;
use super::products::named;
use super::world::{Account, World};
use crate::clock::day;
use crate::domain::ids::{Random, ReturnNumber};
use crate::domain::money::Money;
use crate::domain::order::{CarrierEvent, Order, OrderLine};
use crate::domain::product::{Product, Review};
use crate::domain::returns::{Refund, Return, ReturnLine, ReturnReason, ReturnStatus};
use crate::store::Store;
use crate::store::orders::Buyer;

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
    /// Which order is changed; nothing for a product or a code.
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
            | Self::CarrierSays { order, .. } => Some(order),
            Self::Stock { .. } | Self::ProductText { .. } | Self::OfferCode { .. } => None,
        }
    }

    /// Makes the change to an order of the case's shopper, or to a product.
    pub async fn apply(
        &self,
        store: &Store,
        world: &World,
        random: &Random,
        now_ms: i64,
    ) -> anyhow::Result<()> {
        if let Self::OfferCode { of, state } = self {
            let account = match of.as_str() {
                "me" => &world.me,
                "other" => &world.other,
                _ => bail!("a code is `me`'s or `other`'s, not \"{of}\"'s"),
            };
            let account = account.as_ref().context("this case has no such shopper")?;
            return offers::issue(store, account, *state, random, now_ms).await;
        }
        let Some(which) = self.order() else {
            let product = self.altered_product(&world.products, now_ms)?;
            let problems = store.put_products(vec![product]).await?;
            ensure!(problems.iter().all(Option::is_none), "{problems:?}");
            return Ok(());
        };
        let account: &Account = world
            .me
            .as_ref()
            .context("a change needs a shopper with orders")?;
        let mut order = account.order(which)?.order.clone();
        if let Self::Returned { line, quantity, .. } = self {
            let wanted = line_of(&mut order, *line)?.clone();
            let made = earlier_return(&order, &wanted, *quantity, random, now_ms, world)?;
            return register(store, made).await;
        }
        self.alter(&mut order, now_ms)?;
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
            Self::Returned { .. }
            | Self::Stock { .. }
            | Self::ProductText { .. }
            | Self::OfferCode { .. } => {}
        }
        Ok(())
    }

    fn altered_product(&self, products: &[Product], now_ms: i64) -> anyhow::Result<Product> {
        let (Self::Stock { product, .. } | Self::ProductText { product, .. }) = self else {
            bail!("this changes no product");
        };
        let mut altered = named(products, product)
            .with_context(|| format!("there is no product {product}"))?
            .clone();
        match self {
            Self::Stock {
                color, size, stock, ..
            } => {
                let mut variants = altered.variants.iter_mut();
                let variant = variants
                    .find(|variant| variant.color == *color && variant.size == *size)
                    .with_context(|| format!("{product} has no {color} in {size}"))?;
                variant.stock = *stock;
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

fn earlier_return(
    order: &Order,
    line: &OrderLine,
    quantity: u32,
    random: &Random,
    now_ms: i64,
    world: &World,
) -> anyhow::Result<Return> {
    let paid = Money::new(super::world::paid_for(line, 0, quantity), order.currency);
    let rules = world.return_rules(order)?;
    let created_ms = now_ms - DAY_MS;
    let zero = Money::zero(order.currency);
    Ok(Return {
        number: ReturnNumber::new(return_number(random)),
        order: order.number.clone(),
        status: ReturnStatus::Open,
        lines: vec![ReturnLine {
            line: line.line,
            title: line.title.clone(),
            color: line.color.clone(),
            size: line.size.clone(),
            quantity,
            reason: ReturnReason::Unwanted,
            paid,
        }],
        refund: Refund {
            items: paid,
            shipping: zero,
            fee: zero,
            total: paid,
            method: order
                .payments
                .first()
                .map_or_else(String::new, |p| p.method.words().to_owned()),
            days: rules.refund_days,
            parts: Vec::new(),
        },
        created_ms,
        ship_by: day(created_ms, &world.zone)
            .saturating_add(i64::from(rules.ship_back_days).days()),
        policy: "returns".to_owned(),
        slip_token: random.secret(),
        gift_email: None,
    })
}

/// As the shop numbers returns: letters and digits that are not taken for one another.
fn return_number(random: &Random) -> String {
    const ALPHABET: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
    let letters = random.bytes::<6>();
    let letters = letters.map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
    format!("RT-{}", String::from_iter(letters))
}

async fn register(store: &Store, made: Return) -> anyhow::Result<()> {
    store.put_returns(vec![made]).await?;
    Ok(())
}
