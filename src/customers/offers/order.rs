//! What a code comes to for a whole order: which lines take part, and what each of them bears.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::apply::{Excluded, after, missing, most_off, takes_part};
use super::known::{Available, Known, Standing, issued_standing, published, standing};
use crate::customers::Customers;
use crate::domain::ids::CustomerId;
use crate::domain::money::Money;
use crate::domain::offer::{IssuedCode, OfferTerms, OfferValue};
use crate::shop::Shop;
use crate::shop::checkout::{Discount, Item};
use crate::store::StoreError;

/// Why a code takes nothing off an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoDiscount {
    /// No such code, or another customer's: one answer.
    Unknown,
    NotYet {
        from: Date,
    },
    Expired {
        since: Date,
    },
    Used,
    /// What takes part is worth too little.
    Minimum {
        minimum: Money,
        missing: Money,
    },
    /// Nothing in the cart takes part; why the first item does not.
    Excluded {
        title: String,
        why: Excluded,
    },
    /// Free standard shipping, and another service was chosen.
    OtherService,
}

impl Customers {
    /// What a code that somebody typed at the checkout comes to, as things are now.
    pub async fn code_at_checkout(
        &self,
        shop: &Shop,
        customer: Option<&CustomerId>,
        code: &str,
        order: &Wanted<'_>,
    ) -> Result<Result<Discount, NoDiscount>, StoreError> {
        let issued = match customer {
            Some(customer) => shop.store.offer_code(customer, code).await?,
            None => None,
        };
        Ok(self.discount(code, issued.as_ref(), order))
    }

    /// The same with the customer's own code as it was read.
    pub fn discount(
        &self,
        code: &str,
        issued: Option<&IssuedCode>,
        order: &Wanted<'_>,
    ) -> Result<Discount, NoDiscount> {
        let known = self.known(code, issued, order);
        let Known {
            available,
            standing,
        } = known.ok_or(NoDiscount::Unknown)?;
        match standing {
            Standing::InForce => {}
            Standing::NotYet { from } => return Err(NoDiscount::NotYet { from }),
            Standing::Expired { since } => return Err(NoDiscount::Expired { since }),
            Standing::Used => return Err(NoDiscount::Used),
        }
        let off = off(&available.terms, order, self.margin_floor_percent())?;
        Ok(Discount {
            title: available.terms.title.clone(),
            lines: off,
            free_shipping: available.terms.value == OfferValue::FreeShipping,
            redeems: available.personal,
        })
    }

    fn known(&self, code: &str, issued: Option<&IssuedCode>, order: &Wanted<'_>) -> Option<Known> {
        let public = self.offers.as_ref();
        if let Some((offer, available)) = public.and_then(|offers| published(offers, code)) {
            return Some(Known {
                standing: standing(offer, order.today),
                available,
            });
        }
        let issued = issued?.clone();
        let (used, open) = (issued.redeemed.is_some(), issued.is_open(order.now_ms));
        let available = Available::issued(issued, order.zone);
        Some(Known {
            standing: issued_standing(&available, used, open),
            available,
        })
    }
}

/// An order that a code is held against.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub items: &'a [Item],
    /// The service that was chosen: free shipping is for the standard one.
    pub service: &'a str,
    pub today: Date,
    pub zone: &'a TimeZone,
    pub now_ms: i64,
}

/// What each line bears. The sum is what the offer takes off all lines that take part together,
/// spread by their price; no line goes below its cost and the floor for the odd cent.
fn off(
    terms: &OfferTerms,
    order: &Wanted<'_>,
    margin_floor_percent: u8,
) -> Result<Vec<Money>, NoDiscount> {
    let parts: Vec<Result<(), Excluded>> = order
        .items
        .iter()
        .map(|item| takes_part(terms, &item.product, margin_floor_percent))
        .collect();
    if let (false, Some(Err(why)), Some(item)) = (
        parts.iter().any(Result::is_ok),
        parts.first(),
        order.items.first(),
    ) {
        let (title, why) = (item.product.title.clone(), why.clone());
        return Err(NoDiscount::Excluded { title, why });
    }
    let currency = order.items.first().map(|item| item.product.price.currency);
    let Some(currency) = currency else {
        return Ok(Vec::new());
    };
    let weights: Vec<i64> = order
        .items
        .iter()
        .zip(&parts)
        .map(|(item, part)| if part.is_ok() { item.price().minor } else { 0 })
        .collect();
    let value = Money::new(weights.iter().sum(), currency);
    if let (Some(missing), Some(minimum)) = (missing(terms, value), terms.minimum) {
        return Err(NoDiscount::Minimum { minimum, missing });
    }
    if terms.value == OfferValue::FreeShipping {
        return match order.service {
            "standard" => Ok(vec![Money::zero(currency); order.items.len()]),
            _ => Err(NoDiscount::OtherService),
        };
    }
    let left = after(terms.value, value).unwrap_or(value);
    let shares = Money::new(value.minor - left.minor, currency).split(&weights);
    Ok(order
        .items
        .iter()
        .zip(shares)
        .map(|(item, share)| {
            let most = most_off(item.price(), item.cost(), margin_floor_percent);
            Money::new(share.minor.min(most.minor), currency)
        })
        .collect())
}
