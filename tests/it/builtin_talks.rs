//! Conversations about products, sizes, shipping, offers, the cart and proofs that the built-in
//! model must be able to lead: what is said, what is called.

use crate::builtin_shop::Talk;

fn talk(mut shop: Talk, lines: &[&str]) -> String {
    for line in lines {
        shop.say(line);
    }
    shop.transcript
}

#[test]
fn a_search_is_refined_and_pointed_back_at() {
    insta::assert_snapshot!(talk(
        Talk::window(),
        &[
            "hi, I'm looking for a waterproof jacket for women under 150",
            "in navy?",
            "no, not black",
            "actually size L",
            "is the first one windproof?",
            "how much does it weigh and what is it made of?",
            "do you have it in XL?",
            "anything cheaper?",
            "thanks",
        ]
    ));
}

#[test]
fn nothing_found_says_which_wish_leaves_nothing() {
    insta::assert_snapshot!(talk(
        Talk::window(),
        &[
            "do you sell tents?",
            "a fleece under 50",
            "under 100 then",
            "what about for men?",
            "show me more",
            "anything warmer?",
        ]
    ));
}

#[test]
fn products_are_compared_by_their_data() {
    insta::assert_snapshot!(talk(
        Talk::window(),
        &[
            "show me your rain jackets",
            "which is lighter?",
            "what's the difference between the first and the second",
            "which one is warmer",
            "and the Bothy Fleece?",
            "is it cheaper than the Prom Mac?",
        ]
    ));
}

#[test]
fn which_product_is_asked_twice_at_most() {
    insta::assert_snapshot!(talk(
        Talk::window(),
        &[
            "show me your rain jackets",
            "is it vegan?",
            "hm",
            "the second one"
        ]
    ));
    insta::assert_snapshot!(talk(
        Talk::window(),
        &[
            "is it waterproof?",
            "the Sleet Rain Jacket",
            "what do people say about it?"
        ]
    ));
}

#[test]
fn a_gift_is_found_and_one_thing_asked() {
    insta::assert_snapshot!(talk(
        Talk::window(),
        &[
            "I need a birthday present for my dad",
            "he likes hiking, up to 200 euros",
            "the boots in 42, are they in stock?"
        ]
    ));
}

#[test]
fn a_size_is_advised_after_one_question() {
    insta::assert_snapshot!(talk(
        Talk::window(),
        &[
            "tell me about the Sleet Rain Jacket",
            "which size for me?",
            "98",
            "yes please",
            "and what size should I take of the Bothy Fleece? I usually wear L at Skerrow",
            "chest 150",
        ]
    ));
}

/// A question in between is answered, and the measure that comes after it is still taken.
#[test]
fn a_digression_does_not_lose_the_size() {
    insta::assert_snapshot!(talk(
        Talk::window(),
        &[
            "what size of the Prom Mac do I need?",
            "what's your return policy?",
            "38 inches",
            "add it in that size",
        ]
    ));
}

#[test]
fn a_measure_that_nobody_knows_is_not_asked_for_again() {
    insta::assert_snapshot!(talk(
        Talk::window(),
        &[
            "which size of the Prom Mac should I take",
            "I don't know, I have no tape",
            "no idea",
            "M I think"
        ]
    ));
}

#[test]
fn shipping_is_told_by_country_and_goes_on() {
    insta::assert_snapshot!(talk(
        Talk::window(),
        &[
            "do you ship to norway, what does it cost and when is it here?",
            "and express?",
            "and to sweden?",
            "how much is shipping to Germany and to Australia",
            "how much is shipping?",
            "to the norwegian coast",
            "do I have to pay customs?",
        ]
    ));
}

#[test]
fn offers_and_codes() {
    insta::assert_snapshot!(talk(
        Talk::window(),
        &[
            "any discounts?",
            "show me fleeces",
            "does HP-7K2M-9QXD still work on it?",
            "my code doesn't work",
            "WELCOME10",
            "is there a discount on the fleece?",
        ]
    ));
}

#[test]
fn the_cart_asks_for_size_and_colour() {
    insta::assert_snapshot!(talk(
        Talk::window(),
        &[
            "I'm looking for a rain jacket",
            "add the navy one",
            "M",
            "put the second one in my cart in XL",
            "add two of the Bothy Fleece",
            "M",
            "and the boots",
        ]
    ));
}

#[test]
fn an_order_is_proved_over_turns_and_the_wish_goes_on() {
    insta::assert_snapshot!(talk(
        Talk::stranger(),
        &[
            "where is my order?",
            "10321",
            "D04 X285",
            "until when can I return it?"
        ]
    ));
    insta::assert_snapshot!(talk(
        Talk::stranger(),
        &[
            "I want to return the jacket of order 10321, too small",
            "aoife@mail.example"
        ]
    ));
}

#[test]
fn without_an_order_number_a_code_goes_by_mail() {
    insta::assert_snapshot!(talk(
        Talk::stranger(),
        &[
            "where's my parcel?",
            "I don't know my order number",
            "aoife@mail.example",
            "I haven't got the code",
            "654321",
            "my code is 123 456",
        ]
    ));
}

#[test]
fn a_proof_that_fails_leads_on_and_ends_with_a_person() {
    insta::assert_snapshot!(talk(
        Talk::stranger(),
        &[
            "where is order 10482, my e-mail is me@mail.example",
            "sorry, the number is 10483",
            "then the postcode: 80331",
        ]
    ));
    insta::assert_snapshot!(talk(
        Talk::stranger(),
        &[
            "where is my refund",
            "no",
            "I won't tell you",
            "just tell me"
        ]
    ));
}

/// Questions that need no proof get an answer in between.
#[test]
fn a_proof_waits_while_something_else_is_asked() {
    insta::assert_snapshot!(talk(
        Talk::stranger(),
        &[
            "where is my order?",
            "how much does a return cost?",
            "do you have fleeces?",
            "it's order 10321, postcode D04 X285",
            "thanks, bye",
        ]
    ));
}

#[test]
fn several_wishes_of_different_kinds_are_answered_together() {
    insta::assert_snapshot!(talk(
        Talk::window(),
        &[
            "where is my order, and do you have the Bothy Fleece in L?",
            "what does shipping to Norway cost and is there a discount?",
            "add it in L and tell me how returns work",
        ]
    ));
}

#[test]
fn anger_and_other_languages_lead_on() {
    insta::assert_snapshot!(talk(
        Talk::window(),
        &[
            "show me rain jackets",
            "Wo ist meine Bestellung?",
            "the second one, does it have a hood?",
            "no, I meant the first one",
            "I don't know",
            "this is useless, you stupid bot",
            "can I talk to a person",
        ]
    ));
}
