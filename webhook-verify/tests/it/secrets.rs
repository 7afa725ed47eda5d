//! Secrets are refused with the mistake's name, and never show.

use std::fmt::Debug;
use std::mem::size_of;

use webhook_verify::providers::{
    Clerk, Fluxbase, Notion, SupabaseAuth, fluxbase, standard_webhooks, supabase,
};
use webhook_verify::{
    ConfigError, Encoding, KeyEncoding, MAX_SECRETS, Provider, Receiver, Scheme, Secret, SecretError,
    Secrets, Signer, UnixTime, Verifier, VerifyError,
};

const GOOD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn error_of(scheme: Scheme, text: &str) -> Option<SecretError> {
    let secret = match Secret::new(text) {
        Ok(secret) => secret,
        Err(error) => return Some(error),
    };
    match Verifier::new(scheme, secret) {
        Ok(_) => None,
        Err(ConfigError::Secret(error)) => Some(error),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn every_mistake_has_its_name() {
    use SecretError::{
        DoubledPrefix, Empty, InvalidKey, LooksLikeApiKey, LooksLikeUrl, NotBase64, NotHex, PrivateKey,
        PublicKey, Quoted, SeveralSecrets, SurroundingWhitespace, UnexpectedPrefix,
    };
    let hex = Scheme::hmac_sha256("x-signature", Encoding::Hex).key(KeyEncoding::Hex);
    let base64 = Scheme::hmac_sha256("x-signature", Encoding::Hex).key(KeyEncoding::Base64);
    let text = fluxbase::SIGNED;
    let public = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
    let private =
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
    for (scheme, secret, expected) in [
        (Clerk::SCHEME, GOOD, None),
        (Clerk::SCHEME, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", None),
        (Clerk::SCHEME, public, None),
        (Clerk::SCHEME, "", Some(Empty)),
        (Clerk::SCHEME, "  ", Some(Empty)),
        (Clerk::SCHEME, "whsec_", Some(Empty)),
        (Clerk::SCHEME, "whsec_====", Some(NotBase64)),
        (Clerk::SCHEME, " whsec_MfKQ", Some(SurroundingWhitespace)),
        (Clerk::SCHEME, "whsec_MfKQ\n", Some(SurroundingWhitespace)),
        (Clerk::SCHEME, "whsec_MfKQ\u{a0}", Some(SurroundingWhitespace)),
        (Clerk::SCHEME, "\"whsec_MfKQ\"", Some(Quoted)),
        (Clerk::SCHEME, "https://example.com/api/webhooks/clerk", Some(LooksLikeUrl)),
        (Clerk::SCHEME, "sk_test_abcdef", Some(LooksLikeApiKey)),
        (Clerk::SCHEME, "pk_live_abcdef", Some(LooksLikeApiKey)),
        (Clerk::SCHEME, "re_abcdef", Some(LooksLikeApiKey)),
        (Clerk::SCHEME, "whsec_whsec_MfKQ", Some(DoubledPrefix)),
        (Clerk::SCHEME, "v1,whsec_MfKQ", Some(UnexpectedPrefix)),
        (Clerk::SCHEME, "WHSEC_MfKQ", Some(NotBase64)),
        (Clerk::SCHEME, "whsec_8PHy8_T19vf4-fr7", Some(NotBase64)),
        (Clerk::SCHEME, private, Some(PrivateKey)),
        (Clerk::SCHEME, "whpk_AAAA", Some(InvalidKey)),
        // A point of small order: it would verify what nobody signed.
        (Clerk::SCHEME, "whpk_AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", Some(InvalidKey)),
        (SupabaseAuth::SCHEME, &format!("v1,{GOOD}"), None),
        (SupabaseAuth::SCHEME, GOOD, None),
        (SupabaseAuth::SCHEME, &format!("v1,v1,{GOOD}"), Some(DoubledPrefix)),
        (SupabaseAuth::SCHEME, &format!("v1,{GOOD}|v1,{GOOD}"), Some(SeveralSecrets)),
        (base64, public, Some(PublicKey)),
        (base64, GOOD, Some(UnexpectedPrefix)),
        (hex, "00ff", None),
        (hex, "00f", Some(NotHex)),
        (hex, "zz", Some(NotHex)),
        (text, "s", None),
        (text, "пароль🔑", None),
        (text, GOOD, None),
        (text, "пароль🔑 ", Some(SurroundingWhitespace)),
        (text, "http://localhost", Some(LooksLikeUrl)),
        (supabase::STATIC_TOKEN, "a\u{1}b", Some(InvalidKey)),
        (supabase::BEARER, "Bearer abc", Some(UnexpectedPrefix)),
        (text, public, Some(PublicKey)),
        (text, "v1a,whpk_AAAA", Some(PublicKey)),
        (text, private, Some(PrivateKey)),
        (text, "-----BEGIN PUBLIC KEY-----", Some(PublicKey)),
        (text, "-----BEGIN PRIVATE KEY-----", Some(PrivateKey)),
    ] {
        assert_eq!(error_of(scheme, secret), expected, "{secret:?}");
    }
    assert_eq!(Secret::from_bytes(Vec::new()).unwrap_err(), Empty);
}

#[test]
fn a_key_given_as_bytes_is_taken_as_it_is() {
    // A captured Fluxbase sender had a blank at the end of its secret, and meant it.
    let odd = "пароль🔑 ";
    let headers = Signer::new(fluxbase::SIGNED, Secret::from_bytes(odd).unwrap())
        .unwrap()
        .sign("", UnixTime::from_secs(1), b"{}")
        .unwrap();
    let verifier = Verifier::new(fluxbase::SIGNED, Secret::from_bytes(odd).unwrap()).unwrap();
    assert!(verifier.verify(&headers, b"{}", UnixTime::from_secs(1)).is_ok());
    let trimmed = Verifier::new(fluxbase::SIGNED, Secret::new(odd.trim()).unwrap()).unwrap();
    assert!(trimmed.verify(&headers, b"{}", UnixTime::from_secs(1)).is_err());
}

/// An HMAC keyed with a public text can be made by anyone.
#[test]
fn the_text_of_a_public_key_is_no_shared_key() {
    let public = Secret::from_bytes("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=").unwrap();
    let refused = Verifier::new(Clerk::SCHEME, public).unwrap_err();
    assert_eq!(refused, SecretError::PublicKey.into());
}

#[test]
fn the_number_of_secrets_is_bounded() {
    let many = |count| -> Secrets { (0..count).map(|_| Secret::new("secret").unwrap()).collect() };
    assert!(Receiver::<Fluxbase>::new(many(MAX_SECRETS)).is_ok());
    assert_eq!(Receiver::<Fluxbase>::new(many(MAX_SECRETS + 1)).unwrap_err(), ConfigError::TooManySecrets);
    assert_eq!(Receiver::<Fluxbase>::new(many(0)).unwrap_err(), ConfigError::NoSecret);
    let list = ["x"; 20].join("|");
    assert!(Verifier::new(fluxbase::SIGNED, Secrets::split(&list, '|').unwrap()).is_err());
}

/// Nothing that is made from a secret shows it, in any way of printing.
#[test]
fn secrets_never_show() {
    let text = "hunter2hunter2hunter2hunter2";
    let shown = |value: &dyn Debug| format!("{value:?} {value:#?}");
    let secret = Secret::new(text).unwrap().label("the label");
    let verifier = Verifier::new(standard_webhooks::SCHEME, secret.clone()).unwrap();
    let token = Verifier::new(supabase::STATIC_TOKEN, secret.clone()).unwrap();
    let receiver = Receiver::<Notion>::new(secret.clone()).unwrap();
    let signer = Signer::new(supabase::STATIC_TOKEN, secret.clone()).unwrap();
    let now = UnixTime::from_secs(1);
    let body = format!(r#"{{"verification_token":"{text}"}}"#);
    let headers =
        Signer::new(Notion::SCHEME, secret.clone()).unwrap().sign("", now, body.as_bytes()).unwrap();
    let received = receiver.verify(&headers, body.clone(), now).unwrap();
    let waiting = Receiver::<Notion>::unconfigured().unwrap();
    let reception = waiting.begin(&headers, now).unwrap().finish(body.into()).unwrap();
    let token_headers = signer.sign("", now, b"").unwrap();
    let pending = token.begin(&token_headers, now).unwrap();

    let printed = [
        shown(&secret),
        shown(&Secrets::from(secret.clone())),
        shown(&verifier),
        shown(&token),
        shown(&receiver),
        shown(&signer),
        shown(&received),
        shown(&received.verified()),
        shown(&received.verified().key()),
        shown(&reception),
        shown(&waiting.pending_token()),
        shown(&token_headers),
        shown(&pending),
        shown(&pending.stream()),
        shown(&error_of(standard_webhooks::SCHEME, &format!("{text}!"))),
        error_of(standard_webhooks::SCHEME, &format!("{text}!")).unwrap().to_string(),
    ]
    .join("\n");
    // Neither the text, nor its bytes as a list, nor what its base64 stands for.
    let decoded = crate::base64(text);
    for leak in [
        text.to_owned(),
        format!("{:?}", text.as_bytes())[1..20].to_owned(),
        format!("{decoded:?}")[1..20].to_owned(),
    ] {
        assert!(!printed.contains(&leak), "{leak} in:\n{printed}");
    }
    assert!(printed.contains("the label"));
}

#[test]
fn errors_are_small() {
    assert!(size_of::<VerifyError>() <= 24);
    assert!(size_of::<SecretError>() <= 1);
    assert!(size_of::<ConfigError>() <= 24);
    assert!(size_of::<Result<(), VerifyError>>() <= 24);
}

#[test]
fn a_contradictory_scheme_is_an_error() {
    use webhook_verify::Part::{Body, Id, Timestamp};
    use webhook_verify::Place;
    let hex = Scheme::hmac_sha256("x-signature", Encoding::Hex);
    let wrong = [
        Scheme::hmac_sha256("x signature", Encoding::Hex),
        hex.header(""),
        hex.signed(&[Timestamp, Body]),
        hex.signed(&[Id, Body]),
        hex.signed(&[Body, Body]),
        hex.timestamp(Place::Field("t")),
        hex.timestamp(Place::Header("x-time")),
        hex.timestamp(Place::Header("X-Signature")).signed(&[Timestamp, Body]),
        hex.id("x-signature"),
        hex.signed(&[]),
        hex.signed(&[webhook_verify::Part::Text("POST")]),
        hex.list(',', '=', "v=1"),
        hex.list('–', '=', "v1"),
        hex.list(',', '=', "v1").asymmetric("v1"),
        hex.list(',', '=', "t").timestamp(Place::Field("t")).signed(&[Timestamp, Body]),
        Scheme::hmac_sha256("x-signature", Encoding::Base64)
            .list(',', '=', "v1")
            .timestamp(Place::FieldOrHeader("t", "x-time"))
            .signed(&[Timestamp, Body]),
        hex.list(',', ',', "v1"),
        hex.list(',', '=', ""),
        Scheme::hmac_sha256("x-signature", Encoding::Text),
        hex.signed(&[webhook_verify::Part::Header("x y"), Body]),
    ];
    for scheme in wrong {
        let error = Verifier::new(scheme, Secret::new("secret").unwrap()).unwrap_err();
        assert!(matches!(error, ConfigError::Scheme(_)), "{scheme:?}");
        assert_eq!(Signer::new(scheme, Secret::new("secret").unwrap()).unwrap_err(), error);
    }
}

#[test]
fn codes_are_distinct_words() {
    use SecretError as E;
    let secrets = [
        E::Empty,
        E::SurroundingWhitespace,
        E::Quoted,
        E::LooksLikeUrl,
        E::LooksLikeApiKey,
        E::PublicKey,
        E::PrivateKey,
        E::DoubledPrefix,
        E::UnexpectedPrefix,
        E::SeveralSecrets,
        E::NotBase64,
        E::NotHex,
        E::InvalidKey,
    ];
    let mut codes: Vec<_> = secrets.iter().map(|error| error.code()).collect();
    assert_eq!(codes[0], "empty_secret");
    for error in secrets {
        assert_eq!(ConfigError::Secret(error).code(), error.code());
        assert_eq!(ConfigError::Variable { name: "X", previous: false, error }.code(), error.code());
    }
    codes.extend(
        [
            ConfigError::MissingVariable { names: &[] },
            ConfigError::NotUnicode { name: "X" },
            ConfigError::NoSecret,
            ConfigError::TooManySecrets,
            ConfigError::Scheme(""),
        ]
        .map(ConfigError::code),
    );
    assert!(
        codes.iter().all(|code| code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')))
    );
    codes.sort_unstable();
    let all = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), all);
}
