//! What an update changed.

use std::collections::BTreeMap;
use std::fmt::Write;

use webhook_axum::webhook_core::JsonRow;

/// The columns whose JSON differs, as `name: "old" -> "new"`. Numbers are compared as they were sent, with every
/// digit: through a double, `9007199254740993` and `9007199254740992` would be equal.
pub(crate) fn between(old: &JsonRow, new: &JsonRow) -> String {
    let before: BTreeMap<_, _> = old.columns().collect();
    let after: BTreeMap<_, _> = new.columns().collect();
    let mut changes = String::new();
    for (name, value) in &after {
        let was = before.get(name).copied().unwrap_or("(no such column)");
        if was != *value {
            let _ = write!(changes, "{}{name}: {was} -> {value}", if changes.is_empty() { "" } else { ", " });
        }
    }
    for (name, was) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        let joint = if changes.is_empty() { "" } else { ", " };
        let _ = write!(changes, "{joint}{name}: {was} -> (no such column)");
    }
    if changes.is_empty() { "nothing: it was written as it was".to_owned() } else { changes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(old: &str, new: &str) -> String {
        super::between(&JsonRow::new(old).unwrap(), &JsonRow::new(new).unwrap())
    }

    #[test]
    fn only_what_changed() {
        assert_eq!(
            between(r#"{"id":7,"n":9007199254740993,"a":"x"}"#, r#"{"id":7,"n":9007199254740992,"a":"x"}"#),
            "n: 9007199254740993 -> 9007199254740992"
        );
        assert_eq!(between(r#"{"a":1,"b":null}"#, r#"{"b":2,"a":1.0}"#), "a: 1 -> 1.0, b: null -> 2");
    }

    #[test]
    fn columns_come_and_go() {
        assert_eq!(between(r#"{"a":1}"#, r#"{"b":2}"#), "b: (no such column) -> 2, a: 1 -> (no such column)");
        assert_eq!(between(r#"{"a":1}"#, r#"{"a":1}"#), "nothing: it was written as it was");
    }
}
