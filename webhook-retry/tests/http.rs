//! Status codes and `Retry-After`.
#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::time::Duration;

use http::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use webhook_retry::http::{RetryAfterError, class, retry_after, verdict};
use webhook_retry::{Class, Decision, Failure, RetryPolicy, Verdict, decide};

#[test]
fn every_status_has_the_class_of_the_table() {
    for code in 100..1000 {
        let expected = match code {
            200..=299 => None,
            408 | 425 | 500 => Some(Class::Transient),
            410 => Some(Class::Gone),
            429 | 502 | 503 | 504 => Some(Class::Throttled),
            100..=199 | 300..=499 | 501 | 505 => Some(Class::Permanent),
            _ => Some(Class::Transient),
        };
        assert_eq!(class(StatusCode::from_u16(code).unwrap()), expected, "{code}");
    }
}

const NOW: &str = "Sun, 06 Nov 1994 08:49:07 GMT";

fn headers(after: &[&str], date: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in after {
        headers.append(RETRY_AFTER, HeaderValue::from_str(value).unwrap());
    }
    for value in date {
        headers.append(DATE, HeaderValue::from_str(value).unwrap());
    }
    headers
}

#[test]
fn seconds_are_read_and_rounded_up() {
    let cases = [
        ("0", 0),
        ("1", 1000),
        ("120", 120_000),
        ("007", 7000),
        (" 3 ", 3000),
        ("1.5", 1500),
        ("0.25", 250),
        ("0.001", 1),
        ("0.0001", 1),
        ("1.0010", 1001),
        ("1.0011", 1002),
        ("2.9999", 3000),
    ];
    for (value, millis) in cases {
        let expected = Ok(Some(Duration::from_millis(millis)));
        assert_eq!(retry_after(&headers(&[value], &[])), expected, "{value:?}");
    }
}

#[test]
fn seconds_beyond_counting_are_the_most_and_the_policy_caps_them() {
    let digits = "9".repeat(60);
    let asked = retry_after(&headers(&[&digits], &[])).unwrap();
    assert_eq!(asked, Some(Duration::from_secs(u64::MAX)));
    let failure = Failure::new(1, Duration::ZERO, Class::Throttled).retry_after(asked);
    assert_eq!(decide(&RetryPolicy::guide(), failure), Decision::RetryIn(Duration::from_hours(1)));
    let most = "18446744073709551615.9999";
    assert!(retry_after(&headers(&[most], &[])).unwrap() >= Some(Duration::from_secs(u64::MAX)));
}

#[test]
fn all_three_date_forms_count_from_the_answers_date() {
    let forms =
        ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"];
    for after in forms {
        for date in [NOW, "Sunday, 06-Nov-94 08:49:07 GMT", "Sun Nov  6 08:49:07 1994"] {
            let expected = Ok(Some(Duration::from_secs(30)));
            assert_eq!(retry_after(&headers(&[after], &[date])), expected, "{after:?} from {date:?}");
        }
        let past = headers(&[after], &["Sun, 06 Nov 1994 08:50:00 GMT"]);
        assert_eq!(retry_after(&past), Ok(Some(Duration::ZERO)), "a moment in the past");
    }
}

#[test]
fn a_date_without_a_date_to_count_from_is_noted() {
    let after = "Sun, 06 Nov 1994 08:49:37 GMT";
    for date in [&[][..], &["yesterday"], &[NOW, NOW]] {
        assert_eq!(retry_after(&headers(&[after], date)), Err(RetryAfterError::NoDate), "{date:?}");
    }
}

#[test]
fn what_cannot_be_read_is_noted() {
    assert_eq!(retry_after(&headers(&[], &[NOW])), Ok(None));
    assert_eq!(retry_after(&headers(&["1", "1"], &[NOW])), Err(RetryAfterError::Repeated));
    let long = "1".repeat(65);
    let unreadable = [
        "",
        "-1",
        "+1",
        "1e3",
        "1.",
        ".5",
        "1.2.3",
        "0x10",
        "1 2",
        "soon",
        "1,5",
        &long,
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 PST",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94",
        "\u{e9}",
    ];
    for value in unreadable {
        let found = retry_after(&headers(&[value], &[NOW]));
        assert_eq!(found, Err(RetryAfterError::Malformed), "{value:?}");
    }
}

#[test]
fn a_verdict_has_the_class_and_the_wait() {
    let answer = |status: u16, after: &str| {
        let (parts, ()) =
            Response::builder().status(status).header(RETRY_AFTER, after).body(()).unwrap().into_parts();
        verdict(parts.status, &parts.headers)
    };
    let wait = Some(Duration::from_secs(7));
    assert_eq!(answer(429, "7"), Some(Verdict::new(Class::Throttled).retry_after(wait)));
    assert_eq!(answer(500, "7"), Some(Verdict::new(Class::Transient).retry_after(wait)), "on any failure");
    assert_eq!(answer(503, "soon"), Some(Verdict::new(Class::Throttled)), "unreadable counts as none");
    assert_eq!(answer(202, "7"), None);
}

#[test]
fn errors_say_what_is_wrong() {
    assert_eq!(RetryAfterError::Repeated.to_string(), "the header `retry-after` is repeated");
    assert!(RetryAfterError::Malformed.to_string().contains("neither seconds nor a date"));
    assert!(RetryAfterError::NoDate.to_string().contains("no single readable `date`"));
}
