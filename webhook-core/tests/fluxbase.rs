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

/// A row type that the test button's record does not fit.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct User {
    id: u64,
    email: Option<String>,
}

#[test]
fn the_test_button_s_record_need_not_fit() {
    let body = sample("fluxbase", "test_event.json");
    let event: Event<User> = check("test_event.json", &body, DEMANDS);
    assert_eq!((event.operation(), event.outcome()), (Operation::Test, Outcome::Known));
    assert_eq!(event.record, None);
    assert_eq!(event.extra.get("record").unwrap().as_str(), r#"{"test":true}"#);
    assert_eq!(event.extra.len(), 1);

    // The name in any case, before or behind the record; whatever the record is.
    for record in [r#"{"test":true}"#, r#"{"id":"x"}"#, "[1e400]", "7", r#""\ud800""#] {
        for name in ["TEST", "test", "Test"] {
            for body in [
                format!(r#"{{"event":"{name}","table":"test","schema":"public","record":{record}}}"#),
                format!(r#"{{"record":{record},"schema":"public","table":"test","event":"{name}"}}"#),
            ] {
                let event = Event::<User>::parse(body.as_bytes()).unwrap();
                assert_eq!((event.event.as_str(), event.record), (name, None), "{body}");
                assert_eq!(event.extra.get("record").map(RawJson::as_str), Some(record), "{body}");
                assert_eq!(event.table, "test");
            }
        }
    }
}

#[test]
fn a_record_of_the_test_button_that_fits_is_given() {
    for body in [
        r#"{"event":"TEST","table":"t","schema":"s","record":{"id":7,"email":"a@b.example"}}"#,
        r#"{"record":{"id":7,"email":"a@b.example"},"event":"TEST","table":"t","schema":"s"}"#,
    ] {
        let event: Event<User> = check("fits", body.as_bytes(), DEMANDS);
        assert_eq!(event.record, Some(User { id: 7, email: Some("a@b.example".into()) }), "{body}");
        assert!(event.extra.is_empty(), "{body}");
    }
    for body in [
        r#"{"event":"TEST","table":"t","schema":"s","record":null}"#,
        r#"{"record":null,"event":"TEST","table":"t","schema":"s"}"#,
        r#"{"event":"TEST","table":"t","schema":"s"}"#,
    ] {
        let event = Event::<User>::parse(body.as_bytes()).unwrap();
        assert_eq!((event.record, event.extra.len()), (None, 0), "{body}");
    }
}

#[test]
fn the_rows_of_all_other_events_must_fit() {
    for name in ["INSERT", "UPDATE", "DELETE", "TESTED"] {
        for (member, misfit, path) in [
            ("record", r#"{"test":true}"#, "record.id"),
            ("record", r#"{"id":7,"email":[1]}"#, "record.email"),
            ("record", "7", "record"),
            ("old_record", r#"{"id":"7"}"#, "old_record.id"),
        ] {
            for body in [
                format!(r#"{{"event":"{name}","table":"t","schema":"s","{member}":{misfit}}}"#),
                format!(r#"{{"{member}":{misfit},"schema":"s","table":"t","event":"{name}"}}"#),
            ] {
                let error = Event::<User>::parse(body.as_bytes()).unwrap_err();
                assert_eq!((error.path(), error.code()), (path, "wrong_shape"), "{body}: {error}");
            }
        }
        let body = format!(r#"{{"record":{{"id":7}},"event":"{name}","table":"t","schema":"s"}}"#);
        let event: Event<User> = check(
            name,
            body.as_bytes(),
            Demands { required: &["event", "table", "schema", "record.id"], ..DEMANDS },
        );
        assert_eq!(event.record, Some(User { id: 7, email: None }), "{body}");
    }
    // Only the record is excused: the button sends no other row.
    let body = br#"{"event":"TEST","table":"t","schema":"s","old_record":{"test":true}}"#;
    assert_eq!(Event::<User>::parse(body).unwrap_err().path(), "old_record.id");
    // Of repeated members the last one counts, whichever way each is read.
    let body = br#"{"record":{"id":1},"event":"INSERT","record":{"id":2},"event":"UPDATE","table":"t","schema":"s"}"#;
    let event = Event::<User>::parse(body).unwrap();
    assert_eq!((event.operation(), event.record.unwrap().id), (Operation::Update, 2));
    let body = br#"{"event":"TEST","record":{"test":true},"event":"INSERT","table":"t","schema":"s"}"#;
    assert_eq!(Event::<User>::parse(body).unwrap_err().path(), "record.id");
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

    let update: UpdateWebhook = api("update.json", &["events[].table"]);
    assert_eq!(update.max_retries, 5);
    let webhook: Webhook = serde_json::from_slice(&sample("fluxbase/api", "webhook.json")).unwrap();
    let text = serde_json::to_value(UpdateWebhook::from(webhook)).unwrap();
    for key in ["name", "url", "enabled", "events", "max_retries", "headers", "description", "scope"] {
        assert!(!text[key].is_null(), "an update without `{key}` would clear it");
    }
}

#[test]
fn an_update_is_read_as_the_service_reads_it() {
    let read = |body: &str| {
        let Plain(update): Plain<UpdateWebhook> =
            check(body, body.as_bytes(), Demands { free: &["headers"], ..Demands::default() });
        update
    };
    for body in [
        r#"{"url":"https://example.com"}"#,
        r#"{"name":null,"url":"https://example.com","enabled":null,"events":null,"max_retries":null,"retry_backoff_seconds":null,"timeout_seconds":null,"headers":null,"scope":null,"description":null,"secret":null}"#,
    ] {
        let update = read(body);
        assert_eq!(
            (update.name.as_str(), update.url.as_str(), update.enabled),
            ("", "https://example.com", false)
        );
        assert_eq!((update.events.len(), update.headers.len()), (0, 0));
        assert_eq!((update.max_retries, update.retry_backoff_seconds, update.timeout_seconds), (0, 0, 0));
        assert_eq!((&update.scope, &update.description, update.secret.is_none()), (&None, &None, true));
        // All columns are written, so that no server has to fill anything in.
        assert_eq!(
            serde_json::to_string(&update).unwrap(),
            r#"{"name":"","url":"https://example.com","enabled":false,"events":[],"max_retries":0,"retry_backoff_seconds":0,"timeout_seconds":0,"headers":{}}"#
        );
    }
    // An empty URL is the service's to refuse.
    assert_eq!(read("{}").url, "");
    let update =
        read(r#"{"url":"u","enabled":true,"max_retries":7,"headers":{"X-Tenant":"acme"},"scope":"user"}"#);
    assert_eq!((update.enabled, update.max_retries, update.timeout_seconds), (true, 7, 0));
    assert_eq!((update.headers["X-Tenant"].as_str(), update.scope), ("acme", Some(Scope::User)));
    for (body, path) in [
        (r#"{"max_retries":"7"}"#, "max_retries"),
        (r#"{"enabled":1}"#, "enabled"),
        (r#"{"headers":[]}"#, "headers"),
        (r#"{"events":[{}]}"#, "events[0].table"),
    ] {
        assert_eq!(Plain::<UpdateWebhook>::parse(body.as_bytes()).unwrap_err().path(), path, "{body}");
    }
}

#[test]
fn scopes_are_written_as_they_came() {
    for (scope, expected) in [
        ("user", Scope::User),
        ("global", Scope::Global),
        ("team", Scope::Other("team".into())),
        ("", Scope::Other("".into())),
    ] {
        let body = format!(r#"{{"id":"i","name":"n","url":"u","scope":"{scope}"}}"#);
        let webhook: Webhook = serde_json::from_str(&body).unwrap();
        assert_eq!(webhook.scope, Some(expected.clone()));
        let update = UpdateWebhook::from(webhook);
        assert_eq!(serde_json::to_value(&update).unwrap()["scope"], scope);
        let again: UpdateWebhook = serde_json::from_str(&serde_json::to_string(&update).unwrap()).unwrap();
        assert_eq!((again.scope.as_ref(), &again), (Some(&expected), &update));
        let create = CreateWebhook::new("n", "u").scope(expected.clone());
        assert_eq!(serde_json::to_value(&create).unwrap()["scope"], scope);
    }
    // A new webhook without one leaves the choice to the service.
    assert!(serde_json::to_value(CreateWebhook::new("n", "u")).unwrap().get("scope").is_none());
    let create: CreateWebhook = serde_json::from_str(r#"{"name":"n","url":"u"}"#).unwrap();
    assert_eq!((create.enabled, create.events, create.max_retries, create.headers), (None, None, None, None));
}
