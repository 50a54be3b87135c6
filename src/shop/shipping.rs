//! What shipping costs and how long it takes: `knowledge/shipping.toml`, read once.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

use super::calendar::Calendar;

static SHIPPING: LazyLock<(Shipping, Calendar)> = LazyLock::new(|| {
    let shipping: Shipping = toml::from_str(include_str!("../../knowledge/shipping.toml"))
        .expect("a test reads this file, which is part of the binary");
    let calendar = Calendar::new(
        shipping
            .version
            .iter()
            .flat_map(|version| &version.holidays)
            .filter_map(civil),
    );
    (shipping, calendar)
});

/// The shop's shipping terms.
pub fn shipping() -> &'static Shipping {
    &SHIPPING.0
}

/// The shop's working days.
pub fn calendar() -> &'static Calendar {
    &SHIPPING.1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shipping {
    version: Vec<Version>,
}

/// The terms between two days.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    valid_from: toml::value::Datetime,
    #[serde(default)]
    valid_to: Option<toml::value::Datetime>,
    /// Ordered before it on a working day counts as ordered that day.
    pub cutoff: String,
    pub handling_working_days: u32,
    pub not_shipped: Vec<String>,
    holidays: Vec<toml::value::Datetime>,
    zone: Vec<Zone>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    pub name: String,
    pub countries: Vec<String>,
    pub services: Vec<Service>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub name: String,
    pub price: String,
    /// Free from this value of the items, after discounts.
    #[serde(default)]
    pub free_from: Option<String>,
    pub days_min: u32,
    pub days_max: u32,
}

impl Shipping {
    /// The terms in force on a day; the oldest before all of them.
    pub fn on(&self, day: Date) -> Option<&Version> {
        let in_force = self.version.iter().find(|version| {
            let from = civil(&version.valid_from);
            let to = version.valid_to.as_ref().and_then(civil);
            from.is_some_and(|from| from <= day) && to.is_none_or(|to| day <= to)
        });
        in_force.or_else(|| self.version.first())
    }
}

impl Version {
    /// A service of the zone that a country is in; `None` where the shop does not ship.
    pub fn service(&self, country: &str, name: &str) -> Option<&Service> {
        let zone = self
            .zone
            .iter()
            .find(|zone| zone.countries.iter().any(|known| known == country))?;
        zone.services.iter().find(|service| service.name == name)
    }
}

fn civil(day: &toml::value::Datetime) -> Option<Date> {
    let day = day.date?;
    Date::new(
        i16::try_from(day.year).ok()?,
        i8::try_from(day.month).ok()?,
        i8::try_from(day.day).ok()?,
    )
    .ok()
}
