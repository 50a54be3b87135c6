//! Policies as they are found, dated and judged.

use std::collections::BTreeMap;

use attendant::knowledge::Knowledge;
use jiff::civil::{Date, date};
use serde::Deserialize;

#[derive(Deserialize)]
struct Questions {
    day: toml::value::Datetime,
    question: Vec<Question>,
    nothing: Vec<Nothing>,
}

#[derive(Deserialize)]
struct Question {
    ask: String,
    policy: String,
    heading: String,
    #[serde(default)]
    typos: bool,
}

#[derive(Deserialize)]
struct Nothing {
    ask: String,
}

fn questions() -> (Questions, Date) {
    let questions: Questions =
        toml::from_str(include_str!("../data/policy_questions.toml")).expect("it reads");
    let day = questions.day.to_string().parse().expect("a day");
    (questions, day)
}

/// Shoppers' own words find the right section among the first three.
#[test]
fn recall_at_3_is_at_least_nine_in_ten() {
    let knowledge = Knowledge::embedded().expect("the demo shop's policies read");
    let (questions, day) = questions();
    let mut found: BTreeMap<bool, (u32, u32, u32)> = BTreeMap::new();
    for question in &questions.question {
        let passages = knowledge.search(&question.ask, day, day, 3);
        let at = passages
            .iter()
            .position(|p| p.policy == question.policy && p.heading == question.heading);
        let counts = found.entry(question.typos).or_default();
        counts.0 += 1;
        counts.1 += u32::from(at == Some(0));
        counts.2 += u32::from(at.is_some());
        if at.is_none() {
            let got: Vec<_> = passages.iter().map(|p| &p.heading).collect();
            println!("missed: {} -> {got:?}, not {}", question.ask, question.heading);
        }
    }
    for (typos, (all, first, three)) in &found {
        println!("typos {typos}: {all} asked, {first} first, {three} in the first three");
    }
    let (all, three) = found.values().fold((0, 0), |sum, c| (sum.0 + c.0, sum.1 + c.2));
    println!("recall@3 = {:.3}", f64::from(three) / f64::from(all));
    assert_eq!(all, 60);
    assert!(three * 10 >= all * 9, "{three} of {all}");
}

/// What no policy speaks of finds nothing rather than the least bad passage.
#[test]
fn nothing_is_found_where_nothing_is_written() {
    let knowledge = Knowledge::embedded().expect("the demo shop's policies read");
    let (questions, day) = questions();
    for nothing in &questions.nothing {
        let passages = knowledge.search(&nothing.ask, day, day, 3);
        let got: Vec<_> = passages.iter().map(|p| &p.heading).collect();
        assert!(passages.is_empty(), "{}: {got:?}", nothing.ask);
    }
    let _ = date(2026, 1, 1);
}
