//! Supabase database webhooks: what happened to a row of a table, and the row itself.
//!
//! A [database webhook](https://supabase.com/docs/guides/database/webhooks) is a row trigger that posts one JSON object
//! for each changed row. [`Event`] is that object. The row is a [`JsonRow`] unless you name a type of your own.
//!
//! ```
//! use webhook_core::Payload;
//! use webhook_core::supabase::{Event, Operation};
//!
//! #[derive(Debug, serde::Deserialize)]
//! struct Shipment {
//!     id: i64,
//!     status: String,
//! }
//!
//! let body = br#"{"type": "UPDATE", "table": "shipments", "record": {"id": 4711, "status": "delivered"}, "schema": "public", "old_record": {"id": 4711, "status": "in_transit"}}"#;
//!
//! // With a row type of your own:
//! let event = Event::<Shipment>::parse(body)?;
//! match (event.kind, event.record, event.old_record) {
//!     (Operation::Insert, Some(new), _) => println!("{} is new", new.id),
//!     (Operation::Update, Some(new), Some(old)) => assert_ne!(new.status, old.status),
//!     (Operation::Delete, _, Some(old)) => println!("{} is gone", old.id),
//!     _ => {} // TRUNCATE, and what hand-written triggers make up
//! }
//!
//! // Or with any row of any table:
//! let event: Event = Event::parse(body)?;
//! let row = event.record.unwrap();
//! assert_eq!(row.column("id"), Some("4711"));
//! assert_eq!(row.get::<String>("status")?.as_deref(), Some("delivered"));
//! # Ok::<(), webhook_core::ParseError>(())
//! ```
//!
//! # What stays raw
//!
//! [`JsonRow`] keeps the row's text: `numeric` columns with thirty digits, jsonb numbers with four hundred, escapes of
//! lone surrogates. Members that hand-written triggers add beside the five usual ones are in [`Event::extra`].
//!
//! # Traps
//!
//! * DELETE has `record: null`; the row is in `old_record`. TRUNCATE has neither.
//! * A column may be a number in one row and a text in the next: `numeric` and `double precision` send `"NaN"`,
//!   `"Infinity"` and `"-Infinity"` as [texts](https://www.postgresql.org/docs/current/datatype-numeric.html), and `oid`
//!   is always one. Reading a `numeric` into an `f64` loses digits.
//! * `timestamptz` comes with the offset of the session that wrote the row, `timestamp` with none, and both may be
//!   `infinity` or end in ` BC`: [`Timestamp`](crate::Timestamp) takes them all.
//! * An SQL NULL and a jsonb column that holds `null` look alike.
//! * `table` is the name of the partition for a partitioned table.
//! * Nothing in a body tells two deliveries apart: two equal rows inserted into a table without a key make two equal
//!   bodies. The sender does [not retry](https://github.com/supabase/pg_net), yet a lost connection may bring copies, and
//!   the order of arrival is not the order of the changes.
//! * An array in the place of a row is refused; name [`RawJson`](crate::RawJson) as the row type to take it.

use serde::de::DeserializeOwned;

use crate::{JsonRow, Outcome, Payload};

open_object! {
    /// A change of a table, as the [trigger function](https://supabase.com/docs/guides/database/webhooks) reports it.
    pub struct Event<Row = JsonRow>("a Supabase database event") {
        required {
            /// What happened to the table.
            kind: Operation = "type",
            /// The table's bare name; of a partitioned table, the name of the partition that holds the row.
            table: String = "table",
            /// The schema that the table belongs to, such as `public`.
            schema: String = "schema",
        }
        nullable {}
        optional {
            /// The row after the change; `None` for DELETE and TRUNCATE.
            record: Row = "record",
            /// The row before the change; `None` for INSERT and TRUNCATE.
            old_record: Row = "old_record",
        }
    }
}

open_enum! {
    /// What happened to a table, as [PostgreSQL names it](https://www.postgresql.org/docs/current/plpgsql-trigger.html).
    ///
    /// It is read in any case, for triggers made by hand may write `insert`, and written in capitals.
    pub enum Operation in any_case {
        /// A row was added.
        Insert = "INSERT",
        /// A row was written again, also when nothing in it changed.
        Update = "UPDATE",
        /// A row was removed.
        Delete = "DELETE",
        /// The table was emptied; only triggers made by hand report it.
        Truncate = "TRUNCATE",
    }
}

impl<Row: DeserializeOwned> Payload for Event<Row> {
    const KIND_FIELDS: &'static [&'static str] = &["type"];

    fn kind(&self) -> Option<&str> {
        Some(self.kind.as_str())
    }

    fn outcome(&self) -> Outcome {
        match self.kind {
            Operation::Other(_) => Outcome::Unknown,
            _ => Outcome::Known,
        }
    }

    fn kind_of(body: &[u8]) -> Option<String> {
        let [found] = crate::peek(body, ["type"]);
        serde_json::from_str(found?).ok().map(|kind: Operation| kind.to_string())
    }
}
