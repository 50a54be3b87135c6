//! What a shopper may be told of: public offers, and those of a customer with codes of their own.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::apply::takes_part;
use super::{Audience, Available, Offer, Offers, code};
use crate::customers::{Customers, Profile};
use crate::domain::ids::{CustomerId, ProductId};
use crate::domain::limits::{
    OFFER_CODES_TRIED_MAX, OFFER_PRODUCTS_PER_READ_MAX, OFFER_PRODUCTS_READ_MAX, OFFERS_SHOWN_MAX,
};
use crate::domain::offer::{IssuedCode, OfferTerms};
use crate::shop::Shop;
use crate::store::StoreError;
use crate::store::offers::NewCode;

impl Customers {
    /// Everything that whoever is served may be told of, at most `OFFERS_SHOWN_MAX`: their own
    /// first, then what is open to everybody. A code is made for a personal offer that has none
    /// yet; asking again gives the same one. `customer` is who was proved, `profile` what they are,
    /// where the shop knows them; see `Holdout::holds` for whom there is nothing.
    pub async fn offers_for(
        &self,
        shop: &Shop,
        customer: Option<&CustomerId>,
        profile: Option<&Profile>,
        now_ms: i64,
    ) -> Result<Vec<Available>, StoreError> {
        let Some(offers) = &self.offers else {
            return Ok(Vec::new());
        };
        if customer.is_some_and(|customer| self.holdout.holds(customer)) {
            return Ok(Vec::new());
        }
        let today = shop.day(now_ms);
        let mut found = match profile.filter(|profile| customer == Some(&profile.customer)) {
            Some(profile) => self.personal(offers, shop, profile, now_ms).await?,
            None => Vec::new(),
        };
        let public = offers.list.iter().filter(|offer| offer.is_in_force(today));
        found.extend(public.filter_map(Available::public));
        let hold = self.hold(shop, found.iter().map(|one| &one.terms)).await?;
        let mut found: Vec<Available> = found
            .into_iter()
            .zip(hold)
            .filter_map(|(one, holds)| holds.then_some(one))
            .collect();
        found.truncate(OFFERS_SHOWN_MAX);
        Ok(found)
    }

    /// A customer's offers: of their segment, and those whose code they still hold from before.
    async fn personal(
        &self,
        offers: &Offers,
        shop: &Shop,
        profile: &Profile,
        now_ms: i64,
    ) -> Result<Vec<Available>, StoreError> {
        let today = shop.day(now_ms);
        let of_segment: Vec<&Offer> = offers
            .list
            .iter()
            .filter(|offer| {
                offer.is_in_force(today)
                    && profile.segment.is_some_and(|segment| offer.is_for(segment))
            })
            .take(OFFERS_SHOWN_MAX)
            .collect();
        // Before codes are made: an offer that holds for nothing has none.
        let hold = self
            .hold(shop, of_segment.iter().map(|offer| &offer.terms))
            .await?;
        let mut codes: Vec<IssuedCode> = Vec::new();
        for (offer, holds) in of_segment.into_iter().zip(hold) {
            if holds {
                codes.extend(issue(shop, offer, &profile.customer, now_ms).await?);
            }
        }
        let held = shop
            .store
            .open_offer_codes(&profile.customer, now_ms, OFFERS_SHOWN_MAX)
            .await?;
        for code in held {
            if !codes.iter().any(|known| known.offer == code.offer) {
                codes.push(code);
            }
        }
        let zone = &shop.profile.zone;
        Ok(codes
            .into_iter()
            .map(|code| Available::issued(code, zone))
            .collect())
    }

    /// For each of the terms: is there a product that takes part? What holds for nothing is not
    /// offered. Reads the catalogue only as far as it must.
    async fn hold(
        &self,
        shop: &Shop,
        terms: impl Iterator<Item = &OfferTerms>,
    ) -> Result<Vec<bool>, StoreError> {
        let floor = self.margin_floor_percent();
        let terms: Vec<&OfferTerms> = terms.collect();
        let mut open: BTreeSet<usize> = (0..terms.len()).collect();
        let mut after: Option<ProductId> = None;
        let mut read = 0;
        while !open.is_empty() && read < OFFER_PRODUCTS_READ_MAX {
            let page = shop
                .store
                .products(after.as_ref(), OFFER_PRODUCTS_PER_READ_MAX)
                .await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            read += page.len();
            open.retain(|at| {
                !page
                    .iter()
                    .any(|product| takes_part(terms[*at], product, floor).is_ok())
            });
        }
        Ok((0..terms.len()).map(|at| !open.contains(&at)).collect())
    }
}

/// The customer's code for a personal offer, made if they have none and the offer still has one
/// for them.
async fn issue(
    shop: &Shop,
    offer: &Offer,
    customer: &CustomerId,
    now_ms: i64,
) -> Result<Option<IssuedCode>, StoreError> {
    let Audience::Segments {
        valid_days,
        uses,
        renew_expired,
        ..
    } = &offer.audience
    else {
        return Ok(None);
    };
    let known = shop.store.offer_code_of(customer, &offer.id).await?;
    if let Some(open) = known.filter(|code| code.is_open(now_ms)) {
        return Ok(Some(open));
    }
    let today = shop.day(now_ms);
    let last = today.saturating_add(i64::from(*valid_days).days());
    let last = offer.valid_to.map_or(last, |end| end.min(last));
    let new = NewCode {
        customer: customer.clone(),
        offer: offer.id.clone(),
        terms: offer.terms.clone(),
        codes: (0..OFFER_CODES_TRIED_MAX)
            .map(|_| code::personal(&shop.random))
            .collect(),
        valid_until_ms: end_of(last, &shop.profile.zone),
        uses: *uses,
        renew_expired: *renew_expired,
    };
    shop.store.issue_offer_code(new, now_ms).await
}

/// The first moment after a day.
fn end_of(day: Date, zone: &TimeZone) -> i64 {
    day.saturating_add(1.day())
        .to_zoned(zone.clone())
        .map_or(i64::MAX, |next| next.timestamp().as_millisecond())
}
