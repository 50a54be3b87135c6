//! What the model is told: one of four shapes.

use serde::Serialize;

use super::Question;
use crate::clock::long_date;
use crate::domain::limits::CLOSED_DAYS_SHOWN_MAX;
use crate::shop::countries::{Area, Country, Place};
use crate::shop::hours::clock;
use crate::shop::shipping::{Estimate, Service, Zone};

#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    Served(Box<Served>),
    NotServed(NotServed),
    Overview(Overview),
    Ask(Ask),
}

#[derive(Serialize)]
pub struct Served {
    country: String,
    code: String,
    /// The part of the country that was named, where it matters.
    part: Option<String>,
    /// Taken from the signed-in customer's address.
    own_address: bool,
    zone: String,
    ships: bool,
    options: Vec<OptionView>,
    order_before: String,
    cutoff_passed: bool,
    counts_as_ordered: String,
    closed_days: Vec<String>,
    customs: Option<String>,
    not_shipped: Vec<String>,
}

#[derive(Serialize)]
struct OptionView {
    service: String,
    price: String,
    free_from: Option<String>,
    price_now: Option<String>,
    days_min: u32,
    days_max: u32,
    handed_over_by: String,
    arrives_from: String,
    arrives_to: String,
}

#[derive(Serialize)]
pub struct NotServed {
    pub country: String,
    pub code: Option<String>,
    pub ships: bool,
    pub why: String,
    pub near: Vec<String>,
    pub not_shipped: Vec<String>,
}

#[derive(Serialize)]
pub struct Overview {
    pub area: String,
    pub overview: Vec<ZoneView>,
    /// Countries of a named area that are not served; empty for whole parts of the world.
    pub not_served: Vec<String>,
    pub not_shipped: Vec<String>,
}

#[derive(Serialize)]
pub struct ZoneView {
    pub zone: String,
    pub countries: Vec<String>,
    #[serde(skip)]
    pub codes: Vec<String>,
    /// Of the cheapest service, as the days are.
    pub from_price: String,
    pub free_from: Option<String>,
    pub days_min: u32,
    pub days_max: u32,
}

#[derive(Serialize)]
pub struct Ask {
    pub ask: &'static str,
    pub question: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

impl Served {
    pub fn new(question: &Question<'_>, place: &Place<'_>, zone: &Zone) -> Self {
        let (version, now) = (question.version, question.now);
        let estimates: Vec<(&Service, Estimate)> = zone
            .services
            .iter()
            .map(|service| (service, question.shipping.estimate(version, service, now)))
            .collect();
        let last = estimates
            .iter()
            .map(|(_, estimate)| estimate.arrives_to)
            .max();
        let closed = last.map_or_else(Vec::new, |last| {
            question.shipping.closed_between(now.date(), last)
        });
        let works_today = question.shipping.calendar().is_working_day(now.date());
        let ordered = estimates
            .first()
            .map(|(_, estimate)| estimate.counts_as_ordered);
        Self {
            country: place.country.name.clone(),
            code: place.country.code.clone(),
            part: place.part.map(str::to_owned),
            own_address: question.own_address,
            zone: zone.name.clone(),
            ships: true,
            options: estimates.iter().map(|one| option(question, one)).collect(),
            order_before: clock(version.cutoff),
            cutoff_passed: works_today && !question.shipping.is_before_cutoff(version, now),
            counts_as_ordered: ordered.map(long_date).unwrap_or_default(),
            closed_days: closed
                .into_iter()
                .take(CLOSED_DAYS_SHOWN_MAX)
                .map(long_date)
                .collect(),
            customs: customs(place, zone),
            not_shipped: version.not_shipped.clone(),
        }
    }
}

fn option(question: &Question<'_>, (service, estimate): &(&Service, Estimate)) -> OptionView {
    OptionView {
        service: service.name.clone(),
        price: service.price.to_string(),
        free_from: service.free_from.map(|free| free.to_string()),
        price_now: question
            .order_value
            .map(|value| service.price_at(value).to_string()),
        days_min: service.days_min,
        days_max: service.days_max,
        handed_over_by: long_date(estimate.handed_over_by),
        arrives_from: long_date(estimate.arrives_from),
        arrives_to: long_date(estimate.arrives_to),
    }
}

fn customs(place: &Place<'_>, zone: &Zone) -> Option<String> {
    let free = place
        .part
        .is_some_and(|part| zone.customs_free.iter().any(|free| free == part));
    zone.customs.clone().filter(|_| !free)
}

impl Overview {
    /// The zones that have countries of an area, those countries alone.
    pub fn new(question: &Question<'_>, area: &Area, within: &[&Country]) -> Self {
        let served = |one: &&&Country| question.version.zone(&one.code).is_some();
        let is_list = within.len() <= LISTED_AREA_MAX;
        Self {
            area: area.name.clone(),
            overview: question
                .version
                .zones
                .iter()
                .filter_map(|zone| ZoneView::new(zone, within))
                .collect(),
            not_served: within
                .iter()
                .filter(|one| is_list && !served(one))
                .map(|one| one.name.clone())
                .collect(),
            not_shipped: question.version.not_shipped.clone(),
        }
    }
}

/// An area of more countries is a part of the world, whose countries nobody wants listed.
const LISTED_AREA_MAX: usize = 30;

impl ZoneView {
    fn new(zone: &Zone, within: &[&Country]) -> Option<Self> {
        let mut countries: Vec<&&Country> = within
            .iter()
            .filter(|one| zone.countries.contains(&one.code))
            .collect();
        countries.sort_by_key(|one| &one.name);
        let cheapest = zone
            .services
            .iter()
            .min_by_key(|service| service.price.minor)?;
        (!countries.is_empty()).then(|| Self {
            zone: zone.name.clone(),
            countries: countries.iter().map(|one| one.name.clone()).collect(),
            codes: countries.iter().map(|one| one.code.clone()).collect(),
            from_price: cheapest.price.to_string(),
            free_from: cheapest.free_from.map(|free| free.to_string()),
            days_min: cheapest.days_min,
            days_max: cheapest.days_max,
        })
    }
}
