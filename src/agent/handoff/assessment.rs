//! What was wanted, what was found and what stopped the assistant: composed from the log alone.

use jiff::tz::TimeZone;
use minijinja::context;

use super::{Asked, Seen, open, words};
use crate::clock::{day, long_date};
use crate::domain::bundle::{Assessment, Bundle, HandOffReason};
use crate::domain::event::{Approver, EffectFinished, EventBody, ToolOutcome};
use crate::domain::limits::ASSESSMENT_FOUND_MAX;
use crate::domain::order::Order;
use crate::domain::returns::{Return, ReturnStatus};

pub fn of(bundle: &Bundle, seen: Seen<'_>, asked: &Asked<'_>) -> Assessment {
    let zone = asked.zone;
    let used_up = asked.used_up.map(|budget| budget.key());
    let mut found: Vec<String> = bundle.orders.iter().map(|one| order(one, zone)).collect();
    found.extend(bundle.returns.iter().map(registered));
    found.extend(outcomes(bundle, seen));
    found.extend(failures(seen));
    let is_why = bundle.reason == HandOffReason::LimitReached;
    if let Some(budget) = used_up.filter(|_| !is_why) {
        found.truncate(ASSESSMENT_FOUND_MAX - 1);
        found.push(words::say("found", "budget", context! { budget }));
    }
    found.truncate(ASSESSMENT_FOUND_MAX);
    Assessment {
        wanted: bundle.summary.clone(),
        found,
        stopped: match used_up.filter(|_| is_why) {
            Some(detail) => words::say("stopped", "budget", context! { detail }),
            None => stopped(bundle, seen),
        },
    }
}

fn order(order: &Order, zone: &TimeZone) -> String {
    let values = context! {
        number => order.number.as_str(),
        placed => long_date(day(order.placed_ms, zone)),
        status => order.status.words(),
        pieces => order.lines.iter().map(|line| line.quantity).sum::<u32>(),
        total => order.total.to_string(),
    };
    words::say("found", "order", values)
}

fn registered(registered: &Return) -> String {
    let status = match registered.status {
        ReturnStatus::Open => "open",
        ReturnStatus::Received => "received",
        ReturnStatus::Refunded => "refunded",
        ReturnStatus::Cancelled => "cancelled",
    };
    let values = context! {
        number => registered.number.as_str(),
        order => registered.order.as_str(),
        status,
        refund => registered.refund.total.to_string(),
    };
    words::say("found", "return", values)
}

/// What was refused in words for the shopper, done, or is waiting for their yes.
fn outcomes(bundle: &Bundle, seen: Seen<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for event in seen {
        let said = match &event.body {
            EventBody::ToolReturned(returned)
                if returned.outcome == ToolOutcome::Refused && returned.hand_off.is_none() =>
            {
                let refused = returned.private.as_ref().map(|words| {
                    let values = context! { tool => &returned.tool, words => &words.content };
                    words::say("found", "refused", values)
                });
                refused.into_iter().collect()
            }
            EventBody::EffectFinished(finished) => done(seen, finished),
            _ => Vec::new(),
        };
        for said in said {
            if !found.contains(&said) {
                found.push(said);
            }
        }
    }
    let waiting = bundle.proposed_action.as_ref();
    let waiting = waiting.filter(|_| bundle.reason != HandOffReason::NeedsApproval);
    found.extend(
        waiting.map(|action| words::say("found", "offered", context! { title => &action.title })),
    );
    found
}

/// The parts of a confirmed proposal that were done.
fn done(seen: Seen<'_>, finished: &EffectFinished) -> Vec<String> {
    let parts = finished.parts().into_iter();
    let done = parts.filter(|part| part.outcome == Some(ToolOutcome::Done));
    done.map(|part| {
        let title = if part.title.is_empty() {
            title_of(seen, finished.proposal.as_str())
        } else {
            part.title
        };
        words::say("found", "done", context! { tool => part.tool, title })
    })
    .collect()
}

fn title_of(seen: Seen<'_>, proposal: &str) -> String {
    let title = seen.iter().find_map(|event| match &event.body {
        EventBody::ProposalMade(made) if made.proposal.as_str() == proposal => {
            made.private.as_ref().map(|words| words.title.clone())
        }
        _ => None,
    });
    title.unwrap_or_default()
}

/// Tools that broke, each with how often.
fn failures(seen: Seen<'_>) -> Vec<String> {
    let mut broken: Vec<(String, usize)> = Vec::new();
    for event in seen {
        let tool = match &event.body {
            EventBody::ToolReturned(returned) if returned.outcome == ToolOutcome::Failed => {
                returned.tool.clone()
            }
            EventBody::EffectFinished(finished) => match broken_part(finished) {
                Some(tool) => tool,
                None => continue,
            },
            _ => continue,
        };
        match broken.iter_mut().find(|(known, _)| *known == tool) {
            Some((_, count)) => *count += 1,
            None => broken.push((tool, 1)),
        }
    }
    broken
        .into_iter()
        .map(|(tool, count)| words::say("found", "failed", context! { tool, count }))
        .collect()
}

/// The tool of the part that broke.
fn broken_part(finished: &EffectFinished) -> Option<String> {
    let mut parts = finished.parts().into_iter();
    let broken = parts.find(|part| part.outcome == Some(ToolOutcome::Failed));
    broken.map(|part| part.tool)
}

fn stopped(bundle: &Bundle, seen: Seen<'_>) -> String {
    let newest = |of: fn(&EventBody) -> Option<String>| {
        open(seen).iter().rev().find_map(|event| of(&event.body))
    };
    let detail = match bundle.reason {
        HandOffReason::NeedsApproval => bundle.proposed_action.as_ref().map(|action| {
            let amount = action.amount.map(|amount| amount.to_string());
            amount.unwrap_or_else(|| action.title.clone())
        }),
        HandOffReason::Unsupported => newest(|body| match body {
            EventBody::GuardStopped(stopped) => {
                stopped.private.as_ref().map(|words| words.reason.clone())
            }
            _ => None,
        }),
        HandOffReason::Failure => newest(|body| match body {
            EventBody::ModelFailed(failed) => Some(failed.detail.clone()),
            EventBody::ToolReturned(returned) if returned.outcome == ToolOutcome::Failed => {
                Some(returned.tool.clone())
            }
            EventBody::EffectFinished(finished) => broken_part(finished),
            _ => None,
        }),
        HandOffReason::OutOfScope => newest(|body| match body {
            EventBody::ToolReturned(returned)
                if returned.outcome == ToolOutcome::Refused && returned.hand_off.is_none() =>
            {
                returned.private.as_ref().map(|words| words.content.clone())
            }
            _ => None,
        }),
        HandOffReason::ShopperAsked
        | HandOffReason::Complaint
        | HandOffReason::LimitReached
        | HandOffReason::Draft => None,
    };
    let detail = detail.unwrap_or_default();
    let key = match bundle.reason {
        HandOffReason::NeedsApproval if drafted(seen) => "drafted",
        reason => reason.code(),
    };
    words::say("stopped", key, context! { detail })
}

/// Was what waits for an agent parked because of its channel?
fn drafted(seen: Seen<'_>) -> bool {
    let parked = open(seen).iter().rev().find_map(|event| match &event.body {
        EventBody::ProposalMade(made) if made.approver == Approver::Agent => Some(made.drafted),
        _ => None,
    });
    parked.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::super::words::{keys, say};
    use super::*;

    #[test]
    fn every_reason_says_what_stopped_it_with_and_without_a_detail() {
        let keys = keys("stopped");
        assert_eq!(keys.len(), 10);
        for key in keys {
            for detail in ["€200.00", ""] {
                let words = say("stopped", key, context! { detail });
                assert!(words.len() > 20 && !words.contains("{{"), "{words}");
            }
        }
    }
}
