//! `memory_api`, started, sent events, killed, and started again.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]
#![allow(clippy::arithmetic_side_effects, reason = "a test")]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use support::{Answer, Program, Request, Server, eventually, fixture, repository, sample};
use webhook_core::peek;
use webhook_test_postgres::Postgres;
use webhook_verify::providers::record_envelope;

const SECRET: &str = "your_secure_random_string";
const READER: &str = "the token of those who read";
const SUPABASE: &str = "/api/v1/webhooks/supabase";
const NOTION: &str = "/api/v1/webhooks/notion";

/// A folder with a database in it.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("memory_api.db")
    }

    fn program(&self) -> Program {
        Program::new(env!("CARGO_BIN_EXE_memory_api"))
            .env("MEMORY_API_DB", self.database())
            .env("MEMORY_API_READ_TOKEN", READER)
    }

    fn signed(&self) -> Program {
        self.program().env("VERIFY_WEBHOOK_SIGNATURES", "true").env("WEBHOOK_SECRET", SECRET)
    }
}

/// A source of records that the test plays.
struct Source {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Source {
    /// Answers the n-th question, counted from 0, for this path.
    fn new(answer: impl Fn(usize, &str) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/rows", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let questions = Arc::clone(&asked);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    connection.read_exact(&mut byte).unwrap();
                    head.push(byte[0]);
                }
                let path = String::from_utf8(head).unwrap().split(' ').nth(1).unwrap().to_owned();
                let number = {
                    let mut asked = questions.lock().unwrap();
                    asked.push(path.clone());
                    asked.len() - 1
                };
                let (status, body) = answer(number, &path);
                let length = body.len();
                let _ = write!(
                    connection,
                    "HTTP/1.1 {status} .\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn event(kind: &str, id: &str, data: &Value, second: u8) -> String {
    let timestamp = format!("2026-01-01T15:00:{second:02}Z");
    let table = "users";
    json!({"event_type": kind, "source": "supabase", "table_name": table, "record_id": id, "data": data, "timestamp": timestamp})
        .to_string()
}

fn post(server: &Server, body: impl AsRef<[u8]>) -> Answer {
    server.send(&Request::post(SUPABASE).json(body))
}

fn accept(server: &Server, body: impl AsRef<[u8]>) {
    let answer = post(server, body);
    assert_eq!(answer.status, 202, "{answer:?}");
}

fn stats(server: &Server) -> Value {
    let answer = server.get("/api/v1/webhooks/stats");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// The statistics once so many events are finished.
fn finished(server: &Server, events: u64) -> Value {
    let of = |stats: &Value, name| stats[name].as_u64().unwrap();
    let stats = eventually("the events are finished", || {
        let stats = stats(server);
        (of(&stats, "total_processed") + of(&stats, "total_failed") >= events).then_some(stats)
    });
    assert_eq!(of(&stats, "total_processed") + of(&stats, "total_failed"), events, "{stats}");
    stats
}

fn read(server: &Server, path: &str) -> Answer {
    server.send(&Request::new("GET", path).header("authorization", format!("Bearer {READER}")))
}

fn documented(name: &str) -> String {
    String::from_utf8(sample(&format!("record-envelope/answers/{name}.json"))).unwrap().trim().to_owned()
}

#[test]
fn the_documented_requests_get_the_documented_answers() {
    let desk = Desk::new();
    let server = desk.program().start();

    let supabase = server.send(&Request::post(SUPABASE).sample("record-envelope/docs_supabase_insert.json"));
    assert_eq!((supabase.status, supabase.body), (202, documented("accepted.supabase")));
    assert_eq!(supabase.headers["content-type"], "application/json");
    let notion = server.send(&Request::post(NOTION).sample("record-envelope/docs_notion_update.json"));
    assert_eq!((notion.status, notion.body), (202, documented("accepted.notion")));
    let test = server
        .send(&Request::post("/api/v1/webhooks/test").sample("record-envelope/docs_test_endpoint.json"));
    assert_eq!((test.status, test.body), (200, documented("valid")));

    for (path, source) in [(NOTION, "supabase"), (SUPABASE, "notion")] {
        let file = if source == "notion" { "wrong_source" } else { "docs_supabase_insert" };
        let refused = server.send(&Request::post(path).sample(&format!("record-envelope/{file}.json")));
        let (endpoint, expected) =
            if path == NOTION { ("Notion", "notion") } else { ("Supabase", "supabase") };
        assert_eq!(refused.status, 400);
        assert_eq!(
            refused.json(),
            json!({
                "error": "invalid_source",
                "message": format!("Invalid source type for {endpoint} webhook"),
                "expected": expected,
                "received": source,
            })
        );
        if path == SUPABASE {
            assert_eq!(refused.body, documented("refused.source"));
        }
    }
    for path in [SUPABASE, "/api/v1/webhooks/test"] {
        let incomplete = server.send(&Request::post(path).sample("record-envelope/missing_record_id.json"));
        assert_eq!((incomplete.status, incomplete.body), (422, documented("unprocessable")), "{path}");
        let no_json = server.send(&Request::post(path).json("{"));
        assert_eq!((no_json.status, &no_json.json()["detail"][0]["loc"]), (422, &json!(["body"])), "{path}");
    }

    // Neither what was refused nor the test endpoint's event is counted.
    let mut stats = finished(&server, 2);
    let average = stats["average_processing_time_seconds"].take();
    assert!(average.is_f64(), "{average}");
    assert_eq!(
        stats,
        json!({
            "total_processed": 2,
            "total_failed": 0,
            "total_retries": 0,
            "success_rate": 1.0,
            "average_processing_time_seconds": null,
            "events_by_type": {"insert": 1, "update": 1},
            "events_by_source": {"supabase": 1, "notion": 1},
        })
    );
}

#[test]
fn the_log_has_the_documented_lines() {
    let desk = Desk::new();
    let server = desk.program().start();
    server.wait_for_log("ANYONE WHO KNOWS THE ADDRESS CAN SEND EVENTS");
    accept(&server, event("INSERT", "abc-123", &json!({"id": "abc-123"}), 0));
    for message in [
        "Starting webhook processing: supabase/insert for record abc-123",
        "Processing Supabase insert event",
        "Supabase webhook processed: ['data_verification', 'index_update_queued']",
        "Webhook processed successfully in ",
    ] {
        let line = server.wait_for_log(message);
        let (time, rest) =
            line.split_once(" - webhook_handlers - INFO - ").unwrap_or_else(|| panic!("{line}"));
        let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape, "0000-00-00 00:00:00", "{line}");
        assert!(rest.starts_with(message), "{line}");
    }
    let line = server.wait_for_log("Webhook processed successfully in ");
    let seconds = line.trim_end().strip_suffix("s (attempt 1/3)").and_then(|line| line.rsplit(' ').next());
    let (whole, fraction) = seconds.unwrap_or_else(|| panic!("{line}")).split_once('.').unwrap();
    assert!(whole.parse::<u32>().is_ok() && fraction.len() == 2, "{line}");
}

#[test]
fn a_record_id_writes_no_lines_of_its_own() {
    let desk = Desk::new();
    let server = desk.program().start();
    accept(&server, event("insert", "x\n2026-01-01 - forged\u{1b}[31m\u{9b}m", &json!({}), 0));
    accept(&server, event("insert", &"long".repeat(100_000), &json!({}), 0));
    finished(&server, 2);
    let log = server.log();
    assert!(log.contains(r"for record x\n2026-01-01 - forged"), "{log}");
    assert!(!log.contains(|c: char| c.is_control() && c != '\n'), "{log:?}");
    assert!(log.lines().all(|line| line.len() < 2000), "a line is too long");
}

#[test]
fn only_who_has_the_secret_is_let_in() {
    let desk = Desk::new();
    let server = desk.signed().start();
    let request = |path| Request::post(path).sample("record-envelope/docs_supabase_insert.json");
    let signed = request(SUPABASE).signed(record_envelope::HMAC_HEX, SECRET, "");
    assert_eq!(server.send(&signed).status, 202);

    let other = Request::post(SUPABASE).sample("record-envelope/trigger_insert.json");
    let notion = Request::post(NOTION).sample("record-envelope/docs_notion_update.json");
    for request in [
        other.clone(),
        other.clone().signed(record_envelope::HMAC_HEX, "another secret entirely", ""),
        other.clone().header("x-webhook-signature", SECRET),
        other.clone().header("x-webhook-signature", ""),
        signed.clone().json(sample("record-envelope/trigger_insert.json")),
        notion.clone(),
        // Who is not let in is not told either what is wrong with the rest.
        Request::post(SUPABASE).json("{"),
    ] {
        let refused = server.send(&request);
        assert_eq!((refused.status, refused.body), (401, documented("refused.signature")), "{request:?}");
    }
    assert_eq!(server.send(&notion.signed(record_envelope::HMAC_HEX, SECRET, "")).status, 202);
    finished(&server, 2);
    let log = server.log();
    assert!(
        !log.contains("ANYONE") && log.contains("missing_header") && log.contains("signature_mismatch"),
        "{log}"
    );
}

#[test]
fn the_variant_and_the_previous_secret_are_configuration() {
    let desk = Desk::new();
    let request = Request::post(SUPABASE).sample("record-envelope/trigger_insert.json");
    let token = request.clone().header("x-webhook-signature", SECRET);
    let server = desk.signed().env("WEBHOOK_VARIANT", "static-token").start();
    assert_eq!(server.send(&token).status, 202);
    assert_eq!(server.send(&request.clone().signed(record_envelope::HMAC_HEX, SECRET, "")).status, 401);
    drop(server);

    let previous = "the secret that was before";
    let server = desk.signed().env("WEBHOOK_SECRET_PREVIOUS", previous).start();
    assert_eq!(server.send(&request.signed(record_envelope::HMAC_HEX, previous, "")).status, 202);
}

#[test]
fn it_does_not_start_with_a_doubtful_configuration() {
    let desk = Desk::new();
    let verifying = || desk.program().env("VERIFY_WEBHOOK_SIGNATURES", "true");
    for (program, says) in [
        (verifying(), "set WEBHOOK_SECRET"),
        (verifying().env("WEBHOOK_SECRET", ""), "set WEBHOOK_SECRET"),
        (desk.program().env("VERIFY_WEBHOOK_SIGNATURES", "yes"), "neither true nor false"),
        (desk.signed().env("WEBHOOK_VARIANT", "hmac"), "hmac-hex, static-token"),
        (desk.program().env("WEBHOOK_MAX_RETRIES", "0"), "makes no policy"),
        (desk.program().env("WEBHOOK_MAX_RETRIES", "many"), "is no number"),
        (desk.program().env("MEMORY_API_READ_TOKEN", ""), "MEMORY_API_READ_TOKEN is no token"),
        (desk.program().env("SOURCE_URL", "file:///etc"), "SOURCE_URL is no URL"),
        (
            desk.program().env("MEMORY_API_DB", "/nowhere/at/all.db"),
            "cannot open MEMORY_API_DB=/nowhere/at/all.db",
        ),
    ] {
        let finished = program.run();
        assert!(!finished.status.success() && finished.stderr.contains(says), "{says}: {finished:?}");
    }
}

#[test]
fn what_is_counted() {
    let desk = Desk::new();
    let server = desk.program().start();
    for id in 0..4 {
        accept(&server, event("insert", &format!("r{id}"), &json!({"n": id}), 0));
    }
    for id in 0..3 {
        accept(&server, event("UPDATE", &format!("r{id}"), &json!({"n": id}), 1));
    }
    for id in 0..2 {
        accept(&server, event("Delete", &format!("r{id}"), &Value::Null, 2));
    }
    // Accepted, since nothing that arrived is to be lost, but nothing can be done about them.
    accept(&server, event("archive", "r3", &json!({}), 3));
    accept(&server, sample("record-envelope/trigger_delete.json"));
    accept(&server, event("insert", "r4", &json!("no object"), 3));

    let mut stats = finished(&server, 12);
    stats["average_processing_time_seconds"].take();
    assert_eq!(
        stats,
        json!({
            "total_processed": 9,
            "total_failed": 3,
            "total_retries": 0,
            "success_rate": 0.75,
            "average_processing_time_seconds": null,
            "events_by_type": {"insert": 5, "update": 3, "delete": 3, "archive": 1},
            "events_by_source": {"supabase": 12},
        })
    );
    let log = server.log();
    for reason in ["none of insert, update and delete", "`record_id` is null", "`data` is no object"] {
        assert!(log.contains("ERROR - Webhook processing failed for good (attempt 1/3): "), "{log}");
        assert!(log.contains(reason), "{reason} is not in {log}");
    }
}

/// What the test endpoint says of an event is what becomes of it.
#[test]
fn what_would_be_processed_is() {
    let desk = Desk::new();
    let server = desk.program().start();
    let event = |kind: &str, id: Value, data: Option<Value>| {
        let mut event =
            json!({"event_type": kind, "source": "supabase", "table_name": "users", "record_id": id});
        if let Some(data) = data {
            event["data"] = data;
        }
        event
    };
    let row = || Some(json!({"n": 1}));
    let (mut processed, mut failed) = (0, 0);
    for (event, expected) in [
        (event("insert", json!("a"), row()), true),
        (event("UPDATE", json!(7), row()), true),
        (event("delete", json!("a"), row()), true),
        (event("delete", json!("a"), None), true),
        (event("insert", Value::Null, row()), false),
        (event("delete", Value::Null, None), false),
        (event("insert", json!("b"), None), false),
        (event("insert", json!("b"), Some(Value::Null)), false),
        (event("insert", json!("b"), Some(json!("text"))), false),
        (event("update", json!("b"), Some(json!([1]))), false),
        (event("archive", json!("b"), row()), false),
    ] {
        let answer = server.send(&Request::post("/api/v1/webhooks/test").json(event.to_string()));
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("valid")), "{answer:?}");
        assert_eq!(answer.json()["would_be_processed"], expected, "{event}");
        accept(&server, event.to_string());
        if expected {
            processed += 1;
        } else {
            failed += 1;
        }
        let stats = finished(&server, processed + failed);
        assert_eq!(
            (&stats["total_processed"], &stats["total_failed"]),
            (&json!(processed), &json!(failed)),
            "{event}"
        );
    }
}

/// Notion's ids are written with and without dashes, in either case.
#[test]
fn a_page_is_one_record_however_its_id_is_written() {
    let desk = Desk::new();
    let server = desk.program().start();
    let event = |kind: &str, table: &str, id: &str, data: &Value, second: u8| {
        json!({"event_type": kind, "source": "notion", "table_name": table, "record_id": id, "data": data,
            "timestamp": format!("2026-01-01T15:00:{second:02}Z")})
        .to_string()
    };
    let (database, page) = ("6b8fef41-3415-5fc7-995f-8938f0db72c7", "4eca6399-84b2-531a-8b72-257bb6b9e094");
    let (plain_database, plain_page) = (database.replace('-', ""), page.replace('-', ""));
    let send = |body: String| {
        let answer = server.send(&Request::post(NOTION).json(&body));
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.json()["details"].clone()
    };

    let details = send(event("insert", &plain_database, &plain_page, &json!({"title": "Tea"}), 1));
    assert_eq!(
        (&details["database_id"], &details["record_id"]),
        (&json!(plain_database), &json!(plain_page)),
        "the answer has the sender's text"
    );
    let shouted = page.to_uppercase();
    assert_eq!(
        send(event("update", database, &shouted, &json!({"title": "Coffee"}), 3))["record_id"],
        shouted
    );
    // Overtaken by the one before, which wrote the id in another way.
    send(event("update", database, &plain_page, &json!({"title": "Cocoa"}), 2));
    finished(&server, 3);

    for (database, page) in [(database, page), (&*plain_database, &*plain_page), (database, &*shouted)] {
        let record = read(&server, &format!("/api/v1/records/notion/{database}/{page}"));
        assert_eq!(
            (record.status, record.body),
            (200, r#"{"title":"Coffee"}"#.to_owned()),
            "{database}/{page}"
        );
    }
    let found = json!([{"source": "notion", "table_name": database, "record_id": page}]);
    assert_eq!(read(&server, "/api/v1/search/coffee").json()["records"], found);
    assert_eq!(read(&server, "/api/v1/search/tea").json()["records"], json!([]));
    let keys = || {
        let file = rusqlite::Connection::open(desk.database()).unwrap();
        let mut query = file.prepare("SELECT DISTINCT ordering_key FROM inbox_events ORDER BY 1").unwrap();
        let keys = query.query_map([], |row| row.get(0)).unwrap();
        keys.collect::<Result<Vec<String>, _>>().unwrap()
    };
    assert_eq!(keys(), [format!(r#"["notion","{database}","{page}"]"#)], "they wait for each other");

    send(event("delete", &plain_database, &shouted, &Value::Null, 4));
    finished(&server, 4);
    assert_eq!(read(&server, &format!("/api/v1/records/notion/{database}/{page}")).status, 404);

    // In Supabase such ids are texts, and another text is another record.
    for id in [page, &*plain_page] {
        accept(&server, json!({"event_type": "insert", "source": "supabase", "table_name": "t", "record_id": id, "data": {}}).to_string());
    }
    finished(&server, 6);
    assert_eq!(keys().len(), 3);
}

#[test]
fn every_recorded_body_is_answered() {
    let desk = Desk::new();
    let server = desk.program().start();
    let expected = [
        ("delete_mixed_case", SUPABASE, 202),
        ("docs_notion_update", NOTION, 202),
        ("docs_supabase_insert", SUPABASE, 202),
        ("docs_test_endpoint", SUPABASE, 202),
        ("missing_record_id", SUPABASE, 422),
        ("poller_update", NOTION, 202),
        ("python_json_dumps_default", SUPABASE, 202),
        ("record_id_30_digits", SUPABASE, 202),
        ("timestamp_space_separated", SUPABASE, 202),
        ("trigger_delete", SUPABASE, 202),
        ("trigger_insert", SUPABASE, 202),
        ("trigger_insert_bigint", SUPABASE, 202),
        ("trigger_update", SUPABASE, 202),
        ("unicode_bigint", SUPABASE, 202),
        ("unknown_event", SUPABASE, 400),
        ("wrong_source", SUPABASE, 400),
    ];
    let folder = repository().join("webhook-core/tests/samples/record-envelope");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(
        files.filter(|file| file.extension().is_some_and(|json| json == "json")).count(),
        expected.len()
    );
    for (file, path, status) in expected {
        let body = sample(&format!("record-envelope/{file}.json"));
        let answer = server.send(&Request::post(path).json(&body));
        assert_eq!(answer.status, status, "{file}: {answer:?}");
        if status == 202 {
            // As text: what is a number there has all its digits here.
            let [id, timestamp, kind] = peek(&body, ["record_id", "timestamp", "event_type"]);
            let details = ["details.record_id", "details.timestamp", "details.event_type"];
            assert_eq!(
                peek(answer.body.as_bytes(), details),
                [id, timestamp, kind.map(str::to_lowercase).as_deref()],
                "{file}"
            );
        }
    }
    // The DELETE of the guide's own trigger names no record.
    let stats = finished(&server, 13);
    assert_eq!((&stats["total_processed"], &stats["total_failed"]), (&json!(12), &json!(1)), "{stats}");
    // All digits are there still.
    let body = read(&server, "/api/v1/records/supabase/ledger/123456789012345678901234567890.10").body;
    assert_eq!(body, r#"{"id":123456789012345678901234567890.10}"#);
    assert!(read(&server, "/api/v1/search/9007199254740993").body.contains("members"));
    assert!(read(&server, "/api/v1/search/%F0%9F%98%80%20%C3%A9").status == 200);
}

#[test]
fn a_copy_gets_the_first_answer_and_is_not_processed() {
    let desk = Desk::new();
    let server = desk.program().start();
    let body = sample("record-envelope/trigger_insert.json");
    // As a sender does that lost its connection: all at once.
    let answers: Vec<String> = thread::scope(|scope| {
        let copies: Vec<_> = (0..6).map(|_| scope.spawn(|| post(&server, &body))).collect();
        copies.into_iter().map(|copy| copy.join().unwrap()).map(|answer| answer.body).collect()
    });
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    finished(&server, 1);

    drop(server);
    let server = desk.program().start();
    assert_eq!(post(&server, &body).body, answers[0], "after a restart too");
    // Another change of the same record at the same moment is none.
    let mut again: Value = serde_json::from_slice(&body).unwrap();
    again["data"]["name"] = json!("Jane Doe");
    accept(&server, again.to_string());
    finished(&server, 2);
    let log = server.log();
    assert_eq!(log.matches("Starting webhook processing").count(), 1, "{log}");
}

#[test]
fn a_copy_is_one_whether_signed_or_not() {
    let desk = Desk::new();
    let body = sample("record-envelope/trigger_update.json");
    let server = desk.program().start();
    accept(&server, &body);
    finished(&server, 1);
    drop(server);
    let server = desk.signed().start();
    let signed = Request::post(SUPABASE).json(&body).signed(record_envelope::HMAC_HEX, SECRET, "");
    assert_eq!(server.send(&signed).status, 202);
    let other = sample("record-envelope/trigger_insert.json");
    let signed = Request::post(SUPABASE).json(other).signed(record_envelope::HMAC_HEX, SECRET, "");
    assert_eq!(server.send(&signed).status, 202);
    finished(&server, 2);
}

#[test]
fn a_source_that_is_down_is_asked_again() {
    // Twice it cannot, and then it has the record.
    let source =
        Source::new(|number, _| if number < 2 { (503, String::new()) } else { (200, r#"{"id":1}"#.into()) });
    let desk = Desk::new();
    let server = desk.program().env("SOURCE_URL", &source.url).start();
    accept(&server, event("insert", "../a b?c=ä", &json!({"id": 1}), 0));
    server.wait_for_log("WARNING - Webhook processing failed (attempt 1/3): the source answered 503");
    server.wait_for_log("WARNING - Webhook processing failed (attempt 2/3): the source answered 503");
    let stats = finished(&server, 1);
    assert_eq!((&stats["total_processed"], &stats["total_retries"]), (&json!(1), &json!(2)), "{stats}");
    server.wait_for_log("s (attempt 3/3)");
    assert_eq!(source.asked(), ["/rows/supabase/users/%2E%2E%2Fa%20b%3Fc%3D%C3%A4"; 3]);
}

#[test]
fn what_the_source_does_not_confirm_fails_in_the_end() {
    // The source has the record `here`, and no other.
    let source = Source::new(
        |_, path| if path.ends_with("/here") { (200, "{}".into()) } else { (404, String::new()) },
    );
    let desk = Desk::new();
    let server = desk.program().env("SOURCE_URL", &source.url).env("WEBHOOK_MAX_RETRIES", "2").start();
    accept(&server, event("insert", "here", &json!({}), 0));
    accept(&server, event("delete", "gone", &Value::Null, 0));
    finished(&server, 2);
    accept(&server, event("insert", "invented", &json!({}), 0));
    accept(&server, event("delete", "here", &Value::Null, 1));
    let stats = finished(&server, 4);
    let totals =
        ["total_processed", "total_failed", "total_retries"].map(|name| stats[name].as_u64().unwrap());
    assert_eq!(totals, [2, 2, 2], "{stats}");
    let log = server.log();
    for reason in ["does not have the record", "still has the record"] {
        let line = format!("ERROR - Webhook processing failed for good (attempt 2/2): the source {reason}");
        assert!(log.contains(&line), "{log}");
    }
}

#[test]
fn what_was_answered_survives_a_kill() {
    let desk = Desk::new();
    // Nobody listens there, so nothing can be finished.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server =
        desk.program().env("SOURCE_URL", format!("http://{nobody}")).env("WEBHOOK_MAX_RETRIES", "30").start();
    for id in 0..20 {
        accept(&server, event("insert", &format!("r{id}"), &json!({"n": id}), 0));
    }
    server.wait_for_log("WARNING - Webhook processing failed (attempt 1/30): the source cannot be reached");
    assert_eq!(stats(&server)["total_processed"], 0);
    drop(server); // by signal 9

    let server = desk.program().env("WEBHOOK_MAX_RETRIES", "30").start();
    let before = finished(&server, 20);
    assert_eq!((&before["total_processed"], &before["events_by_type"]), (&json!(20), &json!({"insert": 20})));
    for id in 0..20 {
        let record = read(&server, &format!("/api/v1/records/supabase/users/r{id}"));
        assert_eq!(record.json(), json!({"n": id}));
    }
    drop(server);
    let server = desk.program().start();
    assert_eq!(stats(&server), before, "the statistics are in the file");
}

#[test]
fn a_stop_waits_for_what_runs() {
    let desk = Desk::new();
    let address: Arc<Mutex<Option<SocketAddr>>> = Arc::default();
    let server_is_at = Arc::clone(&address);
    // Answers only when the server does not listen any more.
    let source = Source::new(move |_, _| {
        let address = server_is_at.lock().unwrap().unwrap();
        eventually("the server takes no more requests", || TcpStream::connect(address).err());
        (200, "{}".into())
    });
    let server = desk.program().env("SOURCE_URL", &source.url).start();
    *address.lock().unwrap() = Some(server.address);
    accept(&server, event("insert", "1", &json!({}), 0));
    eventually("the source is asked", || source.asked().pop());
    let finished = server.terminate();
    assert!(finished.status.success(), "{finished:?}");
    assert!(finished.stderr.contains("(attempt 1/3)"), "{finished:?}");
    let server = desk.program().start();
    let stats = stats(&server);
    assert_eq!((&stats["total_processed"], &stats["total_retries"]), (&json!(1), &json!(0)), "{stats}");
}

#[test]
fn an_event_that_cannot_be_stored_is_not_accepted() {
    let desk = Desk::new();
    let server = desk.program().start();
    let file = rusqlite::Connection::open(desk.database()).unwrap();
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = post(&server, sample("record-envelope/trigger_insert.json"));
    assert_eq!(refused.refusal(), (503, "not_stored".into()));
    assert_eq!(refused.headers["retry-after"], "10");
    file.execute_batch("ROLLBACK").unwrap();
    accept(&server, sample("record-envelope/trigger_insert.json"));
    finished(&server, 1);
}

#[test]
fn the_index_and_the_cache_follow_the_events() {
    let desk = Desk::new();
    let server = desk.program().start();
    let record = || {
        let answer = read(&server, "/api/v1/records/supabase/users/7");
        let cache = answer.headers.get("x-cache").map(|value| value.to_str().unwrap().to_owned());
        (answer.status, cache.unwrap_or_default(), answer.body)
    };
    let search = |words: &str| read(&server, &format!("/api/v1/search/{words}")).json()["records"].clone();
    let found = json!([{"source": "supabase", "table_name": "users", "record_id": "7"}]);

    assert_eq!(record().0, 404);
    accept(&server, event("insert", "7", &json!({"name": "Ada Byron", "n": 1}), 1));
    finished(&server, 1);
    let first = r#"{"n":1,"name":"Ada Byron"}"#.to_owned();
    assert_eq!(record(), (200, "miss".into(), first.clone()));
    assert_eq!(record(), (200, "hit".into(), first));
    assert_eq!(search("byron%20ada"), found);
    assert_eq!(search("byron%20lovelace"), json!([]));
    assert_eq!(search("name"), json!([]), "a column's name is not what the record says");

    accept(&server, event("update", "7", &json!({"name": "Ada \"Lovelace\""}), 5));
    finished(&server, 2);
    server.wait_for_log("['data_verification', 'cache_invalidation', 'index_update_queued']");
    let second = r#"{"name":"Ada \"Lovelace\""}"#.to_owned();
    assert_eq!(record(), (200, "miss".into(), second.clone()));
    assert_eq!((search("byron"), search("Lovelace")), (json!([]), found));
    assert_eq!(search("%22%20OR%20*"), json!([]), "no operators");

    // This one was overtaken.
    accept(&server, event("update", "7", &json!({"name": "Ada Byron King"}), 3));
    finished(&server, 3);
    server.wait_for_log("A later change of the record is known already");
    assert_eq!(record().2, second);

    accept(&server, event("delete", "7", &Value::Null, 8));
    accept(&server, event("insert", "7", &json!({"name": "Ada Byron", "n": 2}), 2));
    finished(&server, 5);
    eventually("the cache has followed", || (record().0 == 404).then_some(()));
    assert_eq!(search("ada"), json!([]), "what was deleted stays deleted");
}

#[test]
fn records_are_for_readers() {
    let desk = Desk::new();
    let server = desk.program().start();
    for path in ["/api/v1/records/supabase/users/7", "/api/v1/search/ada"] {
        let asked = |token: &str| server.send(&Request::new("GET", path).header("authorization", token));
        assert_eq!(server.get(path).refusal(), (401, "missing_header".into()));
        assert_eq!(asked("Bearer something else").refusal(), (401, "signature_mismatch".into()));
        assert_eq!(asked(READER).status, 401);
        assert_ne!(read(&server, path).status, 401);
    }
    drop(server);
    let program = Program::new(env!("CARGO_BIN_EXE_memory_api")).env("MEMORY_API_DB", desk.database());
    let server = program.start();
    assert_eq!(read(&server, "/api/v1/search/ada").status, 404);
}

#[test]
fn the_trigger_sends_what_is_accepted() {
    let Some(postgres) = Postgres::start() else { return };
    let psql = |sql: &str| {
        let mut psql = Command::new("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &postgres.dsn(), "-c", sql]);
        let output =
            psql.output().unwrap_or_else(|error| panic!("PostgreSQL is here, and psql is not: {error}"));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}\n{sql}");
        String::from_utf8(output.stdout).unwrap()
    };
    // What Supabase has, as far as the trigger needs it. pg_net sends `body::text`.
    psql(
        "CREATE SCHEMA extensions; CREATE EXTENSION pgcrypto SCHEMA extensions;
         CREATE SCHEMA vault; CREATE TABLE vault.decrypted_secrets (name text, decrypted_secret text);
         CREATE SCHEMA net;
         CREATE TABLE net.sent (number serial, url text, body text, headers jsonb);
         CREATE FUNCTION net.http_post(url text, body jsonb DEFAULT '{}', params jsonb DEFAULT '{}',
             headers jsonb DEFAULT '{\"Content-Type\": \"application/json\"}', timeout_milliseconds int DEFAULT 5000)
         RETURNS bigint LANGUAGE sql
         AS 'INSERT INTO net.sent (url, body, headers) VALUES (url, body::text, headers) RETURNING number';
         CREATE TABLE public.users (id bigint PRIMARY KEY, name text, score numeric);
         CREATE ROLE app; GRANT INSERT, SELECT, UPDATE, DELETE ON public.users TO app;",
    );
    let trigger = String::from_utf8(fixture("examples/memory_api/trigger.sql")).unwrap();
    psql(&trigger);
    // Nothing but the table is this user's. The backslash, the quote and the last letter are what signing gets wrong.
    let changes = "SET ROLE app;
         INSERT INTO public.users VALUES (9007199254740993, E'O\\'Brien \"\\\\ \\n é', 12.5000);
         UPDATE public.users SET score = 1; UPDATE public.users SET score = 2; UPDATE public.users SET score = 1;
         DELETE FROM public.users;";
    let sent = || {
        let sent = psql(
            "SELECT json_build_object('url', url, 'body', body, 'headers', headers) FROM net.sent ORDER BY number",
        );
        psql("TRUNCATE net.sent");
        sent.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let deliver = |server: &Server, sent: &[Value]| -> Vec<u16> {
        let request = |sent: &Value| {
            let headers = sent["headers"].as_object().unwrap();
            let request = Request::post(SUPABASE).body(sent["body"].as_str().unwrap());
            headers
                .iter()
                .fold(request, |request, (name, value)| request.header(name, value.as_str().unwrap()))
        };
        sent.iter().map(|sent| server.send(&request(sent)).status).collect()
    };

    let desk = Desk::new();
    let server = desk.signed().start();
    // The secret is not there yet: the table can be written to, and what arrives is refused.
    psql(changes);
    let unsigned = sent();
    assert!(unsigned.iter().all(|sent| sent["headers"] == json!({"Content-Type": "application/json"})));
    assert_eq!(deliver(&server, &unsigned), [401; 5]);

    psql(&format!("INSERT INTO vault.decrypted_secrets VALUES ('memory_api_webhook_secret', '{SECRET}')"));
    psql(&format!("BEGIN; {changes} COMMIT"));
    let signed = sent();
    assert_eq!(signed[0]["url"], "https://your-api.example/api/v1/webhooks/supabase");
    let bodies: Vec<Value> =
        signed.iter().map(|sent| serde_json::from_str(sent["body"].as_str().unwrap()).unwrap()).collect();
    let kinds: Vec<&str> = bodies.iter().map(|body| body["event_type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["insert", "update", "update", "update", "delete"]);
    for body in &bodies {
        assert_eq!(body["record_id"], 9_007_199_254_740_993_i64, "{body}");
        assert_eq!(body["data"]["name"], "O'Brien \"\\ \n é", "{body}");
        assert_eq!(body["metadata"], json!({"schema": "public"}), "{body}");
    }
    assert_eq!(deliver(&server, &signed), [202; 5]);
    // The row was changed forth, back and forth in one transaction: these are three changes.
    let stats = finished(&server, 5);
    assert_eq!(stats["events_by_type"], json!({"insert": 1, "update": 3, "delete": 1}), "{stats}");
    assert_eq!(stats["total_failed"], 0, "{stats}");
    assert_eq!(read(&server, "/api/v1/records/supabase/users/9007199254740993").status, 404);
    drop(server);

    psql(&trigger.replace("'hmac-hex');", "'static-token');"));
    psql(changes);
    let server = desk.signed().env("WEBHOOK_VARIANT", "static-token").start();
    assert_eq!(deliver(&server, &sent()), [202; 5]);
    drop(server);

    psql(&trigger.replace("'hmac-hex');", "'unsigned');"));
    psql(changes);
    let open = sent();
    assert!(open.iter().all(|sent| sent["headers"].get("X-Webhook-Signature").is_none()));
    let server = desk.program().start();
    assert_eq!(deliver(&server, &open), [202; 5]);
    finished(&server, 15);
}
