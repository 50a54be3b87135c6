//! What happened to an order before the conversation: returns, exchanges, a cancellation, losses.

use anyhow::{Context as _, ensure};
use jiff::ToSpan as _;

use super::{Change, DAY_MS, line_of};
use crate::clock::day;
use crate::domain::aftersale::{Aftersale, Exchange, ExchangePair, ExchangeStatus};
use crate::domain::effect::{MoneyMove, MoveKind, Receipt};
use crate::domain::ids::{AftersaleNumber, IdempotencyKey, Random, ReturnNumber};
use crate::domain::money::Money;
use crate::domain::order::{
    CancelReason, Cancellation, MoneyWhy, Order, OrderLine, OrderStatus, RefundPaid,
};
use crate::domain::returns::{Refund, Return, ReturnLine, ReturnReason, ReturnStatus};
use crate::evals::world::World;
use crate::store::Store;
use crate::store::effects::{self, CarriedOut, Subject};

impl Change {
    /// Registers what is a record of its own; says whether this change is one.
    pub(super) async fn happened(
        &self,
        store: &Store,
        world: &World,
        random: &Random,
        order: &Order,
        now_ms: i64,
    ) -> anyhow::Result<bool> {
        let mut order = order.clone();
        match self {
            Self::Returned { line, quantity, .. } => {
                let wanted = line_of(&mut order, *line)?.clone();
                let made = earlier_return(&order, &wanted, *quantity, random, now_ms, world)?;
                register(store, made).await?;
            }
            Self::Cancelled { .. } => {
                let change = cancelled(order, random, now_ms - DAY_MS);
                carry_out(store, change).await?;
            }
            Self::Exchanged {
                line,
                quantity,
                color,
                size,
                ..
            } => {
                let old = line_of(&mut order, *line)?.clone();
                let filled = |text: &Option<String>| match text {
                    Some(text) => world.fill(text),
                    None => Ok(String::new()),
                };
                let wished = (filled(color)?, filled(size)?);
                let pair = pair(world, &old, *quantity, &wished)?;
                let change = exchanged(&order, pair, random, now_ms - DAY_MS, world);
                carry_out(store, change).await?;
            }
            Self::Lost {
                minor, why, times, ..
            } => {
                for _ in 0..*times {
                    let amount = Money::new(*minor, order.currency);
                    let mut change = nothing(&order, random, now_ms - DAY_MS);
                    change.receipt.moves = vec![moved(MoveKind::Replacement, *why, amount)];
                    carry_out(store, change).await?;
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// An effect that has changed nothing yet.
fn nothing(order: &Order, random: &Random, at_ms: i64) -> effects::Change {
    effects::Change::new(Receipt {
        key: IdempotencyKey::new(format!("eval_{}", random.secret())),
        tool: "case".to_owned(),
        order: Some(order.number.clone()),
        customer: order.customer.clone(),
        at_ms,
        moves: Vec::new(),
        made: None,
        decision: serde_json::Value::Null,
        approved_by: None,
    })
}

fn moved(what: MoveKind, why: MoneyWhy, amount: Money) -> MoneyMove {
    MoneyMove {
        what,
        why,
        amount,
        method_id: None,
        method: String::new(),
    }
}

async fn carry_out(store: &Store, change: effects::Change) -> anyhow::Result<()> {
    let key = change.receipt.key.clone();
    let subject = Subject {
        customer: change.receipt.customer.clone(),
        order: change.receipt.order.clone(),
        skus: Vec::new(),
        day_began_ms: 0,
        address_since_ms: 0,
    };
    let done = store
        .carry_out(&key, "case", subject, move |_| {
            Ok::<_, std::convert::Infallible>(change)
        })
        .await?;
    ensure!(matches!(done, CarriedOut::Done(_)), "nothing was changed");
    Ok(())
}

fn cancelled(mut order: Order, random: &Random, at_ms: i64) -> effects::Change {
    order.status = OrderStatus::Cancelled;
    order.history.cancelled = Some(Cancellation {
        at_ms,
        reason: CancelReason::NoLongerNeeded,
    });
    for payment in order.payments.clone() {
        order.history.refunds.push(RefundPaid {
            id: format!("refund-{}", payment.id),
            method: payment.method,
            method_id: payment.method_id,
            amount: payment.amount,
            at_ms,
            why: MoneyWhy::Cancelled,
        });
    }
    let mut change = nothing(&order, random, at_ms);
    change.order = Some(order);
    change
}

/// The piece that takes another one's place.
fn pair(
    world: &World,
    old: &OrderLine,
    quantity: u32,
    (color, size): &(String, String),
) -> anyhow::Result<ExchangePair> {
    let wish = |wish: &String, is: &String| {
        if wish.is_empty() {
            is.clone()
        } else {
            wish.clone()
        }
    };
    let (color, size) = (wish(color, &old.color), wish(size, &old.size));
    let mut products = world.products.iter();
    let product = products
        .find(|product| product.id == old.product)
        .context("the product is gone")?;
    let mut variants = product.variants.iter();
    let new = variants
        .find(|variant| variant.color == color && variant.size == size)
        .with_context(|| format!("{} has no {color} in {size}", old.title))?;
    let price = product.price_of(new);
    Ok(ExchangePair {
        line: old.line,
        quantity,
        from: old.sku.clone(),
        to: new.sku.clone(),
        title: old.title.clone(),
        from_variant: format!("{}, {}", old.color, old.size),
        to_variant: format!("{color}, {size}"),
        paid: Money::new(
            crate::evals::world::paid_for(old, 0, quantity),
            old.unit_price.currency,
        ),
        price: Money::new(price.minor * i64::from(quantity), price.currency),
    })
}

fn exchanged(
    order: &Order,
    pair: ExchangePair,
    random: &Random,
    at_ms: i64,
    world: &World,
) -> effects::Change {
    let mut change = nothing(order, random, at_ms);
    let difference = pair.price.minor - pair.paid.minor;
    change.aftersale = Some(Aftersale::Exchange(Exchange {
        number: AftersaleNumber::new(return_number(random).replace("RT-", "EX-")),
        order: order.number.clone(),
        status: ExchangeStatus::Open,
        pairs: vec![pair],
        difference: Money::new(difference, order.currency),
        method_id: None,
        method: String::new(),
        created_ms: at_ms,
        ship_by: day(at_ms, &world.zone).saturating_add(14.days()),
        policy: "exchanges".to_owned(),
        slip_token: random.secret(),
    }));
    change
}

fn earlier_return(
    order: &Order,
    line: &OrderLine,
    quantity: u32,
    random: &Random,
    now_ms: i64,
    world: &World,
) -> anyhow::Result<Return> {
    let paid = Money::new(
        crate::evals::world::paid_for(line, 0, quantity),
        order.currency,
    );
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
