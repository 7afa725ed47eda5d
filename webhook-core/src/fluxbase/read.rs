//! The reader of [`Event`]. It is written by hand because of the test button: whether a record may be a misfit depends on
//! the event's name.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, Visitor};

use super::{Event, Operation};
use crate::error::set_aside;
use crate::{ExtraFields, RawJson};

impl<'de, Row: DeserializeOwned> Deserialize<'de> for Event<Row> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader(PhantomData))
    }
}

/// The record, as far as it can be read without the event's name.
enum Record<Row> {
    Read(Option<Row>),
    /// The name has not come yet, or is the test button's.
    Held(RawJson),
}

struct Reader<Row>(PhantomData<fn() -> Row>);

impl<'de, Row: DeserializeOwned> Visitor<'de> for Reader<Row> {
    type Value = Event<Row>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Fluxbase event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut event, mut table, mut schema) = (None::<String>, None, None);
        let mut record = Record::Read(None);
        let (mut old_record, mut timestamp, mut webhook_id) = (None, None, None);
        let mut extra = ExtraFields::default();
        // Of repeated keys the last one counts.
        while let Some(key) = map.next_key_seed(crate::event::Text)? {
            match &*key {
                "event" => event = Some(map.next_value()?),
                "table" => table = Some(map.next_value()?),
                "schema" => schema = Some(map.next_value()?),
                // Senders write the name first, so that the row of a change is read in place.
                "record" => {
                    record = match event.as_deref().map(Operation::of) {
                        None | Some(Operation::Test) => Record::Held(map.next_value()?),
                        Some(_) => Record::Read(map.next_value()?),
                    }
                }
                "old_record" => old_record = map.next_value()?,
                "timestamp" => timestamp = map.next_value()?,
                "webhook_id" => webhook_id = map.next_value()?,
                _ => extra.insert(key, map.next_value()?),
            }
        }
        let event = event.ok_or_else(|| de::Error::missing_field("event"))?;
        let record = match record {
            Record::Read(row) => row,
            Record::Held(raw) => match serde_json::from_str(raw.as_str()) {
                Ok(row) => row,
                Err(_) if Operation::of(&event) == Operation::Test => {
                    extra.insert("record", raw);
                    None
                }
                Err(_) => set_aside("record", &raw, PhantomData)?,
            },
        };
        Ok(Event {
            event,
            table: table.ok_or_else(|| de::Error::missing_field("table"))?,
            schema: schema.ok_or_else(|| de::Error::missing_field("schema"))?,
            record,
            old_record,
            timestamp,
            webhook_id,
            extra,
        })
    }
}
