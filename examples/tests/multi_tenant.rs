//! `multi_tenant`, started and given tenants, new secrets and their webhooks.

#![cfg(unix)]
#![allow(clippy::indexing_slicing, reason = "a test")]

mod support;

use serde_json::json;
use support::{Program, Request, Server};
use webhook_verify::Provider;
use webhook_verify::providers::Svix;

const ADMIN: &str = "change_me";
const A: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const B: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const EVENT: &str = r#"{"type": "invoice.paid", "data": {"id": 1}}"#;

fn start() -> Server {
    Program::new(env!("CARGO_BIN_EXE_multi_tenant")).env("ADMIN_TOKEN", ADMIN).start()
}

fn put(tenant: &str, secret: &str) -> Request {
    Request::new("PUT", &format!("/tenants/{tenant}")).body(secret)
}

fn by_admin(request: Request) -> Request {
    request.header("Authorization", format!("Bearer {ADMIN}"))
}

fn event(tenant: &str, secret: &str) -> Request {
    Request::post(&format!("/webhooks/{tenant}")).json(EVENT).signed(Svix::SCHEME, secret, "msg_1")
}

#[test]
fn tenants_come_rotate_and_go() {
    let server = start();
    let status = |request: Request| server.send(&request).status;
    assert_eq!(status(event("acme", A)), 404);
    assert_eq!(status(by_admin(put("acme", A))), 201);
    assert_eq!(status(by_admin(put("globex", B))), 201);

    let taken = server.send(&event("acme", A)).json();
    assert_eq!(taken["event"], "invoice.paid");
    let others = server.send(&event("globex", B)).json();
    assert_eq!(
        (&taken["idempotency_key"], &others["idempotency_key"]),
        (&json!("svix/acme/:msg_1"), &json!("svix/globex/:msg_1"))
    );
    // Each verifies with its own secret alone.
    assert_eq!(server.send(&event("acme", B)).refusal(), (401, "signature_mismatch".to_owned()));
    assert_eq!(server.send(&event("globex", A)).refusal(), (401, "signature_mismatch".to_owned()));

    // While a secret is rotated both are good, and the answer tells which was used.
    assert_eq!(status(by_admin(put("acme", B))), 204);
    assert_eq!(server.send(&event("acme", B)).json()["secret"], 0);
    assert_eq!(server.send(&event("acme", A)).json()["secret"], 1);
    assert_eq!(server.send(&event("globex", A)).status, 401, "the other tenant is not touched");

    let remove = || Request::new("DELETE", "/tenants/acme");
    assert_eq!(status(remove()), 401);
    assert_eq!(status(by_admin(remove())), 204);
    assert_eq!(status(by_admin(remove())), 404);
    assert_eq!(status(event("acme", B)), 404);
    server.wait_for_log("acme: ");
    assert!(server.terminate().status.success());
}

#[test]
fn without_an_admin_it_does_not_start() {
    let bare = || Program::new(env!("CARGO_BIN_EXE_multi_tenant"));
    for (program, told) in
        [(bare(), "ADMIN_TOKEN is not set"), (bare().env("ADMIN_TOKEN", ""), "ADMIN_TOKEN is no token")]
    {
        let ended = program.run();
        assert!(!ended.status.success() && ended.stderr.contains(told), "{told}: {}", ended.stderr);
    }
}

#[test]
fn only_the_admin_and_only_real_secrets() {
    let server = start();
    assert_eq!(server.send(&put("acme", A)).status, 401);
    assert_eq!(server.send(&put("acme", A).header("Authorization", "Bearer another")).status, 401);
    assert_eq!(server.send(&put("acme", A).header("Authorization", ADMIN)).status, 401);
    for wrong in ["", "whsec_", "sk_live_abc", "https://example.com", "whsec_not base64"] {
        let answer = server.send(&by_admin(put("acme", wrong)));
        assert_eq!(answer.refusal(), (422, "wrong_secret".to_owned()), "{wrong}");
        assert!(wrong.is_empty() || !answer.body.contains(wrong) || wrong == "whsec_", "{answer:?}");
    }
    assert_eq!(server.send(&event("acme", A)).status, 404);
    assert_eq!(server.send(&by_admin(put("acme", A))).status, 201);
    assert_eq!(server.send(&by_admin(put("acme", "sk_live_abc"))).status, 422);
    assert_eq!(server.send(&event("acme", A)).status, 200, "a wrong new secret leaves the old one");
    assert!(!server.log().contains(ADMIN), "{}", server.log());
}
