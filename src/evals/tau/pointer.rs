//! End states as differences: a list of edits at JSON pointers, applied to the documents they touch.
//! Source: RFC 6901 (pointers); the operations are those of RFC 6902 that the set uses.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::Value;

use super::set::Written;

/// One edit of the set's shop; its path begins with "/orders/<number>" or "/users/<id>".
#[derive(Clone, Debug, Deserialize)]
pub struct Edit {
    op: Op,
    path: String,
    #[serde(default)]
    value: Value,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Op {
    Add,
    Replace,
    Remove,
}

/// Which document of the shop, as the start of a pointer names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Document {
    Order(String),
    User(String),
}

impl Document {
    pub fn path(&self) -> String {
        let (folder, id) = match self {
            Self::Order(id) => ("orders", id),
            Self::User(id) => ("users", id),
        };
        format!("/{folder}/{}", escape(id))
    }

    /// The document before anything happened.
    pub fn first<'a>(&self, written: &'a Written) -> Option<&'a Value> {
        match self {
            Self::Order(id) => written.orders.get(id),
            Self::User(id) => written.users.get(id),
        }
    }
}

/// The documents that edits touch, as they are afterwards; nothing in place of one that is gone.
pub fn edited(
    written: &Written,
    edits: &[Edit],
) -> anyhow::Result<BTreeMap<Document, Option<Value>>> {
    let mut documents: BTreeMap<Document, Option<Value>> = BTreeMap::new();
    for edit in edits {
        let (document, rest) = split(&edit.path)?;
        let now = documents
            .entry(document.clone())
            .or_insert_with(|| document.first(written).cloned());
        if rest.is_empty() {
            *now = match edit.op {
                Op::Remove => None,
                Op::Add | Op::Replace => Some(edit.value.clone()),
            };
            continue;
        }
        let known = now.as_mut().context("there is no such document");
        known
            .and_then(|known| apply(known, &rest, edit))
            .with_context(|| format!("the edit at {}", edit.path))?;
    }
    Ok(documents)
}

fn split(path: &str) -> anyhow::Result<(Document, Vec<String>)> {
    let mut tokens = path.split('/').map(unescape);
    let root = (tokens.next(), tokens.next(), tokens.next());
    let document = match root {
        (Some(start), Some(folder), Some(id)) if start.is_empty() => match folder.as_str() {
            "orders" => Document::Order(id),
            "users" => Document::User(id),
            _ => bail!("\"{path}\" is in neither orders nor users"),
        },
        _ => bail!("\"{path}\" names no document"),
    };
    Ok((document, tokens.collect()))
}

fn apply(document: &mut Value, tokens: &[String], edit: &Edit) -> anyhow::Result<()> {
    let (last, parents) = tokens.split_last().context("an empty path")?;
    let mut place = document;
    for token in parents {
        place = child(place, token).with_context(|| format!("there is no \"{token}\""))?;
    }
    match (place, edit.op) {
        (Value::Object(map), Op::Remove) => {
            map.remove(last).context("there is nothing to remove")?;
        }
        (Value::Object(map), Op::Add | Op::Replace) => {
            map.insert(last.clone(), edit.value.clone());
        }
        (Value::Array(list), op) => {
            let at = match last.as_str() {
                "-" => list.len(),
                at => at.parse::<usize>().context("no place of a list")?,
            };
            match op {
                Op::Add if at <= list.len() => list.insert(at, edit.value.clone()),
                Op::Replace if at < list.len() => list[at] = edit.value.clone(),
                Op::Remove if at < list.len() => drop(list.remove(at)),
                _ => bail!("the list has {} entries", list.len()),
            }
        }
        _ => bail!("it is inside of a plain value"),
    }
    Ok(())
}

fn child<'a>(value: &'a mut Value, token: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(map) => map.get_mut(token),
        Value::Array(list) => list.get_mut(token.parse::<usize>().ok()?),
        _ => None,
    }
}

pub fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written() -> Written {
        let Value::Object(orders) = json!({
            "#W1": { "status": "pending", "items": [{ "options": { "bagged/bagless": "bagged" } }] }
        }) else {
            unreachable!("an object")
        };
        Written {
            orders,
            ..Written::default()
        }
    }

    fn edits(edits: Value) -> Vec<Edit> {
        serde_json::from_value(edits).unwrap()
    }

    #[test]
    fn edits_touch_only_what_they_name() {
        let edits = edits(json!([
            { "op": "replace", "path": "/orders/#W1/items/0/options/bagged~1bagless", "value": "bagless" },
            { "op": "add", "path": "/orders/#W1/items/1", "value": { "item_id": "2" } },
            { "op": "remove", "path": "/orders/#W1/status" }
        ]));
        let after = edited(&written(), &edits).unwrap();
        let expected = json!({
            "items": [{ "options": { "bagged/bagless": "bagless" } }, { "item_id": "2" }]
        });
        assert_eq!(after.len(), 1);
        let order = Document::Order("#W1".to_owned());
        assert_eq!(after[&order], Some(expected));
        assert_eq!(order.path(), "/orders/#W1");
    }

    #[test]
    fn an_edit_that_fits_nowhere_is_said() {
        for path in [
            "/products/1",
            "",
            "/orders",
            "/orders/#W1/items/7",
            "/orders/#W2/status",
        ] {
            let edits = edits(json!([{ "op": "add", "path": path, "value": 1 }]));
            assert!(edited(&written(), &edits).is_err(), "{path}");
        }
    }
}
