//! What the background works on: an event that was found to be whole.

use webhook_axum::webhook_core::RawJson;
use webhook_axum::webhook_core::record_envelope::{Event, Operation};

/// Which record, in which table (or database) of which source.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Record {
    pub(crate) source: String,
    pub(crate) table: String,
    pub(crate) id: String,
}

/// A record as it is from some moment on.
#[derive(Clone)]
pub(crate) struct Change {
    pub(crate) record: Record,
    /// The record's JSON; none when it was deleted.
    pub(crate) data: Option<String>,
    /// When, in microseconds since 1970, as far as the sender says.
    pub(crate) at: Option<i64>,
}

/// Why an event cannot be processed, now or later.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Invalid {
    #[error("`event_type` is none of insert, update and delete")]
    EventType,
    /// The guide's own trigger sends such a DELETE. The one in `trigger.sql` does not.
    #[error("`record_id` is null, so nobody knows which record it was")]
    NoRecordId,
    #[error("`data` is no object, so nobody knows what the record is now")]
    NoData,
}

impl Change {
    pub(crate) fn of(event: &Event) -> Result<Self, Invalid> {
        let data = match event.operation() {
            Operation::Insert | Operation::Update => {
                Some(object(event.data.as_ref()).ok_or(Invalid::NoData)?)
            }
            Operation::Delete => None,
            _ => return Err(Invalid::EventType),
        };
        let id = event.record_id.as_ref().ok_or(Invalid::NoRecordId)?;
        let record = Record {
            source: event.source.as_str().to_owned(),
            table: event.table_name.clone(),
            id: id.as_str().to_owned(),
        };
        let at = event.timestamp.as_ref().and_then(|time| Some(time.to_utc()?.timestamp_micros()));
        Ok(Self { record, data, at })
    }
}

fn object(data: Option<&RawJson>) -> Option<String> {
    data.map(RawJson::as_str).filter(|data| data.starts_with('{')).map(str::to_owned)
}
