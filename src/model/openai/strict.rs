//! A tool's schema as OpenAI's strict mode takes it: with it a model can write no arguments that do
//! not fit. Every object is closed, every property required and the optional ones nullable, and
//! only the keywords stay that every strict server knows. What is left out (bounds, formats,
//! patterns, defaults) is checked by the tool itself, which reads null as left out.
//!
//! A schema that says something strict mode cannot say (a map of free keys, a value of any type, a
//! choice at the root) has no strict form and is sent as it is.

use serde_json::{Map, Value, json};

use crate::domain::limits::{
    STRICT_ENUM_VALUES_MAX, STRICT_LEVELS_MAX, STRICT_NAMES_BYTES_MAX, STRICT_PROPERTIES_MAX,
};

/// The strict form of a tool's parameters; `None` when there is none.
pub(super) fn strict(schema: &Value) -> Option<Value> {
    let root = schema.as_object()?;
    // A choice or a reference at the root is refused.
    if root.get("type")? != "object" || choices(root).is_some() || root.contains_key("$ref") {
        return None;
    }
    let mut size = Size::default();
    let mut strict = node(schema, 0, &mut size)?;
    if let Some(definitions) = root.get("$defs") {
        let mut made = Map::new();
        for (name, definition) in definitions.as_object()? {
            size.bytes += name.len();
            made.insert(name.clone(), node(definition, 1, &mut size)?);
        }
        strict.as_object_mut()?.insert("$defs".into(), made.into());
    }
    (size.is_taken() && refers_to_itself_alone(&strict, &strict)).then_some(strict)
}

/// What OpenAI counts of one schema.
#[derive(Default)]
struct Size {
    properties: usize,
    enum_values: usize,
    bytes: usize,
}

impl Size {
    fn is_taken(&self) -> bool {
        self.properties <= STRICT_PROPERTIES_MAX
            && self.enum_values <= STRICT_ENUM_VALUES_MAX
            && self.bytes <= STRICT_NAMES_BYTES_MAX
    }
}

fn node(schema: &Value, level: usize, size: &mut Size) -> Option<Value> {
    let from = schema.as_object()?;
    if level > STRICT_LEVELS_MAX {
        return None;
    }
    if let Some(target) = from.get("$ref") {
        // No keyword may stand beside a reference.
        return Some(json!({"$ref": target}));
    }
    let mut to = Map::new();
    if let Some(Value::String(words)) = from.get("description") {
        to.insert("description".into(), words.as_str().into());
    }
    if let Some(choices) = choices(from) {
        if from.contains_key("properties") {
            return None;
        }
        let made: Option<Vec<_>> = choices.iter().map(|one| node(one, level, size)).collect();
        to.insert("anyOf".into(), made?.into());
        return Some(to.into());
    }
    if let Some(Value::Array(all)) = from.get("allOf") {
        return match all.as_slice() {
            [one] if !from.contains_key("type") => described(node(one, level, size)?, to),
            _ => None,
        };
    }
    let values = values(from);
    if let Some(values) = values {
        size.enum_values += values.len();
        size.bytes += values
            .iter()
            .map(|value| value.to_string().len())
            .sum::<usize>();
        to.insert("enum".into(), values.to_vec().into());
    }
    let kind = match (from.get("type"), values) {
        (Some(kind), _) => kind.clone(),
        (None, Some(values)) => kind_of(values)?,
        (None, None) => return None,
    };
    for name in names(&kind)? {
        match name {
            "object" => object(from, &mut to, level, size)?,
            "array" => {
                let items = node(from.get("items")?, level + 1, size)?;
                to.insert("items".into(), items);
            }
            "string" | "number" | "integer" | "boolean" | "null" => {}
            _ => return None,
        }
    }
    to.insert("type".into(), kind);
    Some(to.into())
}

/// One of several: `oneOf` says more than `anyOf`, which is checked by the tool.
fn choices(node: &Map<String, Value>) -> Option<&Vec<Value>> {
    node.get("anyOf").or(node.get("oneOf"))?.as_array()
}

/// The closed list of values, if there is one.
fn values(node: &Map<String, Value>) -> Option<&[Value]> {
    match (node.get("const"), node.get("enum")) {
        (Some(one), _) => Some(std::slice::from_ref(one)),
        (None, Some(Value::Array(several))) => Some(several),
        _ => None,
    }
}

fn kind_of(values: &[Value]) -> Option<Value> {
    let strings = values.iter().all(Value::is_string);
    (strings && !values.is_empty()).then(|| "string".into())
}

fn names(kind: &Value) -> Option<Vec<&str>> {
    match kind {
        Value::String(one) => Some(vec![one]),
        Value::Array(several) => several.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn described(node: Value, outer: Map<String, Value>) -> Option<Value> {
    let Value::Object(mut node) = node else {
        return None;
    };
    if !node.contains_key("$ref") {
        node.extend(outer);
    }
    Some(node.into())
}

fn object(
    from: &Map<String, Value>,
    to: &mut Map<String, Value>,
    level: usize,
    size: &mut Size,
) -> Option<()> {
    let none = Map::new();
    let closed = from.get("additionalProperties") == Some(&Value::Bool(false));
    let open = from.contains_key("additionalProperties") && !closed;
    let properties = match from.get("properties") {
        Some(properties) => properties.as_object()?,
        // Nothing is said of its keys: any may come.
        None if !closed => return None,
        None => &none,
    };
    if open || from.contains_key("patternProperties") {
        return None;
    }
    let required: Vec<&str> = from
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let mut made = Map::new();
    for (name, schema) in properties {
        size.properties += 1;
        size.bytes += name.len();
        let schema = node(schema, level + 1, size)?;
        let schema = if required.contains(&name.as_str()) {
            schema
        } else {
            nullable(schema)
        };
        made.insert(name.clone(), schema);
    }
    let all: Vec<Value> = made.keys().map(|name| name.as_str().into()).collect();
    to.insert("properties".into(), made.into());
    to.insert("required".into(), all.into());
    to.insert("additionalProperties".into(), false.into());
    Some(())
}

/// The same schema, or null: what strict mode has for a property that may be left out.
fn nullable(mut schema: Value) -> Value {
    let null = || Value::from("null");
    let Some(node) = schema.as_object_mut() else {
        return schema;
    };
    if let Some(Value::Array(choices)) = node.get_mut("anyOf") {
        if !choices.iter().any(|one| one.get("type") == Some(&null())) {
            choices.push(json!({"type": "null"}));
        }
        return schema;
    }
    if node.contains_key("$ref") {
        return json!({"anyOf": [schema, {"type": "null"}]});
    }
    match node.get_mut("type") {
        Some(Value::Array(kinds)) if !kinds.contains(&null()) => kinds.push(null()),
        Some(kind @ Value::String(_)) if *kind != null() => {
            *kind = Value::Array(vec![kind.clone(), null()]);
        }
        _ => {}
    }
    if let Some(Value::Array(values)) = node.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    schema
}

/// Every reference leads to a definition of this schema.
fn refers_to_itself_alone(node: &Value, root: &Value) -> bool {
    match node {
        Value::Object(fields) => fields
            .iter()
            .all(|(key, value)| match (key.as_str(), value) {
                ("$ref", Value::String(target)) => {
                    target == "#"
                        || target
                            .strip_prefix("#/$defs/")
                            .is_some_and(|name| root["$defs"].get(name).is_some())
                }
                _ => refers_to_itself_alone(value, root),
            }),
        Value::Array(items) => items.iter().all(|item| refers_to_itself_alone(item, root)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closes_requires_and_leaves_out() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Args",
            "type": "object",
            "properties": {
                "order": {"type": "string", "description": "Its number.", "pattern": "^[0-9]+$", "minLength": 1},
                "line": {"type": "integer", "format": "uint32", "minimum": 1, "maximum": 99, "default": 1},
                "why": {"enum": ["style", "size"], "type": "string"},
                "size": {"oneOf": [{"const": "s"}, {"type": "integer", "minimum": 30}]},
                "to": {"$ref": "#/$defs/Address", "description": "Where to."},
                "tags": {"type": "array", "items": {"type": "string", "maxLength": 9}, "maxItems": 3, "uniqueItems": true},
                "nested": {"allOf": [{"$ref": "#/$defs/Address"}]}
            },
            "required": ["order", "nested"],
            "$defs": {"Address": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "again": {"$ref": "#/$defs/Address"}},
                "required": ["city"]
            }}
        });
        let address = json!({
            "type": "object",
            "properties": {
                "again": {"anyOf": [{"$ref": "#/$defs/Address"}, {"type": "null"}]},
                "city": {"type": "string"}
            },
            "required": ["again", "city"],
            "additionalProperties": false
        });
        let mut strict = strict(&schema).expect("it has a strict form");
        let mut required: Vec<_> = strict["required"].as_array().unwrap().clone();
        required.sort_by_key(Value::to_string);
        assert_eq!(
            Value::from(required),
            json!(["line", "nested", "order", "size", "tags", "to", "why"])
        );
        strict["required"] = Value::Null;
        strict["$defs"]["Address"]["required"]
            .as_array_mut()
            .unwrap()
            .sort_by_key(Value::to_string);
        let expected = json!({
            "type": "object",
            "properties": {
                "order": {"type": "string", "description": "Its number."},
                "line": {"type": ["integer", "null"]},
                "why": {"type": ["string", "null"], "enum": ["style", "size", null]},
                "size": {"anyOf": [{"type": "string", "enum": ["s"]}, {"type": "integer"}, {"type": "null"}]},
                "to": {"anyOf": [{"$ref": "#/$defs/Address"}, {"type": "null"}]},
                "tags": {"type": ["array", "null"], "items": {"type": "string"}},
                "nested": {"$ref": "#/$defs/Address"}
            },
            "required": null,
            "additionalProperties": false,
            "$defs": {"Address": address}
        });
        assert_eq!(strict, expected);
    }

    /// What strict mode cannot say is not bent until it can.
    #[test]
    fn what_has_no_strict_form_has_none() {
        let inside = |schema: Value| {
            strict(&json!({"type": "object", "properties": {"x": schema}, "required": ["x"]}))
        };
        assert!(inside(json!({"type": "string"})).is_some());
        for schema in [
            json!(true),
            json!({}),
            json!({"type": "object"}),
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            json!({"type": "object", "properties": {}, "additionalProperties": true}),
            json!({"type": "object", "properties": {}, "patternProperties": {"^a": {}}}),
            json!({"type": "array"}),
            json!({"type": "array", "prefixItems": [{"type": "string"}]}),
            json!({"allOf": [{"type": "string"}, {"type": "string"}]}),
            json!({"anyOf": [{"type": "string"}, {}]}),
            json!({"type": "file"}),
            json!({"enum": [1, "a"]}),
            json!({"$ref": "#/definitions/Old"}),
            json!({"$ref": "https://example.com/schema"}),
        ] {
            assert_eq!(inside(schema.clone()), None, "{schema}");
        }
        for root in [
            json!({"type": "string"}),
            json!({"anyOf": [{"type": "object", "properties": {}}]}),
            json!({"type": "object", "properties": {}, "anyOf": []}),
            json!({"$ref": "#/$defs/A", "type": "object"}),
            json!(null),
        ] {
            assert_eq!(strict(&root), None, "{root}");
        }
    }

    /// Past what OpenAI takes of one schema there is no strict form either, and depth ends the walk.
    #[test]
    fn counts_what_is_counted() {
        let wide = |count: usize| {
            let properties: Map<String, Value> = (0..count)
                .map(|at| (format!("p{at}"), json!({"type": "string"})))
                .collect();
            strict(&json!({"type": "object", "properties": properties}))
        };
        assert!(wide(STRICT_PROPERTIES_MAX).is_some());
        assert!(wide(STRICT_PROPERTIES_MAX + 1).is_none());
        let choice = |count: usize| {
            let values: Vec<_> = (0..count).map(|at| at.to_string()).collect();
            strict(&json!({"type": "object", "properties": {"x": {"enum": values}}}))
        };
        assert!(choice(STRICT_ENUM_VALUES_MAX).is_some());
        assert!(choice(STRICT_ENUM_VALUES_MAX + 1).is_none());
        let deep = |levels: usize| {
            let mut schema = json!({"type": "string"});
            for _ in 0..levels {
                schema = json!({"type": "object", "properties": {"x": schema}, "required": ["x"]});
            }
            strict(&schema)
        };
        assert!(deep(STRICT_LEVELS_MAX).is_some());
        assert!(deep(STRICT_LEVELS_MAX + 1).is_none());
        assert!(deep(100).is_none());
    }
}
