//! `chatterwise`, started with a secret and without one, and sent ChatterWise's events.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::{Answer, Program, Request, Server, sample};
use webhook_verify::providers::chatterwise::{CODED, DOCUMENTED};

const SECRET: &str = "your_super_secret_string";
const HOOK: &str = "/api/webhooks/chatterwise";
const CHATBOT: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_chatterwise"))
}

fn verifying() -> Program {
    program().env("CHATTERWISE_WEBHOOK_SECRET", SECRET)
}

/// A sample as ChatterWise sends it.
fn event(name: &str) -> Request {
    let body = sample(&format!("chatterwise/{name}.json"));
    Request::post(HOOK).json(body).header("User-Agent", "ChatBot-Webhook/1.0")
}

fn signed(name: &str) -> Request {
    event(name).signed(CODED, SECRET, "")
}

fn done(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["done"].as_str().unwrap().to_owned()
}

fn all_done(server: &Server) -> Value {
    server.get("/api/done").json()
}

#[test]
fn each_event_does_what_the_guide_says() {
    let chatterwise = verifying().start();
    for (name, expected) in [
        ("message_received", "sent to the CRM"),
        ("message_received_unicode", "sent to the CRM"),
        ("data_is_text", "sent to the CRM"),
        ("data_missing", "will be indexed again"),
        ("data_is_null", "no message in it"),
        ("chatbot_updated", "will be indexed again"),
        ("knowledge_base_updated", "will be indexed again"),
        ("guide_minimal", "no chatbot in it"),
        ("unknown_event", "plan changed"), // subscription_changed
        ("conversation_started", "nothing to do"),
        ("webhook_test", "tested"),
    ] {
        assert_eq!(done(&chatterwise.send(&signed(name))), expected, "{name}");
    }
    let all = all_done(&chatterwise);
    assert_eq!(all["crm"][0], json!({"chatbot": CHATBOT, "text": "How do I reset my password?"}));
    assert_eq!(all["to_index"], json!([CHATBOT]), "once, however often it has changed");
    assert_eq!(all["plans"], json!({"5d6f0a3e-2a0f-4c7b-8a43-0f7f2a9b1c11": "pro"}));
    assert!(!chatterwise.log().contains("NOT VERIFIED"));
    assert!(chatterwise.terminate().status.success());
}

#[test]
fn what_is_not_authentic_or_not_readable_is_refused() {
    let chatterwise = verifying().start();
    let nameless = Request::post(HOOK).json(r#"{"data": {}}"#).signed(CODED, SECRET, "");
    for (request, status, error) in [
        (event("message_received"), 401, "missing_header"),
        (event("message_received").signed(CODED, "another", ""), 401, "signature_mismatch"),
        (
            signed("message_received").body(sample("chatterwise/unknown_event.json")),
            401,
            "signature_mismatch",
        ),
        // As the documentation has it; a variant is configured, never guessed.
        (event("docs_message_received").signed(DOCUMENTED, SECRET, ""), 401, "missing_header"),
        (Request::post(HOOK).json("hello").signed(CODED, SECRET, ""), 400, "not_json"),
        (nameless, 422, "wrong_shape"),
    ] {
        assert_eq!(chatterwise.send(&request).refusal(), (status, error.to_owned()), "{request:?}");
    }
    assert_eq!(all_done(&chatterwise), json!({"crm": [], "to_index": [], "plans": {}}));
}

#[test]
fn the_documented_variant() {
    let chatterwise = verifying().env("CHATTERWISE_WEBHOOK_VARIANT", "documented").start();
    let request = event("docs_message_received").signed(DOCUMENTED, SECRET, "");
    assert_eq!(done(&chatterwise.send(&request)), "sent to the CRM");
    assert_eq!(all_done(&chatterwise)["crm"], json!([{"chatbot": "cb_1001", "text": "Where is my order?"}]));
    assert_eq!(chatterwise.send(&signed("message_received")).status, 401);
}

#[test]
fn only_what_was_subscribed() {
    let chatterwise = verifying().env("CHATTERWISE_EVENTS", "chatbot_updated, subscription_changed").start();
    for (name, expected) in [
        ("message_received", "not subscribed"),
        ("knowledge_base_updated", "not subscribed"),
        ("chatbot_updated", "will be indexed again"),
        ("unknown_event", "plan changed"),
        ("webhook_test", "tested"), // the button works whatever is subscribed
    ] {
        assert_eq!(done(&chatterwise.send(&signed(name))), expected, "{name}");
    }
    assert_eq!(all_done(&chatterwise)["crm"], json!([]));
}

#[test]
fn without_a_secret_it_says_so_and_takes_anything() {
    let chatterwise = program().start();
    let line = chatterwise.wait_for_log("NOT VERIFIED");
    assert!(line.contains("anyone can send events"), "{line}");
    assert_eq!(done(&chatterwise.send(&event("unsigned_no_secret"))), "sent to the CRM");
    let misfit = Request::post(HOOK).json(r#"{"data": {}}"#);
    assert_eq!(chatterwise.send(&misfit).refusal(), (422, "wrong_shape".to_owned()));
    assert_eq!(chatterwise.send(&Request::post(HOOK).body("x")).refusal(), (400, "not_json".to_owned()));
}

#[test]
fn a_wrong_secret_is_not_no_secret() {
    for (name, value) in [("CHATTERWISE_WEBHOOK_SECRET", ""), ("WEBHOOK_SIGNING_SECRET", " x")] {
        let ended = program().env(name, value).run();
        assert!(!ended.status.success() && ended.stderr.contains(name), "{name}: {}", ended.stderr);
    }
}
