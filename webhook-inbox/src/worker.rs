use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior};
use tracing::Instrument;
use webhook_retry::{Class, Decision, Failure, Key, Ratio, RetryPolicy, Schedule, decide};

use crate::handler::Handler;
use crate::{
    AttemptFailure, AttemptStatus, Claim, Claimed, HandlerError, InboxAdmin, InboxStore, MAX_CLAIM, Outcome,
    Retention, Route, Settled, Settlement, StoreError, telemetry,
};

/// How many attempts run beside each other unless the worker says otherwise.
pub const DEFAULT_CONCURRENCY: usize = 16;

/// How long a lease lasts unless the worker says otherwise. It is extended while the handler runs, so this is how long
/// the events of a crashed process wait.
pub const DEFAULT_LEASE: Duration = Duration::from_secs(30);

/// How long running attempts are given at a shutdown unless the worker says otherwise.
pub const DEFAULT_GRACE: Duration = Duration::from_secs(20);

/// Longest time without a look at the store.
const LOOK: Duration = Duration::from_secs(30);

/// How often the retention is applied.
const KEEPING: Duration = Duration::from_hours(1);

/// Most ends of attempts in one write.
const MAX_SETTLE: usize = 64;

/// For how long the end of an attempt is offered to a store that fails; the lease ends in the meantime.
const SETTLING: Duration = Duration::from_mins(1);

/// How long an ended handler has to let go.
const LETTING_GO: Duration = Duration::from_secs(1);

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

    /// Applies a retention to the store, at the start and then every hour.
    pub fn retention(mut self, store: impl InboxAdmin, retention: Retention) -> Self {
        self.keeper = Some((Arc::new(store), retention));
        self
    }

    /// Its name in the records of attempts; without this `process` and the process's id.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// How many attempts run beside each other; without this [`DEFAULT_CONCURRENCY`].
    pub const fn concurrency(mut self, attempts: usize) -> Self {
        self.concurrency = attempts;
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
    /// A store that fails is tried again, with a growing wait.
    ///
    /// # Errors
    ///
    /// [`WorkerError`], before anything is processed.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), WorkerError> {
        self.check()?;
        let (ended, ends) = mpsc::channel(self.concurrency);
        let settler = tokio::spawn(settle(Arc::clone(&self.store), ends));
        let keeper = self.keeper.map(|(store, retention)| tokio::spawn(keep(store, retention)));
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
        if let Some(keeper) = keeper {
            keeper.abort();
        }
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

/// The end of an attempt on its way to the store, and who waits for it.
struct End {
    settlement: Settlement,
    written: oneshot::Sender<Option<Settled>>,
}

struct Engine {
    store: Arc<dyn InboxStore>,
    handlers: Vec<Handler>,
    name: String,
    lease: Duration,
    control: Control,
    /// True when attempts that still run are to be given back.
    stopped: watch::Receiver<bool>,
    ended: mpsc::Sender<End>,
}

impl Engine {
    async fn claim_until(
        self: &Arc<Self>,
        mut shutdown: Pin<&mut impl Future<Output = ()>>,
        concurrency: usize,
        running: &mut JoinSet<()>,
    ) {
        let slots = Arc::new(Semaphore::new(concurrency));
        let mut failures = 0;
        loop {
            let slot = tokio::select! {
                biased;
                () = shutdown.as_mut() => return,
                slot = Arc::clone(&slots).acquire_owned() => slot,
            };
            // The semaphore is never closed.
            let Ok(slot) = slot else { return };
            while running.try_join_next().is_some() {}
            let mut free = vec![slot];
            while free.len() < MAX_CLAIM {
                let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else { break };
                free.push(slot);
            }

            let mut changes = self.control.changes.subscribe();
            let claim = Claim::new(self.name.as_str(), self.routes(), free.len(), self.lease);
            // Not raced with the shutdown: a claim that nobody waits for would cost its events an attempt.
            let idle = match self.store.claim(&claim).await {
                Ok(claims) => {
                    failures = 0;
                    for event in &claims.buried {
                        telemetry::buried(*event);
                    }
                    let idle = claims.events.is_empty() && claims.buried.is_empty();
                    for claimed in claims.events {
                        let slot = free.pop();
                        let engine = Arc::clone(self);
                        running.spawn(async move {
                            engine.attempt(claimed).await;
                            drop(slot);
                        });
                    }
                    telemetry::running(running.len());
                    idle
                }
                Err(error) => {
                    telemetry::store_failed("claim", &error);
                    if self.back_off(&mut failures, shutdown.as_mut()).await {
                        return;
                    }
                    continue;
                }
            };
            drop(free);
            if idle {
                let woken = tokio::select! {
                    biased;
                    () = shutdown.as_mut() => return,
                    _ = changes.changed() => Ok(()),
                    woken = self.store.wakeup(&claim.routes, LOOK) => woken,
                };
                if let Err(error) = woken {
                    telemetry::store_failed("wakeup", &error);
                    if self.back_off(&mut failures, shutdown.as_mut()).await {
                        return;
                    }
                }
            }
        }
    }

    fn routes(&self) -> Vec<Route> {
        let paused = self.control.paused();
        let active = self.handlers.iter().filter(|handler| !paused.contains(&handler.name));
        active
            .map(|handler| {
                Route::new(handler.source.as_str(), handler.kinds(&self.handlers), handler.max_attempts())
            })
            .collect()
    }

    /// Leaves a failing store alone for a while. Whether the shutdown came.
    async fn back_off(&self, failures: &mut u32, shutdown: Pin<&mut impl Future<Output = ()>>) -> bool {
        *failures = failures.saturating_add(1);
        tokio::select! {
            () = shutdown => true,
            () = tokio::time::sleep(store_wait(*failures, &self.name)) => false,
        }
    }

    async fn attempt(&self, claimed: Claimed) {
        let of = |kind: Option<&str>| {
            let mut handlers = self.handlers.iter();
            handlers.find(|handler| handler.source == claimed.source && handler.kind.as_deref() == kind)
        };
        let handler = of(claimed.kind.as_deref()).or_else(|| of(None));
        // The store hands out what the routes take.
        let Some(handler) = handler else { return };
        let span = tracing::info_span!(
            "webhook_attempt",
            handler = handler.name,
            event = claimed.lease.event.as_i64(),
            attempt = claimed.attempt,
            series = claimed.series,
        );
        async {
            let began = Instant::now();
            let Some(outcome) = self.run_handler(handler, &claimed, began).await else {
                tracing::warn!("the lease ended while the handler ran");
                return;
            };
            let took = began.elapsed();
            let status = AttemptStatus::of(&outcome);
            let reason = if let Outcome::Dead { reason, .. } = &outcome { Some(*reason) } else { None };
            let (written, answer) = oneshot::channel();
            let end = End { settlement: Settlement::new(claimed.lease, outcome, took), written };
            // Both ends live until the worker has seen every attempt end.
            if self.ended.send(end).await.is_err() {
                return;
            }
            match answer.await.ok().flatten() {
                Some(Settled::Yes) => {
                    telemetry::attempted(&handler.name, status, took);
                    if let Some(reason) = reason {
                        telemetry::dead(&handler.name, claimed.lease.event, reason);
                    }
                }
                Some(Settled::LeaseLost) => tracing::warn!("another attempt took over before this one ended"),
                None => tracing::error!("the end of an attempt could not be written; it will run again"),
            }
        }
        .instrument(span)
        .await;
    }

    /// How the attempt ended, or none when its lease did first.
    async fn run_handler(&self, handler: &Handler, claimed: &Claimed, began: Instant) -> Option<Outcome> {
        let mut task = Task(tokio::spawn((handler.run)(claimed.clone()).in_current_span()));
        let mut stopped = self.stopped.clone();
        let mut deadline = pin!(tokio::time::sleep(handler.timeout));
        // A third of the lease leaves two more beats when one fails.
        let beat = self.lease.checked_div(3).unwrap_or(self.lease);
        let mut heart = tokio::time::interval_at(began.checked_add(beat).unwrap_or(began), beat);
        heart.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let failed = loop {
            tokio::select! {
                biased;
                result = &mut task.0 => match result {
                    Ok(Ok(())) => return Some(Outcome::Done),
                    Ok(Err(error)) => break error,
                    Err(_) => break HandlerError::transient("the handler panicked"),
                },
                () = &mut deadline => {
                    task.end().await;
                    break HandlerError::transient(format!("the handler took longer than {:?}", handler.timeout));
                }
                () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => {
                    task.end().await;
                    return Some(Outcome::Release);
                }
                _ = heart.tick() => {
                    match tokio::time::timeout(beat, self.store.extend(&claimed.lease, self.lease)).await {
                        Ok(Err(StoreError::LeaseLost)) => {
                            // A handler that settled in its own transaction ends soon by itself.
                            task.end().await;
                            return None;
                        }
                        Ok(Err(error)) => telemetry::store_failed("extend", &error),
                        Ok(Ok(_)) | Err(_) => {}
                    }
                }
            }
        };
        Some(outcome(handler, claimed, began.elapsed(), failed))
    }
}

/// A handler's task, which ends with whoever waits for it.
struct Task(JoinHandle<Result<(), HandlerError>>);

impl Task {
    /// Ends the task. One that does not come to an `await` is not waited for.
    async fn end(&mut self) {
        self.0.abort();
        let _ = tokio::time::timeout(LETTING_GO, &mut self.0).await;
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn outcome(handler: &Handler, claimed: &Claimed, took: Duration, error: HandlerError) -> Outcome {
    let event = claimed.lease.event.as_i64().to_le_bytes();
    let failed = Failure::new(claimed.attempt, claimed.elapsed.saturating_add(took), error.verdict.class)
        .retry_after(error.verdict.retry_after)
        .entropy(Key::new(event).entropy(claimed.attempt));
    let failure = AttemptFailure::new(error.verdict.class, error.text);
    match decide(&handler.policy, failed) {
        Decision::RetryIn(after) => Outcome::Retry { after, failure },
        Decision::GiveUp(reason) => Outcome::Dead { reason: reason.into(), failure },
    }
}

/// Writes the ends of attempts, as many at once as have come together.
async fn settle(store: Arc<dyn InboxStore>, mut ends: mpsc::Receiver<End>) {
    let mut batch = Vec::new();
    while ends.recv_many(&mut batch, MAX_SETTLE).await > 0 {
        let (settlements, waiting): (Vec<Settlement>, Vec<_>) =
            batch.drain(..).map(|end| (end.settlement, end.written)).unzip();
        let began = Instant::now();
        let mut failures = 0_u32;
        let settled = loop {
            match store.settle(&settlements).await {
                Ok(settled) => break settled,
                Err(error) => {
                    telemetry::store_failed("settle", &error);
                    if began.elapsed() > SETTLING {
                        break Vec::new();
                    }
                    failures = failures.saturating_add(1);
                    tokio::time::sleep(store_wait(failures, "settle")).await;
                }
            }
        };
        let settled = settled.into_iter().map(Some).chain(std::iter::repeat(None));
        for (written, settled) in waiting.into_iter().zip(settled) {
            // Whoever does not wait any more does not need it.
            let _ = written.send(settled);
        }
    }
}

async fn keep(store: Arc<dyn InboxAdmin>, retention: Retention) {
    let mut hours = tokio::time::interval(KEEPING);
    loop {
        hours.tick().await;
        match store.purge(&retention).await {
            Ok(purged) => tracing::debug!(
                keys = purged.keys,
                bodies = purged.bodies,
                "the inbox's retention was applied"
            ),
            Err(error) => telemetry::store_failed("purge", &error),
        }
    }
}

/// How long a failing store is left alone: from 100 ms to 5 s.
fn store_wait(failures: u32, who: &str) -> Duration {
    const SCHEDULE: Schedule =
        Schedule::Exponential { first: Duration::from_millis(100), ratio: Ratio::DOUBLE };
    const LONGEST: Duration = Duration::from_secs(5);

    let policy: Result<RetryPolicy, _> = RetryPolicy::builder(SCHEDULE, u32::MAX).max_delay(LONGEST).build();
    let failed =
        Failure::new(failures, Duration::ZERO, Class::Transient).entropy(Key::new(who).entropy(failures));
    match policy.map(|policy| decide(&policy, failed)) {
        Ok(Decision::RetryIn(wait)) => wait,
        _ => LONGEST,
    }
}
