//! The records and the search index, in the file that the inbox is in.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde::Serialize;
use webhook_inbox::{SqliteStore, StoreError};

use crate::change::{Change, Record};

/// Most records that one search finds.
const MOST: u32 = 50;

/// Reads the records. Writing is the inbox's writer's: see [`apply`].
#[derive(Clone)]
pub(crate) struct Records(Arc<Mutex<Connection>>);

/// A record that a search has found.
#[derive(Serialize)]
pub(crate) struct Hit {
    source: String,
    table_name: String,
    record_id: String,
}

impl Records {
    /// The records in the store's file, whose tables are made if they are missing.
    pub(crate) async fn open(store: &SqliteStore, path: &str) -> anyhow::Result<Self> {
        let schema = include_str!("records.sql");
        store.write(|transaction| Ok::<_, StoreError>(transaction.execute_batch(schema)?)).await?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Self(Arc::new(Mutex::new(Connection::open_with_flags(path, flags)?))))
    }

    /// The record's JSON; none when it is not known, or was deleted.
    pub(crate) fn find(&self, record: &Record) -> rusqlite::Result<Option<String>> {
        let sql = "SELECT data FROM records WHERE source = ? AND table_name = ? AND record_id = ?";
        let found =
            self.connection()
                .query_row(sql, params![record.source, record.table, record.id], |row| row.get(0));
        Ok(found.optional()?.flatten())
    }

    /// Whether a later change of the same record is known. Events overtake each other: Supabase sends up to 200 at once.
    pub(crate) fn know_a_later(&self, change: &Change) -> rusqlite::Result<bool> {
        let sql = "SELECT changed_at > ? FROM records WHERE source = ? AND table_name = ? AND record_id = ?";
        let Record { source, table, id } = &change.record;
        let later = self.connection().query_row(sql, params![change.at, source, table, id], |row| row.get(0));
        // Not known either when one of them has no time.
        Ok(later.optional()?.flatten().unwrap_or(false))
    }

    /// The records that have all these words, the best first.
    pub(crate) fn search(&self, words: &str) -> rusqlite::Result<Vec<Hit>> {
        // In quotes a word is only a word, and no operator of the index's own language.
        let quoted = |word| format!("\"{}\"", str::replace(word, "\"", "\"\""));
        let wanted = words.replace('\0', " ").split_whitespace().map(quoted).collect::<Vec<_>>().join(" ");
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT source, table_name, record_id FROM record_words JOIN records ON number = record_words.rowid
             WHERE record_words MATCH ? ORDER BY rank LIMIT ?",
        )?;
        let hits = statement.query_map(params![wanted, MOST], |row| {
            Ok(Hit { source: row.get(0)?, table_name: row.get(1)?, record_id: row.get(2)? })
        })?;
        hits.collect()
    }

    fn connection(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes the record, and what the index has of it, what the change says. Twice the same changes nothing.
pub(crate) fn apply(connection: &Connection, change: &Change) -> rusqlite::Result<()> {
    let Record { source, table, id } = &change.record;
    let number: i64 = connection
        .prepare_cached(
            "INSERT INTO records (source, table_name, record_id, data, changed_at) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET data = excluded.data, changed_at = coalesce(excluded.changed_at, changed_at)
             RETURNING number",
        )?
        .query_row(params![source, table, id, change.data, change.at], |row| row.get(0))?;
    connection.prepare_cached("DELETE FROM record_words WHERE rowid = ?")?.execute([number])?;
    if let Some(data) = &change.data {
        connection
            .prepare_cached(
                "INSERT INTO record_words (rowid, words)
                 SELECT ?, group_concat(atom, ' ') FROM json_tree(?) WHERE type IN ('text', 'integer')",
            )?
            .execute(params![number, data])?;
    }
    Ok(())
}
