//! The store in PostgreSQL, at a server of these tests' own. Where PostgreSQL is not installed they say that they were
//! skipped.

#![cfg(all(unix, feature = "postgres"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::arithmetic_side_effects, clippy::too_many_lines, reason = "tests")]

mod accepting;
mod claiming;
mod servers;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::error::Error as _;
use std::io::Write as _;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};
use webhook_inbox::tokio_postgres;
use webhook_inbox::webhook_core::{IdempotencyKey, UnixMillis};
use webhook_inbox::webhook_retry::Class;
use webhook_inbox::{
    AttemptFailure, Claim, Claims, Clock, Durability, Event, Filter, InboxAdmin, InboxStore, Kinds, NewEvent,
    OpenError, Outcome, Page, PostgresOptions, PostgresStore, Range, Receipt, Replay, Retention, Route,
    Settled, Settlement, State, StoreError, TransactionalInbox,
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

fn keyed(key: impl std::fmt::Display) -> NewEvent {
    let key = format!("{key}");
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

/// A call that has begun and waits.
fn queued<F: Future>(call: F) -> Pin<Box<F>> {
    let mut call = Box::pin(call);
    let polled = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Pending), "the call did not wait");
    call
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_with_the_same_key_is_new() {
    let Some(server) = Postgres::shared() else { return };
    // Two stores are two processes, as far as the server can tell.
    let stores = [store(&server, "same_key").await, store(&server, "same_key").await];
    for round in 0..5 {
        let mut tasks = JoinSet::new();
        for task in 0..32 {
            let store = stores[task % 2].clone();
            tasks.spawn(async move { store.accept(&[keyed(round)]).await.unwrap().remove(0) });
        }
        let receipts = tasks.join_all().await;
        let new: Vec<&Receipt> =
            receipts.iter().filter(|receipt| matches!(receipt, Receipt::New(_))).collect();
        assert_eq!(new.len(), 1);
        assert!(receipts.iter().all(|receipt| receipt.id() == new[0].id()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ordered_events_follow_each_other() {
    const KEYS: usize = 5;
    const EVENTS: usize = 40;

    let Some(server) = Postgres::shared() else { return };
    let stores = [store(&server, "ordered").await, store(&server, "ordered").await];
    let mut accepting = JoinSet::new();
    for key in 0..KEYS {
        for store in stores.clone() {
            // Two senders for each key, who do not wait for each other.
            accepting.spawn(async move {
                for _ in 0..EVENTS / 2 {
                    let event = event("x").ordering(format!("key {key}"));
                    store.accept(&[event]).await.unwrap();
                }
            });
        }
    }
    let running: Arc<std::sync::Mutex<HashMap<String, i64>>> = Arc::default();
    let done_count = Arc::new(AtomicUsize::new(0));
    let mut working = JoinSet::new();
    for worker in 0..4 {
        let (store, running, done_count) =
            (stores[worker % 2].clone(), Arc::clone(&running), Arc::clone(&done_count));
        working.spawn(async move {
            let mut seen: Vec<(String, i64)> = Vec::new();
            let begun = Instant::now();
            while done_count.load(Ordering::Relaxed) < KEYS * EVENTS {
                assert!(begun.elapsed() < DEADLINE, "{} were processed", done_count.load(Ordering::Relaxed));
                let claims = claim(&store, 3).await;
                for event in &claims.events {
                    let (key, id) = (event.ordering_key.clone().unwrap(), event.lease.event.as_i64());
                    let other = running.lock().unwrap().insert(key.clone(), id);
                    assert_eq!(other, None, "another event of {key} runs");
                    seen.push((key, id));
                }
                tokio::task::yield_now().await;
                for event in &claims.events {
                    running.lock().unwrap().remove(event.ordering_key.as_ref().unwrap());
                }
                let settlements = done(&claims);
                let settled = store.settle(&settlements).await.unwrap();
                assert!(settled.iter().all(|settled| *settled == Settled::Yes));
                done_count.fetch_add(settled.len(), Ordering::Relaxed);
                if claims.events.is_empty() {
                    store.wakeup(&routes(), Duration::from_millis(20)).await.unwrap();
                }
            }
            seen
        });
    }
    accepting.join_all().await;
    working.join_all().await;
    let finished = stores[0].list(&Filter::all(), Page::first(1000)).await.unwrap();
    assert_eq!(finished.len(), KEYS * EVENTS);
    assert!(finished.iter().all(|event| event.state == State::Done));
    // The order of the numbers is the order of the ends.
    for key in 0..KEYS {
        let key = format!("key {key}");
        let of_key = finished.iter().rev().filter(|event| event.ordering_key.as_ref() == Some(&key));
        assert!(of_key.is_sorted_by_key(|event| event.finished_at), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_worker_that_lost_its_lease_changes_nothing() {
    let Some(server) = Postgres::shared() else { return };
    let clock = Clock::system();
    let open = async || options(&server, "race").clock(clock.clone()).open().await.unwrap();
    let (slow, fast) = (open().await, open().await);
    let batch: Vec<NewEvent> = (0..50).map(keyed).collect();
    slow.accept(&batch).await.unwrap();
    let lost = claim(&slow, 50).await;
    assert_eq!(lost.events.len(), 50);
    clock.advance(MINUTE);

    // The second worker claims while the first one settles: each event belongs to one of them.
    let settlements = done(&lost);
    let settling = async {
        let mut settled = Vec::new();
        for chunk in settlements.chunks(5) {
            settled.extend(slow.settle(chunk).await.unwrap());
        }
        settled
    };
    let claiming = async {
        let mut claimed = Vec::new();
        for _ in 0..10 {
            claimed.extend(claim(&fast, 5).await.events);
        }
        claimed
    };
    let (settled, claimed) = tokio::join!(settling, claiming);
    let kept: HashSet<_> = settlements
        .iter()
        .zip(&settled)
        .filter(|(_, settled)| **settled == Settled::Yes)
        .map(|(settlement, _)| settlement.lease.event)
        .collect();
    let taken: HashSet<_> = claimed.iter().map(|event| event.lease.event).collect();
    assert!(kept.is_disjoint(&taken), "an event was settled by one and claimed by the other");
    let rest = claim(&fast, 50).await;
    let claims = Claims::new(claimed.into_iter().chain(rest.events).collect(), Vec::new());
    assert_eq!(kept.len() + claims.events.len(), 50);
    assert!(claims.events.iter().all(|event| event.attempt == 2));
    for settlement in &settlements {
        let late = slow.settle(std::slice::from_ref(settlement)).await.unwrap()[0];
        let expected = if kept.contains(&settlement.lease.event) { Settled::Yes } else { Settled::LeaseLost };
        assert_eq!(late, expected);
        if expected == Settled::LeaseLost {
            let extended = slow.extend(&settlement.lease, MINUTE).await;
            assert!(matches!(extended, Err(StoreError::LeaseLost)), "{extended:?}");
        }
    }
    assert!(fast.settle(&done(&claims)).await.unwrap().iter().all(|settled| *settled == Settled::Yes));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_when_the_server_is_killed() {
    const KILLS: usize = 4;

    let Some(mut server) = Postgres::start() else { return };
    let clock = Clock::system();
    let store = options(&server, "killed").clock(clock.clone()).open().await.unwrap();
    let ended = Arc::new(AtomicBool::new(false));
    let accepted = Arc::new(AtomicUsize::new(0));
    let mut senders = JoinSet::new();
    for sender in 0..8 {
        let (store, ended, accepted) = (store.clone(), Arc::clone(&ended), Arc::clone(&accepted));
        senders.spawn(async move {
            // Each sender repeats what was not answered with success, as webhook senders do.
            let (mut answered, mut failures) = (Vec::new(), 0_usize);
            while !ended.load(Ordering::Relaxed) {
                let key = format!("{sender}-{}", answered.len());
                match store.accept(&[keyed(&key)]).await {
                    Ok(_) => {
                        answered.push(key);
                        accepted.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(error) => {
                        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
                        failures += 1;
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
            }
            (answered, failures)
        });
    }
    let mut workers = JoinSet::new();
    for worker in 0..2 {
        let (store, ended) = (store.clone(), Arc::clone(&ended));
        workers.spawn(async move {
            let claim = Claim::new(format!("worker {worker}"), routes(), 16, MINUTE);
            let mut processed = Vec::new();
            while !ended.load(Ordering::Relaxed) {
                let Ok(claims) = store.claim(&claim).await else {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    continue;
                };
                processed.extend(claims.events.iter().map(|event| event.key.clone().unwrap()));
                // A settlement that fails is not repeated here: its lease ends.
                let _ = store.settle(&done(&claims)).await;
                if claims.events.is_empty() {
                    let _ = store.wakeup(&routes(), Duration::from_millis(20)).await;
                }
            }
            processed
        });
    }
    for kill in 0..KILLS {
        let before = accepted.load(Ordering::Relaxed);
        eventually(&format!("events after {kill} kills"), async || {
            (accepted.load(Ordering::Relaxed) > before + 50).then_some(())
        })
        .await;
        // The server is a blocking matter; the load goes on.
        server = tokio::task::spawn_blocking(move || {
            server.kill();
            server.restart();
            server
        })
        .await
        .unwrap();
    }
    let before = accepted.load(Ordering::Relaxed);
    eventually("events after the last kill", async || {
        (accepted.load(Ordering::Relaxed) > before + 50).then_some(())
    })
    .await;
    ended.store(true, Ordering::Relaxed);
    let mut processed: HashMap<String, usize> = HashMap::new();
    for key in workers.join_all().await.into_iter().flatten() {
        *processed.entry(key.as_str().to_owned()).or_default() += 1;
    }
    let (mut answered, mut failures) = (BTreeSet::new(), 0);
    for (keys, failed) in senders.join_all().await {
        answered.extend(keys);
        failures += failed;
    }
    assert!(failures > 0, "no sender has noticed the kills");

    // What is left, with the leases of what was cut off.
    clock.advance(MINUTE * 2);
    loop {
        let claims = claim(&store, 200).await;
        assert!(claims.buried.is_empty(), "an attempt was counted that was not handed out: {claims:?}");
        if claims.events.is_empty() {
            break;
        }
        for event in &claims.events {
            *processed.entry(event.key.as_ref().unwrap().as_str().to_owned()).or_default() += 1;
        }
        store.settle(&done(&claims)).await.unwrap();
    }
    for key in &answered {
        assert!(processed.contains_key(key), "{key} was answered and is lost");
    }
    let mut stored = client(&server).await;
    let counts = stored
        .transaction()
        .await
        .unwrap()
        .query_one(
            "SELECT count(*), count(DISTINCT key), count(*) FILTER (WHERE state = 3) FROM killed.events",
            &[],
        )
        .await
        .unwrap();
    let (rows, keys, finished): (i64, i64, i64) = (counts.get(0), counts.get(1), counts.get(2));
    assert_eq!((rows, rows), (keys, finished), "rows, keys and processed events");
    assert!(usize::try_from(rows).unwrap() >= answered.len());
}

/// A small disk of the test's own, which is taken away when this is dropped.
struct Disk(std::path::PathBuf);

impl Disk {
    /// None where this process may not mount one.
    fn mount(folder: &std::path::Path) -> Option<Self> {
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=160m,mode=1777", "webhook-inbox-test"]).arg(folder);
        let mounted = mount.stderr(std::process::Stdio::null()).status().is_ok_and(|status| status.success());
        if !mounted {
            // Not by `eprintln!`, which a passing test swallows.
            let _ = writeln!(std::io::stderr(), "skipped: this process may not mount a small disk");
        }
        mounted.then(|| Self(folder.to_owned()))
    }

    /// Takes all room but `left` MiB, and gives the files that hold it.
    fn fill(&self, left: usize) -> Vec<std::path::PathBuf> {
        let mut spare: Vec<std::path::PathBuf> = Vec::new();
        loop {
            let path = self.0.join(format!("spare-{}", spare.len()));
            let full = std::fs::write(&path, vec![0; 1024 * 1024]).is_err();
            spare.push(path);
            if full {
                break;
            }
        }
        for path in spare.drain(..=left) {
            std::fs::remove_file(path).unwrap();
        }
        spare
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_an_error_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(folder.path()) else { return };
    let Some(server) = Postgres::start_in(folder.path()) else { return };
    let store = store(&server, "full").await;
    let spare = disk.fill(8);
    let mut answered = Vec::new();
    let refused = loop {
        let key = format!("key {}", answered.len());
        // Large, and not to be compressed away.
        let digits: String = (0_u64..6000).map(|n| (n * 2_654_435_761 % 4_294_967_291).to_string()).collect();
        match store.accept(&[event(&digits).key(Some(IdempotencyKey::new(key.as_str())))]).await {
            Ok(_) => answered.push(key),
            Err(error) => break error,
        }
        assert!(answered.len() < 10_000, "the disk is never full");
    };
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    for path in spare {
        std::fs::remove_file(path).unwrap();
    }
    // The server may have ended itself over its full log, and starts again.
    eventually("an event after there is room", async || store.accept(&[keyed("later")]).await.ok()).await;
    answered.push("later".to_owned());
    for key in &answered {
        let again = store.accept(&[keyed(key)]).await.unwrap();
        assert!(matches!(again[..], [Receipt::Duplicate(_)]), "{key} was answered and is lost");
    }
    drop(server);
    drop(disk);
}

#[tokio::test]
async fn an_effect_happens_once() {
    let Some(server) = Postgres::shared() else { return };
    let clock = Clock::system();
    let store = options(&server, "effects").clock(clock.clone()).open().await.unwrap();
    let mut own = client(&server).await;
    own.batch_execute("CREATE TABLE paid (number text)").await.unwrap();
    let count =
        async |own: &Client| own.query_one("SELECT count(*) FROM paid", &[]).await.unwrap().get::<_, i64>(0);
    let took = Duration::from_millis(7);

    store.accept(&[event("1").ordering("order 1"), event("2").ordering("order 1")]).await.unwrap();
    let lost = claim(&store, 1).await.events.remove(0).lease;

    // Not committed: nothing has happened.
    let transaction = store.within(own.transaction().await.unwrap());
    transaction.execute("INSERT INTO paid VALUES ('1')", &[]).await.unwrap();
    transaction.settle(&Settlement::new(lost, Outcome::Done, took)).await.unwrap();
    drop(transaction);
    assert_eq!(count(&own).await, 0);
    assert_eq!(store.event(lost.event).await.unwrap().unwrap().state, State::Leased);

    // The attempt after the lease has ended wins, and the first one's rows are rolled back.
    clock.advance(MINUTE);
    let held = claim(&store, 1).await.events.remove(0).lease;
    assert_eq!(held.event, lost.event);
    for (lease, expected) in [(lost, false), (held, true), (held, false), (lost, false)] {
        let mut transaction = store.within(own.transaction().await.unwrap());
        transaction.execute("INSERT INTO paid VALUES ('1')", &[]).await.unwrap();
        let settlement = Settlement::new(lease, Outcome::Done, took);
        match PostgresStore::settle_in(&mut transaction, &settlement).await {
            Ok(()) => {
                assert!(expected, "{lease:?} settled");
                transaction.commit().await.unwrap();
            }
            Err(error) => assert!(matches!(error, StoreError::LeaseLost) && !expected, "{error:?}"),
        }
    }
    assert_eq!(count(&own).await, 1);
    let attempts = store.attempts(held.event).await.unwrap();
    assert_eq!(attempts[1].duration_ms, Some(7));

    // The next of its ordering key was let run, in the same commit.
    let next = claim(&store, 1).await.events.remove(0);
    assert_eq!(&next.body[..], b"2");
    let isolated = own.build_transaction().isolation_level(tokio_postgres::IsolationLevel::RepeatableRead);
    let transaction = store.within(isolated.start().await.unwrap());
    let refused = transaction.settle(&Settlement::new(next.lease, Outcome::Done, took)).await;
    assert!(matches!(refused, Err(StoreError::Unsupported(_))), "{refused:?}");
    drop(transaction);
    let transaction = store.within(own.transaction().await.unwrap());
    transaction.settle(&Settlement::new(next.lease, Outcome::Release, took)).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(claim(&store, 1).await.events.remove(0).attempt, 1);
}

#[tokio::test]
async fn opening_says_what_is_wrong() {
    let Some(mut server) = Postgres::start() else { return };
    for address in
        ["", "postgres://", "nonsense", "postgres://inbox@127.0.0.1:port/postgres", "mysql://a@b/c"]
    {
        let error = PostgresStore::open(address).await.unwrap_err();
        assert!(matches!(error, OpenError::Address(_)), "{address}: {error:?}");
    }
    let error = options(&server, "Upper case").open().await.unwrap_err();
    assert!(matches!(error, OpenError::Address(_)), "{error:?}");
    let error = options(&server, "any").certificate_authority("/nowhere.pem").open().await.unwrap_err();
    assert!(matches!(error, OpenError::Address(_)), "{error:?}");
    let error = PostgresStore::open("postgres://inbox@127.0.0.1:1/postgres").await.unwrap_err();
    assert!(matches!(error, OpenError::Unreachable(_)), "{error:?}");
    let address = server.dsn().replace("/postgres", "/missing").replace("missing://", "postgres://");
    let error = PostgresStore::open(&address).await.unwrap_err();
    assert!(matches!(error, OpenError::Unreachable(_)), "{error:?}");

    // A schema that a newer release has written, and one that is as it should be.
    let own = client(&server).await;
    drop(store(&server, "newer").await);
    own.batch_execute("UPDATE newer.schema_version SET version = 1000").await.unwrap();
    let error = options(&server, "newer").open().await.unwrap_err();
    assert!(matches!(error, OpenError::NewerSchema { found: 1000, .. }), "{error:?}");
    own.batch_execute("UPDATE newer.schema_version SET version = 2").await.unwrap();
    drop(store(&server, "newer").await);

    // A user who may do nothing, one who may read, and one who may do what is needed.
    own.batch_execute("CREATE USER guest PASSWORD 'secret-word'").await.unwrap();
    let guest = server.dsn().replace("inbox@", "guest:secret-word@");
    let open = async |schema: &str| PostgresOptions::new(&guest).schema(schema).open().await;
    let error = open("guests").await.unwrap_err();
    assert!(matches!(error, OpenError::Migration { found: 0, .. }), "{error:?}");
    own.batch_execute(
        "GRANT USAGE ON SCHEMA newer TO guest; GRANT SELECT ON ALL TABLES IN SCHEMA newer TO guest",
    )
    .await
    .unwrap();
    let error = open("newer").await.unwrap_err();
    assert!(matches!(error, OpenError::ReadOnly(_)), "{error:?}");
    own.batch_execute(
        "GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA newer TO guest;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA newer TO guest",
    )
    .await
    .unwrap();
    let limited = open("newer").await.unwrap();
    limited.accept(&[keyed(1)]).await.unwrap();
    assert_eq!(claim(&limited, 9).await.events.len(), 1);

    // The password is checked, and is in no text.
    server.write("pg_hba.conf", "host all all 127.0.0.1/32 scram-sha-256\n");
    server.reload();
    let wrong = guest.replace("secret-word", "wrong-word");
    let error = eventually("the wrong password is refused", async || {
        PostgresOptions::new(&wrong).schema("newer").open().await.err()
    })
    .await;
    assert!(matches!(error, OpenError::Unreachable(_)), "{error:?}");
    let texts = format!("{error:?} {error} {} {:?}", error.source().unwrap(), PostgresOptions::new(&wrong));
    assert!(!texts.contains("wrong-word"), "{texts}");
    let limited = open("newer").await.unwrap();
    assert!(!format!("{limited:?}").contains("secret-word"));
    server.write("pg_hba.conf", "host all all 127.0.0.1/32 trust\n");
    server.reload();

    // Read-only sessions, and then a standby.
    let address = format!("{}?options=-c%20default_transaction_read_only%3Don", server.dsn());
    let error = PostgresOptions::new(address).schema("newer").open().await.unwrap_err();
    assert!(matches!(error, OpenError::ReadOnly(_)), "{error:?}");
    drop(limited);
    let server = tokio::task::spawn_blocking(move || {
        server.stop();
        server.write("standby.signal", "");
        server.restart();
        server
    })
    .await
    .unwrap();
    let error = options(&server, "newer").open().await.unwrap_err();
    assert!(matches!(error, OpenError::ReadOnly(_)), "{error:?}");
}

#[tokio::test]
async fn connections_are_encrypted_as_asked() {
    let Some(mut server) = Postgres::start() else { return };
    let trusted = store(&server, "plain").await;
    assert_eq!(trusted.guarantees().durability, Durability::Power);
    drop(trusted);
    let open = async |server: &Postgres, mode: &str, authority: Option<&std::path::Path>| {
        let address = format!("{}?sslmode={mode}", server.dsn());
        let options = PostgresOptions::new(address).schema("plain");
        match authority {
            Some(file) => options.certificate_authority(file).open().await,
            None => options.open().await,
        }
    };
    let error = open(&server, "require", None).await.unwrap_err();
    assert!(matches!(error, OpenError::Unreachable(_)), "a server without TLS: {error:?}");

    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (authority, stranger) = (folder.path().join("authority.pem"), folder.path().join("stranger.pem"));
    std::fs::write(&authority, own.cert.pem()).unwrap();
    std::fs::write(&stranger, other.cert.pem()).unwrap();
    server.write("server.crt", &own.cert.pem());
    server.write("server.key", &own.signing_key.serialize_pem());
    server.configure("ssl = on\nfsync = off");
    let server = tokio::task::spawn_blocking(move || {
        server.restart();
        server
    })
    .await
    .unwrap();

    for (mode, authority, encrypted) in [
        ("disable", None, Some(false)),
        ("prefer", None, Some(true)),
        ("prefer", Some(&authority), Some(true)),
        ("prefer", Some(&stranger), None),
        ("require", None, None),
        ("require", Some(&authority), Some(true)),
        ("verify-full", Some(&authority), Some(true)),
        ("require", Some(&stranger), None),
    ] {
        let opened = open(&server, mode, authority.map(std::path::PathBuf::as_path)).await;
        match (opened, encrypted) {
            (Err(error), None) => {
                assert!(matches!(error, OpenError::Unreachable(_)), "{mode} {authority:?}: {error:?}");
            }
            (Ok(store), Some(encrypted)) => {
                store.accept(&[event("x")]).await.unwrap();
                let seen = client(&server)
                    .await
                    .query_one(
                        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                        WHERE application_name = 'webhook-inbox'",
                        &[],
                    )
                    .await
                    .unwrap();
                assert_eq!(seen.get::<_, bool>(0), encrypted, "{mode} {authority:?}");
                // The server's commits are not synchronised any more, and the store says so.
                assert_eq!(store.guarantees().durability, Durability::Process);
                drop(store);
                eventually("the connections have ended", async || {
                    let left =
                        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'webhook-inbox'";
                    let left: i64 = client(&server).await.query_one(left, &[]).await.unwrap().get(0);
                    (left == 0).then_some(())
                })
                .await;
            }
            (opened, expected) => panic!("{mode} {authority:?}: {opened:?}, not {expected:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_database_refuses_harms_no_other() {
    let Some(server) = Postgres::shared() else { return };
    let store = store(&server, "odd").await;
    let mut tasks = JoinSet::new();
    for task in 0..40 {
        let store = store.clone();
        tasks.spawn(async move {
            let source = if task % 4 == 0 { "sh\0op" } else { "shop" };
            let body = assume_verified(b"x");
            let stored = store.accept(&[NewEvent::verified(source, &body).kind("a\0b")]).await;
            (task % 4 == 0, stored)
        });
    }
    for (bad, stored) in tasks.join_all().await {
        assert_eq!(stored.is_err(), bad, "{stored:?}");
    }
    assert_eq!(claim(&store, 100).await.events.len(), 30);

    // A key that fits no index.
    for key in ["a\0b".to_owned(), "k".repeat(10_000)] {
        let first = store.accept(&[keyed(&key)]).await.unwrap().remove(0);
        let second = store.accept(&[keyed(&key)]).await.unwrap().remove(0);
        assert!(matches!(&second, Receipt::Duplicate(seen) if seen.id == first.id()), "{second:?}");
    }
    let waits =
        Outcome::Retry { after: Duration::MAX, failure: AttemptFailure::new(Class::Transient, "a\0b") };
    let forever = Claim::new("wor\0ker", routes(), 1, Duration::MAX);
    let claimed = store.claim(&forever).await.unwrap().events.remove(0);
    let settlement = Settlement::new(claimed.lease, waits, Duration::MAX);
    assert_eq!(store.settle(&[settlement]).await.unwrap(), [Settled::Yes]);
    store.extend(&claimed.lease, Duration::MAX).await.unwrap_err();
}

#[tokio::test]
async fn a_large_body_comes_back_as_it_was() {
    let Some(server) = Postgres::shared() else { return };
    let store = store(&server, "large").await;
    let body: Vec<u8> = (0..=250).cycle().take(4 * 1024 * 1024).collect();
    let new = NewEvent::verified("shop", &assume_verified(&body));
    let id = store.accept(&[new]).await.unwrap().remove(0).id();
    let claims = claim(&store, 1).await;
    assert!(claims.events[0].body == body);
    store.settle(&done(&claims)).await.unwrap();
    assert!(store.event(id).await.unwrap().unwrap().body.unwrap() == body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_is_woken() {
    let Some(server) = Postgres::shared() else { return };
    let (waiting, accepting) = (store(&server, "woken").await, store(&server, "woken").await);
    let mut quick = 0;
    // While nobody listens a wait ends after a second, so only what is much quicker was heard. A machine that does much
    // else may miss some.
    eventually("quick wake-ups", async || {
        let woken = tokio::spawn({
            let waiting = waiting.clone();
            async move {
                waiting.wakeup(&routes(), MINUTE * 30).await.unwrap();
                Instant::now()
            }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        let at = Instant::now();
        accepting.accept(&[event("x")]).await.unwrap();
        let woken = tokio::time::timeout(DEADLINE, woken).await.unwrap().unwrap();
        if woken > at && woken - at < Duration::from_millis(500) {
            quick += 1;
        }
        accepting.settle(&done(&claim(&accepting, 9).await)).await.unwrap();
        (quick == 3).then_some(())
    })
    .await;
}

#[tokio::test]
async fn it_refuses_what_it_cannot_hold() {
    let Some(server) = Postgres::shared() else { return };
    let own = client(&server).await;
    let lock = "BEGIN; LOCK TABLE full_up.events IN ACCESS EXCLUSIVE MODE";
    let small = options(&server, "full_up").connections(1).wait(Duration::from_millis(50)).queue(9, 5_000);
    let store = small.clone().open().await.unwrap();
    let refused = store.accept(&[event(&"x".repeat(5_000))]).await;
    assert!(matches!(refused, Err(StoreError::Full)), "{refused:?}");

    own.batch_execute(lock).await.unwrap();
    // There is room for one of two, and the other does not wait.
    let mut senders = JoinSet::new();
    for _ in 0..2 {
        let store = store.clone();
        senders.spawn(async move { store.accept(&[event(&"x".repeat(3_000))]).await });
    }
    let refused = tokio::time::timeout(Duration::from_secs(20), senders.join_next());
    let refused = refused.await.expect("both wait").unwrap().unwrap();
    assert!(matches!(refused, Err(StoreError::Full)), "{refused:?}");
    eventually("no connection is free", async || {
        let claim = Claim::new("worker", routes(), 1, MINUTE);
        matches!(store.claim(&claim).await, Err(StoreError::Full)).then_some(())
    })
    .await;
    own.batch_execute("COMMIT").await.unwrap();
    senders.join_next().await.unwrap().unwrap().unwrap();
    drop(store);

    // A statement that hangs does so for a time.
    let store = small.timeout(Duration::from_millis(300)).open().await.unwrap();
    own.batch_execute(lock).await.unwrap();
    let hanging = store.accept(&[event("x")]).await;
    assert!(matches!(hanging, Err(StoreError::Unavailable(_))), "{hanging:?}");
    own.batch_execute("COMMIT").await.unwrap();
    eventually("it works again", async || store.accept(&[event("x")]).await.ok()).await;
}

#[tokio::test]
async fn many_events_are_replayed_and_purged_in_steps() {
    const EVENTS: u64 = 2_300;

    let Some(server) = Postgres::shared() else { return };
    let clock = Clock::system();
    let store = options(&server, "many").clock(clock.clone()).open().await.unwrap();
    let batch: Vec<NewEvent> = (0..EVENTS).map(keyed).collect();
    store.accept(&batch).await.unwrap();
    let settle_all = async || {
        let mut settled = 0_u64;
        loop {
            let claims = claim(&store, usize::MAX).await;
            if claims.events.is_empty() {
                return settled;
            }
            settled += u64::try_from(store.settle(&done(&claims)).await.unwrap().len()).unwrap();
        }
    };
    assert_eq!(settle_all().await, EVENTS);
    let all = Replay::Matching(Filter::all().source("shop").state(State::Done));
    assert_eq!(store.replay(&all).await.unwrap(), EVENTS);
    assert_eq!(settle_all().await, EVENTS);
    clock.advance(Duration::from_hours(24 * 40));
    let purged = store.purge(&Retention::default()).await.unwrap();
    assert_eq!((purged.keys, purged.bodies), (EVENTS, EVENTS));
    let left: Vec<Event> = store.list(&Filter::all(), Page::first(9)).await.unwrap();
    assert!(left.is_empty());
    let tables = client(&server).await;
    let left = "SELECT (SELECT count(*) FROM many.events) + (SELECT count(*) FROM many.attempts)";
    assert_eq!(tables.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0);
    let stats = store.stats(Range::all()).await.unwrap();
    assert_eq!(stats.summary.total_processed, EVENTS);
    // When they were finished is not kept, so they are in no part of the time.
    let until = Range::all().until(UnixMillis::from_millis(i64::MAX));
    assert_eq!(store.stats(until).await.unwrap().summary.total_processed, 0);
}

#[tokio::test]
async fn no_statement_reads_a_whole_table() {
    const ROWS: i64 = 30_000;

    let Some(server) = Postgres::shared() else { return };
    let clock = Clock::system();
    let store = options(&server, "plans").connections(1).clock(clock.clone()).open().await.unwrap();
    let keeps = Retention::new(webhook_inbox::Keep::DEFAULT.keys(MINUTE).bodies(MINUTE).dead(Some(MINUTE)));
    let everything = async |round: &str| {
        let ordered = ["a", "b"].map(|name| keyed(format!("{round} {name}")).ordering("same"));
        store.accept(&ordered).await.unwrap();
        store.accept(&ordered).await.unwrap();
        store.accept(&[keyed(round), keyed(round)]).await.unwrap();
        store.wakeup(&routes(), Duration::ZERO).await.unwrap();
        let kinds = Kinds::Except(vec!["paused".to_owned()]);
        let others = [Route::new("shop", kinds, NonZeroU32::new(3).unwrap())];
        let claims = store.claim(&Claim::new("worker", others.into(), 10, MINUTE)).await.unwrap();
        assert!(!claims.events.is_empty());
        store.extend(&claims.events[0].lease, MINUTE).await.unwrap();
        let settlements = done(&claims);
        store.settle(&settlements).await.unwrap();
        store.settle(&settlements).await.unwrap();
        let id = settlements[0].lease.event;
        assert!(store.event(id).await.unwrap().is_some());
        assert!(!store.attempts(id).await.unwrap().is_empty());
        store.replay(&Replay::One(id)).await.unwrap();
        store.replay(&Replay::Matching(Filter::dead())).await.unwrap();
        store.list(&Filter::dead(), Page::first(10)).await.unwrap();
        store.list(&Filter::all().source("shop"), Page::first(10)).await.unwrap();
        // An event without a further attempt.
        clock.advance(MINUTE);
        let once = vec![Route::new("shop", Kinds::Only(vec!["order".to_owned()]), NonZeroU32::MIN)];
        for _ in 0..3 {
            store.claim(&Claim::new("worker", once.clone(), 10, Duration::ZERO)).await.unwrap();
        }
        clock.advance(MINUTE);
        store.purge(&keeps).await.unwrap();
    };
    // The plans are made for empty tables, and used when these are full.
    everything("empty").await;
    let own = client(&server).await;
    own.batch_execute(&format!(
        "INSERT INTO plans.events (id, source, kind, key, digest, state, received_at, series_began, due_at, finished_at)
        SELECT nextval('plans.event_ids'), 'shop', 'paused', NULL, '', CASE WHEN i % 2 = 0 THEN 1 ELSE 3 END, t, t,
            CASE WHEN i % 2 = 0 THEN t END, CASE WHEN i % 2 = 1 THEN t END
        FROM generate_series(1, {ROWS}) i,
            (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint + 1000000000 AS t) m;
        INSERT INTO plans.attempts (event, token, source, series, attempt, worker, started_at, status)
        SELECT i + 1000000, 1, 'shop', 1, 1, '', 0, 'succeeded' FROM generate_series(1, {ROWS}) i"
    ))
    .await
    .unwrap();
    everything("full").await;
    drop(store);
    // A session reports what it has read when it ends.
    let read = "SELECT COALESCE(sum(idx_tup_read), 0)::bigint, (
            SELECT COALESCE(sum(seq_tup_read), 0)::bigint FROM pg_stat_user_tables WHERE schemaname = 'plans'
        ), count(*) FILTER (WHERE idx_scan > 0)
        FROM pg_stat_user_indexes WHERE schemaname = 'plans'";
    eventually("the sessions have reported", async || {
        let (indexes, tables, used): (i64, i64, i64) = {
            let row = client(&server).await.query_one(read, &[]).await.unwrap();
            (row.get(0), row.get(1), row.get(2))
        };
        assert!(indexes < ROWS / 10, "{indexes} entries of indexes were read");
        assert!(tables < ROWS / 10, "{tables} rows were read one after the other");
        (used >= 7).then_some(())
    })
    .await;
}
