//! What holds for every body and every scheme.

use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use webhook_verify::providers::{
    ChatterWise, Clerk, Fluxbase, Notion, NotionAutomation, RecordEnvelope, Resend, StandardWebhooks,
    Supabase, SupabaseAuth, Svix,
};
use webhook_verify::{
    Encoding, KeyEncoding, Place, Provider, Scheme, Secret, Signer, UnixTime, Verifier, VerifyError,
};

const NOW: i64 = 1_767_605_400;

fn all<P: Provider>() -> Vec<(String, Scheme)> {
    let named = P::VARIANTS.iter().map(|variant| (format!("{} {}", P::NAME, variant.name), variant.scheme));
    std::iter::once((P::NAME.to_owned(), P::SCHEME)).chain(named).collect()
}

fn schemes() -> Vec<(String, Scheme)> {
    let mut schemes = [
        all::<Clerk>(),
        all::<Svix>(),
        all::<StandardWebhooks>(),
        all::<Resend>(),
        all::<Supabase>(),
        all::<SupabaseAuth>(),
        all::<Fluxbase>(),
        all::<Notion>(),
        all::<NotionAutomation>(),
        all::<ChatterWise>(),
        all::<RecordEnvelope>(),
    ]
    .concat();
    schemes.push(("sha-1".into(), Scheme::hmac_sha1("x-signature", Encoding::Hex)));
    schemes.push(("sha-512".into(), Scheme::hmac_sha512("x-signature", Encoding::Base64)));
    schemes.push(("hex key".into(), Scheme::hmac_sha256("x-signature", Encoding::Hex).key(KeyEncoding::Hex)));
    schemes
}

/// A secret that is valid under every scheme: base64, hexadecimal and text.
const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn pair(scheme: Scheme) -> (Signer, Verifier) {
    let secret = Secret::new(SECRET).unwrap();
    (Signer::new(scheme, secret.clone()).unwrap(), Verifier::new(scheme, secret).unwrap())
}

/// Arbitrary bytes, not only UTF-8.
fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(Vec::new()), prop::collection::vec(any::<u8>(), 0..2000)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn signed_is_verified(body in body(), id in "[!-~]{1,40}") {
        for (name, scheme) in schemes() {
            let (signer, verifier) = pair(scheme);
            let now = UnixTime::from_secs(NOW);
            let headers = signer.sign(&id, now, &body).unwrap();
            let verified = verifier.verify(&headers, &body, now);
            prop_assert!(verified.is_ok(), "{}: {:?}", name, verified);
            prop_assert_eq!(verified.unwrap().body(), &body[..]);
        }
    }

    #[test]
    fn a_flipped_bit_is_refused(mut body in prop::collection::vec(any::<u8>(), 1..500), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        for (name, scheme) in schemes().into_iter().filter(|(_, scheme)| scheme.covers_body()) {
            let (signer, verifier) = pair(scheme);
            let now = UnixTime::from_secs(NOW);
            let headers = signer.sign("msg_1", now, &body).unwrap();
            let at = at.index(body.len());
            body[at] ^= 1 << bit;
            prop_assert_eq!(verifier.verify(&headers, &body, now).map(drop), Err(VerifyError::SignatureMismatch), "{}", name);
            body[at] ^= 1 << bit;
        }
    }

    /// In whatever header: the id, the timestamp, the signature.
    #[test]
    fn a_changed_header_is_refused(at in any::<prop::sample::Index>(), bit in 0_u8..7) {
        let body = b"{}";
        for (name, scheme) in schemes() {
            let (signer, verifier) = pair(scheme);
            let now = UnixTime::from_secs(NOW);
            let headers = signer.sign("msg_1", now, body).unwrap();
            for header in headers.keys() {
                let mut value = headers[header].as_bytes().to_vec();
                let at = at.index(value.len());
                let before = value[at];
                value[at] ^= 1 << bit;
                // The one change that means the same: the case of a digit of a hexadecimal signature.
                let last = headers[header].as_bytes().rsplit(|byte| *byte == b'=').next().unwrap_or_default();
                let is_hex = last.len() >= 40 && last.iter().all(u8::is_ascii_hexdigit);
                let same = is_hex && value[at].eq_ignore_ascii_case(&before);
                let Ok(value) = HeaderValue::from_bytes(&value) else { continue };
                let mut headers = headers.clone();
                headers.insert(header.clone(), value.clone());
                let refused = verifier.verify(&headers, body, now).is_err();
                prop_assert!(refused || same, "{} {}: {:?}", name, header, value);
            }
        }
    }

    #[test]
    fn chunks_do_not_matter(body in body(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8), flip in any::<bool>()) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
        cuts.extend([0, body.len()]);
        cuts.sort_unstable();
        for (name, scheme) in schemes() {
            let (signer, verifier) = pair(scheme);
            let now = UnixTime::from_secs(NOW);
            let mut headers = signer.sign("msg_1", now, &body).unwrap();
            if flip {
                headers = signer.sign("msg_1", now, b"another body").unwrap();
            }
            let mut stream = verifier.begin(&headers, now).unwrap().stream();
            cuts.windows(2).for_each(|cut| stream.update(&body[cut[0]..cut[1]]));
            let whole = verifier.verify(&headers, &body, now).map(|verified| verified.key().clone());
            prop_assert_eq!(stream.finish().map(|verified| verified.key().clone()), whole, "{}", name);
        }
    }

    /// Nothing that a request holds makes a verifier panic, whatever the clock says.
    #[test]
    fn nothing_panics(
        values in prop::collection::vec(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "(v1|v1a|t|v0)?[,=]?[0-9a-zA-Z+/=, ]{0,120}".prop_map(String::into_bytes),
            any::<i64>().prop_map(|number| number.to_string().into_bytes()),
        ], 3),
        now in prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), Just(0)],
        body in body(),
    ) {
        for (name, scheme) in schemes() {
            let (signer, verifier) = pair(scheme);
            let mut headers = HeaderMap::new();
            let names = signer.sign("x", UnixTime::from_secs(NOW), b"").unwrap();
            for (header, value) in names.keys().zip(&values) {
                if let Ok(value) = HeaderValue::from_bytes(value) {
                    headers.insert(header.clone(), value);
                }
            }
            let refused = verifier.verify(&headers, &body, UnixTime::from_secs(now));
            prop_assert!(refused.is_err(), "{}", name);
        }
    }
}

#[test]
fn a_large_body() {
    let body = vec![0xA5; 1024 * 1024];
    for (name, scheme) in schemes() {
        let (signer, verifier) = pair(scheme);
        let now = UnixTime::from_secs(NOW);
        let headers = signer.sign("msg_1", now, &body).unwrap();
        assert!(verifier.verify(&headers, &body, now).is_ok(), "{name}");
    }
}

/// The whole range of the clock against the whole range of timestamps.
#[test]
fn the_ends_of_time() {
    use webhook_verify::{Part, VerifyError::SignatureMismatch};
    let scheme = Scheme::hmac_sha256("x-signature", Encoding::Hex)
        .timestamp(Place::Header("x-time"))
        .signed(&[Part::Timestamp, Part::Body]);
    let (signer, verifier) = pair(scheme);
    let mut headers = signer.sign("", UnixTime::from_secs(0), b"").unwrap();
    let verify = |headers: &HeaderMap, now| verifier.verify(headers, b"", UnixTime::from_secs(now)).map(drop);
    for (time, now, expected) in [
        ("9223372036854775807", i64::MIN, Err(VerifyError::TimestampTooNew)),
        // In time, and signed at another.
        ("9223372036854775807", i64::MAX, Err(SignatureMismatch)),
        ("0", i64::MIN, Err(VerifyError::TimestampTooNew)),
        ("0", i64::MAX, Err(VerifyError::TimestampTooOld)),
        ("0", -300, Ok(())),
        ("0", -301, Err(VerifyError::TimestampTooNew)),
        ("-9223372036854775808", i64::MIN, Err(VerifyError::MalformedTimestamp)),
    ] {
        headers.insert("x-time", time.parse().unwrap());
        assert_eq!(verify(&headers, now), expected, "{time} at {now}");
    }
}
