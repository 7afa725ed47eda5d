//! Whole verifications, beside the limit (the MAC of the same bytes by a key that is ready) and beside others.

use std::hint::black_box;
use std::time::Duration;

use hmac::{Hmac, KeyInit};
use http::HeaderMap;
use serde_json::Value;
use sha2::Sha256;
use webhook_benches::duel::{Group, Subject, subject};
use webhook_benches::requests::{ID, KEY, OTHER_SECRET, SECRET, crowded, mac, signed};
use webhook_benches::{payloads, plain};
use webhook_core::{Payload, clerk};
use webhook_verify::providers::{Clerk, Fluxbase, Notion};
use webhook_verify::{Encoding, Provider, Scheme, Secret, UnixTime, Verifier, VerifyError};
#[cfg(feature = "stripe")]
use webhook_verify::{Part, Place};

/// The name of the first subject of each group.
pub const LIMIT: &str = "MAC, hmac 0.13, key ready";
/// What a secret is under the schemes whose key is the secret's text.
const TEXT_SECRET: &str = "a shared secret of the usual size, 44 letters";

pub fn groups() -> Vec<Group> {
    let mut groups: Vec<_> =
        [("0 B", 0), ("256 B", 256), ("3.5 KB", 3_544), ("100 KB", 102_149), ("1 MiB", 1 << 20)]
            .map(|(name, length)| base64(name, payloads::bytes(length).leak()))
            .into();
    groups.extend([("3.5 KB", 3_544), ("100 KB", 102_149)].into_iter().flat_map(|(name, length)| {
        let body: &'static [u8] = payloads::bytes(length).leak();
        [pair_list(name, body), hex(name, body)]
    }));
    let body: &'static [u8] = payloads::bytes(3_544).leak();
    groups.extend([secrets(body), signatures(body), refused()]);
    groups.extend(
        [("100 KB", 102_149), ("1 MiB", 1 << 20)]
            .map(|(name, length)| stream(name, payloads::bytes(length).leak())),
    );
    groups.push(event());
    #[cfg(feature = "stripe")]
    groups.push(stripe());
    groups
}

fn verifier(scheme: Scheme, secret: &str) -> Verifier {
    Verifier::new(scheme, Secret::new(secret).expect("a secret")).expect("a verifier")
}

fn limit(body: &'static [u8]) -> Subject {
    let keyed = Hmac::<Sha256>::new_from_slice(KEY).expect("any length will do");
    let time = UnixTime::now().as_secs().to_string();
    subject(LIMIT, move || mac(black_box(&keyed), ID, &time, black_box(body)))
}

/// The limit of schemes that sign the time and the body, or the body alone.
fn short_limit(time: Option<UnixTime>, body: &'static [u8]) -> Subject {
    use hmac::Mac;
    let keyed = Hmac::<Sha256>::new_from_slice(TEXT_SECRET.as_bytes()).expect("any length will do");
    let time = time.map(|time| time.as_secs().to_string());
    subject(LIMIT, move || {
        let mut mac = black_box(&keyed).clone();
        if let Some(time) = &time {
            mac.update(time.as_bytes());
            mac.update(b".");
        }
        mac.update(black_box(body));
        mac.finalize()
    })
}

/// Our verification with the system's clock, as an adapter does it.
fn ours(name: &str, verifier: Verifier, headers: HeaderMap, body: &'static [u8]) -> Subject {
    assert_eq!(verifier.verify(&headers, body, UnixTime::now()).map(|_| ()), Ok(()));
    subject(name, move || verifier.verify(black_box(&headers), black_box(body), UnixTime::now()).is_ok())
}

fn ours_refusing(
    name: &str,
    verifier: Verifier,
    headers: HeaderMap,
    body: &'static [u8],
    expected: VerifyError,
) -> Subject {
    assert_eq!(verifier.verify(&headers, body, UnixTime::now()).map(|_| ()), Err(expected));
    subject(name, move || verifier.verify(black_box(&headers), black_box(body), UnixTime::now()).is_ok())
}

fn base64(name: &str, body: &'static [u8]) -> Group {
    let now = UnixTime::now();
    let headers = signed(Clerk::SCHEME, SECRET, body, now);
    let unbranded = unbranded(headers.clone());

    let ring_key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, KEY);
    let time = now.as_secs().to_string();
    let ring = subject("MAC, ring 0.17, key ready", move || {
        let mut context = ring::hmac::Context::with_key(black_box(&ring_key));
        for part in [ID.as_bytes(), b".", time.as_bytes(), b".", black_box(body)] {
            context.update(part);
        }
        context.sign()
    });
    Group {
        name: format!("verify, Standard Webhooks (`v1,` base64), {name}"),
        subjects: vec![
            limit(body),
            ours("Verifier::verify, clock read", verifier(Clerk::SCHEME, SECRET), headers.clone(), body),
            fixed_clock(headers.clone(), body, now),
            ring,
            svix(headers, body),
            standardwebhooks(unbranded.clone(), body),
            other(other_webhook_verify::Provider::StandardWebhooks, SECRET, unbranded, body),
        ],
    }
}

/// The same request with the `webhook-*` headers, the only ones that some of the others read.
fn unbranded(mut headers: HeaderMap) -> HeaderMap {
    for (from, to) in [
        ("svix-id", "webhook-id"),
        ("svix-timestamp", "webhook-timestamp"),
        ("svix-signature", "webhook-signature"),
    ] {
        let value = headers.remove(from).expect("a signed request");
        headers.insert(to, value);
    }
    headers
}

fn fixed_clock(headers: HeaderMap, body: &'static [u8], now: UnixTime) -> Subject {
    let verifier = verifier(Clerk::SCHEME, SECRET);
    subject("Verifier::verify, time given", move || {
        verifier.verify(black_box(&headers), black_box(body), black_box(now)).is_ok()
    })
}

fn svix(headers: HeaderMap, body: &'static [u8]) -> Subject {
    let webhook = svix::webhooks::Webhook::new(SECRET).expect("a secret");
    webhook.verify(body, &headers).expect("svix takes it");
    subject("svix 2.9.1", move || webhook.verify(black_box(body), black_box(&headers)).is_ok())
}

fn standardwebhooks(headers: HeaderMap, body: &'static [u8]) -> Subject {
    let webhook = standardwebhooks::Webhook::new(SECRET).expect("a secret");
    webhook.verify(body, &headers).expect("standardwebhooks takes it");
    subject("standardwebhooks 1.0.1", move || webhook.verify(black_box(body), black_box(&headers)).is_ok())
}

fn other(
    provider: other_webhook_verify::Provider,
    secret: &str,
    headers: HeaderMap,
    body: &'static [u8],
) -> Subject {
    use other_webhook_verify::{Secret, VerifyOptions, verify};
    let secret = Secret::new(secret);
    verify(provider, &headers, body, &secret, VerifyOptions::default()).expect("webhook-verify takes it");
    subject("webhook-verify 0.1.0 (crates.io)", move || {
        let options = VerifyOptions::default();
        verify(provider, black_box(&headers), black_box(body), &secret, options).is_ok()
    })
}

fn pair_list(name: &str, body: &'static [u8]) -> Group {
    let now = UnixTime::now();
    let headers = signed(Fluxbase::<Value>::SCHEME, TEXT_SECRET, body, now);
    // The same signature as Hook0 writes it.
    let signature = headers["x-fluxbase-signature"].to_str().expect("ASCII").replace("v1=", "v0=");
    let hook0 = move || {
        let tolerance = Duration::from_secs(300);
        let none: &[(&str, &str)] = &[];
        hook0_client::verify_webhook_signature(
            black_box(&signature),
            black_box(body),
            none,
            TEXT_SECRET,
            tolerance,
        )
    };
    hook0().expect("hook0-client takes it");
    Group {
        name: format!("verify, `t=…,v1=…` hex, {name}"),
        subjects: vec![
            short_limit(Some(now), body),
            ours(
                "Verifier::verify, clock read",
                verifier(Fluxbase::<Value>::SCHEME, TEXT_SECRET),
                headers,
                body,
            ),
            subject("hook0-client 2.0.3, the value of its header handed in", move || hook0().is_ok()),
        ],
    }
}

fn hex(name: &str, body: &'static [u8]) -> Group {
    const GITHUB: Scheme = Scheme::hmac_sha256("x-hub-signature-256", Encoding::Hex).prefix("sha256=");
    let now = UnixTime::now();
    let notion = signed(Notion::SCHEME, TEXT_SECRET, body, now);
    let github = signed(GITHUB, TEXT_SECRET, body, now);
    Group {
        name: format!("verify, `sha256=` hex, {name}"),
        subjects: vec![
            short_limit(None, body),
            ours("Verifier::verify, Notion", verifier(Notion::SCHEME, TEXT_SECRET), notion, body),
            other(other_webhook_verify::Provider::GitHub, TEXT_SECRET, github, body),
        ],
    }
}

fn secrets(body: &'static [u8]) -> Group {
    let headers = signed(Clerk::SCHEME, SECRET, body, UnixTime::now());
    let with = |count: usize, last: bool| {
        let mut secrets = vec![Secret::new(OTHER_SECRET).expect("a secret"); count - 1];
        secrets.insert(if last { count - 1 } else { 0 }, Secret::new(SECRET).expect("a secret"));
        Verifier::new(Clerk::SCHEME, secrets).expect("a verifier")
    };
    let ours = |name: &str, verifier| ours(name, verifier, headers.clone(), body);
    Group {
        name: "several secrets, 3.5 KB".to_owned(),
        subjects: vec![
            ours("1 secret", with(1, false)),
            ours("2 secrets, the first matches", with(2, false)),
            ours("2 secrets, the last matches", with(2, true)),
            ours("8 secrets, the first matches", with(8, false)),
            ours("8 secrets, the last matches", with(8, true)),
        ],
    }
}

fn signatures(body: &'static [u8]) -> Group {
    let headers = signed(Clerk::SCHEME, SECRET, body, UnixTime::now());
    let crowd = |others, last| crowded(headers.clone(), "svix-signature", others, last);
    let ours = |name: &str, headers| ours(name, verifier(Clerk::SCHEME, SECRET), headers, body);
    Group {
        name: "several signatures in the header, 3.5 KB".to_owned(),
        subjects: vec![
            ours("1 signature", headers.clone()),
            ours("11 signatures, the first matches", crowd(10, false)),
            ours("11 signatures, the last matches", crowd(10, true)),
            ours("64 signatures, the last matches", crowd(63, true)),
            svix(crowd(63, true), body),
        ],
    }
}

fn refused() -> Group {
    let (small, large): (&'static [u8], &'static [u8]) =
        (payloads::bytes(3_544).leak(), payloads::bytes(1 << 20).leak());
    let now = UnixTime::now();
    let stale = signed(Clerk::SCHEME, SECRET, large, UnixTime::from_secs(now.as_secs() - 3_600));
    let mut malformed = signed(Clerk::SCHEME, SECRET, small, now);
    malformed.insert("svix-timestamp", "yesterday".parse().expect("ASCII"));
    let mut unsigned = signed(Clerk::SCHEME, SECRET, small, now);
    unsigned.remove("svix-signature");
    let refusing = |name: &str, headers, body, expected| {
        ours_refusing(name, verifier(Clerk::SCHEME, SECRET), headers, body, expected)
    };
    let webhook = svix::webhooks::Webhook::new(SECRET).expect("a secret");
    let stale_too = stale.clone();
    Group {
        name: "refused".to_owned(),
        subjects: vec![
            limit(small),
            refusing(
                "late: no signature matches, 3.5 KB",
                signed(Clerk::SCHEME, OTHER_SECRET, small, now),
                small,
                VerifyError::SignatureMismatch,
            ),
            refusing("early: an hour old, 1 MiB", stale, large, VerifyError::TimestampTooOld),
            refusing("early: the timestamp is no number", malformed, small, VerifyError::MalformedTimestamp),
            refusing("early: no signature", unsigned, small, VerifyError::MissingHeader("svix-signature")),
            subject("svix 2.9.1: an hour old, 1 MiB", move || webhook.verify(large, &stale_too).is_err()),
        ],
    }
}

fn stream(name: &str, body: &'static [u8]) -> Group {
    let headers = signed(Clerk::SCHEME, SECRET, body, UnixTime::now());
    let verifier = verifier(Clerk::SCHEME, SECRET);
    Group {
        name: format!("begin, update in 16 KiB chunks, finish, {name}"),
        subjects: vec![
            limit(body),
            subject("Pending::stream", move || {
                let mut stream = verifier.begin(&headers, UnixTime::now()).expect("fresh").stream();
                body.chunks(16 << 10).for_each(|chunk| stream.update(black_box(chunk)));
                stream.finish().expect("authentic").timestamp()
            }),
        ],
    }
}

fn event() -> Group {
    type Plain = plain::raw::clerk::Event;
    let body: &'static [u8] = payloads::clerk().leak().as_bytes();
    let now = UnixTime::now();
    let headers = signed(Clerk::SCHEME, SECRET, body, now);
    let keyed = Hmac::<Sha256>::new_from_slice(KEY).expect("any length will do");
    let time = now.as_secs().to_string();
    let mac = move || mac(black_box(&keyed), ID, &time, black_box(body));
    let mac_too = mac.clone();
    let verifier = verifier(Clerk::SCHEME, SECRET);
    let svix_headers = headers.clone();
    let webhook = svix::webhooks::Webhook::new(SECRET).expect("a secret");
    Group {
        name: format!("verified and read: Clerk user.created, {} B", body.len()),
        subjects: vec![
            subject("MAC + UTF-8 check + from_str, plain struct", move || {
                black_box(mac());
                let text = std::str::from_utf8(body).expect("UTF-8");
                serde_json::from_str::<Plain>(text).expect("the plain struct reads it")
            }),
            subject("verify + Payload::parse", move || {
                let verified =
                    verifier.verify(&headers, black_box(body), UnixTime::now()).expect("authentic");
                clerk::Event::parse(verified.body()).expect("an event")
            }),
            subject("MAC + from_slice, plain struct", move || {
                black_box(mac_too());
                serde_json::from_slice::<Plain>(body).expect("the plain struct reads it")
            }),
            subject("svix 2.9.1 + Value", move || {
                webhook.verify(black_box(body), &svix_headers).expect("authentic");
                serde_json::from_slice::<Value>(body).expect("JSON")
            }),
        ],
    }
}

/// Its verification cannot be had without its reading.
#[cfg(feature = "stripe")]
fn stripe() -> Group {
    const STRIPE: Scheme = Scheme::hmac_sha256("stripe-signature", Encoding::Hex)
        .list(',', '=', "v1")
        .timestamp(Place::Field("t"))
        .signed(&[Part::Timestamp, Part::Text("."), Part::Body]);
    let body: &'static str = payloads::stripe().leak();
    let now = UnixTime::now();
    let headers = signed(STRIPE, TEXT_SECRET, body.as_bytes(), now);
    let signature = headers["stripe-signature"].to_str().expect("ASCII").to_owned();
    let read = move || stripe_webhook::Webhook::construct_event(black_box(body), &signature, TEXT_SECRET);
    read().expect("async-stripe-webhook takes it");
    let verifier = verifier(STRIPE, TEXT_SECRET);
    Group {
        name: format!("verified and read: Stripe customer.created, {} B", body.len()),
        subjects: vec![
            short_limit(Some(now), body.as_bytes()),
            ours("Verifier::verify, clock read", verifier.clone(), headers.clone(), body.as_bytes()),
            subject("verify + Value", move || {
                let body = black_box(body.as_bytes());
                let verified = verifier.verify(&headers, body, UnixTime::now()).expect("authentic");
                serde_json::from_slice::<Value>(verified.body()).expect("JSON")
            }),
            subject("async-stripe-webhook 1.0.0-rc.10, its own event", move || read().is_ok()),
        ],
    }
}
