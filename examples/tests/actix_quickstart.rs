//! `actix_quickstart`, started and sent the webhooks of both senders.

#![cfg(unix)]

mod support;

use support::{Program, Request, Server, sample};
use webhook_verify::Provider;
use webhook_verify::providers::Clerk;

const CLERK: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SUPABASE: &str = "supabase-shared-secret-1";

fn start() -> Server {
    Program::new(env!("CARGO_BIN_EXE_actix_quickstart"))
        .env("CLERK_WEBHOOK_SIGNING_SECRET", CLERK)
        .env("SUPABASE_WEBHOOK_SECRET", SUPABASE)
        .start()
}

fn clerk(body: impl AsRef<[u8]>) -> Request {
    Request::post("/webhooks/clerk").json(body).signed(Clerk::SCHEME, CLERK, "msg_1")
}

fn recorded(operation: &str) -> Request {
    Request::recorded(&format!("supabase/drugs-static-secret-{operation}.http"), "/webhooks/drugs")
}

#[test]
fn both_senders_are_understood() {
    let server = start();
    assert_eq!(server.send(&clerk(sample("clerk/user.created.json"))).status, 204);
    server.wait_for_log("user user_33aQm7XvKpRtLzWyNcBdEfGhJkS is new");
    assert_eq!(server.send(&clerk(sample("clerk/_unknown-event-type.json"))).status, 204);
    for (operation, line) in [
        ("insert", "INSERT drug 1: Paracetamol 500 mg"),
        ("update", "UPDATE drug 1: Paracetamol 500 mg"),
        ("delete", "drug 1 is gone"),
    ] {
        assert_eq!(server.send(&recorded(operation)).status, 204);
        server.wait_for_log(line);
    }
    assert!(server.terminate().status.success());
}

#[test]
fn anything_else_is_refused() {
    let server = start();
    let keyless = r#"{"type": "INSERT", "table": "drugs", "record": {"id": "one"}, "schema": "public", "old_record": null}"#;
    for (request, status, error) in [
        (Request::post("/webhooks/clerk").sample("clerk/user.created.json"), 401, "missing_header"),
        (clerk("{}").body(b"{ }"), 401, "signature_mismatch"),
        (Request::recorded("svix/svix-sym-user-created.http", "/webhooks/clerk"), 401, "timestamp_too_old"),
        (clerk("hello"), 400, "not_json"),
        (recorded("insert").without("X-Webhook-Signature"), 401, "missing_header"),
        (
            Request::post("/webhooks/drugs").json(keyless).header("X-Webhook-Signature", SUPABASE),
            422,
            "wrong_shape",
        ),
    ] {
        assert_eq!(server.send(&request).refusal(), (status, error.to_owned()), "{request:?}");
    }
    server.wait_for_log("provider=\"supabase\"");
}
