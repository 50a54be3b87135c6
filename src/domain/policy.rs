//! A policy: prose for people, rules for code, and the days between which both apply.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::aftersale::ItemProblem;
use super::order::CancelReason;
use super::returns::ReturnReason;

/// One version of one policy, read from `knowledge/policies/<id>.<valid_from>.md`.
#[derive(Clone, Debug)]
pub struct Policy {
    pub id: String,
    pub title: String,
    pub version: String,
    pub valid_from: Date,
    /// The last day it applies to; open-ended without.
    pub valid_to: Option<Date>,
    /// When a person last said that it is still right.
    pub last_confirmed: Date,
    pub sections: Vec<Section>,
    /// The front matter's `[rules]`, read by whoever needs them into a type of their own.
    pub rules: toml::Table,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub heading: String,
    pub text: String,
}

/// What a heading is called in the address of its passage: "what-a-return-costs".
pub fn anchor(heading: &str) -> String {
    let mut anchor = String::new();
    for c in heading.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            anchor.push(c);
        } else if !matches!(c, '\'' | '’') && !anchor.is_empty() && !anchor.ends_with('-') {
            anchor.push('-');
        }
    }
    anchor.truncate(anchor.trim_end_matches('-').len());
    anchor
}

impl Policy {
    pub fn in_force_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }

    /// "returns 2026-03": how an answer, a bundle and a ledger row name the version used.
    pub fn cite(&self) -> String {
        format!("{} {}", self.id, self.version)
    }
}

/// `[rules]` of the policy `returns`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnRules {
    /// Days after the delivery day; the last one counts to its end in the shop's zone.
    pub window_days: u32,
    /// Which delivery day, when an order comes in several parcels.
    #[serde(default)]
    pub window_from: WindowFrom,
    #[serde(default)]
    pub christmas_extension: Option<SeasonExtension>,
    /// Taken off the refund once per return; digits in the shop's currency.
    pub return_fee: String,
    /// Reasons that are the shop's fault: no fee, and no exclusion holds.
    pub free_reasons: Vec<ReturnReason>,
    pub excluded_categories: Vec<String>,
    pub final_sale: FinalSale,
    pub refund_shipping: RefundShipping,
    /// Days after the last delivery in which a whole order must be registered to get its shipping
    /// back; without limit when left out.
    #[serde(default)]
    pub refund_shipping_days: Option<u32>,
    /// Working days after the parcel has reached the shop.
    pub refund_days: u32,
    pub gift_card_refundable: bool,
    /// Days after registering in which the parcel must be handed over.
    pub ship_back_days: u32,
    /// Where a refund may go, by the shopper's choice; to the original payment alone when left out.
    #[serde(default = "original_alone")]
    pub refund_to: Vec<RefundTo>,
    /// May an order have one return or exchange only?
    #[serde(default)]
    pub once_per_order: bool,
}

/// Where money goes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefundTo {
    /// The way the order was paid.
    Original,
    /// A gift card of the customer's, or a new one.
    GiftCard,
    /// Credit with the shop.
    StoreCredit,
}

fn original_alone() -> Vec<RefundTo> {
    vec![RefundTo::Original]
}

/// `[rules]` of the policy `order-changes`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeRules {
    pub change_until: ChangeUntil,
    /// Where a new address of an order may be.
    #[serde(default)]
    pub new_address: NewAddress,
    /// Reasons for which an order is cancelled; any when left out.
    #[serde(default)]
    pub cancel_reasons: Option<Vec<CancelReason>>,
    /// Working days until a card or PayPal has its money back; gift cards have it at once.
    pub refund_days: u32,
    /// May an item be changed into what it is? It changes nothing, but some shops' systems count it.
    #[serde(default)]
    pub same_variant_exchange: bool,
    /// Is a change of items the last thing that can be done to an order before it is sent?
    #[serde(default)]
    pub items_change_is_last: bool,
    /// May a difference be paid back another way than the order was paid, if the shopper says so?
    #[serde(default)]
    pub refund_to_other_method: bool,
    /// How often the way to pay may be changed; as often as anybody likes when left out.
    #[serde(default)]
    pub payment_changes_max: Option<u32>,
}

/// Up to which status an order may be changed or cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeUntil {
    /// While it is processing.
    Packed,
    /// While it is processing or packed.
    Shipped,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewAddress {
    /// Prices and taxes depend on the country.
    #[default]
    SameCountry,
    Anywhere,
}

/// `[rules]` of the policy `exchanges`. Time limits and exclusions are those of `returns`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExchangeRules {
    /// Countries from which nothing is exchanged, ISO 3166-1 alpha-2.
    #[serde(default)]
    pub not_from: Vec<String>,
    /// May an item be exchanged for another piece of the same variant?
    #[serde(default)]
    pub same_variant_exchange: bool,
    /// May an order have one return or exchange only?
    #[serde(default)]
    pub once_per_order: bool,
    /// May a difference go back to a way to pay that the order was not paid with?
    #[serde(default)]
    pub refund_to_other_method: bool,
    /// Days after registering in which the parcel must be handed over.
    pub ship_back_days: u32,
    /// Working days until a difference in price is paid back, after the parcel has reached the shop.
    pub refund_days: u32,
}

/// `[rules]` of the policy `damaged-items`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DamageRules {
    /// Days after the delivery day; the last one counts to its end in the shop's zone.
    pub report_within_days: u32,
    /// Problems that a picture must show.
    pub photo_for: Vec<ItemProblem>,
    /// Problems with which the old item comes back.
    pub send_back_for: Vec<ItemProblem>,
    /// Days after registering in which the parcel must be handed over.
    pub ship_back_days: u32,
    /// Working days until a refund is there.
    pub refund_days: u32,
}

/// Orders placed between two month-days may come back until a third; all "MM-DD".
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeasonExtension {
    pub ordered_from: String,
    pub ordered_to: String,
    pub return_until: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowFrom {
    /// Each line from the parcel that brought it.
    #[default]
    OwnParcel,
    /// All lines from the parcel that arrives last.
    LastParcel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinalSale {
    /// Only for a reason that is the shop's fault.
    Never,
    Allowed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundShipping {
    Never,
    /// When nothing of the order stays with the shopper, or every reason is the shop's fault.
    WhenAllReturned,
}
