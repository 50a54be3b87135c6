//! `attendant demo`: who is in the demo shop, one shopper per typical situation.

use std::io::{Write as _, stdout};

use serde_json::json;

use super::plain;
use crate::config::Config;

pub async fn run(config: Config, as_json: bool) -> anyhow::Result<()> {
    let app = super::open(config).await?;
    let shoppers = app.demo_shoppers().await?;
    let mut out = stdout().lock();
    if as_json {
        writeln!(out, "{}", plain::json(&json!({"shoppers": shoppers}))?)?;
        return Ok(());
    }
    if shoppers.is_empty() {
        writeln!(out, "There is no demo shop in this data folder.")?;
    }
    for shopper in shoppers {
        let orders = shopper.orders.join(", ");
        writeln!(out, "{:<34}  {}", shopper.email, shopper.situation)?;
        writeln!(
            out,
            "{:<34}  orders: {}",
            "",
            if orders.is_empty() { "none" } else { &orders }
        )?;
    }
    Ok(())
}
