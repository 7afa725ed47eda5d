//! Stored, answered, processed; looked at and replayed.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{DEADLINE, Program, Request, Server};
use webhook_verify::Provider;
use webhook_verify::providers::Clerk;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn start(database: &Path) -> Server {
    Program::new(env!("CARGO_BIN_EXE_axum_inbox"))
        .env("CLERK_WEBHOOK_SECRET", SECRET)
        .env("INBOX_DB", database)
        .start()
}

fn user(id: &str) -> Request {
    Request::post("/webhooks/clerk").sample("clerk/user.created.json").signed(Clerk::SCHEME, SECRET, id)
}

fn stats(server: &Server, wanted: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + DEADLINE;
    loop {
        let stats = server.get("/inbox/stats").json();
        if wanted(&stats) {
            return stats;
        }
        assert!(Instant::now() < end, "{stats}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn it_stores_answers_and_processes() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("inbox.db");
    let server = start(&database);
    let first = server.send(&user("msg_1"));
    assert_eq!(first.status, 202);
    assert_eq!(
        first.body,
        r#"{"status":"accepted","message":"Webhook payload received and queued for processing","details":{"event_type":"user.created","source":"clerk","id":"msg_1"}}"#
    );
    let again = server.send(&user("msg_1"));
    assert_eq!((again.status, again.body), (202, first.body));
    let tampered = user("msg_2").body("{}");
    assert_eq!(server.send(&tampered).refusal(), (401, "signature_mismatch".into()));

    // One that cannot be read is kept, and is a dead letter.
    let misfit =
        Request::post("/webhooks/clerk").json(r#"{"type":"user.created","object":"event","data":7}"#);
    assert_eq!(server.send(&misfit.signed(Clerk::SCHEME, SECRET, "msg_3")).status, 202);
    let seen = stats(&server, |stats| stats["sources"]["clerk"]["backlog"] == 0);
    assert_eq!(seen["summary"]["total_processed"], 1);
    assert_eq!(seen["summary"]["total_failed"], 1);
    let dead = server.get("/inbox/events?state=dead").json();
    assert_eq!(dead[0]["delivery_id"], "msg_3");
    assert_eq!(dead[0]["reason"], "permanent");
    let attempts = server.get(&format!("/inbox/events/{}/attempts", dead[0]["id"])).json();
    assert_eq!(attempts[0]["status"], "permanent");
    assert!(attempts[0]["error"].as_str().unwrap().contains("data"), "{attempts}");

    assert_eq!(server.send(&Request::post("/inbox/replay")).body, r#"{"replayed":1}"#);
    stats(&server, |stats| stats["sources"]["clerk"]["dead"] == 1);
    assert!(server.terminate().status.success());

    // Nothing of it is gone after a restart.
    let server = start(&database);
    let seen = stats(&server, |stats| stats["sources"]["clerk"]["backlog"] == 0);
    assert_eq!(seen["summary"]["total_processed"], 1);
    assert_eq!(server.send(&user("msg_1")).status, 202);
    assert!(server.terminate().status.success());
    let database = rusqlite::Connection::open(database).unwrap();
    let welcomed: i64 = database.query_row("SELECT count(*) FROM welcomed", [], |row| row.get(0)).unwrap();
    assert_eq!(welcomed, 1);
}

#[test]
fn it_does_not_start_without_what_it_needs() {
    let no_secret = Program::new(env!("CARGO_BIN_EXE_axum_inbox")).run();
    assert!(!no_secret.status.success());
    assert!(no_secret.stderr.contains("CLERK_WEBHOOK_SECRET"), "{}", no_secret.stderr);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "these are no events ".repeat(100)).unwrap();
    let no_database = Program::new(env!("CARGO_BIN_EXE_axum_inbox"))
        .env("CLERK_WEBHOOK_SECRET", SECRET)
        .env("INBOX_DB", file)
        .run();
    assert!(!no_database.status.success());
    assert!(no_database.stderr.contains("damaged or is none"), "{}", no_database.stderr);
    assert!(no_database.stderr.contains("cannot use INBOX_DB="), "{}", no_database.stderr);
}
