//! `own_handler`, started and sent Clerk's events.

#![cfg(unix)]

mod support;

use support::{Program, Request, Server, sample};
use webhook_verify::providers::Clerk;
use webhook_verify::{Provider, UnixTime};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const HOOK: &str = "/webhooks/clerk";

fn start() -> Server {
    Program::new(env!("CARGO_BIN_EXE_own_handler")).env("CLERK_WEBHOOK_SIGNING_SECRET", SECRET).start()
}

fn signed(body: impl AsRef<[u8]>) -> Request {
    Request::post(HOOK).json(body).signed(Clerk::SCHEME, SECRET, "msg_1")
}

#[test]
fn an_authentic_event_is_taken() {
    let server = start();
    assert_eq!(server.send(&signed(sample("clerk/user.created.json"))).status, 204);
    server.wait_for_log("user.created signed at");
    assert!(server.terminate().status.success());
}

#[test]
fn anything_else_is_refused_as_the_adapters_do() {
    let server = start();
    let body = sample("clerk/user.created.json");
    let stale = UnixTime::from_secs(UnixTime::now().as_secs() - 301);
    let large = vec![b' '; 4 * 1024 * 1024 + 1];
    for (request, status, error) in [
        (Request::post(HOOK).json(&body), 401, "missing_header"),
        (signed(&body).body(b"{}"), 401, "signature_mismatch"),
        (
            Request::post(HOOK).json(&body).signed_at(Clerk::SCHEME, SECRET, "msg_1", stale),
            401,
            "timestamp_too_old",
        ),
        (signed("hello"), 400, "not_json"),
        (signed(r#"{"type": "user.created", "data": {"id": 7}}"#), 422, "wrong_shape"),
        (signed(b"x").body(large), 413, "body_too_large"),
        (Request::new("GET", HOOK), 405, "method_not_allowed"),
    ] {
        let answer = server.send(&request);
        assert_eq!(answer.refusal(), (status, error.to_owned()));
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers.contains_key("allow"), status == 405);
    }
    assert_eq!(server.send(&Request::post("/elsewhere")).status, 404);
    server.wait_for_log("code=\"timestamp_too_old\"");
}
