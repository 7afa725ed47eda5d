use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use webhook_core::UnixTime;
use zeroize::Zeroizing;

use crate::scheme::{Algorithm, List, Part, Place, Scheme, TimestampUnit};
use crate::secret::Material;
use crate::signature::encode;
use crate::{ConfigError, MAX_SECRETS, SecretError, Secrets};

/// Makes the headers with which a sender signs a request: for tests, and for senders.
///
/// # Examples
///
/// ```
/// use webhook_verify::providers::Clerk;
/// use webhook_verify::{Provider, Secret, Signer, UnixTime};
///
/// let signer = Signer::new(Clerk::SCHEME, Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
/// let headers = signer.sign(
///     "msg_p5jXN8AQM9LWM0D4loKWxJek",
///     UnixTime::from_secs(1_614_265_330),
///     br#"{"test": 2432232314}"#,
/// )?;
/// assert_eq!(headers["svix-signature"], "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Signer {
    scheme: Scheme,
    keys: Vec<SigningKey>,
}

fn header(name: &'static str) -> Result<HeaderName, SignError> {
    HeaderName::try_from(name).map_err(|_| SignError::Id)
}

enum SigningKey {
    Secret(Zeroizing<Vec<u8>>),
    #[cfg(feature = "ed25519")]
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

/// Why a request could not be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The id holds characters that a header cannot carry, or is empty under a scheme that signs it.
    #[error("the id cannot stand in a header")]
    Id,
    /// The time is before 1970, or too far for the scheme's unit.
    #[error("the time cannot be written in the scheme's unit")]
    Time,
    /// The scheme covers headers of the sender's own; [`Signer::sign_with`] takes them.
    #[error("header `{0}` is signed and was not given")]
    MissingHeader(&'static str),
}

impl Signer {
    /// A signer with these secrets. Under a scheme whose header is a list it signs with each of them; under another
    /// one it takes exactly one.
    ///
    /// Public-key schemes take the private key: `whsk_…`, or the 32-byte seed in the scheme's key encoding. ECDSA
    /// can only be verified.
    ///
    /// # Errors
    ///
    /// As [`Verifier::new`](crate::Verifier::new).
    pub fn new(scheme: Scheme, secrets: impl Into<Secrets>) -> Result<Self, ConfigError> {
        if let Some(contradiction) = scheme.contradiction() {
            return Err(ConfigError::Scheme(contradiction));
        }
        let secrets = secrets.into();
        let secrets = secrets.as_slice();
        let most = if scheme.list.is_some() { MAX_SECRETS } else { 1 };
        if secrets.is_empty() {
            return Err(ConfigError::NoSecret);
        }
        if secrets.len() > most {
            return Err(ConfigError::TooManySecrets);
        }
        let keys = secrets
            .iter()
            .map(|secret| SigningKey::new(&scheme, secret.material(&scheme)?))
            .collect::<Result<_, SecretError>>()?;
        Ok(Self { scheme, keys })
    }

    /// The headers for `body`: the signature, and the id and the time where the scheme has them. The id is not used
    /// by schemes without one.
    ///
    /// # Errors
    ///
    /// [`SignError`].
    pub fn sign(&self, id: &str, time: UnixTime, body: &[u8]) -> Result<HeaderMap, SignError> {
        self.sign_with(HeaderMap::new(), id, time, body)
    }

    /// As [`sign`](Self::sign), adding to `headers`, of which a scheme may cover some.
    ///
    /// # Errors
    ///
    /// [`SignError`].
    pub fn sign_with(
        &self,
        mut headers: HeaderMap,
        id: &str,
        time: UnixTime,
        body: &[u8],
    ) -> Result<HeaderMap, SignError> {
        let names = self.scheme.headers;
        let time = match self.scheme.timestamp {
            Some(_) => self.scheme.unit.print(time)?,
            None => String::new(),
        };
        let text = |text: &str| HeaderValue::from_str(text).map_err(|_| SignError::Id);
        if self.scheme.covers_id() && id.is_empty() {
            return Err(SignError::Id);
        }
        if let Some(name) = names.id {
            headers.insert(header(name)?, text(id)?);
        }
        if let (Some(name), Some(Place::Header(_))) = (names.timestamp, self.scheme.timestamp) {
            headers.insert(header(name)?, text(&time)?);
        }

        let mut message = Vec::with_capacity(body.len().saturating_add(128));
        for part in self.scheme.signed {
            let part = match part {
                Part::Body => body,
                Part::Timestamp => time.as_bytes(),
                Part::Id => id.as_bytes(),
                Part::Text(text) => text.as_bytes(),
                Part::Header(name) => headers.get(*name).ok_or(SignError::MissingHeader(name))?.as_bytes(),
            };
            message.extend_from_slice(part);
        }
        let mut value: Vec<u8> = match self.scheme.list {
            None => self.keys.iter().flat_map(|key| key.sign(&self.scheme, &message).to_vec()).collect(),
            Some(list) => self.list(list, &time, &message).into_bytes(),
        };
        value.splice(..0, self.scheme.prefix.bytes());
        let value = Zeroizing::new(value);
        let mut value = HeaderValue::from_bytes(&value).map_err(|_| SignError::Id)?;
        value.set_sensitive(self.scheme.algorithm == Algorithm::Token);
        headers.insert(header(names.signature)?, value);
        Ok(headers)
    }

    fn list(&self, list: List, time: &str, message: &[u8]) -> String {
        let field = match self.scheme.timestamp {
            Some(Place::Field(tag) | Place::FieldOrHeader(tag, _)) => {
                Some(format!("{tag}{}{time}", list.pair))
            }
            _ => None,
        };
        let signatures = self.keys.iter().map(|key| {
            let tag = key.tag(&self.scheme).unwrap_or(list.tag);
            format!("{tag}{}{}", list.pair, String::from_utf8_lossy(&key.sign(&self.scheme, message)))
        });
        let entries: Vec<String> = field.into_iter().chain(signatures).collect();
        entries.join(list.joint.unwrap_or(list.separator.encode_utf8(&mut [0; 4])))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("scheme", &self.scheme).field("keys", &self.keys.len()).finish()
    }
}

impl SigningKey {
    fn new(scheme: &Scheme, material: Material) -> Result<Self, SecretError> {
        match (material, scheme.algorithm) {
            #[cfg(feature = "ed25519")]
            (Material::Key(key), Algorithm::Ed25519) | (Material::PrivateKey(key), _) => {
                // `whsk_` holds the seed and, behind it, the public key.
                let seed = key.first_chunk::<32>().ok_or(SecretError::InvalidKey)?;
                Ok(Self::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(seed))))
            }
            #[cfg(not(feature = "ed25519"))]
            (Material::PrivateKey(_), _) => Err(SecretError::PrivateKey),
            #[cfg(feature = "ecdsa-p256")]
            (Material::Key(_), Algorithm::EcdsaP256) => Err(SecretError::PublicKey),
            (Material::PublicKey(_), _) => Err(SecretError::PublicKey),
            (Material::Key(key), _) => Ok(Self::Secret(key)),
        }
    }

    /// The tag of this key's signatures in a list.
    const fn tag(&self, scheme: &Scheme) -> Option<&'static str> {
        match self {
            Self::Secret(_) => match scheme.list {
                Some(list) => Some(list.tag),
                None => None,
            },
            #[cfg(feature = "ed25519")]
            Self::Ed25519(_) => scheme.asymmetric_tag,
        }
    }

    /// The signature's text; of a token the token itself.
    fn sign(&self, scheme: &Scheme, message: &[u8]) -> Zeroizing<Vec<u8>> {
        use hmac::{Hmac, KeyInit, Mac};
        fn hmac<M: Mac + KeyInit>(scheme: &Scheme, key: &[u8], message: &[u8]) -> String {
            // An HMAC takes a key of any length.
            M::new_from_slice(key)
                .map(|mac| encode(scheme.encoding, &mac.chain_update(message).finalize().into_bytes()))
                .unwrap_or_default()
        }
        let text = |text: String| Zeroizing::new(text.into_bytes());
        match self {
            Self::Secret(key) => match scheme.algorithm {
                Algorithm::HmacSha256 => text(hmac::<Hmac<sha2::Sha256>>(scheme, key, message)),
                Algorithm::HmacSha512 => text(hmac::<Hmac<sha2::Sha512>>(scheme, key, message)),
                Algorithm::HmacSha1 => text(hmac::<Hmac<sha1::Sha1>>(scheme, key, message)),
                Algorithm::Token => key.clone(),
                // `new` makes no such key.
                #[cfg(feature = "ed25519")]
                Algorithm::Ed25519 => Zeroizing::default(),
                #[cfg(feature = "ecdsa-p256")]
                Algorithm::EcdsaP256 => Zeroizing::default(),
            },
            #[cfg(feature = "ed25519")]
            Self::Ed25519(key) => {
                use ed25519_dalek::Signer;
                text(encode(scheme.encoding, &key.sign(message).to_bytes()))
            }
        }
    }
}

impl TimestampUnit {
    fn print(self, time: UnixTime) -> Result<String, SignError> {
        let seconds = u64::try_from(time.as_secs()).map_err(|_| SignError::Time)?;
        match self {
            Self::Seconds => Ok(seconds.to_string()),
            Self::Milliseconds => {
                let milliseconds = time.as_secs().checked_mul(1000).ok_or(SignError::Time)?;
                Ok(milliseconds.to_string())
            }
            Self::Rfc3339 => {
                let time = time.to_utc().ok_or(SignError::Time)?;
                Ok(time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
            }
        }
    }
}
