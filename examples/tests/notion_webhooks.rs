//! `notion_webhooks`, started and sent set-up requests and events.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod support;

use serde_json::Value;
use support::{Program, Request, Server, repository, sample};
use webhook_verify::Provider;
use webhook_verify::providers::Notion;

const PATH: &str = "/webhooks/notion";
const TOKEN: &str = "secret_kT4mQ9vLr2Xc7WnJ0pYbA6sZfD1eHgU8iOqR3tMxCwE";
const OTHER: &str = "secret_of_somebody_who_knows_the_address_only";

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_notion_webhooks"))
}

/// A sample as Notion sends it, compact, signed with `token`.
fn event(file: &str, token: &str) -> Request {
    let event: Value = serde_json::from_slice(&sample(&format!("notion/{file}.json"))).unwrap();
    Request::post(PATH).json(event.to_string()).signed(Notion::SCHEME, token, "")
}

/// The set-up request that offers `token`.
fn offer(token: &str) -> Request {
    let body = format!(r#"{{"verification_token":"{token}"}}"#);
    Request::post(PATH).json(body).signed(Notion::SCHEME, token, "")
}

fn accepted(server: &Server, request: &Request) {
    let answer = server.send(request);
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn a_subscription_is_set_up() {
    let mut server = program().start();
    server.wait_for_log("there is no token yet: let Notion send its set-up request, then type `show`");
    let created = event("page.created", TOKEN);
    assert_eq!(server.send(&created).refusal(), (500, "not_configured".to_owned()));
    server.type_line("show");
    server.wait_for_stdout("no token was offered");

    let answer = server.send(&offer(TOKEN));
    assert_eq!((answer.status, answer.json()["status"].as_str()), (200, Some("handshake_pending")));
    assert!(!answer.body.contains(TOKEN), "it is not sent back");
    server.wait_for_log("type `show`");
    // Nothing is trusted yet, and nothing can be without looking.
    assert_eq!(server.send(&created).status, 500);
    server.type_line("promote");
    server.wait_for_stdout("`show` it first");

    server.type_line("show");
    server.wait_for_stdout(TOKEN);
    // Somebody else offers one while the person is at Notion: it is not the one that was shown.
    assert_eq!(server.send(&offer(OTHER)).status, 200);
    server.type_line("promote");
    server.wait_for_stdout("put it into NOTION_VERIFICATION_TOKEN");
    accepted(&server, &created);
    server.wait_for_log("page 4eca6399-84b2-531a-8b72-257bb6b9e094 is new");
    assert_eq!(server.send(&event("page.moved", OTHER)).refusal(), (401, "signature_mismatch".to_owned()));

    let log = server.log();
    assert!(!log.contains(TOKEN) && !log.contains(OTHER), "a token is no matter for the log: {log}");
    assert!(server.terminate().status.success(), "although nobody has closed the terminal");
}

#[test]
fn an_active_secret_is_never_replaced() {
    let mut server = program().env("NOTION_WEBHOOK_SECRET", TOKEN).start();
    accepted(&server, &event("page.created", TOKEN));
    accepted(&server, &offer(OTHER));
    // An unsigned offer, or one that is signed with another token, is not even kept.
    assert_eq!(server.send(&offer(OTHER).without("x-notion-signature")).status, 401);
    assert_eq!(server.send(&event("page.moved", OTHER)).status, 401);
    accepted(&server, &event("page.moved", TOKEN));

    // A new subscription, which a person has confirmed: both are valid until the old one is taken out.
    server.type_line("show");
    server.wait_for_stdout(OTHER);
    server.type_line("promote");
    server.wait_for_stdout("done");
    accepted(&server, &event("page.locked", OTHER));
    accepted(&server, &event("page.deleted", TOKEN));
    server.wait_for_log("went to the trash");
}

#[test]
fn every_event_is_told() {
    let server = program().env("NOTION_VERIFICATION_TOKEN", TOKEN).start();
    for (file, told) in [
        ("page.created", "is new"),
        ("page.properties_updated", "has other values of"),
        ("page.content_updated", "has another content, in"),
        ("data_source.schema_updated", "has other columns:"),
        ("database.moved", "is now in"),
        ("comment.created", "was written on page"),
        ("file_upload.upload_failed", "failed:"),
        ("view.updated", "had the event view.updated"),
        ("unknown.variant-future-event", "had an event that is new to this program"),
        ("page.created.variant-v2022-06-28", "is new"),
    ] {
        accepted(&server, &event(file, TOKEN));
        server.wait_for_log(told);
    }
    // All there are.
    let folder = repository().join("webhook-core/tests/samples/notion");
    let mut count = 0;
    for entry in folder.read_dir().unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(file) = name.strip_suffix(".json") else { continue };
        // A page's numbers may be too large for this.
        let Ok(body) = serde_json::from_slice::<Value>(&sample(&format!("notion/{name}"))) else { continue };
        if body["type"].is_string() && body["entity"].is_object() {
            accepted(&server, &event(file, TOKEN));
            count += 1;
        }
    }
    assert!(count >= 31, "{count}");
}

#[test]
fn repetitions_and_own_writes_are_left_out() {
    let deleted: Value = serde_json::from_slice(&sample("notion/page.deleted.json")).unwrap();
    let author = deleted["authors"][0]["id"].as_str().unwrap();
    let server = program().env("NOTION_VERIFICATION_TOKEN", TOKEN).env("NOTION_BOT_ID", author).start();
    accepted(&server, &event("page.deleted", TOKEN));
    server.wait_for_log("is our own, left out");

    // A later attempt of an event has another body and the same id.
    let server = program().env("NOTION_VERIFICATION_TOKEN", TOKEN).start();
    accepted(&server, &event("page.deleted", TOKEN));
    server.wait_for_log("went to the trash");
    let mut again = deleted;
    again["attempt_number"] = 2.into();
    accepted(&server, &Request::post(PATH).json(again.to_string()).signed(Notion::SCHEME, TOKEN, ""));
    server.wait_for_log("again, attempt 2, left out");
}

#[test]
fn what_is_not_authentic_is_refused() {
    let server = program().env("NOTION_VERIFICATION_TOKEN", TOKEN).start();
    let created = event("page.created", TOKEN);
    let pretty = sample("notion/page.created.json");
    for (request, refusal) in [
        (created.clone().without("x-notion-signature"), (401, "missing_header")),
        (created.clone().body(pretty), (401, "signature_mismatch")),
        (
            created.clone().without("x-notion-signature").header("x-notion-signature", "0".repeat(64)),
            (401, "malformed_header"),
        ),
        (
            Request::post(PATH).json(r#"{"type": "page.created"}"#).signed(Notion::SCHEME, TOKEN, ""),
            (422, "wrong_shape"),
        ),
    ] {
        assert_eq!(server.send(&request).refusal(), (refusal.0, refusal.1.to_owned()));
    }
    assert_eq!(server.get(PATH).status, 405);
    let wrong = program().env("NOTION_VERIFICATION_TOKEN", "").run();
    assert!(!wrong.status.success() && wrong.stderr.contains("NOTION_VERIFICATION_TOKEN"), "{wrong:?}");
}
