//! `attendant segments`: how many customers are what, and why one of them is.

use std::io::{self, Write, stdout};

use anyhow::Context as _;
use serde_json::json;

use super::SegmentsArgs;
use super::plain;
use crate::app::App;
use crate::config::Config;
use crate::customers::{Customers, Profile, Sorted};
use crate::domain::offer::Segment;

pub async fn run(config: Config, args: SegmentsArgs) -> anyhow::Result<()> {
    let app = super::open(config).await?;
    let customers = app.customers().await?;
    match args.customer {
        Some(email) => one(&app, &customers, &email, args.json).await,
        None => all(&app, &customers, args.json).await,
    }
}

async fn all(app: &App, customers: &Customers, as_json: bool) -> anyhow::Result<()> {
    let sorted = customers.sort_all(&app.shop, app.clock.now_ms()).await?;
    let mut out = stdout().lock();
    if as_json {
        let segments: Vec<_> = Segment::ALL
            .into_iter()
            .map(|segment| json!({"segment": segment, "customers": count(&sorted, segment)}))
            .collect();
        let whole = json!({
            "customers": sorted.customers,
            "segments": segments,
            "without_segment": sorted.without,
            "holdout": sorted.held_out,
        });
        writeln!(out, "{}", plain::json(&whole)?)?;
        return Ok(());
    }
    if !customers.has_segments() {
        writeln!(
            out,
            "This shop has no segments.toml, so its customers have no segments."
        )?;
    }
    for segment in Segment::ALL {
        line(&mut out, segment.words(), count(&sorted, segment), &sorted)?;
    }
    if sorted.without > 0 {
        line(&mut out, "no segment", sorted.without, &sorted)?;
    }
    line(&mut out, "in the holdout", sorted.held_out, &sorted)?;
    writeln!(out, "{:<20} {:>7}", "customers", sorted.customers)?;
    Ok(())
}

fn count(sorted: &Sorted, segment: Segment) -> u64 {
    sorted.by_segment.get(&segment).copied().unwrap_or(0)
}

fn line(out: &mut impl Write, name: &str, count: u64, sorted: &Sorted) -> io::Result<()> {
    // In tenths, so that no share of a few customers reads as none.
    let share = count * 1_000 / sorted.customers.max(1);
    writeln!(
        out,
        "{name:<20} {count:>7} {:>4}.{}%",
        share / 10,
        share % 10
    )
}

async fn one(app: &App, customers: &Customers, email: &str, as_json: bool) -> anyhow::Result<()> {
    let customer = app.customer(email).await?;
    let profile = customers
        .profile(&app.shop, &customer.id, app.clock.now_ms())
        .await?
        .context("the customer is gone")?;
    let held_out = customers.held_out(&customer.id);
    let mut out = stdout().lock();
    if as_json {
        let whole = json!({
            "customer": customer.email,
            "segment": profile.segment,
            "why": profile.why,
            "orders": profile.orders,
            "net_spend": profile.net_spend,
            "since": profile.since,
            "newest_order": profile.newest_order,
            "holdout": held_out,
        });
        writeln!(out, "{}", plain::json(&whole)?)?;
        return Ok(());
    }
    print(&mut out, &customer.email, &profile, held_out)
}

fn print(
    out: &mut impl Write,
    email: &str,
    profile: &Profile,
    held_out: bool,
) -> anyhow::Result<()> {
    let segment = profile.segment.map_or("no segment", Segment::words);
    writeln!(out, "{email}: {segment}")?;
    writeln!(out, "  {}", profile.why)?;
    if held_out {
        writeln!(out, "  in the holdout: gets no offers")?;
    }
    Ok(())
}
