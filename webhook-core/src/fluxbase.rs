//! Fluxbase events, and the objects of its API for managing webhooks.
//!
//! [Fluxbase](https://github.com/nimbleflux/fluxbase) posts one JSON object for each changed row, much as Supabase does;
//! [`Event`] is that object. It reads what servers send as well as what the Fluxbase webhooks guide shows, which is not
//! the same.
//!
//! ```
//! use webhook_core::Payload;
//! use webhook_core::fluxbase::{Event, Operation};
//!
//! let body = br#"{"event":"DELETE","table":"users","schema":"auth","record":{"id":9007199254740993},"timestamp":"2026-01-05T09:30:00.123456789Z"}"#;
//! let event: Event = Event::parse(body)?;
//! match event.operation() {
//!     Operation::Insert | Operation::Update => println!("upsert {:?}", event.record),
//!     Operation::Delete => {
//!         let row = event.record.unwrap(); // the row that is gone
//!         assert_eq!(row.column("id"), Some("9007199254740993"));
//!     }
//!     Operation::Test => {} // the test button: no row was touched
//!     _ => println!("{} is new", event.event),
//! }
//! # Ok::<(), webhook_core::ParseError>(())
//! ```
//!
//! # What stays raw
//!
//! The row is a [`JsonRow`] unless you name a type of your own. [`Event::event`] keeps the operation's name in the case
//! that the sender wrote; members that this version does not know are in [`Event::extra`], and the
//! [`payload`](Delivery::payload) of a delivery is a body to be parsed.
//!
//! # Traps
//!
//! * The test button's record is `{"test":true}`, which fits few row types. With one that it does not fit, the event is
//!   read all the same, without a record.
//! * On DELETE the row is in `record`. `old_record` is absent but for UPDATE; the guide shows it as null on INSERT, and
//!   equal to `record` on DELETE.
//! * `timestamp` is when the attempt was built: each retry has another one, and so another body. Nothing else tells
//!   deliveries apart, and [up to four workers](https://github.com/nimbleflux/fluxbase/blob/4b44e72/internal/webhook/trigger.go)
//!   may send the same change.
//! * `schema` is `auth` for a webhook on `users`: a name without a schema means `auth`.
//! * `<`, `>` and `&` arrive as `\u003c` and so on; a signature covers those bytes, not the text.
//! * `webhook_id` is in the guide only; no known server sends it.
//! * `max_retries` counts attempts, the first included. The wait between them grows evenly, not exponentially.

use serde::de::DeserializeOwned;

use crate::{JsonRow, Outcome, Payload, Timestamp};

mod management;
mod read;

pub use management::{
    Acknowledgement, CreateWebhook, Delivery, DeliveryStatus, Scope, Subscription, UpdateWebhook, Webhook,
};

open_object! {
    @written
    /// A change of a table, or the test button's event, as the
    /// [sender](https://github.com/nimbleflux/fluxbase/blob/4b44e72/internal/webhook/webhook.go) writes it.
    ///
    /// A record that does not fit the row type is a misfit, but for the test button's, which is no row of any table: it
    /// is then left in [`extra`](Self::extra) as `record`, and [`record`](Self::record) is `None`.
    pub struct Event<Row = JsonRow> {
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
            /// The row after the change; for DELETE the deleted row. `None` when the test button's record is no such row.
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

impl Operation {
    fn of(text: &str) -> Self {
        [("INSERT", Self::Insert), ("UPDATE", Self::Update), ("DELETE", Self::Delete), ("TEST", Self::Test)]
            .into_iter()
            .find(|(name, _)| text.eq_ignore_ascii_case(name))
            .map_or(Self::Other, |(_, operation)| operation)
    }
}

impl<Row> Event<Row> {
    /// What the event reports, whatever the case in which the sender wrote it.
    pub fn operation(&self) -> Operation {
        Operation::of(&self.event)
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
