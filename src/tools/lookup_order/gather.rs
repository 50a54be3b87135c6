//! Everything a lookup tells, worked out once for the view, the facts and the card.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::civil::Date;
use minijinja::context;

use super::super::ToolContext;
use super::super::covered_order::LOOKUP_WORDS;
use super::aftersales::Possible;
use crate::clock::{day, long_date};
use crate::domain::aftersale::Aftersale;
use crate::domain::limits::{FOREIGN_TEXT_CHARS_MAX, PARCELS_SHOWN_MAX};
use crate::domain::order::{CarrierEvent, Order, Shipment};
use crate::domain::policy::{ChangeUntil, ReturnRules};
use crate::domain::returns::Return;
use crate::domain::text::is_visible;
use crate::shop::before::Before;
use crate::shop::claims::is_reportable;
use crate::shop::methods::Method;
use crate::shop::parcels::{LostRules, ParcelStanding, parcel_standing};
use crate::shop::returns::{Standing, Terms, WhyNot, standing};
use crate::shop::{Shop, changes, demo};

/// What was done for the order since it was sent, oldest first.
pub struct Done {
    pub returns: Vec<Return>,
    pub aftersales: Vec<Aftersale>,
}

pub struct Gathered {
    pub shop: Shop,
    pub order: Order,
    pub returns: Vec<Return>,
    pub aftersales: Vec<Aftersale>,
    /// One per line; empty when no rules are known for the order's day.
    pub standings: Vec<Standing>,
    /// One per parcel shown.
    pub parcels: Vec<ParcelStanding>,
    pub others: Vec<Order>,
    /// The rules that the order is changed under, where some are known.
    pub changes: Option<changes::Terms>,
    /// The ways to pay of its customer, when that is who asks.
    pub methods: Vec<Method>,
    pub today: Date,
    /// What else can be done for what has arrived.
    pub possible: Possible,
}

impl Gathered {
    pub fn new(
        context: &ToolContext<'_>,
        order: Order,
        Done {
            returns,
            aftersales,
        }: Done,
        rules: Option<(ReturnRules, String)>,
        lost: Option<LostRules>,
        others: Vec<Order>,
    ) -> Self {
        let now_ms = context.clock.now_ms();
        let zone = &context.shop.profile.zone;
        let today = context.shop.day(now_ms);
        let calendar = context.shop.terms.calendar();
        let standings = rules.map_or_else(Vec::new, |(rules, policy)| {
            let terms = Terms {
                rules: &rules,
                policy: &policy,
                zone,
                currency: context.shop.profile.currency,
            };
            let before = Before {
                returns: &returns,
                aftersales: &aftersales,
            };
            standing(&order, before, &terms, now_ms)
        });
        let parcels = order
            .shipments
            .iter()
            .take(PARCELS_SHOWN_MAX)
            .map(|parcel| match &lost {
                Some(rules) => parcel_standing(parcel, rules, calendar, zone, today),
                None => ParcelStanding {
                    status: parcel.status,
                    late: false,
                    report: None,
                },
            })
            .collect();
        Self {
            shop: context.shop.clone(),
            order,
            returns,
            aftersales,
            standings,
            parcels,
            others,
            changes: None,
            methods: Vec::new(),
            today,
            possible: Possible::default(),
        }
    }

    pub fn day(&self, ms: i64) -> Date {
        day(ms, &self.shop.profile.zone)
    }

    pub fn date(&self, ms: i64) -> String {
        long_date(self.day(ms))
    }

    pub fn standing(&self, line: u32) -> Option<&Standing> {
        self.standings.iter().find(|standing| standing.line == line)
    }

    /// Parcels with where they stand.
    pub fn parcels(&self) -> impl Iterator<Item = (&Shipment, &ParcelStanding)> {
        self.order.shipments.iter().zip(&self.parcels)
    }

    /// Lines that can come back today for any reason, and until when.
    pub fn returnable(&self) -> Option<(Vec<u32>, Date)> {
        let open = || self.standings.iter().filter(|standing| standing.open > 0);
        let until = open().filter_map(|standing| standing.until).min()?;
        Some((open().map(|standing| standing.line).collect(), until))
    }

    /// Until when the order can be cancelled and changed, while it can, and whether the way to pay
    /// can be.
    pub fn changeable(&self) -> Option<(ChangeUntil, bool)> {
        let terms = self.changes.as_ref()?;
        changes::open(&self.order, terms).ok()?;
        let payment = changes::payment::possible(&self.order, terms).is_ok();
        Some((terms.rules.change_until, payment))
    }

    pub fn before(&self) -> Before<'_> {
        Before {
            returns: &self.returns,
            aftersales: &self.aftersales,
        }
    }

    /// Parcels (from 1) that can be reported missing, with the first and last day.
    pub fn reportable(&self) -> Vec<(u32, Date, Date)> {
        (1_u32..)
            .zip(&self.parcels)
            .zip(&self.order.shipments)
            .filter(|((_, standing), parcel)| {
                is_reportable(&self.order, parcel, self.before(), standing.status)
            })
            .filter_map(|((number, standing), _)| {
                let (from, until) = standing.report?;
                (self.today <= until && from <= until).then_some((number, from, until))
            })
            .collect()
    }

    pub fn why_not(&self, standing: &Standing) -> Option<String> {
        let words = &LOOKUP_WORDS;
        Some(match standing.why_not.as_ref()? {
            WhyNot::OrderCancelled => words.say("why_cancelled", ()),
            WhyNot::NotDelivered => words.say("why_not_delivered", ()),
            WhyNot::ReturnedToSender => words.say("why_returned_to_sender", ()),
            WhyNot::DeliveryDayUnknown => words.say("why_day_unknown", ()),
            WhyNot::WindowOver { until } => {
                words.say("why_window_over", context! { until => long_date(*until) })
            }
            WhyNot::AlreadyReturned => words.say("why_already_returned", ()),
            WhyNot::AlreadyExchanged => words.say("why_already_exchanged", ()),
            WhyNot::AlreadySettled => words.say("why_already_settled", ()),
            WhyNot::OncePerOrder => words.say("why_once_per_order", ()),
            WhyNot::FinalSale => words.say("why_final_sale", ()),
            WhyNot::Excluded { category } => words.say(
                "why_excluded",
                context! { category => category.replace('-', " ") },
            ),
            WhyNot::GiftCard => words.say("why_gift_card", ()),
        })
    }

    /// A scan in words of ours: the carrier's own only where they are on the list of known ones,
    /// else the status, so that nobody speaks to the model through a tracking note.
    pub fn scan(&self, event: &CarrierEvent) -> String {
        let known = KNOWN_SCANS.contains(event.text.as_str());
        let text = if known {
            &event.text
        } else {
            event.status.words()
        };
        let values =
            context! { text, place => reading_text(&event.place), day => self.date(event.at_ms) };
        let key = if known && is_place(&event.place) {
            "last_event_at"
        } else {
            "last_event"
        };
        LOOKUP_WORDS.say(key, values)
    }
}

/// The wordings of the shop's carriers.
static KNOWN_SCANS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(demo::carrier_wordings);

/// One to three words of letters: a town, not a message.
fn is_place(place: &str) -> bool {
    let letters = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | ',' | '.');
    (1..=3).contains(&place.split_whitespace().count())
        && place.chars().count() <= 40
        && place.chars().all(letters)
}

/// Text of a catalogue or an import as one short line.
pub fn reading_text(text: &str) -> String {
    let seen: String = text
        .chars()
        .filter(|letter| is_visible(*letter) || letter.is_control())
        .collect();
    let spaced = seen.split(|c: char| c.is_whitespace() || c.is_control());
    let line: Vec<&str> = spaced.filter(|word| !word.is_empty()).collect();
    let line = line.join(" ");
    if line.chars().count() <= FOREIGN_TEXT_CHARS_MAX {
        return line;
    }
    let kept = line.chars().take(FOREIGN_TEXT_CHARS_MAX - 1);
    kept.chain(std::iter::once('…')).collect()
}
