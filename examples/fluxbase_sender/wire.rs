//! What a Fluxbase server puts on the wire, byte for byte.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use webhook_axum::webhook_core::fluxbase::{Event, Webhook};
use webhook_axum::webhook_core::{Timestamp, UnixTime};
use webhook_axum::webhook_verify::providers::fluxbase;
use webhook_axum::webhook_verify::{Secret, Signer};

/// The test button's event.
pub(crate) const TEST: &str = r#"{"event":"TEST","table":"test","schema":"public","record":{"test":true}}"#;

/// The body of one attempt: its `timestamp` is when the attempt was built, not when the change happened.
pub(crate) fn body(mut event: Event, now: DateTime<Utc>) -> Result<String, serde_json::Error> {
    event.timestamp = Some(time(now));
    serde_json::to_string(&event).map(|json| as_go_writes(&json))
}

/// A time as Go writes it, in its `RFC3339Nano`: as many of nine digits of the second as are needed.
pub(crate) fn time(time: DateTime<Utc>) -> Timestamp {
    let digits = time.format("%Y-%m-%dT%H:%M:%S%.9f").to_string();
    Timestamp::new(format!("{}Z", digits.trim_end_matches('0').trim_end_matches('.')))
}

/// The same JSON as Go's encoder writes it: without white space, and with `<`, `>`, `&` and two line separators
/// escaped, even inside a row that came as JSON. A signature covers these bytes, so a receiver that parses the body and
/// prints it again before it verifies will refuse them.
fn as_go_writes(json: &str) -> String {
    let mut written = String::with_capacity(json.len());
    let (mut in_text, mut escaped) = (false, false);
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(written, "\\u{:04x}", u32::from(c));
            }
            c if !in_text && c.is_ascii_whitespace() => {}
            c => written.push(c),
        }
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_text = !in_text,
            _ => {}
        }
    }
    written
}

/// The headers of one attempt. The user's own come first, so that none of them can stand in for a signature.
pub(crate) fn headers(webhook: &Webhook, now: UnixTime, body: &str) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in webhook.headers.iter().flatten() {
        headers.insert(name.parse::<http::HeaderName>()?, value.parse()?);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static("Fluxbase-Webhooks/1.0"));
    // Without a secret there is no signature. With one there are two, for receivers of before January 2026.
    if let Some(secret) = webhook.secret.as_ref().filter(|secret| !secret.is_empty()) {
        for scheme in [fluxbase::SIGNED, fluxbase::LEGACY] {
            let signer = Signer::new(scheme, Secret::new(secret.as_str())?)?;
            headers.extend(signer.sign("", now, body.as_bytes())?);
        }
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use webhook_axum::webhook_core::Payload;

    use super::*;

    /// Secrets and requests, recorded from Fluxbase servers; see
    /// `webhook-verify/tests/it/captures/fluxbase/index.json`.
    const RECORDED: [(&str, &str); 5] = [
        (
            "your-webhook-secret",
            include_str!("../../webhook-verify/tests/it/captures/fluxbase/users-insert.http"),
        ),
        (
            "your-webhook-secret",
            include_str!("../../webhook-verify/tests/it/captures/fluxbase/users-update.http"),
        ),
        (
            "your-webhook-secret",
            include_str!("../../webhook-verify/tests/it/captures/fluxbase/users-delete.http"),
        ),
        (
            "your-webhook-secret",
            include_str!("../../webhook-verify/tests/it/captures/fluxbase/users-test.http"),
        ),
        ("retry-secret", include_str!("../../webhook-verify/tests/it/captures/fluxbase/retry-update-2.http")),
    ];

    fn webhook(more: &str) -> Webhook {
        serde_json::from_str(&format!(r#"{{"id": "1", "name": "n", "url": "http://u"{more}}}"#)).unwrap()
    }

    #[test]
    fn what_was_recorded_is_written_again_byte_for_byte() {
        for (secret, recorded) in RECORDED {
            let webhook = webhook(&format!(r#", "secret": "{secret}""#));
            let (head, recorded) = recorded.split_once("\r\n\r\n").unwrap();
            let event: Event = Event::parse(recorded.as_bytes()).unwrap();
            let time = event.timestamp.as_ref().unwrap().to_utc().unwrap();
            let spaced = serde_json::to_string_pretty(&event).unwrap();
            let body = body(Event::parse(spaced.as_bytes()).unwrap(), time).unwrap();
            assert_eq!(body, recorded);
            // Signed in the second in which the body was built.
            let headers = headers(&webhook, UnixTime::from_secs(time.timestamp()), &body).unwrap();
            for (name, value) in &headers {
                let line = format!("{name}: {}", value.to_str().unwrap());
                assert!(head.lines().any(|known| known.eq_ignore_ascii_case(&line)), "{line}\n{head}");
            }
            assert_eq!(headers.len(), 4);
        }
    }

    #[test]
    fn no_secret_no_signature_and_no_header_of_the_user_wins_over_one() {
        let own = r#", "headers": {"X-Webhook-Signature": "preset", "Authorization": "Bearer z"}"#;
        let unsigned = headers(&webhook(own), UnixTime::from_secs(1), "{}").unwrap();
        assert_eq!(unsigned["x-webhook-signature"], "preset");
        assert!(!unsigned.contains_key("x-fluxbase-signature"));
        let with_secret = webhook(&format!(r#"{own}, "secret": "s""#));
        let signed = headers(&with_secret, UnixTime::from_secs(1), "{}").unwrap();
        assert_eq!(signed["x-webhook-signature"].len(), 64);
        assert_eq!(signed["authorization"], "Bearer z");
        assert!(signed["x-fluxbase-signature"].to_str().unwrap().starts_with("t=1,v1="));
    }

    #[test]
    fn a_time_has_the_digits_that_it_needs() {
        for (nanoseconds, written) in [
            (0, "2026-11-22T09:27:00Z"),
            (100_000_000, "2026-11-22T09:27:00.1Z"),
            (120_000_000, "2026-11-22T09:27:00.12Z"),
            (123_450_000, "2026-11-22T09:27:00.12345Z"),
            (900_487_200, "2026-11-22T09:27:00.9004872Z"),
            (548_371_721, "2026-11-22T09:27:00.548371721Z"),
            (1, "2026-11-22T09:27:00.000000001Z"),
        ] {
            let now = DateTime::from_timestamp(1_795_339_620, nanoseconds).unwrap();
            assert_eq!(time(now).as_str(), written);
            let event = Event::parse(TEST.as_bytes()).unwrap();
            assert!(body(event, now).unwrap().ends_with(&format!(r#","timestamp":"{written}"}}"#)));
        }
    }

    #[test]
    fn text_keeps_its_spaces() {
        assert_eq!(
            as_go_writes(" {\"a\" : \"b \\\" c\\\\\" , \"<\":\t1}\n"),
            r#"{"a":"b \" c\\","\u003c":1}"#
        );
    }
}
