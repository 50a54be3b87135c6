//! `/openapi.json` is held against the routes and the server: it names what is served, nothing else,
//! and what it gives as an example is taken.

use std::collections::BTreeSet;

use attendant::config::DemoScale;
use attendant::model::builtin::Builtin;
use attendant::web::{Origins, api};
use reqwest::Method;
use serde_json::Value;

use crate::running::{Running, answer};

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            all.push((method.clone(), path.clone(), operation));
        }
    }
    all
}

#[tokio::test]
async fn it_names_the_routes_and_its_examples_are_taken() {
    let server = Running::start("openapi", DemoScale::Small, Builtin).await;
    let document = server
        .http
        .get(format!("{}/openapi.json", server.url))
        .send()
        .await
        .unwrap();
    let document = answer(document).await;
    assert_eq!(document["openapi"], "3.1.0");
    let described: BTreeSet<(String, String)> = operations(&document)
        .into_iter()
        .map(|(method, path, _)| (method, path))
        .collect();
    let served = api(&Origins::new(None, &[]));
    let served: BTreeSet<(String, String)> = served
        .listed()
        .iter()
        .map(|(method, path)| ((*method).to_owned(), path.clone()))
        .collect();
    assert_eq!(described, served);

    let chat = server.conversation().await;
    for (method, path, operation) in operations(&document) {
        let at = path
            .replace("{id}", &chat.id)
            .replace("{proposal}", "p_1")
            .replace("{file}", "x.pdf");
        let method: Method = method.to_uppercase().parse().unwrap();
        // A stream that follows for ever has an answer, not an end.
        let mut request = server
            .http
            .request(method, format!("{}{at}", server.url))
            .bearer_auth(&chat.token);
        let example = &operation["requestBody"]["content"]["application/json"]["example"];
        if !example.is_null() {
            request = request.body(example.to_string());
        }
        let answered = request.send().await.unwrap();
        let status = answered.status().as_u16().to_string();
        assert!(
            operation["responses"].get(&status).is_some(),
            "{path}: {status} is not described"
        );
        assert!(
            !matches!(status.as_str(), "400" | "405" | "500"),
            "{path}: {status}"
        );
    }
    server.stop().await;
}

/// Every reference leads somewhere.
#[test]
fn its_references_lead_somewhere() {
    let document: Value =
        serde_json::from_str(include_str!("../../src/web/assets/openapi.json")).unwrap();
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(all) => open.extend(all),
            Value::Object(fields) => {
                if let Some(Value::String(to)) = fields.get("$ref") {
                    assert!(document.pointer(&to[1..]).is_some(), "{to}");
                }
                open.extend(fields.values());
            }
            _ => {}
        }
    }
}
