//! Every vector in `vectors/`, with its exact expectation. The files came with the project's facts; each vector
//! names its source. What cannot be decided here, and why, stands in `vectors/not-covered.json`.

use std::collections::{BTreeMap, BTreeSet};

use http::HeaderMap;
use serde_json::Value;
use webhook_verify::providers::{
    Svix, chatterwise, fluxbase, notion, record_envelope, standard_webhooks, supabase, supabase_auth,
};
use webhook_verify::{
    ConfigError, Encoding, KeyEncoding, Part, Place, Provider, Scheme, Secret, SecretError, TimestampUnit,
    Tolerance, UnixTime, Verifier, VerifyError,
};

use crate::{base64, headers};

/// What came of a vector: verified, refused, or no verifier at all.
type Outcome = Result<(), Failure>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Refused(VerifyError),
    Config(ConfigError),
}

fn run(scheme: Scheme, secret: &str, headers: &HeaderMap, body: &[u8], now: i64) -> Outcome {
    let secret = Secret::new(secret).map_err(|error| Failure::Config(error.into()))?;
    let verifier = Verifier::new(scheme, secret).map_err(Failure::Config)?;
    let now = UnixTime::from_secs(now);
    let whole = verifier.verify(headers, body, now).map(drop);
    // The streaming path must agree, whatever the chunks.
    let streamed = verifier.begin(headers, now).and_then(|pending| {
        let mut stream = pending.stream();
        body.chunks(7).for_each(|chunk| stream.update(chunk));
        stream.finish().map(drop)
    });
    assert_eq!(whole, streamed);
    whole.map_err(Failure::Refused)
}

fn body_of(vector: &Value) -> Vec<u8> {
    if let Some(text) = vector["body"].as_str() {
        return text.into();
    }
    if let Some(repeat) = vector.get("body_repeat") {
        let count = usize::try_from(repeat["count"].as_u64().unwrap()).unwrap();
        return repeat["text"].as_str().unwrap().repeat(count).into_bytes();
    }
    base64(vector.get("body_b64").or(vector.get("body_base64")).unwrap().as_str().unwrap())
}

fn vectors(file: &str) -> Vec<Value> {
    let mut file: Value = serde_json::from_str(file).unwrap();
    let Value::Array(vectors) = file["vectors"].take() else { panic!("no vectors") };
    vectors
}

/// Runs all vectors and reports those that came out otherwise than expected, by name.
fn check(
    vectors: &[Value],
    decide: impl Fn(&Value) -> Outcome,
    is_expected: impl Fn(&Value, Outcome) -> bool,
) {
    let wrong: Vec<String> = vectors
        .iter()
        .filter_map(|vector| {
            let outcome = decide(vector);
            (!is_expected(vector, outcome))
                .then(|| format!("{}: expected {}, got {outcome:?}", vector["name"], vector["expect"]))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
}

const SHARED_SECRETS_ONLY: Scheme = Scheme::hmac_sha256("webhook-signature", Encoding::Base64)
    .id("webhook-id")
    .timestamp(Place::Header("webhook-timestamp"))
    .list(' ', ',', "v1")
    .signed(&[Part::Id, Part::Text("."), Part::Timestamp, Part::Text("."), Part::Body])
    .key(KeyEncoding::Base64)
    .strip(&["whsec_"]);

#[test]
fn standard_webhooks_vectors() {
    let vectors = vectors(include_str!("vectors/standard-webhooks.json"));
    assert!(vectors.len() >= 86);
    check(
        &vectors,
        |vector| {
            let now = vector["now"].as_i64().unwrap();
            let secret = vector["secret"].as_str().unwrap();
            // About a receiver that takes shared secrets only; under the full scheme the same key is a valid one.
            let scheme = if vector["name"] == "own-secret-public-key-for-hmac" {
                SHARED_SECRETS_ONLY
            } else {
                Svix::SCHEME
            };
            run(scheme, secret, &headers(&vector["headers"]), &body_of(vector), now)
        },
        |vector, outcome| {
            use VerifyError::{
                MalformedTimestamp, MissingHeader, SignatureMismatch, TimestampTooNew, TimestampTooOld,
            };
            let empty = [SecretError::Empty];
            match (vector["expect"].as_str().unwrap(), outcome) {
                ("missing-id", Err(Failure::Refused(MissingHeader(name)))) => name.ends_with("-id"),
                ("missing-timestamp", Err(Failure::Refused(MissingHeader(name)))) => {
                    name.ends_with("-timestamp")
                }
                ("missing-signature", Err(Failure::Refused(MissingHeader(name)))) => {
                    name.ends_with("-signature")
                }
                ("ok", Ok(()))
                | ("invalid-timestamp", Err(Failure::Refused(MalformedTimestamp)))
                | ("timestamp-too-old", Err(Failure::Refused(TimestampTooOld)))
                | ("timestamp-too-new", Err(Failure::Refused(TimestampTooNew)))
                | ("no-matching-signature", Err(Failure::Refused(SignatureMismatch))) => true,
                ("empty-secret", Err(Failure::Config(ConfigError::Secret(error)))) => empty.contains(&error),
                ("invalid-secret", Err(Failure::Config(ConfigError::Secret(error)))) => {
                    !empty.contains(&error)
                }
                _ => false,
            }
        },
    );
}

#[test]
fn notion_vectors() {
    let vectors = vectors(include_str!("vectors/notion.json"));
    assert!(vectors.len() >= 42);
    check(
        &vectors,
        |vector| {
            // A vector without a secret is about the header alone.
            let secret = vector["secret"].as_str().unwrap_or("secret_of_nobody");
            run(notion::SCHEME, secret, &headers(&vector["headers"]), &body_of(vector), 0)
        },
        |vector, outcome| {
            matches!(
                (vector["expect"].as_str().unwrap(), outcome),
                ("valid", Ok(()))
                    | (
                        "missing_header",
                        Err(Failure::Refused(VerifyError::MissingHeader("x-notion-signature")))
                    )
                    | (
                        "malformed",
                        Err(Failure::Refused(VerifyError::MalformedHeader("x-notion-signature")))
                    )
                    | ("mismatch", Err(Failure::Refused(VerifyError::SignatureMismatch)))
                    | ("config_error", Err(Failure::Config(_)))
            )
        },
    );
}

#[test]
fn provider_vectors() {
    let file: Value = serde_json::from_str(include_str!("vectors/providers.json")).unwrap();
    let not_covered: BTreeMap<String, String> =
        serde_json::from_str(include_str!("vectors/not-covered.json")).unwrap();
    let (covered, skipped): (Vec<Value>, Vec<Value>) = vectors(include_str!("vectors/providers.json"))
        .into_iter()
        .partition(|vector| !not_covered.contains_key(vector["provider"].as_str().unwrap()));
    assert!(covered.len() >= 115, "{}", covered.len());
    // A reason for a scheme that is no longer in the vectors is stale.
    let named: BTreeSet<&str> = file["schemes"].as_object().unwrap().keys().map(String::as_str).collect();
    let listed: BTreeSet<&str> = not_covered.keys().map(String::as_str).collect();
    assert_eq!(listed.difference(&named).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert!(skipped.iter().all(|vector| named.contains(vector["provider"].as_str().unwrap())));

    check(
        &covered,
        |vector| {
            let provider = vector["provider"].as_str().unwrap();
            let described = described(&file["schemes"][provider], vector);
            let run = |scheme| {
                let now = vector["now"].as_i64().unwrap();
                let secret = vector["secret"].as_str().unwrap();
                run(scheme, secret, &headers(&vector["headers"]), &body_of(vector), now)
            };
            let outcome = run(described);
            // Where the provider is ours, its own constant must agree with the description.
            if let Some(ours) = ours(provider) {
                assert_eq!(run(ours), outcome, "{}", vector["name"]);
            }
            outcome
        },
        |vector, outcome| {
            let Err(failure) = outcome else { return vector["expect"] == "valid" };
            let Failure::Refused(error) = failure else { return false };
            vector["expect"] == "invalid"
                && match vector["reason"].as_str().unwrap() {
                    "bad_signature" | "wrong_token" | "no_known_scheme" => {
                        error == VerifyError::SignatureMismatch
                    }
                    "expired" => error == VerifyError::TimestampTooOld,
                    "from_future" => error == VerifyError::TimestampTooNew,
                    "malformed_header" => matches!(error, VerifyError::MalformedHeader(_)),
                    "missing_header" => matches!(error, VerifyError::MissingHeader(_)),
                    _ => false,
                }
        },
    );
}

fn ours(provider: &str) -> Option<Scheme> {
    Some(match provider {
        "svix" | "standard-webhooks" => standard_webhooks::SCHEME,
        "supabase-static" => supabase::STATIC_TOKEN,
        "supabase-bearer" => supabase::BEARER,
        "supabase-hmac-hex" => supabase::HMAC_HEX,
        "supabase-hmac-hex-prefixed" => supabase::HMAC_HEX_PREFIXED,
        "supabase-hmac-base64" => supabase::HMAC_BASE64,
        "supabase-hmac-timestamped" => supabase::HMAC_TIMESTAMPED,
        "supabase-auth-hook" => supabase_auth::SCHEME,
        "fluxbase" => fluxbase::SIGNED,
        "fluxbase-legacy" => fluxbase::LEGACY,
        "fluxbase-seed-doc" => fluxbase::GUIDE,
        "chatterwise" => chatterwise::CODED,
        "chatterwise-docs" => chatterwise::DOCUMENTED,
        "hybrid" => record_envelope::HMAC_HEX,
        _ => return None,
    })
}

/// The scheme that the vectors' file describes: what a user would write down for a provider of his own.
fn described(scheme: &Value, vector: &Value) -> Scheme {
    fn leak(text: &str) -> &'static str {
        text.to_owned().leak()
    }
    fn first(text: &Value) -> char {
        text.as_str().unwrap().chars().next().unwrap()
    }
    let signature = &scheme["signature"];
    assert_eq!(signature["in"], "header");
    let header = leak(&signature["name"].as_str().unwrap().to_lowercase());
    let encoding = match scheme["encoding"].as_str().unwrap() {
        "hex" => Encoding::Hex,
        "base64" => Encoding::Base64,
        "text" => Encoding::Text,
        other => panic!("encoding {other}"),
    };
    let mut built = match scheme["algorithm"].as_str().unwrap() {
        "hmac-sha256" => Scheme::hmac_sha256(header, encoding),
        "hmac-sha512" => Scheme::hmac_sha512(header, encoding),
        "hmac-sha1" => Scheme::hmac_sha1(header, encoding),
        "static-token" => Scheme::token(header),
        "ed25519" => Scheme::ed25519(header, encoding),
        "ecdsa-p256-sha256" => Scheme::ecdsa_p256(header, encoding),
        other => panic!("algorithm {other}"),
    };
    if let Some(prefix) = signature.get("prefix") {
        built = built.prefix(leak(prefix.as_str().unwrap()));
    }
    if signature["layout"] == "list" {
        let [tag] = signature["accept_keys"].as_array().unwrap().as_slice() else { panic!("one tag") };
        built = built.list(
            first(&signature["split_on"]),
            first(&signature["pair_separator"]),
            leak(tag.as_str().unwrap()),
        );
    }
    if let Some(timestamp) = scheme.get("timestamp") {
        let place = match timestamp["source"].as_str().unwrap().split_once(':').unwrap() {
            ("header", name) => Place::Header(leak(&name.to_lowercase())),
            ("signature", tag) => Place::Field(leak(tag)),
            other => panic!("timestamp {other:?}"),
        };
        let unit = match timestamp["unit"].as_str().unwrap() {
            "s" => TimestampUnit::Seconds,
            "ms" => TimestampUnit::Milliseconds,
            "rfc3339" => TimestampUnit::Rfc3339,
            other => panic!("unit {other}"),
        };
        let seconds = |key: &str| timestamp[key].as_u64().map(|seconds| u32::try_from(seconds).unwrap());
        built = built
            .timestamp(place)
            .unit(unit)
            .tolerance(Tolerance::new(seconds("max_age"), seconds("max_skew")));
    }
    built = match scheme["key"]["decode"].as_str().unwrap() {
        "utf8" => built,
        "base64" | "spki-base64" => built.key(KeyEncoding::Base64),
        "hex" => built.key(KeyEncoding::Hex),
        other => panic!("key {other}"),
    };
    let prefixes = scheme["key"]["strip_prefixes"].as_array().unwrap();
    built =
        built.strip(prefixes.iter().map(|prefix| leak(prefix.as_str().unwrap())).collect::<Vec<_>>().leak());
    let parts: Vec<Part> = scheme["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| match part.as_str().unwrap() {
            "{body}" => Part::Body,
            "{timestamp}" => Part::Timestamp,
            // What the receiver is told about itself is fixed text.
            "{url}" => Part::Text(leak(vector["url"].as_str().unwrap())),
            "{method}" => Part::Text(leak(vector["method"].as_str().unwrap_or("POST"))),
            text => match text.strip_prefix("{header:").and_then(|name| name.strip_suffix('}')) {
                Some(name) => Part::Header(leak(&name.to_lowercase())),
                None if text.starts_with('{') => panic!("part {text}"),
                None => Part::Text(leak(text)),
            },
        })
        .collect();
    if parts.is_empty() { built } else { built.signed(parts.leak()) }
}
