//! Where the money of a return goes, and whether it was a present.

use super::entities::Found;
use super::proofs::Given;
use super::told::Told;
use super::words;
use crate::domain::policy::RefundTo;

/// A message that says where money goes and nothing else has so few words.
const WHERE_WORDS: usize = 18;

/// Where the money of a return goes, as far as it is said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ways {
    pub refund_to: Option<RefundTo>,
    /// Somebody else paid for it.
    pub gift: bool,
    /// Where the gift card of a present's return is sent.
    pub gift_email: Option<String>,
}

impl Ways {
    pub fn read(text: &str, before: Option<&Self>) -> Self {
        let told = Told::read(text);
        let before = before.cloned().unwrap_or_default();
        let gift = told.gift || before.gift;
        let email = Given::read(text).email.filter(|_| gift);
        Self {
            refund_to: told.refund_to.or(before.refund_to),
            gift,
            gift_email: email.or(before.gift_email),
        }
    }
}

/// "On a gift card, please", "it was a present", an address for it: where the money of a return goes.
pub fn says_where(before: &Ways, text: &str, found: &Found) -> bool {
    let told = Told::read(text);
    let address = before.gift && Given::read(text).email.is_some();
    let says = told.refund_to.is_some() || told.gift || address;
    says && !found.question && words::words(text).len() <= WHERE_WORDS
}
