//! Data about now: every value is one line, capped, and JSON wherever others have a say in it, so
//! that none of them can look like another key.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::agent::prompt::Prompts;
use crate::agent::session::Session;
use crate::agent::summary::found;
use crate::agent::summary::quoted::{Keep, newest_of, quoted, shortened};
use crate::clock;
use crate::domain::conversation::Status;
use crate::domain::event::ProposalMade;
use crate::domain::limits;
use crate::domain::page::{Page, PageProduct};
use crate::domain::parts::ProposalPart;

/// What `prompts/context.txt` is filled with.
#[derive(Serialize)]
struct Now<'a> {
    today: String,
    time: String,
    customer: &'a str,
    code_sent: &'a str,
    proposal: String,
    with_person: &'a str,
    /// What turns that are over found of orders.
    orders: Option<String>,
    page: Option<PageNow>,
    /// Pictures that came with the messages to answer.
    pictures: usize,
    correction: Option<Correction>,
    released: Option<String>,
}

/// Where on the storefront the shopper is. What the page is called stays in the log, for people: a
/// link that somebody else made may have put anything there.
#[derive(Serialize)]
struct PageNow {
    product: Option<String>,
    cart: Option<String>,
}

#[derive(Serialize)]
struct Correction {
    sentence: String,
    reason: String,
}

pub fn told(session: &Session, now_ms: i64, zone: &TimeZone) -> String {
    let turn = &session.turn;
    let now = clock::timestamp(now_ms).to_zoned(zone.clone());
    let customer = match (turn.identity().customer(), turn.identity().is_proved()) {
        (Some(_), _) => "signed in",
        (None, true) => "has proved an order",
        (None, false) => "not signed in",
    };
    let with_person = match turn.status() {
        Status::Waiting => "waiting",
        _ => "no",
    };
    let said = turn.released();
    let data = Now {
        today: clock::long_date(now.date()),
        time: now.strftime("%H:%M (%Q)").to_string(),
        customer,
        code_sent: if session.code_sent(now_ms) {
            "yes"
        } else {
            "no"
        },
        proposal: turn.proposal().map_or("none".to_owned(), proposed),
        with_person,
        orders: found::of_orders(&session.evidence, session.folding.origins(), zone),
        page: session.page().map(page_now),
        pictures: session.pictures(),
        correction: session.stopped().map(correction),
        released: (!said.is_empty())
            .then(|| quoted(said, limits::ALREADY_SAID_BYTES_MAX, Keep::Tail)),
    };
    Prompts::get().render("context.txt", data)
}

fn correction((sentence, reason): (&str, &str)) -> Correction {
    Correction {
        sentence: quoted(sentence, limits::STOPPED_SENTENCE_BYTES_MAX, Keep::Head),
        reason: quoted(reason, limits::STOPPED_REASON_BYTES_MAX, Keep::Head),
    }
}

/// What waits for a yes, as one line of JSON, so that it can be proposed again with a change. As
/// much of each part as fits: all, all but the lines, the titles.
fn proposed(made: &ProposalMade) -> String {
    let mut parts = made.parts();
    let json = |parts: &[ProposalPart]| serde_json::to_string(parts).unwrap_or_default();
    let fits = |json: &String| json.len() <= limits::OPEN_PROPOSAL_BYTES_MAX;
    let mut told = json(&parts);
    if !fits(&told) {
        parts.iter_mut().for_each(|part| part.lines.clear());
        told = json(&parts);
    }
    if !fits(&told) {
        let each = limits::OPEN_PROPOSAL_BYTES_MAX / limits::PROPOSAL_PARTS_MAX - 2;
        let titles = parts
            .iter()
            .map(|part| quoted(&part.title, each, Keep::Head));
        let titles: Vec<String> = titles.collect();
        let (array, _) = newest_of(&titles, limits::OPEN_PROPOSAL_BYTES_MAX);
        told = array.unwrap_or_default();
    }
    if parts.is_empty() {
        // Erased: only that it waits is known.
        return made.tool.clone();
    }
    told
}

fn page_now(page: &Page) -> PageNow {
    let product = page.product.as_ref().and_then(|product| {
        let product = PageProduct {
            product: product.product.clone(),
            title: shortened(&product.title, limits::FOREIGN_TEXT_CHARS_MAX),
        };
        let told = serde_json::to_string(&product).ok()?;
        (told.len() <= limits::PAGE_PRODUCT_BYTES_MAX).then_some(told)
    });
    let lines = page.cart.iter();
    let lines: Vec<String> = lines
        .filter_map(|line| serde_json::to_string(line).ok())
        .collect();
    let (cart, _) = newest_of(&lines, limits::PAGE_CART_BYTES_MAX);
    PageNow { product, cart }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{Approver, ProposalWords};
    use crate::domain::ids::{CallId, ProposalId};

    fn made(items: usize, lines: usize) -> ProposalMade {
        let part = |n: usize| ProposalPart {
            tool: "start_return".to_owned(),
            arguments: serde_json::json!({ "items": vec!["an item of it"; items] }),
            title: format!("Return {n}"),
            lines: vec!["a line of it\nand more".to_owned(); lines],
            amount: None,
            order: None,
        };
        ProposalMade {
            bounds: None,
            drafted: false,
            proposal: ProposalId::new("p"),
            call: CallId::new("c"),
            tool: "start_return".to_owned(),
            hash: "h".to_owned(),
            order: None,
            amount: None,
            approver: Approver::Shopper,
            expires_ms: 1,
            tainted: false,
            private: Some(ProposalWords {
                parts: (0..limits::PROPOSAL_PARTS_MAX).map(part).collect(),
                ..ProposalWords::default()
            }),
        }
    }

    #[test]
    fn what_waits_is_one_line_and_never_too_long() {
        for (items, lines, tells) in [(1, 2, "a line of it"), (5, 200, "an item"), (500, 1, "5")] {
            let told = proposed(&made(items, lines));
            assert!(told.contains("Return 5") && told.contains(tells), "{told}");
            assert!(told.len() <= limits::OPEN_PROPOSAL_BYTES_MAX);
            assert!(!told.contains('\n'));
        }
        let mut erased = made(1, 1);
        erased.private = None;
        assert_eq!(proposed(&erased), "start_return");
    }
}
