//! Another address: of an order that has not been sent, or of the customer.

use serde::{Deserialize, Serialize};

use super::{Refusal, Terms, open, order};
use crate::domain::customer::{Address, Customer};
use crate::domain::effect::Receipt;
use crate::domain::ids::OrderNumber;
use crate::domain::limits::FORM_FIELD_CHARS_MAX;
use crate::domain::order::{Changed, OrderChange};
use crate::domain::policy::NewAddress;
use crate::domain::text::is_visible;
use crate::shop::countries::{Countries, Country, Named, Place};
use crate::store::effects::{AsItIs, Change};

/// An address as it was given; empty for what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    pub name: String,
    pub street: String,
    pub extra: String,
    pub postcode: String,
    pub city: String,
    pub region: String,
    /// ISO code or name.
    pub country: String,
}

/// What becomes the address, and of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// `None` for the customer's own address.
    pub order: Option<OrderNumber>,
    pub address: Address,
    /// Empty where no rule was needed.
    pub policy: String,
}

/// What is wrong with an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    Missing(Field),
    /// Longer than an address's field, or with letters that do not show.
    Unreadable(Field),
    /// No single country is called that.
    Country(String),
    NoCountry,
    /// Names of the countries.
    OtherCountry {
        now: String,
        new: String,
    },
    /// It is the address already.
    Same,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Name,
    Street,
    Extra,
    Postcode,
    City,
    Region,
}

impl Field {
    pub fn words(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Street => "street",
            Self::Extra => "second line",
            Self::Postcode => "postcode",
            Self::City => "city",
            Self::Region => "region",
        }
    }
}

/// May the order be sent there?
pub fn decide(now: &AsItIs, terms: &Terms, given: &Given) -> Result<Decision, Refusal> {
    let order = order(now)?;
    open(order, terms)?;
    let current = order.address.as_ref();
    let address = read(given, current, &now.customer).map_err(Refusal::Address)?;
    if terms.rules.new_address == NewAddress::SameCountry
        && let Some(current) = current
    {
        same_country(current, &address).map_err(Refusal::Address)?;
    }
    Ok(Decision {
        order: Some(order.number.clone()),
        address,
        policy: terms.policy.clone(),
    })
}

/// The customer's own: what the next order begins with.
pub fn decide_own(customer: &Customer, given: &Given) -> Result<Decision, Refusal> {
    let address = read(given, customer.address.as_ref(), customer).map_err(Refusal::Address)?;
    Ok(Decision {
        order: None,
        address,
        policy: String::new(),
    })
}

/// What a decision comes to.
pub fn change(now: &AsItIs, decision: &Decision, receipt: Receipt) -> Change {
    let mut change = Change::new(receipt);
    match &now.order {
        Some(order) => {
            let mut order = order.clone();
            order.address = Some(decision.address.clone());
            order.history.changes.push(OrderChange {
                at_ms: change.receipt.at_ms,
                what: Changed::Address,
            });
            change.order = Some(order);
        }
        None => {
            change.customer = Some(Customer {
                address: Some(decision.address.clone()),
                ..now.customer.clone()
            });
        }
    }
    change
}

/// The address that is meant, if it is one and another than the current.
fn read(given: &Given, current: Option<&Address>, who: &Customer) -> Result<Address, Problem> {
    let mut name = optional(&given.name, Field::Name)?;
    if name.is_none() {
        let known = current.or(who.address.as_ref());
        name = known.map(|address| address.name.clone());
    }
    let street = required(&given.street, Field::Street)?;
    let city = required(&given.city, Field::City)?;
    let country = country(given, current, who)?;
    // Whoever corrects a postcode does not say the flat's number again.
    let same_place = current.filter(|now| same(&now.street, &street));
    let extra = match optional(&given.extra, Field::Extra)? {
        Some(extra) => Some(extra),
        None => same_place.and_then(|now| now.extra.clone()),
    };
    let same_town = current.filter(|now| now.country == country && same(&now.city, &city));
    let region = match optional(&given.region, Field::Region)? {
        Some(region) => Some(region),
        None => same_town.and_then(|now| now.region.clone()),
    };
    let address = Address {
        name: name.unwrap_or_else(|| format!("{} {}", who.first_name, who.last_name)),
        street,
        extra,
        postcode: required(&given.postcode, Field::Postcode)?,
        city,
        region,
        country,
    };
    match current {
        Some(current) if *current == address => Err(Problem::Same),
        _ => Ok(address),
    }
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// One line of text, or nothing. No address has more letters than a form takes.
fn optional(text: &str, field: Field) -> Result<Option<String>, Problem> {
    if text.chars().count() > FORM_FIELD_CHARS_MAX || !text.trim().chars().all(is_visible) {
        return Err(Problem::Unreadable(field));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.is_empty() {
        return Ok(None);
    }
    if !line.chars().any(char::is_alphanumeric) {
        return Err(Problem::Unreadable(field));
    }
    Ok(Some(line))
}

fn required(text: &str, field: Field) -> Result<String, Problem> {
    optional(text, field)?.ok_or(Problem::Missing(field))
}

/// ISO 3166-1 alpha-2 of what is named; the current one when none is.
fn country(given: &Given, current: Option<&Address>, who: &Customer) -> Result<String, Problem> {
    let said = given.country.trim();
    if said.is_empty() {
        let known = current.or(who.address.as_ref());
        let known = known.ok_or(Problem::NoCountry)?;
        return Ok(known.country.clone());
    }
    match Countries::get().named(said) {
        Named::Place(place) => Ok(place.country.code.clone()),
        _ => Err(Problem::Country(said.chars().take(60).collect())),
    }
}

/// Prices and taxes go by where a parcel goes: a postcode may lie in another country than its
/// address names, as those of Jersey do.
fn same_country(current: &Address, new: &Address) -> Result<(), Problem> {
    let (was, is) = (where_it_is(current), where_it_is(new));
    let (Some(was), Some(is)) = (was, is) else {
        let plain = current.country == new.country;
        return if plain {
            Ok(())
        } else {
            Err(Problem::OtherCountry {
                now: current.country.clone(),
                new: new.country.clone(),
            })
        };
    };
    if was.code == is.code {
        return Ok(());
    }
    Err(Problem::OtherCountry {
        now: was.words(),
        new: is.words(),
    })
}

fn where_it_is(address: &Address) -> Option<&'static Country> {
    let countries = Countries::get();
    let country = countries.code(&address.country)?;
    let place = Place {
        country,
        part: None,
        military: false,
    };
    Some(countries.at_postcode(place, &address.postcode).country)
}
