//! From behaviour to what a customer is now and what may be offered to them.
//!
//! `behaviour` says what they did, `segments` what that makes them, `offers` what they may have.
//! Rules and offers are files of the shop's; a shop without them has no segments and no offers.

pub mod behaviour;
pub mod fit;
mod holdout;
pub mod offers;
pub mod segments;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::domain::ids::{CustomerId, ProductId};
use crate::domain::limits::{
    CUSTOMER_FILE_BYTES_MAX, HISTORIES_PER_READ_MAX, OFFER_PRODUCTS_PER_READ_MAX,
};
use crate::domain::money::{Currency, Money};
use crate::domain::offer::Segment;
use crate::shop::Shop;
use crate::store::histories::History;
use crate::store::{Store, StoreError};
use behaviour::{Behaviour, View};
pub use holdout::Holdout;
use offers::{Audience, Offers};
use segments::Segments;

/// Without `segments.toml` orders are still counted, over so many months.
const OBSERVED_MONTHS: i32 = 24;

/// What is known of customers as such. The default knows no segments and has no offers.
#[derive(Clone, Debug, Default)]
pub struct Customers {
    segments: Option<Segments>,
    offers: Option<Offers>,
    holdout: Holdout,
    /// What the configuration raises the file's floor to.
    margin_floor_percent: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomersError {
    #[error("{file}: {problem}")]
    File { file: String, problem: String },
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: String },
}

/// Who a customer is by what they did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub customer: CustomerId,
    /// Orders within the observed months.
    pub orders: u32,
    /// Paid for what was kept of these.
    pub net_spend: Money,
    /// Day of the first order.
    pub since: Option<Date>,
    pub newest_order: Option<Date>,
    pub segment: Option<Segment>,
    /// What they did, in one sentence.
    pub why: String,
    pub behaviour: Behaviour,
}

/// All customers by their segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sorted {
    pub customers: u64,
    pub by_segment: BTreeMap<Segment, u64>,
    pub without: u64,
    pub held_out: u64,
}

impl Customers {
    /// The demo shop's.
    pub fn embedded() -> Result<Self, CustomersError> {
        Self::parse(
            Some(include_str!("../../knowledge/segments.toml")),
            Some(include_str!("../../knowledge/offers.toml")),
        )
    }

    /// A shop's own: `segments.toml` and `offers.toml` in the folder, each of which may be missing.
    /// `currency` is the shop's.
    pub fn load(folder: &Path, currency: Currency) -> Result<Self, CustomersError> {
        let segments = read(&folder.join("segments.toml"))?;
        let offers = read(&folder.join("offers.toml"))?;
        let customers = Self::parse(segments.as_deref(), offers.as_deref())?;
        let of_segments = customers.segments.as_ref().map(|file| file.currency);
        let of_offers = customers.offers.as_ref().map(|file| file.currency);
        for (name, other) in [("segments.toml", of_segments), ("offers.toml", of_offers)] {
            if let Some(other) = other.filter(|other| *other != currency) {
                let (other, shop) = (other.code(), currency.code());
                let problem = format!("it is in {other}, and the shop's currency is {shop}");
                return Err(wrong(name, problem));
            }
        }
        Ok(customers)
    }

    /// From the texts of the two files.
    pub fn parse(segments: Option<&str>, offers: Option<&str>) -> Result<Self, CustomersError> {
        let segments = segments.map(Segments::parse).transpose();
        let segments = segments.map_err(|problem| wrong("segments.toml", problem))?;
        let offers = offers.map(Offers::parse).transpose();
        let offers = offers.map_err(|problem| wrong("offers.toml", problem))?;
        let for_segments = |offers: &Offers| {
            let mut list = offers.list.iter();
            list.any(|offer| matches!(offer.audience, Audience::Segments { .. }))
        };
        if segments.is_none() && offers.as_ref().is_some_and(for_segments) {
            let problem = "it has offers to segments, and there is no segments.toml beside it";
            return Err(wrong("offers.toml", problem.to_owned()));
        }
        Ok(Self {
            segments,
            offers,
            ..Self::default()
        })
    }

    pub fn with_holdout(self, holdout: Holdout) -> Self {
        Self { holdout, ..self }
    }

    /// Raises the floor of `offers.toml`; a lower one changes nothing.
    pub fn with_margin_floor(self, percent: u8) -> Self {
        Self {
            margin_floor_percent: percent,
            ..self
        }
    }

    /// The share of an item's price after an offer that must stay above its cost.
    pub fn margin_floor_percent(&self) -> u8 {
        let of_file = self.offers.as_ref();
        let of_file = of_file.map_or(0, |offers| offers.margin_floor_percent);
        of_file.max(self.margin_floor_percent)
    }

    pub fn offers(&self) -> Option<&Offers> {
        self.offers.as_ref()
    }

    pub fn has_segments(&self) -> bool {
        self.segments.is_some()
    }

    /// Is the customer left out of offers? See `Holdout::holds` for what that means.
    pub fn held_out(&self, customer: &CustomerId) -> bool {
        self.holdout.holds(customer)
    }

    /// Do the offers name only categories and brands that the shop has?
    pub async fn check_names(&self, store: &Store) -> Result<(), NamesError> {
        let Some(offers) = &self.offers else {
            return Ok(());
        };
        let categories = store.categories().await?;
        let mut brands: Vec<String> = Vec::new();
        let mut after: Option<ProductId> = None;
        while offers.name_brands() {
            let page = store
                .products(after.as_ref(), OFFER_PRODUCTS_PER_READ_MAX)
                .await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            brands.extend(page.into_iter().map(|product| product.brand));
            brands.sort();
            brands.dedup();
        }
        match offers.unknown_names(&categories, &brands) {
            Some(problem) => Err(wrong("offers.toml", problem).into()),
            None => Ok(()),
        }
    }

    /// Who a customer is by what they did until now; `None` for an unknown one.
    pub async fn profile(
        &self,
        shop: &Shop,
        customer: &CustomerId,
        now_ms: i64,
    ) -> Result<Option<Profile>, StoreError> {
        let history = shop.store.history(customer).await?;
        Ok(history.map(|history| self.profile_of(shop, &history, now_ms)))
    }

    /// The same from a history that was read.
    pub fn profile_of(&self, shop: &Shop, history: &History, now_ms: i64) -> Profile {
        let segments = self.segments.as_ref();
        let view = View {
            now_ms,
            zone: &shop.profile.zone,
            currency: shop.profile.currency,
            observed_months: segments.map_or(OBSERVED_MONTHS, |rules| rules.observed_months),
        };
        let behaviour = Behaviour::of(history, &view);
        Profile {
            customer: history.customer.id.clone(),
            orders: behaviour.orders,
            net_spend: behaviour.net_spend,
            since: behaviour.oldest,
            newest_order: behaviour.newest,
            segment: segments.and_then(|rules| rules.of(&behaviour)),
            why: words::why(&behaviour),
            behaviour,
        }
    }

    /// Sorts every customer of the shop into their segment.
    pub async fn sort_all(&self, shop: &Shop, now_ms: i64) -> Result<Sorted, StoreError> {
        let mut sorted = Sorted::default();
        let mut after: Option<CustomerId> = None;
        loop {
            let page = shop
                .store
                .histories(after.as_ref(), HISTORIES_PER_READ_MAX)
                .await?;
            let Some(last) = page.last() else {
                return Ok(sorted);
            };
            after = Some(last.customer.id.clone());
            for history in &page {
                sorted.customers += 1;
                sorted.held_out += u64::from(self.held_out(&history.customer.id));
                match self.profile_of(shop, history, now_ms).segment {
                    Some(segment) => *sorted.by_segment.entry(segment).or_default() += 1,
                    None => sorted.without += 1,
                }
            }
        }
    }
}

/// Why offers could not be held against the catalogue.
#[derive(Debug, thiserror::Error)]
pub enum NamesError {
    #[error(transparent)]
    Wrong(#[from] CustomersError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn wrong(file: &str, problem: String) -> CustomersError {
    CustomersError::File {
        file: file.to_owned(),
        problem,
    }
}

/// A file's text; `None` when there is no such file.
fn read(path: &Path) -> Result<Option<String>, CustomersError> {
    let unreadable = |error: String| CustomersError::Unreadable {
        path: path.to_owned(),
        error,
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
    };
    if text.len() > CUSTOMER_FILE_BYTES_MAX {
        return Err(unreadable(format!(
            "it is larger than {CUSTOMER_FILE_BYTES_MAX} bytes"
        )));
    }
    Ok(Some(text))
}
