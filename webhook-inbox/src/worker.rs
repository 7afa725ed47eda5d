mod attempt;
mod engine;
mod keeper;
mod settler;

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;

use self::engine::Engine;
use self::keeper::keep;
use self::settler::settle;
use crate::handler::Handler;
use crate::{InboxAdmin, InboxStore, Retention};

/// How many attempts run beside each other unless the worker says otherwise.
pub const DEFAULT_CONCURRENCY: usize = 16;

/// Most attempts beside each other: what the runtime's semaphore counts to, far more than fit in memory.
pub const MAX_CONCURRENCY: usize = Semaphore::MAX_PERMITS;

/// How long a lease lasts unless the worker says otherwise. It is extended while the handler runs, so this is how long
/// the events of a crashed process wait.
pub const DEFAULT_LEASE: Duration = Duration::from_secs(30);

/// How long running attempts are given at a shutdown unless the worker says otherwise.
pub const DEFAULT_GRACE: Duration = Duration::from_secs(20);

/// Processes what the inbox has stored.
///
/// Any number of workers, in any number of processes, can share a store.
///
/// # Examples
///
/// ```
/// use webhook_inbox::{Handler, Job, MemoryStore, Retention, Worker};
/// use webhook_verify::providers::Clerk;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), webhook_inbox::WorkerError> {
/// let store = MemoryStore::new(); // the store that the endpoint's `Inbox` has
/// let worker = Worker::new(store.clone())
///     .handler(Handler::on("user.created", async |job: Job<Clerk>| Ok(())))
///     .handler(Handler::all(async |job: Job<Clerk>| Ok(())))
///     .retention(store, Retention::default());
/// # let ctrl_c = async {};
/// worker.run(ctrl_c).await
/// # }
/// ```
#[must_use]
pub struct Worker {
    store: Arc<dyn InboxStore>,
    handlers: Vec<Handler>,
    keeper: Option<(Arc<dyn InboxAdmin>, Retention)>,
    name: String,
    concurrency: usize,
    lease: Duration,
    grace: Duration,
    control: Control,
}

/// Why a worker does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// It has no handler.
    #[error("the worker has no handler")]
    NoHandler,
    /// Two handlers take the same events, or have the same name.
    #[error("two handlers are {0}")]
    SameHandler(String),
    /// A lease or timeout of no time, or no concurrency.
    #[error("the worker's {0} is zero")]
    Zero(&'static str),
    /// Its store does not keep an attempt that lost its lease from settling: see
    /// [`Guarantees::fencing`](crate::Guarantees::fencing).
    #[error("the worker's store does not fence")]
    NoFencing,
}

impl Worker {
    /// A worker without handlers.
    pub fn new(store: impl InboxStore) -> Self {
        Self {
            store: Arc::new(store),
            handlers: Vec::new(),
            keeper: None,
            name: format!("process {}", std::process::id()),
            concurrency: DEFAULT_CONCURRENCY,
            lease: DEFAULT_LEASE,
            grace: DEFAULT_GRACE,
            control: Control::new(),
        }
    }

    /// One more handler.
    pub fn handler(mut self, handler: Handler) -> Self {
        self.handlers.push(handler);
        self
    }

    /// Applies a retention to the store, at the start and then every hour. It goes by the store's clock; the limits of
    /// [`Clock`](crate::Clock) say what a clock that is set ahead costs.
    pub fn retention(mut self, store: impl InboxAdmin, retention: Retention) -> Self {
        self.keeper = Some((Arc::new(store), retention));
        self
    }

    /// Its name in the records of attempts; without this `process` and the process's id.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// How many attempts run beside each other; without this [`DEFAULT_CONCURRENCY`], and never more than
    /// [`MAX_CONCURRENCY`].
    pub const fn concurrency(mut self, attempts: usize) -> Self {
        self.concurrency = if attempts < MAX_CONCURRENCY { attempts } else { MAX_CONCURRENCY };
        self
    }

    /// How long the events of a crashed process wait for another; without this [`DEFAULT_LEASE`].
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How long running attempts are given at a shutdown; without this [`DEFAULT_GRACE`]. What runs longer is ended,
    /// and its attempt given back.
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// What pauses and resumes its handlers.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Processes events until `shutdown` ends, and then lets the running attempts end.
    ///
    /// A store that fails is tried again, with a growing wait. Dropping the future ends the attempts that run without
    /// giving them back: their events run again when their leases have ended.
    ///
    /// # Errors
    ///
    /// [`WorkerError`], before anything is processed.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), WorkerError> {
        self.check()?;
        let (ended, ends) = mpsc::channel(self.concurrency);
        let settler = tokio::spawn(settle(Arc::clone(&self.store), ends));
        // A set, since it ends its task when this future is dropped, and with it the task's hold on the store.
        let mut keeper = JoinSet::new();
        if let Some((store, retention)) = self.keeper {
            keeper.spawn(keep(store, retention));
        }
        let (stop, stopped) = watch::channel(false);
        let engine = Arc::new(Engine {
            store: self.store,
            handlers: self.handlers,
            name: self.name,
            lease: self.lease,
            control: self.control,
            stopped,
            ended,
        });
        let mut running = JoinSet::new();

        engine.claim_until(pin!(shutdown), self.concurrency, &mut running).await;

        tracing::info!(running = running.len(), "the inbox's worker is shutting down");
        let all_ended = async { while running.join_next().await.is_some() {} };
        if tokio::time::timeout(self.grace, all_ended).await.is_err() {
            stop.send_replace(true);
            while running.join_next().await.is_some() {}
        }
        drop(engine);
        // The settler ends when all ends are written and nobody is left to send another.
        let _ = settler.await;
        keeper.shutdown().await;
        Ok(())
    }

    fn check(&self) -> Result<(), WorkerError> {
        let mut seen = BTreeSet::new();
        for handler in &self.handlers {
            if !seen.insert((Some(&handler.source), handler.kind.as_ref()))
                || !seen.insert((None, Some(&handler.name)))
            {
                return Err(WorkerError::SameHandler(handler.name.clone()));
            }
            if handler.timeout.is_zero() {
                return Err(WorkerError::Zero("timeout"));
            }
        }
        // An attempt whose lease has ended could end the one that took over, or let the next of its ordering key run.
        if !self.store.guarantees().fencing {
            return Err(WorkerError::NoFencing);
        }
        if self.handlers.is_empty() {
            return Err(WorkerError::NoHandler);
        }
        if self.lease < Duration::from_millis(3) {
            return Err(WorkerError::Zero("lease"));
        }
        if self.concurrency == 0 {
            return Err(WorkerError::Zero("concurrency"));
        }
        Ok(())
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("store", &self.store)
            .field("handlers", &self.handlers)
            .field("name", &self.name)
            .field("concurrency", &self.concurrency)
            .field("lease", &self.lease)
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}

/// Pauses and resumes the handlers of one worker while it runs. Clones control the same worker.
///
/// A paused handler's events wait in the store, and no others wait for them. Attempts that run go on.
#[derive(Clone)]
pub struct Control {
    paused: Arc<Mutex<BTreeSet<String>>>,
    changes: Arc<watch::Sender<()>>,
}

impl Control {
    fn new() -> Self {
        Self { paused: Arc::default(), changes: Arc::new(watch::Sender::new(())) }
    }

    /// Pauses the handler of this name.
    pub fn pause(&self, handler: impl Into<String>) {
        self.paused.lock().unwrap_or_else(PoisonError::into_inner).insert(handler.into());
        self.changes.send_replace(());
    }

    /// Lets the handler of this name go on.
    pub fn resume(&self, handler: &str) {
        self.paused.lock().unwrap_or_else(PoisonError::into_inner).remove(handler);
        self.changes.send_replace(());
    }

    /// The names of the paused handlers.
    pub fn paused(&self) -> Vec<String> {
        self.paused.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("paused", &self.paused()).finish_non_exhaustive()
    }
}
