//! The shop's rows before and after: what a case has changed in it, and what somebody else did.

use serde_json::Value;

use crate::store::rows::ShopRows;

/// Takes what happened between `from` and `to` over into `rows`, field by field, so that what the
/// assistant has done to the same row before stays visible.
pub fn follow(rows: &mut ShopRows, from: &ShopRows, to: &ShopRows) {
    for (key, after) in to {
        let before = from.get(key);
        if before == Some(after) {
            continue;
        }
        let merged = match (before, rows.get(key)) {
            (Some(before), Some(row)) if row != before => merged(row, before, after),
            _ => after.clone(),
        };
        rows.insert(key.clone(), merged);
    }
}

fn merged(row: &str, before: &str, after: &str) -> String {
    if let (Ok(row), Ok(before), Ok(after)) = (
        row.parse::<i64>(),
        before.parse::<i64>(),
        after.parse::<i64>(),
    ) {
        return (row + after - before).to_string();
    }
    let read = |text: &str| serde_json::from_str::<Value>(text);
    let (Ok(mut row), Ok(before), Ok(after)) = (read(row), read(before), read(after)) else {
        return after.to_owned();
    };
    for (name, value) in after.as_object().into_iter().flatten() {
        if before.get(name) != Some(value) {
            row[name] = value.clone();
        }
    }
    row.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_case_changes_is_followed_and_nothing_else() {
        let rows = |stock: &str, order: &str| -> ShopRows {
            [
                (("stock", "S".to_owned()), stock.to_owned()),
                (("orders", "1".to_owned()), order.to_owned()),
            ]
            .into()
        };
        let mut base = rows("5", r#"{"a":1,"b":1}"#);
        let from = rows("4", r#"{"a":2,"b":1}"#);
        let to = rows("9", r#"{"a":2,"b":3}"#);
        follow(&mut base, &from, &to);
        assert_eq!(base, rows("10", r#"{"a":1,"b":3}"#));
        let same = base.clone();
        follow(&mut base, &to, &to);
        assert_eq!(base, same);
    }
}
