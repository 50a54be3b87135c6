//! The facts behind the options: each value with the country that it holds for.

use super::Question;
use super::answer::Overview;
use crate::domain::evidence::{Fact, FactValue, Subject};
use crate::shop::countries::{Countries, Country, Place};
use crate::shop::hours::clock;
use crate::shop::shipping::{Service, Version, Zone};

fn subject(code: &str) -> Subject {
    Subject::new(format!("shipping:{code}"))
}

/// What countries are called.
pub fn names<'a>(countries: impl IntoIterator<Item = &'a Country>) -> Vec<Fact> {
    let mut facts = Vec::new();
    for country in countries {
        let about = subject(&country.code);
        let called = std::iter::once(&country.name).chain(&country.said);
        facts.extend(called.map(|name| Fact::new(&about, "name", FactValue::Name(name.clone()))));
    }
    facts
}

pub fn served(question: &Question<'_>, place: &Place<'_>, zone: &Zone) -> Vec<Fact> {
    let about = subject(&place.country.code);
    let mut facts = names([place.country]);
    let mut add = |attribute: &str, value| facts.push(Fact::new(&about, attribute, value));
    if let Some(part) = place.part {
        add("name", FactValue::Name(part.to_owned()));
    }
    let version = question.version;
    add("cutoff", FactValue::Code(clock(version.cutoff)));
    let mut last = question.now.date();
    for service in &zone.services {
        for (attribute, value) in of_service(service) {
            add(&attribute, value);
        }
        let name = &service.name;
        if let Some(value) = question.order_value {
            let price = FactValue::Money(service.price_at(value));
            add(&format!("{name}_price_now"), price);
        }
        let estimate = question.shipping.estimate(version, service, question.now);
        last = last.max(estimate.arrives_to);
        for (attribute, day) in [
            ("arrives_ordered".to_owned(), estimate.counts_as_ordered),
            ("arrives_handed_over".to_owned(), estimate.handed_over_by),
            (format!("arrives_{name}_from"), estimate.arrives_from),
            (format!("arrives_{name}_to"), estimate.arrives_to),
        ] {
            add(&attribute, FactValue::Date(day));
        }
    }
    if let Some(value) = question.order_value {
        add("order_value", FactValue::Money(value));
    }
    for day in question.shipping.closed_between(question.now.date(), last) {
        add("arrives_closed", FactValue::Date(day));
    }
    facts
}

/// Price, free from, days: what holds on any day of the version.
fn of_service(service: &Service) -> Vec<(String, FactValue)> {
    let name = &service.name;
    let days = |days: u32| FactValue::Number(i64::from(days));
    let mut facts = vec![
        (format!("{name}_price"), FactValue::Money(service.price)),
        (format!("{name}_days_min"), days(service.days_min)),
        (format!("{name}_days_max"), days(service.days_max)),
    ];
    if let Some(free) = service.free_from {
        facts.push((format!("{name}_free_from"), FactValue::Money(free)));
    }
    facts
}

/// Each zone's values hold for the zone and for each of its countries that were asked about.
pub fn overview(version: &Version, overview: &Overview) -> Vec<Fact> {
    let mut facts = Vec::new();
    for view in &overview.overview {
        let Some(zone) = version.zones.iter().find(|zone| zone.name == view.zone) else {
            continue;
        };
        let of_zone = subject(&format!("zone {}", zone.name));
        facts.push(Fact::new(
            &of_zone,
            "name",
            FactValue::Name(zone.name.clone()),
        ));
        facts.extend(names(
            view.codes
                .iter()
                .filter_map(|code| Countries::get().code(code)),
        ));
        for (attribute, value) in zone.services.iter().flat_map(of_service) {
            let fact = Fact::new(&of_zone, &attribute, value);
            facts.push(
                view.codes
                    .iter()
                    .fold(fact, |fact, code| fact.also_about(&subject(code))),
            );
        }
    }
    facts
}
