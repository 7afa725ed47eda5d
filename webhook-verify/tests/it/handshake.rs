//! Notion's set-up request: an outcome of its own, that never replaces a secret by itself.

use http::HeaderMap;
use webhook_verify::providers::{Fluxbase, Notion};
use webhook_verify::{
    MAX_HANDSHAKE_BYTES, Provider, Receiver, Reception, Rejection, Secret, Signer, UnixTime, VerifyError,
};

const NOW: UnixTime = UnixTime::from_secs(0);

fn offer(token: &str) -> Vec<u8> {
    format!(r#"{{"verification_token":"{token}"}}"#).into_bytes()
}

fn sign(token: &str, body: &[u8]) -> HeaderMap {
    Signer::new(Notion::SCHEME, Secret::new(token).unwrap()).unwrap().sign("", NOW, body).unwrap()
}

fn receive(
    receiver: &Receiver<Notion>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Reception<Notion>, VerifyError> {
    receiver.begin(headers, NOW)?.finish(body.to_vec().into())
}

const EVENT: &[u8] = br#"{"id":"15e00620-4c05-5893-863a-981a340c8789","type":"page.created"}"#;

#[test]
fn a_receiver_without_a_token_pends_the_one_it_is_offered() {
    let receiver = Receiver::<Notion>::unconfigured().unwrap();
    let event = sign("secret_a", EVENT);
    assert_eq!(receive(&receiver, &event, EVENT).unwrap_err(), VerifyError::NotConfigured);
    assert!(receiver.pending_token().is_none());

    let body = offer("secret_a");
    let Ok(Reception::Handshake(token)) = receive(&receiver, &sign("secret_a", &body), &body) else {
        panic!("no handshake")
    };
    assert_eq!(token.reveal(), "secret_a");
    // Still nothing is trusted.
    assert_eq!(receive(&receiver, &event, EVENT).unwrap_err(), VerifyError::NotConfigured);

    receiver.promote(&token).unwrap();
    assert!(receiver.pending_token().is_none());
    assert!(matches!(receive(&receiver, &event, EVENT), Ok(Reception::Verified(_))));
}

#[test]
fn an_unsigned_offer_counts_only_while_nothing_is_trusted() {
    let body = offer("secret_a");
    let none = HeaderMap::new();
    let waiting = Receiver::<Notion>::unconfigured().unwrap();
    assert!(matches!(receive(&waiting, &none, &body), Ok(Reception::Handshake(_))));
    let configured = Receiver::<Notion>::new(Secret::new("secret_b").unwrap()).unwrap();
    let missing = VerifyError::MissingHeader("x-notion-signature");
    assert_eq!(receive(&configured, &none, &body).unwrap_err(), missing);
}

/// Only a set-up request can be taken then, and that is short.
#[test]
fn a_receiver_without_a_token_reads_no_long_body() {
    let none = HeaderMap::new();
    let waiting = Receiver::<Notion>::unconfigured().unwrap();
    let not_configured = Rejection::Refused(VerifyError::NotConfigured);
    let declared = |bytes| waiting.admit("POST", &none, Some(bytes)).map(drop);
    let longest = u64::try_from(MAX_HANDSHAKE_BYTES).unwrap();
    assert_eq!(declared(longest), Ok(()));
    assert_eq!(declared(longest + 1), Err(not_configured.clone()));
    let (_, mut buffer) = waiting.admit("POST", &none, None).unwrap();
    assert_eq!(buffer.push(vec![b' '; MAX_HANDSHAKE_BYTES].into()), Ok(()));
    assert_eq!(buffer.push(vec![b' '].into()), Err(not_configured));

    let long = offer(&"x".repeat(MAX_HANDSHAKE_BYTES));
    assert_eq!(receive(&waiting, &none, &long).unwrap_err(), VerifyError::NotConfigured);
}

#[test]
fn an_offer_must_be_signed_with_its_own_token() {
    let body = offer("secret_a");
    let receiver = Receiver::<Notion>::unconfigured().unwrap();
    assert_eq!(receive(&receiver, &sign("secret_x", &body), &body).unwrap_err(), VerifyError::NotConfigured);
    assert!(receiver.pending_token().is_none());
}

#[test]
fn an_offer_never_replaces_an_active_token() {
    let receiver = Receiver::<Notion>::new(Secret::new("secret_active").unwrap()).unwrap();
    let body = offer("secret_attacker");
    let reception = receive(&receiver, &sign("secret_attacker", &body), &body);
    assert!(matches!(reception, Ok(Reception::Handshake(_))));
    let forged = sign("secret_attacker", EVENT);
    assert_eq!(receive(&receiver, &forged, EVENT).unwrap_err(), VerifyError::SignatureMismatch);
    let honest = sign("secret_active", EVENT);
    assert!(matches!(receive(&receiver, &honest, EVENT), Ok(Reception::Verified(_))));
    // Sent again with the active token it is an authentic request like any other.
    let body = offer("secret_active");
    let reception = receive(&receiver, &sign("secret_active", &body), &body);
    assert!(matches!(reception, Ok(Reception::Verified(_))));
}

#[test]
fn an_event_is_never_an_offer() {
    let receiver = Receiver::<Notion>::unconfigured().unwrap();
    for body in [
        r#"{"verification_token":"secret_a","type":"page.created"}"#.to_owned(),
        r#"{"verification_token":7}"#.to_owned(),
        r#"{"verification_token":""}"#.to_owned(),
        format!(r#"{{"verification_token":"secret_a","x":"{}"}}"#, "x".repeat(2000)),
        "{}".to_owned(),
        String::new(),
    ] {
        let headers = sign("secret_a", body.as_bytes());
        let refused = receive(&receiver, &headers, body.as_bytes()).unwrap_err();
        assert_eq!(refused, VerifyError::NotConfigured, "{body:.80}");
    }
}

#[test]
fn other_providers_have_no_handshake() {
    let receiver = Receiver::<Fluxbase>::unconfigured().unwrap();
    assert_eq!(receiver.begin(&HeaderMap::new(), NOW).unwrap_err(), VerifyError::NotConfigured);
}

/// What is promoted is what was shown, not what was offered since.
#[test]
fn a_later_offer_does_not_take_the_place_of_the_one_that_was_shown() {
    let receiver = Receiver::<Notion>::new(Secret::new("secret_active").unwrap()).unwrap();
    let body = offer("secret_real");
    assert!(receive(&receiver, &sign("secret_real", &body), &body).is_ok());
    let shown = receiver.pending_token().unwrap();
    let body = offer("secret_attacker");
    assert!(receive(&receiver, &sign("secret_attacker", &body), &body).is_ok());

    receiver.promote(&shown).unwrap();
    assert!(matches!(receive(&receiver, &sign("secret_real", EVENT), EVENT), Ok(Reception::Verified(_))));
    let forged = sign("secret_attacker", EVENT);
    assert_eq!(receive(&receiver, &forged, EVENT).unwrap_err(), VerifyError::SignatureMismatch);
    // The other offer still waits, and the secret from before still counts.
    assert_eq!(receiver.pending_token().unwrap().reveal(), "secret_attacker");
    assert!(matches!(receive(&receiver, &sign("secret_active", EVENT), EVENT), Ok(Reception::Verified(_))));
}

#[test]
fn an_offer_that_is_no_plain_text_is_none() {
    let receiver = Receiver::<Notion>::unconfigured().unwrap();
    for token in ["secret_\\u001b[31m", "secret_ a", "secret_\u{202e}"] {
        let body = offer(token);
        assert_eq!(receive(&receiver, &HeaderMap::new(), &body).unwrap_err(), VerifyError::NotConfigured);
    }
    assert!(receiver.pending_token().is_none());
}
