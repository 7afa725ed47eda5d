//! Shows what a model loses: the JSON paths of a body that its typed event drops or changes.
//!
//! A payload type reads what it knows and ignores the rest, which keeps it working when senders add fields, and
//! hides that they did. Run [`check`] over recorded bodies in a test, and the test tells when a model has fallen
//! behind, or when a type of yours turns `1.10` into `1.1`.
//!
//! Two bodies are the same when they hold the same values: the order of keys and the spacing do not matter, null is
//! the same as absent in an object, texts are compared without their escapes, and numbers digit by digit as they
//! are written (so `1.0` is not `1`). Of repeated keys the last one counts.
//!
//! # Examples
//!
//! ```
//! use webhook_core::{Payload, drift};
//!
//! #[derive(serde::Deserialize, serde::Serialize)]
//! struct Order {
//!     number: u64,
//!     note: Option<String>,
//! }
//! impl Payload for Order {}
//!
//! let body = br#"{"number": 7, "note": null, "items": [{"sku": "A-1"}]}"#;
//! assert_eq!(drift::check::<Order>(body)?, ["items"]);
//! # Ok::<(), webhook_core::ParseError>(())
//! ```

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde::de::IgnoredAny;

use crate::scan::{Cursor, unescape};
use crate::{ParseError, Payload};

/// Deepest level, in brackets, that is compared member by member; what is below is compared as text.
const MAX_DEPTH: usize = 128;

/// Parses `body` as `T` and lists the paths that `T` dropped or changed, such as `data.items[0].sku`.
///
/// A path leads to the outermost member that is gone; the path of the whole body is empty. Members that `T` writes
/// of its own accord are not listed.
///
/// # Errors
///
/// [`ParseError`] when `body` does not parse as `T`, or `T` cannot be written as JSON.
pub fn check<T: Payload + Serialize>(body: &[u8]) -> Result<Vec<String>, ParseError> {
    compare(body, &T::parse(body)?)
}

/// Lists the paths of `body` that `value`, written as JSON, does not have or has otherwise.
///
/// Use it where the value is at hand already, or came to be in another way than [`Payload::parse`].
///
/// # Errors
///
/// [`ParseError`] when `body` is not JSON, or `value` cannot be written as JSON.
pub fn compare<T: Serialize + ?Sized>(body: &[u8], value: &T) -> Result<Vec<String>, ParseError> {
    let sent = crate::error::text(body)?;
    crate::error::from_text::<IgnoredAny>(sent)?;
    let written = serde_json::to_string(value).map_err(|error| ParseError::new(&error, String::new()))?;
    let mut drift = Drift { path: String::new(), found: Vec::new() };
    drift.values(&Tree::read(sent), &Tree::read(&written));
    Ok(drift.found)
}

/// A JSON value for comparing: numbers keep their digits, texts lose their escapes.
#[derive(Debug, PartialEq)]
enum Tree<'t> {
    Null,
    /// A number or a truth value, as written; also what is nested too deeply.
    Written(&'t str),
    Text(Cow<'t, [u8]>),
    Array(Vec<Self>),
    Object(BTreeMap<Cow<'t, [u8]>, Self>),
}

impl<'t> Tree<'t> {
    fn read(text: &'t str) -> Self {
        Self::next(&mut Cursor::new(text), MAX_DEPTH)
    }

    fn next(cursor: &mut Cursor<'t>, levels: usize) -> Self {
        match (cursor.peek(), levels.checked_sub(1)) {
            (Some(b'{'), Some(levels)) => {
                let mut members = BTreeMap::new();
                while let Some(key) = cursor.key() {
                    members.insert(unescape(key), Self::next(cursor, levels));
                }
                cursor.skip(b"}");
                Self::Object(members)
            }
            (Some(b'['), Some(levels)) => {
                cursor.skip(b"[");
                let mut items = Vec::new();
                while cursor.peek().is_some_and(|byte| byte != b']') {
                    items.push(Self::next(cursor, levels));
                    cursor.skip(b",");
                }
                cursor.skip(b"]");
                Self::Array(items)
            }
            (Some(b'"'), _) => Self::Text(unescape(cursor.value())),
            (Some(b'n'), _) => {
                cursor.value();
                Self::Null
            }
            _ => Self::Written(cursor.value()),
        }
    }
}

struct Drift {
    path: String,
    found: Vec<String>,
}

impl Drift {
    // Bounded: a tree is at most `MAX_DEPTH` deep.
    fn values(&mut self, sent: &Tree<'_>, written: &Tree<'_>) {
        match (sent, written) {
            (Tree::Object(sent), Tree::Object(written)) => {
                // A null is as good as absent, and what was absent cannot be lost.
                for (key, sent) in sent.iter().filter(|(_, sent)| **sent != Tree::Null) {
                    self.at_key(key, |drift| match written.get(key) {
                        Some(written) => drift.values(sent, written),
                        None => drift.report(),
                    });
                }
            }
            (Tree::Array(sent), Tree::Array(written)) => {
                for at in 0..sent.len().max(written.len()) {
                    self.at_index(at, |drift| match (sent.get(at), written.get(at)) {
                        (Some(sent), Some(written)) => drift.values(sent, written),
                        _ => drift.report(),
                    });
                }
            }
            _ if sent == written => {}
            _ => self.report(),
        }
    }

    fn report(&mut self) {
        self.found.push(self.path.clone());
    }

    fn at_key(&mut self, key: &[u8], then: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(&String::from_utf8_lossy(key));
        then(self);
        self.path.truncate(length);
    }

    fn at_index(&mut self, index: usize, then: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        // Writing to a string cannot fail.
        let _ = write!(self.path, "[{index}]");
        then(self);
        self.path.truncate(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RawJson;

    fn drift(sent: &str, written: &str) -> Vec<String> {
        compare(sent.as_bytes(), &RawJson::new(written).unwrap()).unwrap()
    }

    #[test]
    fn the_same_values_are_no_drift() {
        let cases = [
            (r#"{"a": 1, "b": [true, null]}"#, "{\"b\":[true,null],\n\"a\":1}"),
            (r#"{"a": null, "b": {"c": null}}"#, r#"{"b": {}}"#),
            (r#"{"a": "\u00fc\/\ud83d\ude00\u000A"}"#, "{\"a\": \"ü/😀\\n\"}"),
            (r#"{"\u0061": "\ud800"}"#, r#"{"a": "\uD800"}"#),
            (r#"{"a": null}"#, r#"{"a": []}"#),
            (r#"{"a": 1, "a": 2}"#, r#"{"a": 2}"#),
            (r#"{"a": {}, "b": []}"#, r#"{"b": [ ], "a": { }, "c": 1}"#),
            ("12345678901234567890.1000", "12345678901234567890.1000"),
        ];
        for (sent, written) in cases {
            assert_eq!(drift(sent, written), [""; 0], "{sent} and {written}");
        }
    }

    #[test]
    fn what_was_dropped_or_changed() {
        let cases: [(&str, &str, &[&str]); 13] = [
            (r#"{"a": {"b": 1, "c": 2}}"#, r#"{"a": {"b": 1}}"#, &["a.c"]),
            (r#"{"a": {"b": {"c": 2}}}"#, "{}", &["a"]),
            (r#"{"a": 12345678901234567890}"#, r#"{"a": 12345678901234567000}"#, &["a"]),
            (r#"{"a": 1.50}"#, r#"{"a": 1.5}"#, &["a"]),
            (r#"{"a": 1e2}"#, r#"{"a": 100}"#, &["a"]),
            (r#"{"a": "x"}"#, r#"{"a": "y"}"#, &["a"]),
            (r#"{"a": "\ud800"}"#, r#"{"a": "\ufffd"}"#, &["a"]),
            (r#"{"a": "1"}"#, r#"{"a": 1}"#, &["a"]),
            (r#"{"a": [{"b": 1}, 2, null]}"#, r#"{"a": [{}]}"#, &["a[0].b", "a[1]", "a[2]"]),
            (r#"{"a": []}"#, r#"{"a": [1]}"#, &["a[0]"]),
            (r#"{"a": [null, null]}"#, r#"{"a": [0]}"#, &["a[0]", "a[1]"]),
            (r#"{"a": true, "b": false}"#, r#"{"a": false, "b": null}"#, &["a", "b"]),
            ("[1]", "{}", &[""]),
        ];
        for (sent, written, expected) in cases {
            assert_eq!(drift(sent, written), expected, "{sent} and {written}");
        }
    }

    #[test]
    fn any_depth_and_size() {
        struct Nothing;
        impl Serialize for Nothing {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_map(Some(0)).and_then(serde::ser::SerializeMap::end)
            }
        }
        let deep = format!(r#"{{"a": {}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(compare(deep.as_bytes(), &Nothing).unwrap(), ["a"]);

        let value: Box<serde_json::value::RawValue> = serde_json::from_str(&deep).unwrap();
        assert_eq!(compare(deep.as_bytes(), &value).unwrap(), [""; 0]);

        let long = format!("[{}0]", "{\"key\": \"value\"}, ".repeat(20_000));
        let value: Box<serde_json::value::RawValue> = serde_json::from_str(&long).unwrap();
        assert_eq!(compare(long.as_bytes(), &value).unwrap(), [""; 0]);
    }

    #[test]
    fn what_is_not_json() {
        assert!(compare(b"{", "").unwrap_err().is_syntax());
        assert!(compare(b"\xff", "").unwrap_err().is_syntax());
    }
}
