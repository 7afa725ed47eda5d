use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::scheme::{Algorithm, KeyEncoding, Scheme};
use crate::{MAX_SECRETS, SecretError};

/// A shared secret or public key, as the provider shows it.
///
/// It is wiped from memory when dropped, shows nothing in `Debug`, and has neither `Display` nor `Serialize`. A
/// verifier keeps only the keyed state of the MAC, not the secret.
///
/// ```
/// use webhook_verify::{Secret, SecretError};
///
/// let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?.label("2026-11");
/// assert_eq!(format!("{secret:?}"), r#"Secret(label: "2026-11")"#);
///
/// assert_eq!(Secret::new("whsec_abc\n").unwrap_err(), SecretError::SurroundingWhitespace);
/// # Ok::<(), SecretError>(())
/// ```
///
/// ```compile_fail,E0277
/// println!("{}", webhook_verify::Secret::new("secret").unwrap());
/// ```
///
/// ```compile_fail,E0277
/// let text = serde_json::to_string(&webhook_verify::Secret::new("secret").unwrap());
/// ```
#[derive(Clone)]
pub struct Secret {
    bytes: Zeroizing<Vec<u8>>,
    is_key: bool,
    label: Option<Arc<str>>,
}

/// Beginnings of API keys that people paste in the place of signing secrets (Clerk, Stripe).
const API_KEYS: [&str; 4] = ["sk_live_", "sk_test_", "pk_live_", "pk_test_"];

/// How the texts of key pairs begin.
const PUBLIC_TEXTS: [(&str, SecretError); 6] = [
    ("v1a,whpk_", SecretError::PublicKey),
    ("v1a,whsk_", SecretError::PrivateKey),
    ("whpk_", SecretError::PublicKey),
    ("whsk_", SecretError::PrivateKey),
    ("-----BEGIN PUBLIC KEY", SecretError::PublicKey),
    ("-----BEGIN", SecretError::PrivateKey),
];

/// Beginnings that no base64 key has, by the mistake that they tell of.
const NOT_KEYS: [(&str, SecretError); 7] = [
    ("whpk_", SecretError::PublicKey),
    ("whsk_", SecretError::PrivateKey),
    ("whsec_", SecretError::UnexpectedPrefix),
    ("v1,", SecretError::UnexpectedPrefix),
    ("v1a,", SecretError::UnexpectedPrefix),
    ("re_", SecretError::LooksLikeApiKey),
    ("sk_", SecretError::LooksLikeApiKey),
];

impl Secret {
    /// A secret from its text, with its prefixes, as the provider's dashboard shows it.
    ///
    /// The text is decoded when a verifier is made, since only its scheme knows how.
    ///
    /// # Errors
    ///
    /// [`SecretError::Empty`], [`SurroundingWhitespace`](SecretError::SurroundingWhitespace),
    /// [`Quoted`](SecretError::Quoted), [`LooksLikeUrl`](SecretError::LooksLikeUrl) and
    /// [`LooksLikeApiKey`](SecretError::LooksLikeApiKey): mistakes under any scheme. A secret that really is like
    /// that goes through [`from_bytes`](Self::from_bytes).
    pub fn new(text: impl Into<String>) -> Result<Self, SecretError> {
        let bytes = Zeroizing::new(text.into().into_bytes());
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        if text.trim().is_empty() {
            return Err(SecretError::Empty);
        }
        if text.trim() != text {
            return Err(SecretError::SurroundingWhitespace);
        }
        if ['"', '\'', '`']
            .iter()
            .any(|&quote| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote))
        {
            return Err(SecretError::Quoted);
        }
        if text.contains("://") {
            return Err(SecretError::LooksLikeUrl);
        }
        if API_KEYS.iter().any(|prefix| text.starts_with(prefix)) {
            return Err(SecretError::LooksLikeApiKey);
        }
        Ok(Self { bytes, is_key: false, label: None })
    }

    /// A secret from the key's own bytes: nothing is decoded, stripped or checked but that there are any.
    ///
    /// # Errors
    ///
    /// [`SecretError::Empty`].
    pub fn from_bytes(key: impl Into<Vec<u8>>) -> Result<Self, SecretError> {
        let bytes = Zeroizing::new(key.into());
        if bytes.is_empty() {
            return Err(SecretError::Empty);
        }
        Ok(Self { bytes, is_key: true, label: None })
    }

    /// A name for this secret, which [`Verified::key`](crate::Verified::key) gives back. It is no secret itself.
    #[must_use]
    pub fn label(mut self, label: impl Into<Arc<str>>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(crate) fn take_label(&self) -> Option<Arc<str>> {
        self.label.clone()
    }

    pub(crate) fn reveal(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap_or_default()
    }

    /// The key's bytes and kind under `scheme`.
    pub(crate) fn material(&self, scheme: &Scheme) -> Result<Material, SecretError> {
        let material = if self.is_key { Material::Key(self.bytes.clone()) } else { self.decode(scheme)? };
        match &material {
            Material::Key(key) => check_key(key, scheme).map(|()| material),
            Material::PublicKey(_) | Material::PrivateKey(_) => Ok(material),
        }
    }

    fn decode(&self, scheme: &Scheme) -> Result<Material, SecretError> {
        let mut text = self.reveal();
        if scheme.secret_separator.is_some_and(|separator| text.contains(separator)) {
            return Err(SecretError::SeveralSecrets);
        }
        for prefix in scheme.strip {
            text = text.strip_prefix(prefix).unwrap_or(text);
        }
        if scheme.strip.iter().any(|prefix| text.starts_with(prefix)) {
            return Err(SecretError::DoubledPrefix);
        }
        if text.is_empty() {
            return Err(SecretError::Empty);
        }
        // `Bearer ` stands in the header, not in the secret.
        if !scheme.prefix.is_empty() && text.starts_with(scheme.prefix) {
            return Err(SecretError::UnexpectedPrefix);
        }
        if scheme.asymmetric_tag.is_some() {
            if let Some(key) = text.strip_prefix("whpk_") {
                return base64(key).map(Material::PublicKey);
            }
            if let Some(key) = text.strip_prefix("whsk_") {
                return base64(key).map(Material::PrivateKey);
            }
        }
        match scheme.key {
            KeyEncoding::Text => Ok(Material::Key(Zeroizing::new(text.as_bytes().to_vec()))),
            KeyEncoding::Base64 => {
                if let Some((_, mistake)) = NOT_KEYS.iter().find(|(prefix, _)| text.starts_with(prefix)) {
                    return Err(*mistake);
                }
                base64(text).map(Material::Key)
            }
            KeyEncoding::Hex => const_hex::decode(text)
                .map(|key| Material::Key(Zeroizing::new(key)))
                .map_err(|_| SecretError::NotHex),
        }
    }
}

/// What no key is, however it was given.
fn check_key(key: &[u8], scheme: &Scheme) -> Result<(), SecretError> {
    // The text of a public key as the key of an HMAC: anyone who has it could sign.
    let mistake = PUBLIC_TEXTS.iter().find(|(begin, _)| key.starts_with(begin.as_bytes()));
    match (mistake, scheme.algorithm) {
        _ if key.is_empty() => Err(SecretError::Empty),
        (Some((_, mistake)), _) => Err(*mistake),
        // A token must be something that a header can carry.
        (None, Algorithm::Token) if http::HeaderValue::from_bytes(key).is_err() => {
            Err(SecretError::InvalidKey)
        }
        _ => Ok(()),
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.label {
            Some(label) => write!(f, "Secret(label: {label:?})"),
            None => f.write_str("Secret(..)"),
        }
    }
}

/// What a secret decodes to.
pub(crate) enum Material {
    Key(Zeroizing<Vec<u8>>),
    PublicKey(
        #[cfg_attr(not(feature = "ed25519"), expect(dead_code, reason = "refused as such"))]
        Zeroizing<Vec<u8>>,
    ),
    PrivateKey(
        #[cfg_attr(not(feature = "ed25519"), expect(dead_code, reason = "refused as such"))]
        Zeroizing<Vec<u8>>,
    ),
}

/// Secrets are shown by many tools, some of which drop the padding or leave bits behind it (both are accepted by
/// Standard Webhooks' own library for Python).
fn base64(text: &str) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    use base64::Engine;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    if text.is_empty() {
        return Err(SecretError::Empty);
    }
    ENGINE.decode(text).map(Zeroizing::new).map_err(|_| SecretError::NotBase64)
}

/// Secrets in the order in which they are tried: the current one first, then those it replaced.
///
/// ```
/// use webhook_verify::{Secret, Secrets};
///
/// let secrets = Secrets::from([Secret::new("current")?.label("new"), Secret::new("previous")?.label("old")]);
/// # Ok::<(), webhook_verify::SecretError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Secrets(Vec<Secret>);

impl Secrets {
    /// The secrets in one text, separated by `separator` (Supabase Auth writes `v1,whsec_…|v1,whsec_…`).
    ///
    /// # Errors
    ///
    /// What [`Secret::new`] says of one of them.
    pub fn split(text: &str, separator: char) -> Result<Self, SecretError> {
        // Bounded: one more than the limit is enough to be refused later.
        text.split(separator)
            .take(MAX_SECRETS.saturating_add(1))
            .map(Secret::new)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// These secrets, and one more behind them.
    #[must_use]
    pub fn and(mut self, secret: Secret) -> Self {
        self.0.push(secret);
        self
    }

    pub(crate) fn as_slice(&self) -> &[Secret] {
        &self.0
    }

    pub(crate) fn extend(&mut self, secrets: Secrets) {
        self.0.extend(secrets.0);
    }
}

impl From<Secret> for Secrets {
    fn from(secret: Secret) -> Self {
        Self(vec![secret])
    }
}

impl<const N: usize> From<[Secret; N]> for Secrets {
    fn from(secrets: [Secret; N]) -> Self {
        Self(secrets.into())
    }
}

impl From<Vec<Secret>> for Secrets {
    fn from(secrets: Vec<Secret>) -> Self {
        Self(secrets)
    }
}

impl FromIterator<Secret> for Secrets {
    fn from_iter<I: IntoIterator<Item = Secret>>(secrets: I) -> Self {
        Self(secrets.into_iter().collect())
    }
}
