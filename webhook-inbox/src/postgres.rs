mod accept;
mod admin;
mod claim;
mod database;
mod order;
mod purge;
mod schema;
mod settle;
mod sql;
mod tls;
mod wakeup;

use std::fmt;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio::sync::{Notify, watch};
use tokio_postgres::{Config, Transaction};

use self::accept::Queue;
use self::database::Database;
use self::schema::Schema;
use self::sql::{SESSION, Sql};
use self::wakeup::Ears;
use crate::clock::millis;
use crate::{
    Attempt, Claim, Claims, Clock, Durability, Event, EventId, Filter, Guarantees, InboxAdmin, InboxStore,
    Lease, NewEvent, OpenError, Page, Purged, Range, Receipt, Replay, Retention, Route, Settled, Settlement,
    Stats, StoreError, TransactionalInbox,
};

/// How long a connection may take to be made, unless the address says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection on which nothing was heard for this long is asked whether it is still there,
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);

/// so often,
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);

/// and so many times, before it is given up.
const KEEPALIVE_RETRIES: u32 = 3;

/// How long what was sent may stay without an acknowledgement before the connection is given up.
const UNACKNOWLEDGED: Duration = Duration::from_secs(15);

/// Events in a PostgreSQL database, for more than one machine, or because the application's data is there.
///
/// An accepted event survives a crash and a loss of power, of each process and of the server, unless the server's
/// `fsync` is off. Its time is the server's, so the machines' clocks do not matter. Any number of processes can share
/// the events; they tell each other of new ones by `NOTIFY`. Clones are the same store.
///
/// It keeps its tables in a schema of its own, which it makes and brings up to date when it is opened. It needs
/// PostgreSQL 12 or newer, and sessions: a pooler between must not be one that gives each transaction another
/// connection (Supabase's port 6543, `PgBouncer` in its `transaction` mode).
///
/// When the server is down, calls fail with [`StoreError::Unavailable`]. The first one after it is back succeeds.
///
/// # Examples
///
/// ```no_run
/// use webhook_inbox::PostgresStore;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = PostgresStore::open(&std::env::var("DATABASE_URL")?).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresStore(Arc<Inner>);

struct Inner {
    database: Arc<Database>,
    queue: Queue,
    durability: Durability,
    _ears: Ears,
}

impl PostgresStore {
    /// Opens the database at an address as [`PostgresOptions::new`] takes it, with the default options.
    ///
    /// # Errors
    ///
    /// As [`PostgresOptions::open`].
    pub async fn open(address: &str) -> Result<Self, OpenError> {
        PostgresOptions::new(address).open().await
    }

    /// A transaction of the application's own, on a connection to the same database, in which an attempt can end.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use webhook_inbox::tokio_postgres::Client;
    /// use webhook_inbox::{PostgresStore, Settlement, StoreError};
    ///
    /// async fn paid(
    ///     store: &PostgresStore,
    ///     own: &mut Client,
    ///     order: &str,
    ///     settlement: &Settlement,
    /// ) -> Result<(), StoreError> {
    ///     let transaction = store.within(own.transaction().await?);
    ///     transaction.execute("INSERT INTO paid (number) VALUES ($1)", &[&order]).await?;
    ///     transaction.settle(settlement).await?;
    ///     transaction.commit().await
    /// }
    /// ```
    pub fn within<'t>(&self, transaction: Transaction<'t>) -> PostgresTransaction<'t> {
        PostgresTransaction { database: Arc::clone(&self.0.database), transaction }
    }
}

/// The address is not shown: it has the password.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("schema", &self.0.database.schema.name())
            .finish_non_exhaustive()
    }
}

/// A transaction of the application's own that also knows the inbox. What is not committed is rolled back.
pub struct PostgresTransaction<'t> {
    database: Arc<Database>,
    transaction: Transaction<'t>,
}

impl PostgresTransaction<'_> {
    /// Ends an attempt: it counts when the transaction is committed.
    ///
    /// The transaction should be near its end: until then the next events of the same ordering key are not accepted, and
    /// of one in a thousand others, which share its lock.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] when another attempt took over or this one was settled before, so that `?` rolls back
    /// what the handler wrote; [`StoreError::Unsupported`] when an event with an ordering key is finished in a
    /// transaction that is not `READ COMMITTED`; [`StoreError::Unavailable`].
    pub async fn settle(&self, settlement: &Settlement) -> Result<(), StoreError> {
        Ok(settle::settle_in(&self.database, &self.transaction, settlement).await?)
    }

    /// Commits all of it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]: whether it was committed is not known.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.transaction.commit().await?)
    }
}

impl<'t> Deref for PostgresTransaction<'t> {
    type Target = Transaction<'t>;

    fn deref(&self) -> &Transaction<'t> {
        &self.transaction
    }
}

impl fmt::Debug for PostgresTransaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresTransaction").finish_non_exhaustive()
    }
}

/// In a [`PostgresStore::within`], which has an example.
impl TransactionalInbox for PostgresStore {
    type Transaction<'t> = PostgresTransaction<'t>;

    async fn settle_in(
        transaction: &mut Self::Transaction<'_>,
        settlement: &Settlement,
    ) -> Result<(), StoreError> {
        transaction.settle(settlement).await
    }
}

/// So that `?` works on the application's own statements beside [`PostgresTransaction::settle`].
impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::unavailable(error)
    }
}

/// How a [`PostgresStore`] is opened.
///
/// # Examples
///
/// ```no_run
/// use webhook_inbox::PostgresOptions;
///
/// # async fn example(address: &str) -> Result<(), webhook_inbox::OpenError> {
/// let store = PostgresOptions::new(address).schema("billing_inbox").connections(4).open().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct PostgresOptions {
    address: String,
    schema: String,
    connections: usize,
    wait: Duration,
    timeout: Duration,
    calls: usize,
    bytes: usize,
    authority: Option<PathBuf>,
    clock: Clock,
}

impl PostgresOptions {
    /// A database at `postgres://user:password@host:port/database?parameter=value`, or in the form of
    /// `host=... user=... password=...`.
    ///
    /// With several hosts, `postgres://user@one:5432,two:5432/database?target_session_attrs=read-write`, the store follows
    /// a failover: when its server has become a standby, the call that notices fails with [`StoreError::Unavailable`],
    /// and the next ones connect anew.
    ///
    /// What the address does not say of `connect_timeout` is 5 seconds, of `tcp_user_timeout` 15 seconds, and of
    /// `keepalives_idle`, `keepalives_interval` and `keepalives_retries` 30 seconds, 5 seconds and 3, so that a network
    /// that breaks without a word is noticed within a minute.
    ///
    /// Its `sslmode` says how connections are encrypted:
    ///
    /// | `sslmode` | |
    /// | --- | --- |
    /// | `disable` | not |
    /// | `prefer`, the default | if the server can, with any certificate: safe from those who listen, not from those who answer in the server's place |
    /// | `require`, `verify-full` | always, and the server's certificate must be one for this host from a public authority, or from [`certificate_authority`](Self::certificate_authority) |
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            schema: "webhook_inbox".to_owned(),
            connections: 16,
            wait: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            calls: 1024,
            bytes: 64 * 1024 * 1024,
            authority: None,
            clock: Clock::system(),
        }
    }

    /// The schema that the tables are in, if not `webhook_inbox`: lower-case letters, digits and underscores. Several
    /// inboxes can be in one database.
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.schema = name.into();
        self
    }

    /// Most connections for statements, if not 16, and at least 1. One more listens.
    pub const fn connections(mut self, most: usize) -> Self {
        self.connections = most;
        self
    }

    /// How long a call waits for a free connection, if not 5 seconds, before it fails with [`StoreError::Full`].
    pub const fn wait(mut self, most: Duration) -> Self {
        self.wait = most;
        self
    }

    /// How long a call's statements may take together, if not 30 seconds, before it fails with
    /// [`StoreError::Unavailable`]. For [`accept`](InboxStore::accept) it is all of the call, with its wait for the
    /// statements of others.
    ///
    /// What the database was doing at that moment may still be done: an event whose sender was told to try again can be
    /// stored. The repetition is recognised by its idempotency key; an event without one is then stored twice.
    pub const fn timeout(mut self, most: Duration) -> Self {
        self.timeout = most;
        self
    }

    /// How many calls of [`accept`](InboxStore::accept) may wait for the database together, and how many bytes of events:
    /// what comes then is refused with [`StoreError::Full`] at once. 1024 calls and 64 MiB by default.
    pub const fn queue(mut self, calls: usize, bytes: usize) -> Self {
        self.calls = calls;
        self.bytes = bytes;
        self
    }

    /// A PEM file with the certificates of the authorities that are trusted instead of the public ones. With it, a
    /// server's certificate is verified also where `sslmode` is `prefer`.
    pub fn certificate_authority(mut self, file: impl Into<PathBuf>) -> Self {
        self.authority = Some(file.into());
        self
    }

    /// A clock whose [`advance`](Clock::advance) puts the store ahead of the server's time, for tests.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Connects, and brings the schema up to date.
    ///
    /// # Errors
    ///
    /// [`OpenError::Address`] when the address, the schema's name or the file of the authority is not one;
    /// [`OpenError::Unreachable`] when the server cannot be reached, refuses the user or is too old;
    /// [`OpenError::ReadOnly`] at a standby, and when the user may not write; [`OpenError::NewerSchema`] when a newer
    /// release was here; [`OpenError::Migration`] when the schema cannot be brought up to date.
    pub async fn open(self) -> Result<PostgresStore, OpenError> {
        let config = self.config()?;
        let schema = Schema::new(&self.schema).ok_or_else(|| {
            OpenError::Address("the schema's name has more than lower-case letters, digits and _".into())
        })?;
        let tls = tls::connector(&config, self.authority.as_deref()).map_err(OpenError::Address)?;
        let (mut client, connection) =
            config.connect(tls.clone()).await.map_err(|error| OpenError::Unreachable(error.into()))?;
        let connection = tokio::spawn(connection);
        let synchronises = schema::prepare(&mut client, &schema).await;
        drop(client);
        // It ends by itself, since its client is gone; what it says at the end is of no more interest.
        let _ = connection.await;
        let durability = if synchronises? {
            Durability::Power
        } else {
            tracing::warn!("the server's `fsync` is off: it can lose events that were accepted");
            Durability::Process
        };
        let pool = self.pool(&config, tls.clone())?;
        let database = Arc::new(Database {
            pool,
            sql: Sql::new(&schema),
            schema,
            clock: self.clock,
            patience: self.timeout,
            changes: watch::Sender::new(0),
            announce: Notify::new(),
            listening: AtomicBool::new(false),
        });
        let queue = Queue::new(&database, self.calls, self.bytes);
        let ears = Ears::new(&database, config, tls);
        Ok(PostgresStore(Arc::new(Inner { database, queue, durability, _ears: ears })))
    }

    fn config(&self) -> Result<Config, OpenError> {
        // The parser's own error may quote a part of the password.
        let malformed = || {
            OpenError::Address(
                "it is neither postgres://user:password@host:port/database nor host=... user=...; in the first form, \
                 special characters of the password are percent-encoded"
                    .into(),
            )
        };
        let address = self.address.replace("sslmode=verify-full", "sslmode=require");
        let mut config: Config = address.parse().map_err(|_| malformed())?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(malformed());
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNACKNOWLEDGED);
        }
        // It cannot be asked for: it has a default, which is two hours.
        if !address.contains("keepalives_idle") {
            config.keepalives_idle(KEEPALIVE_IDLE);
        }
        if config.get_keepalives_interval().is_none() {
            config.keepalives_interval(KEEPALIVE_INTERVAL);
        }
        if config.get_keepalives_retries().is_none() {
            config.keepalives_retries(KEEPALIVE_RETRIES);
        }
        if config.get_application_name().is_none() {
            config.application_name("webhook-inbox");
        }
        Ok(config)
    }

    fn pool(
        &self,
        config: &Config,
        tls: tokio_postgres_rustls::MakeRustlsConnect,
    ) -> Result<Pool, OpenError> {
        // Zero would mean "no limit".
        let limit = millis(self.timeout).clamp(1, i64::from(i32::MAX));
        let session = SESSION.replace("{ms}", &limit.to_string());
        let begin = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
            let session = session.clone();
            Box::pin(async move { client.batch_execute(&session).await.map_err(HookError::Backend) })
        });
        // A closed connection is noticed without asking the server.
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        Pool::builder(Manager::from_config(config.clone(), tls, manager))
            .max_size(self.connections.max(1))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(self.wait))
            .create_timeout(Some(self.timeout))
            .post_create(begin)
            .build()
            .map_err(|error| OpenError::Unreachable(error.into()))
    }
}

/// The address is not shown: it has the password.
impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("schema", &self.schema)
            .field("connections", &self.connections)
            .field("wait", &self.wait)
            .field("timeout", &self.timeout)
            .field("queue", &(self.calls, self.bytes))
            .field("authority", &self.authority)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl InboxStore for PostgresStore {
    fn guarantees(&self) -> Guarantees {
        Guarantees::new(self.0.durability)
    }

    async fn accept(&self, events: &[NewEvent]) -> Result<Vec<Receipt>, StoreError> {
        self.0.queue.accept(events).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Claims, StoreError> {
        claim::claim(&self.0.database, claim).await
    }

    async fn extend(&self, held: &Lease, lease: Duration) -> Result<Lease, StoreError> {
        settle::extend(&self.0.database, held, lease).await
    }

    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, StoreError> {
        settle::settle(&self.0.database, settlements).await
    }

    async fn wakeup(&self, routes: &[Route], at_most: Duration) -> Result<(), StoreError> {
        wakeup::wakeup(&self.0.database, routes, at_most).await
    }
}

#[async_trait]
impl InboxAdmin for PostgresStore {
    async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError> {
        admin::event(&self.0.database, id).await
    }

    async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Event>, StoreError> {
        admin::list(&self.0.database, filter, page).await
    }

    async fn attempts(&self, id: EventId) -> Result<Vec<Attempt>, StoreError> {
        admin::attempts(&self.0.database, id).await
    }

    async fn replay(&self, what: &Replay) -> Result<u64, StoreError> {
        admin::replay(&self.0.database, what).await
    }

    async fn purge(&self, retention: &Retention) -> Result<Purged, StoreError> {
        purge::purge(&self.0.database, retention).await
    }

    async fn stats(&self, range: Range) -> Result<Stats, StoreError> {
        admin::stats(&self.0.database, range).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_network_is_noticed_as_the_address_says_or_soon() {
        let times = |parameters: &str| {
            let address = format!("postgres://inbox@127.0.0.1/postgres?{parameters}");
            let config = PostgresOptions::new(address).config().unwrap();
            let seconds = |time: Option<&Duration>| time.unwrap().as_secs();
            (
                seconds(config.get_connect_timeout()),
                seconds(config.get_tcp_user_timeout()),
                config.get_keepalives_idle().as_secs(),
                config.get_keepalives_interval().unwrap().as_secs(),
                config.get_keepalives_retries().unwrap(),
            )
        };
        assert_eq!(times("sslmode=disable"), (5, 15, 30, 5, 3));
        let own = "connect_timeout=1&tcp_user_timeout=2&keepalives_idle=3&keepalives_interval=4&keepalives_retries=5";
        assert_eq!(times(own), (1, 2, 3, 4, 5));
    }
}
