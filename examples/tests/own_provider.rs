//! `own_provider`, started and sent orders.

#![cfg(unix)]

mod support;

use support::{Program, Request, Server};
use webhook_verify::Part::{Body, Text, Timestamp};
use webhook_verify::{Encoding, Place, Scheme, UnixTime};

const SECRET: &str = "s3cr3t";
const ORDER: &str = r#"{"id": "17", "total": 4200}"#;
const SCHEME: Scheme = Scheme::hmac_sha256("x-shop-signature", Encoding::Hex)
    .list(',', '=', "v1")
    .timestamp(Place::Field("t"))
    .signed(&[Timestamp, Text("."), Body]);

fn start() -> Server {
    Program::new(env!("CARGO_BIN_EXE_own_provider")).env("SHOP_WEBHOOK_SECRET", SECRET).start()
}

fn order(body: &str) -> Request {
    Request::post("/webhooks/shop").json(body)
}

#[test]
fn an_authentic_order_is_taken() {
    let shop = start();
    assert_eq!(shop.send(&order(ORDER).signed(SCHEME, SECRET, "")).status, 204);
    shop.wait_for_log("order 17 over 4200 cents");
    assert!(shop.terminate().status.success());
}

#[test]
fn anything_else_is_refused() {
    let shop = start();
    let now = UnixTime::now();
    let stale = UnixTime::from_secs(now.as_secs() - 301);
    for (request, status, error) in [
        (order(ORDER), 401, "missing_header"),
        (order(ORDER).signed(SCHEME, "another", ""), 401, "signature_mismatch"),
        (
            order(ORDER).signed(SCHEME, SECRET, "").body(r#"{"id": "18", "total": 1}"#),
            401,
            "signature_mismatch",
        ),
        (order(ORDER).signed_at(SCHEME, SECRET, "", stale), 401, "timestamp_too_old"),
        (order("order 17").signed(SCHEME, SECRET, ""), 400, "not_json"),
        (order(r#"{"id": "17", "total": "a lot"}"#).signed(SCHEME, SECRET, ""), 422, "wrong_shape"),
    ] {
        assert_eq!(shop.send(&request).refusal(), (status, error.to_owned()));
    }
    assert_eq!(shop.get("/webhooks/shop").status, 405);
    // The log tells why, and nothing of the request.
    assert!(shop.wait_for_log("timestamp_too_old").contains("provider=\"shop\""));
    assert!(!shop.log().contains("order"), "{}", shop.log());
}

#[test]
fn no_secret_no_start() {
    let ended = Program::new(env!("CARGO_BIN_EXE_own_provider")).run();
    assert!(!ended.status.success());
    assert!(ended.stderr.contains("SHOP_WEBHOOK_SECRET"), "{}", ended.stderr);
}
