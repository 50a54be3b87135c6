//! How soon a person should look, as a sum whose terms are named: whoever disagrees sees with what.

use minijinja::context;

use super::{Seen, words};
use crate::domain::bundle::{Bundle, HandOffReason, Priority, PriorityTerm, Term, Urgency};
use crate::domain::event::EventBody;
use crate::domain::money::Money;

/// A point for each so many major units at stake, up to so many points.
const UNITS_PER_POINT: i64 = 10;
const VALUE_POINTS_MAX: u32 = 20;
/// A point for each so many minutes since the first message that no person has answered.
const MINUTES_PER_POINT: i64 = 10;
const WAITING_POINTS_MAX: u32 = 20;
/// Points of each earlier conversation in so many days, and of a hand-over before in this one.
const REPEATED_DAYS: i64 = 14;
const REPEATED_POINTS: u32 = 10;
const REPEATED_POINTS_MAX: u32 = 20;

pub fn of(bundle: &Bundle, seen: Seen<'_>) -> Priority {
    let say = |key: &str, values| words::say("priority", key, values);
    let mut terms = vec![
        PriorityTerm {
            term: Term::Reason,
            points: reason_points(bundle.reason),
            why: say(
                "reason",
                context! { reason => bundle.reason.code().replace('_', " ") },
            ),
        },
        PriorityTerm {
            term: Term::Urgency,
            points: urgency_points(bundle.urgency),
            why: say(
                "urgency",
                context! { urgency => urgency_word(bundle.urgency) },
            ),
        },
    ];
    if let Some(amount) = at_stake(bundle) {
        let per_unit = 10_i64.saturating_pow(amount.currency.exponent());
        terms.push(PriorityTerm {
            term: Term::Value,
            points: capped(amount.minor / per_unit / UNITS_PER_POINT, VALUE_POINTS_MAX),
            why: say("value", context! { amount => amount.to_string() }),
        });
    }
    let minutes = waiting_minutes(bundle, seen);
    if minutes > 0 {
        terms.push(PriorityTerm {
            term: Term::Waiting,
            points: capped(minutes / MINUTES_PER_POINT, WAITING_POINTS_MAX),
            why: say("waiting", context! { minutes }),
        });
    }
    terms.extend(repeated(bundle, seen));
    Priority {
        points: terms.iter().map(|term| term.points).sum(),
        terms,
    }
}

fn reason_points(reason: HandOffReason) -> u32 {
    match reason {
        HandOffReason::Complaint => 30,
        HandOffReason::Failure | HandOffReason::NeedsApproval => 20,
        HandOffReason::ShopperAsked => 15,
        HandOffReason::Unsupported
        | HandOffReason::LimitReached
        | HandOffReason::OutOfScope
        | HandOffReason::Draft => 10,
    }
}

fn urgency_points(urgency: Urgency) -> u32 {
    match urgency {
        Urgency::High => 30,
        Urgency::Normal => 15,
        Urgency::Low => 0,
    }
}

fn urgency_word(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::High => "high",
        Urgency::Normal => "normal",
        Urgency::Low => "low",
    }
}

fn capped(points: i64, most: u32) -> u32 {
    u32::try_from(points.max(0)).map_or(most, |points| points.min(most))
}

/// What the prepared action moves, else the dearest of the orders concerned.
fn at_stake(bundle: &Bundle) -> Option<Money> {
    let prepared = bundle
        .proposed_action
        .as_ref()
        .and_then(|action| action.amount);
    let dearest = || {
        bundle
            .orders
            .iter()
            .map(|order| order.total)
            .max_by_key(|total| total.minor)
    };
    prepared.or_else(dearest)
}

fn waiting_minutes(bundle: &Bundle, seen: Seen<'_>) -> i64 {
    let answered = seen.iter().rposition(|event| {
        matches!(
            event.body,
            EventBody::AgentWrote(_) | EventBody::HandedBack(_) | EventBody::Resolved(_)
        )
    });
    let since = seen[answered.map_or(0, |at| at + 1)..]
        .iter()
        .find(|event| matches!(event.body, EventBody::ShopperWrote(_)))
        .map(|event| event.at_ms);
    since.map_or(0, |since| (bundle.created_ms - since).max(0) / 60_000)
}

fn repeated(bundle: &Bundle, seen: Seen<'_>) -> Vec<PriorityTerm> {
    let recent = bundle.created_ms - REPEATED_DAYS * 24 * 60 * 60 * 1_000;
    let earlier = bundle
        .profile
        .iter()
        .flat_map(|profile| &profile.conversations);
    let count = earlier.filter(|one| one.started_ms >= recent).count();
    let here = seen
        .iter()
        .any(|event| matches!(event.body, EventBody::HandedOff(_)));
    let mut terms = Vec::new();
    let mut add = |points, key: &str| {
        terms.push(PriorityTerm {
            term: Term::RepeatedContact,
            points,
            why: words::say("priority", key, context! { count, days => REPEATED_DAYS }),
        });
    };
    if count > 0 {
        let all =
            u32::try_from(count).map_or(REPEATED_POINTS_MAX, |n| n.saturating_mul(REPEATED_POINTS));
        add(all.min(REPEATED_POINTS_MAX), "repeated_before");
    }
    if here {
        add(REPEATED_POINTS, "repeated_here");
    }
    terms
}
