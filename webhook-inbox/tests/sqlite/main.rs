//! The SQLite store: the contract, and what no suite can see from outside.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]
#![allow(clippy::arithmetic_side_effects, clippy::format_push_string, reason = "helpers of tests")]

mod opening;
mod overload;
mod sharing;
mod transactions;
mod twin;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use webhook_inbox::webhook_core::IdempotencyKey;
use webhook_inbox::{
    Claim, Claims, Clock, DeadReason, EventId, Filter, InboxAdmin as _, InboxStore as _, Keep, Kinds, Lease,
    NewEvent, Outcome, Range, Replay, Retention, Route, Settlement, SqliteOptions, SqliteStore, State,
    StoreError,
};
use webhook_verify::danger::assume_verified;

const LEASE: Duration = Duration::from_mins(1);

/// An empty folder and a file in it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inbox.db");
    (folder, path)
}

fn event(body: &str) -> NewEvent {
    NewEvent::verified("shop", &assume_verified(body.as_bytes())).kind("order.paid")
}

fn keyed(key: &str) -> NewEvent {
    event(key).key(Some(IdempotencyKey::new(key)))
}

fn claim(worker: &str, max: usize) -> Claim {
    let all = Route::new("shop", Kinds::Except(Vec::new()), 3.try_into().unwrap());
    Claim::new(worker, vec![all], max, LEASE)
}

async fn claimed(store: &SqliteStore, max: usize) -> Claims {
    store.claim(&claim("worker", max)).await.unwrap()
}

const fn done(lease: Lease) -> Settlement {
    Settlement::new(lease, Outcome::Done, Duration::from_millis(5))
}

/// Queues a call: what is asked of the store once is with the store.
fn queued<F: Future>(call: F) -> std::pin::Pin<Box<F>> {
    let mut call = Box::pin(call);
    let polled = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Pending), "the call did not wait");
    call
}

/// Holds the writer until the sender is used or dropped.
async fn hold(store: &SqliteStore) -> (mpsc::Sender<()>, tokio::task::JoinHandle<Result<(), StoreError>>) {
    let (release, held) = mpsc::channel();
    let (started, running) = tokio::sync::oneshot::channel();
    let store = store.clone();
    let call = tokio::spawn(async move {
        let wait = move |_: &webhook_inbox::SqliteTransaction<'_>| {
            let _ = started.send(());
            let _ = held.recv();
            Ok(())
        };
        store.write(wait).await
    });
    running.await.unwrap();
    (release, call)
}

/// Commits in the write-ahead log: frames that say how large the file is after them
/// (<https://sqlite.org/fileformat2.html#the_write_ahead_log>). Only the log's first round is counted.
fn commits(path: &Path) -> usize {
    const HEADER: usize = 32;
    const FRAME: usize = 24 + 4096;

    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = std::fs::read(log).unwrap();
    let salts = &log[16..24];
    let frames = log[HEADER..].chunks_exact(FRAME);
    frames.filter(|frame| &frame[8..16] == salts && frame[4..8] != [0; 4]).count()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[cfg(feature = "conformance")]
#[tokio::test]
async fn it_keeps_the_contract() {
    use webhook_inbox::conformance::{Subject, check};

    let folder = tempfile::tempdir().unwrap();
    let files = std::cell::Cell::new(0);
    let checked = check(async || {
        files.set(files.get() + 1);
        let clock = Clock::system();
        let path = folder.path().join(format!("{}.db", files.get()));
        Subject::new(SqliteOptions::new().clock(clock.clone()).open(path).unwrap(), clock)
    });
    checked.await.unwrap();
}

#[tokio::test]
async fn calls_that_wait_share_a_commit() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.accept(&[event("first")]).await.unwrap();
    let before = commits(&path);
    let lease = claimed(&store, 1).await.events[0].lease;
    assert_eq!(commits(&path), before + 1);

    let (release, held) = hold(&store).await;
    let events: Vec<[NewEvent; 1]> = (0..50).map(|n| [keyed(&n.to_string())]).collect();
    let accepts: Vec<_> = events.iter().map(|event| queued(store.accept(event))).collect();
    let settlements = [done(lease)];
    let settle = queued(store.settle(&settlements));
    assert_eq!(commits(&path), before + 1);
    release.send(()).unwrap();
    for accept in accepts {
        accept.await.unwrap();
    }
    settle.await.unwrap();
    held.await.unwrap().unwrap();
    assert_eq!(commits(&path), before + 2);
}

#[tokio::test]
async fn a_commit_reaches_the_disk() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let settings = store.write(|transaction| {
        let setting = |name| transaction.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let mode: String = transaction.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        Ok::<_, StoreError>((mode, setting("synchronous")?, setting("mmap_size")?))
    });
    // 2 is FULL.
    assert_eq!(settings.await.unwrap(), ("wal".to_owned(), 2, 0));
}

#[tokio::test]
async fn nobody_who_left_is_served() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.accept(&[event("first")]).await.unwrap();
    let (release, held) = hold(&store).await;
    let request = claim("worker", 1);
    drop(queued(store.claim(&request)));
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    let claims = claimed(&store, 1).await;
    assert_eq!(claims.events[0].attempt, 1, "the claim that nobody waited for took the event");
}

/// What is stored while a replay goes on is not replayed, so that it has an end.
#[tokio::test]
async fn a_replay_ends_with_what_was_there() {
    // More than one step of a replay.
    const EVENTS: usize = 400;

    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.accept(&vec![event("x"); EVENTS]).await.unwrap();
    for _ in 0..2 {
        let claims = claimed(&store, EVENTS).await;
        let settlements: Vec<Settlement> = claims.events.iter().map(|event| done(event.lease)).collect();
        store.settle(&settlements).await.unwrap();
    }
    let (release, held) = hold(&store).await;
    let all = Replay::Matching(Filter::all());
    let mut replay = queued(store.replay(&all));
    // Until its first step waits for the writer: each question to the reader is answered before the next.
    for _ in 0..3 {
        store.event(EventId::from_i64(1)).await.unwrap();
        let polled = replay.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    }
    // Stored and finished before the second step looks.
    let late = store.write(|transaction| {
        transaction.execute_batch(
            "INSERT INTO inbox_events (source, digest, state, received_at, series_began, finished_at)
                 VALUES ('shop', x'', 3, 0, 0, 0);
             INSERT INTO inbox_bodies VALUES (last_insert_rowid(), x'')",
        )?;
        Ok::<_, StoreError>(())
    });
    let late = queued(late);
    release.send(()).unwrap();
    late.await.unwrap();
    assert_eq!(replay.await.unwrap(), u64::try_from(EVENTS).unwrap());
    held.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_event_that_lost_its_body_is_a_dead_letter_alone() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let ordered = |body| event(body).ordering("order 7");
    store.accept(&[event("first"), ordered("lost"), ordered("next"), event("last")]).await.unwrap();
    let damage = |transaction: &webhook_inbox::SqliteTransaction<'_>| {
        transaction.execute("DELETE FROM inbox_bodies WHERE event = 2", [])?;
        Ok::<_, StoreError>(())
    };
    store.write(damage).await.unwrap();
    let claims = claimed(&store, 9).await;
    let bodies: Vec<&[u8]> = claims.events.iter().map(|event| &event.body[..]).collect();
    assert_eq!((bodies, claims.buried), (vec![&b"first"[..], b"last"], vec![EventId::from_i64(2)]));
    let lost = store.event(EventId::from_i64(2)).await.unwrap().unwrap();
    assert_eq!((lost.state, lost.reason), (State::Dead, Some(DeadReason::Permanent)));
    assert_eq!(claimed(&store, 9).await.events[0].body, "next");
}

/// When they were finished is not kept.
#[tokio::test]
async fn what_was_purged_is_counted_in_no_part_of_the_time() {
    let (_folder, path) = place();
    let clock = Clock::system();
    let store = SqliteOptions::new().clock(clock.clone()).open(&path).unwrap();
    let began = clock.now();
    store.accept(&[event("x")]).await.unwrap();
    let claims = claimed(&store, 1).await;
    store.settle(&[done(claims.events[0].lease)]).await.unwrap();
    clock.advance(LEASE);
    let until = Range::all().until(clock.now());
    let processed = async |range| store.stats(range).await.unwrap().summary.total_processed;
    assert_eq!((processed(Range::all()).await, processed(until).await), (1, 1));
    store.purge(&Retention::new(Keep::DEFAULT.bodies(LEASE))).await.unwrap();
    assert_eq!((processed(Range::all()).await, processed(until).await), (1, 0));
    assert_eq!(processed(Range::since(began)).await, 0);
}
