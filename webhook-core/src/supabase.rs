//! Supabase database webhooks.

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
    pub enum Operation {
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
}
