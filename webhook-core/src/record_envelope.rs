//! The record envelope of the Hybrid Memory API: a change of one record in Supabase or Notion, and the API's answers.
//!
//! The envelope comes from a hand-written PostgreSQL trigger, from Make or Zapier, or from a program that polls Notion.
//! [`Event`] reads all of them; [`Accepted`], [`Refused`], [`Unprocessable`], [`Valid`] and [`Stats`] are the bodies that
//! the guide prescribes for the answers.
//!
//! ```
//! use webhook_core::Payload;
//! use webhook_core::record_envelope::{Accepted, Event, Operation, Refused, Source, Unprocessable};
//!
//! fn answer(body: &[u8]) -> (u16, String) {
//!     let event = match Event::parse(body) {
//!         Ok(event) => event,
//!         Err(misfit) => return (422, serde_json::to_string(&Unprocessable::of(&misfit)).unwrap()),
//!     };
//!     if event.source != Source::Supabase {
//!         let refused = Refused::invalid_source(&Source::Supabase, &event.source);
//!         return (400, serde_json::to_string(&refused).unwrap());
//!     }
//!     match event.operation() {
//!         Operation::Insert | Operation::Update => { /* index event.data */ }
//!         Operation::Delete => { /* forget event.record_id */ }
//!         _ => {}
//!     }
//!     (202, serde_json::to_string(&Accepted::of(&event)).unwrap())
//! }
//!
//! let body = br#"{"event_type": "INSERT", "source": "supabase", "table_name": "members", "record_id": 9007199254740993, "data": {"id": 9007199254740993}}"#;
//! assert_eq!(answer(body).0, 202);
//! assert_eq!(answer(br#"{"event_type": "insert"}"#).0, 422);
//! ```
//!
//! # What stays raw
//!
//! `data` and `metadata` are free-form, and kept as [`RawJson`] with every digit. [`Event::event_type`] keeps its case;
//! members that this version does not know are in [`Event::extra`].
//!
//! # Traps
//!
//! * PostgreSQL writes `INSERT` where the guide writes `insert`: ask [`Event::operation`].
//! * `record_id` must be there, but may be null, and is a number where the key is one.
//! * On DELETE the guide's trigger sends neither the record nor its key.
//! * `table_name` is the database's id for Notion, and so the answer calls it `database_id`.
//! * The test endpoint's example has no `timestamp`.

use crate::{Outcome, Payload, RawJson, Timestamp};

mod answer;

pub use answer::{Accepted, Details, Problem, Refused, RefusedCode, Stats, Step, Unprocessable, Valid};

open_object! {
    /// A change of one record in Supabase or Notion.
    pub struct Event("a record event") {
        required {
            /// What happened, as the sender wrote it; [`operation`](Self::operation) reads it in any case.
            event_type: String = "event_type",
            /// Where the record lives.
            source: Source = "source",
            /// The table's name, or for Notion the database's id.
            table_name: String = "table_name",
        }
        nullable {
            /// The record's key; `None` where the guide's trigger reports a DELETE.
            record_id: RecordId = "record_id",
        }
        optional {
            /// The record; `None` where the guide's trigger reports a DELETE.
            data: RawJson = "data",
            /// When the change happened.
            timestamp: Timestamp = "timestamp",
            /// What the sender adds about the record, such as `{"schema": "public"}`.
            metadata: RawJson = "metadata",
        }
    }
}

open_enum! {
    /// Where a record lives.
    pub enum Source {
        /// A Supabase table.
        Supabase = "supabase",
        /// A Notion database.
        Notion = "notion",
    }
}

/// What an [`Event`] reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// A record was added.
    Insert,
    /// A record was changed.
    Update,
    /// A record was removed.
    Delete,
    /// Something that this version does not know; its name is in [`Event::event_type`].
    Other,
}

impl Operation {
    fn of(text: &str) -> Self {
        [("insert", Self::Insert), ("update", Self::Update), ("delete", Self::Delete)]
            .into_iter()
            .find(|(name, _)| text.eq_ignore_ascii_case(name))
            .map_or(Self::Other, |(_, operation)| operation)
    }
}

impl Event {
    /// What the event reports, whatever the case in which the sender wrote it.
    pub fn operation(&self) -> Operation {
        Operation::of(&self.event_type)
    }
}

text_or_number! {
    /// The key of a record: a text, or a number with all its digits.
    pub enum RecordId
}

impl Payload for Event {
    const KIND_FIELDS: &'static [&'static str] = &["event_type"];

    fn kind(&self) -> Option<&str> {
        Some(&self.event_type)
    }

    fn outcome(&self) -> Outcome {
        match self.operation() {
            Operation::Other => Outcome::Unknown,
            _ => Outcome::Known,
        }
    }

    fn acknowledgement(body: &[u8]) -> Option<String> {
        serde_json::to_string(&Accepted::of(&Self::parse(body).ok()?)).ok()
    }
}
