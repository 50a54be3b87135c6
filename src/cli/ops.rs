//! `attendant ops`: what an operator does while the shop runs. The switch for money works on every
//! process of the shop at once, because each effect looks at it in its own transaction.

mod usage;

use std::io::{Write as _, stdout};

use anyhow::bail;
use clap::{Args, Subcommand};

use super::Wrong;
use super::plain::visible;
use crate::clock::timestamp;
use crate::config::Config;
use crate::domain::effect::{MoneyMove, MoveKind, Receipt};
use crate::domain::ids::OrderNumber;
use crate::domain::limits::{PAUSE_REASON_CHARS_MAX, USAGE_DAYS_MAX};
use crate::domain::money::Money;
use crate::domain::order::Order;
use crate::store::Store;
use crate::store::effects::PAUSED;

#[derive(Args)]
pub struct OpsArgs {
    #[command(subcommand)]
    command: OpsCommand,
}

#[derive(Subcommand)]
enum OpsCommand {
    /// Stop everything that moves money or gives goods away; requests go to people meanwhile
    Pause {
        /// Why, for the people who get them
        reason: String,
    },
    /// Let money move again
    Resume,
    /// Say whether money moves
    Status,
    /// Show the books of an order: what was paid, what went back, and every receipt
    Books { order: String },
    /// Show what language models have used up, by day and model, and what is left of the budgets
    Usage {
        /// How many days, today included
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=i64::from(USAGE_DAYS_MAX)))]
        days: u32,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(config: Config, args: OpsArgs) -> anyhow::Result<()> {
    let app = super::open(config).await?;
    let store = app.store();
    match args.command {
        OpsCommand::Pause { reason } => pause(store, reason.trim()).await,
        OpsCommand::Resume => {
            store.meta_set(PAUSED, "").await?;
            status(store).await
        }
        OpsCommand::Status => status(store).await,
        OpsCommand::Books { order } => books(store, &order).await,
        OpsCommand::Usage { days, json } => usage::run(&app, days, json).await,
    }
}

async fn pause(store: &Store, reason: &str) -> anyhow::Result<()> {
    if reason.is_empty() || reason.chars().count() > PAUSE_REASON_CHARS_MAX {
        let words = format!("say why in 1 to {PAUSE_REASON_CHARS_MAX} characters");
        return Err(Wrong(words).into());
    }
    store.meta_set(PAUSED, reason).await?;
    status(store).await
}

async fn status(store: &Store) -> anyhow::Result<()> {
    let paused = store.meta_get(PAUSED).await?;
    let line = match paused.filter(|why| !why.is_empty()) {
        Some(why) => format!("Money effects are paused: {}", visible(&why)),
        None => "Money moves by the policies and money.toml.".to_owned(),
    };
    writeln!(stdout(), "{line}")?;
    Ok(())
}

async fn books(store: &Store, number: &str) -> anyhow::Result<()> {
    let number = OrderNumber::new(number.trim().trim_start_matches('#'));
    let Some(order) = store.order(&number).await? else {
        bail!("there is no order {:?}", number.as_str());
    };
    let receipts = store.receipts_of(&number).await?;
    for line in book_lines(&order, &receipts) {
        writeln!(stdout(), "{}", visible(&line))?;
    }
    Ok(())
}

fn book_lines(order: &Order, receipts: &[Receipt]) -> Vec<String> {
    let money = |minor| Money::new(minor, order.currency);
    let kept = order.paid_minor() - order.refunded_minor();
    let mut lines = vec![format!(
        "Order {}: {}, total {}, paid {}, paid back {}",
        order.number,
        order.status.words(),
        order.total,
        money(order.paid_minor()),
        money(order.refunded_minor()),
    )];
    if kept != order.due_minor() {
        lines.push(format!(
            "The books do not balance: {} kept, {} due.",
            money(kept),
            money(order.due_minor())
        ));
    }
    for paid in &order.payments {
        lines.push(entry(paid.at_ms, "paid", paid.amount, paid.method.words()));
    }
    for refund in &order.history.refunds {
        lines.push(entry(
            refund.at_ms,
            "paid back",
            refund.amount,
            refund.method.words(),
        ));
    }
    for receipt in receipts {
        lines.push(receipt_line(receipt));
        lines.extend(receipt.moves.iter().map(move_line));
    }
    lines
}

fn entry(at_ms: i64, what: &str, amount: Money, method: &str) -> String {
    format!("  {}  {what} {amount}, {method}", day(at_ms))
}

fn receipt_line(receipt: &Receipt) -> String {
    let by = receipt.approved_by.as_ref();
    let by = by.map_or_else(String::new, |agent| format!(", approved by {agent}"));
    format!(
        "Receipt {}: {} on {}{by}",
        receipt.number(),
        receipt.tool,
        day(receipt.at_ms)
    )
}

fn move_line(one: &MoneyMove) -> String {
    let what = match one.what {
        MoveKind::Charge => "charged",
        MoveKind::Refund => "paid back",
        MoveKind::Promise => "to be paid back",
        MoveKind::Replacement => "sent again",
        MoveKind::Claim => "claimed",
    };
    let to = if one.method.is_empty() { "" } else { ", " };
    format!("    {what} {}{to}{}", one.amount, one.method)
}

fn day(ms: i64) -> String {
    timestamp(ms).strftime("%Y-%m-%d %H:%M").to_string()
}
