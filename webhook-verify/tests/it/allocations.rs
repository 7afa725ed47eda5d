//! Verifying allocates nothing, whether the request is accepted or refused.

use http::HeaderMap;
use webhook_verify::providers::{Clerk, chatterwise, fluxbase, notion, supabase, supabase_auth};
use webhook_verify::{Encoding, Provider, Scheme, Secret, Signer, Tolerance, UnixTime, Verifier};

const NOW: UnixTime = UnixTime::from_secs(1_767_605_400);

/// Every scheme with an HMAC or a token, with a secret for it.
fn schemes() -> Vec<(&'static str, Scheme, &'static str)> {
    let standard = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    vec![
        ("clerk", Clerk::SCHEME, standard),
        ("supabase-auth", supabase_auth::SCHEME, standard),
        ("static token", supabase::STATIC_TOKEN, "token"),
        ("bearer", supabase::BEARER, "token"),
        ("hex", supabase::HMAC_HEX, "secret"),
        ("prefixed hex", supabase::HMAC_HEX_PREFIXED, "secret"),
        ("base64", supabase::HMAC_BASE64, "secret"),
        ("timestamped", supabase::HMAC_TIMESTAMPED, "secret"),
        ("fluxbase", fluxbase::SIGNED, "secret"),
        ("notion", notion::SCHEME, "secret_x"),
        ("chatterwise", chatterwise::DOCUMENTED, "secret"),
        ("sha-1", Scheme::hmac_sha1("x-signature", Encoding::Hex), "secret"),
        ("sha-512", Scheme::hmac_sha512("x-signature", Encoding::Base64), "secret"),
    ]
}

fn signed(scheme: Scheme, secret: &str, body: &[u8]) -> HeaderMap {
    Signer::new(scheme, Secret::new(secret).unwrap()).unwrap().sign("msg_1", NOW, body).unwrap()
}

#[test]
fn verify_allocates_nothing() {
    let body = vec![b'x'; 100_000];
    for (name, scheme, secret) in schemes() {
        let headers = signed(scheme, secret, &body);
        let old = Secret::new(secret).unwrap().label("old");
        let new = Secret::new("d3Jvbmc=").unwrap().label("new");
        for secrets in [vec![old.clone()], vec![new, old]] {
            let verifier = Verifier::new(scheme, secrets).unwrap();
            let mut accepted = false;
            let count =
                allocation_counter::measure(|| accepted = verifier.verify(&headers, &body, NOW).is_ok());
            assert!(accepted, "{name}");
            assert_eq!((count.count_total, count.bytes_total), (0, 0), "{name}");
        }
    }
}

#[test]
fn refusing_allocates_nothing() {
    let body = vec![b'x'; 10_000];
    for (name, scheme, secret) in schemes() {
        let headers = signed(scheme, secret, &body);
        let verifier = Verifier::new(scheme, Secret::new("d3Jvbmc=").unwrap()).unwrap();
        let strict = verifier.clone().tolerance(Tolerance::seconds(0));
        let later = UnixTime::from_secs(NOW.as_secs() + 1);
        let count = allocation_counter::measure(|| {
            assert!(verifier.verify(&headers, &body, NOW).is_err());
            assert!(strict.verify(&headers, &body, later).is_err());
            assert!(verifier.verify(&HeaderMap::new(), &body, NOW).is_err());
        });
        assert_eq!(count.count_total, 0, "{name}");
    }
}
