//! Opening the file: what is refused, how connections are set up, and the schema.

use std::error::Error;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};
use webhook_core::UnixMillis;

use crate::OpenError;

/// Older releases can damage a database in WAL mode when two connections write at the same moment
/// (<https://sqlite.org/wal.html#walresetbug>).
const LEAST_LIBRARY: (i32, &str) = (3_051_003, "3.51.3");

/// Each makes its schema of the one before; the first makes it of nothing. Only ever add at the end.
const MIGRATIONS: [&str; 2] = [include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// Pages of the write-ahead log after which it is written back: 4,000 pages are 16 MiB, so that with 1 KiB bodies the
/// sync of the main file comes once in some thousand events, and reading the log after a crash takes some
/// milliseconds.
const CHECKPOINT_PAGES: i64 = 4_000;

/// What the log's file is cut to when readers have let it grow.
const LOG_BYTES: i64 = 64 * 1024 * 1024;

/// Page cache of the writer in KiB. The idempotency keys are spread over their whole index.
const WRITER_CACHE: i64 = 16 * 1024;

/// Statements of the store that are kept prepared; there are fewer.
const STATEMENTS: usize = 64;

/// How the file is opened.
pub(super) struct Opening {
    path: PathBuf,
    busy_timeout: Duration,
    max_bytes: Option<u64>,
}

impl Opening {
    /// Makes the path absolute: then it stays the same file when the process changes its folder, and SQLite reads no
    /// `file:` or `:memory:` into it.
    pub(super) fn new(
        path: &Path,
        busy_timeout: Duration,
        max_bytes: Option<u64>,
    ) -> Result<Self, OpenError> {
        let path = std::path::absolute(path).map_err(|error| OpenError::Unreachable(error.into()))?;
        Ok(Self { path, busy_timeout, max_bytes })
    }

    /// The connection that writes, with the schema in order, and the newest time that was recorded.
    pub(super) fn writer(&self) -> Result<(Connection, UnixMillis), OpenError> {
        library(rusqlite::version_number(), rusqlite::version())?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let opened = self.open(flags).and_then(|mut connection| {
            self.set_up(&connection)?;
            let newest = migrate(&mut connection, &MIGRATIONS)?;
            Ok((connection, newest))
        });
        opened.map_err(|refused| match refused {
            Refused::Open(error) => error,
            Refused::Sqlite(error) => self.explain(error),
        })
    }

    /// A connection that can only read, and never writes the log back.
    pub(super) fn reader(&self) -> Result<Connection, OpenError> {
        let opened = self.open(OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(|connection| {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            connection.pragma_update(None, "query_only", true)?;
            Ok(connection)
        });
        opened.map_err(|refused| match refused {
            Refused::Open(error) => error,
            Refused::Sqlite(error) => self.explain(error),
        })
    }

    fn open(&self, flags: OpenFlags) -> Result<Connection, Refused> {
        let connection = Connection::open_with_flags(&self.path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(self.busy_timeout)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    }

    fn set_up(&self, connection: &Connection) -> Result<(), Refused> {
        // SQLite opens what it may not write for reading, without a word.
        if connection.is_readonly("main")? {
            return Err(Refused::Open(OpenError::ReadOnly("the file may not be written".into())));
        }
        let mode: String =
            connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
        if mode != "wal" {
            return Err(Refused::Open(OpenError::Unreachable(
                "the file system cannot hold a write-ahead log".into(),
            )));
        }
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "cache_size", WRITER_CACHE.saturating_neg())?;
        connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
        connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
        if let Some(bytes) = self.max_bytes {
            let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let pages = i64::try_from(bytes).unwrap_or(i64::MAX).checked_div(page).unwrap_or(i64::MAX);
            connection.pragma_update_and_check(None, "max_page_count", pages.max(1), |_| Ok(()))?;
        }
        Ok(())
    }

    fn explain(&self, error: rusqlite::Error) -> OpenError {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => OpenError::Corrupt(error.into()),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => OpenError::ReadOnly(error.into()),
            Some(ErrorCode::CannotOpen) => self.cannot_open(error),
            _ => OpenError::Unreachable(error.into()),
        }
    }

    /// Tells a folder that may not be written from other reasons, by trying it. The database's own file is never
    /// touched for that: closing it would end the locks that this process holds on it.
    fn cannot_open(&self, error: rusqlite::Error) -> OpenError {
        let mut probe = self.path.clone().into_os_string();
        probe.push("-probe");
        match OpenOptions::new().write(true).create_new(true).open(&probe) {
            Ok(_) => {
                // A file that was just made and is empty: nothing is lost if it stays.
                let _ = std::fs::remove_file(&probe);
                OpenError::Unreachable(error.into())
            }
            Err(refused)
                if matches!(refused.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) =>
            {
                OpenError::ReadOnly(refused.into())
            }
            Err(_) => OpenError::Unreachable(error.into()),
        }
    }
}

enum Refused {
    Open(OpenError),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn library(number: i32, found: &str) -> Result<(), OpenError> {
    let (least, required) = LEAST_LIBRARY;
    if number < least {
        return Err(OpenError::Library { found: found.to_owned(), required });
    }
    Ok(())
}

/// Brings the schema up to date in one transaction.
fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<UnixMillis, Refused> {
    let supported = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    // Others may be opening the same file.
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found = schema(&transaction)?;
    let missing = usize::try_from(found).ok().and_then(|found| migrations.get(found..));
    let Some(missing) = missing else {
        return Err(Refused::Open(OpenError::NewerSchema { found, supported }));
    };
    let failed = |error: rusqlite::Error| {
        let source: Box<dyn Error + Send + Sync> = error.into();
        Refused::Open(OpenError::Migration { found, supported, source })
    };
    for migration in missing {
        transaction.execute_batch(migration).map_err(failed)?;
    }
    if !missing.is_empty() {
        let sql = "INSERT INTO inbox_store (one, schema, newest) VALUES (1, ?1, 0)
                   ON CONFLICT (one) DO UPDATE SET schema = excluded.schema";
        transaction.execute(sql, [supported]).map_err(failed)?;
    }
    let newest = transaction.query_row(
        "SELECT max(newest, ifnull((SELECT received_at FROM inbox_events ORDER BY id DESC LIMIT 1), 0))
         FROM inbox_store",
        [],
        |row| row.get(0),
    )?;
    transaction.commit().map_err(failed)?;
    Ok(UnixMillis::from_millis(newest))
}

/// The number of the schema in a file; 0 where there is none.
fn schema(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'inbox_store'";
    match connection.query_row(sql, [], |_| Ok(())).optional()? {
        Some(()) => connection.query_row("SELECT schema FROM inbox_store", [], |row| row.get(0)),
        None => Ok(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THIRD: &str = "ALTER TABLE inbox_events ADD COLUMN note TEXT;";

    fn and(next: &[&'static str]) -> Vec<&'static str> {
        [&MIGRATIONS, next].concat()
    }

    fn migrated(connection: &mut Connection, migrations: &[&str]) -> Result<(), OpenError> {
        match migrate(connection, migrations) {
            Ok(_) => Ok(()),
            Err(Refused::Open(error)) => Err(error),
            Err(Refused::Sqlite(error)) => panic!("{error}"),
        }
    }

    fn dump(connection: &Connection) -> Vec<String> {
        let mut statement = connection.prepare("SELECT sql FROM sqlite_schema WHERE sql NOT NULL").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn a_library_that_can_damage_a_log_is_refused() {
        assert!(library(3_051_003, "3.51.3").is_ok());
        assert!(library(rusqlite::version_number(), rusqlite::version()).is_ok());
        let refused = library(3_051_002, "3.51.2").unwrap_err();
        assert_eq!(refused.to_string(), "the linked SQLite is 3.51.2, and at least 3.51.3 is needed");
    }

    #[test]
    fn each_migration_runs_once_and_keeps_what_is_there() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrated(&mut connection, &MIGRATIONS).unwrap();
        connection
            .execute_batch(
                "INSERT INTO inbox_events (source, digest, state, received_at, series_began)
                 VALUES ('shop', x'00', 1, 5, 5)",
            )
            .unwrap();
        let first = dump(&connection);
        migrated(&mut connection, &MIGRATIONS).unwrap();
        assert_eq!(dump(&connection), first);

        migrated(&mut connection, &and(&[THIRD])).unwrap();
        migrated(&mut connection, &and(&[THIRD])).unwrap();
        let kept: (String, Option<String>) = connection
            .query_row("SELECT source, note FROM inbox_events", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(kept, ("shop".to_owned(), None));
        assert_eq!(schema(&connection).unwrap(), 3);
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrated(&mut connection, &MIGRATIONS).unwrap();
        let before = dump(&connection);
        let broken = and(&[THIRD, "CREATE TABLE inbox_events (id INTEGER);"]);
        let refused = migrated(&mut connection, &broken).unwrap_err();
        assert!(matches!(refused, OpenError::Migration { found: 2, supported: 4, .. }), "{refused:?}");
        assert_eq!(dump(&connection), before);
        assert_eq!(schema(&connection).unwrap(), 2);
    }

    #[test]
    fn a_newer_schema_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrated(&mut connection, &and(&[THIRD])).unwrap();
        let before = dump(&connection);
        let refused = migrated(&mut connection, &MIGRATIONS).unwrap_err();
        assert!(matches!(refused, OpenError::NewerSchema { found: 3, supported: 2 }), "{refused:?}");
        assert_eq!(dump(&connection), before);
    }

    #[test]
    fn the_tables_of_others_stay() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "PRAGMA user_version = 7; CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (1)",
            )
            .unwrap();
        migrated(&mut connection, &MIGRATIONS).unwrap();
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        let orders: i64 = connection.query_row("SELECT count(*) FROM orders", [], |row| row.get(0)).unwrap();
        assert_eq!((version, orders), (7, 1));
    }

    #[test]
    fn a_table_of_another_with_our_name_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE inbox_events (id INTEGER)").unwrap();
        let refused = migrated(&mut connection, &MIGRATIONS).unwrap_err();
        assert!(matches!(refused, OpenError::Migration { found: 0, supported: 2, .. }), "{refused:?}");
    }
}
