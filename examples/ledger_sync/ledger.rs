//! The hash-chained ledger in SQLite.
//!
//! # Copies and order
//!
//! Nothing in a Supabase webhook tells two deliveries apart, there are no retries, and the order of arrival is not the
//! order of the changes. Byte-identical copies do arrive: after a lost connection the sender posts again on its own, up
//! to six times; two webhooks on one table send each change twice. So neither the body's digest nor the time decides
//! here, but what each change says of itself: the row before, and the row after. The changes of a record are links.
//!
//! * A change that the ledger has, and that does not begin where the record is now, is a copy: no transaction. One that
//!   does begin there has happened again: a status that goes forth and back and forth, a deleted row that is put back.
//!   (A copy that arrives only after the record came round cannot be told from that. A column `updated_at` makes every
//!   change unique.)
//! * An UPDATE that changes nothing needs none either.
//! * Everything else is recorded, also when a change before it never came.
//! * The record is now what was made more often than it was left: where the links end. A change that fits between two
//!   others was late, and does not overwrite the later one.

use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, named_params};
use serde::Serialize;
use sha2::{Digest, Sha256};
use webhook_axum::webhook_verify::UnixTime;

use crate::change::{Change, Changes, Rows};

/// What stands before the first transaction.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

pub(crate) struct Ledger(Mutex<Connection>);

/// What became of one changed record.
#[derive(Serialize)]
pub(crate) struct Recorded {
    pub(crate) id: String,
    pub(crate) outcome: Outcome,
    /// The transaction that made the record what it is now; of a late change, the change's own.
    pub(crate) transaction_id: String,
}

#[derive(Serialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Recorded,
    RecordedLate,
    NotNeeded,
}

impl Outcome {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::RecordedLate => "recorded late",
            Self::NotNeeded => "no transaction needed",
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Status {
    entries: i64,
    head: String,
    tables: Vec<TableStatus>,
}

#[derive(Serialize)]
struct TableStatus {
    schema: String,
    table: String,
    /// Rows that exist now.
    records: i64,
    received: i64,
    recorded: i64,
    recorded_late: i64,
    not_needed: i64,
    last_received_at: Option<String>,
    last_transaction_id: Option<String>,
}

pub(crate) enum Checked {
    Intact { entries: i64, head: String },
    Tampered(String),
}

impl Ledger {
    pub(crate) fn open(path: &str) -> anyhow::Result<Self> {
        let connection = Connection::open(path).with_context(|| format!("cannot open {path}"))?;
        // An entry that was answered for survives a loss of power.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.execute_batch(include_str!("ledger.sql"))?;
        Ok(Self(Mutex::new(connection)))
    }

    pub(crate) fn open_to_read(path: &str) -> anyhow::Result<Self> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .with_context(|| format!("cannot open {path}"))?;
        Ok(Self(Mutex::new(connection)))
    }

    fn transaction<T>(
        &self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> anyhow::Result<T> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(behavior)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// Records what a webhook has changed, all of it or nothing.
    pub(crate) fn record(&self, changes: &Changes) -> anyhow::Result<Vec<Recorded>> {
        self.transaction(TransactionBehavior::Immediate, |database| {
            let record = |change: &Change| record_one(database, changes, change);
            let records = match &changes.rows {
                Rows::These(rows) => rows.iter().map(record).collect::<rusqlite::Result<Vec<_>>>()?,
                Rows::AllGone => living(database, changes)?.iter().map(record).collect::<Result<_, _>>()?,
            };
            update_status(database, changes, &records)?;
            Ok(records)
        })
    }

    pub(crate) fn status(&self) -> anyhow::Result<Status> {
        self.transaction(TransactionBehavior::Deferred, |database| {
            let (entries, head) = head(database)?;
            let mut tables = database.prepare(
                "SELECT schema_name, table_name, received, recorded, recorded_late, not_needed, last_received_at,
                        last_transaction_id,
                        (SELECT count(content) FROM records r
                         WHERE (r.schema_name, r.table_name) = (s.schema_name, s.table_name))
                 FROM sync_status s ORDER BY schema_name, table_name",
            )?;
            let tables = tables.query_map([], |row| {
                Ok(TableStatus {
                    schema: row.get(0)?,
                    table: row.get(1)?,
                    received: row.get(2)?,
                    recorded: row.get(3)?,
                    recorded_late: row.get(4)?,
                    not_needed: row.get(5)?,
                    last_received_at: row.get(6)?,
                    last_transaction_id: row.get(7)?,
                    records: row.get(8)?,
                })
            })?;
            Ok(Status { entries, head, tables: tables.collect::<Result<_, _>>()? })
        })
    }

    /// Walks over the whole chain, and over the records that it has made. `anchor` is a transaction id that must be in
    /// it.
    pub(crate) fn verify(&self, anchor: Option<&str>) -> anyhow::Result<Checked> {
        self.transaction(TransactionBehavior::Deferred, |database| {
            let mut entries = database.prepare("SELECT * FROM ledger ORDER BY number")?;
            let mut entries = entries.query([])?;
            let (mut number, mut previous_id, mut anchored) = (0_i64, GENESIS.to_owned(), anchor.is_none());
            while let Some(row) = entries.next()? {
                let (entry, transaction_id) = Entry::read(row)?;
                number = number.saturating_add(1);
                if entry.number != number || entry.previous_id != previous_id {
                    return Ok(Checked::Tampered(format!("entry {number} is gone, or was replaced")));
                }
                if entry.transaction_id() != transaction_id {
                    return Ok(Checked::Tampered(format!("entry {entry} does not have the content it had")));
                }
                anchored |= anchor == Some(transaction_id.as_str());
                previous_id = transaction_id;
            }
            if !anchored {
                return Ok(Checked::Tampered(
                    "the given transaction is not in the chain any more".to_owned(),
                ));
            }
            let record = tampered_record(database)?;
            Ok(match record {
                Some((schema, table, id)) => {
                    Checked::Tampered(format!("record {id} of {schema}.{table} is not what the ledger says"))
                }
                None => Checked::Intact { entries: number, head: previous_id },
            })
        })
    }
}

/// One row of the ledger, without its hash.
#[derive(Serialize)]
struct Entry {
    number: i64,
    previous_id: String,
    recorded_at: String,
    operation: String,
    schema: String,
    table: String,
    record_id: String,
    before: Option<String>,
    after: Option<String>,
}

impl Entry {
    /// SHA-256 over the entry as one JSON object, in hex. JSON keeps the fields apart: no two entries have one text.
    fn transaction_id(&self) -> String {
        // It has only numbers and texts, which can always be written.
        let canonical = serde_json::to_vec(self).unwrap_or_default();
        const_hex::encode(Sha256::digest(canonical))
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<(Self, String)> {
        let entry = Self {
            number: row.get("number")?,
            previous_id: row.get("previous_id")?,
            recorded_at: row.get("recorded_at")?,
            operation: row.get("operation")?,
            schema: row.get("schema_name")?,
            table: row.get("table_name")?,
            record_id: row.get("record_id")?,
            before: row.get("content_before")?,
            after: row.get("content_after")?,
        };
        Ok((entry, row.get("transaction_id")?))
    }
}

impl std::fmt::Display for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { number, operation, schema, table, record_id, .. } = self;
        write!(f, "{number} ({operation} of record {record_id} in {schema}.{table})")
    }
}

fn record_one(database: &Transaction<'_>, changes: &Changes, change: &Change) -> rusqlite::Result<Recorded> {
    let Changes { schema, table, operation, .. } = changes;
    let Change { id, before, after } = change;
    let recorded = |outcome, transaction_id| Recorded { id: id.clone(), outcome, transaction_id };

    if let Some((current, transaction_id)) = current(database, changes, id)? {
        let nothing_new = before == after && *after == current;
        let is_copy = *before != current && is_known(database, changes, change)?;
        if nothing_new || is_copy {
            return Ok(recorded(Outcome::NotNeeded, transaction_id));
        }
    }

    let (entries, previous_id) = head(database)?;
    let entry = Entry {
        number: entries.saturating_add(1),
        previous_id,
        recorded_at: now(),
        operation: operation.clone(),
        schema: schema.clone(),
        table: table.clone(),
        record_id: id.clone(),
        before: before.clone(),
        after: after.clone(),
    };
    let transaction_id = entry.transaction_id();
    database.execute(
        "INSERT INTO ledger VALUES (:number, :transaction_id, :previous_id, :recorded_at, :operation, :schema, :table,
                                    :id, :before, :after)",
        named_params! {
            ":number": entry.number, ":transaction_id": transaction_id, ":previous_id": entry.previous_id,
            ":recorded_at": entry.recorded_at, ":operation": operation, ":schema": schema, ":table": table,
            ":id": id, ":before": before, ":after": after,
        },
    )?;

    let (content, made_by) = where_the_links_end(database, changes, id)?;
    database.execute(
        "INSERT OR REPLACE INTO records VALUES (:schema, :table, :id, :content, :made_by)",
        named_params! {":schema": schema, ":table": table, ":id": id, ":content": content, ":made_by": made_by},
    )?;
    let outcome = if content == *after { Outcome::Recorded } else { Outcome::RecordedLate };
    Ok(recorded(outcome, transaction_id))
}

/// The record as it is now, and the transaction that made it so; nothing when the ledger has never seen it.
fn current(
    database: &Transaction<'_>,
    Changes { schema, table, .. }: &Changes,
    id: &str,
) -> rusqlite::Result<Option<(Option<String>, String)>> {
    let sql = "SELECT content, transaction_id FROM records
               WHERE (schema_name, table_name, record_id) = (?, ?, ?)";
    database.query_row(sql, [schema, table, id], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// Whether the ledger has this very change.
fn is_known(
    database: &Transaction<'_>,
    Changes { schema, table, .. }: &Changes,
    Change { id, before, after }: &Change,
) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM ledger WHERE (schema_name, table_name, record_id) = (:schema, :table, :id)
                              AND content_before IS :before AND content_after IS :after)";
    let parameters =
        named_params! {":schema": schema, ":table": table, ":id": id, ":before": before, ":after": after};
    database.query_row(sql, parameters, |row| row.get(0))
}

/// The record as the last change has left it: the content that was made more often than a change began from it. Where
/// changes are missing there are several, and the one that arrived last counts; where they come round there is none,
/// and again the last one counts. Before all changes there is no row, which nobody made.
fn where_the_links_end(
    database: &Transaction<'_>,
    Changes { schema, table, .. }: &Changes,
    id: &str,
) -> rusqlite::Result<(Option<String>, String)> {
    // From the newest on, and seldom past it: `NOT MATERIALIZED` and the index let SQLite stop at the first.
    let sql = "
        WITH links AS NOT MATERIALIZED (
            SELECT number, transaction_id, content_before, content_after FROM ledger
            WHERE (schema_name, table_name, record_id) = (?, ?, ?))
        SELECT content_after, transaction_id FROM links AS last
        WHERE (SELECT count(*) FILTER (WHERE content_after IS last.content_after)
                    - count(*) FILTER (WHERE content_before IS last.content_after) FROM links)
              + (content_after IS NULL) > 0
        ORDER BY number DESC LIMIT 1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    if let Some(end) = database.query_row(sql, [schema, table, id], read).optional()? {
        return Ok(end);
    }
    let sql = "SELECT content_after, transaction_id FROM ledger
               WHERE (schema_name, table_name, record_id) = (?, ?, ?) ORDER BY number DESC LIMIT 1";
    database.query_row(sql, [schema, table, id], read)
}

/// The records of a table that exist, each as the change that ends it.
fn living(
    database: &Transaction<'_>,
    Changes { schema, table, .. }: &Changes,
) -> rusqlite::Result<Vec<Change>> {
    let sql = "SELECT record_id, content FROM records
               WHERE (schema_name, table_name) = (?, ?) AND content IS NOT NULL ORDER BY record_id";
    let mut statement = database.prepare(sql)?;
    let rows = statement.query_map([schema, table], |row| {
        Ok(Change { id: row.get(0)?, before: Some(row.get(1)?), after: None })
    })?;
    rows.collect()
}

/// How many entries there are, and the last one's transaction id.
fn head(database: &Transaction<'_>) -> rusqlite::Result<(i64, String)> {
    let sql = "SELECT number, transaction_id FROM ledger ORDER BY number DESC LIMIT 1";
    let head = database.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(head.unwrap_or((0, GENESIS.to_owned())))
}

fn update_status(
    database: &Transaction<'_>,
    Changes { schema, table, .. }: &Changes,
    records: &[Recorded],
) -> rusqlite::Result<()> {
    let count =
        |of: &[Outcome]| records.iter().filter(|record| of.contains(&record.outcome)).map(|_| 1).sum::<i64>();
    let (late, not_needed) = (count(&[Outcome::RecordedLate]), count(&[Outcome::NotNeeded]));
    let recorded = count(&[Outcome::Recorded, Outcome::RecordedLate]);
    let last = records.iter().rfind(|record| record.outcome != Outcome::NotNeeded);
    database.execute(
        "INSERT OR IGNORE INTO sync_status (schema_name, table_name) VALUES (?, ?)",
        [schema, table],
    )?;
    database.execute(
        "UPDATE sync_status
         SET received = received + 1, recorded = recorded + :recorded, recorded_late = recorded_late + :late,
             not_needed = not_needed + :not_needed, last_received_at = :now,
             last_transaction_id = coalesce(:last, last_transaction_id)
         WHERE (schema_name, table_name) = (:schema, :table)",
        named_params! {
            ":recorded": recorded, ":late": late, ":not_needed": not_needed, ":now": now(),
            ":last": last.map(|record| &record.transaction_id), ":schema": schema, ":table": table,
        },
    )?;
    Ok(())
}

/// The first record whose content is not what its transaction has made it, or that is missing.
fn tampered_record(database: &Transaction<'_>) -> rusqlite::Result<Option<(String, String, String)>> {
    let sql = "SELECT schema_name, table_name, record_id FROM records r
               WHERE NOT EXISTS (SELECT 1 FROM ledger l WHERE l.transaction_id = r.transaction_id
                   AND (l.schema_name, l.table_name, l.record_id) = (r.schema_name, r.table_name, r.record_id)
                   AND l.content_after IS r.content)
               UNION ALL
               SELECT schema_name, table_name, record_id FROM ledger
               WHERE (schema_name, table_name, record_id)
                     NOT IN (SELECT schema_name, table_name, record_id FROM records)
               LIMIT 1";
    database.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()
}

fn now() -> String {
    UnixTime::now().to_utc().map(|time| time.to_rfc3339()).unwrap_or_default()
}
