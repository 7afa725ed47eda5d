//! The one thread that writes. Whatever has queued up while it was busy shares its next commit.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;

use rusqlite::{Connection, ErrorCode, ffi};
use tokio::sync::{oneshot, watch};
use webhook_core::UnixMillis;

use super::queue::Queued;
use super::{SqliteTransaction, broken};
use crate::{Clock, StoreError};

/// Most commands in one commit: with more, the first would wait for the last without gain, since a commit's sync is
/// already shared by a hundred.
const MAX_BATCH: usize = 128;

/// Bytes of bodies after which a commit takes no further command, so that it stays short of the log's bound.
const MAX_BATCH_BYTES: usize = 8 * 1024 * 1024;

/// How often the newest time is recorded, in milliseconds: each time costs a page in the log.
const RECORDED_EVERY: i64 = 1_000;

pub(super) type Command = Box<dyn Work>;

/// What the writer does for somebody.
pub(super) trait Work: Send {
    /// Whether anybody still waits for it. Nobody was promised anything yet, so what nobody waits for is left.
    fn is_wanted(&self) -> bool;

    /// Whether it is a user's, who may do anything to the transaction. It runs after the store's own.
    fn is_foreign(&self) -> bool;

    /// Does it, in a transaction that others share. It may be done again when that one failed.
    fn run(&mut self, transaction: &SqliteTransaction<'_>) -> Result<(), ffi::Error>;

    /// Whether events may have become due by it.
    fn is_news(&self) -> bool;

    /// Tells whoever waits, after the commit or instead of it.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

/// The store's own work.
pub(super) struct Own<F, T> {
    work: F,
    news: fn(&T) -> bool,
    done: Option<T>,
    waiting: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Own<F, T> {
    pub(super) const fn new(
        work: F,
        news: fn(&T) -> bool,
        waiting: oneshot::Sender<Result<T, StoreError>>,
    ) -> Self {
        Self { work, news, done: None, waiting }
    }
}

impl<F, T> Work for Own<F, T>
where
    F: FnMut(&SqliteTransaction<'_>) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn is_wanted(&self) -> bool {
        !self.waiting.is_closed()
    }

    fn is_foreign(&self) -> bool {
        false
    }

    fn run(&mut self, transaction: &SqliteTransaction<'_>) -> Result<(), ffi::Error> {
        self.done = None;
        self.done = Some((self.work)(transaction).map_err(|error| broken(&error))?);
        Ok(())
    }

    fn is_news(&self) -> bool {
        self.done.as_ref().is_some_and(self.news)
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { done, waiting, .. } = *self;
        let _ = waiting.send(committed.and_then(|()| done.ok_or(StoreError::Closed)));
    }
}

/// What became of a user's work.
pub(super) type Outcome<T, E> = Result<Result<T, E>, Box<dyn Any + Send>>;

/// A user's work, in a savepoint: it can fail and panic for itself.
pub(super) struct Foreign<F, T, E> {
    work: Option<F>,
    done: Option<Outcome<T, E>>,
    waiting: oneshot::Sender<Result<Outcome<T, E>, StoreError>>,
}

impl<F, T, E> Foreign<F, T, E> {
    pub(super) const fn new(work: F, waiting: oneshot::Sender<Result<Outcome<T, E>, StoreError>>) -> Self {
        Self { work: Some(work), done: None, waiting }
    }
}

impl<F, T, E> Work for Foreign<F, T, E>
where
    F: FnOnce(&SqliteTransaction<'_>) -> Result<T, E> + Send,
    T: Send,
    E: Send,
{
    fn is_wanted(&self) -> bool {
        !self.waiting.is_closed()
    }

    fn is_foreign(&self) -> bool {
        true
    }

    fn run(&mut self, transaction: &SqliteTransaction<'_>) -> Result<(), ffi::Error> {
        let Some(work) = self.work.take() else {
            // It ran in a transaction that failed, and cannot run again.
            return Err(ffi::Error::new(ffi::SQLITE_ABORT));
        };
        let savepoint = |sql| execute(transaction, sql);
        savepoint("SAVEPOINT inbox_write")?;
        let outcome = catch_unwind(AssertUnwindSafe(|| work(transaction)));
        if !matches!(outcome, Ok(Ok(_))) {
            savepoint("ROLLBACK TO inbox_write")?;
        }
        self.done = Some(outcome);
        // This fails when the work ended the transaction that it was only lent.
        savepoint("RELEASE inbox_write")
    }

    fn is_news(&self) -> bool {
        matches!(self.done, Some(Ok(Ok(_))))
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let answer = match (committed, self.done) {
            // Its own failure tells more than the commit's.
            (_, Some(outcome @ (Ok(Err(_)) | Err(_)))) | (Ok(()), Some(outcome)) => Ok(outcome),
            (Err(error), _) => Err(error),
            (Ok(()), None) => Err(StoreError::Closed),
        };
        let _ = self.waiting.send(answer);
    }
}

/// The thread's state.
pub(super) struct Writer {
    connection: Connection,
    clock: Clock,
    changes: watch::Sender<u64>,
    recorded: UnixMillis,
}

/// Where a batch failed.
enum Failed {
    /// In a command.
    Command(ffi::Error),
    /// At its beginning or its end.
    Batch(ffi::Error),
}

impl Failed {
    const fn is_of_a_command(&self) -> bool {
        matches!(self, Self::Command(_))
    }

    fn is_full(&self) -> bool {
        let (Self::Command(error) | Self::Batch(error)) = self;
        error.code == ErrorCode::DiskFull
    }
}

impl Writer {
    pub(super) const fn new(
        connection: Connection,
        clock: Clock,
        changes: watch::Sender<u64>,
        recorded: UnixMillis,
    ) -> Self {
        Self { connection, clock, changes, recorded }
    }

    /// Runs until the queue is closed and empty; `last` comes before the file is closed.
    pub(super) fn run(mut self, queue: &Receiver<Queued<Command>>, last: impl FnOnce()) {
        while let Ok(first) = queue.recv() {
            let mut bytes = first.place.bytes;
            let mut batch = vec![first];
            while batch.len() < MAX_BATCH
                && bytes < MAX_BATCH_BYTES
                && let Ok(next) = queue.try_recv()
            {
                bytes = bytes.saturating_add(next.place.bytes);
                batch.push(next);
            }
            self.commit_together(batch);
        }
        // Best effort: what was answered for is committed already.
        let _ = self.record(self.clock.now());
        last();
    }

    fn commit_together(&mut self, mut batch: Vec<Queued<Command>>) {
        batch.retain(|queued| queued.command.is_wanted());
        batch.sort_by_key(|queued| queued.command.is_foreign());
        match self.transact(&mut batch) {
            Ok(()) => self.answer(batch, None),
            // Alone, the others may succeed; and a full disk may have room now that the log is written back.
            Err(failed) if failed.is_of_a_command() && batch.len() > 1 || failed.is_full() => {
                for queued in batch {
                    let mut alone = vec![queued];
                    let failed = self.transact(&mut alone).err();
                    self.answer(alone, failed.as_ref());
                }
            }
            Err(failed) => self.answer(batch, Some(&failed)),
        }
    }

    fn transact(&mut self, batch: &mut [Queued<Command>]) -> Result<(), Failed> {
        if batch.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        execute(&self.connection, "BEGIN IMMEDIATE").map_err(Failed::Batch)?;
        let changes = self.connection.total_changes();
        let transaction = SqliteTransaction::new(&self.connection, now);
        let run = batch.iter_mut().try_for_each(|queued| {
            queued.command.run(&transaction).map_err(|error| {
                // A user's work that ended the transaction may have committed the others: they must not run again.
                let ended = queued.command.is_foreign() && self.connection.is_autocommit();
                if ended { Failed::Batch(error) } else { Failed::Command(error) }
            })
        });
        let ended = run.and_then(|()| {
            if self.connection.total_changes() != changes {
                self.record_if_old(now).map_err(Failed::Batch)?;
            }
            execute(&self.connection, "COMMIT").map_err(Failed::Batch)
        });
        if ended.is_err() && !self.connection.is_autocommit() {
            // SQLite ends the transaction also when it says that it failed to write.
            let _ = execute(&self.connection, "ROLLBACK");
        }
        if ended.as_ref().is_err_and(Failed::is_full) {
            // The log's room can be used again once it is written back, which waits for its bound otherwise. Readers
            // are not waited for.
            let _ = self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        }
        ended
    }

    fn answer(&self, batch: Vec<Queued<Command>>, failed: Option<&Failed>) {
        let news = failed.is_none() && batch.iter().any(|queued| queued.command.is_news());
        for Queued { command, place } in batch {
            // Whoever is answered finds the room free.
            drop(place);
            let committed = match failed {
                None => Ok(()),
                Some(Failed::Command(error) | Failed::Batch(error)) => Err(StoreError::unavailable(*error)),
            };
            command.answer(committed);
        }
        if news {
            self.changes.send_modify(|changes| *changes = changes.wrapping_add(1));
        }
    }

    /// So that the clock goes on from here when the store is opened next.
    fn record_if_old(&mut self, now: UnixMillis) -> Result<(), ffi::Error> {
        if now.as_millis().saturating_sub(self.recorded.as_millis()) < RECORDED_EVERY {
            return Ok(());
        }
        self.record(now)
    }

    fn record(&mut self, now: UnixMillis) -> Result<(), ffi::Error> {
        let sql = "UPDATE inbox_store SET newest = max(newest, ?1)";
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| broken(&error))?;
        statement.execute([now.as_millis()]).map_err(|error| broken(&error))?;
        self.recorded = now;
        Ok(())
    }
}

fn execute(connection: &Connection, sql: &str) -> Result<(), ffi::Error> {
    let mut statement = connection.prepare_cached(sql).map_err(|error| broken(&error))?;
    statement.execute([]).map_err(|error| broken(&error))?;
    Ok(())
}
