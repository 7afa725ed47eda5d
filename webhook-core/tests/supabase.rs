//! Supabase database webhooks, sample by sample.
#![cfg(feature = "supabase")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failing test may panic")]

#[path = "support/checks.rs"]
mod checks;

use checks::{Demands, Json, check, sample, samples};
use serde::{Deserialize, Serialize};
use webhook_core::supabase::{Event, Operation};
use webhook_core::{JsonRow, Outcome, Payload, RawJson, Timestamp, drift};

const DEMANDS: Demands<'_> = Demands {
    required: &["type", "table", "schema"],
    nullable: &[],
    free: &["record", "old_record"],
    deciding: &["type"],
};

#[test]
fn every_sample() {
    for (name, body) in samples("supabase") {
        match &*name {
            "truncated.json" => assert!(Event::<JsonRow>::parse(&body).unwrap_err().is_syntax()),
            "record_is_array.json" => {
                let error = Event::<JsonRow>::parse(&body).unwrap_err();
                assert!(error.is_data());
                assert_eq!(error.path(), "record");
                assert_eq!(
                    error.to_string().split(" (").next(),
                    Some("unexpected shape at `record`: expected a row")
                );
                assert_eq!(Event::<JsonRow>::kind_of(&body).as_deref(), Some("INSERT"));
                check::<Event<RawJson>>(&name, &body, DEMANDS);
            }
            _ => {
                check::<Event>(&name, &body, DEMANDS);
                check::<Event<RawJson>>(&name, &body, DEMANDS);
            }
        }
    }
}

#[test]
fn every_operation_has_a_sample() {
    let events: Vec<Event> =
        samples("supabase").iter().filter_map(|(_, body)| Event::parse(body).ok()).collect();
    // The rows that each operation comes with.
    let table = [
        (Operation::Insert, true, false),
        (Operation::Update, true, true),
        (Operation::Delete, false, true),
        (Operation::Truncate, false, false),
    ];
    for (kind, record, old_record) in table {
        let found: Vec<_> = events.iter().filter(|event| event.kind == kind).collect();
        assert!(
            found
                .iter()
                .any(|event| event.record.is_some() == record && event.old_record.is_some() == old_record),
            "no sample of {kind}"
        );
    }
}

#[test]
fn an_unknown_operation_keeps_its_name() {
    let event: Event =
        check("MERGE", br#"{"type":"MERGE","table":"t","schema":"s","record":{"id":1}}"#, DEMANDS);
    assert_eq!(event.kind, Operation::Other("MERGE".into()));
    assert_eq!(event.outcome(), Outcome::Unknown);
    let event: Event = check("Merge", br#"{"type":"Merge","table":"t","schema":"s"}"#, DEMANDS);
    assert_eq!((event.kind(), event.outcome()), (Some("Merge"), Outcome::Unknown));
}

#[test]
fn operations_in_any_case() {
    // PostgreSQL writes capitals; triggers made by hand write what they like.
    for (name, kind, usual) in [
        ("insert", Operation::Insert, "INSERT"),
        ("Update", Operation::Update, "UPDATE"),
        ("dELETE", Operation::Delete, "DELETE"),
        ("truncate", Operation::Truncate, "TRUNCATE"),
        ("DELETE", Operation::Delete, "DELETE"),
    ] {
        let body = format!(r#"{{"type":"{name}","table":"t","schema":"s"}}"#);
        let event: Event = Event::parse(body.as_bytes()).unwrap();
        assert_eq!(
            (&event.kind, event.kind(), event.outcome()),
            (&kind, Some(usual), Outcome::Known),
            "{name}"
        );
        assert_eq!(Event::<JsonRow>::kind_of(body.as_bytes()).as_deref(), Some(usual), "{name}");
        assert_eq!(serde_json::to_string(&event).unwrap(), body.replace(name, usual));
        assert_eq!(Operation::from(name), kind);
    }
    for name in ["insert ", "ınsert", "", "upsert"] {
        assert_eq!(Operation::from(name), Operation::Other(name.into()));
    }
}

#[test]
fn of_repeated_keys_the_last_one_counts() {
    let event: Event = Event::parse(&sample("supabase", "duplicate_keys.json")).unwrap();
    assert_eq!(event.kind, Operation::Delete);
    assert_eq!(event.record.unwrap().get::<u8>("id").unwrap(), Some(2));
}

#[test]
fn extra_members_are_kept() {
    let event: Event = Event::parse(&sample("supabase", "extra_env_field.json")).unwrap();
    assert_eq!(event.extra.get("env").unwrap().as_str(), "\"LOCAL\"");
    assert_eq!(event.extra.len(), 1);
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Shipment {
    id: i64,
    status: String,
    drug_id: String,
    quantity: u32,
    updated_at: Timestamp,
    temperature_c: Option<f64>,
    blockchain_tx_id: Option<String>,
}

#[test]
fn a_row_type_of_your_own() {
    let event: Event<Shipment> = check(
        "update.json",
        &sample("supabase", "update.json"),
        Demands {
            required: &[
                "type",
                "table",
                "schema",
                "record.id",
                "record.status",
                "record.drug_id",
                "record.quantity",
                "record.updated_at",
                "old_record.id",
                "old_record.status",
                "old_record.drug_id",
                "old_record.quantity",
                "old_record.updated_at",
            ],
            deciding: &["type"],
            ..Demands::default()
        },
    );
    let (new, old) = (event.record.unwrap(), event.old_record.unwrap());
    assert_eq!((&*old.status, &*new.status), ("in_transit", "delivered"));
    assert_eq!(new.updated_at.to_utc().unwrap().to_rfc3339(), "2026-01-06T08:15:30.000001+00:00");
}

#[test]
fn columns_keep_every_digit() {
    let event: Event = Event::parse(&sample("supabase", "insert_big_numbers.json")).unwrap();
    let row = event.record.unwrap();
    assert_eq!(row.column("n_huge"), Some("123456789012345678901234567890.123456789"));
    assert_eq!(row.column("n_scaled"), Some("1.5000"));
    assert_eq!(row.get::<i64>("id").unwrap(), Some(i64::MAX));
    assert_eq!(row.get::<i64>("i8_min").unwrap(), Some(i64::MIN));
    assert_eq!(row.get::<String>("n_nan").unwrap().as_deref(), Some("NaN"));
    let json = JsonRow::new(row.column("j").unwrap()).unwrap();
    assert_eq!(json.column("exp").unwrap().len(), 401);
    assert_eq!(json.get::<u64>("u64max").unwrap(), Some(u64::MAX));
    let error = row.get::<i64>("n_scaled").unwrap_err();
    assert_eq!((error.path(), error.is_data()), ("n_scaled", true));
    assert_eq!(json.get::<RawJson>("exp").unwrap().unwrap().as_str(), json.column("exp").unwrap());
}

#[test]
fn columns_keep_names_and_order() {
    let event: Event = Event::parse(&sample("supabase", "insert_unicode.json")).unwrap();
    assert_eq!(event.table, "Ünïcode \"tbl\"");
    let row = event.record.unwrap();
    let names: Vec<_> = row.columns().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(
        names,
        ["Z", "id", "ls", "zz", "a b", "esc", "rtl", "comb", "emoji", "empty", "日本語", "naïve col"]
    );
    assert_eq!(row.get::<String>("日本語").unwrap().as_deref(), Some("こんにちは"));

    let event: Event = Event::parse(&sample("supabase", "insert_nested_jsonb.json")).unwrap();
    let row = event.record.unwrap();
    assert_eq!(row.get::<Vec<Vec<u8>>>("matrix").unwrap(), Some(vec![vec![1, 2], vec![3, 4]]));
    assert_eq!(row.column("nul"), Some("null"));
    assert_eq!(row.get::<RawJson>("nul").unwrap(), None);
    assert_eq!(row.column("none"), None);
    assert_eq!(row.columns().count(), 7);
}

#[test]
fn rows_of_every_spelling() {
    let row = JsonRow::new("\n{ }").unwrap();
    assert_eq!(row.columns().count(), 0);
    let row = JsonRow::new("{\"a\\u0062\" :\t[1, {\"x\": \"]}\\\"\"} ] ,\r\n\"b\":-1.5e3, \"b\" : \"\\\\\"}")
        .unwrap();
    let columns: Vec<_> = row.columns().collect();
    assert_eq!(
        columns,
        [("ab".into(), r#"[1, {"x": "]}\""} ]"#), ("b".into(), "-1.5e3"), ("b".into(), r#""\\""#)]
    );
    assert_eq!(row.column("b"), Some(r#""\\""#));
    for text in ["[]", "1", "null", "\"{}\"", "true"] {
        assert!(JsonRow::new(text).unwrap_err().is_data(), "{text}");
    }
    assert!(JsonRow::new("{").unwrap_err().is_syntax());
}

#[test]
fn times_that_are_no_moments() {
    let event: Event = Event::parse(&sample("supabase", "insert_odd_times.json")).unwrap();
    let row = event.record.unwrap();
    let utc = |name| {
        row.get::<Timestamp>(name)
            .unwrap()
            .unwrap()
            .to_utc()
            .map(|time: chrono::DateTime<_>| time.to_rfc3339())
    };
    assert_eq!(utc("forever"), None);
    assert_eq!(utc("never"), None);
    assert_eq!(utc("ides"), Some("-0043-03-15T00:00:00+00:00".into()));
    assert_eq!(utc("far"), Some("+12026-01-01T00:00:00+00:00".into()));
    assert_eq!(utc("delhi"), Some("2026-01-01T09:30:00.120+00:00".into()));
    assert_eq!(utc("bare"), None);
    let infinite = |name| row.get::<Timestamp>(name).unwrap().unwrap().is_infinite();
    assert_eq!([infinite("forever"), infinite("never"), infinite("bare")], [true, true, false]);
    let bare = row.get::<Timestamp>("bare").unwrap().unwrap();
    assert_eq!(bare.to_naive().unwrap().to_string(), "2026-01-01 15:00:00.120");
}

fn nested(levels: usize) -> String {
    format!(
        r#"{{"type":"INSERT","table":"t","schema":"s","record":{{"id":1,"j":{}"x"{}}},"old_record":null}}"#,
        "{\"a\":[".repeat(levels / 2),
        "]}".repeat(levels / 2)
    )
}

#[test]
fn deep_nesting() {
    check::<Event>("100 levels", nested(100).as_bytes(), DEMANDS);
    for levels in [200, 100_000] {
        let body = nested(levels);
        let event = Event::<JsonRow>::parse(body.as_bytes()).unwrap();
        let row = event.record.unwrap();
        assert_eq!(row.get::<i64>("id").unwrap(), Some(1));
        assert_eq!(row.column("j").map(str::len), Some(levels / 2 * 8 + 3));
        assert_eq!(Event::<JsonRow>::kind_of(body.as_bytes()).as_deref(), Some("INSERT"));
        // Also where nobody knows the member.
        let body = body.replace("\"record\"", "\"more\"");
        let event = Event::<JsonRow>::parse(body.as_bytes()).unwrap();
        assert!(event.extra.get("more").unwrap().parse::<serde_json::Value>().is_err());
    }
}

#[test]
fn lone_surrogates_stay_as_they_are() {
    let body = br#"{"type":"INSERT","table":"t","schema":"s","record":{"id":1,"j":{"s":"a\ud800b\udfff"}}}"#;
    let event: Event = check("lone surrogates", body, DEMANDS);
    let row = event.record.unwrap();
    assert_eq!(row.column("j"), Some(r#"{"s":"a\ud800b\udfff"}"#));
    // It is JSON, and no Rust text can hold it.
    let error = row.get::<JsonRow>("j").unwrap().unwrap().get::<String>("s").unwrap_err();
    assert_eq!((error.code(), error.path()), ("wrong_shape", "s"));
}

#[test]
fn a_body_that_is_no_object() {
    for body in ["[]", "null", "7", "\"INSERT\""] {
        let error = Event::<JsonRow>::parse(body.as_bytes()).unwrap_err();
        assert!(error.is_data() && error.path().is_empty(), "{body}: {error}");
        assert!(error.to_string().contains("expected a Supabase database event"), "{error}");
    }
    assert!(Event::<JsonRow>::parse(b"").unwrap_err().is_syntax());
}

#[test]
fn the_checks_can_fail() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Rounded {
        id: f64,
    }
    let body = br#"{"type":"INSERT","table":"t","schema":"s","record":{"id":9007199254740993,"x":1}}"#;
    assert_eq!(drift::check::<Event<Rounded>>(body).unwrap(), ["record.id", "record.x"]);
    let json = Json::parse(r#"{"a":[{"b":1}]}"#);
    assert_eq!(json.write(), r#"{"a":[{"b":1}]}"#);
}
