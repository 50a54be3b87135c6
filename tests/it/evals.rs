//! The suites of `evals/` against the built-in model; and that the runner itself can be trusted:
//! the same seed gives the same report, and what is wrong is found.

use std::collections::BTreeMap;
use std::sync::Arc;

use attendant::evals::case::Case;
use attendant::evals::report::Report;
use attendant::evals::{self, SEED, UnknownSuite};
use attendant::model::Model;
use attendant::model::builtin::Builtin;

fn builtin() -> Arc<dyn Model> {
    Arc::new(Builtin)
}

async fn run(names: &[&str], seed: u64) -> Report {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    evals::run(evals::choose(&names).unwrap(), builtin(), seed)
        .await
        .unwrap()
}

async fn run_case(text: &str) -> Vec<String> {
    let case = Case::parse("case", text).unwrap();
    let suites = BTreeMap::from([("test".to_owned(), vec![case])]);
    let report = evals::run(suites, builtin(), SEED).await.unwrap();
    report.suites[0].cases[0].reasons.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_passes_with_the_builtin_model() {
    let report = run(&[], SEED).await;
    assert_eq!(report.failed, 0, "\n{}", report.table(true));
    assert!(report.passed >= 36, "{} cases", report.passed);
    let baseline: serde_json::Value =
        serde_json::from_str(include_str!("../../evals/baselines/builtin.json")).unwrap();
    assert_eq!(
        serde_json::to_value(&report).unwrap(),
        baseline,
        "evals/baselines/builtin.json is not this report: write it anew with \
         `attendant eval run --json` once the difference is wanted"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_report_and_names_the_same_values() {
    // Cases that fail put values of the shop into their reasons, so these are compared, too.
    let names = ["returns"];
    let json = |report: &Report| serde_json::to_string(report).unwrap();
    let (first, second) = (run(&names, 7).await, run(&names, 7).await);
    assert_eq!(json(&first), json(&second));
    let broken = "wants = 'x'\nshopper = 'waiting'\n[[step]]\nsay = 'hello'\n\
                  shown = ['order.latest.number', 'order.latest.parcel1.tracking']";
    assert_eq!(run_case(broken).await, run_case(broken).await);
}

/// Each of these expects something untrue of a conversation that is fine in itself.
#[tokio::test(flavor = "multi_thread")]
async fn an_expectation_that_does_not_hold_fails_the_case() {
    let start =
        "wants = 'x'\nshopper = 'delivered_two_items'\n[[step]]\nsay = 'where is my order?'\n";
    let fine = run_case(&format!("{start}shown = ['order.latest.number']")).await;
    assert_eq!(fine, Vec::<String>::new());
    for (broken, reason) in [
        ("shown = ['me.email']", "me.email"),
        ("hidden = ['order.latest.number']", "is shown"),
        ("first_tool = ['search_policies']", "first tool"),
        ("cites = ['returns']", "not on the policy returns"),
        ("shown = ['order.latest.line9.title']", "no value at"),
        ("[expect]\nstatus = 'resolved'", "not Resolved"),
        (
            "[expect]\nhand_off = ['shopper_asked']",
            "no person was asked",
        ),
        (
            "[expect]\ntools_forbidden = ['lookup_order']",
            "lookup_order is called",
        ),
        ("[expect]\nmodel_calls_max = 1", "model calls, at most 1"),
        (
            "[expect]\nreturns = [{ order = 'order.latest', items = [{ line = 2 }], fee = true }]",
            "0 returns made, not 1",
        ),
    ] {
        let reasons = run_case(&format!("{start}{broken}")).await;
        assert!(
            reasons.iter().any(|found| found.contains(reason)),
            "{broken}: {reasons:?}"
        );
    }
}

/// What a step did and did not do: carts, offers, identity, calls, mails, products.
#[tokio::test(flavor = "multi_thread")]
async fn an_act_that_was_not_done_fails_the_case() {
    let start = "wants = 'x'\nshopper = 'waiting'\nother = 'late'\n\
                 [[step]]\nsay = 'where is my order {=order.latest.number}?'\n";
    let fine = "products = { none = true }\nno_cart = true\nno_offer = true\nmails = []\n\
                identified = 'customer'\n\
                calls = [{ tool = 'lookup_order', with = { order_number = '{=order.latest.number}' } }]";
    assert_eq!(run_case(&format!("{start}{fine}")).await, [""; 0]);
    for (broken, reason) in [
        ("products = {}", "0 products shown, not 1"),
        (
            "products = { none = true, color = 'navy' }",
            "the case is wrong",
        ),
        ("cart = [{ product = 'p-0001' }]", "not in the cart"),
        ("offer = 'any'", "no such offer"),
        ("identified = 'nobody'", "is proved"),
        ("identified = 'order'", "is proved"),
        ("identified = 'other'", "is proved"),
        ("calls = [{ tool = 'search_products' }]", "no call of"),
        (
            "calls = [{ tool = 'lookup_order', with = { order_number = '1' } }]",
            "no call of",
        ),
        ("mails = ['me.email']", "mails to []"),
        ("[[step]]\nmail_code = true", "no mail with a code"),
        ("[[step]]\nwrong_code = true", "no mail with a code"),
        (
            "[[step]]\nsay = 'it is {=mail.code}'",
            "no mail with a code",
        ),
        ("shown = ['product.p-0164.price']", "product.p-0164.price"),
        (
            "shown = ['product.p-0164.sizes_in_stock.black']",
            "sizes_in_stock",
        ),
        ("shown = ['shipping.IE.standard.arrives_to']", "arrives_to"),
        ("shown = ['hours.sat.from']", "hours.sat.from"),
        ("shown = ['hours.next_opening']", "no value at"),
        ("shown = ['status.out of stock']", "status.out of stock"),
        (
            "[[change]]\nwhat = 'stock'\nproduct = 'p-0001'\ncolor = 'pink'\nsize = 'M'\nstock = 1",
            "has no pink in M",
        ),
    ] {
        let reasons = run_case(&format!("{start}{broken}")).await;
        assert!(
            reasons.iter().any(|found| found.contains(reason)),
            "{broken}: {reasons:?}"
        );
    }
}

/// Who has proved nothing is a stranger, even to what the case knows of them.
#[tokio::test(flavor = "multi_thread")]
async fn an_anonymous_shopper_is_known_to_the_case_alone() {
    let case = "wants = 'x'\nanonymous = true\nknows = 'waiting'\n\
                [[step]]\nsay = 'hello, I live in {=order.latest.postcode:lower}'\n";
    let fine = run_case(&format!("{case}identified = 'nobody'")).await;
    assert_eq!(fine, [""; 0]);
    let broken = run_case(&format!("{case}identified = 'customer'")).await;
    assert!(broken[0].contains("nobody is proved"), "{broken:?}");
    let signed_in = case.replace("anonymous = true", "shopper = 'late'");
    let error = Case::parse("case", &signed_in).unwrap_err();
    assert!(format!("{error:#}").contains("`knows`"), "{error:#}");
}

/// A return that is made is compared line by line and cent by cent.
#[tokio::test(flavor = "multi_thread")]
async fn a_return_that_differs_from_the_wanted_one_fails_the_case() {
    let start = "wants = 'x'\nshopper = 'delivered_two_items'\n\
                 [[step]]\nsay = 'I want to return the second item, too small'\n\
                 [[step]]\npress = 'confirm'\n[expect]\n";
    for (wanted, reason) in [
        ("items = [{ line = 2 }], fee = true", None),
        (
            "items = [{ line = 1 }], fee = true",
            Some("the return has 1 × line 2"),
        ),
        (
            "items = [{ line = 2, quantity = 3 }], fee = true",
            Some("not 3 × line 2"),
        ),
        ("items = [{ line = 2 }], fee = false", Some("the refund is")),
        (
            "items = [{ line = 2, reason = ['defective'] }], fee = true",
            Some("comes back as"),
        ),
    ] {
        let case = format!("{start}returns = [{{ order = 'order.latest', {wanted} }}]");
        let reasons = run_case(&case).await;
        match reason {
            None => assert_eq!(reasons, Vec::<String>::new()),
            Some(reason) => {
                assert!(
                    reasons.iter().any(|found| found.contains(reason)),
                    "{wanted}: {reasons:?}"
                );
            }
        }
    }
    let none_expected = run_case(&format!("{start}may_propose = true")).await;
    assert!(
        none_expected
            .iter()
            .any(|found| found.contains("1 returns made, not 0"))
    );
}

#[test]
fn an_unknown_suite_is_named_with_those_that_exist() {
    let error = evals::choose(&["retruns".to_owned()]).unwrap_err();
    let unknown = error.downcast::<UnknownSuite>().unwrap();
    assert_eq!(unknown.asked, "retruns");
    assert!(unknown.known.contains(&"returns".to_owned()));
}

fn attendant(arguments: &[&str]) -> std::process::Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_attendant"))
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap()
}

#[test]
fn the_command_prints_what_other_programs_rely_on() {
    let output = attendant(&["eval", "run", "people", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys = |value: &serde_json::Value| {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(&report), ["failed", "passed", "suites"]);
    assert_eq!(
        keys(&report["suites"][0]),
        ["cases", "failed", "name", "passed"]
    );
    assert_eq!(
        keys(&report["suites"][0]["cases"][0]),
        ["name", "passed", "reasons"]
    );
    let failed = report["failed"].as_u64().unwrap() > 0;
    assert_eq!(output.status.code(), Some(i32::from(failed)));
}

#[test]
fn what_is_asked_wrongly_exits_with_2_and_says_what_there_is() {
    for (arguments, says) in [
        (&["eval", "run", "retruns"][..], "returns"),
        (
            &["eval", "run", "--model", "gpt-x"][..],
            "ATTENDANT_MODEL_URL",
        ),
        (&["eval", "utterances"][..], "--set"),
    ] {
        let output = attendant(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(words.contains(says), "{words}");
    }
}
