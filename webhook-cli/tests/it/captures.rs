//! Every captured request through the command, at its own clock, with its own secret.

use serde_json::Value;

use crate::{Ran, fixture, fixture_json, webhook};

fn index(folder: &str) -> Vec<Value> {
    let mut index = fixture_json(&format!("captures/{folder}/index.json"));
    let Value::Array(captures) = index["captures"].take() else { panic!("no captures") };
    captures
}

fn verify(folder: &str, capture: &Value, flags: &[&str]) -> Ran {
    let raw = fixture(&format!("captures/{folder}/{}", capture["file"].as_str().unwrap()));
    webhook(["verify", "--json"].iter().chain(flags).chain(&["-"]), &raw)
}

#[track_caller]
fn assert_verified(ran: &Ran, provider: &str, file: &str) -> Value {
    let line = ran.json();
    assert_eq!((ran.code, line["verdict"].as_str()), (0, Some("verified")), "{file}: {line}");
    assert_eq!(line["provider"], provider, "{file}");
    assert_eq!(line["key"], serde_json::json!({"index": 0, "label": null}), "{file}");
    line
}

#[track_caller]
fn assert_refused(ran: &Ran, error: &str, file: &str) {
    let line = ran.json();
    assert_eq!((ran.code, line["verdict"].as_str()), (1, Some("refused")), "{file}: {line}");
    assert_eq!(line["error"], error, "{file}");
    assert_eq!(line["status"], 401, "{file}");
    assert!(line["hints"].is_array() && line["message"].is_string(), "{file}: {line}");
}

#[test]
fn supabase() {
    let now = ["--now", "1795338994"];
    for capture in index("supabase") {
        let file = capture["file"].as_str().unwrap();
        let Some(secret) = capture["secret"].as_str() else {
            let ran = verify("supabase", &capture, &["--provider", "supabase", "--secret", "any"]);
            let error =
                if file == "redirect-after302.http" { "signature_mismatch" } else { "missing_header" };
            assert_refused(&ran, error, file);
            let hint = if file == "redirect-after302.http" { "redirected" } else { "unsigned" };
            assert_eq!(ran.json()["hints"][0]["code"], hint, "{file}");
            continue;
        };
        let (provider, variant) = match (capture["scheme"].as_str(), capture["signature"].as_str()) {
            (Some("static header value"), _) => ("supabase", "static-token"),
            (Some("standard-webhooks"), _) => ("standard-webhooks", ""),
            (_, Some(text)) if text.contains("X-Webhook-Timestamp") => ("supabase", "hmac-timestamped"),
            (_, Some(text)) if text.starts_with("hex") => ("supabase", "hmac-hex"),
            (_, Some(text)) if text.starts_with("base64") => ("supabase", "hmac-base64"),
            other => panic!("{file}: {other:?}"),
        };
        let mut flags = vec!["--provider", provider, "--secret", secret];
        flags.extend(now);
        if !variant.is_empty() {
            flags.extend(["--variant", variant]);
        }
        let ran = verify("supabase", &capture, &flags);
        if capture["verifies"] == false {
            assert_refused(&ran, "signature_mismatch", file);
            assert_eq!(ran.json()["hints"][0]["code"], "json_signed_jsonb_sent", "{file}");
            continue;
        }
        let line = assert_verified(&ran, provider, file);
        assert_eq!(line["variant"].as_str().unwrap_or_default(), variant, "{file}");
        if provider == "supabase" {
            assert_eq!(line["event"]["outcome"], "known", "{file}");
            assert_eq!(line["event"]["kind"], line["delivery"]["kind"], "{file}");
            assert_eq!(line["idempotency_key"], Value::Null, "{file}");
        }
    }
}

#[test]
fn svix() {
    for capture in index("svix") {
        let file = capture["file"].as_str().unwrap();
        let now = capture["timestamp"].as_i64().unwrap();
        let at = now.to_string();
        let keys: Vec<&str> = capture["signatures"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|signature| signature["verifies_with"].as_str())
            .collect();
        for key in &keys {
            let flags = ["--provider", "svix", "--secret", key, "--now", &at];
            let line = assert_verified(&verify("svix", &capture, &flags), "svix", file);
            assert_eq!(line["variant"], Value::Null);
            assert_eq!(line["delivery"]["id"], capture["msg_id"], "{file}");
            assert_eq!(line["delivery"]["id_signed"], true, "{file}");
            assert_eq!(line["delivery"]["timestamp"], now, "{file}");
            let idempotency = format!("svix:{}", capture["msg_id"].as_str().unwrap());
            assert_eq!(line["idempotency_key"], idempotency, "{file}");
            if file == "svix-sym-empty-body.http" {
                assert_eq!(
                    line["event"],
                    serde_json::json!({"outcome": "misfit", "kind": null, "path": ""}),
                    "authentic, and not JSON"
                );
            }
            let stale = (now + 301).to_string();
            let flags = ["--provider", "svix", "--secret", key, "--now", &stale];
            let ran = verify("svix", &capture, &flags);
            assert_refused(&ran, "timestamp_too_old", file);
            assert_eq!(ran.json()["hints"][0]["code"], "clock_skew", "{file}");
            let flags = ["--provider", "svix", "--secret", key, "--ignore-time"];
            assert_verified(&verify("svix", &capture, &flags), "svix", file);
        }
        for other in ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"] {
            if !keys.contains(&other) {
                let flags = ["--provider", "svix", "--secret", other, "--now", &at];
                assert_refused(&verify("svix", &capture, &flags), "signature_mismatch", file);
                // The key is told by its place.
                let flags = ["--provider", "svix", "--secret", other, "--secret", keys[0], "--now", &at];
                let line = verify("svix", &capture, &flags).json();
                assert_eq!(line["key"]["index"], 1, "{file}");
            }
        }
    }
}

#[test]
fn fluxbase() {
    for capture in index("fluxbase") {
        let file = capture["file"].as_str().unwrap();
        let secret = capture["secret"].as_str();
        let flags = |variant| {
            ["--provider", "fluxbase", "--variant", variant, "--secret", secret.unwrap_or("any"), "--now"]
        };
        let verify = |variant, now: &str| {
            let flags: Vec<&str> = flags(variant).into_iter().chain([now]).collect();
            verify("fluxbase", &capture, &flags)
        };
        if secret.is_none() {
            assert_refused(&verify("signed", "0"), "missing_header", file);
            continue;
        }
        assert_verified(&verify("legacy", "0"), "fluxbase", file);
        let Some(now) = capture["signed_at"].as_i64() else {
            assert_refused(&verify("signed", "0"), "missing_header", file);
            continue;
        };
        let line = assert_verified(&verify("signed", &now.to_string()), "fluxbase", file);
        assert_eq!(line["delivery"]["timestamp"], now, "{file}");
        assert_refused(&verify("signed", &(now - 301).to_string()), "timestamp_too_new", file);
        let ran = verify("guide", &now.to_string());
        assert_refused(&ran, "malformed_header", file);
        assert_eq!(ran.json()["hints"][0]["code"], "other_variant", "{file}");
    }
}
