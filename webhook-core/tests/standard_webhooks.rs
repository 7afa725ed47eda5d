//! Standard Webhooks events, sample by sample.
#![cfg(feature = "standard-webhooks")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failing test may panic")]

#[path = "support/checks.rs"]
mod checks;

use checks::{Demands, check, sample, samples};
use serde::{Deserialize, Serialize};
use webhook_core::Payload;
use webhook_core::standard_webhooks::Event;

const DEMANDS: Demands<'_> =
    Demands { required: &[], nullable: &[], free: &["data", "timestamp"], deciding: &["type"] };

#[test]
fn every_sample() {
    let expected = [
        ("created_at.json", None),
        ("empty.json", None),
        ("flattened.json", Some("2022-11-03T20:26:10+00:00")),
        ("fraction.json", None),
        ("milliseconds.json", Some("2022-05-31T15:56:31.835+00:00")),
        ("no_type.json", None),
        ("recommended.json", Some("2022-11-03T20:26:10.344522+00:00")),
        ("seconds.json", Some("2022-05-31T15:56:31+00:00")),
    ];
    let samples = samples("standard-webhooks");
    assert_eq!(samples.len(), expected.len());
    for ((name, body), (expected_name, time)) in samples.iter().zip(expected) {
        assert_eq!(name, expected_name);
        let event: Event = check(name, body, DEMANDS);
        assert_eq!(event.time().map(|time| time.to_rfc3339()).as_deref(), time, "{name}");
    }
}

#[test]
fn digits_stay() {
    let event: Event = Event::parse(&sample("standard-webhooks", "fraction.json")).unwrap();
    assert_eq!(event.timestamp.unwrap().as_str(), "1654012591.500");
    assert_eq!(event.data.unwrap().as_str(), "123456789012345678901234567890.10");
    let event: Event = Event::parse(&sample("standard-webhooks", "flattened.json")).unwrap();
    assert_eq!(event.extra.get("id").unwrap().as_str(), "\"inv_1\"");
}

#[test]
fn data_of_your_own() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Contact {
        email: String,
    }
    let event: Event<Contact> = Event::parse(&sample("standard-webhooks", "recommended.json")).unwrap();
    assert_eq!(event.kind(), Some("contact.created"));
    assert_eq!(event.data.unwrap().email, "john@example.org");
    let body = br#"{"type":"a","data":{"email":5}}"#;
    let error = Event::<Contact>::parse(body).unwrap_err();
    assert_eq!(error.path(), "data.email");
    assert_eq!(Event::<Contact>::kind_of(body).as_deref(), Some("a"));
    assert!(Event::<Contact>::parse(b"[]").unwrap_err().is_data());
}

/// The specification binds nobody to its shape.
#[test]
fn a_name_of_another_type_is_kept() {
    for name in ["5", r#"{"a":1}"#, r#""a\ud800""#, "[]"] {
        let body = format!(r#"{{"type":{name},"data":{{}}}}"#);
        let event: Event = Event::parse(body.as_bytes()).unwrap();
        assert_eq!((&event.kind, event.extra.get("type").unwrap().as_str()), (&None, name));
    }
}
