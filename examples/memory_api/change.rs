//! What the background works on: an event that was found to be whole.

use uuid::Uuid;
use webhook_axum::webhook_core::RawJson;
use webhook_axum::webhook_core::record_envelope::{Event, Operation, Source};

/// Which record, in which table (or database) of which source.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Record {
    pub(crate) source: String,
    pub(crate) table: String,
    pub(crate) id: String,
}

impl Record {
    /// Notion's ids are written with and without dashes, in either case: here as Notion's API writes them, so that one
    /// page is one record. Other texts stay as they are.
    pub(crate) fn new(source: &str, table: &str, id: &str) -> Self {
        let text = |id: &str| match Uuid::try_parse(id) {
            Ok(id) if source == Source::Notion.as_str() => id.to_string(),
            _ => id.to_owned(),
        };
        Self { source: source.to_owned(), table: text(table), id: text(id) }
    }

    /// The record that an event names, if it names one.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        let id = event.record_id.as_ref()?;
        Some(Self::new(event.source.as_str(), &event.table_name, id.as_str()))
    }
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
        let record = Record::of(event).ok_or(Invalid::NoRecordId)?;
        let at = event.timestamp.as_ref().and_then(|time| Some(time.to_utc()?.timestamp_micros()));
        Ok(Self { record, data, at })
    }
}

fn object(data: Option<&RawJson>) -> Option<String> {
    data.map(RawJson::as_str).filter(|data| data.starts_with('{')).map(str::to_owned)
}
