//! Whether people answer just now, in words for the shopper.

use crate::shop::Shop;
use crate::shop::hours::Answering;
use crate::tools::answering;

/// As the storefront shows it before anybody has asked. Without words nothing is known of hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People {
    pub open: bool,
    pub words: String,
}

pub fn at(shop: &Shop, now_ms: i64) -> People {
    let hours = shop.terms.hours.as_ref();
    People {
        open: hours.is_some_and(|hours| matches!(hours.at(now_ms), Answering::Open { .. })),
        words: answering::said(hours, now_ms).words,
    }
}
