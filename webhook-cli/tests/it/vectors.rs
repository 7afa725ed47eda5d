//! Every vector through the command: a provider of ours by its name, any other by flags.

use std::collections::BTreeMap;

use base64::Engine;
use serde_json::Value;

use crate::{Ran, fixture_json, raw_request, webhook};

fn body_of(vector: &Value) -> Vec<u8> {
    if let Some(text) = vector["body"].as_str() {
        return text.into();
    }
    if let Some(repeat) = vector.get("body_repeat") {
        let count = usize::try_from(repeat["count"].as_u64().unwrap()).unwrap();
        return repeat["text"].as_str().unwrap().repeat(count).into_bytes();
    }
    let text = vector.get("body_b64").or(vector.get("body_base64")).unwrap().as_str().unwrap();
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

fn vectors(file: &str) -> Vec<Value> {
    let mut file = fixture_json(&format!("vectors/{file}.json"));
    let Value::Array(vectors) = file["vectors"].take() else { panic!("no vectors") };
    vectors
}

fn verify(vector: &Value, flags: &[String]) -> Ran {
    let raw = raw_request(&vector["headers"], &body_of(vector));
    let mut arguments = vec!["verify".to_owned(), "--json".to_owned()];
    arguments.extend_from_slice(flags);
    if let Some(now) = vector["now"].as_i64() {
        arguments.extend(["--now".to_owned(), now.to_string()]);
    }
    arguments.push(format!("--secret={}", vector["secret"].as_str().unwrap_or("secret_of_nobody")));
    arguments.push("-".to_owned());
    webhook(arguments, &raw)
}

fn flags(text: &[&str]) -> Vec<String> {
    text.iter().map(|flag| (*flag).to_owned()).collect()
}

/// The verdict and its code, which must agree with the exit code.
fn verdict(ran: &Ran) -> (String, String) {
    let line = ran.json();
    let verdict = line["verdict"].as_str().unwrap().to_owned();
    let code = ["verified", "refused", "error"].iter().position(|known| *known == verdict);
    assert_eq!(usize::try_from(ran.code).ok(), code, "{line}");
    (verdict, line["error"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn standard_webhooks() {
    let vectors = vectors("standard-webhooks");
    assert!(vectors.len() >= 86);
    for vector in &vectors {
        let name = vector["name"].as_str().unwrap();
        // About a receiver that takes shared secrets only.
        let how = if name == "own-secret-public-key-for-hmac" {
            flags(&["--header=webhook-signature", "--encoding=base64", "--list= ", "--pair=,", "--accept=v1"])
                .into_iter()
                .chain(flags(&["--signed={id}.{timestamp}.{body}", "--timestamp-header=webhook-timestamp"]))
                .chain(flags(&["--key-decode=base64", "--strip-prefix=whsec_"]))
                .collect()
        } else {
            flags(&["--provider=svix"])
        };
        let ran = verify(vector, &how);
        let (verdict, error) = verdict(&ran);
        let expected = match vector["expect"].as_str().unwrap() {
            "ok" => ("verified", ""),
            "missing-id" | "missing-timestamp" | "missing-signature" => ("refused", "missing_header"),
            "invalid-timestamp" => ("refused", "malformed_timestamp"),
            "timestamp-too-old" => ("refused", "timestamp_too_old"),
            "timestamp-too-new" => ("refused", "timestamp_too_new"),
            "no-matching-signature" => ("refused", "signature_mismatch"),
            "empty-secret" => ("error", "empty_secret"),
            "invalid-secret" => {
                assert!(!error.is_empty() && error != "empty_secret", "{name}: {error}");
                ("error", error.as_str())
            }
            other => panic!("{other}"),
        };
        assert_eq!((verdict.as_str(), error.as_str()), expected, "{name}: {ran:?}");
    }
}

#[test]
fn notion() {
    let vectors = vectors("notion");
    assert!(vectors.len() >= 42);
    for vector in &vectors {
        let name = vector["name"].as_str().unwrap();
        let ran = verify(vector, &flags(&["--provider=notion"]));
        let (verdict, error) = verdict(&ran);
        let expected = match vector["expect"].as_str().unwrap() {
            "valid" => ("verified", ""),
            "missing_header" => ("refused", "missing_header"),
            "malformed" => ("refused", "malformed_header"),
            "mismatch" => ("refused", "signature_mismatch"),
            "config_error" => ("error", "empty_secret"),
            other => panic!("{other}"),
        };
        assert_eq!((verdict.as_str(), error.as_str()), expected, "{name}: {ran:?}");
        if name.contains("handshake") && verdict == "verified" {
            assert_eq!(ran.json()["event"]["outcome"], "handshake", "{name}");
        }
    }
}

#[test]
fn providers() {
    let file = fixture_json("vectors/providers.json");
    let not_covered: BTreeMap<String, String> =
        serde_json::from_value(fixture_json("vectors/not-covered.json")).unwrap();
    let mut ran_vectors = 0;
    for vector in vectors("providers") {
        let name = vector["name"].as_str().unwrap();
        let provider = vector["provider"].as_str().unwrap();
        if not_covered.contains_key(provider) {
            continue;
        }
        ran_vectors += 1;
        let mut outcomes = vec![verify(&vector, &described(&file["schemes"][provider], &vector))];
        outcomes.extend(ours(provider).map(|how| verify(&vector, &flags(how))));
        for ran in outcomes {
            let (verdict, error) = verdict(&ran);
            let expected = match (vector["expect"].as_str().unwrap(), vector["reason"].as_str()) {
                ("valid", _) => ("verified", ""),
                (_, Some("bad_signature" | "wrong_token" | "no_known_scheme")) => {
                    ("refused", "signature_mismatch")
                }
                (_, Some("expired")) => ("refused", "timestamp_too_old"),
                (_, Some("from_future")) => ("refused", "timestamp_too_new"),
                (_, Some("malformed_header")) => ("refused", "malformed_header"),
                (_, Some("missing_header")) => ("refused", "missing_header"),
                other => panic!("{name}: {other:?}"),
            };
            assert_eq!((verdict.as_str(), error.as_str()), expected, "{name}: {ran:?}");
        }
    }
    assert!(ran_vectors >= 115, "{ran_vectors}");
}

/// The schemes that no flags describe say so, and those of which a part can be checked have that part checked.
#[test]
fn not_covered() {
    let not_covered: BTreeMap<String, String> =
        serde_json::from_value(fixture_json("vectors/not-covered.json")).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for vector in vectors("providers") {
        let (name, provider) = (vector["name"].as_str().unwrap(), vector["provider"].as_str().unwrap());
        if !not_covered.contains_key(provider) {
            continue;
        }
        seen.insert(provider.to_owned());
        let url = vector["url"].as_str().unwrap_or_default();
        let (how, expected, says): (Vec<String>, _, _) = match (provider, vector["reason"].as_str()) {
            // Its signature covers the body as it is. The time inside the body is the reader's to judge.
            ("linear", None | Some("expired" | "from_future")) => {
                (flags(&["--header=Linear-Signature"]), ("verified", ""), "")
            }
            ("linear", _) => (flags(&["--header=Linear-Signature"]), ("refused", "signature_mismatch"), ""),
            // The sender signed other bytes than it sent; the first hint says which.
            ("meta-escaped", _) => (
                flags(&["--header=X-Hub-Signature-256", "--prefix=sha256="]),
                ("refused", "signature_mismatch"),
                "escaped_unicode",
            ),
            ("supabase-hmac-base64-bytea-compat", _) => (
                flags(&["--provider=supabase", "--variant=hmac-base64"]),
                ("refused", "signature_mismatch"),
                "doubled_backslashes",
            ),
            // The URL alone is signed, which says nothing about the body that came.
            ("twilio", _) if name.contains("json") => {
                let mut how = flags(&["--header=X-Twilio-Signature", "--algorithm=hmac-sha1"]);
                how.extend(["--encoding=base64".to_owned(), format!("--signed={url}")]);
                (how, ("error", "invalid_scheme"), "covers nothing of the request")
            }
            ("twilio", _) => (
                flags(&["--header=X-Twilio-Signature", "--algorithm=hmac-sha1", "--signed={url}{form}"]),
                ("error", "usage"),
                "known are {timestamp}, {id}, {body}",
            ),
            ("hubspot-v1" | "hubspot-v2", _) => (
                flags(&["--header=X-HubSpot-Signature", "--algorithm=sha256"]),
                ("error", "usage"),
                "invalid value 'sha256'",
            ),
            ("mailgun" | "msgraph", _) => {
                (flags(&["--algorithm=hmac-sha256"]), ("error", "usage"), "stands inside the body")
            }
            other => panic!("{name}: {other:?}"),
        };
        let ran = verify(&vector, &how);
        let found = verdict(&ran);
        assert_eq!((found.0.as_str(), found.1.as_str()), expected, "{name}: {ran:?}");
        let line = ran.json();
        let said = if expected.0 == "refused" { &line["hints"][0]["code"] } else { &line["message"] };
        assert!(said.as_str().unwrap_or_default().contains(says), "{name}: {line}");
    }
    assert!(seen.iter().eq(not_covered.keys()), "{seen:?}");
}

fn ours(provider: &str) -> Option<&'static [&'static str]> {
    Some(match provider {
        "svix" => &["--provider=svix"],
        "standard-webhooks" => &["--provider=standard-webhooks"],
        "supabase-static" => &["--provider=supabase"],
        "supabase-bearer" => &["--provider=supabase", "--variant=bearer"],
        "supabase-hmac-hex" => &["--provider=supabase", "--variant=hmac-hex"],
        "supabase-hmac-hex-prefixed" => &["--provider=supabase", "--variant=hmac-hex-prefixed"],
        "supabase-hmac-base64" => &["--provider=supabase", "--variant=hmac-base64"],
        "supabase-hmac-timestamped" => &["--provider=supabase", "--variant=hmac-timestamped"],
        "supabase-auth-hook" => &["--provider=supabase-auth"],
        "fluxbase" => &["--provider=fluxbase"],
        "fluxbase-legacy" => &["--provider=fluxbase", "--variant=legacy"],
        "fluxbase-seed-doc" => &["--provider=fluxbase", "--variant=guide"],
        "chatterwise" => &["--provider=chatterwise"],
        "chatterwise-docs" => &["--provider=chatterwise", "--variant=documented"],
        "hybrid" => &["--provider=record-envelope"],
        _ => return None,
    })
}

/// The flags for the scheme that the vectors' file describes.
fn described(scheme: &Value, vector: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let signature = &scheme["signature"];
    let algorithm = match scheme["algorithm"].as_str().unwrap() {
        "static-token" => "token",
        "ecdsa-p256-sha256" => "ecdsa-p256",
        other => other,
    };
    let mut flags = vec![
        format!("--header={}", text(&signature["name"])),
        format!("--algorithm={algorithm}"),
        format!("--encoding={}", text(&scheme["encoding"])),
    ];
    if let Some(prefix) = signature.get("prefix") {
        flags.push(format!("--prefix={}", text(prefix)));
    }
    if signature["layout"] == "list" {
        flags.push(format!("--list={}", text(&signature["split_on"])));
        flags.push(format!("--pair={}", text(&signature["pair_separator"])));
        flags.push(format!("--accept={}", text(&signature["accept_keys"][0])));
    }
    if let Some(timestamp) = scheme.get("timestamp") {
        let source = text(&timestamp["source"]);
        let (place, name) = source.split_once(':').unwrap();
        let place = if place == "header" { "header" } else { "field" };
        flags.push(format!("--timestamp-{place}={name}"));
        flags.push(format!("--timestamp-unit={}", text(&timestamp["unit"])));
        assert_eq!(timestamp["max_age"], timestamp["max_skew"]);
        // No bound is as good as one of a century.
        flags.push(format!("--tolerance={}", timestamp["max_age"].as_u64().unwrap_or(4_000_000_000)));
    }
    match scheme["key"]["decode"].as_str().unwrap() {
        "utf8" => {}
        "base64" | "spki-base64" => flags.push("--key-decode=base64".to_owned()),
        other => flags.push(format!("--key-decode={other}")),
    }
    for prefix in scheme["key"]["strip_prefixes"].as_array().unwrap() {
        flags.push(format!("--strip-prefix={}", text(prefix)));
    }
    let signed: String = scheme["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| match part.as_str().unwrap() {
            "{url}" => text(&vector["url"]),
            "{method}" => vector["method"].as_str().unwrap_or("POST").to_owned(),
            other => other.to_owned(),
        })
        .collect();
    if !signed.is_empty() {
        flags.push(format!("--signed={signed}"));
    }
    flags
}
