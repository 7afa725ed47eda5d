//! Stores that are cut off, handlers that misbehave, and workers that are dropped.

use std::future::{Ready, ready};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;
use webhook_inbox::webhook_core::IdempotencyKey;
use webhook_inbox::{
    AttemptStatus, Claim, Claims, Clock, Filter, Guarantees, Handler, InboxAdmin, InboxStore, Job, Lease,
    MemoryStore, NewEvent, Receipt, Retention, Route, Settled, Settlement, State, StoreError, Worker,
    WorkerError,
};
use webhook_verify::danger::assume_verified;
use webhook_verify::providers::Clerk;

use super::{Running, at_once, statuses, until};

/// A store that one worker cannot reach any more once it has its events.
#[derive(Debug, Clone)]
struct CutOff {
    store: MemoryStore,
    /// Whether calls hang instead of failing.
    hangs: bool,
    guarantees: Guarantees,
}

impl CutOff {
    async fn fail<T>(&self) -> Result<T, StoreError> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        Err(StoreError::unavailable("the database is away"))
    }
}

#[async_trait]
impl InboxStore for CutOff {
    fn guarantees(&self) -> Guarantees {
        self.guarantees
    }

    async fn accept(&self, events: &[NewEvent]) -> Result<Vec<Receipt>, StoreError> {
        self.store.accept(events).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Claims, StoreError> {
        self.store.claim(claim).await
    }

    async fn extend(&self, _: &Lease, _: Duration) -> Result<Lease, StoreError> {
        self.fail().await
    }

    async fn settle(&self, _: &[Settlement]) -> Result<Vec<Settled>, StoreError> {
        self.fail().await
    }

    async fn wakeup(&self, _: &[Route], _: Duration) -> Result<(), StoreError> {
        // It had its turn.
        std::future::pending().await
    }
}

/// Tells when it is dropped.
struct Told(mpsc::UnboundedSender<String>, &'static str, i64);

impl Drop for Told {
    fn drop(&mut self) {
        // Nobody hears the last ones.
        let _ = self.0.send(format!("{} ends {}", self.1, self.2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_ends_with_its_lease_when_the_store_is_cut_off() {
    const LEASE: Duration = Duration::from_secs(30);

    for hangs in [false, true] {
        let clock = Clock::system();
        let store = MemoryStore::with_clock(clock.clone());
        for _ in 0..2 {
            let event = NewEvent::verified("clerk", &assume_verified(b"{}")).ordering("record");
            store.accept(&[event]).await.unwrap();
        }
        let (tell, mut told) = mpsc::unbounded_channel();
        let worker = |name: &'static str| {
            let tell = tell.clone();
            Handler::all(move |job: Job<Clerk>| {
                let tell = tell.clone();
                async move {
                    tell.send(format!("{name} begins {}", job.id)).unwrap();
                    let _end = Told(tell, name, job.id.as_i64());
                    if name == "a" {
                        std::future::pending::<()>().await;
                    }
                    Ok(())
                }
            })
            .timeout(LEASE * 10)
        };
        let cut_off = CutOff { store: store.clone(), hangs, guarantees: store.guarantees() };
        let first = Running::start(Worker::new(cut_off).lease(LEASE).handler(worker("a")));
        assert_eq!(told.recv().await.unwrap(), "a begins 1");
        let second = Running::start(Worker::new(store.clone()).lease(LEASE).handler(worker("b")));
        // The store's clock does not wait for the paused one.
        tokio::time::sleep(LEASE).await;
        clock.advance(LEASE);
        let mut seen = Vec::new();
        while seen.len() < 5 {
            seen.push(told.recv().await.unwrap());
        }
        assert_eq!(
            seen,
            ["a ends 1", "b begins 1", "b ends 1", "b begins 2", "b ends 2"],
            "extending hangs: {hangs}"
        );
        second.stop().await;
        until(&store, Filter::all().state(State::Done), 2).await;
        first.task.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_gives_no_future_has_failed_like_any_other() {
    let store = MemoryStore::new();
    let accept = async |kind: &str| {
        let event = NewEvent::verified("clerk", &assume_verified(b"{}")).kind(kind);
        store.accept(&[event]).await.unwrap().pop().unwrap().id()
    };
    let (panics, blocks) = (accept("panics").await, accept("blocks").await);
    let (release, released) = std::sync::mpsc::channel::<()>();
    let released = Mutex::new(released);
    let handler = Handler::all(move |job: Job<Clerk>| -> Ready<_> {
        assert!(job.kind.as_deref() == Some("blocks"), "a bug");
        // Until the test is over; the sender's end is an end as well.
        let _ = released.lock().unwrap_or_else(PoisonError::into_inner).recv();
        ready(Ok(()))
    })
    .policy(at_once(1))
    .timeout(Duration::from_millis(50));
    let running = Running::start(Worker::new(store.clone()).handler(handler));
    until(&store, Filter::dead(), 2).await;
    drop(release);
    running.stop().await;
    for (id, error) in [(panics, "the handler panicked"), (blocks, "the handler took longer than 50ms")] {
        assert_eq!(statuses(&store, id).await, [AttemptStatus::Transient]);
        let attempt = store.attempts(id).await.unwrap().pop().unwrap();
        assert_eq!(attempt.error.as_deref(), Some(error));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_dropped_worker_goes_on() {
    let clock = Clock::system();
    let store = MemoryStore::with_clock(clock.clone());
    let key = IdempotencyKey::new("clerk:1");
    let event = NewEvent::verified("clerk", &assume_verified(b"{}")).key(Some(key));
    let id = store.accept(&[event]).await.unwrap().pop().unwrap().id();
    let (tell, mut told) = mpsc::unbounded_channel();
    let handler = Handler::all(move |job: Job<Clerk>| {
        let tell = tell.clone();
        async move {
            let _end = Told(tell.clone(), "it", job.id.as_i64());
            tell.send("it begins".to_owned()).unwrap();
            std::future::pending().await
        }
    });
    let worker = Worker::new(store.clone()).handler(handler).retention(store.clone(), Retention::default());
    {
        let mut run = pin!(worker.run(std::future::pending()));
        tokio::select! {
            ended = &mut run => panic!("the worker ended: {ended:?}"),
            begun = told.recv() => assert_eq!(begun.unwrap(), "it begins"),
        }
    }
    assert_eq!(told.recv().await.unwrap(), "it ends 1");
    assert_eq!(told.recv().await, None, "the handler is still there");

    clock.advance(Duration::from_hours(24 * 365));
    tokio::time::sleep(Duration::from_hours(2)).await;
    assert!(store.event(id).await.unwrap().unwrap().key.is_some(), "the retention is still applied");
}

/// A store whose due events are locked by somebody else, so that it wakes for nothing.
#[derive(Debug, Clone)]
struct Locked {
    store: MemoryStore,
    claims: Arc<AtomicUsize>,
    held: Arc<AtomicBool>,
}

#[async_trait]
impl InboxStore for Locked {
    fn guarantees(&self) -> Guarantees {
        self.store.guarantees()
    }

    async fn accept(&self, events: &[NewEvent]) -> Result<Vec<Receipt>, StoreError> {
        self.store.accept(events).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Claims, StoreError> {
        if self.claims.fetch_add(1, Ordering::Relaxed) > 1000 {
            // The paused clock goes on when nobody is busy.
            std::future::pending::<()>().await;
        }
        if self.held.load(Ordering::Relaxed) {
            return Ok(Claims::default());
        }
        self.store.claim(claim).await
    }

    async fn extend(&self, held: &Lease, lease: Duration) -> Result<Lease, StoreError> {
        self.store.extend(held, lease).await
    }

    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, StoreError> {
        self.store.settle(settlements).await
    }

    async fn wakeup(&self, routes: &[Route], at_most: Duration) -> Result<(), StoreError> {
        self.store.wakeup(routes, at_most).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_wakeup_for_nothing_is_no_hot_loop() {
    let held = Arc::new(AtomicBool::new(true));
    let store = Locked { store: MemoryStore::new(), claims: Arc::default(), held: Arc::clone(&held) };
    let accept =
        async || store.accept(&[NewEvent::verified("clerk", &assume_verified(b"{}"))]).await.unwrap();
    accept().await;
    let (tell, mut told) = mpsc::unbounded_channel();
    let handler = Handler::all(move |_: Job<Clerk>| {
        tell.send(tokio::time::Instant::now()).unwrap();
        ready(Ok(()))
    });
    let running = Running::start(Worker::new(store.clone()).handler(handler));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let claims = store.claims.load(Ordering::Relaxed);
    // At 0, 5, 15, 35, 75, 155 and 315 ms, and then every 250 ms.
    assert!((10..=15).contains(&claims), "{claims} claims in two seconds");

    held.store(false, Ordering::Relaxed);
    told.recv().await.unwrap();
    // What comes when nobody is woken for nothing any more is taken at once.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let accepted = tokio::time::Instant::now();
    accept().await;
    let begun = told.recv().await.unwrap();
    assert!(begun - accepted <= Duration::from_millis(5), "after {:?}", begun - accepted);
    running.stop().await;
}

#[tokio::test]
async fn a_worker_without_a_limit_runs() {
    let store = MemoryStore::new();
    store.accept(&[NewEvent::verified("clerk", &assume_verified(b"{}"))]).await.unwrap();
    let handler = Handler::all(async |_: Job<Clerk>| Ok(()));
    let running = Running::start(Worker::new(store.clone()).handler(handler).concurrency(usize::MAX));
    until(&store, Filter::all().state(State::Done), 1).await;
    running.stop().await;
}

#[tokio::test]
async fn a_store_that_does_not_fence_is_refused() {
    let store = MemoryStore::new();
    let mut guarantees = store.guarantees();
    guarantees.fencing = false;
    let worker = Worker::new(CutOff { store, hangs: false, guarantees });
    let worker = worker.handler(Handler::all(async |_: Job<Clerk>| Ok(())));
    assert_eq!(worker.run(std::future::pending()).await, Err(WorkerError::NoFencing));
}
