//! Secrets: mistakes are named, and nothing shows the text.

use webhook_verify::{ConfigError, Secret, SecretError, Signer, UnixTime, Verifier};

use crate::schemes::{CASES, Case};

/// Any text as a secret of every scheme: [`Secret::new`] refuses what its documentation says and nothing else, what is
/// shown of it is the same as of another secret, and what a signer signs with it a verifier takes.
pub fn secret(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match (Secret::new(&*text), mistake(&text)) {
        (Ok(secret), None) => {
            assert_eq!(format!("{secret:?}"), "Secret(..)");
            for case in CASES.iter() {
                under(case, &secret);
            }
        }
        (Err(found), Some(expected)) => assert_eq!(found, expected, "{text:?}"),
        (found, expected) => panic!("{text:?}: {found:?} and not {expected:?}"),
    }
    match Secret::from_bytes(input) {
        Ok(secret) => CASES.iter().for_each(|case| under(case, &secret)),
        Err(error) => assert!(error == SecretError::Empty && input.is_empty()),
    }
}

/// The mistakes that are mistakes under any scheme, in the order of their documentation.
fn mistake(text: &str) -> Option<SecretError> {
    let first = text.chars().next();
    let is_quoted = text.chars().count() > 1
        && first == text.chars().next_back()
        && first.is_some_and(|it| "\"'`".contains(it));
    let begins = |with: &str| text.starts_with(with);
    let mistakes = [
        (text.chars().all(char::is_whitespace), SecretError::Empty),
        (text.trim().len() < text.len(), SecretError::SurroundingWhitespace),
        (is_quoted, SecretError::Quoted),
        (text.contains("://"), SecretError::LooksLikeUrl),
        (
            ["sk", "pk"]
                .iter()
                .any(|kind| begins(&format!("{kind}_live_")) || begins(&format!("{kind}_test_"))),
            SecretError::LooksLikeApiKey,
        ),
    ];
    mistakes.into_iter().find_map(|(is_there, error)| is_there.then_some(error))
}

fn under(case: &Case, secret: &Secret) {
    let (name, scheme) = (case.name, case.scheme);
    let verifier = Verifier::new(scheme, secret.clone());
    let signer = Signer::new(scheme, secret.clone());
    for error in [verifier.as_ref().err(), signer.as_ref().err()].into_iter().flatten() {
        assert!(matches!(error, ConfigError::Secret(_)), "{name}: {error}");
    }
    let Ok(verifier) = verifier else { return };
    let other = Secret::new(case.pairs[0].receiver).expect("a secret");
    let other = Verifier::new(scheme, other).expect("it fits");
    assert_eq!(format!("{verifier:?}"), format!("{other:?}"), "{name}: more than of another secret");

    let Ok(signer) = signer else { return };
    let (now, body) = (UnixTime::from_secs(1_767_605_400), b"{}");
    let headers =
        [(http::header::HeaderName::from_static("x-topic"), http::HeaderValue::from_static("ping"))];
    let headers = signer.sign_with(headers.into_iter().collect(), "msg_1", now, body);
    let headers = headers.unwrap_or_else(|error| panic!("{name}: {error}"));
    let verified = verifier.verify(&headers, body, now);
    // Of key pairs the two sides hold different halves.
    assert!(verified.is_ok() || name == "Ed25519", "{name}: {verified:?}");
}
