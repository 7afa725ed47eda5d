//! `fluxbase_sender` and `fluxbase_receiver`, run against each other, and the sender against receivers that fail.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "a test")]

#[path = "support/fake.rs"]
mod fake;
mod support;

use std::path::Path;
use std::time::Duration;

use fake::{Fake, Reply};
use serde_json::{Value, json};
use support::{Answer, Program, Request, Server, eventually};
use tempfile::TempDir;
use webhook_core::fluxbase::{Acknowledgement, Delivery, DeliveryStatus, Webhook};
use webhook_verify::providers::Fluxbase;
use webhook_verify::{Receiver, Secret, UnixTime};

const SECRET: &str = "your-webhook-secret";
const INSERT: &str = r#"{"event": "INSERT", "table": "users", "schema": "auth",
    "record": {"id": 9007199254740993, "name": "Tom & <Jerry>", "score": 1.50}}"#;

fn sender(folder: &Path) -> Server {
    Program::new(env!("CARGO_BIN_EXE_fluxbase_sender")).folder(folder).env("ALLOW_LOOPBACK", "1").start()
}

fn call(server: &Server, method: &str, path: &str, body: &Value) -> Answer {
    server.send(&Request::new(method, path).json(body.to_string()))
}

/// Makes a webhook on inserts and updates of `users` that tries at once again, and gives its path.
fn webhook(server: &Server, url: &str, more: &Value) -> String {
    let mut webhook = json!({
        "name": "User Events", "url": url, "secret": SECRET, "retry_backoff_seconds": 0,
        "events": [{"table": "users", "operations": ["INSERT", "UPDATE"]}],
    });
    webhook.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = call(server, "POST", "/api/v1/webhooks", &webhook);
    assert_eq!(answer.status, 201, "{answer:?}");
    let made: Webhook = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(made.secret, None, "it is not shown");
    format!("/api/v1/webhooks/{}", made.id)
}

/// Reports a change, and says how many deliveries it makes.
fn change(server: &Server, body: &str) -> u64 {
    let answer = server.send(&Request::post("/api/v1/changes").json(body));
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.json()["deliveries"].as_u64().unwrap()
}

fn log(server: &Server, webhook: &str) -> Vec<Delivery> {
    serde_json::from_str(&server.get(&format!("{webhook}/deliveries?limit=50")).body).unwrap()
}

/// The webhook's newest delivery, once it is over.
fn over(server: &Server, webhook: &str) -> Delivery {
    eventually("a delivery that is over", || {
        let newest = log(server, webhook).into_iter().next()?;
        (newest.status != Some(DeliveryStatus::Pending)).then_some(newest)
    })
}

#[test]
fn a_change_arrives_signed_at_the_receiver() {
    let folder = TempDir::new().unwrap();
    let receiver =
        Program::new(env!("CARGO_BIN_EXE_fluxbase_receiver")).env("FLUXBASE_WEBHOOK_SECRET", SECRET).start();
    let server = sender(folder.path());
    let path = webhook(&server, &receiver.url("/webhooks/fluxbase"), &json!({}));

    assert_eq!(change(&server, INSERT), 1);
    let delivery = over(&server, &path);
    assert_eq!(delivery.status, Some(DeliveryStatus::Success), "{delivery:?}");
    assert_eq!((delivery.status_code, delivery.attempt), (Some(200), Some(1)));
    assert_eq!(delivery.error, None);
    assert!(delivery.delivered_at.is_some() && delivery.created_at.is_some());
    assert!(delivery.extra.get("response_time_ms").is_some() && delivery.extra.get("attempted_at").is_some());
    let line = receiver.wait_for_log("INSERT auth.users");
    assert!(line.contains("9007199254740993") && line.contains("1.50"), "every digit: {line}");

    let update = r#"{"event": "update", "table": "users", "schema": "auth",
        "record": {"id": 1, "email": "new@example.com"}, "old_record": {"id": 1, "email": "old@example.com"}}"#;
    assert_eq!(change(&server, update), 1);
    receiver.wait_for_log(r#"UPDATE auth.users email: "old@example.com" -> "new@example.com""#);

    // The test button.
    let answer = call(&server, "POST", &format!("{path}/test"), &json!({}));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(serde_json::from_str::<Acknowledgement>(&answer.body).unwrap().success);
    receiver.wait_for_log("TEST the webhook works");
    let events: Vec<_> = log(&server, &path).into_iter().map(|delivery| delivery.event.unwrap()).collect();
    assert_eq!(events, ["TEST", "UPDATE", "INSERT"], "the newest first");
}

#[test]
fn the_wrong_secret_is_refused_and_told() {
    let folder = TempDir::new().unwrap();
    let receiver = Program::new(env!("CARGO_BIN_EXE_fluxbase_receiver"))
        .env("FLUXBASE_WEBHOOK_SECRET", "another")
        .start();
    let server = sender(folder.path());
    let path = webhook(&server, &receiver.url("/webhooks/fluxbase"), &json!({}));
    change(&server, INSERT);
    let delivery = over(&server, &path);
    assert_eq!(delivery.status, Some(DeliveryStatus::Failed));
    assert_eq!((delivery.status_code, delivery.attempt), (Some(401), Some(3)));
    assert!(delivery.response_body.unwrap().contains("signature_mismatch"));
    assert_eq!(delivery.error.as_deref(), Some("the receiver answered 401"));

    let answer = call(&server, "POST", &format!("{path}/test"), &json!({}));
    assert_eq!(answer.status, 500);
    assert_eq!(answer.json(), json!({"success": false, "message": "the receiver answered 401"}));
}

#[test]
fn what_fails_is_sent_again_with_a_new_timestamp() {
    let folder = TempDir::new().unwrap();
    let broken = Reply::new(500).body("x".repeat(5000));
    let receiver = Fake::scripted([broken.clone(), broken, Reply::new(200).body("OK")]);
    let server = sender(folder.path());
    let path = webhook(&server, &receiver.url("/hook"), &json!({"headers": {"X-Tenant": "acme"}}));
    change(&server, INSERT);
    let delivery = over(&server, &path);
    assert_eq!(delivery.status, Some(DeliveryStatus::Success), "{delivery:?}");
    assert_eq!((delivery.attempt, delivery.status_code), (Some(3), Some(200)));
    assert_eq!(delivery.response_body.as_deref(), Some("OK"));

    let sent = receiver.sent();
    assert_eq!(sent.len(), 3);
    let verifier = Receiver::<Fluxbase>::new(Secret::new(SECRET).unwrap()).unwrap();
    for attempt in &sent {
        let headers = &attempt.headers;
        assert_eq!((&*attempt.method, &*attempt.path), ("POST", "/hook"));
        assert_eq!(
            (&headers["content-type"], &headers["x-tenant"]),
            (&"application/json".parse().unwrap(), &"acme".parse().unwrap())
        );
        assert_eq!(headers["user-agent"], "Fluxbase-Webhooks/1.0");
        assert!(headers.contains_key("x-webhook-signature"), "for older receivers");
        let _ = verifier.verify(headers, attempt.body.clone(), UnixTime::now()).unwrap();
        let body = String::from_utf8(attempt.body.clone()).unwrap();
        let (before, after) = body.split_once(r#","timestamp":""#).unwrap();
        assert_eq!(
            before,
            concat!(
                r#"{"event":"INSERT","table":"users","schema":"auth","record":"#,
                r#"{"id":9007199254740993,"name":"Tom \u0026 \u003cJerry\u003e","score":1.50}"#
            )
        );
        assert!(after.ends_with(r#"Z"}"#));
    }
    assert_ne!(sent[0].body, sent[1].body, "each attempt has its own timestamp");
    assert_eq!(delivery.payload.unwrap().as_str().as_bytes(), sent[2].body);
}

#[test]
fn the_waits_grow_evenly() {
    let folder = TempDir::new().unwrap();
    let receiver = Fake::scripted([Reply::new(503).header("retry-after", "3600")]);
    let server = sender(folder.path());
    let path = webhook(&server, &receiver.url("/"), &json!({"retry_backoff_seconds": 1}));
    change(&server, INSERT);
    let delivery = over(&server, &path);
    assert_eq!((delivery.status, delivery.attempt), (Some(DeliveryStatus::Failed), Some(3)));
    let times: Vec<_> = receiver
        .sent()
        .iter()
        .map(|sent| {
            sent.json()["timestamp"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap()
        })
        .collect();
    let waits: Vec<_> = times.windows(2).map(|pair| (pair[1] - pair[0]).num_milliseconds()).collect();
    assert!(waits[0] >= 1000 && waits[1] >= 2000 && waits[0] < waits[1], "{waits:?}");
}

#[test]
fn a_receiver_that_takes_too_long_has_failed() {
    let folder = TempDir::new().unwrap();
    let receiver = Fake::scripted([Reply::new(200).after(Duration::from_mins(1))]);
    let server = sender(folder.path());
    let path = webhook(&server, &receiver.url("/"), &json!({"timeout_seconds": 1, "max_retries": 1}));
    change(&server, INSERT);
    let delivery = over(&server, &path);
    assert_eq!((delivery.status, delivery.attempt), (Some(DeliveryStatus::Failed), Some(1)));
    assert_eq!(delivery.status_code, None);
    assert!(delivery.error.unwrap().contains("timeout"));
    let took: u64 = delivery.extra.get("response_time_ms").unwrap().parse().unwrap();
    assert!((1000..30_000).contains(&took), "{took}");
}

#[test]
fn a_redirect_is_not_followed() {
    let folder = TempDir::new().unwrap();
    let elsewhere = Fake::scripted([Reply::new(200)]);
    let receiver = Fake::scripted([Reply::new(307).header("location", &elsewhere.url("/"))]);
    let server = sender(folder.path());
    let path = webhook(&server, &receiver.url("/"), &json!({"max_retries": 1}));
    change(&server, INSERT);
    let delivery = over(&server, &path);
    assert_eq!((delivery.status, delivery.status_code), (Some(DeliveryStatus::Failed), Some(307)));
    assert!(elsewhere.sent().is_empty(), "neither the body nor its signature went elsewhere");
}

#[test]
fn only_what_a_webhook_listens_to_is_sent() {
    let folder = TempDir::new().unwrap();
    let receiver = Fake::scripted([Reply::new(200)]);
    let server = sender(folder.path());
    let users = webhook(&server, &receiver.url("/users"), &json!({}));
    let all = json!({"events": [{"table": "*", "operations": ["*"]}], "secret": null});
    let everything = webhook(&server, &receiver.url("/all"), &all);
    let deleted = INSERT.replace("INSERT", "DELETE");
    assert_eq!(change(&server, INSERT), 2);
    assert_eq!(change(&server, &deleted), 1);
    assert_eq!(change(&server, &INSERT.replace("users", "orders")), 1);
    eventually("four deliveries", || (receiver.sent().len() == 4).then_some(()));
    assert_eq!(log(&server, &users).len(), 1);
    assert_eq!(log(&server, &everything).len(), 3);
    let unsigned = receiver.sent().into_iter().find(|sent| sent.path == "/all").unwrap();
    assert!(!unsigned.headers.contains_key("x-fluxbase-signature"), "there is no secret");

    // Paused: nothing now, and nothing later.
    let mut paused: Value = server.get(&users).json();
    assert_eq!(paused["max_retries"], 3);
    paused["enabled"] = json!(false);
    for method in ["PATCH", "PUT"] {
        assert_eq!(call(&server, method, &users, &paused).status, 200);
    }
    assert_eq!(change(&server, INSERT), 1);
    paused["enabled"] = json!(true);
    let answer = call(&server, "PATCH", &users, &paused);
    assert_eq!(answer.json(), json!({"success": true, "message": "Webhook updated successfully"}));
    assert_eq!(change(&server, INSERT), 2);
    eventually("the next one", || (log(&server, &users).len() == 2).then_some(()));
    eventually("the last one", || {
        (receiver.sent().iter().filter(|sent| sent.path == "/users").count() == 2).then_some(())
    });
    let last = receiver.sent().into_iter().rfind(|sent| sent.path == "/users").unwrap();
    assert!(last.headers.contains_key("x-fluxbase-signature"), "the secret has outlived the changes");

    assert_eq!(call(&server, "DELETE", &everything, &json!({})).status, 200);
    assert_eq!(call(&server, "DELETE", &everything, &json!({})).status, 404);
    assert_eq!(server.get(&everything).status, 404);
    let left: Vec<Webhook> = serde_json::from_str(&server.get("/api/v1/webhooks").body).unwrap();
    assert_eq!(left.len(), 1);
}

#[test]
fn what_is_pending_waits_while_its_webhook_is_paused() {
    let folder = TempDir::new().unwrap();
    // Each webhook's first attempt fails.
    let mut met = Vec::new();
    let receiver = Fake::start(move |sent| {
        let is_first = !met.contains(&sent.path);
        met.push(sent.path.clone());
        Reply::new(if is_first { 500 } else { 200 })
    });
    let server = sender(folder.path());
    let paused = webhook(&server, &receiver.url("/paused"), &json!({"retry_backoff_seconds": 1}));
    let other = webhook(&server, &receiver.url("/other"), &json!({"retry_backoff_seconds": 2}));
    assert_eq!(change(&server, INSERT), 2);
    eventually("the first attempts", || {
        let attempts = |path| log(&server, path).first()?.attempt;
        (attempts(&paused) == Some(1) && attempts(&other) == Some(1)).then_some(())
    });
    let mut settings = server.get(&paused).json();
    settings["enabled"] = json!(false);
    assert_eq!(call(&server, "PATCH", &paused, &settings).status, 200);
    // It would have been due a second before the other one.
    assert_eq!(over(&server, &other).attempt, Some(2));
    assert_eq!(log(&server, &paused)[0].attempt, Some(1));
    settings["enabled"] = json!(true);
    assert_eq!(call(&server, "PATCH", &paused, &settings).status, 200);
    assert_eq!(over(&server, &paused).attempt, Some(2));
}

#[test]
fn what_is_pending_survives_a_crash() {
    let folder = TempDir::new().unwrap();
    let receiver = Fake::scripted([Reply::new(500), Reply::new(200)]);
    let server = sender(folder.path());
    let path = webhook(&server, &receiver.url("/"), &json!({"retry_backoff_seconds": 2}));
    change(&server, INSERT);
    eventually("the first attempt", || (log(&server, &path).first()?.attempt == Some(1)).then_some(()));
    drop(server); // killed while it waits
    let server = sender(folder.path());
    let delivery = over(&server, &path);
    assert_eq!((delivery.status, delivery.attempt), (Some(DeliveryStatus::Success), Some(2)));
    assert_eq!(receiver.sent().len(), 2);
}

/// The guide's own example of a webhook, sent to change one.
#[test]
fn a_change_with_the_guides_body_replaces_everything_but_the_secret() {
    let folder = TempDir::new().unwrap();
    let receiver = Fake::scripted([Reply::new(200)]);
    let server = sender(folder.path());
    let path =
        webhook(&server, &receiver.url("/"), &json!({"headers": {"X-Tenant": "acme"}, "timeout_seconds": 7}));
    let mut guides: Value = serde_json::from_str(
        r#"{"name": "User Events", "description": "Notify external system of user changes",
            "url": "https://example.com/webhooks/fluxbase", "secret": "your-webhook-secret", "enabled": true,
            "events": [{"table": "users", "operations": ["INSERT", "UPDATE"]}],
            "max_retries": 3, "timeout_seconds": 30, "retry_backoff_seconds": 5}"#,
    )
    .unwrap();
    guides["url"] = json!(receiver.url("/changed"));
    for method in ["PUT", "PATCH"] {
        let answer = call(&server, method, &path, &guides);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json(), json!({"success": true, "message": "Webhook updated successfully"}));
    }
    let shown = server.get(&path).json();
    guides.as_object_mut().unwrap().remove("secret");
    for (name, value) in guides.as_object().unwrap() {
        assert_eq!(&shown[name], value, "{name}");
    }
    assert_eq!(shown["headers"], json!({}), "what a change leaves out becomes empty");
    change(&server, INSERT);
    assert_eq!(over(&server, &path).status, Some(DeliveryStatus::Success));
    assert_eq!(receiver.sent()[0].path, "/changed");
    assert!(receiver.sent()[0].headers.contains_key("x-fluxbase-signature"));
}

#[test]
fn a_webhook_has_all_members_but_two() {
    let folder = TempDir::new().unwrap();
    let server = sender(folder.path());
    let least = json!({"name": "n", "url": "http://127.0.0.1:1/"});
    let made = call(&server, "POST", "/api/v1/webhooks", &least);
    assert_eq!(made.status, 201, "{made:?}");
    let mut made = made.json();
    let path = format!("/api/v1/webhooks/{}", made["id"].as_str().unwrap());
    assert_eq!(server.get(&path).json(), made);
    for name in ["id", "created_at", "updated_at"] {
        assert!(made[name].take().is_string(), "{name}");
    }
    // `description` and `created_by` may be missing.
    assert_eq!(
        made,
        json!({
            "id": null, "name": "n", "url": "http://127.0.0.1:1/", "enabled": true, "events": [],
            "max_retries": 3, "retry_backoff_seconds": 5, "timeout_seconds": 30, "headers": {}, "scope": "user",
            "created_at": null, "updated_at": null,
        })
    );

    let mut whole = json!({"enabled": true, "events": [], "headers": {}});
    for (name, value) in made.as_object().unwrap().iter().filter(|(_, value)| !value.is_null()) {
        whole[name] = value.clone();
    }
    for (scope, expected) in
        [(Some("global"), "global"), (None, "global"), (Some("user"), "user"), (None, "user")]
    {
        whole.as_object_mut().unwrap().remove("scope");
        if let Some(scope) = scope {
            whole["scope"] = json!(scope);
        }
        assert_eq!(call(&server, "PUT", &path, &whole).status, 200);
        assert_eq!(server.get(&path).json()["scope"], expected, "after {scope:?}");
    }
    whole["scope"] = json!("everyone");
    assert_eq!(call(&server, "PUT", &path, &whole).refusal(), (400, "invalid".to_owned()));
    let global = webhook(&server, "http://127.0.0.1:1/", &json!({"scope": "global"}));
    assert_eq!(server.get(&global).json()["scope"], "global");
}

#[test]
fn numbers_that_a_change_leaves_out_become_zero() {
    let folder = TempDir::new().unwrap();
    let receiver = Fake::scripted([Reply::new(500)]);
    let server = sender(folder.path());
    let path = webhook(&server, &receiver.url("/"), &json!({"max_retries": 5}));
    let bare = json!({
        "name": "n", "url": receiver.url("/"), "enabled": true,
        "events": [{"table": "users", "operations": ["*"]}],
    });
    assert_eq!(call(&server, "PUT", &path, &bare).status, 200);
    let shown = server.get(&path).json();
    for name in ["max_retries", "retry_backoff_seconds", "timeout_seconds"] {
        assert_eq!(shown[name], 0, "{name}");
    }
    // As with the service it is given up when the first attempt has failed.
    change(&server, INSERT);
    let delivery = over(&server, &path);
    assert_eq!((delivery.status, delivery.attempt), (Some(DeliveryStatus::Failed), Some(1)));
    assert_eq!(delivery.status_code, Some(500), "no timeout is not a timeout of nothing");

    let nowhere = json!({"name": "n", "url": ""});
    assert_eq!(call(&server, "PUT", &path, &nowhere).refusal(), (400, "invalid".to_owned()));
    let least = json!({"url": receiver.url("/")});
    assert_eq!(call(&server, "PUT", &path, &least).status, 200);
    let shown = server.get(&path).json();
    let left_out = ["name", "enabled", "events"].map(|name| shown[name].clone());
    assert_eq!(left_out, [json!(""), json!(false), json!([])]);
}

#[test]
fn every_refusal_is_json() {
    let folder = TempDir::new().unwrap();
    let server = sender(folder.path());
    let path = webhook(&server, "http://127.0.0.1:1/", &json!({}));
    let put = || Request::new("PUT", &path);
    let misfit = r#"{"name": "n", "url": "http://127.0.0.1:1/", "events": [{"table": 7}]}"#;
    for (request, status, error) in [
        (put().json("{"), 400, "not_json"),
        (put().json(""), 400, "not_json"),
        (put().json("[".repeat(1000)), 400, "not_json"),
        (put().json(format!("{}{}", "[".repeat(1000), "]".repeat(1000))), 422, "wrong_shape"),
        (put().body("{}"), 415, "unsupported_media_type"),
        (put().json(misfit), 422, "wrong_shape"),
        (put().json(format!("[{}1]", "1,".repeat(1 << 20))), 413, "body_too_large"),
        (Request::post("/api/v1/webhooks").json("{}"), 422, "wrong_shape"),
        (Request::post("/api/v1/changes").json("[]"), 422, "wrong_shape"),
        (Request::new("GET", "/api/v1/webhooks/none"), 404, "not_found"),
        (Request::new("GET", "/api/v1/webhooks/%ff"), 404, "not_found"),
        (Request::new("GET", "/api/v1/webhook"), 404, "not_found"),
        (Request::new("DELETE", "/api/v1/webhooks"), 405, "method_not_allowed"),
        (Request::new("GET", &format!("{path}/deliveries?limit=all")), 400, "invalid"),
    ] {
        let answer = server.send(&request);
        assert_eq!(answer.refusal(), (status, error.to_owned()), "{answer:?}");
        assert_eq!(answer.headers["content-type"], "application/json");
        assert!(answer.json()["message"].is_string(), "{answer:?}");
    }
    let answer = server.send(&put().json(misfit)).json();
    assert_eq!(answer["path"], "events[0].table", "{answer}");
    assert_eq!(server.send(&Request::new("DELETE", "/api/v1/webhooks")).headers["allow"], "GET,HEAD,POST");
}

#[test]
fn a_webhook_that_could_not_work_is_refused() {
    let folder = TempDir::new().unwrap();
    let server = sender(folder.path());
    let good = json!({"name": "n", "url": "http://127.0.0.1:1/", "events": [{"table": "users", "operations": ["INSERT"]}]});
    for (field, value, told) in [
        ("name", json!(" "), "`name`"),
        ("url", json!("http://169.254.169.254/"), "not public"),
        ("url", json!("ftp://example.com/"), "http://"),
        ("secret", json!("https://example.com"), "`secret`"),
        ("max_retries", json!(-1), "negative"),
        ("timeout_seconds", json!(-1), "`timeout_seconds`"),
        ("timeout_seconds", json!(301), "`timeout_seconds`"),
        ("scope", json!("all"), "`scope`"),
        ("headers", json!({"Content-Length": "1"}), "`headers`"),
        ("headers", json!({"X-A": "a\nb"}), "`headers`"),
        ("events", json!([{"table": "public.users", "operations": ["INSERT"]}]), "bare name"),
        ("events", json!([{"table": "users", "operations": []}]), "`operations`"),
        ("events", json!([{"table": "users", "operations": ["TRUNCATE"]}]), "`operations`"),
    ] {
        let mut webhook = good.clone();
        webhook[field] = value;
        let answer = call(&server, "POST", "/api/v1/webhooks", &webhook);
        assert_eq!(answer.refusal(), (400, "invalid".to_owned()));
        assert!(answer.body.contains(told), "{field}: {answer:?}");
        assert!(!answer.body.contains("example.com"), "{answer:?}");
    }
    assert_eq!(call(&server, "POST", "/api/v1/webhooks", &good).status, 201);
    // Without a content type that a page in a browser cannot send unasked, nothing is done.
    let plain = Request::post("/api/v1/webhooks").header("content-type", "text/plain").body(good.to_string());
    assert_eq!(server.send(&plain).refusal(), (415, "unsupported_media_type".to_owned()));
    for body in
        [INSERT.replace("INSERT", "TRUNCATE"), r#"{"event":"INSERT","table":"t","schema":"s"}"#.to_owned()]
    {
        let answer = server.send(&Request::post("/api/v1/changes").json(body));
        assert_eq!(answer.refusal(), (400, "invalid".to_owned()));
    }
    assert_eq!(server.get("/api/v1/webhooks/none/deliveries").status, 404);

    // This machine is out of reach unless it is allowed.
    let strict = Program::new(env!("CARGO_BIN_EXE_fluxbase_sender"))
        .env("FLUXBASE_DB", folder.path().join("strict.db"))
        .start();
    let answer = call(&strict, "POST", "/api/v1/webhooks", &good);
    assert!(answer.status == 400 && answer.body.contains("not public"), "{answer:?}");
}
