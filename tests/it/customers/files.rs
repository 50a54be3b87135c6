//! `segments.toml` and `offers.toml`: what a file may hold, and what is said of one that is wrong.

use attendant::customers::offers::Offers;
use attendant::customers::segments::Segments;
use attendant::customers::{Customers, CustomersError};
use attendant::domain::money::Currency;
use attendant::shop::demo::{self, DemoSize};

use crate::demo::{Folder, NOW, shop_at};

const SEGMENTS: &str = include_str!("../../../knowledge/segments.toml");

fn one(lines: &str) -> String {
    format!("currency = \"EUR\"\nmargin_floor_percent = 20\n[[offer]]\n{lines}\n")
}

/// A right offer with one line replaced.
fn offer_with(old: &str, new: &str) -> Result<Offers, String> {
    let right = "id = \"a\"\ntitle = \"T\"\nkind = \"percent\"\nvalue = 10\naudience = \"public\"\ncode = \"WARM10\"\nvalid_from = 2026-01-01";
    assert!(right.contains(old), "{old}");
    Offers::parse(&one(&right.replacen(old, new, 1)))
}

fn problem(old: &str, new: &str) -> String {
    match offer_with(old, new) {
        Ok(offers) => panic!("{new} was taken: {offers:?}"),
        Err(problem) => problem,
    }
}

#[test]
fn hostile_offers_are_refused_by_name() {
    assert!(offer_with("value = 10", "value = 10").is_ok());
    assert!(offer_with("value = 10", "value = \"100\"").is_ok());
    for (old, new, said) in [
        ("value = 10", "value = 0", "1 to 100"),
        ("value = 10", "value = 101", "1 to 100"),
        ("value = 10", "value = -10", "1 to 100"),
        ("value = 10", "value = \"10.5\"", "1 to 100"),
        ("value = 10", "", "value is missing"),
        ("value = 10", "value = 10.0", "value"),
        (
            "\"percent\"\nvalue = 10",
            "\"amount\"\nvalue = \"-5.00\"\nminimum = \"20.00\"",
            "above 0",
        ),
        (
            "\"percent\"\nvalue = 10",
            "\"amount\"\nvalue = \"0\"\nminimum = \"20.00\"",
            "above 0",
        ),
        (
            "\"percent\"\nvalue = 10",
            "\"amount\"\nvalue = \"5.001\"\nminimum = \"20.00\"",
            "not an amount",
        ),
        (
            "\"percent\"\nvalue = 10",
            "\"amount\"\nvalue = \"5.00\"",
            "minimum above",
        ),
        (
            "\"percent\"\nvalue = 10",
            "\"amount\"\nvalue = \"5.00\"\nminimum = \"5.00\"",
            "minimum above",
        ),
        ("\"percent\"", "\"free_shipping\"", "no value"),
        ("\"percent\"", "\"gift\"", "gift"),
        (
            "value = 10",
            "value = 10\nminimum = \"-1.00\"",
            "minimum must be above 0",
        ),
        ("id = \"a\"", "id = \"A b\"", "id must be"),
        ("title = \"T\"", "title = \" \"", "title"),
        ("title = \"T\"", "title = \"a\\nb\"", "title"),
        ("code = \"WARM10\"", "", "needs a code"),
        ("code = \"WARM10\"", "code = \"W 10\"", "code must be"),
        ("code = \"WARM10\"", "code = \"abc\"", "code must be"),
        (
            "code = \"WARM10\"",
            "code = \"WARM10\"\nuses = 2",
            "a public one has a code",
        ),
        ("2026-01-01", "\"2026-01-01\"", "valid_from"),
        ("2026-01-01", "2026-01-01T10:00:00", "must be a day"),
        (
            "2026-01-01",
            "2026-01-01\nvalid_to = 2025-12-31",
            "before valid_from",
        ),
        ("\"public\"", "\"everybody\"", "audience"),
        ("\"public\"", "[\"Regulars\"]", "audience"),
        (
            "\"public\"",
            "[\"Loyal\"]\nvalid_days = 30",
            "none in the file",
        ),
        (
            "\"public\"\ncode = \"WARM10\"",
            "[]\nvalid_days = 30",
            "no segment",
        ),
        (
            "\"public\"\ncode = \"WARM10\"",
            "[\"Loyal\"]",
            "valid_days is missing",
        ),
        (
            "\"public\"\ncode = \"WARM10\"",
            "[\"Loyal\"]\nvalid_days = 0",
            "valid_days must be 1",
        ),
        (
            "\"public\"\ncode = \"WARM10\"",
            "[\"Loyal\"]\nvalid_days = 30\nuses = 0",
            "uses must be 1",
        ),
        (
            "value = 10",
            "value = 10\ncategories = [\"x\"]\nnot_categories = [\"x\"]",
            "both in and out",
        ),
        ("value = 10", "value = 10\ncost = 5", "cost"),
    ] {
        let problem = problem(old, new);
        assert!(problem.contains(said), "{new}: {problem}");
    }
    let twice = "id = \"a\"\ntitle = \"T\"\nkind = \"percent\"\nvalue = 10\naudience = \"public\"\ncode = \"HELLO10\"\nvalid_from = 2026-01-01";
    let same_id = format!(
        "{twice}\n[[offer]]\n{}",
        twice.replace("HELLO10", "OTHER99")
    );
    assert!(Offers::parse(&one(&same_id)).unwrap_err().contains("twice"));
    let reads_like = twice
        .replace("HELLO10", "hell-o1o")
        .replace("\"a\"", "\"b\"");
    let same_code = format!("{twice}\n[[offer]]\n{reads_like}");
    assert!(
        Offers::parse(&one(&same_code))
            .unwrap_err()
            .contains("reads like")
    );
    for floor in ["-1", "100", "\"x\""] {
        let text = format!("currency = \"EUR\"\nmargin_floor_percent = {floor}\n");
        assert!(Offers::parse(&text).is_err(), "{floor}");
    }
    let many: Vec<String> = (0..101)
        .map(|n| {
            twice
                .replace("\"a\"", &format!("\"a{n}\""))
                .replace("HELLO10", &format!("CODE{n:04}"))
        })
        .collect();
    assert!(
        Offers::parse(&one(&many.join("\n[[offer]]\n")))
            .unwrap_err()
            .contains("at most")
    );
}

#[test]
fn segments_must_be_whole() {
    assert!(Segments::parse(SEGMENTS).is_ok());
    for (old, new, said) in [
        (
            "[[segment]]\nname = \"Loyal\"\nnewest_days_max = 180\norders_min = 2\n",
            "",
            "\"Loyal\" is missing",
        ),
        ("name = \"Loyal\"", "name = \"At-risk\"", "is missing"),
        ("name = \"Loyal\"", "name = \"Regulars\"", "Regulars"),
        (
            "name = \"Dormant\"",
            "name = \"Dormant\"\norders_min = 1",
            "must have no conditions",
        ),
        (
            "name = \"At-risk\"\nnewest_days_max = 365",
            "name = \"At-risk\"",
            "nobody reaches",
        ),
        ("orders_min = 2", "orders_min = -2", "never negative"),
        (
            "orders_min = 2",
            "orders_min = 2\norders_max = 1",
            "can never hold",
        ),
        ("\"1500.00\"", "\"lots\"", "net_spend_min"),
        ("\"1500.00\"", "\"-3.00\"", "never negative"),
        (
            "observed_months = 24",
            "observed_months = 0",
            "observed_months",
        ),
        (
            "tenure_days_max = 180",
            "tenure_weeks_max = 180",
            "tenure_weeks_max",
        ),
    ] {
        assert!(SEGMENTS.contains(old), "{old}");
        match Segments::parse(&SEGMENTS.replacen(old, new, 1)) {
            Ok(_) => panic!("{new} was taken"),
            Err(problem) => assert!(problem.contains(said), "{new}: {problem}"),
        }
    }
    assert!(Segments::parse("").is_err());
}

#[test]
fn a_folder_has_what_is_in_it_and_nothing_of_the_demo() {
    let folder = Folder::new();
    let load = || Customers::load(&folder.0, Currency::EUR);
    let empty = load().unwrap();
    assert!(empty.offers().is_none() && !empty.has_segments());
    let write = |name: &str, text: &str| std::fs::write(folder.0.join(name), text).unwrap();
    write(
        "offers.toml",
        include_str!("../../../knowledge/offers.toml"),
    );
    let alone = load().unwrap_err().to_string();
    assert!(alone.contains("segments.toml"), "{alone}");
    write("segments.toml", SEGMENTS);
    assert!(load().unwrap().offers().is_some());
    let pounds = Customers::load(&folder.0, "GBP".parse().unwrap()).unwrap_err();
    assert!(pounds.to_string().contains("currency is GBP"), "{pounds}");
    write("segments.toml", &"#".repeat(300_000));
    assert!(matches!(load(), Err(CustomersError::Unreadable { .. })));
    std::fs::write(folder.0.join("segments.toml"), [0xff, 0xfe]).unwrap();
    assert!(matches!(load(), Err(CustomersError::Unreadable { .. })));
}

#[tokio::test]
async fn names_that_the_catalogue_does_not_have_are_an_error() {
    let folder = Folder::new();
    let shop = shop_at(&folder, NOW);
    let offers = |line: &str| {
        let lines = format!(
            "id = \"a\"\ntitle = \"T\"\nkind = \"percent\"\nvalue = 10\naudience = \"public\"\ncode = \"WARM10\"\nvalid_from = 2026-01-01\n{line}"
        );
        Customers::parse(None, Some(&one(&lines))).unwrap()
    };
    let typo = offers("not_categories = [\"rain-jacket\"]");
    typo.check_names(&shop.store)
        .await
        .expect("a shop without products is taken at its word");
    demo::seed(&shop, DemoSize::Small).await.unwrap();
    for (line, said) in [
        ("not_categories = [\"rain-jacket\"]", "rain-jacket"),
        ("categories = [\"Fleece\"]", "Fleece"),
        ("not_brands = [\"Feran\"]", "Feran"),
        ("brands = [\"ferrane\"]", "ferrane"),
    ] {
        let error = offers(line)
            .check_names(&shop.store)
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(said) && error.contains("offer \"a\""),
            "{error}"
        );
    }
    let right = offers("categories = [\"fleece\"]\nnot_brands = [\"Ferrane\"]");
    right.check_names(&shop.store).await.unwrap();
}
