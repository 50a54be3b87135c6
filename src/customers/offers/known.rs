//! An offer together with the code that it is had for, and codes that shoppers name.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Audience, Offer, Offers};
use crate::clock::day;
use crate::customers::Customers;
use crate::domain::ids::{ConversationId, CustomerId};
use crate::domain::limits::OFFER_GUESSES_PER_CONVERSATION_MAX;
use crate::domain::offer::{IssuedCode, OfferTerms};
use crate::shop::Shop;
use crate::store::StoreError;
use crate::store::offers::Tried;

/// An offer that somebody may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Available {
    pub offer: String,
    /// As it is shown.
    pub code: String,
    pub personal: bool,
    /// Of a personal code: as they were when it was made.
    pub terms: OfferTerms,
    /// The last day; `None` until further notice.
    pub valid_until: Option<Date>,
}

/// A code that is known, and whether it can be used now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub available: Available,
    pub standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    InForce,
    NotYet { from: Date },
    Expired { since: Date },
    Used,
}

impl Available {
    pub(super) fn public(offer: &Offer) -> Option<Self> {
        let Audience::Public { code } = &offer.audience else {
            return None;
        };
        Some(Self {
            offer: offer.id.clone(),
            code: code.clone(),
            personal: false,
            terms: offer.terms.clone(),
            valid_until: offer.valid_to,
        })
    }

    pub(super) fn issued(code: IssuedCode, zone: &TimeZone) -> Self {
        Self {
            offer: code.offer,
            code: code.code,
            personal: true,
            valid_until: Some(day(code.valid_until_ms.saturating_sub(1), zone)),
            terms: code.terms,
        }
    }
}

impl Customers {
    /// What a code is that somebody names in a conversation. `None` for one that is mistyped,
    /// another customer's, or tried after too many that were: one answer, found by one read.
    pub async fn code(
        &self,
        shop: &Shop,
        conversation: &ConversationId,
        customer: Option<&CustomerId>,
        code: &str,
        now_ms: i64,
    ) -> Result<Option<Known>, StoreError> {
        let public = self
            .offers
            .as_ref()
            .and_then(|offers| published(offers, code));
        let tried = shop
            .store
            .try_offer_code(
                conversation,
                customer,
                code,
                public.is_some(),
                OFFER_GUESSES_PER_CONVERSATION_MAX,
            )
            .await?;
        let today = shop.day(now_ms);
        let zone = &shop.profile.zone;
        Ok(match (tried, public) {
            (Tried::Known, Some((offer, available))) => Some(Known {
                standing: standing(offer, today),
                available,
            }),
            (Tried::Issued(code), _) => {
                let (used, open) = (code.redeemed.is_some(), code.is_open(now_ms));
                let available = Available::issued(*code, zone);
                let standing = issued_standing(&available, used, open);
                Some(Known {
                    available,
                    standing,
                })
            }
            (Tried::Known | Tried::Unknown, _) => None,
        })
    }
}

pub(super) fn published<'a>(offers: &'a Offers, code: &str) -> Option<(&'a Offer, Available)> {
    let offer = offers.public(code)?;
    Some((offer, Available::public(offer)?))
}

pub(super) fn issued_standing(code: &Available, used: bool, open: bool) -> Standing {
    match code.valid_until {
        _ if used => Standing::Used,
        Some(since) if !open => Standing::Expired { since },
        _ => Standing::InForce,
    }
}

pub(super) fn standing(offer: &Offer, today: Date) -> Standing {
    match offer.valid_to {
        _ if today < offer.valid_from => Standing::NotYet {
            from: offer.valid_from,
        },
        Some(since) if since < today => Standing::Expired { since },
        _ => Standing::InForce,
    }
}
