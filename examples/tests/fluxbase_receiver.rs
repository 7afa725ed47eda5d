//! `fluxbase_receiver`, started and sent what Fluxbase servers were recorded to send, and requests signed now.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "a test")]

mod support;

use support::{Program, Request, Server};
use webhook_verify::providers::fluxbase::{GUIDE, LEGACY, SIGNED};
use webhook_verify::{Scheme, UnixTime};

const PATH: &str = "/webhooks/fluxbase";
const SECRET: &str = "your-webhook-secret";

fn receiver() -> Program {
    Program::new(env!("CARGO_BIN_EXE_fluxbase_receiver")).env("FLUXBASE_WEBHOOK_SECRET", SECRET)
}

/// The recorded body, signed now: what was recorded is stale by now.
fn recorded_now(file: &str, scheme: Scheme) -> Request {
    let recorded = Request::recorded(&format!("fluxbase/{file}"), PATH);
    recorded.without("x-fluxbase-signature").without("x-webhook-signature").signed(scheme, SECRET, "")
}

fn accepted(server: &Server, request: &Request) {
    let answer = server.send(request);
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn changes_are_told_by_table_and_operation() {
    let server = receiver().start();
    accepted(&server, &recorded_now("users-insert.http", SIGNED));
    let line = server.wait_for_log("INSERT auth.users");
    assert!(line.contains(r#""score":123456789012345678901234567890.10"#), "every digit: {line}");

    accepted(&server, &recorded_now("users-update.http", SIGNED));
    let line = server.wait_for_log("UPDATE auth.users");
    assert!(line.contains(r#"-> "Changed""#), "{line}");
    assert!(line.contains("score: 123456789012345678901234567890.10 -> 1.50"), "{line}");
    assert!(!line.contains("email"), "it has not changed: {line}");

    accepted(&server, &recorded_now("users-delete.http", SIGNED));
    assert!(server.wait_for_log("DELETE auth.users").contains("550e8400"));
    accepted(&server, &recorded_now("users-test.http", SIGNED));
    server.wait_for_log("TEST the webhook works");

    // What the product's guide shows is read too.
    for (file, line) in [("guide_insert", "INSERT public."), ("guide_delete", "DELETE public.")] {
        let body = Request::post(PATH).sample(&format!("fluxbase/{file}.json"));
        accepted(&server, &body.signed(SIGNED, SECRET, ""));
        server.wait_for_log(line);
    }
    accepted(
        &server,
        &Request::post(PATH).sample("fluxbase/unknown_event_null_record.json").signed(SIGNED, SECRET, ""),
    );
    server.wait_for_log("is nothing that this program knows");
    assert!(server.terminate().status.success());
}

#[test]
fn what_is_not_authentic_is_refused() {
    let server = receiver().start();
    let insert = || recorded_now("users-insert.http", SIGNED);
    let unsigned = insert().without("x-fluxbase-signature");
    let replayed = Request::recorded("fluxbase/users-insert.http", PATH);
    let tomorrow = UnixTime::from_secs(UnixTime::now().as_secs() + 86_400);
    for (request, error) in [
        (replayed, "timestamp_too_old"),
        (unsigned.clone(), "missing_header"),
        (unsigned.clone().signed(SIGNED, "another", ""), "signature_mismatch"),
        (unsigned.clone().signed_at(SIGNED, SECRET, "", tomorrow), "timestamp_too_new"),
        (unsigned.clone().signed(GUIDE, SECRET, ""), "malformed_header"),
        // A server also sends the legacy signature. It is not looked at: it would never grow old.
        (unsigned.signed(LEGACY, SECRET, ""), "missing_header"),
        (insert().body(r#"{"event":"INSERT","table":"users","schema":"auth"}"#), "signature_mismatch"),
    ] {
        assert_eq!(server.send(&request).refusal(), (401, error.to_owned()));
    }
    let row = Request::post(PATH).json(r#"{"event":"INSERT","table":"users"}"#).signed(SIGNED, SECRET, "");
    assert_eq!(server.send(&row).refusal(), (422, "wrong_shape".to_owned()));
    assert!(!server.log().contains("INSERT"), "{}", server.log());
}

#[test]
fn older_servers_need_their_variant() {
    let server = receiver().env("FLUXBASE_VARIANT", "legacy").start();
    accepted(&server, &Request::recorded("fluxbase/old2025-insert.http", PATH));
    assert!(server.wait_for_log("INSERT auth.users").contains("Tom"));
    accepted(&server, &Request::recorded("fluxbase/old2025-delete.http", PATH));

    let server = receiver().env("FLUXBASE_VARIANT", "guide").start();
    accepted(&server, &Request::post(PATH).sample("fluxbase/guide_insert.json").signed(GUIDE, SECRET, ""));
}

#[test]
fn repetitions_are_left_out_only_when_asked_for() {
    // Two attempts of one delivery: the bodies differ in `timestamp` alone.
    let attempts = || ["retry-update-1.http", "retry-update-2.http"].map(|file| recorded_now(file, SIGNED));

    let server = receiver().start();
    for attempt in attempts() {
        accepted(&server, &attempt);
    }
    let log = server.terminate().stderr;
    assert_eq!(log.matches("UPDATE auth.users ").count(), 2, "{log}");
    assert!(!log.contains("left out"), "{log}");

    let server = receiver().env("FLUXBASE_DEDUPE_SECONDS", "60").start();
    for attempt in attempts() {
        accepted(&server, &attempt);
    }
    server.wait_for_log("UPDATE auth.users again, left out");
    accepted(&server, &recorded_now("users-delete.http", SIGNED));
    server.wait_for_log("DELETE auth.users");
    let log = server.terminate().stderr;
    assert_eq!(log.matches("UPDATE auth.users").count(), 2, "one told, one left out: {log}");
}

#[test]
fn without_a_secret_it_says_so_and_takes_anything() {
    let server = Program::new(env!("CARGO_BIN_EXE_fluxbase_receiver")).start();
    let line = server.wait_for_log("NOT VERIFIED");
    assert!(line.contains("WARN") && line.contains("anyone can send events to /webhooks/fluxbase"), "{line}");
    // As a server sends it that has no secret either.
    accepted(&server, &Request::recorded("fluxbase/nosecret-insert.http", PATH));
    server.wait_for_log("INSERT auth.users");
    // What is signed is taken too, whatever with.
    accepted(&server, &Request::recorded("fluxbase/users-delete.http", PATH));
    server.wait_for_log("DELETE auth.users");
    let row = Request::post(PATH).json(r#"{"event":"INSERT","table":"users"}"#);
    assert_eq!(server.send(&row).refusal(), (422, "wrong_shape".to_owned()));
    assert_eq!(server.send(&Request::post(PATH).body("x")).refusal(), (400, "not_json".to_owned()));
    assert_eq!(server.get(PATH).status, 405);

    let verifying = receiver().start();
    accepted(&verifying, &recorded_now("users-test.http", SIGNED));
    verifying.wait_for_log("TEST the webhook works");
    assert!(!verifying.log().contains("NOT VERIFIED"), "{}", verifying.log());
}

#[test]
fn a_wrong_configuration_is_no_start() {
    for (name, value, told) in [
        ("FLUXBASE_VARIANT", "signd", "signed, legacy, guide"),
        ("FLUXBASE_DEDUPE_SECONDS", "soon", "FLUXBASE_DEDUPE_SECONDS"),
        ("FLUXBASE_WEBHOOK_SECRET", "", "FLUXBASE_WEBHOOK_SECRET"),
    ] {
        let ended = receiver().env(name, value).run();
        assert!(!ended.status.success());
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
    let helped = receiver().arg("--help").run();
    assert!(!helped.status.success());
    assert!(
        helped.stderr.contains("stand at the top of examples/fluxbase_receiver/main.rs"),
        "{}",
        helped.stderr
    );
    let running = receiver().start();
    let second = receiver().env("LISTEN", running.address.to_string()).run();
    let told = format!("cannot listen on {}; set LISTEN", running.address);
    assert!(!second.status.success() && second.stderr.contains(&told), "{}", second.stderr);
    let bare =
        Program::new(env!("CARGO_BIN_EXE_fluxbase_receiver")).env("FLUXBASE_DEDUPE_SECONDS", "60").run();
    assert!(!bare.status.success());
    let told = "FLUXBASE_DEDUPE_SECONDS needs a secret: set FLUXBASE_WEBHOOK_SECRET";
    assert!(bare.stderr.contains(told), "{}", bare.stderr);
}
