//! Events of any sender that follows [Standard Webhooks](https://www.standardwebhooks.com).
//!
//! The specification [recommends](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
//! a name, a time and data, and binds nobody to it: so nothing is required here, and what a sender puts elsewhere is in
//! [`Event::extra`].
//!
//! ```
//! use webhook_core::Payload;
//! use webhook_core::standard_webhooks::Event;
//!
//! #[derive(Debug, serde::Deserialize)]
//! struct Invoice {
//!     id: String,
//! }
//!
//! let body = br#"{"type": "invoice.paid", "timestamp": "2022-11-03T20:26:10.344522Z", "data": {"id": "inv_1"}}"#;
//! let event = Event::<Invoice>::parse(body)?;
//! match event.kind.as_deref() {
//!     Some("invoice.paid") => assert_eq!(event.data.unwrap().id, "inv_1"),
//!     _ => {}
//! }
//! # Ok::<(), webhook_core::ParseError>(())
//! ```
//!
//! # What stays raw
//!
//! `data` is [`RawJson`] unless you name a type of your own. `timestamp` is kept as it was written, for senders write
//! texts, seconds and milliseconds: [`Event::time`] reads all three.
//!
//! # Traps
//!
//! * `timestamp` is when the event happened. The header of that name is when the attempt was signed.
//! * Some senders put their data beside the name instead of under `data`.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use crate::{Payload, RawJson, Timestamp, UnixMillis, UnixTime};

open_object! {
    /// An event in the shape that [Standard Webhooks](https://www.standardwebhooks.com) recommends.
    pub struct Event<Data = RawJson>("a Standard Webhooks event") {
        required {}
        nullable {}
        optional {
            /// When the event happened, as the sender wrote it: [`time`](Self::time) reads it.
            timestamp: RawJson = "timestamp",
            /// What the event is about.
            data: Data = "data",
        }
        loose {
            /// The event's name, such as `invoice.paid`. What is no text is in [`extra`](Self::extra) instead.
            kind: String = "type",
        }
    }
}

impl<Data> Event<Data> {
    /// When the event happened: an ISO 8601 text, or a number of seconds or milliseconds since 1970.
    ///
    /// A number of at least 100 000 000 000 is taken as milliseconds.
    pub fn time(&self) -> Option<DateTime<Utc>> {
        let raw = self.timestamp.as_ref()?;
        if let Ok(text) = raw.parse::<Timestamp>() {
            return text.to_utc();
        }
        match raw.parse::<i64>().ok()? {
            number if number.unsigned_abs() < 100_000_000_000 => UnixTime::from_secs(number).to_utc(),
            number => UnixMillis::from_millis(number).to_utc(),
        }
    }
}

impl<Data: DeserializeOwned> Payload for Event<Data> {
    fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }
}
