//! Keyed states, and one running verification under one key.

use std::sync::Arc;

use hmac::digest::FixedOutput;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

#[cfg(any(feature = "ed25519", feature = "ecdsa-p256"))]
use crate::MAX_PUBLIC_KEY_SIGNATURES;
use crate::scheme::{Algorithm, Scheme};
use crate::secret::Material;
use crate::signature::{Candidates, decode};
use crate::{ConfigError, MAX_SECRETS, Secret, SecretError, Secrets};

impl Algorithm {
    /// Bytes of a decoded signature, where that is fixed.
    pub(crate) const fn signature_length(self) -> Option<usize> {
        match self {
            Self::HmacSha256 => Some(32),
            Self::HmacSha512 => Some(64),
            Self::HmacSha1 => Some(20),
            Self::Token => None,
            #[cfg(feature = "ed25519")]
            Self::Ed25519 => Some(64),
            #[cfg(feature = "ecdsa-p256")]
            Self::EcdsaP256 => None,
        }
    }
}

/// The keys of a verifier, the current one first.
#[derive(Clone)]
pub(crate) struct KeySet(Box<[Key]>);

impl KeySet {
    pub(crate) fn new(scheme: &Scheme, secrets: &Secrets) -> Result<Self, ConfigError> {
        let secrets = secrets.as_slice();
        if secrets.is_empty() {
            return Err(ConfigError::NoSecret);
        }
        if secrets.len() > MAX_SECRETS {
            return Err(ConfigError::TooManySecrets);
        }
        let keys = secrets.iter().map(|secret| Key::new(scheme, secret)).collect::<Result<_, _>>()?;
        Ok(Self(keys))
    }

    pub(crate) fn none() -> Self {
        Self(Box::default())
    }

    /// These keys with a new current one before them; the oldest goes when there would be too many.
    pub(crate) fn rotated(&self, new: Key) -> Self {
        Self(std::iter::once(new).chain(self.0.iter().cloned()).take(MAX_SECRETS).collect())
    }

    /// Which of these tokens is a candidate. Apart, so that schemes with a MAC are verified in a straight line.
    #[inline(never)]
    pub(crate) fn token(&self, scheme: &Scheme, candidates: Candidates<'_>) -> Option<usize> {
        self.iter().position(|key| key.start(scheme, candidates).finish(scheme, candidates))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Key> {
        self.0.iter()
    }
}

#[derive(Clone)]
pub(crate) struct Key {
    state: State,
    pub(crate) label: Option<Arc<str>>,
}

#[derive(Clone)]
enum State {
    Sha256(Hmac<Sha256>),
    Sha512(Box<Hmac<Sha512>>),
    Sha1(Hmac<Sha1>),
    /// The token's digest: comparing digests does not tell the token's length.
    Token(Zeroizing<[u8; 32]>),
    #[cfg(feature = "ed25519")]
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
    #[cfg(feature = "ecdsa-p256")]
    EcdsaP256(Box<p256::ecdsa::VerifyingKey>),
}

impl Key {
    pub(crate) fn new(scheme: &Scheme, secret: &Secret) -> Result<Self, SecretError> {
        let state = match secret.material(scheme)? {
            Material::Key(key) => State::new(scheme.algorithm, &key)?,
            #[cfg(feature = "ed25519")]
            Material::PublicKey(key) => State::ed25519(&key)?,
            #[cfg(not(feature = "ed25519"))]
            Material::PublicKey(_) => return Err(SecretError::PublicKey),
            Material::PrivateKey(_) => return Err(SecretError::PrivateKey),
        };
        Ok(Self { state, label: secret.take_label() })
    }

    /// Whether any candidate is this key's signature of the message that consists of these parts.
    #[inline]
    pub(crate) fn verifies<'m>(
        &self,
        scheme: &Scheme,
        candidates: Candidates<'_>,
        message: impl Iterator<Item = &'m [u8]>,
    ) -> bool {
        // The usual algorithm in a straight line; so it takes a hundred instructions less.
        if let State::Sha256(mac) = &self.state {
            let mut mac = mac.clone();
            for part in message {
                mac.update(part);
            }
            return any_equal(scheme, candidates, &mac.finalize_fixed().into());
        }
        let mut running = self.start(scheme, candidates);
        for part in message {
            running.update(part);
        }
        running.finish(scheme, candidates)
    }

    /// Begins to verify one message under this key.
    pub(crate) fn start(&self, scheme: &Scheme, candidates: Candidates<'_>) -> Running {
        // These matter only to signatures that cannot be computed, just checked.
        let _ = (scheme, candidates);
        match &self.state {
            State::Sha256(mac) => Running::Sha256(mac.clone()),
            State::Sha512(mac) => Running::Sha512(Hmac::clone(mac)),
            State::Sha1(mac) => Running::Sha1(mac.clone()),
            State::Token(digest) => Running::Token(digest.clone()),
            #[cfg(feature = "ed25519")]
            State::Ed25519(key) => Running::Ed25519(ed25519_streams(key, scheme, candidates)),
            #[cfg(feature = "ecdsa-p256")]
            State::EcdsaP256(key) => Running::EcdsaP256(**key, Sha256::new()),
        }
    }
}

impl State {
    fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self, SecretError> {
        fn keyed<M: KeyInit>(key: &[u8]) -> Result<M, SecretError> {
            M::new_from_slice(key).map_err(|_| SecretError::InvalidKey)
        }
        match algorithm {
            Algorithm::HmacSha256 => keyed(key).map(Self::Sha256),
            Algorithm::HmacSha512 => keyed(key).map(|mac| Self::Sha512(Box::new(mac))),
            Algorithm::HmacSha1 => keyed(key).map(Self::Sha1),
            Algorithm::Token => Ok(Self::Token(Zeroizing::new(Sha256::digest(key).into()))),
            #[cfg(feature = "ed25519")]
            Algorithm::Ed25519 => Self::ed25519(key),
            #[cfg(feature = "ecdsa-p256")]
            Algorithm::EcdsaP256 => {
                use p256::pkcs8::DecodePublicKey;
                p256::ecdsa::VerifyingKey::from_public_key_der(key)
                    .map(|key| Self::EcdsaP256(Box::new(key)))
                    .map_err(|_| SecretError::InvalidKey)
            }
        }
    }

    #[cfg(feature = "ed25519")]
    fn ed25519(key: &[u8]) -> Result<Self, SecretError> {
        let key = ed25519_dalek::VerifyingKey::try_from(key).map_err(|_| SecretError::InvalidKey)?;
        // A key of small order verifies signatures that nobody made.
        if key.is_weak() { Err(SecretError::InvalidKey) } else { Ok(Self::Ed25519(Box::new(key))) }
    }
}

/// One message being verified under one key.
pub(crate) enum Running {
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
    Sha1(Hmac<Sha1>),
    Token(Zeroizing<[u8; 32]>),
    #[cfg(feature = "ed25519")]
    Ed25519(Vec<ed25519_dalek::StreamVerifier>),
    #[cfg(feature = "ecdsa-p256")]
    EcdsaP256(p256::ecdsa::VerifyingKey, Sha256),
}

impl Running {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(mac) => mac.update(bytes),
            Self::Sha512(mac) => mac.update(bytes),
            Self::Sha1(mac) => mac.update(bytes),
            Self::Token(_) => {}
            #[cfg(feature = "ed25519")]
            Self::Ed25519(streams) => streams.iter_mut().for_each(|stream| stream.update(bytes)),
            #[cfg(feature = "ecdsa-p256")]
            Self::EcdsaP256(_, hash) => Digest::update(hash, bytes),
        }
    }

    /// Whether any candidate is this key's signature of the message. Every candidate is compared, in constant time.
    pub(crate) fn finish(self, scheme: &Scheme, candidates: Candidates<'_>) -> bool {
        match self {
            Self::Sha256(mac) => any_equal(scheme, candidates, &mac.finalize_fixed().into()),
            Self::Sha512(mac) => any_equal(scheme, candidates, &mac.finalize_fixed().into()),
            Self::Sha1(mac) => any_equal(scheme, candidates, &mac.finalize_fixed().into()),
            Self::Token(digest) => candidates
                .tagged(scheme.tag())
                .fold(subtle::Choice::from(0), |found, token| {
                    found | Sha256::digest(token).as_slice().ct_eq(&digest[..])
                })
                .into(),
            #[cfg(feature = "ed25519")]
            Self::Ed25519(streams) => streams.into_iter().any(|stream| stream.finalize_and_verify().is_ok()),
            #[cfg(feature = "ecdsa-p256")]
            Self::EcdsaP256(key, hash) => {
                use p256::ecdsa::signature::hazmat::PrehashVerifier;
                let hash = hash.finalize();
                candidates
                    .tagged(scheme.tag())
                    .take(MAX_PUBLIC_KEY_SIGNATURES)
                    .filter_map(|text| der(scheme, text))
                    .any(|signature| key.verify_prehash(&hash, &signature).is_ok())
            }
        }
    }
}

#[inline]
fn any_equal<const LENGTH: usize>(
    scheme: &Scheme,
    candidates: Candidates<'_>,
    expected: &[u8; LENGTH],
) -> bool {
    let mut found = subtle::Choice::from(0);
    for candidate in candidates.tagged(scheme.tag()) {
        if let Some(bytes) = decode(scheme.encoding, candidate) {
            found |= equal(&bytes, expected);
        }
    }
    found.into()
}

/// Whether two texts are equal, in constant time. Their differing bits are gathered in words, which takes the same steps
/// whatever they are, and `subtle` says of the one word in the end whether there are any: to ask it of each word would take
/// four times as long.
#[inline]
fn equal<const LENGTH: usize>(left: &[u8; LENGTH], right: &[u8; LENGTH]) -> subtle::Choice {
    let ((left, left_rest), (right, right_rest)) = (left.as_chunks(), right.as_chunks());
    let differing = left.iter().zip(right).fold(0, |differing, (left, right)| {
        differing | (u64::from_ne_bytes(*left) ^ u64::from_ne_bytes(*right))
    });
    // What is left behind the last whole word: four bytes of SHA-1.
    let differing = left_rest
        .iter()
        .zip(right_rest)
        .fold(differing, |differing, (left, right)| differing | u64::from(left ^ right));
    differing.ct_eq(&0)
}

#[cfg(feature = "ed25519")]
fn ed25519_streams(
    key: &ed25519_dalek::VerifyingKey,
    scheme: &Scheme,
    candidates: Candidates<'_>,
) -> Vec<ed25519_dalek::StreamVerifier> {
    let tag = scheme.asymmetric_tag.or(scheme.list.map(|list| list.tag)).unwrap_or_default();
    candidates
        .tagged(tag)
        .take(MAX_PUBLIC_KEY_SIGNATURES)
        .filter_map(|text| {
            let bytes = decode::<{ ed25519_dalek::SIGNATURE_LENGTH }>(scheme.encoding, text)?;
            let signature = ed25519_dalek::Signature::from_bytes(&bytes);
            key.verify_stream(&signature).ok()
        })
        .collect()
}

#[cfg(feature = "ecdsa-p256")]
fn der(scheme: &Scheme, text: &[u8]) -> Option<p256::ecdsa::DerSignature> {
    use base64::Engine;
    let mut bytes = [0; 96];
    let length = match scheme.encoding {
        crate::Encoding::Base64 => {
            base64::engine::general_purpose::STANDARD.decode_slice(text, &mut bytes).ok()?
        }
        crate::Encoding::Hex => {
            let length = text.len() / 2;
            const_hex::decode_to_slice(text, bytes.get_mut(..length)?).ok()?;
            length
        }
        crate::Encoding::Text => return None,
    };
    p256::ecdsa::DerSignature::try_from(bytes.get(..length)?).ok()
}
