use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::tagged::reread;
use super::{Event, Handshake};
use crate::{Outcome, ParseError, Payload, RawJson};

/// Whatever Notion's native webhooks send to one address: events, and once the set-up request.
///
/// # Examples
///
/// ```
/// use webhook_core::{Payload, notion::Message};
///
/// match Message::parse(br#"{"verification_token": "secret_made_up"}"#)? {
///     Message::Handshake(handshake) => assert!(!format!("{handshake:?}").contains("made_up")),
///     Message::Event(event) => panic!("not an event: {event:?}"),
///     _ => {}
/// }
/// # Ok::<(), webhook_core::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are events, and a box would cost each an allocation"
)]
pub enum Message {
    /// An event.
    Event(Event),
    /// The set-up request: a body with `verification_token` and without `type` and `entity`.
    Handshake(Handshake),
}

impl Payload for Message {
    const KIND_FIELDS: &'static [&'static str] = Event::KIND_FIELDS;

    fn parse(body: &[u8]) -> Result<Self, ParseError> {
        Event::parse(body)
            .map(Self::Event)
            .or_else(|error| Handshake::of(body).map(Self::Handshake).ok_or(error))
    }

    fn kind(&self) -> Option<&str> {
        match self {
            Self::Event(event) => event.kind(),
            Self::Handshake(_) => None,
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::Event(event) => event.outcome(),
            Self::Handshake(handshake) => handshake.outcome(),
        }
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Event(event) => event.serialize(serializer),
            Self::Handshake(handshake) => handshake.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawJson::deserialize(deserializer)?;
        if let Ok(event) = serde_json::from_str(raw.as_str()) {
            return Ok(Self::Event(event));
        }
        Handshake::of(raw.as_str().as_bytes())
            .map_or_else(|| reread(&raw).map(Self::Event), |found| Ok(Self::Handshake(found)))
    }
}
