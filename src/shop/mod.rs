//! The commerce back end: on the embedded database.

pub mod demo;
pub mod import;
pub mod returns;
pub mod slip;

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::clock::Clock;
use crate::domain::ids::Random;
use crate::domain::money::Currency;
use crate::store::Store;

/// What the shop is called and where it is; from `knowledge/demo.toml` or the configuration.
#[derive(Clone, Debug)]
pub struct ShopProfile {
    pub name: String,
    pub email: String,
    pub url: String,
    /// Lines of the return address as printed.
    pub return_address: Vec<String>,
    pub currency: Currency,
    pub zone: TimeZone,
    /// Where this server is reached by shoppers, without a slash at the end: slip links start so.
    pub public_url: String,
}

/// The shop. Cloned freely.
#[derive(Clone)]
pub struct Shop {
    pub store: Store,
    pub profile: Arc<ShopProfile>,
    pub clock: Clock,
    pub random: Random,
}
