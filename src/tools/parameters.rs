//! A tool's parameters: the schema that a model is shown, made from the Rust argument type, and
//! the check of what the model then writes against that same schema.
//!
//! Design: serde alone would do the reading, but its errors do not say which field was off. A
//! model mends its call only when told the field and what belongs there.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::ToolError;
use crate::domain::limits::TOOL_ARGUMENT_BYTES_MAX;

/// The JSON Schema of an argument type in the shape that strict function calling takes: nothing
/// referred to, no unknown property, every property required and the optional ones nullable.
pub fn schema<Args: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<Args>()
        .to_value();
    if let Value::Object(root) = &mut schema {
        root.remove("title");
        // The doc comment of the type is for readers of the code; the manifest has the words.
        root.remove("description");
    }
    shape(&mut schema);
    schema
}

fn shape(schema: &mut Value) {
    let Value::Object(node) = schema else { return };
    merge_constants(node);
    // "uint32" and the like: strict endpoints refuse formats that they do not know.
    node.remove("format");
    if let Some(Value::Object(properties)) = node.get_mut("properties") {
        let names = properties.keys().cloned().map(Value::String).collect();
        properties.values_mut().for_each(shape);
        node.insert("required".into(), Value::Array(names));
        node.insert("additionalProperties".into(), Value::Bool(false));
    }
    if let Some(items) = node.get_mut("items") {
        shape(items);
    }
    if let Some(Value::Array(choices)) = node.get_mut("anyOf") {
        choices.iter_mut().for_each(shape);
    }
}

/// An enum whose variants have doc comments comes as `oneOf` constants; strict endpoints take
/// `enum` only, so the comments move into the description.
fn merge_constants(node: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = node.get("oneOf") else {
        return;
    };
    let mut values = Vec::new();
    let mut words: Vec<String> = node
        .get("description")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .into_iter()
        .collect();
    for choice in choices {
        let constants = match (choice.get("const"), choice.get("enum")) {
            (Some(constant), _) => vec![constant.clone()],
            (None, Some(Value::Array(several))) => several.clone(),
            _ => return,
        };
        if let Some(said) = choice.get("description").and_then(Value::as_str) {
            let name = constants
                .first()
                .and_then(Value::as_str)
                .unwrap_or_default();
            words.push(format!("{name}: {said}"));
        }
        values.extend(constants);
    }
    node.remove("oneOf");
    node.insert("type".into(), "string".into());
    node.insert("enum".into(), Value::Array(values));
    if !words.is_empty() {
        node.insert("description".into(), words.join("\n").into());
    }
}

/// Reads what a model wrote as arguments. What is wrong is said to the model, field by field.
pub fn read(arguments: &str, schema: &Value) -> Result<Value, ToolError> {
    if arguments.len() > TOOL_ARGUMENT_BYTES_MAX {
        return Err(ToolError::Retry(format!(
            "the arguments are too long: {} bytes, at most {TOOL_ARGUMENT_BYTES_MAX} are taken",
            arguments.len()
        )));
    }
    // Some endpoints send nothing at all for a call without arguments.
    let text = if arguments.trim().is_empty() {
        "{}"
    } else {
        arguments
    };
    let value: Value = serde_json::from_str(text).map_err(|error| {
        ToolError::Retry(format!(
            "the arguments are not JSON ({error}); write one JSON object"
        ))
    })?;
    check(&value, schema, "").map_err(ToolError::Retry)?;
    Ok(value)
}

fn check(value: &Value, schema: &Value, at: &str) -> Result<(), String> {
    if let Some(Value::Array(choices)) = schema.get("anyOf") {
        let tried: Vec<_> = choices.iter().map(|c| check(value, c, at)).collect();
        return match tried.into_iter().reduce(Result::or) {
            Some(Err(_)) => Err(expected(at, schema)),
            _ => Ok(()),
        };
    }
    if !fits_type(value, schema) || !fits_bounds(value, schema) {
        return Err(expected(at, schema));
    }
    match value {
        Value::Object(fields) => check_fields(fields, schema, at),
        Value::Array(items) => items.iter().enumerate().try_for_each(|(index, item)| {
            schema
                .get("items")
                .map_or(Ok(()), |s| check(item, s, &format!("{at}[{index}]")))
        }),
        _ => Ok(()),
    }
}

fn check_fields(fields: &Map<String, Value>, schema: &Value, at: &str) -> Result<(), String> {
    let Some(Value::Object(known)) = schema.get("properties") else {
        return Ok(());
    };
    let path = |name: &str| match at {
        "" => name.to_owned(),
        at => format!("{at}.{name}"),
    };
    if let Some(stray) = fields.keys().find(|name| !known.contains_key(*name)) {
        let names: Vec<_> = known.keys().map(|name| format!("`{name}`")).collect();
        // The model's own word is cut: it comes back into its prompt.
        let stray: String = stray.chars().take(40).collect();
        return Err(format!(
            "there is no `{}`; the parameters are {}",
            path(&stray),
            names.join(", ")
        ));
    }
    known.iter().try_for_each(|(name, schema)| {
        let null = Value::Null;
        // Left out is the same as null: not every endpoint is strict about "required".
        check(fields.get(name).unwrap_or(&null), schema, &path(name))
    })
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn fits_type(value: &Value, schema: &Value) -> bool {
    let types = types(schema);
    types.is_empty()
        || types.iter().any(|name| match *name {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            _ => false,
        })
}

fn fits_bounds(value: &Value, schema: &Value) -> bool {
    if let Some(Value::Array(allowed)) = schema.get("enum")
        && !allowed.contains(value)
    {
        return false;
    }
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    value.as_f64().is_none_or(|number| {
        bound("minimum").is_none_or(|least| number >= least)
            && bound("maximum").is_none_or(|most| number <= most)
    })
}

/// "`items[0].line` must be an integer of at least 1".
fn expected(at: &str, schema: &Value) -> String {
    let name = if at.is_empty() {
        "the arguments".to_owned()
    } else {
        format!("`{at}`")
    };
    format!("{name} must be {}", wanted(schema))
}

fn wanted(schema: &Value) -> String {
    if let Some(Value::Array(choices)) = schema.get("anyOf") {
        let each: Vec<_> = choices.iter().map(wanted).collect();
        return each.join(" or ");
    }
    if let Some(Value::Array(allowed)) = schema.get("enum") {
        let each: Vec<_> = allowed.iter().map(Value::to_string).collect();
        return format!("one of {}", each.join(", "));
    }
    let words: Vec<_> = types(schema)
        .into_iter()
        .map(|name| match name {
            "null" => "null",
            "boolean" => "true or false",
            "integer" => "an integer",
            "number" => "a number",
            "string" => "a string",
            "array" => "a list",
            _ => "an object",
        })
        .collect();
    let bound = |name: &str, words: &str| {
        schema
            .get(name)
            .map(|number| format!(" {words} {number}"))
            .unwrap_or_default()
    };
    format!(
        "{}{}{}",
        words.join(" or "),
        bound("minimum", "of at least"),
        bound("maximum", "of at most")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::returns::ReturnReason;
    use serde::Deserialize;

    /// Not for the model.
    #[derive(Debug, Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Args {
        /// The order's number.
        order_number: String,
        /// What comes back.
        items: Vec<Item>,
        note: Option<Note>,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Item {
        /// Which line.
        #[schemars(range(min = 1))]
        line: u32,
        quantity: Option<u32>,
        reason: ReturnReason,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Note {
        text: String,
    }

    #[test]
    fn the_schema_has_the_shape_that_strict_endpoints_take() {
        let text = schema::<Args>().to_string();
        for absent in [
            "$ref",
            "$defs",
            "$schema",
            "oneOf",
            "format",
            "title",
            "Not for the model",
        ] {
            assert!(!text.contains(absent), "{absent} in {text}");
        }
        let schema = schema::<Args>();
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(
            schema["required"],
            serde_json::json!(["items", "note", "order_number"])
        );
        let item = &schema["properties"]["items"]["items"];
        assert_eq!(
            item["required"],
            serde_json::json!(["line", "quantity", "reason"])
        );
        assert_eq!(
            item["properties"]["quantity"]["type"],
            serde_json::json!(["integer", "null"])
        );
        assert_eq!(item["properties"]["reason"]["type"], "string");
    }

    #[test]
    fn variant_comments_move_into_the_description() {
        let schema = schema::<crate::domain::bundle::HandOffReason>();
        assert_eq!(schema["enum"][0], "shopper_asked");
        let words = schema["description"].as_str().expect("words");
        assert!(
            words.contains("shopper_asked: The shopper asked for a person."),
            "{words}"
        );
    }

    #[test]
    fn a_wrong_argument_is_named_with_what_belongs_there() {
        let item = r#"{"order_number":"1","items":[{"line":1,"reason":"style"},ITEM]}"#;
        let cases = [
            ("{", "the arguments are not JSON"),
            ("[]", "the arguments must be an object"),
            ("null", "the arguments must be an object"),
            ("{}", "`items` must be a list"),
            (
                r#"{"items":[],"order_number":10482}"#,
                "`order_number` must be a string",
            ),
            (
                r#"{"items":[],"order_number":"1","customer_id":"c1"}"#,
                "there is no `customer_id`; the parameters are `items`, `note`, `order_number`",
            ),
            (
                r#"{"items":[],"order_number":"1","note":"x"}"#,
                "`note` must be an object or null",
            ),
            (
                &item.replace("ITEM", r#"{"line":"2","reason":"style"}"#),
                "`items[1].line` must be an integer of at least 1",
            ),
            (
                &item.replace("ITEM", r#"{"line":0,"reason":"style"}"#),
                "`items[1].line` must be an integer of at least 1",
            ),
            (
                &item.replace("ITEM", r#"{"line":2.5,"reason":"style"}"#),
                "`items[1].line` must be an integer",
            ),
            (
                &item.replace("ITEM", r#"{"line":2,"reason":"ugly"}"#),
                "`items[1].reason` must be one of \"size_too_small\"",
            ),
            (
                &item.replace("ITEM", r#"{"line":2}"#),
                "`items[1].reason` must be one of",
            ),
        ];
        for (arguments, words) in cases {
            match read(arguments, &schema::<Args>()) {
                Err(ToolError::Retry(said)) => assert!(said.contains(words), "{arguments}: {said}"),
                other => panic!("{arguments}: {other:?}"),
            }
        }
    }

    #[test]
    fn optional_arguments_may_be_left_out_or_null() {
        for arguments in [
            r#"{"order_number":"1","items":[{"line":1,"reason":"style"}]}"#,
            r#"{"order_number":"1","items":[{"line":1,"quantity":null,"reason":"style"}],"note":null}"#,
            r#"{"order_number":"1","items":[],"note":{"text":"x"}}"#,
        ] {
            let value = read(arguments, &schema::<Args>()).expect(arguments);
            serde_json::from_value::<Args>(value)
                .expect("the check is at least as strict as serde");
        }
    }

    #[test]
    fn nothing_hostile_gets_past_the_size_and_depth_limits() {
        let long = format!(
            r#"{{"order_number":"{}"}}"#,
            "9".repeat(TOOL_ARGUMENT_BYTES_MAX)
        );
        let deep = "[".repeat(TOOL_ARGUMENT_BYTES_MAX);
        for arguments in [long, deep, "\u{0}".into()] {
            assert!(matches!(
                read(&arguments, &schema::<Args>()),
                Err(ToolError::Retry(_))
            ));
        }
    }
}
