//! Where two documents differ.

use serde_json::Value;

use super::pointer::escape;

/// Amounts are the same within this; the set holds them as binary fractions.
const AMOUNT_TOLERANCE: f64 = 0.005;

/// One place with what was expected there and what is; nothing where it is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub path: String,
    pub expected: Option<Value>,
    pub got: Option<Value>,
}

/// Every place at which they differ, `path` in front.
pub fn differences(
    path: &str,
    expected: Option<&Value>,
    got: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    match (expected, got) {
        (None, None) => {}
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let more = b.keys().filter(|key| !a.contains_key(*key));
            for key in a.keys().chain(more) {
                let path = format!("{path}/{}", escape(key));
                differences(&path, a.get(key), b.get(key), found);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            for at in 0..a.len().max(b.len()) {
                differences(&format!("{path}/{at}"), a.get(at), b.get(at), found);
            }
        }
        (Some(Value::Number(a)), Some(Value::Number(b))) if near(a.as_f64(), b.as_f64()) => {}
        (Some(a), Some(b)) if a == b => {}
        (expected, got) => found.push(Difference {
            path: path.to_owned(),
            expected: expected.cloned(),
            got: got.cloned(),
        }),
    }
}

fn near(a: Option<f64>, b: Option<f64>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if (a - b).abs() < AMOUNT_TOLERANCE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(expected: &Value, got: &Value) -> Vec<String> {
        let mut found = Vec::new();
        differences("", Some(expected), Some(got), &mut found);
        found.into_iter().map(|one| one.path).collect()
    }

    #[test]
    fn amounts_are_near_and_everything_else_is_equal() {
        assert!(paths(&json!({ "a": [1, "x"] }), &json!({ "a": [1.004, "x"] })).is_empty());
        assert_eq!(
            paths(&json!({ "a": [1.00] }), &json!({ "a": [1.01] })),
            ["/a/0"]
        );
        assert_eq!(paths(&json!({ "a": "1" }), &json!({ "a": 1 })), ["/a"]);
    }

    #[test]
    fn what_is_missing_and_what_is_too_much_differ() {
        let (a, b) = (
            json!({ "a": 1, "b/c": [1] }),
            json!({ "b/c": [1, 2], "d": null }),
        );
        assert_eq!(paths(&a, &b), ["/a", "/b~1c/1", "/d"]);
        assert_eq!(paths(&b, &a), ["/b~1c/1", "/d", "/a"]);
    }
}
