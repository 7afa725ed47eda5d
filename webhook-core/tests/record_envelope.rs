//! The record envelope and its answers, sample by sample.
#![cfg(feature = "record-envelope")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failing test may panic")]

#[path = "support/checks.rs"]
mod checks;

use std::time::Duration;

use checks::{Demands, Plain, check, sample, samples};
use webhook_core::record_envelope::{
    Accepted, Event, Operation, RecordId, Refused, RefusedCode, Source, Stats, Step, Unprocessable, Valid,
};
use webhook_core::{Outcome, Payload};

const DEMANDS: Demands<'_> = Demands {
    required: &["event_type", "source", "table_name"],
    nullable: &["record_id"],
    free: &["data", "metadata"],
    deciding: &["event_type"],
};

#[test]
fn every_sample() {
    for (name, body) in samples("record-envelope") {
        if name == "missing_record_id.json" {
            let error = Event::parse(&body).unwrap_err();
            assert_eq!((error.path(), error.is_missing_field()), ("record_id", true));
            continue;
        }
        let event: Event = check(&name, &body, DEMANDS);
        let expected = if name == "unknown_event.json" { Outcome::Unknown } else { Outcome::Known };
        assert_eq!(event.outcome(), expected, "{name}");
    }
}

#[test]
fn every_operation_and_source_has_a_sample() {
    let events: Vec<Event> =
        samples("record-envelope").iter().filter_map(|(_, body)| Event::parse(body).ok()).collect();
    for name in ["insert", "update", "INSERT", "UPDATE", "DELETE", "Delete"] {
        let event = events.iter().find(|event| event.event_type == name);
        assert_ne!(event.unwrap_or_else(|| panic!("no sample of {name}")).operation(), Operation::Other);
    }
    for source in [Source::Supabase, Source::Notion] {
        assert!(events.iter().any(|event| event.source == source), "no sample from {source}");
    }
}

#[test]
fn record_ids_keep_every_digit() {
    let id = |name| Event::parse(&sample("record-envelope", name)).unwrap().record_id;
    assert_eq!(id("docs_test_endpoint.json"), Some(RecordId::Text("test-123".into())));
    assert_eq!(id("trigger_delete.json"), None);
    let number = id("trigger_insert_bigint.json").unwrap();
    assert!(matches!(number, RecordId::Number(_)));
    assert_eq!(number.to_string(), "9007199254740993");
    assert_eq!(id("record_id_30_digits.json").unwrap().as_str(), "123456789012345678901234567890.10");
    assert_eq!(
        id("unicode_bigint.json"),
        Some(RecordId::Text("9007199254740993".into())),
        "a text of digits stays a text"
    );
    for misfit in ["true", "{}", "[1]"] {
        let body = format!(r#"{{"event_type":"insert","source":"x","table_name":"t","record_id":{misfit}}}"#);
        let error = Event::parse(body.as_bytes()).unwrap_err();
        assert_eq!(error.path(), "record_id");
        assert!(error.to_string().contains("expected a string or a number"), "{error}");
    }
}

fn answer<T>(name: &str, required: &[&str], nullable: &[&str]) -> T
where
    Plain<T>: Payload + serde::Serialize + PartialEq + std::fmt::Debug,
{
    let body = sample("record-envelope/answers", name);
    let Plain(value) =
        checks::check_answer(name, &body, Demands { required, nullable, ..Demands::default() });
    value
}

const ACCEPTED: &[&str] = &["status", "message", "details", "details.event_type", "details.source"];

#[test]
fn accepted() {
    let cases = [
        ("docs_supabase_insert.json", "accepted.supabase.json"),
        ("docs_notion_update.json", "accepted.notion.json"),
    ];
    for (event, expected) in cases {
        let event = Event::parse(&sample("record-envelope", event)).unwrap();
        let expected: Accepted = answer(expected, ACCEPTED, &[]);
        assert_eq!(Accepted::of(&event), expected);
    }
    let event = Event::parse(
        br#"{"event_type":"INSERT","source":"supabase","table_name":"members","record_id":9007199254740993}"#,
    )
    .unwrap();
    assert_eq!(Accepted::of(&event), answer("accepted.number.json", ACCEPTED, &[]));
}

#[test]
fn accepted_has_the_guide_s_exact_text() {
    let event = Event::parse(&sample("record-envelope", "docs_notion_update.json")).unwrap();
    assert_eq!(
        serde_json::to_string(&Accepted::of(&event)).unwrap(),
        std::str::from_utf8(&sample("record-envelope/answers", "accepted.notion.json")).unwrap()
    );
}

#[test]
fn refused() {
    let required = ["error", "message"];
    let source: Refused = answer("refused.source.json", &required, &[]);
    assert_eq!(source, Refused::invalid_source(&Source::Supabase, &Source::Notion));
    let signature: Refused = answer("refused.signature.json", &required, &[]);
    assert_eq!(signature, Refused::invalid_signature());
    assert_eq!(signature.error, RefusedCode::InvalidSignature);
    assert_eq!(
        Refused::invalid_source(&Source::Notion, &Source::Other("airtable".into())).message,
        "Invalid source type for Notion webhook"
    );
}

#[test]
fn unprocessable() {
    let required = ["detail", "detail[].loc", "detail[].msg", "detail[].type"];
    let expected: Unprocessable = answer("unprocessable.json", &required, &[]);
    let misfit = Event::parse(&sample("record-envelope", "missing_record_id.json")).unwrap_err();
    assert_eq!(Unprocessable::of(&misfit), expected);
    let index: Unprocessable = answer("unprocessable.index.json", &required, &[]);
    assert_eq!(index.detail[0].loc[2], Step::Index(3));

    let misfit = Event::parse(br#"{"event_type":5}"#).unwrap_err();
    let problem = &Unprocessable::of(&misfit).detail[0];
    assert_eq!(problem.loc, [Step::Key("body".into()), Step::Key("event_type".into())]);
    assert_eq!(problem.kind, "type_error");
    let broken = Event::parse(b"{").unwrap_err();
    let problem = &Unprocessable::of(&broken).detail[0];
    assert_eq!((&*problem.kind, problem.loc.len()), ("value_error.jsondecode", 1));
}

#[test]
fn statistics() {
    let required = [
        "total_processed",
        "total_failed",
        "total_retries",
        "success_rate",
        "average_processing_time_seconds",
        "events_by_type",
        "events_by_source",
        "events_by_type.insert",
        "events_by_type.update",
        "events_by_type.delete",
        "events_by_source.supabase",
        "events_by_source.notion",
    ];
    let body = sample("record-envelope/answers", "stats.json");
    let Plain(guide): Plain<Stats> = serde_json::from_slice(&body).unwrap();
    assert_eq!(webhook_core::drift::check::<Plain<Stats>>(&body).unwrap(), [""; 0]);
    assert_eq!(required.len(), 12);
    let mut stats = Stats::new(1523, 12, 8, Duration::from_millis(234));
    for (name, count) in [("insert", 456), ("update", 892), ("delete", 187)] {
        stats.events_by_type.insert(name.into(), count);
    }
    for (name, count) in [("supabase", 789), ("notion", 746)] {
        stats.events_by_source.insert(name.into(), count);
    }
    assert_eq!(stats, guide);

    let empty = Stats::new(0, 0, 0, Duration::ZERO);
    assert_eq!((empty.success_rate, empty.average_processing_time_seconds), (0.0, 0.0));
    let huge = Stats::new(u64::MAX, 0, 0, Duration::MAX);
    assert!((huge.success_rate - 1.0).abs() < f64::EPSILON);
    assert!((Stats::new(2, 1, 0, Duration::from_micros(1500)).success_rate - 0.667).abs() < f64::EPSILON);
}

#[test]
fn valid() {
    let body = sample("record-envelope/answers", "valid.json");
    let Plain(expected): Plain<Valid> = serde_json::from_slice(&body).unwrap();
    assert_eq!(webhook_core::drift::check::<Plain<Valid>>(&body).unwrap(), [""; 0]);
    let event = Event::parse(&sample("record-envelope", "docs_test_endpoint.json")).unwrap();
    assert_eq!(Valid::of(event), expected);
    let event = Event::parse(&sample("record-envelope", "unknown_event.json")).unwrap();
    assert!(!Valid::of(event).would_be_processed);
}
