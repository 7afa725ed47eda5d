//! Fluxbase events.

use serde::de::DeserializeOwned;

use crate::{JsonRow, Outcome, Payload, Timestamp};

mod management;

pub use management::{
    Acknowledgement, CreateWebhook, Delivery, DeliveryStatus, Scope, Subscription, UpdateWebhook, Webhook,
};

open_object! {
    /// A change of a table, or the test button's event.
    pub struct Event<Row = JsonRow>("a Fluxbase event") {
        required {
            /// The event's name as the sender wrote it; [`operation`](Self::operation) reads it in any case.
            event: String = "event",
            /// The table's bare name.
            table: String = "table",
            /// The schema that the table belongs to.
            schema: String = "schema",
        }
        nullable {}
        optional {
            /// The row after the change; for DELETE the deleted row.
            record: Row = "record",
            /// The row before the change; real senders write it for UPDATE only.
            old_record: Row = "old_record",
            /// When this attempt was built, not when the change happened: it differs on every retry.
            timestamp: Timestamp = "timestamp",
            /// The webhook's id, which the guide shows and no known server sends.
            webhook_id: String = "webhook_id",
        }
    }
}

/// What an [`Event`] reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// A row was added.
    Insert,
    /// A row was written again.
    Update,
    /// A row was removed.
    Delete,
    /// The test button was pressed; nothing happened to any table.
    Test,
    /// Something that this version does not know; its name is in [`Event::event`].
    Other,
}

impl<Row> Event<Row> {
    /// What the event reports, whatever the case in which the sender wrote it.
    pub fn operation(&self) -> Operation {
        [
            ("INSERT", Operation::Insert),
            ("UPDATE", Operation::Update),
            ("DELETE", Operation::Delete),
            ("TEST", Operation::Test),
        ]
        .into_iter()
        .find(|(name, _)| self.event.eq_ignore_ascii_case(name))
        .map_or(Operation::Other, |(_, operation)| operation)
    }
}

impl<Row: DeserializeOwned> Payload for Event<Row> {
    const KIND_FIELDS: &'static [&'static str] = &["event"];

    fn kind(&self) -> Option<&str> {
        Some(&self.event)
    }

    fn outcome(&self) -> Outcome {
        match self.operation() {
            Operation::Other => Outcome::Unknown,
            _ => Outcome::Known,
        }
    }
}
