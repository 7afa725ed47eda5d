//! The store in PostgreSQL, at a server of these tests' own. Where PostgreSQL is not installed they say that they were
//! skipped.

#![cfg(all(unix, feature = "postgres"))]

use std::collections::{BTreeSet, HashMap, HashSet};
use std::error::Error as _;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};
use webhook_inbox::tokio_postgres;
use webhook_inbox::webhook_core::IdempotencyKey;
use webhook_inbox::{
    Claim, Claims, Clock, DeadReason, Durability, Event, Filter, InboxAdmin, InboxStore, Kinds, NewEvent,
    OpenError, Outcome, Page, PostgresOptions, PostgresStore, Receipt, Route, Settled, Settlement, State,
    StoreError, TransactionalInbox,
};
use webhook_test_postgres::Postgres;
use webhook_verify::danger::assume_verified;

const MINUTE: Duration = Duration::from_mins(1);

/// Nothing here takes so long unless it hangs.
const DEADLINE: Duration = Duration::from_secs(90);

fn options(server: &Postgres, schema: &str) -> PostgresOptions {
    PostgresOptions::new(server.dsn()).schema(schema)
}

async fn store(server: &Postgres, schema: &str) -> PostgresStore {
    options(server, schema).open().await.unwrap()
}

async fn client(server: &Postgres) -> Client {
    let (client, connection) = tokio_postgres::connect(&server.dsn(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn event(body: &str) -> NewEvent {
    NewEvent::verified("shop", &assume_verified(body.as_bytes())).kind("order")
}

fn keyed(key: impl ToString) -> NewEvent {
    let key = key.to_string();
    event(&key).key(Some(IdempotencyKey::new(key)))
}

fn routes() -> Vec<Route> {
    vec![Route::new("shop", Kinds::Except(Vec::new()), NonZeroU32::new(3).unwrap())]
}

async fn claim(store: &PostgresStore, max: usize) -> Claims {
    store.claim(&Claim::new("worker", routes(), max, MINUTE)).await.unwrap()
}

fn done(claims: &Claims) -> Vec<Settlement> {
    let took = Duration::from_millis(1);
    claims.events.iter().map(|event| Settlement::new(event.lease, Outcome::Done, took)).collect()
}

async fn eventually<T>(what: &str, mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = check().await {
            return seen;
        }
        assert!(begun.elapsed() < DEADLINE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[cfg(feature = "conformance")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_keeps_the_contract() {
    use webhook_inbox::conformance::{self, Subject};

    let Some(server) = Postgres::shared() else { return };
    let number = AtomicUsize::new(0);
    let checked = conformance::check(async || {
        let clock = Clock::system();
        let schema = format!("contract_{}", number.fetch_add(1, Ordering::Relaxed));
        let store = options(&server, &schema).connections(8).clock(clock.clone()).open().await.unwrap();
        Subject::new(store, clock)
    })
    .await;
    if let Err(violation) = checked {
        panic!("{violation}");
    }
}
