use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Finds single values in a JSON body without building the rest of it.
///
/// A path names keys from the top of the body, separated by full stops (`metadata.uuid`); a key that holds a full stop itself cannot be
/// named. The result holds the
/// value's JSON text for each path, or `None` where there is no such key or the body is not JSON. Of repeated keys
/// the last one counts.
///
/// # Examples
///
/// ```
/// let body = br#"{"id": 7, "metadata": {"uuid": "a-b"}}"#;
/// let [id, uuid, none] = webhook_core::peek(body, ["id", "metadata.uuid", "metadata.none"]);
/// assert_eq!(id, Some("7"));
/// assert_eq!(uuid, Some("\"a-b\""));
/// assert_eq!(none, None);
/// ```
pub fn peek<'b, const N: usize>(body: &'b [u8], paths: [&str; N]) -> [Option<&'b str>; N] {
    let mut found = [None; N];
    let Ok(text) = simdutf8::basic::from_utf8(body) else { return found };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Paths { paths: &paths.map(Some), found: &mut found }.deserialize(&mut deserializer);
    if read.is_err() || deserializer.end().is_err() {
        return [None; N];
    }
    found
}

/// What is left of each path at the present depth (`None`: the path does not lead here), and where its value goes.
struct Paths<'p, 'b, const N: usize> {
    paths: &'p [Option<&'p str>; N],
    found: &'p mut [Option<&'b str>; N],
}

impl<'de, const N: usize> DeserializeSeed<'de> for Paths<'_, 'de, N> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, const N: usize> Visitor<'de> for Paths<'_, 'de, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let below = self.paths.map(|path| path.and_then(|path| step(path, &key)));
            if below.iter().all(Option::is_none) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value: &'de RawValue = map.next_value()?;
            for (slot, rest) in self.found.iter_mut().zip(below) {
                if rest.is_some() {
                    *slot = (rest == Some("")).then(|| value.get());
                }
            }
            // Bounded: each level takes one key off every path, and the paths are the caller's.
            if below.iter().flatten().any(|rest| !rest.is_empty()) {
                let deeper = below.map(|rest| rest.filter(|rest| !rest.is_empty()));
                let mut inner = serde_json::Deserializer::from_str(value.get());
                // A value that is not an object simply does not have the path.
                let _ = Paths { paths: &deeper, found: self.found }.deserialize(&mut inner);
            }
        }
        Ok(())
    }
}

/// The rest of `path` behind `key`, when that is its first step; empty when the path ends there.
fn step<'p>(path: &'p str, key: &str) -> Option<&'p str> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    (first == key).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_values_at_any_depth() {
        let body = br#"{"a": {"b": {"c": [1, 2]}, "bb": null}, "a.b": 3, "z": "\u0041"}"#;
        let found = peek(body, ["a.b.c", "a.bb", "a.b", "z", "a.x", "q"]);
        assert_eq!(
            found,
            [Some("[1, 2]"), Some("null"), Some(r#"{"c": [1, 2]}"#), Some("\"\\u0041\""), None, None]
        );
    }

    #[test]
    fn the_last_of_repeated_keys_counts() {
        let found = peek(br#"{"id": 1, "m": {"u": 1}, "id": 2, "m": 5}"#, ["id", "m.u"]);
        assert_eq!(found, [Some("2"), None]);
    }

    #[test]
    fn what_is_not_an_object_has_no_paths() {
        for body in
            [&b"[]"[..], b"\"id\"", b"", b"{\"id\":1", b"{\"id\":1} x", b"\xff", b"{\"id\":1,\"x\":\"\xff\"}"]
        {
            assert_eq!(peek(body, ["id"]), [None], "{body:?}");
        }
    }
}
