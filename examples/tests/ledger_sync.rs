//! `ledger_sync`, started and sent the changes of tables.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]
#![allow(clippy::arithmetic_side_effects, reason = "a test")]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::thread;

use serde_json::{Value, json};
use support::{Answer, Finished, Program, Request, Server, permutations};
use webhook_verify::providers::supabase;

/// The token of the recorded requests.
const TOKEN: &str = "supabase-shared-secret-1";
const HOOK: &str = "/api/webhooks/supabase";

/// A folder with a ledger in it.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    fn program(&self) -> Program {
        Program::new(env!("CARGO_BIN_EXE_ledger_sync")).env("LEDGER_DB", self.database())
    }

    fn start(&self) -> Server {
        self.program().env("WEBHOOK_SECRET", TOKEN).start()
    }

    fn verify_chain(&self) -> Finished {
        self.program().arg("verify-chain").run()
    }

    /// Changes the database behind the program's back.
    fn tamper(&self, sql: &str) {
        let database = rusqlite::Connection::open(self.database()).unwrap();
        database.pragma_update(None, "foreign_keys", false).unwrap();
        assert!(database.execute(sql, []).unwrap() > 0, "{sql}");
    }
}

fn change(body: &str) -> Request {
    Request::post(HOOK).json(body).header("X-Webhook-Signature", TOKEN)
}

fn insert(id: u8) -> Request {
    change(&format!(
        r#"{{"type": "INSERT", "table": "drugs", "record": {{"id": {id}}}, "schema": "public", "old_record": null}}"#
    ))
}

/// A change of shipment 7 between two statuses; `-` is no row.
fn shipment(before: &str, after: &str) -> Request {
    let row = |status| match status {
        "-" => "null".to_owned(),
        status => format!(r#"{{"id": 7, "status": "{status}"}}"#),
    };
    let kind = match (before, after) {
        ("-", _) => "INSERT",
        (_, "-") => "DELETE",
        _ => "UPDATE",
    };
    let (before, after) = (row(before), row(after));
    change(&format!(
        r#"{{"type": "{kind}", "table": "shipments", "record": {after}, "schema": "public", "old_record": {before}}}"#
    ))
}

/// The outcome of the one record that a change was about.
fn outcome(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["records"][0]["outcome"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

fn status(ledger: &Server) -> Value {
    ledger.get("/api/sync/status").json()
}

/// What the ledger holds of shipment 7 now.
fn shipment_now(desk: &Desk) -> Option<String> {
    let database = rusqlite::Connection::open(desk.database()).unwrap();
    let sql = "SELECT content FROM records WHERE table_name = 'shipments' AND record_id = '7'";
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn recorded_changes_become_a_chain() {
    let desk = Desk::new();
    let ledger = desk.start();
    let mut ids = Vec::new();
    for operation in ["insert", "update", "delete"] {
        let request = Request::recorded(&format!("supabase/drugs-static-secret-{operation}.http"), HOOK);
        let answer = ledger.send(&request);
        assert_eq!(outcome(&answer), "recorded", "{operation}");
        assert_eq!(answer.json()["records"][0]["id"], "1");
        ids.push(answer.json()["records"][0]["transaction_id"].as_str().unwrap().to_owned());
        let line = ledger.wait_for_log(&format!("{} of record 1: recorded", operation.to_uppercase()));
        assert!(line.contains(&ids[ids.len() - 1]), "{line}");
    }
    let mut found = status(&ledger);
    assert!(found["tables"][0]["last_received_at"].take().as_str().unwrap().ends_with("+00:00"));
    assert_eq!(
        found,
        json!({"entries": 3, "head": ids[2], "tables": [{
            "schema": "public", "table": "drugs", "records": 0, "received": 3, "recorded": 3, "recorded_late": 0,
            "not_needed": 0, "last_received_at": null, "last_transaction_id": ids[2]}]})
    );

    // While the server runs, and after it has stopped.
    let intact = format!("the chain of 3 entries is intact, its head is {}\n", ids[2]);
    assert_eq!(desk.verify_chain().stdout, intact);
    assert!(ledger.terminate().status.success());
    let verified = desk.verify_chain();
    assert_eq!((verified.status.code(), verified.stdout), (Some(0), intact));
    let anchored = desk.program().arg("verify-chain").arg(&ids[0]).run();
    assert!(anchored.status.success(), "{anchored:?}");
}

#[test]
fn what_was_answered_survives_a_crash() {
    let desk = Desk::new();
    let ledger = desk.start();
    assert_eq!(outcome(&ledger.send(&shipment("-", "new"))), "recorded");
    drop(ledger); // killed
    let ledger = desk.start();
    assert_eq!(outcome(&ledger.send(&shipment("-", "new"))), "not_needed");
    assert_eq!(outcome(&ledger.send(&shipment("new", "sent"))), "recorded");
    assert_eq!(status(&ledger)["entries"], 2);
}

#[test]
fn a_tampered_row_is_found_and_named() {
    let cases = [
        (
            "UPDATE ledger SET content_after = '{\"id\": 7, \"status\": \"lost\"}' WHERE number = 2",
            "entry 2 (UPDATE of record 7 in public.shipments) does not have the content it had",
        ),
        ("UPDATE ledger SET recorded_at = '2020-01-01T00:00:00+00:00' WHERE number = 1", "entry 1 (INSERT"),
        ("UPDATE ledger SET operation = 'INSERT' WHERE number = 3", "entry 3 (INSERT"),
        ("DELETE FROM ledger WHERE number = 2", "entry 2 is gone"),
        ("UPDATE ledger SET number = 9 WHERE number = 1", "entry 1 is gone"),
        (
            "UPDATE records SET content = '{\"id\": 7, \"status\": \"sold\"}'",
            "record 7 of public.shipments is not what",
        ),
        ("DELETE FROM records", "record 7 of public.shipments is not what"),
    ];
    for (sql, finding) in cases {
        let desk = Desk::new();
        let ledger = desk.start();
        for (before, after) in [("-", "new"), ("new", "sent"), ("sent", "there")] {
            assert_eq!(outcome(&ledger.send(&shipment(before, after))), "recorded");
        }
        assert!(ledger.terminate().status.success());
        assert!(desk.verify_chain().status.success());
        desk.tamper(sql);
        let verified = desk.verify_chain();
        assert_eq!(verified.status.code(), Some(1), "{sql}: {verified:?}");
        assert!(verified.stdout.starts_with(&format!("TAMPERED: {finding}")), "{sql}: {}", verified.stdout);
    }
}

#[test]
fn a_chain_that_was_cut_off_is_found_by_an_anchor() {
    let desk = Desk::new();
    let ledger = desk.start();
    assert_eq!(outcome(&ledger.send(&shipment("-", "new"))), "recorded");
    let last = ledger.send(&change(r#"{"type": "INSERT", "table": "drugs", "record": {"id": 1}, "schema": "public", "old_record": null}"#));
    let anchor = last.json()["records"][0]["transaction_id"].as_str().unwrap().to_owned();
    drop(ledger);
    desk.tamper("DELETE FROM ledger WHERE number = 2");
    desk.tamper("DELETE FROM records WHERE table_name = 'drugs'");
    assert!(desk.verify_chain().status.success(), "the chain alone cannot tell");
    let anchored = desk.program().arg("verify-chain").arg(anchor).run();
    assert_eq!(anchored.stdout, "TAMPERED: the given transaction is not in the chain any more\n");
    assert_eq!(anchored.status.code(), Some(1));
}

/// The life of a shipment, in every order of arrival, each change arriving twice.
#[test]
fn any_order_and_copies_come_to_the_same() {
    let life = [("-", "new"), ("new", "sent"), ("sent", "there"), ("there", "-")];
    for order in permutations(life.len()) {
        let desk = Desk::new();
        let ledger = desk.start();
        let mut copies = 0;
        for &change in &order {
            let (before, after) = life[change];
            assert_ne!(outcome(&ledger.send(&shipment(before, after))), "not_needed", "{order:?} {change}");
            // A row that is gone, and is put back as it was: a copy of its INSERT cannot be told from that.
            let ambiguous = before == "-" && shipment_now(&desk).is_none();
            if !ambiguous {
                assert_eq!(
                    outcome(&ledger.send(&shipment(before, after))),
                    "not_needed",
                    "{order:?} {change}"
                );
                copies += 1;
            }
        }
        assert_eq!(shipment_now(&desk), None, "{order:?}");
        let table = &status(&ledger)["tables"][0];
        assert_eq!((&table["recorded"], &table["not_needed"]), (&json!(4), &json!(copies)), "{order:?}");
        assert!(desk.verify_chain().status.success());
    }
}

#[test]
fn late_changes_do_not_overwrite_later_ones() {
    let desk = Desk::new();
    let ledger = desk.start();
    for (before, after, expected) in [
        ("sent", "there", "recorded"), // the first that is heard of it
        ("new", "sent", "recorded_late"),
        ("-", "new", "recorded_late"),
        ("there", "there", "not_needed"), // an UPDATE that changes nothing
        ("there", "back", "recorded"),    // …
        ("back", "there", "recorded"),    // forth and back is no copy
        ("there", "back", "recorded"),    // nor forth again
        ("lost", "found", "recorded"),    // the change to `lost` never came
    ] {
        assert_eq!(outcome(&ledger.send(&shipment(before, after))), expected, "{before} to {after}");
    }
    assert_eq!(shipment_now(&desk).as_deref(), Some(r#"{"id": 7, "status": "found"}"#));
    assert!(desk.verify_chain().status.success());
}

/// As after a lost connection: the sender repeats the request on its own within milliseconds.
#[test]
fn copies_at_the_same_time_are_one_transaction() {
    let desk = Desk::new();
    let ledger = desk.start();
    let answers: Vec<String> = thread::scope(|scope| {
        let copies: Vec<_> =
            (0..6).map(|_| scope.spawn(|| outcome(&ledger.send(&shipment("-", "new"))))).collect();
        copies.into_iter().map(|copy| copy.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|outcome| *outcome == "recorded").count(), 1, "{answers:?}");
    assert_eq!(status(&ledger)["entries"], 1);
}

/// As after one statement that writes many rows: the sender posts them all at the same time.
#[test]
fn many_records_at_the_same_time_are_one_chain() {
    let desk = Desk::new();
    let ledger = desk.start();
    thread::scope(|scope| {
        for id in 0..50 {
            let (ledger, insert) = (&ledger, insert(id));
            scope.spawn(move || assert_eq!(outcome(&ledger.send(&insert)), "recorded"));
        }
    });
    assert_eq!(status(&ledger)["tables"][0]["records"], 50);
    assert!(desk.verify_chain().stdout.starts_with("the chain of 50 entries is intact"));
}

#[test]
fn every_digit_is_kept() {
    let desk = Desk::new();
    let ledger = desk.start();
    let row = r#"{"id": 9007199254740993, "mass": 12345678901234567890.123456789000, "note": "ü\"\\", "due": "infinity"}"#;
    let body = format!(
        r#"{{"type": "INSERT", "table": "drugs", "record": {row}, "schema": "public", "old_record": null}}"#
    );
    let answer = ledger.send(&change(&body));
    assert_eq!(outcome(&answer), "recorded");
    assert_eq!(answer.json()["records"][0]["id"], "9007199254740993");
    let database = rusqlite::Connection::open(desk.database()).unwrap();
    let kept: String = database.query_row("SELECT content_after FROM ledger", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, row);
}

/// A row of megabytes, twice in one request: Supabase would not send it again.
#[test]
fn large_rows_are_recorded() {
    let desk = Desk::new();
    let ledger = desk.start();
    let row = |letter: &str| format!(r#"{{"id": 1, "scan": "{}"}}"#, letter.repeat(8 * 1024 * 1024));
    let (before, after) = (row("a"), row("b"));
    let answer = ledger.send(&change(&format!(
        r#"{{"type": "UPDATE", "table": "drugs", "record": {after}, "schema": "public", "old_record": {before}}}"#
    )));
    assert_eq!(outcome(&answer), "recorded");
    let database = rusqlite::Connection::open(desk.database()).unwrap();
    let kept: String = database.query_row("SELECT content FROM records", [], |row| row.get(0)).unwrap();
    assert!(kept == after, "{} bytes", kept.len());

    // One byte more than the limit, which is refused by its head.
    let too_large = 32 * 1024 * 1024 + 1;
    let mut connection = TcpStream::connect(ledger.address).unwrap();
    write!(
        connection,
        "POST {HOOK} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nX-Webhook-Signature: {TOKEN}\r\n\
         content-length: {too_large}\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("33554432 bytes"), "{answer}");
}

#[test]
fn a_changed_key_and_an_emptied_table() {
    let desk = Desk::new();
    let ledger = desk.start();
    assert_eq!(outcome(&ledger.send(&insert(1))), "recorded");
    assert_eq!(outcome(&ledger.send(&insert(2))), "recorded");
    let moved = ledger.send(&change(
        r#"{"type": "UPDATE", "table": "drugs", "record": {"id": 3}, "schema": "public", "old_record": {"id": 2}}"#,
    ));
    let records = moved.json()["records"].clone();
    assert_eq!((&records[0]["id"], &records[1]["id"]), (&json!("2"), &json!("3")), "{moved:?}");
    assert_eq!(status(&ledger)["tables"][0]["records"], 2);

    // Another table's truncation first: nothing of ours is gone. The body is a recorded one, but for the table.
    let body = |table: &str| {
        format!(
            r#"{{"type": "TRUNCATE", "table": "{table}", "record": null, "schema": "public", "old_record": null}}"#
        )
    };
    assert_eq!(ledger.send(&change(&body("shipments"))).json()["records"], json!([]));
    let emptied = ledger.send(&change(&body("drugs"))).json();
    assert_eq!(emptied["records"].as_array().unwrap().len(), 2, "{emptied}");
    assert_eq!(ledger.send(&change(&body("drugs"))).json()["records"], json!([]), "a copy");
    assert_eq!(status(&ledger)["tables"][0]["records"], 0);
    assert_eq!(outcome(&ledger.send(&insert(1))), "recorded", "it may come again");
    assert!(desk.verify_chain().status.success());
}

#[test]
fn other_tables_and_operations_are_ignored() {
    let desk = Desk::new();
    let ledger = desk.start();
    let users = ledger
        .send(&Request::recorded("supabase/users-insert.http", HOOK).header("X-Webhook-Signature", TOKEN));
    assert_eq!(
        (users.status, users.json()),
        (200, json!({"records": [], "ignored": "the ledger keeps drugs and shipments only"}))
    );
    let odd = ledger.send(&change(r#"{"type": "VACUUM", "table": "drugs", "record": {"id": 1}, "schema": "public", "old_record": null}"#));
    assert_eq!((odd.status, odd.json()), (200, json!({"records": [], "ignored": "no change of a record"})));
    assert_eq!(status(&ledger)["entries"], 0);
}

#[test]
fn what_is_not_authentic_or_not_readable_is_refused() {
    let desk = Desk::new();
    let ledger = desk.start();
    let good = || Request::recorded("supabase/drugs-static-secret-insert.http", HOOK);
    let misfit =
        r#"{"type": "INSERT", "table": "drugs", "record": [1], "schema": "public", "old_record": null}"#;
    let keyless = r#"{"type": "INSERT", "table": "drugs", "record": {"name": "x"}, "schema": "public", "old_record": null}"#;
    for (request, status, error) in [
        (good().without("X-Webhook-Signature"), 401, "missing_header"),
        (
            good().without("X-Webhook-Signature").header("X-Webhook-Signature", "another"),
            401,
            "signature_mismatch",
        ),
        (good().header("X-Webhook-Signature", TOKEN), 401, "repeated_header"),
        (change("drugs"), 400, "not_json"),
        (change(misfit), 422, "wrong_shape"),
        (change(keyless), 422, "no_record_id"),
    ] {
        assert_eq!(ledger.send(&request).refusal(), (status, error.to_owned()), "{request:?}");
    }
    // What arrives behind a followed redirect.
    assert_eq!(ledger.send(&Request::recorded("supabase/redirect-after302.http", HOOK)).status, 405);
    assert_eq!(status(&ledger)["entries"], 0);
    ledger.wait_for_log("code=\"repeated_header\"");
    assert!(!ledger.log().contains(TOKEN), "{}", ledger.log());
}

/// A trigger of the user's own may sign.
#[test]
fn signed_variants() {
    let body = br#"{"type": "INSERT", "table": "drugs", "record": {"id": 1}, "schema": "public", "old_record": null}"#;
    for (variant, scheme) in [
        ("hmac-hex", supabase::HMAC_HEX),
        ("hmac-hex-prefixed", supabase::HMAC_HEX_PREFIXED),
        ("hmac-base64", supabase::HMAC_BASE64),
        ("hmac-timestamped", supabase::HMAC_TIMESTAMPED),
        ("bearer", supabase::BEARER),
    ] {
        let desk = Desk::new();
        let ledger =
            desk.program().env("WEBHOOK_SECRET", "s3cr3t").env("SUPABASE_WEBHOOK_VARIANT", variant).start();
        let request = Request::post(HOOK).json(body).signed(scheme, "s3cr3t", "");
        assert_eq!(outcome(&ledger.send(&request)), "recorded", "{variant}");
        let as_token = Request::post(HOOK).json(body).header("X-Webhook-Signature", "s3cr3t");
        assert_eq!(ledger.send(&as_token).status, 401, "{variant}");
    }
    let wrong = Desk::new().program().env("SUPABASE_WEBHOOK_VARIANT", "hex").run();
    assert!(wrong.stderr.contains("hmac-hex, hmac-hex-prefixed"), "{}", wrong.stderr);
}

#[test]
fn wrong_use_is_told() {
    let desk = Desk::new();
    let unset = desk.program().run();
    assert!(!unset.status.success());
    assert!(unset.stderr.contains("WEBHOOK_SECRET"), "{}", unset.stderr);
    let typo = desk.program().arg("verify").run();
    assert!(typo.stderr.contains("usage: ledger_sync [verify-chain"), "{}", typo.stderr);
    let nothing = desk.verify_chain();
    assert_eq!(nothing.status.code(), Some(1));
    assert!(nothing.stderr.contains("cannot open"), "{}", nothing.stderr);
    std::fs::write(desk.database(), "this is no database ".repeat(100)).unwrap();
    let told = format!("cannot use LEDGER_DB={}", desk.database().display());
    for ended in [desk.verify_chain(), desk.program().env("WEBHOOK_SECRET", TOKEN).run()] {
        assert!(!ended.status.success() && ended.stderr.contains(&told), "{}", ended.stderr);
    }
}
