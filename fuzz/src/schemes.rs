//! Every scheme of the library, each with the same rules written down a second time for the oracle.

use std::sync::LazyLock;

use webhook_verify::Part::{Body, Header, Text, Timestamp};
use webhook_verify::providers::{
    chatterwise, fluxbase, notion, record_envelope, standard_webhooks, supabase, supabase_auth,
};
use webhook_verify::{Encoding, KeyEncoding, Place, Scheme, Secret, Verifier};

use crate::oracle::{Algorithm, Digits, Family, Key, Piece, Rules, Time};

/// A scheme, its rules, and secrets that fit it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) scheme: Scheme,
    pub(crate) rules: Rules,
    pub(crate) pairs: Vec<Pair>,
}

/// What the sender signs with and the receiver verifies with: the same text but for public keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) sender: &'static str,
    pub(crate) receiver: &'static str,
}

const fn shared(text: &'static str) -> Pair {
    Pair { sender: text, receiver: text }
}

/// Those of the recorded requests, and one that is base64, hexadecimal and text.
const PAIRS: [Pair; 11] = [
    shared("0123456789abcdef0123456789abcdef"),
    shared("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    shared("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
    shared("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oE"),
    shared("supabase-shared-secret-1"),
    shared("top-secret-value-0123456789"),
    shared("your-webhook-secret"),
    shared("retry-secret"),
    Pair {
        sender: "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
        receiver: "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
    },
    Pair {
        sender: "e976ff742707a4f79adb53d2d4df5563f3595bbdb708473becde2b242b9b31b7",
        receiver: "d52880e28f61caa4c2a48a82e55f4751a92289a78009ea9f6532270c16ce8abe",
    },
    shared("s3cr3t of another length, which is longer than a block of SHA-256 and so is hashed"),
];

const BARE: Rules = Rules {
    algorithm: Algorithm::Sha256,
    digits: Digits::Hex,
    families: &[Family { id: None, time: None, signature: "x-webhook-signature" }],
    prefix: "",
    list: None,
    time: Time::None,
    signed: &[Piece::Body],
    key: Key::Text,
};

const fn header(rules: Rules, families: &'static [Family]) -> Rules {
    Rules { families, ..rules }
}

const TOKEN: Rules = Rules { algorithm: Algorithm::Token, signed: &[], ..BARE };

const SVIX: Family =
    Family { id: Some("svix-id"), time: Some("svix-timestamp"), signature: "svix-signature" };
const WEBHOOK: Family =
    Family { id: Some("webhook-id"), time: Some("webhook-timestamp"), signature: "webhook-signature" };

const STANDARD: Rules = Rules {
    algorithm: Algorithm::Sha256,
    digits: Digits::Base64,
    families: &[SVIX, WEBHOOK],
    prefix: "",
    list: Some((b' ', b',')),
    time: Time::Header,
    signed: &[Piece::Id, Piece::Text("."), Piece::Time, Piece::Text("."), Piece::Body],
    key: Key::Base64 { strip: &["whsec_"] },
};

const TIMED_LIST: Rules = Rules {
    list: Some((b',', b'=')),
    time: Time::Field,
    signed: &[Piece::Time, Piece::Text("."), Piece::Body],
    ..BARE
};

#[expect(clippy::too_many_lines, reason = "a table")]
fn rules() -> Vec<(&'static str, Scheme, Rules)> {
    let fluxbase: &[Family] = &[Family { id: None, time: None, signature: "x-fluxbase-signature" }];
    let own: &[Family] = &[Family { id: None, time: None, signature: "x-signature" }];
    let timed: &[Family] = &[Family { id: None, time: Some("x-time"), signature: "x-signature" }];
    vec![
        ("standard webhooks", standard_webhooks::SCHEME, STANDARD),
        ("svix headers", standard_webhooks::SVIX_HEADERS, header(STANDARD, &[SVIX])),
        ("webhook headers", standard_webhooks::WEBHOOK_HEADERS, header(STANDARD, &[WEBHOOK])),
        (
            "supabase auth",
            supabase_auth::SCHEME,
            Rules { families: &[WEBHOOK], key: Key::Base64 { strip: &["v1,", "whsec_"] }, ..STANDARD },
        ),
        ("supabase token", supabase::STATIC_TOKEN, TOKEN),
        (
            "supabase bearer",
            supabase::BEARER,
            Rules {
                prefix: "Bearer ",
                families: &[Family { id: None, time: None, signature: "authorization" }],
                ..TOKEN
            },
        ),
        ("supabase hex", supabase::HMAC_HEX, BARE),
        ("supabase prefixed", supabase::HMAC_HEX_PREFIXED, Rules { prefix: "sha256=", ..BARE }),
        ("supabase base64", supabase::HMAC_BASE64, Rules { digits: Digits::Base64, ..BARE }),
        (
            "supabase timestamped",
            supabase::HMAC_TIMESTAMPED,
            Rules {
                time: Time::FieldOrHeader,
                families: &[Family {
                    id: None,
                    time: Some("x-webhook-timestamp"),
                    signature: "x-webhook-signature",
                }],
                ..TIMED_LIST
            },
        ),
        ("fluxbase signed", fluxbase::SIGNED, header(TIMED_LIST, fluxbase)),
        ("fluxbase legacy", fluxbase::LEGACY, BARE),
        ("fluxbase guide", fluxbase::GUIDE, header(BARE, fluxbase)),
        (
            "notion",
            notion::SCHEME,
            Rules {
                prefix: "sha256=",
                families: &[Family { id: None, time: None, signature: "x-notion-signature" }],
                ..BARE
            },
        ),
        (
            "notion automation",
            Scheme::token("x-webhook-secret"),
            header(TOKEN, &[Family { id: None, time: None, signature: "x-webhook-secret" }]),
        ),
        ("chatterwise coded", chatterwise::CODED, Rules { prefix: "sha256=", ..BARE }),
        (
            "chatterwise documented",
            chatterwise::DOCUMENTED,
            header(BARE, &[Family { id: None, time: None, signature: "x-chatterwise-signature" }]),
        ),
        ("record envelope", record_envelope::HMAC_HEX, BARE),
        ("record envelope token", record_envelope::STATIC_TOKEN, TOKEN),
        (
            "SHA-1",
            Scheme::hmac_sha1("x-signature", Encoding::Hex).prefix("sha1="),
            Rules { algorithm: Algorithm::Sha1, prefix: "sha1=", ..header(BARE, own) },
        ),
        (
            "SHA-512 with a hexadecimal key",
            Scheme::hmac_sha512("x-signature", Encoding::Base64).key(KeyEncoding::Hex),
            Rules {
                algorithm: Algorithm::Sha512,
                digits: Digits::Base64,
                key: Key::Hex,
                ..header(BARE, own)
            },
        ),
        (
            "a signed header",
            Scheme::hmac_sha256("x-signature", Encoding::Hex).signed(&[
                Header("x-topic"),
                Text(":"),
                Body,
                Text("!"),
            ]),
            Rules {
                signed: &[Piece::Header("x-topic"), Piece::Text(":"), Piece::Body, Piece::Text("!")],
                ..header(BARE, own)
            },
        ),
        (
            "Ed25519",
            Scheme::ed25519("x-signature", Encoding::Hex)
                .timestamp(Place::Header("x-time"))
                .signed(&[Timestamp, Body])
                .key(KeyEncoding::Hex),
            Rules {
                algorithm: Algorithm::Ed25519,
                time: Time::Header,
                signed: &[Piece::Time, Piece::Body],
                key: Key::Hex,
                ..header(BARE, timed)
            },
        ),
        (
            "ECDSA",
            Scheme::ecdsa_p256("x-signature", Encoding::Base64)
                .timestamp(Place::Header("x-time"))
                .signed(&[Timestamp, Body]),
            Rules {
                algorithm: Algorithm::EcdsaP256,
                digits: Digits::Base64,
                time: Time::Header,
                signed: &[Piece::Time, Piece::Body],
                key: Key::Base64 { strip: &[] },
                ..header(BARE, timed)
            },
        ),
    ]
}

/// All cases. What is not among them fails `every_scheme_of_the_library_is_here`.
pub(crate) static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let ecdsa = vec![Pair { sender: "", receiver: crate::oracle::ecdsa_public_key() }];
    rules()
        .into_iter()
        .map(|(name, scheme, rules)| {
            let fits = |pair: &&Pair| {
                let is_public = rules.algorithm == Algorithm::Ed25519 || pair.receiver.starts_with("whpk_");
                is_public == (pair.sender != pair.receiver)
                    && Secret::new(pair.receiver).is_ok_and(|secret| Verifier::new(scheme, secret).is_ok())
            };
            let pairs = match rules.algorithm {
                Algorithm::EcdsaP256 => ecdsa.clone(),
                _ => PAIRS.iter().filter(fits).copied().collect(),
            };
            Case { name, scheme, rules, pairs }
        })
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;
    use webhook_verify::Provider;
    use webhook_verify::providers::{self, ProviderVisitor};

    struct Schemes;

    impl ProviderVisitor for Schemes {
        type Output = Vec<Scheme>;

        fn visit<P: Provider>(self) -> Vec<Scheme> {
            P::VARIANTS.iter().map(|variant| variant.scheme).chain([P::SCHEME]).collect()
        }
    }

    #[test]
    fn every_scheme_of_the_library_is_here() {
        for name in providers::NAMES {
            for scheme in providers::visit(name, Schemes).unwrap() {
                assert!(CASES.iter().any(|case| case.scheme == scheme), "{name}: {scheme:?}");
            }
        }
    }

    #[test]
    fn every_scheme_has_secrets() {
        for case in CASES.iter() {
            assert!(!case.pairs.is_empty(), "{}", case.name);
        }
    }
}
