//! Filling a shop from files: good rows are kept, each wrong one is named with its reason.

use std::fmt::Write as _;

use attendant::domain::ids::{CustomerId, OrderNumber, ProductId};
use attendant::domain::order::OrderStatus;
use attendant::shop::import::{ImportError, Refused, import_jsonl};

use crate::demo::{Folder, NOW, shop_at};

async fn import(
    folder: &Folder,
    files: &[(&str, &[u8])],
) -> (Vec<(String, u64, u64)>, Vec<Refused>) {
    let from = Folder::new();
    for (name, bytes) in files {
        std::fs::write(from.0.join(name), bytes).expect("written");
    }
    let shop = shop_at(folder, NOW);
    let mut refused = Vec::new();
    let reports = import_jsonl(&shop, &from.0, |row| refused.push(row))
        .await
        .expect("imported");
    (
        reports
            .into_iter()
            .map(|report| (report.file, report.stored, report.refused))
            .collect(),
        refused,
    )
}

#[tokio::test]
async fn the_smallest_rows_fill_a_shop_and_importing_again_updates() {
    let folder = Folder::new();
    let customers = br#"{"id":"7","email":" Ada@Example.COM ","first_name":"Ada"}
{"email":"bo@example.com"}"#;
    let products = br#"{"id":"p1","title":"Hat","price":"19.90","variants":[{"sku":"p1-m","size":"M","stock":4}]}"#;
    let orders = br#"{"number":"A1","customer":"7","status":"delivered","total":"19.90"}

{"number":"A2","customer":"New@Example.com","status":"in transit","total":64.80,"currency":"EUR","placed":"2026-11-03"}
"#;
    let files: [(&str, &[u8]); 3] = [
        ("customers.jsonl", customers),
        ("products.jsonl", products),
        ("orders.jsonl", orders),
    ];
    for _ in 0..2 {
        let (reports, refused) = import(&folder, &files).await;
        assert!(refused.is_empty(), "{refused:?}");
        assert_eq!(
            reports,
            [
                ("customers.jsonl".into(), 2, 0),
                ("products.jsonl".into(), 1, 0),
                ("orders.jsonl".into(), 2, 0)
            ]
        );
    }
    let store = shop_at(&folder, NOW).store;
    let ada = store
        .customer_by_email("ada@example.com")
        .await
        .expect("readable")
        .expect("there");
    assert_eq!(ada.id, CustomerId::new("7"));
    let new = store
        .customer_by_email("new@example.com")
        .await
        .expect("readable")
        .expect("made from the order");
    let orders = store.orders_of(&new.id, 5).await.expect("readable");
    assert_eq!(
        (orders[0].total.minor, orders[0].status),
        (6_480, OrderStatus::InTransit)
    );
    assert_eq!(
        store
            .product(&ProductId::new("p1"))
            .await
            .expect("readable")
            .expect("there")
            .variants[0]
            .stock,
        4
    );
    // An update: the e-mail finds the customer, whatever id it has.
    let update = br#"{"email":"ADA@example.com","first_name":"Ada Maria"}"#;
    let (_, refused) = import(&folder, &[("customers.jsonl", update), ("orders.jsonl", br#"{"number":"A1","customer":"ada@example.com","status":"returned","total":"19.90"}"#)]).await;
    assert!(refused.is_empty(), "{refused:?}");
    let ada = store
        .customer(&CustomerId::new("7"))
        .await
        .expect("readable")
        .expect("there");
    assert_eq!(ada.first_name, "Ada Maria");
    assert_eq!(
        store
            .order(&OrderNumber::new("A1"))
            .await
            .expect("readable")
            .expect("there")
            .status,
        OrderStatus::Returned
    );
}

/// One wrong row after the other, each with what is said of it; the good ones around them stay.
#[tokio::test]
async fn each_wrong_row_is_named() {
    let cases: &[(&str, &str)] = &[
        (
            r#"{"number":"B1","customer":"9","status":"delivered","total":"1.00"}"#,
            "there is no customer \"9\"",
        ),
        (
            r#"{"number":"B1","customer":"a@example.com","status":"lost","total":"1.00"}"#,
            "unknown variant `lost`",
        ),
        (
            r#"{"number":"B1","customer":"a@example.com","status":"delivered","total":"1.00","colour":1}"#,
            "unknown field `colour`",
        ),
        (
            r#"{"number":"B1","customer":"a@example.com","status":"delivered"}"#,
            "missing field `total`",
        ),
        (
            r#"{"number":"B1","customer":"a@example.com","status":"delivered","total":"1.999"}"#,
            "is not an amount",
        ),
        (
            r#"{"number":"B1","customer":"a@example.com","status":"delivered","total":1e3}"#,
            "is not an amount",
        ),
        (
            r#"{"number":"B1","customer":"a@example.com","status":"delivered","total":"-1.00"}"#,
            "out of range",
        ),
        (
            r#"{"number":"B1","customer":"a@example.com","status":"delivered","total":"1.00 USD"}"#,
            "USD is not the currency",
        ),
        (
            r#"{"number":"B1","customer":"a@example.com","status":"delivered","total":"1.00","currency":"euro"}"#,
            "ISO 4217",
        ),
        (
            r#"{"number":" ","customer":"a@example.com","status":"delivered","total":"1.00"}"#,
            "number is empty",
        ),
        (
            r#"{"number":"B\u0007","customer":"a@example.com","status":"delivered","total":"1.00"}"#,
            "control characters",
        ),
        (
            r#"{"number":"B1","customer":"@","status":"delivered","total":"1.00"}"#,
            "is not an e-mail address",
        ),
        (
            r#"{"number":"B1","customer":"a@example.com","status":"delivered","total":"1.00","placed":"yesterday"}"#,
            "is no time",
        ),
        (
            r#"{"number":"B1","customer":"a@example.com","status":"delivered","total":"1.00","lines":[{"title":"Hat","unit_price":"1.00","discount":"2.00"}]}"#,
            "discount is more",
        ),
        (
            r#"{"number":"B1","customer":"a@example.com","status":"delivered","total":"1.00","lines":[{"title":"Hat","unit_price":"1.00","quantity":0}]}"#,
            "quantity: 0",
        ),
        (
            r#"{"number":"B1","customer":"a@example.com","status":"delivered","total":"1.00","shipments":[{"carrier":"X","status":"delivered","shipped":"2026-11-01"}]}"#,
            "go together",
        ),
        (
            r#"{"number":"B1","customer":"a@example.com","status":"delivered","total":"1.00","shipments":[{"carrier":"X","status":"in_transit","shipped":"2026-11-01","lines":[{"line":3}]}]}"#,
            "no line 3",
        ),
        ("[1,2]", "invalid type"),
        ("{", "EOF while parsing"),
    ];
    let folder = Folder::new();
    let good =
        r#"{"number":"G","customer":"good@example.com","status":"delivered","total":"1.00"}"#;
    let mut text = format!("{good}\n");
    for (row, _) in cases {
        writeln!(text, "{row}").expect("a String takes everything");
    }
    text.push_str(&good.replace("\"G\"", "\"H\""));
    let (reports, refused) = import(&folder, &[("orders.jsonl", text.as_bytes())]).await;
    for (at, (row, reason)) in cases.iter().enumerate() {
        let found = refused.iter().find(|refused| refused.line == at as u64 + 2);
        let found = found.unwrap_or_else(|| panic!("taken although wrong: {row}"));
        assert!(found.reason.contains(reason), "{row}: {}", found.reason);
        assert!(!found.reason.contains("line 1"), "{}", found.reason);
    }
    assert_eq!(reports, [("orders.jsonl".into(), 2, cases.len() as u64)]);
    let store = shop_at(&folder, NOW).store;
    assert!(
        store
            .order(&OrderNumber::new("H"))
            .await
            .expect("readable")
            .is_some()
    );
    assert!(
        store
            .order(&OrderNumber::new("B1"))
            .await
            .expect("readable")
            .is_none()
    );
}

#[tokio::test]
async fn hostile_lines_are_reported_and_the_rest_is_read() {
    let folder = Folder::new();
    let mut bytes = b"\xff\xfe{\n".to_vec();
    bytes.extend(vec![b'x'; 3 * 1024 * 1024]);
    bytes.extend(b"\n{\"email\":\"ok@example.com\"}\n{\"email\":\"");
    bytes.extend(vec![b'y'; 1_000_000]);
    bytes.extend(b"@example.com\"}");
    let (reports, refused) = import(&folder, &[("customers.jsonl", &bytes)]).await;
    assert_eq!(reports, [("customers.jsonl".into(), 1, 3)]);
    let said: Vec<(u64, bool)> = refused
        .iter()
        .map(|row| (row.line, row.reason.len() < 300))
        .collect();
    assert_eq!(said, [(1, true), (2, true), (4, true)]);
    assert!(refused[0].reason.contains("UTF-8"));
    assert!(refused[1].reason.contains("longer than 1048576 bytes"));
}

#[tokio::test]
async fn what_belongs_to_somebody_else_is_not_taken_over() {
    let folder = Folder::new();
    let customers = br#"{"id":"1","email":"a@example.com"}
{"id":"2","email":"a@example.com"}
{"id":"1","email":"b@example.com"}"#;
    let products = br#"{"id":"p1","title":"Hat","price":"1","variants":[{"sku":"s"}]}
{"id":"p2","title":"Cap","price":"1","variants":[{"sku":"s"}]}
{"id":"p3","title":"Cap","price":"1","variants":[{"sku":"t"},{"sku":"t"}]}"#;
    let (reports, refused) = import(
        &folder,
        &[("customers.jsonl", customers), ("products.jsonl", products)],
    )
    .await;
    assert_eq!(
        reports,
        [
            ("customers.jsonl".into(), 2, 1),
            ("products.jsonl".into(), 1, 2)
        ]
    );
    let reasons: Vec<&str> = refused.iter().map(|row| row.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "e-mail \"a@example.com\" belongs to customer \"1\"",
            "sku \"s\" belongs to product \"p1\"",
            "sku \"t\" is there twice"
        ]
    );
}

#[tokio::test]
async fn a_folder_without_files_is_an_error_that_names_them() {
    let (shop_folder, empty) = (Folder::new(), Folder::new());
    let shop = shop_at(&shop_folder, NOW);
    let nothing = import_jsonl(&shop, &empty.0, |_| {}).await;
    assert!(matches!(&nothing, Err(ImportError::NothingThere(_))));
    assert!(
        nothing
            .expect_err("nothing there")
            .to_string()
            .contains("orders.jsonl")
    );
    let missing = import_jsonl(&shop, &empty.0.join("no"), |_| {}).await;
    assert!(matches!(missing, Err(ImportError::NoFolder(_))));
}
