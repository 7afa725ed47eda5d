//! Events of any sender that follows Standard Webhooks.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use crate::{Payload, RawJson, Timestamp, UnixMillis, UnixTime};

open_object! {
    /// An event in the shape that [Standard Webhooks](https://www.standardwebhooks.com) recommends.
    pub struct Event<Data = RawJson>("a Standard Webhooks event") {
        required {}
        nullable {}
        optional {
            /// The event's name, such as `invoice.paid`.
            kind: String = "type",
            /// When the event happened, as the sender wrote it: [`time`](Self::time) reads it.
            timestamp: RawJson = "timestamp",
            /// What the event is about.
            data: Data = "data",
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
