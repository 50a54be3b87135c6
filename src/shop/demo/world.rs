//! What the demo shop is made from: names, places, carriers, products, rules.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde::Deserialize;

use super::rules::{self, DatedRules};
use crate::domain::customer::Address;
use crate::domain::order::ShipmentStatus;
use crate::domain::product::Product;
use crate::shop::ShopProfile;
use crate::shop::import::{ProductRow, Settings};

static FILE: LazyLock<DemoFile> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../knowledge/demo.toml"))
        .expect("a test reads this file, which is part of the binary")
});
const CATALOG: &str = include_str!("../../../knowledge/catalog.jsonl");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoFile {
    first_names: Vec<String>,
    last_names: Vec<String>,
    shop: ShopTable,
    place: Vec<Place>,
    carrier: Vec<Carrier>,
    shopper: Vec<NamedShopper>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShopTable {
    name: String,
    #[serde(rename = "legal_name")]
    _legal_name: String,
    email: String,
    url: String,
    return_address: Vec<String>,
    currency: String,
    timezone: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub country: String,
    pub city: String,
    postcode_pattern: String,
    house_number: HouseNumber,
    streets: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum HouseNumber {
    Before,
    After,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carrier {
    pub name: String,
    pub tracking_pattern: String,
    events: Wordings,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wordings {
    label_created: Vec<String>,
    in_transit: Vec<String>,
    out_for_delivery: Vec<String>,
    delivered: Vec<String>,
    exception: Vec<String>,
    returned_to_sender: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedShopper {
    pub situation: String,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    #[serde(rename = "description")]
    _description: String,
}

impl Carrier {
    /// The carrier's wordings of a status; none for a status that nobody scans.
    pub fn wordings(&self, status: ShipmentStatus) -> &[String] {
        match status {
            ShipmentStatus::LabelCreated => &self.events.label_created,
            ShipmentStatus::InTransit => &self.events.in_transit,
            ShipmentStatus::OutForDelivery => &self.events.out_for_delivery,
            ShipmentStatus::Delivered => &self.events.delivered,
            ShipmentStatus::Exception => &self.events.exception,
            ShipmentStatus::ReturnedToSender => &self.events.returned_to_sender,
            ShipmentStatus::Lost => &[],
        }
    }
}

/// Everything that a demo shop of one day is made from.
pub struct World {
    products: Vec<Product>,
    rules: Vec<DatedRules>,
    pub profile: ShopProfile,
    pub today: Date,
    /// The first moment of today: what is generated happened before.
    pub midnight_ms: i64,
}

impl World {
    pub fn new(profile: &ShopProfile, now_ms: i64, today: Date) -> Self {
        let midnight_ms = at(today, 0, 0, &profile.zone).min(now_ms);
        let settings = Settings {
            currency: profile.currency,
            zone: profile.zone.clone(),
            now_ms: midnight_ms,
        };
        let product = |line: &str| {
            let row: ProductRow = serde_json::from_str(line).map_err(|error| error.to_string())?;
            row.product(&settings)
        };
        Self {
            products: CATALOG
                .lines()
                .map(|line| {
                    product(line).expect("a test reads this file, which is part of the binary")
                })
                .collect(),
            rules: rules::all(),
            profile: profile.clone(),
            today,
            midnight_ms,
        }
    }

    pub fn products(&self) -> &[Product] {
        &self.products
    }

    pub fn into_products(self) -> Vec<Product> {
        self.products
    }

    pub fn shoppers(&self) -> &'static [NamedShopper] {
        &FILE.shopper
    }

    pub fn zone(&self) -> &TimeZone {
        &self.profile.zone
    }

    pub fn rules_on(&self, day: Date) -> &DatedRules {
        rules::on(&self.rules, day)
    }

    /// The carrier that serves a country.
    pub fn carrier(&self, country: &str, express: bool) -> &'static Carrier {
        let name = match (country, express) {
            ("NO", _) => "Norrland Express",
            ("DE" | "NL" | "FR", _) | (_, true) => "Swiftline",
            _ => "AtlanticPost",
        };
        FILE.carrier
            .iter()
            .find(|carrier| carrier.name == name)
            .unwrap_or(&FILE.carrier[0])
    }

    /// A place in a country; the first of all when there is none.
    pub fn place_in(&self, country: &str) -> &'static Place {
        FILE.place
            .iter()
            .find(|place| place.country == country)
            .unwrap_or(&FILE.place[0])
    }

    /// A place, those at home more often.
    pub fn any_place(&self, rng: &mut StdRng) -> &'static Place {
        let home: Vec<&Place> = FILE
            .place
            .iter()
            .filter(|place| place.country == "IE")
            .collect();
        if rng.random_bool(0.45) {
            return home[rng.random_range(0..home.len())];
        }
        pick(rng, &FILE.place)
    }
}

pub fn profile() -> ShopProfile {
    let shop = &FILE.shop;
    ShopProfile {
        name: shop.name.clone(),
        email: shop.email.clone(),
        url: shop.url.clone(),
        return_address: shop.return_address.clone(),
        currency: shop
            .currency
            .parse()
            .expect("a test reads this file, which is part of the binary"),
        zone: TimeZone::get(&shop.timezone)
            .expect("the zones are part of the binary, and a test reads this name"),
        public_url: String::new(),
        has_storefront: false,
    }
}

pub fn carrier_wordings() -> BTreeSet<&'static str> {
    const SCANNED: [ShipmentStatus; 6] = [
        ShipmentStatus::LabelCreated,
        ShipmentStatus::InTransit,
        ShipmentStatus::OutForDelivery,
        ShipmentStatus::Delivered,
        ShipmentStatus::Exception,
        ShipmentStatus::ReturnedToSender,
    ];
    let carriers = FILE.carrier.iter();
    carriers
        .flat_map(|carrier| SCANNED.iter().flat_map(|status| carrier.wordings(*status)))
        .map(String::as_str)
        .collect()
}

/// E-mail and situation of each named shopper.
pub fn situations() -> Vec<(String, String)> {
    FILE.shopper
        .iter()
        .map(|shopper| (shopper.email.clone(), shopper.situation.clone()))
        .collect()
}

/// One of a list that is never empty.
pub fn pick<'a, T>(rng: &mut StdRng, list: &'a [T]) -> &'a T {
    &list[rng.random_range(0..list.len())]
}

pub fn names(rng: &mut StdRng) -> (String, String) {
    (
        pick(rng, &FILE.first_names).clone(),
        pick(rng, &FILE.last_names).clone(),
    )
}

/// # becomes a digit, A a capital letter.
pub fn patterned(rng: &mut StdRng, pattern: &str) -> String {
    pattern
        .chars()
        .map(|c| match c {
            '#' => char::from(b'0' + rng.random_range(0..10_u8)),
            'A' => char::from(b'A' + rng.random_range(0..26_u8)),
            other => other,
        })
        .collect()
}

pub fn address(rng: &mut StdRng, place: &Place, name: String) -> Address {
    let street = pick(rng, &place.streets);
    let number = rng.random_range(1..120_u32);
    Address {
        region: None,
        name,
        street: match place.house_number {
            HouseNumber::Before => format!("{number} {street}"),
            HouseNumber::After => format!("{street} {number}"),
        },
        extra: rng
            .random_bool(0.12)
            .then(|| format!("Apt {}", rng.random_range(1..30_u32))),
        postcode: patterned(rng, &place.postcode_pattern),
        city: place.city.clone(),
        country: place.country.clone(),
    }
}

/// A time of a day in a zone.
pub fn at(day: Date, hour: i8, minute: i8, zone: &TimeZone) -> i64 {
    day.at(hour, minute, 0, 0)
        .to_zoned(zone.clone())
        .map_or(0, |zoned| zoned.timestamp().as_millisecond())
}
