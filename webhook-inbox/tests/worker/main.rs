//! The inbox and its worker on the store in memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test"
)]

mod hardship;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use webhook_inbox::webhook_retry::{Class, RetryPolicy, Schedule};
use webhook_inbox::{
    AttemptStatus, Claim, Claims, Clock, DeadReason, Filter, Guarantees, Handler, HandlerError, Inbox,
    InboxAdmin, InboxStore, Job, Lease, MemoryStore, NewEvent, Page, Range, Receipt, Replay, Route, Settled,
    Settlement, State, StoreError, Worker, WorkerError,
};
use webhook_verify::danger::assume_verified;
use webhook_verify::providers::{Clerk, RecordEnvelope};
use webhook_verify::webhook_core::Payload;
use webhook_verify::{Provider, Received, Receiver, Secret, Signer, UnixTime};

const DEADLINE: Duration = Duration::from_secs(20);
const NOW: UnixTime = UnixTime::from_secs(1_767_279_600);

fn received<P: Provider>(secret: &str, id: &str, body: &str) -> Received<P> {
    let secret = || Secret::new(secret).unwrap();
    let headers = Signer::new(P::SCHEME, secret()).unwrap().sign(id, NOW, body.as_bytes()).unwrap();
    let receiver = Receiver::<P>::new(secret()).unwrap();
    receiver.verify(&headers, body.to_owned(), NOW).unwrap()
}

fn session(id: &str) -> Received<Clerk> {
    let body = include_str!("../../../webhook-core/tests/samples/clerk/session.ended.json");
    received("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id, body)
}

fn misfit(id: &str) -> Received<Clerk> {
    received("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id, r#"{"type":"session.ended","data":"oops"}"#)
}

/// Retries without a wait.
fn at_once(attempts: u32) -> RetryPolicy {
    RetryPolicy::builder(Schedule::Fixed(Duration::ZERO), attempts).build().unwrap()
}

struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), WorkerError>>,
}

impl Running {
    fn start(worker: Worker) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(worker.run(async move { drop(stopped.await) }));
        Self { stop, task }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::time::timeout(DEADLINE, self.task).await.expect("the worker does not stop").unwrap().unwrap();
    }
}

async fn until(store: &impl InboxAdmin, filter: Filter, count: usize) {
    let looking = async {
        while store.list(&filter, Page::first(1000)).await.unwrap().len() != count {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, looking).await.unwrap_or_else(|_| panic!("never {count} of {filter:?}"));
}

async fn statuses(store: &MemoryStore, id: webhook_inbox::EventId) -> Vec<AttemptStatus> {
    store.attempts(id).await.unwrap().iter().map(|attempt| attempt.status).collect()
}

#[tokio::test]
async fn a_request_is_stored_answered_and_processed() {
    let store = MemoryStore::new();
    let inbox = Inbox::new(store.clone());
    let first = inbox.receive(&session("msg_1")).await.unwrap();
    assert_eq!(
        first.answer,
        r#"{"status":"accepted","message":"Webhook payload received and queued for processing","details":{"event_type":"session.ended","source":"clerk","id":"msg_1"}}"#
    );
    let again = inbox.receive(&session("msg_1")).await.unwrap();
    assert_eq!((again.answer, again.receipt.id()), (first.answer, first.receipt.id()));
    assert!(matches!(again.receipt, Receipt::Duplicate(duplicate) if duplicate.same_content));
    assert!(matches!(inbox.receive(&session("msg_2")).await.unwrap().receipt, Receipt::New(_)));

    let (seen, mut events) = mpsc::unbounded_channel();
    let handler = Handler::on("session.ended", move |job: Job<Clerk>| {
        let seen = seen.clone();
        async move {
            let kind = job.event()?.kind().map(str::to_owned);
            seen.send((job.delivery_id.clone(), job.attempt, kind)).unwrap();
            Ok(())
        }
    });
    let running = Running::start(Worker::new(store.clone()).handler(handler));
    until(&store, Filter::all().state(State::Done), 2).await;
    let mut ids = [events.try_recv().unwrap(), events.try_recv().unwrap()];
    ids.sort();
    assert_eq!(
        ids.each_ref().map(|(id, attempt, _)| (id.as_deref(), *attempt)),
        [(Some("msg_1"), 1), (Some("msg_2"), 1)]
    );
    running.stop().await;
    let stats = store.stats(Range::all()).await.unwrap();
    assert_eq!(stats.summary.total_processed, 2);
    assert_eq!(stats.summary.events_by_source["clerk"], 2);
}

#[tokio::test]
async fn a_provider_with_an_answer_of_its_own_gives_it() {
    let inbox = Inbox::new(MemoryStore::new());
    let body = r#"{"event_type":"INSERT","source":"notion","table_name":"db","record_id":"page"}"#;
    let stored = inbox.receive(&received::<RecordEnvelope>("a-long-enough-secret", "", body)).await.unwrap();
    assert_eq!(
        stored.answer,
        r#"{"status":"accepted","message":"Webhook payload received and queued for processing","details":{"event_type":"insert","source":"notion","record_id":"page","database_id":"db"}}"#
    );
}

#[tokio::test]
async fn each_event_goes_to_its_handler() {
    let store = MemoryStore::new();
    let inbox = Inbox::new(store.clone());
    for kind in ["a", "b", "c"] {
        inbox.accept(NewEvent::verified("clerk", &assume_verified(b"{}")).kind(kind)).await.unwrap();
    }
    inbox.accept(NewEvent::verified("clerk", &assume_verified(b"{}"))).await.unwrap();
    inbox.accept(NewEvent::verified("tenant", &assume_verified(b"{}")).kind("a")).await.unwrap();
    inbox.accept(NewEvent::verified("nobody", &assume_verified(b"{}")).kind("a")).await.unwrap();
    let (seen, mut events) = mpsc::unbounded_channel();
    let tell = |name: &'static str| {
        let seen = seen.clone();
        move |job: Job<Clerk>| {
            let seen = seen.clone();
            async move {
                assert!(job.parsed.is_err());
                seen.send((name, job.kind)).unwrap();
                Ok(())
            }
        }
    };
    let worker = Worker::new(store.clone())
        .handler(Handler::on("a", tell("a")))
        .handler(Handler::all(tell("rest")))
        .handler(Handler::all(tell("tenant")).source("tenant").name("tenant"));
    let running = Running::start(worker);
    until(&store, Filter::all().state(State::Done), 5).await;
    running.stop().await;
    until(&store, Filter::all().source("nobody").state(State::Pending), 1).await;
    let mut told = Vec::new();
    while let Ok((name, kind)) = events.try_recv() {
        told.push((name, kind.unwrap_or_default()));
    }
    told.sort();
    let told: Vec<_> = told.iter().map(|(name, kind)| (*name, kind.as_str())).collect();
    assert_eq!(told, [("a", "a"), ("rest", ""), ("rest", "b"), ("rest", "c"), ("tenant", "a")]);
}

#[tokio::test]
async fn failures_are_tried_again_by_their_class() {
    use AttemptStatus::{Gone, Permanent, Succeeded, Transient};

    let store = MemoryStore::new();
    let inbox = Inbox::new(store.clone());
    for kind in ["transient", "permanent", "panic", "late", "gone", "foreign"] {
        inbox.accept(NewEvent::verified("clerk", &assume_verified(b"{}")).kind(kind)).await.unwrap();
    }
    inbox.receive(&misfit("msg_1")).await.unwrap();
    let handler = Handler::all(async |job: Job<Clerk>| match job.kind.as_deref() {
        Some("transient") if job.attempt < 3 => Err(HandlerError::transient("the other side is down")),
        Some("permanent") => Err(HandlerError::permanent("no such user")),
        Some("panic") => panic!("a bug"),
        Some("late") => std::future::pending().await,
        Some("gone") => Err(HandlerError::new(Class::Gone, "410")),
        Some("foreign") => Ok(Err(std::io::Error::other("disk"))?),
        Some("session.ended") => job.event().map(drop),
        _ => Ok(()),
    })
    .policy(at_once(3))
    .timeout(Duration::from_millis(50));
    let running = Running::start(Worker::new(store.clone()).handler(handler));
    until(&store, Filter::dead(), 6).await;
    until(&store, Filter::all().state(State::Done), 1).await;
    running.stop().await;

    for (kind, reason, attempts, error) in [
        ("transient", None, vec![Transient, Transient, Succeeded], None),
        ("permanent", Some(DeadReason::Permanent), vec![Permanent], Some("no such user")),
        ("panic", Some(DeadReason::Attempts), vec![Transient; 3], Some("the handler panicked")),
        ("late", Some(DeadReason::Attempts), vec![Transient; 3], Some("the handler took longer than 50ms")),
        ("gone", Some(DeadReason::Gone), vec![Gone], Some("410")),
        ("foreign", Some(DeadReason::Attempts), vec![Transient; 3], Some("disk")),
        ("session.ended", Some(DeadReason::Permanent), vec![Permanent], Some("at `data`")),
    ] {
        let event = store.list(&Filter::all().kind(kind), Page::first(1)).await.unwrap().pop().unwrap();
        assert_eq!(event.reason, reason, "{kind}");
        assert_eq!(statuses(&store, event.id).await, attempts, "{kind}");
        let last = store.attempts(event.id).await.unwrap().pop().unwrap().error;
        match error {
            Some(error) => assert!(last.as_deref().unwrap().contains(error), "{kind}: {last:?}"),
            None => assert_eq!(last, None, "{kind}"),
        }
    }
    let stats = store.stats(Range::all()).await.unwrap().summary;
    assert_eq!((stats.total_processed, stats.total_failed, stats.total_retries), (1, 6, 8));

    // The model was mended, the other side is back: all dead letters run again.
    assert_eq!(store.replay(&Replay::Matching(Filter::dead())).await.unwrap(), 6);
    let running =
        Running::start(Worker::new(store.clone()).handler(Handler::all(async |_: Job<Clerk>| Ok(()))));
    until(&store, Filter::all().state(State::Done), 7).await;
    running.stop().await;
}

#[tokio::test]
async fn a_paused_handler_waits_and_no_other() {
    let store = MemoryStore::new();
    let inbox = Inbox::new(store.clone());
    let accept = async |kind: &str| {
        inbox.accept(NewEvent::verified("clerk", &assume_verified(b"{}")).kind(kind)).await.unwrap();
    };
    let ok = async |_: Job<Clerk>| Ok(());
    let worker = Worker::new(store.clone())
        .handler(Handler::on("paused", ok).name("billing"))
        .handler(Handler::all(ok));
    let control = worker.control();
    control.pause("billing");
    assert_eq!(control.paused(), ["billing"]);
    let running = Running::start(worker);
    accept("paused").await;
    accept("active").await;
    until(&store, Filter::all().state(State::Done), 1).await;
    until(&store, Filter::all().kind("paused").state(State::Pending), 1).await;
    control.resume("billing");
    until(&store, Filter::all().state(State::Done), 2).await;
    running.stop().await;
}

#[tokio::test]
async fn a_lease_is_extended_while_the_handler_runs() {
    let store = MemoryStore::new();
    let inbox = Inbox::new(store.clone());
    inbox.accept(NewEvent::verified("clerk", &assume_verified(b"{}"))).await.unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let called = Arc::clone(&calls);
    let handler = Handler::all(move |_: Job<Clerk>| {
        called.fetch_add(1, Ordering::Relaxed);
        async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            Ok(())
        }
    });
    let worker = || Worker::new(store.clone()).lease(Duration::from_millis(90));
    let running =
        [Running::start(worker().handler(handler.clone())), Running::start(worker().handler(handler))];
    until(&store, Filter::all().state(State::Done), 1).await;
    for running in running {
        running.stop().await;
    }
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn no_more_run_at_once_than_the_worker_may() {
    let store = MemoryStore::new();
    let batch: Vec<NewEvent> =
        (0..40).map(|_| NewEvent::verified("clerk", &assume_verified(b"{}"))).collect();
    store.accept(&batch).await.unwrap();
    let now = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (counter, highest) = (Arc::clone(&now), Arc::clone(&most));
    let handler = Handler::all(move |_: Job<Clerk>| {
        let (now, most) = (Arc::clone(&counter), Arc::clone(&highest));
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(2)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        }
    });
    let running = Running::start(Worker::new(store.clone()).concurrency(3).handler(handler));
    until(&store, Filter::all().state(State::Done), 40).await;
    running.stop().await;
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_shutdown_lets_attempts_end_or_gives_them_back() {
    let store = MemoryStore::new();
    for kind in ["short", "endless"] {
        store.accept(&[NewEvent::verified("clerk", &assume_verified(b"{}")).kind(kind)]).await.unwrap();
    }
    let begun = Arc::new(Notify::new());
    let begins = Arc::clone(&begun);
    let handler = Handler::all(move |job: Job<Clerk>| {
        let begun = Arc::clone(&begins);
        async move {
            begun.notify_one();
            if job.kind.as_deref() == Some("endless") {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            Ok(())
        }
    });
    let worker = Worker::new(store.clone()).handler(handler).grace(Duration::from_millis(500)).concurrency(2);
    let running = Running::start(worker);
    until(&store, Filter::all().state(State::Leased), 2).await;
    begun.notified().await;
    running.stop().await;
    until(&store, Filter::all().kind("short").state(State::Done), 1).await;
    let endless = store.list(&Filter::all().kind("endless"), Page::first(1)).await.unwrap().pop().unwrap();
    assert_eq!((endless.state, endless.attempts), (State::Pending, 0));
    assert_eq!(statuses(&store, endless.id).await, [AttemptStatus::Released]);
}

#[tokio::test]
async fn a_worker_is_refused_what_it_cannot_do() {
    let ok = async |_: Job<Clerk>| Ok(());
    let worker = || Worker::new(MemoryStore::new());
    let run = async |worker: Worker| worker.run(std::future::ready(())).await.unwrap_err();
    assert_eq!(run(worker()).await, WorkerError::NoHandler);
    let twice = worker().handler(Handler::on("a", ok)).handler(Handler::on("a", ok).name("other"));
    assert_eq!(run(twice).await, WorkerError::SameHandler("other".into()));
    let named = worker().handler(Handler::on("a", ok).name("x")).handler(Handler::on("b", ok).name("x"));
    assert_eq!(run(named).await, WorkerError::SameHandler("x".into()));
    let handler = || Handler::all(ok);
    assert_eq!(run(worker().handler(handler().timeout(Duration::ZERO))).await, WorkerError::Zero("timeout"));
    assert_eq!(run(worker().handler(handler()).lease(Duration::ZERO)).await, WorkerError::Zero("lease"));
    assert_eq!(run(worker().handler(handler()).concurrency(0)).await, WorkerError::Zero("concurrency"));
}

/// A store whose every second call fails.
#[derive(Debug, Clone)]
struct Flaky(MemoryStore, Arc<AtomicUsize>);

impl Flaky {
    fn fails(&self) -> Result<(), StoreError> {
        if self.1.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            return Err(StoreError::unavailable("the database is away"));
        }
        Ok(())
    }
}

#[async_trait]
impl InboxStore for Flaky {
    fn guarantees(&self) -> Guarantees {
        self.0.guarantees()
    }

    async fn accept(&self, events: &[NewEvent]) -> Result<Vec<Receipt>, StoreError> {
        self.fails()?;
        self.0.accept(events).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Claims, StoreError> {
        self.fails()?;
        self.0.claim(claim).await
    }

    async fn extend(&self, held: &Lease, lease: Duration) -> Result<Lease, StoreError> {
        self.fails()?;
        self.0.extend(held, lease).await
    }

    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, StoreError> {
        // It was done, and the answer is lost.
        let settled = self.0.settle(settlements).await;
        self.fails()?;
        settled
    }

    async fn wakeup(&self, routes: &[Route], at_most: Duration) -> Result<(), StoreError> {
        self.fails()?;
        self.0.wakeup(routes, at_most).await
    }
}

#[tokio::test]
async fn a_store_that_fails_is_tried_again() {
    let store = Flaky(MemoryStore::new(), Arc::default());
    let inbox = Inbox::new(store.clone());
    let refused = inbox.receive(&session("msg_1")).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    for number in 0..3 {
        // The sender comes back until it is told 2xx.
        while inbox.receive(&session(&format!("msg_{number}"))).await.is_err() {}
    }
    let calls = Arc::new(AtomicUsize::new(0));
    let called = Arc::clone(&calls);
    let handler = Handler::all(move |_: Job<Clerk>| {
        called.fetch_add(1, Ordering::Relaxed);
        std::future::ready(Ok(()))
    });
    let running = Running::start(Worker::new(store.clone()).handler(handler));
    until(&store.0, Filter::all().state(State::Done), 3).await;
    running.stop().await;
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn events_of_one_record_run_one_after_the_other() {
    let store = MemoryStore::new();
    let inbox = Inbox::new(store.clone()).ordered_by::<RecordEnvelope>("record_id").unwrap();
    for number in 0..20 {
        let record = number % 2;
        let body = format!(
            r#"{{"event_type":"update","source":"supabase","table_name":"t","record_id":{record},"data":{{"n":{number}}}}}"#
        );
        let request = received::<RecordEnvelope>("a-long-enough-secret", "", &body);
        assert!(matches!(inbox.receive(&request).await.unwrap().receipt, Receipt::New(_)));
    }
    let (seen, mut events) = mpsc::unbounded_channel();
    let handler = Handler::all(move |job: Job<RecordEnvelope>| {
        let seen = seen.clone();
        async move {
            // Fails once in a while: the others of its record wait for it all the same.
            if job.attempt == 1 && job.id.as_i64() % 5 == 0 {
                return Err(HandlerError::transient("once more"));
            }
            tokio::task::yield_now().await;
            seen.send(job.event()?.data.clone().unwrap().as_str().to_owned()).unwrap();
            Ok(())
        }
    })
    .policy(at_once(2));
    let running = Running::start(Worker::new(store.clone()).handler(handler));
    until(&store, Filter::all().state(State::Done), 20).await;
    running.stop().await;
    let mut numbers = Vec::new();
    while let Ok(data) = events.try_recv() {
        numbers.push(data[5..data.len() - 1].trim_matches([':', '}']).parse::<u32>().unwrap());
    }
    for record in 0..2 {
        let of_record: Vec<u32> = numbers.iter().copied().filter(|number| number % 2 == record).collect();
        assert_eq!(of_record, (0..20).filter(|number| number % 2 == record).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_loses_nothing() {
    let clock = Clock::system();
    jump(MemoryStore::with_clock(clock.clone()), clock).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_loses_nothing_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    let options = webhook_inbox::SqliteOptions::new().clock(clock.clone());
    jump(options.open(folder.path().join("inbox.db")).unwrap(), clock).await;
}

async fn jump(store: impl InboxStore + InboxAdmin + Clone, clock: Clock) {
    const EVENTS: usize = 300;

    let batch: Vec<NewEvent> =
        (0..EVENTS).map(|_| NewEvent::verified("clerk", &assume_verified(b"{}"))).collect();
    store.accept(&batch).await.unwrap();
    let (seen, mut events) = mpsc::unbounded_channel();
    let handler = Handler::all(move |job: Job<Clerk>| {
        let seen = seen.clone();
        async move {
            seen.send(job.id).unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok(())
        }
    });
    // Each jump ends the leases of all attempts that run, and the two race for their events.
    let worker = || Worker::new(store.clone()).handler(handler.clone());
    let running = [Running::start(worker()), Running::start(worker())];
    let mut ids = std::collections::BTreeSet::new();
    for jump in 1..=4 {
        while ids.len() < EVENTS * jump / 5 {
            ids.insert(events.recv().await.unwrap());
        }
        clock.advance(Duration::from_hours(1));
    }
    until(&store, Filter::all().state(State::Done), EVENTS).await;
    for running in running {
        running.stop().await;
    }
    while let Ok(id) = events.try_recv() {
        ids.insert(id);
    }
    assert_eq!(ids.len(), EVENTS);
}
