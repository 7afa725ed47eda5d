//! Every captured request in `captures/`, as it arrived from the real sender, verified at its own clock. Secrets and
//! expectations stand in each folder's index, which came with the captures.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use webhook_verify::providers::{Svix, fluxbase, standard_webhooks, supabase};
use webhook_verify::{Provider, Scheme, Secret, UnixTime, Verifier, VerifyError};

/// A raw HTTP/1.1 request: split at the first empty line, headers as they are, the rest is the body.
pub(crate) fn read(folder: &str, file: &str) -> (HeaderMap, Vec<u8>) {
    let path = format!("{}/tests/it/captures/{folder}/{file}", env!("CARGO_MANIFEST_DIR"));
    let raw = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let end = raw.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let headers = raw[..end]
        .split(|&byte| byte == b'\n')
        .skip(1)
        .map(|line| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let colon = line.iter().position(|&byte| byte == b':').unwrap();
            (
                HeaderName::from_bytes(&line[..colon]).unwrap(),
                HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).unwrap(),
            )
        })
        .collect();
    (headers, raw[end + 4..].to_vec())
}

fn index(text: &str) -> Vec<Value> {
    let mut index: Value = serde_json::from_str(text).unwrap();
    let Value::Array(captures) = index["captures"].take() else { panic!("no captures") };
    assert!(captures.len() >= 9, "{}", captures.len());
    captures
}

fn verify(scheme: Scheme, secret: &str, folder: &str, capture: &Value, now: i64) -> Result<(), VerifyError> {
    let (headers, body) = read(folder, capture["file"].as_str().unwrap());
    assert_eq!(
        Some(body.len()),
        capture["body_bytes"].as_u64().and_then(|bytes| bytes.try_into().ok()),
        "{}",
        capture["file"]
    );
    // One of Fluxbase's secrets ends with a blank, which belongs to the key.
    let secret = Secret::new(secret).or_else(|_| Secret::from_bytes(secret)).unwrap();
    let verifier = Verifier::new(scheme, secret).unwrap();
    verifier.verify(&headers, &body, UnixTime::from_secs(now)).map(drop)
}

#[test]
fn supabase_captures() {
    let mut verified = 0;
    for capture in index(include_str!("captures/supabase/index.json")) {
        let file = capture["file"].as_str().unwrap();
        let now = 1_795_338_994;
        let Some(secret) = capture["secret"].as_str() else {
            // Unsigned: no scheme takes it.
            for variant in <webhook_verify::providers::Supabase>::VARIANTS {
                let refused = verify(variant.scheme, "sekrit", "supabase", &capture, now);
                let by_form =
                    matches!(refused, Err(VerifyError::MissingHeader(_) | VerifyError::MalformedHeader(_)));
                assert!(
                    by_form || refused == Err(VerifyError::SignatureMismatch),
                    "{file} {}: {refused:?}",
                    variant.name
                );
            }
            continue;
        };
        let scheme = match (capture["scheme"].as_str().unwrap(), capture["signature"].as_str()) {
            ("static header value", _) => supabase::STATIC_TOKEN,
            ("standard-webhooks", _) => standard_webhooks::SCHEME,
            ("hmac-sha256", Some(text)) if text.contains("X-Webhook-Timestamp") => supabase::HMAC_TIMESTAMPED,
            ("hmac-sha256", Some(text)) if text.starts_with("hex") => supabase::HMAC_HEX,
            ("hmac-sha256", Some(text)) if text.starts_with("base64") => supabase::HMAC_BASE64,
            other => panic!("{file}: {other:?}"),
        };
        let expected =
            if capture["verifies"] == false { Err(VerifyError::SignatureMismatch) } else { Ok(()) };
        assert_eq!(verify(scheme, secret, "supabase", &capture, now), expected, "{file}");
        let wrong = verify(scheme, "whsec_d3Jvbmc=", "supabase", &capture, now);
        assert_eq!(wrong, Err(VerifyError::SignatureMismatch), "{file} with another secret");
        verified += usize::from(expected.is_ok());
    }
    assert!(verified >= 7, "{verified}");
}

#[test]
fn svix_captures() {
    for capture in index(include_str!("captures/svix/index.json")) {
        let file = capture["file"].as_str().unwrap();
        let now = capture["timestamp"].as_i64().unwrap();
        let signed_by: Vec<&str> = capture["signatures"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|signature| signature["verifies_with"].as_str())
            .collect();
        assert!(!signed_by.is_empty(), "{file}");
        for key in &signed_by {
            assert_eq!(verify(Svix::SCHEME, key, "svix", &capture, now), Ok(()), "{file} with {key}");
            let stale = verify(Svix::SCHEME, key, "svix", &capture, now + 301);
            assert_eq!(stale, Err(VerifyError::TimestampTooOld), "{file}");
        }
        // A key that was rotated away, or never was this endpoint's.
        for other in ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"] {
            if !signed_by.contains(&other) {
                let refused = verify(Svix::SCHEME, other, "svix", &capture, now);
                assert_eq!(refused, Err(VerifyError::SignatureMismatch), "{file}");
            }
        }
    }
}

#[test]
fn fluxbase_captures() {
    for capture in index(include_str!("captures/fluxbase/index.json")) {
        let file = capture["file"].as_str().unwrap();
        let Some(secret) = capture["secret"].as_str() else {
            let refused = verify(fluxbase::SIGNED, "any", "fluxbase", &capture, 0);
            assert_eq!(refused, Err(VerifyError::MissingHeader("x-fluxbase-signature")), "{file}");
            continue;
        };
        assert_eq!(capture["x_webhook_signature_ok"], true);
        assert_eq!(verify(fluxbase::LEGACY, secret, "fluxbase", &capture, 0), Ok(()), "{file}");
        if let Some(now) = capture["signed_at"].as_i64() {
            assert_eq!(verify(fluxbase::SIGNED, secret, "fluxbase", &capture, now), Ok(()), "{file}");
            let stale = verify(fluxbase::SIGNED, secret, "fluxbase", &capture, now + 301);
            assert_eq!(stale, Err(VerifyError::TimestampTooOld), "{file}");
            let guide = verify(fluxbase::GUIDE, secret, "fluxbase", &capture, now);
            assert_eq!(guide, Err(VerifyError::MalformedHeader("x-fluxbase-signature")), "{file}");
        } else {
            let refused = verify(fluxbase::SIGNED, secret, "fluxbase", &capture, 0);
            assert_eq!(refused, Err(VerifyError::MissingHeader("x-fluxbase-signature")), "{file}");
        }
    }
}
