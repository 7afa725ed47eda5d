//! Fluxbase events and the objects of its management API, sample by sample.
#![cfg(feature = "fluxbase")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failing test may panic")]

#[path = "support/checks.rs"]
mod checks;

use checks::{Demands, Plain, check, sample, samples};
use webhook_core::fluxbase::{
    Acknowledgement, CreateWebhook, Delivery, DeliveryStatus, Event, Operation, Scope, Subscription,
    UpdateWebhook, Webhook,
};
use webhook_core::{JsonRow, Outcome, Payload, RawJson};

const DEMANDS: Demands<'_> = Demands {
    required: &["event", "table", "schema"],
    nullable: &[],
    free: &["record", "old_record"],
    deciding: &["event"],
};

#[test]
fn every_sample() {
    for (name, body) in samples("fluxbase") {
        let event: Event = check(&name, &body, DEMANDS);
        check::<Event<RawJson>>(&name, &body, DEMANDS);
        let expected = match &*name {
            "unknown_event_null_record.json" => Outcome::Unknown,
            _ => Outcome::Known,
        };
        assert_eq!(event.outcome(), expected, "{name}");
    }
}

#[test]
fn every_operation_has_a_sample() {
    let events: Vec<Event> =
        samples("fluxbase").iter().map(|(_, body)| Event::parse(body).unwrap()).collect();
    // The rows that each operation comes with: what servers send, and what the guide shows.
    let table = [
        (Operation::Insert, true, false),
        (Operation::Update, true, true),
        (Operation::Delete, true, false),
        (Operation::Delete, true, true),
        (Operation::Test, true, false),
        (Operation::Other, false, false),
    ];
    for (operation, record, old_record) in table {
        assert!(
            events.iter().any(|event| event.operation() == operation
                && event.record.is_some() == record
                && event.old_record.is_some() == old_record),
            "no sample of {operation:?}"
        );
    }
    assert!(events.iter().any(|event| event.webhook_id.is_some()));
}

#[test]
fn the_name_keeps_its_case() {
    let event: Event = Event::parse(&sample("fluxbase", "lowercase_event.json")).unwrap();
    assert_eq!(event.operation(), Operation::Insert);
    assert_eq!(event.kind(), Some("insert"));
    for (name, operation) in
        [("Update", Operation::Update), ("dELETE", Operation::Delete), ("MERGE", Operation::Other)]
    {
        let body = format!(r#"{{"event":"{name}","table":"t","schema":"s"}}"#);
        let event: Event = Event::parse(body.as_bytes()).unwrap();
        assert_eq!((event.operation(), event.kind()), (operation, Some(name)));
    }
}

#[test]
fn digits_and_escapes_stay() {
    let event: Event = Event::parse(&sample("fluxbase", "insert_html_bignum_unicode.json")).unwrap();
    let text = event.record.as_ref().map(JsonRow::as_str).unwrap();
    assert!(text.contains("\\u003c") && text.contains("12345678901234567890.1000"), "{text}");
    assert!(event.timestamp.unwrap().to_utc().is_some());
}

#[test]
fn a_row_that_is_no_object() {
    let body = br#"{"event":"INSERT","table":"t","schema":"s","record":[1]}"#;
    let error = Event::<JsonRow>::parse(body).unwrap_err();
    assert_eq!((error.path(), error.is_data()), ("record", true));
    assert_eq!(Event::<JsonRow>::kind_of(body).as_deref(), Some("INSERT"));
}

fn api<T>(name: &str, required: &[&str]) -> T
where
    Plain<T>: Payload + serde::Serialize + PartialEq + std::fmt::Debug,
{
    let Plain(value) = check(
        name,
        &sample("fluxbase/api", name),
        Demands { required, free: &["headers", "[].headers", "[].payload"], ..Demands::default() },
    );
    value
}

#[test]
fn management_objects() {
    let webhook: Webhook = api("webhook.json", &["id", "name", "url", "events[].table"]);
    assert_eq!(webhook.scope, Some(Scope::Global));
    let old: Webhook = api("webhook.secret-echoed.json", &["id", "name", "url", "events[].table"]);
    assert!(!format!("{old:?}").contains("your-webhook-secret"));
    assert_eq!(old.secret.unwrap().as_str(), "your-webhook-secret");
    let list: Vec<Webhook> = api("webhook.list.json", &["[].id", "[].name", "[].url", "[].events[].table"]);
    assert_eq!(list.len(), 2);
    let deliveries: Vec<Delivery> = api("deliveries.json", &["[].id", "[].webhook_id"]);
    assert_eq!(deliveries[1].status, Some(DeliveryStatus::Failed));
    let event: Event = deliveries[0].payload.as_ref().unwrap().parse().unwrap();
    assert_eq!(event.record.unwrap().column("id"), Some("9007199254740993"));
    assert!(api::<Acknowledgement>("acknowledgement.json", &["success"]).success);
}

#[test]
fn management_requests() {
    let guide: CreateWebhook = api("create.guide.json", &["name", "url", "events[].table"]);
    let built = CreateWebhook::new("User Events", "https://example.com/webhooks/fluxbase")
        .description("Notify external system of user changes")
        .secret("your-webhook-secret")
        .event(Subscription::new("users", ["INSERT", "UPDATE"]))
        .max_retries(3)
        .timeout_seconds(30)
        .retry_backoff_seconds(5);
    assert_eq!(built, guide);
    let built = built.enabled(false).header("X-Tenant", "acme").scope(Scope::User);
    assert_eq!(built.headers.unwrap()["X-Tenant"], "acme");

    let update: UpdateWebhook = api(
        "update.json",
        &[
            "name",
            "url",
            "enabled",
            "events",
            "events[].table",
            "max_retries",
            "retry_backoff_seconds",
            "timeout_seconds",
            "headers",
        ],
    );
    assert_eq!(update.max_retries, 5);
    let webhook: Webhook = serde_json::from_slice(&sample("fluxbase/api", "webhook.json")).unwrap();
    let text = serde_json::to_value(UpdateWebhook::from(webhook)).unwrap();
    for key in ["name", "url", "enabled", "events", "max_retries", "headers", "description", "scope"] {
        assert!(!text[key].is_null(), "an update without `{key}` would clear it");
    }
}
