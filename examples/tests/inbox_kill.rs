//! What was answered with 2xx is processed, whatever is killed and whenever.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use support::{DEADLINE, Program, Request, Server, sign};
use webhook_inbox::tokio_postgres::{NoTls, connect};
use webhook_inbox::{EventId, Filter, InboxAdmin, Page, PostgresStore, SqliteStore, StoreError};
use webhook_verify::UnixTime;
use webhook_verify::providers::standard_webhooks;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const KILLS: u64 = 20;
const CLIENTS: usize = 8;
const BOOKING: &str = "booking";
const BOOKED: &str = "SELECT id, event FROM booked";

fn victim(database: &str, processed: &Path) -> Program {
    Program::new(env!("CARGO_BIN_EXE_inbox_victim"))
        .env("DATABASE", database)
        .env("PROCESSED", processed)
        .env("STANDARD_WEBHOOKS_SECRET", SECRET)
}

fn event(id: &str, kind: &str) -> Request {
    let body = format!(r#"{{"type":"{kind}","timestamp":"2026-01-01T15:00:00Z","data":{{}}}}"#);
    let headers = sign(standard_webhooks::SCHEME, SECRET, id, UnixTime::now(), body.as_bytes());
    Request::post("/webhook").headers(&headers).json(body)
}

/// Sends, as long as somebody listens, and tells the status of the answer.
fn attempt(address: SocketAddr, request: &Request) -> Option<u16> {
    let mut connection = TcpStream::connect_timeout(&address, DEADLINE).ok()?;
    connection.set_read_timeout(Some(DEADLINE)).unwrap();
    connection.write_all(&request.raw(address)).ok()?;
    let mut answer = Vec::new();
    // A victim that is killed resets the connection; what came before counts all the same.
    let _ = connection.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer);
    // Without the whole answer the sender does not know, and would send again.
    text.contains("\r\n\r\n{").then(|| text.split(' ').nth(1)?.parse().ok())?
}

/// Sends new events, and now and then one of the old ones again, until told to stop.
fn load(address: SocketAddr, stop: &AtomicBool, ids: &AtomicU64, acknowledged: &Mutex<BTreeSet<String>>) {
    while !stop.load(Ordering::Relaxed) {
        let number = ids.fetch_add(1, Ordering::Relaxed);
        let number = if number.is_multiple_of(7) { number / 2 } else { number };
        let id = format!("msg_{number}");
        // Some are booked in the transaction that ends their attempt.
        let kind = if number.is_multiple_of(3) { BOOKING } else { "order.paid" };
        if let Some(202) = attempt(address, &event(&id, kind)) {
            acknowledged.lock().unwrap().insert(id);
        }
    }
}

/// Waits until nothing is left to do, and gives the number of dead letters.
fn drained(server: &Server) -> u64 {
    let end = Instant::now() + DEADLINE * 4;
    loop {
        let stats = server.get("/stats").json();
        let source = &stats["sources"]["standard-webhooks"];
        if source["backlog"] == 0 {
            return source["dead"].as_u64().unwrap();
        }
        assert!(Instant::now() < end, "stuck: {stats}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Kills the victim at other moments in each round, restarts it, and compares what was promised with what was done.
/// `store` also gives the rows of the table `booked`.
fn kill_and_compare<S: InboxAdmin>(
    database: &str,
    folder: &Path,
    store: impl AsyncFn() -> (S, Vec<(String, i64)>),
) {
    let processed = folder.join("processed");
    let (ids, acknowledged) = (AtomicU64::new(0), Mutex::new(BTreeSet::new()));
    for round in 0..KILLS {
        let server = victim(database, &processed).env("ATTEMPTS", "1000").start();
        let (address, stop) = (server.address, AtomicBool::new(false));
        let (stop, ids, acknowledged) = (&stop, &ids, &acknowledged);
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(move || load(address, stop, ids, acknowledged));
            }
            // From the first requests on to a backlog with its attempts under way; multiplied so that rounds differ.
            std::thread::sleep(Duration::from_millis(20 + round * 37 % 300));
            server.kill();
            stop.store(true, Ordering::Relaxed);
        });
    }
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() > 100, "only {} events were acknowledged", acknowledged.len());

    let server = victim(database, &processed).env("ATTEMPTS", "1000").start();
    assert_eq!(drained(&server), 0);
    assert!(server.terminate().status.success());

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (store, booked) = store().await;
        let mut lines: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        for line in std::fs::read_to_string(&processed).unwrap().lines() {
            let (id, number) = line.split_once(' ').unwrap();
            lines.entry(id.to_owned()).or_default().insert(number.parse().unwrap());
        }
        // As often as it was booked, whatever the event.
        let mut bookings: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for (id, number) in booked {
            bookings.entry(id).or_default().push(number);
        }
        let mut stored: BTreeMap<String, EventId> = BTreeMap::new();
        let mut page = Page::first(1000);
        loop {
            let events = store.list(&Filter::all(), page).await.unwrap();
            let Some(last) = events.last() else { break };
            page = Page::before(last.id, 1000);
            for event in events {
                let id = event.delivery_id.unwrap();
                if event.kind.as_deref() == Some(BOOKING) {
                    let rows = bookings.get(&id).map(Vec::as_slice).unwrap_or_default();
                    assert_eq!(rows, [event.id.as_i64()], "{id} was not booked exactly once");
                }
                let twice = stored.insert(id.clone(), event.id);
                assert_eq!(twice, None, "{id} was stored twice");
            }
        }
        for id in &acknowledged {
            assert!(stored.contains_key(id), "{id} was acknowledged and is lost");
            let processed = lines.contains_key(id) || bookings.contains_key(id);
            assert!(processed, "{id} was acknowledged and not processed");
        }
        for id in bookings.keys() {
            assert!(stored.contains_key(id) && !lines.contains_key(id), "{id} was booked and is none");
        }
        assert!(bookings.len() > 30, "only {} events were booked", bookings.len());
        for (id, numbers) in &lines {
            assert_eq!(numbers.len(), 1, "{id} was processed as several events");
        }
        println!(
            "{KILLS} kills: {} acknowledged, {} stored, {} processed, {} booked",
            acknowledged.len(),
            stored.len(),
            lines.len(),
            bookings.len()
        );
    });
}

#[test]
fn sqlite_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("inbox.db");
    kill_and_compare(database.to_str().unwrap(), folder.path(), async || {
        let store = SqliteStore::open(&database).unwrap();
        assert_eq!(store.integrity_check().await.unwrap(), [""; 0]);
        let booked = store.write(|transaction| {
            let mut rows = transaction.prepare(BOOKED)?;
            let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok::<_, StoreError>(rows.collect::<Result<_, _>>()?)
        });
        let booked = booked.await.unwrap();
        (store, booked)
    });
}

#[test]
fn postgres_loses_nothing() {
    let Some(postgres) = webhook_test_postgres::Postgres::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let address = postgres.dsn();
    kill_and_compare(&address, folder.path(), async || {
        let (client, connection) = connect(&address, NoTls).await.unwrap();
        tokio::spawn(connection);
        let booked = client.query(BOOKED, &[]).await.unwrap();
        let booked = booked.iter().map(|row| (row.get(0), row.get(1))).collect();
        (PostgresStore::open(&address).await.unwrap(), booked)
    });
}

#[test]
fn a_handler_that_ends_the_process_ends_as_a_dead_letter() {
    let folder = tempfile::tempdir().unwrap();
    let (database, processed) = (folder.path().join("inbox.db"), folder.path().join("processed"));
    let mut ends = 0;
    let mut server = victim(database.to_str().unwrap(), &processed).start();
    assert_eq!(attempt(server.address, &event("msg_poison", "poison")), Some(202));
    let dead = loop {
        // Three attempts, each of which ends the process, and then a process that lives.
        if server.has_ended_within(Duration::from_secs(3)) {
            ends += 1;
            server = victim(database.to_str().unwrap(), &processed).start();
            // The others go on.
            if let Some(status) = attempt(server.address, &event(&format!("msg_{ends}"), "order.paid")) {
                assert_eq!(status, 202);
            }
        } else {
            break drained(&server);
        }
        assert!(ends <= 3, "the poison is handed out for ever");
    };
    assert_eq!((ends, dead), (3, 1));
    assert!(server.terminate().status.success());
    let processed = std::fs::read_to_string(processed).unwrap();
    for id in ["msg_1", "msg_2", "msg_3"] {
        assert!(processed.contains(id), "{id} was not processed:\n{processed}");
    }
}
