//! A draft for the person at the desk: fixed words by reason and situation, filled from the bundle.

use jiff::tz::TimeZone;
use minijinja::{Value, context};

use super::words::say;
use crate::clock::{day, long_date};
use crate::domain::bundle::{Bundle, HandOffReason, ProposedAction};
use crate::domain::order::{Order, Shipment, ShipmentStatus};
use crate::domain::returns::ReturnStatus;

pub fn of(bundle: &Bundle, zone: &TimeZone) -> String {
    let name = bundle
        .customer
        .as_ref()
        .map(|customer| customer.first_name.trim());
    let (key, values) = situation(bundle, zone);
    let values = context! {
        greeting => say("", "greeting", context! { name => name.unwrap_or_default() }),
        opening => say("opening", bundle.reason.code(), ()),
        situation => say("situation", key, values),
        closing => say("", "closing", ()),
    };
    say("", "layout", values)
}

/// The first that fits, with its values.
fn situation(bundle: &Bundle, zone: &TimeZone) -> (&'static str, Value) {
    let action = bundle.proposed_action.as_ref();
    if let Some(action) = action {
        let key = match bundle.reason {
            HandOffReason::NeedsApproval => "approve",
            _ => "prepared",
        };
        return (key, of_action(action));
    }
    in_parcels(bundle, zone)
        .or_else(|| of_return(bundle))
        .or_else(|| of_refusal(bundle))
        .unwrap_or_else(|| of_rest(bundle))
}

fn of_action(action: &ProposedAction) -> Value {
    let lines: Vec<String> = action.lines.iter().map(|line| format!("{line}.")).collect();
    context! { title => &action.title, lines => lines.join(" ") }
}

/// A parcel that is lost, or past the last day of its estimate.
fn in_parcels(bundle: &Bundle, zone: &TimeZone) -> Option<(&'static str, Value)> {
    let parcels = || {
        let of = |order: &'_ Order| order.shipments.len();
        bundle.orders.iter().filter(move |order| of(order) > 0)
    };
    let today = day(bundle.created_ms, zone);
    for order in parcels() {
        let number = order.number.as_str();
        if order
            .shipments
            .iter()
            .any(|parcel| parcel.status == ShipmentStatus::Lost)
        {
            return Some(("lost", context! { order => number }));
        }
        let under_way = |parcel: &&Shipment| {
            parcel.delivered_ms.is_none() && parcel.status != ShipmentStatus::ReturnedToSender
        };
        let expected = order
            .shipments
            .iter()
            .filter(under_way)
            .filter_map(|p| p.estimate);
        if let Some((_, last)) = expected
            .min_by_key(|(_, last)| *last)
            .filter(|(_, l)| *l < today)
        {
            return Some(("late", context! { order => number, day => long_date(last) }));
        }
    }
    None
}

fn of_return(bundle: &Bundle) -> Option<(&'static str, Value)> {
    let open = bundle
        .returns
        .iter()
        .rev()
        .find(|one| one.status == ReturnStatus::Open)?;
    let values = context! {
        number => open.number.as_str(),
        order => open.order.as_str(),
        refund => open.refund.total.to_string(),
        method => &open.refund.method,
    };
    Some(("return_open", values))
}

fn of_refusal(bundle: &Bundle) -> Option<(&'static str, Value)> {
    let refused = bundle
        .calls
        .iter()
        .rev()
        .find(|call| call.outcome == "refused")?;
    (!refused.result.is_empty()).then(|| ("refused", context! { words => &refused.result }))
}

fn of_rest(bundle: &Bundle) -> (&'static str, Value) {
    if let [order] = bundle.orders.as_slice() {
        let values = context! { order => order.number.as_str(), status => order.status.words() };
        return ("order", values);
    }
    let said = bundle
        .transcript
        .iter()
        .rev()
        .find(|line| line.who == "shopper");
    match said.map(|line| line.text.trim()) {
        Some(words) if !words.is_empty() => ("open", context! { words }),
        _ => ("nothing", context! {}),
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::keys;
    use super::*;

    #[test]
    fn every_opening_and_situation_is_rendered() {
        assert_eq!(keys("opening").len(), 8);
        let values = context! {
            title => "Return for order 1", lines => "Refund: €5.00.", order => "1",
            day => "Monday 3 August 2026", number => "RT-1", refund => "€5.00",
            method => "Visa", words => "It broke.", status => "delivered",
        };
        for key in keys("opening") {
            assert!(say("opening", key, ()).ends_with('.'));
        }
        for key in keys("situation") {
            let words = say("situation", key, &values);
            assert!(words.len() > 10 && !words.contains("{{"), "{words}");
        }
        let greetings = [("Maeve", "Hello Maeve,"), ("", "Hello,")];
        for (name, greeting) in greetings {
            assert_eq!(say("", "greeting", context! { name }), greeting);
        }
    }
}
