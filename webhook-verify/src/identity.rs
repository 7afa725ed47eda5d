//! What identifies an event, as text.

use std::borrow::Cow;
use std::fmt;

use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::Identity;

/// Longest id that stands in a key as it is, in bytes; a longer one is replaced by its digest.
const MAX_ID: usize = 200;

/// How a digest begins.
const DIGEST: &str = "sha256-";

pub(crate) fn of(identity: Identity, header_id: Option<&str>, body: &[u8]) -> Option<String> {
    match identity {
        Identity::None => None,
        Identity::Id => header_id.map(|id| short(id.into())),
        Identity::Field(path) => field(body, path).map(short),
        Identity::Fields { required, optional } => {
            let mut digest = Sha256::new();
            for (index, path) in required.iter().chain(optional).enumerate() {
                let [value] = webhook_core::peek(body, [path]);
                let value = value.filter(|value| *value != "null");
                if index < required.len() && value.is_none() {
                    return None;
                }
                // As JSON, so that 7 is not "7", and with its length before it, so that no two lists of values run
                // together alike.
                digest.update(value.map_or(0, str::len).to_le_bytes());
                digest.update(value.unwrap_or_default());
            }
            Some(hex(digest))
        }
        Identity::DigestWithout(fields) => Some(digest_without(body, fields)),
    }
}

/// The value at `path` in the body: a string's text, any other value as JSON; none when it is absent or null.
pub(crate) fn field<'b>(body: &'b [u8], path: &str) -> Option<Cow<'b, str>> {
    let [raw] = webhook_core::peek(body, [path]);
    let raw = raw.filter(|raw| *raw != "null")?;
    if raw.starts_with('"') {
        serde_json::from_str::<String>(raw).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(raw))
    }
}

fn short(id: Cow<'_, str>) -> String {
    if id.len() > MAX_ID || id.starts_with(DIGEST) || id.chars().any(char::is_control) {
        hex(Sha256::new_with_prefix(id.as_bytes()))
    } else {
        id.into_owned()
    }
}

fn hex(digest: Sha256) -> String {
    format!("{DIGEST}{}", const_hex::encode(digest.finalize()))
}

/// An endpoint's name without the characters that part a key.
pub(crate) fn escape(endpoint: &str) -> String {
    endpoint.replace('%', "%25").replace('/', "%2F").replace(':', "%3A")
}

/// The digest of an object's entries in their order but for `fields`; of the whole body when it is no object.
fn digest_without(body: &[u8], fields: &'static [&'static str]) -> String {
    use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

    struct Entries<'f>(&'f [&'static str], Sha256);

    impl<'de> DeserializeSeed<'de> for Entries<'_> {
        type Value = Sha256;
        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Sha256, D::Error> {
            deserializer.deserialize_map(self)
        }
    }

    impl<'de> Visitor<'de> for Entries<'_> {
        type Value = Sha256;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Sha256, A::Error> {
            while let Some(key) = map.next_key::<String>()? {
                let value: &RawValue = map.next_value()?;
                if !self.0.contains(&key.as_str()) {
                    for text in [key.as_str(), value.get()] {
                        self.1.update(text.len().to_le_bytes());
                        self.1.update(text);
                    }
                }
            }
            Ok(self.1)
        }
    }

    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let entries = Entries(fields, Sha256::new()).deserialize(&mut deserializer).ok();
    hex(entries.filter(|_| deserializer.end().is_ok()).unwrap_or_else(|| Sha256::new_with_prefix(body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_without_a_field() {
        let of = |body: &str| of(Identity::DigestWithout(&["timestamp"]), None, body.as_bytes()).unwrap();
        let first = of(r#"{"event":"UPDATE","record":{"timestamp":1},"timestamp":"a"}"#);
        assert_eq!(first, of(r#"{"event":"UPDATE","record":{"timestamp":1},"timestamp":"b"}"#));
        assert_ne!(first, of(r#"{"event":"UPDATE","record":{"timestamp":2},"timestamp":"a"}"#));
        assert_ne!(first, of(r#"{"event":"DELETE","record":{"timestamp":1},"timestamp":"a"}"#));
        assert_ne!(of("not json"), of("not json either"));
        assert_ne!(of(r#"{"ab":"c"}"#), of(r#"{"a":"bc"}"#));
    }

    #[test]
    fn fields_do_not_run_together() {
        let identity = Identity::Fields { required: &["a", "b"], optional: &["c"] };
        let of = |body: &str| of(identity, None, body.as_bytes());
        assert!(of(r#"{"a":"x","b":"y"}"#).is_some());
        assert_eq!(of(r#"{"a":"x","b":"y"}"#), of(r#"{"c":null,"b":"y","a":"x"}"#));
        assert_ne!(of(r#"{"a":"x","b":"yz"}"#), of(r#"{"a":"xy","b":"z"}"#));
        assert_ne!(of(r#"{"a":"x","b":"y"}"#), of(r#"{"a":"x","b":"y","c":1}"#));
        assert_ne!(of(r#"{"a":7,"b":"y"}"#), of(r#"{"a":"7","b":"y"}"#));
        for incomplete in [r#"{"a":"x"}"#, r#"{"a":null,"b":"y"}"#, "{}", "no"] {
            assert_eq!(of(incomplete), None, "{incomplete}");
        }
    }

    #[test]
    fn no_id_looks_like_a_digest_or_another_endpoint() {
        let long = "x".repeat(201);
        let digest = of(Identity::Id, Some(&long), b"").unwrap();
        assert_ne!(of(Identity::Id, Some(&digest), b"").unwrap(), digest);
        assert_eq!(escape("a/b:c%3A"), "a%2Fb%3Ac%253A");
    }

    #[test]
    fn a_long_or_odd_id_becomes_a_digest() {
        assert_eq!(of(Identity::Id, Some("msg_1"), b"").unwrap(), "msg_1");
        assert!(of(Identity::Id, Some(&"x".repeat(201)), b"").unwrap().starts_with("sha256-"));
        assert!(of(Identity::Field("id"), None, br#"{"id":"a\u0000b"}"#).unwrap().starts_with("sha256-"));
        assert_eq!(
            of(Identity::Field("id"), None, br#"{"id":12345678901234567890}"#).unwrap(),
            "12345678901234567890"
        );
    }
}
