//! Several stores on one file, as several processes have them.

use std::collections::BTreeMap;
use std::time::Duration;

use webhook_inbox::rusqlite::{Connection, TransactionBehavior};
use webhook_inbox::{
    Clock, EventId, InboxAdmin as _, InboxStore as _, Lease, NewEvent, Receipt, Settled, SqliteOptions,
    SqliteStore, State, StoreError,
};

use crate::{LEASE, claim, claimed, done, event, keyed, place, queued};

#[tokio::test]
async fn two_stores_on_one_file_are_one_inbox() {
    let (_folder, path) = place();
    let stores = [SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap()];
    let mut calls = tokio::task::JoinSet::new();
    for n in 0..200 {
        let store = stores[n % 2].clone();
        // Each key comes to both.
        calls.spawn(async move { store.accept(&[keyed(&(n / 2).to_string())]).await.unwrap().remove(0) });
    }
    let receipts = calls.join_all().await;
    let new = receipts.iter().filter(|receipt| matches!(receipt, Receipt::New(_))).count();
    assert_eq!(new, 100);

    let mut claims = tokio::task::JoinSet::new();
    for n in 0..20 {
        let store = stores[n % 2].clone();
        claims.spawn(async move { store.claim(&claim("worker", 10)).await.unwrap().events });
    }
    let mut ids: Vec<EventId> = claims.join_all().await.concat().iter().map(|one| one.lease.event).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 100);
    stores[0].close().await;
    assert!(stores[1].integrity_check().await.unwrap().is_empty());
}

/// The endpoint and the worker are often two processes.
#[tokio::test]
async fn what_another_store_accepts_wakes_this_one() {
    let (_folder, path) = place();
    let (worker, endpoint) = (SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap());
    let routes = claim("worker", 1).routes;
    let mut waiting = queued(worker.wakeup(&routes, Duration::from_hours(1)));
    // It has looked, and found nothing.
    let early = tokio::time::timeout(Duration::from_millis(400), &mut waiting).await;
    assert!(early.is_err(), "woken by nothing: {early:?}");
    endpoint.accept(&[event("first")]).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it is not woken").unwrap();
    assert_eq!(claimed(&worker, 1).await.events.len(), 1);
}

#[tokio::test]
async fn who_writes_too_long_makes_the_others_try_again() {
    let (_folder, path) = place();
    let patience = Duration::from_millis(50);
    let store = SqliteOptions::new().busy_timeout(patience).open(&path).unwrap();
    let mut other = Connection::open(&path).unwrap();
    let long = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    assert!(matches!(store.accept(&[event("first")]).await, Err(StoreError::Unavailable(_))));
    // Reading goes on.
    assert!(store.event(EventId::from_i64(1)).await.unwrap().is_none());
    long.rollback().unwrap();
    store.accept(&[event("first")]).await.unwrap();
}

/// Two workers whose leases end again and again while they work: each event counts once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn expired_leases_settle_nothing() {
    const EVENTS: usize = 60;

    let (_folder, path) = place();
    let clock = Clock::system();
    let open = || SqliteOptions::new().clock(clock.clone()).open(&path).unwrap();
    let stores = [open(), open()];
    let events: Vec<NewEvent> = (0..EVENTS).map(|n| event(&n.to_string())).collect();
    stores[0].accept(&events).await.unwrap();

    // Both take everything, one after the other, and the first comes back late.
    let first: Vec<Lease> = claimed(&stores[0], EVENTS).await.events.iter().map(|one| one.lease).collect();
    clock.advance(LEASE);
    let second: Vec<Lease> = claimed(&stores[1], EVENTS).await.events.iter().map(|one| one.lease).collect();
    assert_eq!((first.len(), second.len()), (EVENTS, EVENTS));
    let mut calls = tokio::task::JoinSet::new();
    for (worker, leases) in [(0, first), (1, second)] {
        for lease in leases {
            let store = stores[worker].clone();
            calls.spawn(async move { (worker, lease.event, store.settle(&[done(lease)]).await.unwrap()[0]) });
        }
    }
    let mut settled: BTreeMap<EventId, usize> = BTreeMap::new();
    for (worker, id, outcome) in calls.join_all().await {
        assert_eq!(outcome, if worker == 1 { Settled::Yes } else { Settled::LeaseLost });
        *settled.entry(id).or_default() += usize::from(outcome == Settled::Yes);
    }
    assert!(settled.len() == EVENTS && settled.values().all(|times| *times == 1), "{settled:?}");
    for id in settled.into_keys() {
        let attempts = stores[0].attempts(id).await.unwrap();
        let statuses: Vec<&str> = attempts.iter().map(|attempt| attempt.status.as_str()).collect();
        assert_eq!(statuses, ["cut_off", "succeeded"]);
        assert_eq!(stores[0].event(id).await.unwrap().unwrap().state, State::Done);
    }
}

/// Readers hold the log, and it is cut back when they leave.
#[tokio::test]
async fn the_log_does_not_grow_for_ever() {
    let (folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let body = "x".repeat(1_000_000);
    let mut largest = 0;
    for _ in 0..150 {
        store.accept(&[event(&body)]).await.unwrap();
        store.list(&webhook_inbox::Filter::all(), webhook_inbox::Page::first(1)).await.unwrap();
        let log = std::fs::metadata(folder.path().join("inbox.db-wal")).unwrap().len();
        largest = largest.max(log);
    }
    assert!(largest < 40 * 1024 * 1024, "{largest} bytes");
}
