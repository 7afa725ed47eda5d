//! The serialised form: what is written, what is read, and what is refused.
#![cfg(feature = "serde")]

use std::time::Duration;

use serde_json::{Value, json};
use webhook_retry::{Jitter, Ratio, RetryAfter, RetryPolicy, Schedule, Table, senders};

fn read(value: Value) -> Result<RetryPolicy, String> {
    let text = value.to_string();
    let from_text = serde_json::from_str(&text).map_err(|error| error.to_string());
    let from_value = serde_json::from_value::<RetryPolicy>(value);
    assert_eq!(from_text.as_ref().ok(), from_value.as_ref().ok(), "{text}");
    from_text
}

#[test]
fn the_form_is_the_one_in_the_docs() {
    let docs: String = include_str!("../src/lib.rs")
        .lines()
        .map(|line| line.trim_start_matches("//!"))
        .skip_while(|line| line.trim() != "```json")
        .skip(1)
        .take_while(|line| line.trim() != "```")
        .collect();
    let documented: Value = serde_json::from_str(&docs).unwrap();
    assert_eq!(serde_json::to_value(RetryPolicy::guide()).unwrap(), documented);
    assert_eq!(read(documented), Ok(RetryPolicy::guide()));
}

#[test]
fn every_variant_has_its_documented_form() {
    let seconds = Duration::from_secs;
    let schedules = [
        (Schedule::Fixed(seconds(1)), json!({"fixed": {"delay_ms": 1000}})),
        (
            Schedule::Linear { first: seconds(5), step: seconds(5) },
            json!({"linear": {"first_ms": 5000, "step_ms": 5000}}),
        ),
        (
            Schedule::Exponential { first: seconds(1), ratio: Ratio::new(3, 2).unwrap() },
            json!({"exponential": {"first_ms": 1000, "ratio": [3, 2]}}),
        ),
        (Schedule::Fibonacci { first: seconds(1) }, json!({"fibonacci": {"first_ms": 1000}})),
        (
            Schedule::Table(Table::new(&[seconds(5), seconds(300)]).unwrap()),
            json!({"table": {"delays_ms": [5000, 300_000]}}),
        ),
    ];
    let jitters = [
        (Jitter::None, json!("none")),
        (Jitter::Full, json!("full")),
        (Jitter::Equal, json!("equal")),
        (Jitter::Proportional { per_mille: 200 }, json!({"proportional": {"per_mille": 200}})),
    ];
    let retry_afters = [
        (RetryAfter::Ignore, json!("ignore")),
        (RetryAfter::UpTo(seconds(60)), json!({"up_to": {"cap_ms": 60_000}})),
    ];
    for (schedule, schedule_form) in schedules {
        for (jitter, jitter_form) in &jitters {
            for (retry_after, retry_after_form) in &retry_afters {
                let policy = RetryPolicy::builder(schedule, 5)
                    .jitter(*jitter)
                    .retry_after(*retry_after)
                    .max_elapsed(seconds(90))
                    .build()
                    .unwrap();
                let form = serde_json::to_value(policy).unwrap();
                assert_eq!(form["schedule"], schedule_form);
                assert_eq!(form["jitter"], *jitter_form);
                assert_eq!(form["retry_after"], *retry_after_form);
                assert_eq!(form["max_elapsed_ms"], json!(90_000));
                assert_eq!(read(form), Ok(policy));
            }
        }
    }
}

#[test]
fn what_is_left_out_is_the_builders_default() {
    let form = json!({"v": 1, "schedule": {"fixed": {"delay_ms": 1000}}, "max_attempts": 3});
    let built = RetryPolicy::builder(Schedule::Fixed(Duration::from_secs(1)), 3).build().unwrap();
    assert_eq!(read(form), Ok(built));
}

#[test]
fn every_preset_survives_the_form() {
    let presets = [RetryPolicy::guide(), RetryPolicy::durable(), RetryPolicy::once()];
    for policy in presets.into_iter().chain(senders::ALL.iter().filter_map(|sender| sender.policy)) {
        assert_eq!(read(serde_json::to_value(policy).unwrap()), Ok(policy));
    }
}

/// A change to a good policy, and the beginning of the error that it must cause.
#[test]
fn nonsense_is_refused_and_its_field_named() {
    let fixed = |millis: Value| json!({"fixed": {"delay_ms": millis}});
    let exponential = |ratio: Value| json!({"exponential": {"first_ms": 1000, "ratio": ratio}});
    let cases = [
        ("v", json!(2), "`v`: the only known version is 1"),
        ("v", json!("1"), "`v`: invalid type"),
        ("max_attempts", json!(0), "`max_attempts` must be more than zero"),
        ("max_attempts", json!(-1), "`max_attempts`: invalid value: integer `-1`, expected u32"),
        ("max_attempts", json!(1.5), "`max_attempts`: invalid type"),
        ("max_attempts", json!(4_294_967_296_u64), "`max_attempts`: invalid value"),
        ("max_attempts", json!(null), "`max_attempts`: invalid type: null"),
        ("max_delay_ms", json!(0), "`max_delay` must be more than zero"),
        ("max_delay_ms", json!(999), "`first` is above `max_delay`"),
        ("max_delay_ms", json!(u64::MAX), "`max_delay` is longer than a hundred years"),
        ("max_delay_ms", json!("1 h"), "`max_delay_ms`: invalid type: string"),
        ("min_delay_ms", json!(1001), "`min_delay` is above `schedule`"),
        ("throttled_min_delay_ms", json!(u64::MAX), "`throttled_min_delay` is longer"),
        ("max_elapsed_ms", json!(0), "`max_elapsed` must be more than zero"),
        ("max_elapsed_ms", json!(999), "`first` is above `max_elapsed`"),
        ("max_elapsed_ms", json!(-1), "`max_elapsed_ms`: invalid value"),
        ("schedule", json!("fixed"), "`schedule`: "),
        ("schedule", json!({"decorrelated": {}}), "`schedule`: unknown variant `decorrelated`"),
        ("schedule", fixed(json!(-1)), "`schedule`: `delay_ms`: invalid value"),
        ("schedule", fixed(json!(u64::MAX)), "`first` is longer than a hundred years"),
        ("schedule", json!({"fixed": {}}), "`schedule`: missing field `delay_ms`"),
        ("schedule", json!({"fixed": {"delay_ms": 1000, "delay": 1}}), "`schedule`: unknown field `delay`"),
        ("schedule", exponential(json!([1, 2])), "`schedule`: `ratio`: `ratio` is not from 1.01"),
        ("schedule", exponential(json!([2, 0])), "`schedule`: `ratio`: `ratio` is not from 1.01"),
        ("schedule", exponential(json!([2])), "`schedule`: `ratio`: invalid length 1"),
        ("schedule", exponential(json!(2.0)), "`schedule`: `ratio`: invalid type"),
        ("schedule", json!({"fibonacci": {"first_ms": 0}}), "`first` must be more than zero"),
        ("schedule", json!({"linear": {"first_ms": 1, "step_ms": 0}}), "`step` must be more than zero"),
        ("schedule", json!({"table": {"delays_ms": []}}), "`schedule`: `delays_ms`: `table` has no delay"),
        (
            "schedule",
            json!({"table": {"delays_ms": vec![1; 17]}}),
            "`schedule`: `delays_ms`: `table` has more than 16",
        ),
        ("schedule", json!({"table": {"delays_ms": [1, "2"]}}), "`schedule`: `delays_ms`: invalid type"),
        ("schedule", json!({"table": {"delays_ms": [90_000_000]}}), "`table` is above `max_delay`"),
        ("jitter", json!("some"), "`jitter`: unknown variant `some`"),
        ("jitter", json!({"proportional": {"per_mille": 0}}), "`per_mille` is not from 1 to 1000"),
        ("jitter", json!({"proportional": {"per_mille": 1001}}), "`per_mille` is not from 1 to 1000"),
        ("jitter", json!({"proportional": {"per_mille": -1}}), "`jitter`: `per_mille`: invalid value"),
        ("jitter", json!({"proportional": {"percent": 20}}), "`jitter`: unknown field `percent`"),
        ("retry_after", json!(true), "`retry_after`: "),
        ("retry_after", json!({"up_to": {"cap_ms": 0}}), "`retry_after` must be more than zero"),
        ("retry_after", json!({"up_to": {"cap": 1}}), "`retry_after`: unknown field `cap`"),
        ("max_retries", json!(3), "unknown field `max_retries`"),
    ];
    let good = json!({"v": 1, "schedule": {"fixed": {"delay_ms": 1000}}, "max_attempts": 3});
    assert!(read(good.clone()).is_ok());
    for (field, value, expected) in cases {
        let mut form = good.clone();
        form[field] = value;
        let error = read(form.clone()).expect_err(&form.to_string());
        assert!(error.starts_with(expected), "{form}\nexpected: {expected}\nfound:    {error}");
    }
    for field in ["v", "schedule", "max_attempts"] {
        let mut form = good.clone();
        form.as_object_mut().unwrap().remove(field);
        let error = read(form).unwrap_err();
        assert!(error.starts_with(&format!("missing field `{field}`")), "{error}");
    }
}

#[test]
fn a_repeated_field_is_refused() {
    let text = r#"{"v": 1, "schedule": {"fixed": {"delay_ms": 1000}}, "max_attempts": 3, "max_attempts": 9}"#;
    let error = serde_json::from_str::<RetryPolicy>(text).unwrap_err().to_string();
    assert!(error.starts_with("duplicate field `max_attempts`"), "{error}");
}
