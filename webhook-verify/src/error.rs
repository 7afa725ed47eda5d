use http::StatusCode;

/// Why a request was refused.
///
/// It names at most a header, never a value, so it can be logged and answered. [`code`](Self::code) is stable and
/// meant for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A header that the scheme needs is absent, or empty where it must not be.
    #[error("header `{0}` is missing")]
    MissingHeader(&'static str),
    /// A header that must be single is there more than once.
    #[error("header `{0}` is repeated")]
    RepeatedHeader(&'static str),
    /// A header does not have the form that the scheme prescribes.
    #[error("header `{0}` is malformed")]
    MalformedHeader(&'static str),
    /// The timestamp is not a plain number of the scheme's unit.
    #[error("the timestamp is malformed")]
    MalformedTimestamp,
    /// The timestamp is further in the past than the tolerance allows.
    #[error("the timestamp is too old")]
    TimestampTooOld,
    /// The timestamp is further in the future than the tolerance allows.
    #[error("the timestamp is too far in the future")]
    TimestampTooNew,
    /// The header holds more signatures than [`MAX_SIGNATURES`](crate::MAX_SIGNATURES).
    #[error("there are too many signatures")]
    TooManySignatures,
    /// No signature matches any configured secret.
    #[error("no signature matches")]
    SignatureMismatch,
    /// The receiver has no secret yet, so nothing can be verified. This is our configuration's fault, not the
    /// sender's.
    #[error("the receiver is not configured")]
    NotConfigured,
}

impl VerifyError {
    /// A stable lower-case word for this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MissingHeader(_) => "missing_header",
            Self::RepeatedHeader(_) => "repeated_header",
            Self::MalformedHeader(_) => "malformed_header",
            Self::MalformedTimestamp => "malformed_timestamp",
            Self::TimestampTooOld => "timestamp_too_old",
            Self::TimestampTooNew => "timestamp_too_new",
            Self::TooManySignatures => "too_many_signatures",
            Self::SignatureMismatch => "signature_mismatch",
            Self::NotConfigured => "not_configured",
        }
    }

    /// The HTTP status to answer with: 401, or 500 when the fault is ours.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::NotConfigured => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNAUTHORIZED,
        }
    }
}

/// What is wrong with a secret. It names the mistake and never shows the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// There is nothing in it, or nothing behind its prefix.
    #[error("the secret is empty")]
    Empty,
    /// It begins or ends with white space, as a line copied from a file does.
    #[error("the secret begins or ends with white space")]
    SurroundingWhitespace,
    /// It stands in quotes, as a line copied from an `.env` file does.
    #[error("the secret stands in quotes")]
    Quoted,
    /// It is a URL, probably the endpoint's.
    #[error("the secret looks like a URL")]
    LooksLikeUrl,
    /// It is an API key (`sk_…`, `pk_…`, `re_…`), not the endpoint's signing secret.
    #[error("the secret looks like an API key, not a signing secret")]
    LooksLikeApiKey,
    /// It is an Ed25519 public key (`whpk_…`) where a shared secret belongs, or the feature `ed25519` is off.
    #[error("the secret is a public key, which this scheme or build does not take")]
    PublicKey,
    /// It is a private key (`whsk_…`), which only the sender should have.
    #[error("the secret is a private key: a receiver takes the public key")]
    PrivateKey,
    /// Its prefix is there twice.
    #[error("the secret's prefix is there twice")]
    DoubledPrefix,
    /// It has a prefix that belongs to another provider's secrets, or to the header (`Bearer `).
    #[error("the secret has a prefix that this provider's secrets do not have")]
    UnexpectedPrefix,
    /// It holds several secrets in one text.
    #[error("the text holds several secrets: give them one by one")]
    SeveralSecrets,
    /// It must be base64 and is not.
    #[error("the secret is not base64")]
    NotBase64,
    /// It must be hexadecimal and is not.
    #[error("the secret is not hexadecimal")]
    NotHex,
    /// It decodes to something that is no key of this kind.
    #[error("the secret does not hold a valid key")]
    InvalidKey,
}

impl SecretError {
    /// A stable lower-case word for this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty_secret",
            Self::SurroundingWhitespace => "secret_whitespace",
            Self::Quoted => "quoted_secret",
            Self::LooksLikeUrl => "secret_is_url",
            Self::LooksLikeApiKey => "secret_is_api_key",
            Self::PublicKey => "secret_is_public_key",
            Self::PrivateKey => "secret_is_private_key",
            Self::DoubledPrefix => "doubled_prefix",
            Self::UnexpectedPrefix => "unexpected_prefix",
            Self::SeveralSecrets => "several_secrets",
            Self::NotBase64 => "secret_not_base64",
            Self::NotHex => "secret_not_hex",
            Self::InvalidKey => "invalid_key",
        }
    }
}

/// Why a verifier or receiver could not be made. Always our configuration's fault.
///
/// `Debug` prints the sentence, since that is what a `main` that returns it prints.
#[derive(Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// None of these environment variables is set.
    #[error("no secret: set the environment variable {}", Names(.names))]
    MissingVariable {
        /// The variables, in the order in which they are looked for.
        names: &'static [&'static str],
    },
    /// An environment variable is set to something that is not Unicode.
    #[error("the environment variable {name} (or its _PREVIOUS) is not Unicode")]
    NotUnicode {
        /// The variable.
        name: &'static str,
    },
    /// A secret in an environment variable is wrong.
    #[error("environment variable {name}{}: {error}", if *.previous { "_PREVIOUS" } else { "" })]
    Variable {
        /// The variable.
        name: &'static str,
        /// Whether it is the variable's sibling `<name>_PREVIOUS`.
        previous: bool,
        /// What is wrong with it.
        error: SecretError,
    },
    /// A secret is wrong.
    #[error("{0}")]
    Secret(#[from] SecretError),
    /// There is no secret at all.
    #[error("there is no secret")]
    NoSecret,
    /// There are more secrets than [`MAX_SECRETS`](crate::MAX_SECRETS).
    #[error("there are too many secrets")]
    TooManySecrets,
    /// The scheme contradicts itself; the text says how.
    #[error("the scheme is contradictory: {0}")]
    Scheme(&'static str),
}

impl std::fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl ConfigError {
    /// A stable lower-case word for this error; for a wrong secret, that of its [`SecretError::code`].
    pub const fn code(self) -> &'static str {
        match self {
            Self::MissingVariable { .. } => "missing_variable",
            Self::NotUnicode { .. } => "variable_not_unicode",
            Self::Variable { error, .. } | Self::Secret(error) => error.code(),
            Self::NoSecret => "no_secret",
            Self::TooManySecrets => "too_many_secrets",
            Self::Scheme(_) => "invalid_scheme",
        }
    }
}

struct Names<'a>(&'a [&'static str]);

impl std::fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            write!(f, "{}{name}", if index == 0 { "" } else { " or " })?;
        }
        Ok(())
    }
}
