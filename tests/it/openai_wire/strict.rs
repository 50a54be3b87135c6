//! Strict schemas of the assistant's own tools, as they go over the wire: held against the rules of
//! strict mode as they are written down, by a checker that shares nothing with what makes them.

use attendant::tools::registry::Registry;
use serde_json::Map;

use super::*;

/// The tools as an endpoint gets them: name, strict, parameters.
async fn sent(api: Api, strict: Option<bool>) -> Vec<(String, Value, Value)> {
    let server = WireServer::start([Reply::stream([ended(api)])]).await;
    let model = OpenAi::new(&OpenAiSettings {
        api,
        strict,
        ..OpenAiSettings::new(&server.url, "", "gpt-test")
    })
    .unwrap();
    let request = ModelRequest {
        tools: Registry::new().unwrap().specs(),
        ..request()
    };
    let _: Vec<_> = model.stream(request).collect().await;
    let asked = server.asked();
    let tools = asked[0].body["tools"].as_array().unwrap().iter();
    tools
        .map(|tool| {
            let function = match api {
                Api::Chat => &tool["function"],
                Api::Responses => tool,
            };
            let name = function["name"].as_str().unwrap().to_owned();
            (
                name,
                function["strict"].clone(),
                function["parameters"].clone(),
            )
        })
        .collect()
}

/// What OpenAI's guide to structured outputs allows, without the keywords that only some servers
/// know.
fn strict_rules(schema: &Value, level: usize, at: &str) {
    const KNOWN: [&str; 10] = [
        "$defs",
        "$ref",
        "additionalProperties",
        "anyOf",
        "description",
        "enum",
        "items",
        "properties",
        "required",
        "type",
    ];
    let node = schema
        .as_object()
        .unwrap_or_else(|| panic!("{at}: no object"));
    for key in node.keys() {
        assert!(KNOWN.contains(&key.as_str()), "{at}: {key}");
    }
    assert!(level <= 10, "{at}: too deep");
    if node.contains_key("$ref") {
        assert_eq!(node.len(), 1, "{at}: nothing stands beside a reference");
        return;
    }
    if let Some(choices) = node.get("anyOf") {
        assert!(level > 0, "{at}: no choice at the root");
        for choice in choices.as_array().unwrap() {
            strict_rules(choice, level, at);
        }
        return;
    }
    let kinds = kinds(schema);
    assert!(!kinds.is_empty(), "{at}: without a type");
    let is_object = kinds.contains(&"object");
    assert_eq!(node.contains_key("properties"), is_object, "{at}");
    if is_object {
        assert_eq!(node["additionalProperties"], false, "{at}: is open");
        let properties = node["properties"].as_object().unwrap();
        let mut required: Vec<&str> = node["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        required.sort_unstable();
        let mut names: Vec<&str> = properties.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(required, names, "{at}: all are required");
        for (name, property) in properties {
            strict_rules(property, level + 1, &format!("{at}.{name}"));
        }
    }
    assert_eq!(node.contains_key("items"), kinds.contains(&"array"), "{at}");
    if let Some(items) = node.get("items") {
        strict_rules(items, level + 1, &format!("{at}[]"));
    }
    for value in node
        .get("enum")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let fits = match value {
            Value::Null => kinds.contains(&"null"),
            Value::String(_) => kinds.contains(&"string"),
            Value::Number(_) => kinds.contains(&"integer") || kinds.contains(&"number"),
            _ => false,
        };
        assert!(fits, "{at}: {value} is not of its type");
    }
}

fn kinds(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn takes_null(schema: &Value) -> bool {
    let choices = schema["anyOf"].as_array();
    kinds(schema).contains(&"null") || choices.is_some_and(|choices| choices.iter().any(takes_null))
}

/// Arguments that fit; what may be null is left out, null, or given.
#[derive(Clone, Copy, PartialEq)]
enum Optional {
    LeftOut,
    Null,
    Given,
}

fn sample(schema: &Value, optional: Optional) -> Value {
    if let Some(choices) = schema["anyOf"].as_array() {
        let first = choices.iter().find(|one| kinds(one) != ["null"]);
        return sample(first.unwrap(), optional);
    }
    if let Some(values) = schema["enum"].as_array() {
        return values[0].clone();
    }
    match kinds(schema).into_iter().find(|kind| *kind != "null") {
        Some("object") => {
            let mut fields = Map::new();
            for (name, property) in schema["properties"].as_object().unwrap() {
                match optional {
                    _ if !takes_null(property) => {}
                    Optional::LeftOut => continue,
                    Optional::Null => {
                        fields.insert(name.clone(), Value::Null);
                        continue;
                    }
                    Optional::Given => {}
                }
                fields.insert(name.clone(), sample(property, optional));
            }
            fields.into()
        }
        Some("array") => json!([sample(&schema["items"], optional)]),
        Some("boolean") => true.into(),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("string") => "x".into(),
        other => panic!("{other:?} in {schema}"),
    }
}

/// Every tool has a strict form, it keeps the rules, and both interfaces are told the same.
#[tokio::test]
async fn every_tool_has_a_strict_schema() {
    let chat = sent(Api::Chat, Some(true)).await;
    assert_eq!(chat.len(), Registry::new().unwrap().specs().len());
    for (name, strict, parameters) in &chat {
        assert_eq!(*strict, true, "{name}");
        assert_eq!(parameters["type"], "object", "{name}");
        strict_rules(parameters, 0, name);
    }
    assert_eq!(sent(Api::Responses, Some(true)).await, chat);
}

/// Elsewhere than at OpenAI's models schemas are sent as they are, and each interface is told so.
#[tokio::test]
async fn unknown_servers_get_schemas_as_they_are() {
    let specs = Registry::new().unwrap().specs();
    for (api, word) in [(Api::Chat, Value::Null), (Api::Responses, json!(false))] {
        for strict in [None, Some(false)] {
            for ((_, told, parameters), spec) in sent(api, strict).await.iter().zip(specs.iter()) {
                assert_eq!(*told, word, "{}", spec.name);
                assert_eq!(*parameters, spec.parameters, "{}", spec.name);
            }
        }
    }
    let is_strict = |url| {
        OpenAi::new(&OpenAiSettings::new(url, "", "m"))
            .unwrap()
            .is_strict()
    };
    assert!(is_strict("https://api.openai.com/v1"));
    assert!(!is_strict("https://api.example.com/v1"));
}

/// A strict model must write every argument and writes null for what it leaves out: each tool reads
/// that as if it were not there.
#[tokio::test]
async fn null_is_left_out() {
    let registry = Registry::new().unwrap();
    let mut optional = 0;
    let strict = sent(Api::Chat, Some(true)).await;
    for ((name, _, parameters), spec) in strict.iter().zip(registry.specs().iter()) {
        assert_eq!(*name, spec.name);
        let tool = registry.get(name).unwrap();
        let read = |how| {
            // The strict form has lost the bounds that a number must keep.
            let arguments = sample(&spec.parameters, how).to_string();
            let understood = tool.understood(&arguments);
            understood.unwrap_or_else(|error| panic!("{name} of {arguments}: {error:?}"))
        };
        assert_eq!(read(Optional::Null), read(Optional::LeftOut), "{name}");
        for (field, property) in spec.parameters["properties"].as_object().unwrap() {
            let nullable = takes_null(property);
            assert_eq!(
                takes_null(&parameters["properties"][field]),
                nullable,
                "{name}.{field}"
            );
            optional += usize::from(nullable);
        }
        if sample(&spec.parameters, Optional::Given) != sample(&spec.parameters, Optional::Null) {
            assert_ne!(read(Optional::Given), read(Optional::Null), "{name}");
        }
    }
    assert!(optional > 10, "{optional} optional arguments");
}
