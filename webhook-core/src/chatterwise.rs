//! ChatterWise events: what happens in chatbots.
//!
//! The [sender](https://github.com/Chatterwise/dialogwit/blob/1e102bf/supabase/functions/webhooks/index.ts) and its
//! [documentation page](https://github.com/Chatterwise/dialogwit/blob/1e102bf/src/pages/docs/advanced-features/WebhooksPage.tsx)
//! disagree on the shape: the name of the event is `event` in one and `event_type` in the other. [`Event`] reads both,
//! and is written again as it came.
//!
//! ```
//! use webhook_core::Payload;
//! use webhook_core::chatterwise::{Event, Kind, MessageReceived};
//!
//! let event = Event::parse(
//!     br#"{"event_type": "message_received", "chatbot_id": "cb_1001", "data": {"user_message": "Where is my order?"}}"#,
//! )?;
//! match event.kind {
//!     Kind::MessageReceived => {
//!         let data = event.data.unwrap();
//!         let message: MessageReceived = data.parse()?;
//!         assert_eq!(message.user_message.as_deref(), Some("Where is my order?"));
//!     }
//!     Kind::Other(new) => println!("{new} is new"),
//!     _ => {}
//! }
//! # Ok::<(), webhook_core::ParseError>(())
//! ```
//!
//! # What stays raw
//!
//! `data` is whatever the sender was given, from null to a text, and is kept as [`RawJson`]. Where the documentation
//! shows its fields there is a type to [parse](RawJson::parse) it into: [`MessageReceived`], [`FeedbackReceived`],
//! [`ErrorOccurred`] and [`WebhookTest`]. All their fields are optional: one of another type than the documentation shows
//! is `None`, and stays in `extra`.
//!
//! # Traps
//!
//! * Everything but the name may be absent.
//! * Ids are UUIDs in the code and short texts such as `cb_1001` in the documentation: they are texts here, but for those
//!   in `data`, which may be numbers ([`Id`]).
//! * `timestamp` says when the event was sent. It guards against replays only where a signature covers the body.
//! * There are no retries, whatever the documentation page says: an event that was not taken is lost.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{ExtraFields, Outcome, Payload, RawJson, Timestamp};

mod data;

pub use data::{ErrorOccurred, FeedbackReceived, Id, MessageReceived, WebhookTest};

/// A ChatterWise event, from the [sender](https://github.com/Chatterwise/dialogwit/blob/1e102bf/supabase/functions/webhooks/index.ts) or in the shape of its
/// [documentation](https://github.com/Chatterwise/dialogwit/blob/1e102bf/src/pages/docs/advanced-features/WebhooksPage.tsx).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// The details, which differ by event and by where it came from.
    pub data: Option<RawJson>,
    /// When the event was sent, to the millisecond.
    pub timestamp: Option<Timestamp>,
    /// The chatbot that the event is about.
    pub chatbot_id: Option<String>,
    /// The account that owns the chatbot.
    pub user_id: Option<String>,
    /// The webhook that was called.
    pub webhook_id: Option<String>,
    /// Members that this version does not know, as the sender wrote them.
    pub extra: ExtraFields,
    /// The key under which the sender wrote the event's name.
    key: &'static str,
}

open_enum! {
    /// The name of a ChatterWise event, from the
    /// [dashboard's list](https://github.com/Chatterwise/dialogwit/blob/1e102bf/src/components/WebhookManager.tsx) and the documentation.
    ///
    /// It is read in any case, and written in lower case.
    pub enum Kind in any_case {
        /// A chatbot received a message.
        MessageReceived = "message_received",
        /// A conversation began.
        ConversationStarted = "conversation_started",
        /// A conversation ended.
        ConversationEnded = "conversation_ended",
        /// A chatbot was made.
        ChatbotCreated = "chatbot_created",
        /// A chatbot was changed.
        ChatbotUpdated = "chatbot_updated",
        /// The knowledge base of a chatbot was changed.
        KnowledgeBaseUpdated = "knowledge_base_updated",
        /// A visitor rated an answer.
        FeedbackReceived = "feedback_received",
        /// A chatbot failed.
        ErrorOccurred = "error_occurred",
        /// The test button was pressed.
        WebhookTest = "webhook_test",
    }
}

open_object! {
    struct Wire("a ChatterWise event") {
        required {}
        nullable {}
        optional {
            event: Kind = "event",
            event_type: Box<str> = "event_type",
            data: RawJson = "data",
            timestamp: Timestamp = "timestamp",
            chatbot_id: String = "chatbot_id",
            user_id: String = "user_id",
            webhook_id: String = "webhook_id",
        }
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut wire = Wire::deserialize(deserializer)?;
        let (kind, key) = match (wire.event, wire.event_type) {
            (Some(kind), None) => (kind, EVENT),
            (Some(kind), Some(other)) => {
                wire.extra.insert(EVENT_TYPE, RawJson::of(&*other).map_err(de::Error::custom)?);
                (kind, EVENT)
            }
            (None, Some(name)) => (Kind::from(&*name), EVENT_TYPE),
            (None, None) => return Err(de::Error::missing_field(EVENT)),
        };
        Ok(Self {
            kind,
            data: wire.data,
            timestamp: wire.timestamp,
            chatbot_id: wire.chatbot_id,
            user_id: wire.user_id,
            webhook_id: wire.webhook_id,
            extra: wire.extra,
            key,
        })
    }
}

const EVENT: &str = "event";
const EVENT_TYPE: &str = "event_type";

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(self.key, &self.kind)?;
        if let Some(data) = &self.data {
            map.serialize_entry("data", data)?;
        }
        if let Some(timestamp) = &self.timestamp {
            map.serialize_entry("timestamp", timestamp)?;
        }
        let ids =
            [("chatbot_id", &self.chatbot_id), ("user_id", &self.user_id), ("webhook_id", &self.webhook_id)];
        for (key, id) in ids {
            if let Some(id) = id {
                map.serialize_entry(key, id)?;
            }
        }
        for (key, value) in self.extra.iter() {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl Payload for Event {
    const KIND_FIELDS: &'static [&'static str] = &[EVENT, EVENT_TYPE];

    fn kind(&self) -> Option<&str> {
        Some(self.kind.as_str())
    }

    fn outcome(&self) -> Outcome {
        match self.kind {
            Kind::Other(_) => Outcome::Unknown,
            _ => Outcome::Known,
        }
    }

    fn kind_of(body: &[u8]) -> Option<String> {
        let found = crate::peek(body, [EVENT, EVENT_TYPE]);
        found
            .into_iter()
            .flatten()
            .find_map(|name| serde_json::from_str(name).ok())
            .map(|kind: Kind| kind.to_string())
    }
}
