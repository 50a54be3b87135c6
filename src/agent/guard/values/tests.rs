//! What is read of values in the formats in which people write them.

use super::*;
use crate::domain::evidence::{Fact, FactValue, Subject};

const TODAY: Date = jiff::civil::date(2026, 11, 23);

fn read(text: &str) -> Vec<Found> {
    let plain = super::super::plain::Plain::of(text);
    find(&plain.text, &plain.lower, TODAY)
}

fn values(text: &str) -> Vec<Value> {
    read(text).into_iter().map(|found| found.value).collect()
}

fn eur(milli: i64) -> Value {
    let currency = Some("EUR");
    Value::Money { milli, currency }
}

#[test]
fn amounts_are_read_in_every_format() {
    for (text, milli) in [
        ("It cost €52.", 52_000),
        ("It cost 52 EUR", 52_000),
        ("EUR 52,00 please", 52_000),
        ("52 euros", 52_000),
        ("52eur", 52_000),
        ("fifty-two euros", 52_000),
        ("fifty two euros and ninety cents", 52_900),
        ("a hundred and twenty euros", 120_000),
        ("two thousand three hundred euros", 2_300_000),
        ("1.234,50 €", 1_234_500),
        ("€1,234.50", 1_234_500),
        ("1 234,50 €", 1_234_500),
        ("€1 234.50", 1_234_500),
        ("€ 4,90", 4_900),
        ("**€5**2.00", 52_000),
        ("5\u{200b}2 €", 52_000),
        ("５２ €", 52_000),
        ("€5O", 50_000),
        ("€4.90 EUR", 4_900),
        ("(€4.90)", 4_900),
        ("€1.234", 1_234_000),
        ("€0.50", 500),
    ] {
        assert_eq!(values(text), [eur(milli)], "{text}");
    }
    assert_eq!(values("between €10 and 20 €"), [eur(10_000), eur(20_000)]);
    assert_eq!(values("10-20 €"), [eur(10_000), eur(20_000)]);
    let dollars = Value::Money {
        milli: 1_234_500,
        currency: Some("$"),
    };
    assert_eq!(values("$1,234.50"), [dollars]);
}

#[test]
fn days_are_read_in_every_format() {
    let third = FactValue::Date(jiff::civil::date(2026, 11, 3));
    let fact = Fact::new(&Subject::new("order:1"), "placed", third);
    for text in [
        "Tuesday 3 November 2026",
        "Tuesday, 3 November",
        "by Nov 3",
        "by Nov. 3rd, 2026",
        "on 3rd of November",
        "on the third of November",
        "November 3rd",
        "2026-11-03",
        "03/11/2026",
        "11/03/2026",
        "3.11.2026",
        "3.11.26",
        "on 3/11",
        "on Tuesday",
        "on Tuesdays",
        "in November 2026",
        "this month",
    ] {
        let found = read(text);
        assert!(
            found.len() == 1 && says(&fact, &found[0], TODAY),
            "{text}: {found:?}"
        );
    }
    for text in [
        "Monday 3 November 2026",
        "next month",
        "last week",
        "before Tuesday 3 November 2025",
        "3 May",
    ] {
        let found = read(text);
        assert!(!says(&fact, &found[0], TODAY), "{text}: {found:?}");
    }
    for (text, count) in [
        ("3-5 November", 2),
        ("Nov 3-5", 2),
        ("between Tuesday 24 and Thursday 26 November", 2),
        ("24 or 26 November", 2),
        ("on 3 November and 4 December", 2),
        ("Item 2 may be returned.", 1),
        ("the 2nd of may", 1),
    ] {
        assert_eq!(read(text).len(), count, "{text}: {:?}", read(text));
    }
}

#[test]
fn counts_times_and_codes_are_read() {
    use Unit::*;
    for (text, value) in [
        ("Order #10482 is here", Value::Number(10_482, None)),
        ("Order 10,482 is here", Value::Number(10_482, None)),
        ("Your slip RT-7K2M9Q", Value::Code("RT-7K2M9Q".into())),
        ("within thirty days", Value::Number(30, Days)),
        ("within two working days", Value::Number(2, WorkingDays)),
        ("a 30-day window", Value::Number(30, Days)),
        ("a thirty-day window", Value::Number(30, Days)),
        ("both parcels", Value::Number(2, Parcels)),
        ("two of your three parcels", Value::Number(3, Parcels)),
        ("seven other orders", Value::Number(7, Orders)),
        ("80% wool", Value::Number(80, Percent)),
        ("until 14:00", Value::Time(840)),
        ("until 2 pm", Value::Time(840)),
        ("until 2pm", Value::Time(840)),
        ("until 2:00 pm.", Value::Time(840)),
        ("at 9 o'clock", Value::Time(540)),
        (
            "tracking SW 123 456 789 is",
            Value::Digits("SW123456789".into()),
        ),
        ("call +353 91 123 456", Value::Digits("35391123456".into())),
        ("1.5 kg", Value::Figure(1_500, "1.5".into())),
        (
            "see http://127.0.0.1:8080/slips/ab.pdf?size=a6.",
            Value::Link("http://127.0.0.1:8080/slips/ab.pdf?size=a6".into()),
        ),
        (
            "write to a.b@shop.example!",
            Value::Link("a.b@shop.example".into()),
        ),
        ("(see shop.example)", Value::Link("shop.example".into())),
    ] {
        assert_eq!(values(text), [value], "{text}");
    }
}

#[test]
fn what_states_nothing_is_not_read() {
    for text in [
        "1. First of all",
        "2) then this",
        "We are here 24/7 and I am 100% sure.",
        "Please print it in A6 or A4.",
        "I may help you in March.",
        "As said [ctx 7]",
        "the sun sat down",
        "Hello there!",
        "One of them is fine, and a couple of others are too.",
        "How can I help you today?",
        "",
        "...",
        "a hundred",
    ] {
        assert!(values(text).is_empty(), "{text}: {:?}", values(text));
    }
}

/// Whatever is written: no panic, and time that grows with the text alone.
#[test]
fn anything_can_be_read() {
    let pieces = [
        "€",
        "52",
        ".",
        ",",
        "-",
        " ",
        "3rd",
        "Nov",
        "may",
        "\u{200b}",
        "#",
        "SW",
        "and",
        "fifty",
        "%",
        "é",
        "ß",
        "\u{1}",
        "/",
        ":",
        "[",
        "999999999999999999999",
        "of",
        "the",
        "in",
        "week",
        "next",
        "@",
        "a.com",
        "İ",
        "٥",
        "\"",
        "both",
    ];
    let mut state = 7_usize;
    for length in 0..2_000 {
        let text: String = (0..length % 40)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                pieces[(state >> 33) % pieces.len()]
            })
            .collect();
        for found in read(&text) {
            let plain = super::super::plain::plain(&text);
            assert!(plain.get(found.at.clone()).is_some(), "{text}");
        }
    }
    let long = "€5 and 3 November, 30 days ".repeat(20_000);
    assert_eq!(values(&long).len(), 60_000);
}
