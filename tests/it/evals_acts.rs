//! What the eval runner sees of the tools' work: each expectation about cards, carts, offers, sizes,
//! mails and proofs holds of a conversation that is right, and fails one that is not. The model here
//! does what the message says: `call TOOL ARGUMENTS` calls, `say WORDS` says, six digits are a code.

use std::collections::BTreeMap;
use std::sync::Arc;

use attendant::evals::case::Case;
use attendant::evals::{self, SEED};
use attendant::model::scripted::{Answer, Scripted};
use attendant::model::{Message, ModelRequest};

/// No words are said twice in a row.
const OTHERWISE: [&str; 3] = ["I have looked.", "Here you are.", "That is all."];

fn obey(request: &ModelRequest) -> Answer {
    let answer = Answer::new();
    let said = match request.messages.last() {
        Some(Message::User(said)) => said.trim(),
        _ => return answer.text(OTHERWISE[request.messages.len() % OTHERWISE.len()]),
    };
    if said.len() == 6 && said.bytes().all(|byte| byte.is_ascii_digit()) {
        let code = serde_json::json!({ "code": said });
        return answer.call("c1", "verify_identity", code);
    }
    if let Some(words) = said.strip_prefix("say ") {
        return answer.text(words);
    }
    match said
        .strip_prefix("call ")
        .and_then(|call| call.split_once(' '))
    {
        Some((tool, arguments)) => answer.call("c1", tool, arguments),
        None => answer.text("Hello."),
    }
}

async fn reasons(text: &str) -> Vec<String> {
    let case = Case::parse("case", text).unwrap();
    let suites = BTreeMap::from([("test".to_owned(), vec![case])]);
    let model = Arc::new(Scripted::by(obey));
    let report = evals::run(suites, model, SEED).await.unwrap();
    report.suites[0].cases[0].reasons.clone()
}

/// A conversation passes as it is, and fails for a reason with each of the lines added to its end.
async fn passes_but_not_with(talk: &str, broken: &[(&str, &str)]) {
    assert_eq!(reasons(talk).await, [""; 0], "{talk}");
    for (line, reason) in broken {
        let found = reasons(&format!("{talk}\n{line}")).await;
        assert!(
            found.iter().any(|found| found.contains(reason)),
            "{line}: {found:?}"
        );
    }
}

const NOBODY: &str = "wants = 'x'\nanonymous = true\nknows = 'waiting'\nother = 'late'\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_mailed_typed_and_proves() {
    let asked = format!(
        "{NOBODY}[[step]]\nsay = 'call verify_identity {{\"email\":\"{{=me.email}}\"}}'\n\
         mails = ['me.email']\nidentified = 'nobody'\n"
    );
    passes_but_not_with(
        &format!("{asked}[[step]]\nmail_code = true\nidentified = 'customer'"),
        &[
            ("mails = ['me.email']", "mails to []"),
            (
                "[[step]]\nsay = 'hello'\nidentified = 'nobody'",
                "is proved",
            ),
            ("[[step]]\nsay = 'hello'\nidentified = 'other'", "is proved"),
        ],
    )
    .await;
    let wrong = format!("{asked}[[step]]\nwrong_code = true\nidentified = 'nobody'");
    passes_but_not_with(&wrong, &[]).await;
    let late = format!("{asked}[[step]]\nwait_minutes = 11\n[[step]]\nmail_code = true\n");
    passes_but_not_with(&format!("{late}identified = 'nobody'"), &[]).await;
    let found = reasons(&format!(
        "{asked}[[step]]\nsay = 'say It is {{=mail.code}}.'"
    ))
    .await;
    assert!(!found.is_empty(), "a code in the chat");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_proved_and_no_other() {
    let proved = format!(
        "{NOBODY}[[step]]\nsay = 'call verify_identity {{\"order_number\":\"{{=order.latest.number}}\",\
         \"postcode\":\"{{=order.latest.postcode:joined}}\"}}'\nidentified = 'order'\nmails = []\n\
         [[step]]\nsay = 'call lookup_order {{\"order_number\":\"{{=order.latest.number}}\"}}'\n\
         shown = ['order.latest.parcel1.tracking']"
    );
    passes_but_not_with(
        &proved,
        &[
            (
                "[[step]]\nsay = 'hello'\nidentified = 'customer'",
                "is proved",
            ),
            (
                "[[step]]\nsay = 'hello'\nidentified = 'nobody'",
                "is proved",
            ),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_size_and_a_delivery_are_as_the_files_say() {
    let sized = "wants = 'x'\nanonymous = true\n[[step]]\n\
                 say = 'call size_guide {\"product\":\"p-0001\",\"chest_cm\":\"94 cm\"}'\n\
                 calls = [{ tool = 'size_guide', with = { chest_cm = '94' } }]\n\
                 [[step]]\nsay = 'say For the Sleet Rain Jacket I would take M.'\n";
    passes_but_not_with(
        &format!("{sized}said = ['size.p-0001.chest=940']"),
        &[(
            "[[step]]\nsay = 'say M.'\nsaid = ['size.p-0001.chest=1070']",
            "chest=1070 (XL)",
        )],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn products_are_found_and_put_into_the_cart() {
    let found = "wants = 'x'\nanonymous = true\n[[step]]\n\
                 say = 'call search_products {\"query\":\"backpack with a laptop sleeve\",\"price_max\":\"89\"}'\n";
    passes_but_not_with(
        &format!(
            "{found}products = {{ category = 'backpacks', price_max = '89', includes = 'p-0209' }}"
        ),
        &[
            ("cart = [{ product = 'p-0209' }]", "not in the cart"),
            ("[[step]]\nsay = 'hello'\nproducts = {}", "0 products shown"),
        ],
    )
    .await;
    let wrong = reasons(&format!("{found}products = {{ price_max = '88' }}")).await;
    assert!(wrong[0].contains("above"), "{wrong:?}");
    let put = "wants = 'x'\nanonymous = true\n[[step]]\n\
               say = 'call add_to_cart {\"product\":\"p-0166\",\"size\":\"39\",\"color\":\"black\"}'\n";
    let cart = "cart = [{ product = 'p-0166', size = '39', color = 'black' }]";
    passes_but_not_with(&format!("{put}{cart}"), &[]).await;
    for (wrong, reason) in [
        ("no_cart = true", "in the cart: 1"),
        ("", "in the cart: 1"),
        (
            "cart = [{ product = 'p-0166', size = '40' }]",
            "not in the cart",
        ),
        ("no_offer = true", "in the cart: 1"),
    ] {
        let found = reasons(&format!("{put}{wrong}")).await;
        assert!(
            found.iter().any(|is| is.contains(reason)),
            "{wrong}: {found:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn offers_are_told_apart_by_whose_they_are() {
    let start = "wants = 'x'\nshopper = 'late'\n[[change]]\nwhat = 'offer_code'\nof = 'me'\n";
    let asked = "\n[[step]]\nsay = 'call check_offer {\"code\":\"{=me.offer.code}\"}'\n";
    for (state, holds, fails) in [
        ("open", "offer = 'personal'", "no_offer = true"),
        ("open", "offer = 'any'", "offer = 'public'"),
        ("used", "no_offer = true", "offer = 'any'"),
        ("expired", "no_offer = true", "offer = 'personal'"),
    ] {
        let case = format!("{start}state = '{state}'{asked}");
        assert_eq!(reasons(&format!("{case}{holds}")).await, [""; 0], "{state}");
        assert!(
            !reasons(&format!("{case}{fails}")).await.is_empty(),
            "{state}"
        );
    }
}
