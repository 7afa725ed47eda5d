use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use webhook_core::{IdempotencyKey, peek};
use webhook_verify::{Provider, Received, Verified};

/// Longest kind, ordering key and delivery id, in bytes. A longer kind or id is left out (the body still has it), a
/// longer ordering key is replaced by its digest: they are columns of an index.
pub const MAX_NAME: usize = 200;

/// Longest stored answer, in bytes; a longer one is left out.
pub const MAX_ANSWER: usize = 4096;

/// The number of an event in its store. Later events have higher numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(i64);

impl EventId {
    /// An id from its number, as an operator types it.
    pub const fn from_i64(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn as_i64(self) -> i64 {
        self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An authentic event on its way into the inbox. Only a proof makes one.
///
/// # Examples
///
/// ```
/// use webhook_inbox::NewEvent;
/// use webhook_verify::danger::assume_verified;
///
/// let body = br#"{"type":"order.paid","order":{"id":7}}"#;
/// let event = NewEvent::verified("shop", &assume_verified(body)).kind("order.paid").ordered_by("order.id");
/// assert_eq!(event.ordering_key(), Some("7"));
/// ```
#[derive(Clone)]
#[must_use]
pub struct NewEvent {
    source: String,
    kind: Option<String>,
    key: Option<IdempotencyKey>,
    delivery_id: Option<String>,
    ordering_key: Option<String>,
    answer: Option<String>,
    body: Bytes,
}

impl NewEvent {
    /// An event of a provider, with its name, id and idempotency key. Its source is the provider's name.
    pub fn of<P: Provider>(received: &Received<P>) -> Self {
        let delivery = received.delivery();
        Self {
            source: P::NAME.to_owned(),
            kind: delivery.kind.filter(|kind| is_name(kind)),
            key: received.idempotency_key(),
            delivery_id: delivery.id.filter(|id| is_name(id)),
            ordering_key: None,
            answer: None,
            body: received.body().clone(),
        }
    }

    /// An event that was verified without a [`Receiver`](webhook_verify::Receiver). It has no idempotency key until
    /// [`key`](Self::key) gives it one.
    pub fn verified(source: impl Into<String>, verified: &Verified<'_>) -> Self {
        Self {
            source: source.into(),
            kind: None,
            key: None,
            delivery_id: verified.id().filter(|id| is_name(id)).map(str::to_owned),
            ordering_key: None,
            answer: None,
            body: Bytes::copy_from_slice(verified.body()),
        }
    }

    /// Where it comes from, if that is not the provider's name: handlers, retention and statistics go by it.
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    /// The event's name: handlers and statistics go by it.
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into()).filter(|kind| is_name(kind));
        self
    }

    /// What makes it the same event as another of its source; `None`: it is always a new one.
    pub fn key(mut self, key: Option<IdempotencyKey>) -> Self {
        self.key = key;
        self
    }

    /// Processes events with the same ordering key one after the other, in the order in which they were stored.
    /// Events of different keys, and those without one, run beside each other.
    pub fn ordering(mut self, key: impl Into<String>) -> Self {
        self.ordering_key = Some(shortened(key.into()));
        self
    }

    /// As [`ordering`](Self::ordering), with the value that the body has at `path`, keys separated by full stops. A
    /// body without it, or with null there, has no ordering key.
    ///
    /// Strings are equal when their texts are, however they are escaped. All other values go by how they are written:
    /// 7 and 7.0 are two keys, and so are 7 and `"7"`.
    pub fn ordered_by(self, path: &str) -> Self {
        let body = self.body.clone();
        let [found] = peek(&body, [path]);
        match found.filter(|value| *value != "null") {
            Some(value) => self.ordering(escaped_once(value)),
            None => self,
        }
    }

    /// For the suite of checks: the sender's id of the message, which otherwise only a proof gives.
    #[cfg(feature = "conformance")]
    pub(crate) fn delivery(mut self, id: &str) -> Self {
        self.delivery_id = Some(id.to_owned());
        self
    }

    /// The text that the sender was answered with, to be given again to a duplicate.
    pub fn answer(mut self, answer: impl Into<String>) -> Self {
        self.answer =
            Some(answer.into()).filter(|answer| answer.len() <= MAX_ANSWER && !answer.contains('\0'));
        self
    }

    /// Where it comes from.
    pub fn source_name(&self) -> &str {
        &self.source
    }

    /// Its name.
    pub fn kind_name(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// What makes it the same event as another.
    pub fn idempotency_key(&self) -> Option<&IdempotencyKey> {
        self.key.as_ref()
    }

    /// The sender's id of the message.
    pub fn delivery_id(&self) -> Option<&str> {
        self.delivery_id.as_deref()
    }

    /// What it is ordered by.
    pub fn ordering_key(&self) -> Option<&str> {
        self.ordering_key.as_deref()
    }

    /// What the sender is answered.
    pub fn answer_text(&self) -> Option<&str> {
        self.answer.as_deref()
    }

    /// The body's bytes as they were received.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// The SHA-256 of the body, which tells a repeated event from another one with the same key.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&self.body).into()
    }
}

/// The body is not shown: it belongs into no log.
impl fmt::Debug for NewEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewEvent")
            .field("source", &self.source)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Fit for a column of text.
fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME && !text.contains('\0')
}

fn shortened(text: String) -> String {
    if is_name(&text) { text } else { text_digest(&text) }
}

/// The SHA-256 of a text that is too long or too odd for its column, in its place.
pub(crate) fn text_digest(text: &str) -> String {
    use std::fmt::Write as _;

    let mut digest = String::from("sha256-");
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a `String` does not fail.
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}

/// A JSON string as our own serializer writes it, so that equal texts are equal bytes. What is no string, or has half
/// a surrogate pair and so no text, stays as it is.
fn escaped_once(value: &str) -> String {
    let text: Result<String, _> = serde_json::from_str(value);
    text.and_then(|text| serde_json::to_string(&text)).unwrap_or_else(|_| value.to_owned())
}

#[cfg(test)]
mod tests {
    use webhook_verify::danger::assume_verified;

    use super::*;

    #[test]
    fn names_fit_their_columns() {
        let event = || NewEvent::verified("shop", &assume_verified(br#"{"a":{"id":null,"n":7,"s":"x"}}"#));
        assert_eq!(event().kind("k".repeat(200)).kind_name(), Some(&*"k".repeat(200)));
        assert_eq!(event().kind("k".repeat(201)).kind_name(), None);
        assert_eq!(event().kind("a\0b").kind_name(), None);
        assert_eq!(event().answer("x".repeat(5000)).answer_text(), None);
        assert_eq!(event().ordered_by("a.id").ordering_key(), None);
        assert_eq!(event().ordered_by("b").ordering_key(), None);
        assert_eq!(event().ordered_by("a.n").ordering_key(), Some("7"));
        assert_eq!(event().ordered_by("a.s").ordering_key(), Some("\"x\""));
        let long = event().ordering("x".repeat(201));
        assert_eq!(long.ordering_key().unwrap().len(), 7 + 64);
        assert_ne!(event().ordering("x".repeat(202)).ordering_key(), long.ordering_key());
    }

    #[test]
    fn equal_strings_are_one_ordering_key() {
        let key = |value: &str| {
            let body = format!(r#"{{"a":{value}}}"#);
            let event = NewEvent::verified("shop", &assume_verified(body.as_bytes())).ordered_by("a");
            event.ordering_key().unwrap().to_owned()
        };
        for same in [r#""\u0061/""#, r#""a\/""#, r#""\u0061\u002F""#] {
            assert_eq!(key(same), r#""a/""#, "{same}");
        }
        assert_eq!(key(r#""\u00e9\ud83e\udd80\u0022""#), "\"\u{e9}\u{1f980}\\\"\"");
        assert_eq!(key(r#""a\u0000b""#), r#""a\u0000b""#);
        // Not strings, or no texts.
        for other in ["7", "7.0", r#""7""#, "70e-1", r#""\ud83e""#, "true", r#"["\u0061"]"#, r#"{"b":1}"#] {
            assert_eq!(key(other), other);
        }
    }

    #[test]
    fn a_long_text_is_replaced_by_its_digest() {
        let digest = "sha256-ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(text_digest("abc"), digest, "the example of FIPS 180-2");
        let long = "x".repeat(201);
        let event = NewEvent::verified("shop", &assume_verified(b"{}")).ordering(long.as_str());
        assert_eq!(event.ordering_key(), Some(&*text_digest(&long)));
    }
}
