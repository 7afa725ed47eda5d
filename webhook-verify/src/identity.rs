//! What identifies an event, as text.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::Identity;

/// Longest id that stands in a key as it is, in bytes; a longer one is replaced by its digest.
const MAX_ID: usize = 200;

/// How a digest begins.
const DIGEST: &str = "sha256-";

pub(crate) fn of(identity: Identity, header_id: Option<&[u8]>, body: &[u8]) -> Option<String> {
    match identity {
        Identity::None => None,
        Identity::Id => header_id.filter(|id| !id.is_empty()).map(|id| match std::str::from_utf8(id) {
            Ok(id) => short(id.into()),
            Err(_) => hex(Sha256::new_with_prefix(id)),
        }),
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
                framed(&mut digest, value.unwrap_or_default());
            }
            Some(hex(digest))
        }
        Identity::DigestWithout(fields) => Some(digest_without(body, fields)),
    }
}

/// The id at `path` in the body, a string or a number; none when it is empty or something else.
pub(crate) fn field<'b>(body: &'b [u8], path: &str) -> Option<Cow<'b, str>> {
    let [raw] = webhook_core::peek(body, [path]);
    match raw?.as_bytes() {
        [b'"', ..] => serde_json::from_str::<String>(raw?).ok().filter(|id| !id.is_empty()).map(Cow::Owned),
        [b'-' | b'0'..=b'9', ..] => raw.map(Cow::Borrowed),
        _ => None,
    }
}

/// Text with its length before it, the same on every machine.
fn framed(digest: &mut Sha256, text: &str) {
    digest.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
    digest.update(text);
}

/// Where a receiver's events come from, as far as ids of one place mean nothing in another.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    pub(crate) tenant: Option<Arc<str>>,
    pub(crate) endpoint: Option<Arc<str>>,
}

/// As it stands in a key behind the provider's name: `/<endpoint>`, or `/<tenant>/<endpoint>`, where no endpoint is an
/// empty one. So a tenant's name is never taken for that of an endpoint.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = self.endpoint.as_deref().map(escape);
        match (self.tenant.as_deref().map(escape), endpoint) {
            (Some(tenant), endpoint) => write!(f, "/{tenant}/{}", endpoint.unwrap_or_default()),
            (None, Some(endpoint)) => write!(f, "/{endpoint}"),
            (None, None) => Ok(()),
        }
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

/// A tenant's or an endpoint's name without the characters that part a key.
fn escape(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F").replace(':', "%3A")
}

/// How the digest of an object's entries begins, and that of another body, so that neither is taken for the other.
const ENTRIES: [u8; 1] = [1];
const BYTES: [u8; 1] = [0];

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
                    framed(&mut self.1, &key);
                    framed(&mut self.1, value.get());
                }
            }
            Ok(self.1)
        }
    }

    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let entries = Entries(fields, Sha256::new_with_prefix(ENTRIES)).deserialize(&mut deserializer).ok();
    let bytes = || Sha256::new_with_prefix(BYTES).chain_update(body);
    hex(entries.filter(|_| deserializer.end().is_ok()).unwrap_or_else(bytes))
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
        // What the digest of `{"a":1}` is made of, as a body.
        assert_ne!(of(r#"{"a":1}"#), of("\x01\0\0\0\0\0\0\0a\x01\0\0\0\0\0\0\x001"));
        assert_ne!(of("{}"), of(""));
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
        let digest = of(Identity::Id, Some(long.as_bytes()), b"").unwrap();
        assert_ne!(of(Identity::Id, Some(digest.as_bytes()), b"").unwrap(), digest);
        assert_eq!(escape("a/b:c%3A"), "a%2Fb%3Ac%253A");
    }

    #[test]
    fn what_is_no_id_identifies_nothing() {
        assert_eq!(of(Identity::Id, Some(b""), b""), None);
        for value in [r#""""#, "null", "true", "{}", "[]"] {
            let body = format!(r#"{{"id":{value}}}"#);
            assert_eq!(of(Identity::Field("id"), None, body.as_bytes()), None, "{value}");
        }
    }

    #[test]
    fn the_digests_stay_the_same() {
        let body = br#"{"a":"x","b":7,"t":1}"#;
        let fields = Identity::Fields { required: &["a", "b"], optional: &[] };
        assert_eq!(
            of(fields, None, body).unwrap(),
            "sha256-56aede48f2b2edd80a8eceb59bf900458b36cca31baa6c7ce07a0865f366b4ac"
        );
        assert_eq!(
            of(Identity::DigestWithout(&["t"]), None, body).unwrap(),
            "sha256-2124797de50241f2cfa68f223936437ade7f3878d6716a96ffdcc60f00bde120"
        );
    }

    #[test]
    fn a_long_or_odd_id_becomes_a_digest() {
        assert!(of(Identity::Id, Some(b"msg_\xff"), b"").unwrap().starts_with("sha256-"));
        assert_eq!(of(Identity::Id, Some(b"msg_1"), b"").unwrap(), "msg_1");
        assert!(of(Identity::Id, Some("x".repeat(201).as_bytes()), b"").unwrap().starts_with("sha256-"));
        assert!(of(Identity::Field("id"), None, br#"{"id":"a\u0000b"}"#).unwrap().starts_with("sha256-"));
        assert_eq!(
            of(Identity::Field("id"), None, br#"{"id":12345678901234567890}"#).unwrap(),
            "12345678901234567890"
        );
    }
}
