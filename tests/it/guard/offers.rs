//! Discounts, codes and gifts: only what a tool has found.

use attendant::domain::evidence::{Fact, FactValue, Subject};

use super::facts::*;
use super::judge;

/// What `find_offers` tells of one offer of ten percent.
fn offer() -> Vec<Fact> {
    let offer = Subject::new("offer:WARM10");
    let f = Fact::new;
    let mut facts = vec![
        f(&offer, "name", name("WARM10")),
        f(&offer, "title", name("10% off warm layers")),
        f(&offer, "valid_until", day(12, 31)),
        f(&offer, "percent", FactValue::Number(10)),
        f(&offer, "minimum", eur(6_000)),
        f(&offer, "why_orders", FactValue::Number(20)),
    ];
    facts.push(f(&offer, "code", FactValue::Code("WARM10".into())));
    let letters = Subject::new("offer:WINTERTIDE");
    facts.push(f(&letters, "name", name("WINTERTIDE")));
    facts.push(f(&letters, "code", FactValue::Code("WINTERTIDE".into())));
    facts
}

#[test]
fn an_offer_is_worth_what_was_found_and_no_more() {
    judge(
        &with(offer()),
        &[
            "With the code WARM10 you get 10% off from €60.00.",
            "WARM10 gives you ten percent off, until Thursday 31 December 2026.",
            "With WARM10 you save 10 percent.",
            "10% off warm layers is for everybody.",
            "You can use the code WINTERTIDE at the checkout.",
            "Use code WARM10 when you pay.",
            "I cannot give you half price.",
            "There is no buy one get one free here.",
            "Please type the six-digit code that I sent you.",
            "Enter the code exactly as it stands in the e-mail.",
            "I am one hundred percent sure.",
        ],
        &[
            "With the code WARM10 you get 20% off.",
            "WARM10 gives you twenty percent off.",
            "WARM10 gives you half price.",
            "With WARM10 it is a quarter off.",
            "Use the code SUMMERSALE at the checkout.",
            "Use code summersale.",
            "With our code \"friendly\" it gets cheaper.",
            "Buy one get one free with WARM10.",
            "It is two for one today.",
            "You save twenty per cent with WARM10.",
            "I'll add a free gift.",
        ],
    );
}

#[test]
fn without_an_offer_there_is_no_discount() {
    judge(
        &evidence(),
        &[
            "I am afraid I cannot give you a discount.",
            "If you have a voucher, tell me its code.",
        ],
        &[
            "I can give you a discount.",
            "You get half off.",
            "You get ten percent off.",
            "I have a special price for you.",
            "Your voucher is SUMMERSALE.",
        ],
    );
}
