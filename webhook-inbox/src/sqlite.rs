mod events;
mod lanes;
mod purge;
mod queue;
mod reader;
mod reads;
mod schema;
mod statistics;
mod writer;

use std::fmt;
use std::future::{Future, ready};
use std::ops::Deref;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, ffi};
use tokio::sync::{oneshot, watch};
use webhook_core::UnixMillis;

use self::events::Incoming;
use self::queue::{Bounds, Load, Queue};
use self::reader::{Question, ask};
use self::schema::Opening;
use self::writer::{Command, Foreign, Own, Writer};
use crate::clock::between;
use crate::{
    Attempt, Claim, Claims, Clock, Durability, Event, EventId, Filter, Guarantees, InboxAdmin, InboxStore,
    Lease, NewEvent, OpenError, Page, Purged, Range, Receipt, Replay, Retention, Route, Settled, Settlement,
    Stats, StoreError, TransactionalInbox,
};

/// Events that one command of a replay or purge changes, so that no commit holds up new events for long.
const STEP: usize = 256;

/// Largest body: SQLite keeps no value of a gigabyte.
const MAX_BODY: usize = 512 * 1024 * 1024;

/// Questions that may wait for a reader.
const QUESTIONS: Bounds = Bounds { commands: 1024, bytes: 0 };

/// How often a [`wakeup`](InboxStore::wakeup) looks whether another process has written to the file.
const LOOK: Duration = Duration::from_millis(250);

/// Events in one SQLite file: the store for one machine.
///
/// An event is answered for after the disk has it (`synchronous=FULL`). One thread writes, and whatever has queued up
/// while it was busy shares its next commit; two others read beside it. Clones are the same store; the threads end
/// with the last clone, or with [`close`](Self::close).
///
/// The tables' names begin with `inbox_`, and the file may hold others: with the application's own tables in the same
/// file, [`write`](Self::write) commits what a handler did together with the end of its attempt. The file is kept in
/// WAL mode, so it must be on a local disk, and two more files lie beside it while it is open.
///
/// More than one store, also in different processes, can use the same file. They take turns writing. Of what was stored
/// through its own store a [`wakeup`](InboxStore::wakeup) hears at once; for the others' events it looks four times a
/// second.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use webhook_inbox::{Claim, InboxStore as _, Kinds, NewEvent, Outcome, Route, Settlement, SqliteStore, StoreError};
/// use webhook_verify::danger::assume_verified;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("shop.db");
/// let store = SqliteStore::open(&path)?;
/// store.write(|transaction| Ok::<_, StoreError>(transaction.execute_batch("CREATE TABLE paid (order_id TEXT)")?)).await?;
///
/// // The endpoint: after this the sender can be told 202.
/// let event = NewEvent::verified("shop", &assume_verified(b"order 7")).kind("order.paid");
/// store.accept(&[event]).await?;
///
/// // A worker: its row and the end of the attempt are written together, or neither.
/// let routes = vec![Route::new("shop", Kinds::Except(vec![]), 5.try_into()?)];
/// let claims = store.claim(&Claim::new("worker", routes, 16, Duration::from_secs(60))).await?;
/// for claimed in claims.events {
///     let order = String::from_utf8_lossy(&claimed.body).into_owned();
///     let settlement = Settlement::new(claimed.lease, Outcome::Done, Duration::ZERO);
///     store
///         .write(move |transaction| {
///             transaction.execute("INSERT INTO paid VALUES (?1)", [order])?;
///             transaction.settle(&settlement)
///         })
///         .await?;
/// }
/// store.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Clock,
    writer: Queue<Command>,
    admin: Queue<Question>,
    /// Apart from the operators' questions, which may take long.
    wakeups: Queue<Question>,
    /// Changes when an event may have become due; its other end goes with the writer.
    changes: watch::Receiver<u64>,
    /// Nothing is ever sent: its other end goes with the threads.
    ended: watch::Receiver<()>,
}

/// How a [`SqliteStore`] is opened.
///
/// # Examples
///
/// ```
/// use webhook_inbox::{OpenError, SqliteOptions, SqliteStore};
///
/// fn open(folder: &std::path::Path) -> Result<SqliteStore, OpenError> {
///     SqliteOptions::new().max_bytes(10 * 1024 * 1024 * 1024).open(folder.join("inbox.db"))
/// }
/// # let folder = tempfile::tempdir().unwrap();
/// # open(folder.path()).unwrap();
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct SqliteOptions {
    clock: Clock,
    bounds: Bounds,
    busy_timeout: Duration,
    max_bytes: Option<u64>,
}

impl SqliteOptions {
    /// The defaults of each setter.
    pub fn new() -> Self {
        Self {
            clock: Clock::system(),
            bounds: Bounds { commands: 1024, bytes: 64 * 1024 * 1024 },
            busy_timeout: Duration::from_secs(5),
            max_bytes: None,
        }
    }

    /// What the store's time goes by; the system's clock by default. What the file has recorded lies in the past of
    /// it.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How many calls of [`accept`](InboxStore::accept) and [`write`](SqliteStore::write) may wait for the disk
    /// together, and how many bytes of bodies: what comes then is refused with [`StoreError::Full`] at once. 1024 calls
    /// and 64 MiB by default. A single call over the bytes is taken when no other waits.
    pub const fn queue(mut self, calls: usize, bytes: usize) -> Self {
        self.bounds = Bounds { commands: calls, bytes };
        self
    }

    /// How long a commit waits for others who write to the same file; 5 seconds by default.
    pub const fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// The file grows no larger than this, with the other tables in it; then new events are refused with
    /// [`StoreError::Unavailable`] until a purge has made room. No bound by default.
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Opens a file, or makes it, and brings its schema up to date. This waits for the disk.
    ///
    /// # Errors
    ///
    /// [`OpenError`]: `Unreachable` when there is no such folder, `ReadOnly` when the file or its folder may not be
    /// written, `Corrupt` when the file is damaged or no database, `NewerSchema` and `Migration`, and `Library` when
    /// the application links a SQLite older than 3.51.3.
    pub fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, OpenError> {
        let opening = Opening::new(path.as_ref(), self.busy_timeout, self.max_bytes)?;
        let (connection, newest) = opening.writer()?;
        self.clock.not_before(newest);
        let (admin, admin_questions) = Queue::new(QUESTIONS);
        let (wakeups, wakeup_questions) = Queue::new(QUESTIONS);
        let (writer, commands) = Queue::new(self.bounds);
        let (news, changes) = watch::channel(0);
        let (running, ended) = watch::channel(());

        let reader = |name: &str, questions| {
            let connection = opening.reader()?;
            let answer = move || reader::run(&connection, &questions);
            thread::Builder::new().name(name.to_owned()).spawn(answer).map_err(no_thread)
        };
        let readers = [reader("inbox-admin", admin_questions)?, reader("inbox-wakeup", wakeup_questions)?];
        let state = Writer::new(connection, self.clock.clone(), news, newest);
        let write = move || {
            state.run(&commands, || {
                // The last connection to close writes the log back, and that must be the writer's.
                for reader in readers {
                    let _ = reader.join();
                }
            });
            drop(running);
        };
        thread::Builder::new().name("inbox-writer".to_owned()).spawn(write).map_err(no_thread)?;
        Ok(SqliteStore {
            shared: Arc::new(Shared { clock: self.clock, writer, admin, wakeups, changes, ended }),
        })
    }
}

fn no_thread(error: std::io::Error) -> OpenError {
    OpenError::Unreachable(error.into())
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl SqliteStore {
    /// Opens a file with the default [`SqliteOptions`].
    ///
    /// # Errors
    ///
    /// As [`SqliteOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        SqliteOptions::new().open(path)
    }

    /// Runs `work` in a transaction of the store's file, which is committed when `work` returns `Ok`, together with
    /// whatever else the store has to commit. When `work` fails or panics, only its own changes are taken back; a panic
    /// goes on in the caller.
    ///
    /// The writer runs it, so everybody waits for it: it must be short, and must not wait for this store. It must not
    /// end the transaction that it is lent; if it does, the call fails.
    ///
    /// # Errors
    ///
    /// What `work` returns, or a [`StoreError`] when it did not run or was not committed.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&SqliteTransaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (waiting, answer) = oneshot::channel();
        self.shared.writer.send(Load::New(0), Box::new(Foreign::new(work, waiting)))?;
        let outcome = answer.await.unwrap_or(Err(StoreError::Closed))?;
        outcome.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// What is wrong with the file and the rows in it; an empty list when all is well. It reads everything, beside the
    /// work that goes on.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        ask(&self.shared.admin, reads::problems).await
    }

    /// Takes no more, finishes what was asked for, and closes the file. It waits for that; the other clones of the
    /// store answer [`StoreError::Closed`].
    pub async fn close(&self) {
        self.shared.admin.close();
        self.shared.wakeups.close();
        self.shared.writer.close();
        let mut ended = self.shared.ended.clone();
        // Nothing is ever sent, so this is the end of the writer.
        while ended.changed().await.is_ok() {}
    }

    /// The store's own work on the writer; `news` tells whether events may have become due by it.
    async fn change<T, F>(&self, load: Load, news: fn(&T) -> bool, work: F) -> Result<T, StoreError>
    where
        F: FnMut(&SqliteTransaction<'_>) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (waiting, answer) = oneshot::channel();
        self.shared.writer.send(load, Box::new(Own::new(work, news, waiting)))?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    async fn replay_these(&self, ids: Vec<i64>) -> Result<u64, StoreError> {
        let replay =
            move |transaction: &SqliteTransaction<'_>| events::replay(transaction, transaction.now, &ids);
        self.change(Load::Upkeep, |replayed| *replayed > 0, replay).await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("clock", &self.shared.clock).finish_non_exhaustive()
    }
}

#[async_trait]
impl InboxStore for SqliteStore {
    fn guarantees(&self) -> Guarantees {
        Guarantees::new(Durability::Power)
    }

    async fn accept(&self, events: &[NewEvent]) -> Result<Vec<Receipt>, StoreError> {
        let bytes = events.iter().map(|event| event.body().len()).fold(0, usize::saturating_add);
        if events.iter().any(|event| event.body().len() > MAX_BODY) {
            return Err(StoreError::Unsupported("bodies over 512 MiB"));
        }
        // The digests are made here, by as many threads as there are callers.
        let incoming = |event: &NewEvent| Incoming { event: event.clone(), digest: event.digest() };
        let incoming: Vec<Incoming> = events.iter().map(incoming).collect();
        let news =
            |receipts: &Vec<Receipt>| receipts.iter().any(|receipt| matches!(receipt, Receipt::New(_)));
        let accept = move |transaction: &SqliteTransaction<'_>| {
            events::accept(transaction, transaction.now, &incoming)
        };
        self.change(Load::New(bytes), news, accept).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Claims, StoreError> {
        let claim = claim.clone();
        let work =
            move |transaction: &SqliteTransaction<'_>| events::claim(transaction, transaction.now, &claim);
        // A dead letter lets the next event of its ordering key run.
        self.change(Load::Upkeep, |claims| !claims.buried.is_empty(), work).await
    }

    async fn extend(&self, held: &Lease, lease: Duration) -> Result<Lease, StoreError> {
        let held = *held;
        let work = move |transaction: &SqliteTransaction<'_>| {
            events::extend(transaction, transaction.now, held, lease)
        };
        self.change(Load::Upkeep, |_| false, work).await?.ok_or(StoreError::LeaseLost)
    }

    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, StoreError> {
        let settlements = settlements.to_vec();
        let work = move |transaction: &SqliteTransaction<'_>| {
            let settle = |settlement| events::settle(transaction, transaction.now, settlement);
            settlements.iter().map(settle).collect()
        };
        self.change(Load::Upkeep, |_| true, work).await
    }

    async fn wakeup(&self, routes: &[Route], at_most: Duration) -> Result<(), StoreError> {
        // First listen, then look: what changes in between is not missed.
        let mut changes = self.shared.changes.clone();
        changes.mark_unchanged();
        let routes: Arc<[Route]> = routes.into();
        let due = async {
            let (mut seen, mut next) = (None, None);
            loop {
                let routes = Arc::clone(&routes);
                let look = move |connection: &Connection| {
                    // What is written after this changes the version that is seen next.
                    let version = lanes::version(connection)?;
                    let changed = Some(version) != seen;
                    Ok((version, changed.then(|| lanes::next_due(connection, &routes)).transpose()?))
                };
                let (version, found) = ask(&self.shared.wakeups, look).await?;
                seen = Some(version);
                next = found.unwrap_or(next);
                let wait = next.map_or(LOOK, |next| between(self.shared.clock.now(), next).min(LOOK));
                if wait.is_zero() {
                    return Ok(());
                }
                tokio::time::sleep(wait).await;
            }
        };
        tokio::select! {
            changed = changes.changed() => changed.map_err(|_| StoreError::Closed),
            due = tokio::time::timeout(at_most, due) => due.unwrap_or(Ok(())),
        }
    }
}

#[async_trait]
impl InboxAdmin for SqliteStore {
    async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError> {
        ask(&self.shared.admin, move |connection| reads::event(connection, id)).await
    }

    async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Event>, StoreError> {
        let filter = filter.clone();
        ask(&self.shared.admin, move |connection| reads::list(connection, &filter, page)).await
    }

    async fn attempts(&self, id: EventId) -> Result<Vec<Attempt>, StoreError> {
        ask(&self.shared.admin, move |connection| reads::attempts(connection, id)).await
    }

    /// Each commit replays some of the events: after an error the others are left, and can be replayed again.
    async fn replay(&self, what: &Replay) -> Result<u64, StoreError> {
        let filter = match what {
            Replay::One(id) => return self.replay_these(vec![id.as_i64()]).await,
            Replay::Matching(filter) => filter,
        };
        // What is stored while this runs is not replayed, so that this has an end.
        let newest = ask(&self.shared.admin, reads::newest).await?;
        let (mut replayed, mut from) = (0_u64, 0);
        loop {
            let filter = filter.clone();
            let numbers = (from, newest);
            let look = move |connection: &Connection| reads::finished(connection, &filter, numbers, STEP);
            let ids = ask(&self.shared.admin, look).await?;
            // Each round finds greater numbers.
            let Some(last) = ids.last() else { return Ok(replayed) };
            from = *last;
            replayed = replayed.saturating_add(self.replay_these(ids).await?);
        }
    }

    async fn purge(&self, retention: &Retention) -> Result<Purged, StoreError> {
        let now = self.shared.clock.now();
        let retention = Arc::new(retention.clone());
        let (mut purged, mut next) = (Purged::default(), Some(0));
        // Ends with the last event: each round looks at greater numbers.
        while let Some(from) = next {
            let look = Arc::clone(&retention);
            let (aged, further) =
                ask(&self.shared.admin, move |connection| purge::aged(connection, &look, now, from)).await?;
            next = further;
            for ids in aged.chunks(STEP) {
                let (ids, retention) = (ids.to_vec(), Arc::clone(&retention));
                let work = move |transaction: &SqliteTransaction<'_>| {
                    purge::purge(transaction, &retention, now, &ids)
                };
                let step = self.change(Load::Upkeep, |_| false, work).await?;
                purged.keys = purged.keys.saturating_add(step.keys);
                purged.bodies = purged.bodies.saturating_add(step.bodies);
            }
        }
        Ok(purged)
    }

    async fn stats(&self, range: Range) -> Result<Stats, StoreError> {
        let now = self.shared.clock.now();
        ask(&self.shared.admin, move |connection| statistics::stats(connection, range, now)).await
    }
}

/// With a connection of the user's own to the same file. Within [`SqliteStore::write`] there is
/// [`SqliteTransaction::settle`].
///
/// # Examples
///
/// ```
/// use webhook_inbox::rusqlite::Connection;
/// use webhook_inbox::{Settlement, SqliteStore, StoreError, TransactionalInbox as _};
///
/// async fn paid(own: &mut Connection, order: &str, settlement: &Settlement) -> Result<(), StoreError> {
///     let mut transaction = own.transaction()?;
///     transaction.execute("INSERT INTO paid VALUES (?1)", [order])?;
///     SqliteStore::settle_in(&mut transaction, settlement).await?;
///     Ok(transaction.commit()?)
/// }
/// ```
impl TransactionalInbox for SqliteStore {
    type Transaction<'t> = rusqlite::Transaction<'t>;

    fn settle_in(
        transaction: &mut Self::Transaction<'_>,
        settlement: &Settlement,
    ) -> impl Future<Output = Result<(), StoreError>> {
        // Not before what the store has recorded, should the clock have been set back.
        let recorded = transaction.query_row("SELECT newest FROM inbox_store", [], |row| row.get(0));
        let settled =
            recorded.map_err(|error| StoreError::unavailable(broken(&error))).and_then(|recorded| {
                let now = UnixMillis::now().max(UnixMillis::from_millis(recorded));
                SqliteTransaction::new(transaction, now).settle(settlement)
            });
        ready(settled)
    }
}

/// What [`SqliteStore::write`] lends: a connection in a transaction.
#[derive(Debug)]
pub struct SqliteTransaction<'t> {
    connection: &'t Connection,
    now: UnixMillis,
}

impl<'t> SqliteTransaction<'t> {
    const fn new(connection: &'t Connection, now: UnixMillis) -> Self {
        Self { connection, now }
    }

    /// Ends an attempt: it counts when the transaction is committed.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] when another attempt took over or this one is settled, so that `?` takes back what was
    /// written here and nothing is written twice; and [`StoreError::Unavailable`].
    pub fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
        match events::settle_first(self.connection, self.now, settlement) {
            Ok(Settled::Yes) => Ok(()),
            Ok(Settled::LeaseLost) => Err(StoreError::LeaseLost),
            Err(error) => Err(StoreError::unavailable(broken(&error))),
        }
    }
}

impl Deref for SqliteTransaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

/// So that `?` works on the user's own statements in [`SqliteStore::write`].
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::unavailable(error)
    }
}

/// What is left of an error of the store's own statements: neither their text nor their values.
fn broken(error: &rusqlite::Error) -> ffi::Error {
    match error {
        rusqlite::Error::SqliteFailure(error, _) | rusqlite::Error::SqlInputError { error, .. } => *error,
        // A stored value is not what it should be.
        _ => ffi::Error::new(ffi::SQLITE_MISMATCH),
    }
}
