//! The record envelope of the Hybrid Memory API.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

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

/// The key of a record: a text, or a number with all its digits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordId {
    /// A text, such as a UUID.
    Text(String),
    /// A number as the sender wrote it, such as `9007199254740993`.
    Number(RawJson),
}

impl RecordId {
    /// The text, or the digits of the number.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number(digits) => digits.as_str(),
        }
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RecordId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(digits) => digits.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for RecordId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawJson::deserialize(deserializer)?;
        match raw.as_str().bytes().next() {
            Some(b'"') => serde_json::from_str(raw.as_str()).map(Self::Text).map_err(de::Error::custom),
            Some(b'-' | b'0'..=b'9') => Ok(Self::Number(raw)),
            _ => Err(de::Error::custom("not an id, expected a string or a number")),
        }
    }
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
}
