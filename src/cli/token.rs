//! `attendant token`: a customer token as the storefront would sign it, to try things out.

use std::io::{Write as _, stdout};

use crate::config::Config;
use crate::domain::limits;

pub async fn run(config: Config, email: &str) -> anyhow::Result<()> {
    let app = super::open(config).await?;
    let customer = app.customer(email).await?;
    let tokens = app.customer_tokens()?;
    let now_ms = app.clock.now_ms();
    let token = tokens.issue(&customer.id, now_ms, limits::CUSTOMER_TOKEN_TTL)?;
    writeln!(stdout(), "{token}")?;
    Ok(())
}
