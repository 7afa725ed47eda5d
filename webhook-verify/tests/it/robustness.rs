//! Odd, huge and repeated headers: each a clear refusal, with bounded work.

use http::{HeaderMap, HeaderValue};
use webhook_verify::providers::{Clerk, Fluxbase, Svix, fluxbase, supabase};
use webhook_verify::{
    MAX_PUBLIC_KEY_SIGNATURES, MAX_SIGNATURES, Part, Provider, Scheme, Secret, Signer, Tolerance, UnixTime,
    Verifier, VerifyError,
};

const NOW: UnixTime = UnixTime::from_secs(1_767_605_400);
const BODY: &[u8] = b"{}";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn verifier(scheme: Scheme) -> Verifier {
    Verifier::new(scheme, Secret::new(SECRET).unwrap()).unwrap()
}

fn signed(scheme: Scheme) -> HeaderMap {
    Signer::new(scheme, Secret::new(SECRET).unwrap()).unwrap().sign("msg_1", NOW, BODY).unwrap()
}

fn outcome(scheme: Scheme, headers: &HeaderMap) -> Result<(), VerifyError> {
    verifier(scheme).verify(headers, BODY, NOW).map(drop)
}

#[test]
fn a_repeated_header_is_refused_even_when_both_are_right() {
    for name in ["svix-id", "svix-timestamp", "svix-signature"] {
        let mut headers = signed(Clerk::SCHEME);
        let value = headers[name].clone();
        headers.append(name, value);
        assert_eq!(outcome(Clerk::SCHEME, &headers), Err(VerifyError::RepeatedHeader(name)));
    }
    let mut headers = signed(supabase::STATIC_TOKEN);
    headers.append("x-webhook-signature", HeaderValue::from_static("x"));
    assert_eq!(
        outcome(supabase::STATIC_TOKEN, &headers),
        Err(VerifyError::RepeatedHeader("x-webhook-signature"))
    );
}

#[test]
fn an_absent_header_is_named() {
    for name in ["svix-id", "svix-timestamp", "svix-signature"] {
        let mut headers = signed(Clerk::SCHEME);
        headers.remove(name);
        assert_eq!(outcome(Clerk::SCHEME, &headers), Err(VerifyError::MissingHeader(name)));
        headers.insert(name, HeaderValue::from_static(""));
        assert_eq!(outcome(Clerk::SCHEME, &headers), Err(VerifyError::MissingHeader(name)));
        assert_eq!(outcome(Svix::SCHEME, &headers), Err(VerifyError::MissingHeader(name)));
    }
    assert_eq!(outcome(Svix::SCHEME, &HeaderMap::new()), Err(VerifyError::MissingHeader("svix-id")));
}

#[test]
fn families_are_never_mixed() {
    for (other, missing) in [
        (&["id"][..], "webhook-timestamp"),
        (&["timestamp"], "webhook-id"),
        (&["signature"], "webhook-id"),
        (&["timestamp", "signature"], "webhook-id"),
        (&["id", "signature"], "webhook-timestamp"),
        (&["id", "timestamp"], "webhook-signature"),
    ] {
        let mut headers = signed(Svix::SCHEME);
        for part in other {
            let value = headers.remove(format!("svix-{part}")).unwrap();
            headers.insert(http::HeaderName::try_from(format!("webhook-{part}")).unwrap(), value);
        }
        assert_eq!(outcome(Svix::SCHEME, &headers), Err(VerifyError::MissingHeader(missing)), "{other:?}");
        // The other family is never read for Clerk.
        let missing = ["svix-id", "svix-timestamp", "svix-signature"];
        let missing = missing.into_iter().find(|name| !headers.contains_key(*name)).unwrap();
        assert_eq!(outcome(Clerk::SCHEME, &headers), Err(VerifyError::MissingHeader(missing)), "{other:?}");
    }
}

/// A static token has nothing to do with the body, so a wrong one does not cost it.
#[test]
fn a_wrong_token_is_refused_by_the_headers() {
    let headers = signed(supabase::STATIC_TOKEN);
    assert!(verifier(supabase::STATIC_TOKEN).begin(&headers, NOW).is_ok());
    let wrong = HeaderMap::from_iter([(
        http::HeaderName::from_static("x-webhook-signature"),
        HeaderValue::from_static("another"),
    )]);
    let refused = verifier(supabase::STATIC_TOKEN).begin(&wrong, NOW).map(drop);
    assert_eq!(refused, Err(VerifyError::SignatureMismatch));
}

#[test]
fn the_first_family_decides_when_both_are_complete() {
    let mut headers = signed(Svix::SCHEME);
    for name in ["id", "timestamp", "signature"] {
        let value = headers[format!("svix-{name}")].clone();
        headers.insert(http::HeaderName::try_from(format!("webhook-{name}")).unwrap(), value);
    }
    assert_eq!(outcome(Svix::SCHEME, &headers), Ok(()));
    headers.insert("svix-signature", HeaderValue::from_static("v1,AAAA"));
    assert_eq!(outcome(Svix::SCHEME, &headers), Err(VerifyError::SignatureMismatch));
}

#[test]
fn many_signatures_are_bounded() {
    let good = signed(Clerk::SCHEME)["svix-signature"].to_str().unwrap().to_owned();
    let bad = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
    for (bad_before, expected) in [
        (10, Ok(())),
        (199, Ok(())),
        (MAX_SIGNATURES - 1, Ok(())),
        (MAX_SIGNATURES, Err(VerifyError::TooManySignatures)),
    ] {
        let mut list = format!("{bad} ").repeat(bad_before);
        list.push_str(&good);
        let mut headers = signed(Clerk::SCHEME);
        headers.insert("svix-signature", list.parse().unwrap());
        assert_eq!(outcome(Clerk::SCHEME, &headers), expected, "{bad_before} before it");
    }
}

#[test]
fn long_headers_are_bounded() {
    for (scheme, name) in [
        (Clerk::SCHEME, "svix-signature"),
        (<Fluxbase>::SCHEME, "x-fluxbase-signature"),
        (supabase::HMAC_HEX, "x-webhook-signature"),
        (supabase::STATIC_TOKEN, "x-webhook-signature"),
    ] {
        let mut headers = signed(scheme);
        headers.insert(name, "a".repeat(64 * 1024).parse().unwrap());
        assert_eq!(outcome(scheme, &headers), Err(VerifyError::MalformedHeader(name)));
    }
    // A long id is nobody's harm: it is part of what is signed.
    let headers = Signer::new(Clerk::SCHEME, Secret::new(SECRET).unwrap())
        .unwrap()
        .sign(&"m".repeat(64 * 1024), NOW, BODY)
        .unwrap();
    assert_eq!(outcome(Clerk::SCHEME, &headers), Ok(()));
    let mut headers = signed(Clerk::SCHEME);
    headers.insert("svix-timestamp", "1".repeat(64 * 1024).parse().unwrap());
    assert_eq!(outcome(Clerk::SCHEME, &headers), Err(VerifyError::MalformedTimestamp));
}

#[test]
fn bytes_that_are_no_text() {
    for name in ["svix-id", "svix-timestamp", "svix-signature"] {
        let mut headers = signed(Clerk::SCHEME);
        headers.insert(name, HeaderValue::from_bytes(b"\xff\xfe\x80").unwrap());
        assert!(outcome(Clerk::SCHEME, &headers).is_err(), "{name}");
    }
}

#[test]
fn fluxbase_lists() {
    let headers = signed(fluxbase::SIGNED);
    let good = headers["x-fluxbase-signature"].to_str().unwrap();
    let (t, v1) = good.split_once(',').unwrap();
    let malformed = Err(VerifyError::MalformedHeader("x-fluxbase-signature"));
    for (value, expected) in [
        (format!("{v1},{t}"), Ok(())),
        (format!(" {t} , {v1} "), Ok(())),
        (format!("{t},v1={},{v1}", "00".repeat(32)), Ok(())),
        (format!("{t},v0=abc,{v1},x"), Ok(())),
        (format!("{t},{}", v1.to_uppercase().replace("V1", "v1")), Ok(())),
        (format!("{t},{t},{v1}"), malformed),
        (v1.to_owned(), malformed),
        (String::new(), malformed),
        (t.to_owned(), Err(VerifyError::SignatureMismatch)),
        (format!("{t},v1="), Err(VerifyError::SignatureMismatch)),
        (format!("t=,{v1}"), Err(VerifyError::MalformedTimestamp)),
        (format!("t=0x1,{v1}"), Err(VerifyError::MalformedTimestamp)),
        (format!("{t}0,{v1}"), Err(VerifyError::TimestampTooNew)),
    ] {
        let mut headers = headers.clone();
        headers.insert("x-fluxbase-signature", value.parse().unwrap());
        assert_eq!(outcome(fluxbase::SIGNED, &headers), expected, "{value}");
    }
}

#[test]
fn hexadecimal_is_digits_only() {
    let scheme = supabase::HMAC_HEX;
    let good = signed(scheme)["x-webhook-signature"].to_str().unwrap().to_owned();
    for value in [format!("0x{}", &good[2..]), format!("0x{good}"), format!(" {good}"), format!("{good}00")] {
        let mut headers = HeaderMap::new();
        headers.insert("x-webhook-signature", HeaderValue::from_bytes(value.as_bytes()).unwrap());
        let refused = outcome(scheme, &headers);
        assert_eq!(refused, Err(VerifyError::MalformedHeader("x-webhook-signature")), "{value}");
    }
}

#[test]
fn both_spellings_of_the_timestamped_variant() {
    let scheme = supabase::HMAC_TIMESTAMPED;
    let headers = signed(scheme);
    assert_eq!(outcome(scheme, &headers), Ok(()));
    let list = headers["x-webhook-signature"].to_str().unwrap().to_owned();
    let (t, v1) = list.split_once(',').unwrap();
    let mut bare = HeaderMap::new();
    bare.insert("x-webhook-signature", v1[3..].parse().unwrap());
    assert_eq!(outcome(scheme, &bare), Err(VerifyError::MissingHeader("x-webhook-timestamp")));
    bare.insert("x-webhook-timestamp", t[2..].parse().unwrap());
    assert_eq!(outcome(scheme, &bare), Ok(()));
    bare.insert("x-webhook-timestamp", "1".parse().unwrap());
    assert_eq!(outcome(scheme, &bare), Err(VerifyError::TimestampTooOld));
    // A list without its own time does not borrow the header's.
    bare.insert("x-webhook-timestamp", t[2..].parse().unwrap());
    bare.insert("x-webhook-signature", v1.parse().unwrap());
    assert_eq!(outcome(scheme, &bare), Err(VerifyError::MalformedHeader("x-webhook-signature")));
}

#[test]
fn signed_headers_must_be_there_once() {
    let scheme = supabase::HMAC_HEX.signed(&[Part::Header("x-event"), Part::Text(":"), Part::Body]);
    let signer = Signer::new(scheme, Secret::new(SECRET).unwrap()).unwrap();
    let mut with_event = HeaderMap::new();
    with_event.insert("x-event", HeaderValue::from_static("ping"));
    let mut headers = signer.sign_with(with_event, "", NOW, BODY).unwrap();
    assert_eq!(outcome(scheme, &headers), Ok(()));
    headers.insert("x-event", HeaderValue::from_static("pong"));
    assert_eq!(outcome(scheme, &headers), Err(VerifyError::SignatureMismatch));
    headers.append("x-event", HeaderValue::from_static("ping"));
    assert_eq!(outcome(scheme, &headers), Err(VerifyError::RepeatedHeader("x-event")));
    headers.remove("x-event");
    assert_eq!(outcome(scheme, &headers), Err(VerifyError::MissingHeader("x-event")));
}

#[test]
fn the_tolerance_can_be_changed_and_switched_off() {
    let headers = signed(Clerk::SCHEME);
    let later = UnixTime::from_secs(NOW.as_secs() + 86_400);
    let verify =
        |tolerance| verifier(Clerk::SCHEME).tolerance(tolerance).verify(&headers, BODY, later).map(drop);
    assert_eq!(verify(Tolerance::DEFAULT), Err(VerifyError::TimestampTooOld));
    assert_eq!(verify(Tolerance::seconds(86_400)), Ok(()));
    assert_eq!(verify(Tolerance::OFF), Ok(()));
}

/// Public-key signatures cost a hash of the body each, so few are checked under each key.
#[test]
fn public_key_signatures_are_few() {
    let private =
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
    let public = || Secret::new("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=").unwrap();
    let good =
        Signer::new(Clerk::SCHEME, Secret::new(private).unwrap()).unwrap().sign("m", NOW, BODY).unwrap();
    let text = good["svix-signature"].to_str().unwrap().to_owned();
    let other =
        Signer::new(Clerk::SCHEME, Secret::new(private).unwrap()).unwrap().sign("n", NOW, BODY).unwrap();
    let decoy = other["svix-signature"].to_str().unwrap().to_owned();
    for (keys, before, expected) in [
        (1, MAX_PUBLIC_KEY_SIGNATURES - 1, true),
        (1, MAX_PUBLIC_KEY_SIGNATURES, false),
        (2, MAX_PUBLIC_KEY_SIGNATURES - 1, true),
        (2, MAX_PUBLIC_KEY_SIGNATURES, false),
    ] {
        let mut headers = good.clone();
        headers.insert(
            "svix-signature",
            format!("{}{text}", format!("{decoy} ").repeat(before)).parse().unwrap(),
        );
        let secrets: Vec<Secret> = (0..keys).map(|_| public()).collect();
        let verified = Verifier::new(Clerk::SCHEME, secrets).unwrap().verify(&headers, BODY, NOW).is_ok();
        assert_eq!(verified, expected, "{keys} keys, {before} before it");
    }
}
