//! Supabase Auth Hooks: the seven calls that the auth server makes while a user signs up or in, and the answers it wants.
//!
//! An [auth hook](https://supabase.com/docs/guides/auth/auth-hooks) is no notification: the user waits for the answer,
//! at most five seconds. [`Hook`] is any of the calls. A handler with a URL of its own for one hook can parse that one,
//! such as [`SendSms`], which then goes by the fields alone. [`Reply`] is what to send back.
//!
//! ```
//! use webhook_core::Payload;
//! use webhook_core::supabase_auth::{CustomAccessTokenAnswer, Hook, PasswordVerificationAnswer, Reply};
//!
//! fn answer(hook: Hook) -> Result<Reply, webhook_core::ParseError> {
//!     Ok(match hook {
//!         Hook::CustomAccessToken(hook) => {
//!             let mut claims = hook.claims;
//!             claims.set("user_role", "editor")?;
//!             CustomAccessTokenAnswer::new(claims).into()
//!         }
//!         Hook::PasswordVerificationAttempt(attempt) if !attempt.valid => {
//!             PasswordVerificationAnswer::reject("Try again in ten minutes.").into()
//!         }
//!         Hook::SendSms(message) => {
//!             let code = message.sms.otp.as_ref().map(|otp| otp.as_str());
//!             // send the code to message.sms.phone, and never log it
//!             # assert_eq!(code, Some("118204"));
//!             Reply::empty()
//!         }
//!         Hook::BeforeUserCreated(hook) if hook.user.email.as_deref() == Some("") => {
//!             Reply::refuse(403, "An address is needed.")
//!         }
//!         other => other.accept(),
//!     })
//! }
//!
//! let hook = Hook::parse(
//!     br#"{"metadata": {"name": "send-sms"}, "user": {"id": "6f1c2d3e"}, "sms": {"otp": "118204", "phone": "4670000001"}}"#,
//! )?;
//! let reply = answer(hook)?;
//! assert_eq!((reply.status(), reply.body()), (200, "{}"));
//! # Ok::<(), webhook_core::ParseError>(())
//! ```
//!
//! # Which hook it is
//!
//! The hook's name is in `metadata.name`. Servers before
//! [February 2026](https://github.com/supabase/auth/pull/2365) send metadata with one hook only; from others a hook is
//! known by its fields. A `user` alone is then a user who was created. A hook that this version does not know is
//! [`Hook::Unknown`] with its whole body.
//!
//! # Secrets
//!
//! Codes, token hashes and claims let in whoever reads them. Keep the bodies out of logs. The codes and hashes are
//! [`Sensitive`](crate::Sensitive), which `Debug` does not show.
//!
//! # What stays raw
//!
//! `app_metadata`, `user_metadata` and `identity_data`, which are the project's own. Members that this version does not
//! know are in the `extra` of each type, so claims that are handed back are complete.
//!
//! # Traps
//!
//! * Answer 200 also for a refusal; see [`Reply`].
//! * Each attempt has another `webhook-id`; [`Metadata::uuid`] is the same in all attempts of a call.
//! * In [`EmailData`] the hashes are crossed: `token_hash_new` belongs to `token`, for the current address, and
//!   `token_hash` to `token_new`, for the new one.
//! * Before a user is stored, the times are `0001-01-01T00:00:00Z` and the role is empty.
//! * `aud` is an array in the first token that a server process makes, and a text afterwards: see [`Audience`].
//! * Telephone numbers have no plus sign.
//! * The hooks run inside the sign-in's transaction: changing the same user from a hook waits until it times out.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Outcome, ParseError, Payload, RawJson, Timestamp};

mod answer;
mod claims;
mod email;
mod identify;
mod sms;
mod user;

use identify::{Scan, identify};

pub use answer::{
    CustomAccessTokenAnswer, Decision, ErrorAnswer, ErrorDetails, MfaVerificationAnswer,
    PasswordVerificationAnswer, Reply,
};
pub use claims::{AssuranceLevel, Audience, AuthenticationMethod, Claims, MethodEntry, MethodReference};
pub use email::{EmailAction, EmailData, SendEmail};
pub use sms::{SendSms, Sms, SmsType};
pub use user::{Factor, FactorStatus, FactorType, Identity, User};

/// A call of any of the seven [hooks](https://github.com/supabase/auth/blob/bc32168/internal/hooks/v0hooks/v0hooks.go).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Hook {
    /// An access token is about to be signed.
    CustomAccessToken(Box<CustomAccessToken>),
    /// A text message is to be sent.
    SendSms(Box<SendSms>),
    /// Mail is to be sent.
    SendEmail(Box<SendEmail>),
    /// A second factor was tried.
    MfaVerificationAttempt(Box<MfaVerificationAttempt>),
    /// A password was tried.
    PasswordVerificationAttempt(Box<PasswordVerificationAttempt>),
    /// A user is about to be stored.
    BeforeUserCreated(Box<BeforeUserCreated>),
    /// A user was stored.
    AfterUserCreated(Box<AfterUserCreated>),
    /// A hook that this version does not know.
    Unknown(Box<UnknownHook>),
}

open_object! {
    /// What the auth server says about [one call](https://github.com/supabase/auth/blob/bc32168/internal/hooks/v0hooks/v0hooks.go) of a hook.
    pub struct Metadata("the metadata of a hook") {
        required {}
        nullable {}
        optional {
            /// The call's id, a UUID, the same in all attempts of the call: the key to tell repetitions by.
            uuid: String = "uuid",
            /// When the hook was called, with up to nine digits of the second and the server's own offset.
            time: Timestamp = "time",
            /// The hook's name, such as `send-email`.
            name: String = "name",
            /// The address that the user's request came from.
            ip_address: String = "ip_address",
        }
    }
}

open_object! {
    /// An access token is about to be signed: the
    /// [custom access token hook](https://supabase.com/docs/guides/auth/auth-hooks/custom-access-token-hook).
    pub struct CustomAccessToken("a custom access token hook") {
        required {
            /// The user's id.
            user_id: String = "user_id",
            /// The claims that the token will have.
            claims: Claims = "claims",
        }
        nullable {}
        optional {
            /// How the user signed in.
            authentication_method: AuthenticationMethod = "authentication_method",
            /// What the server says about the call.
            metadata: Metadata = "metadata",
        }
    }
}

open_object! {
    /// A second factor was tried: the
    /// [MFA verification hook](https://supabase.com/docs/guides/auth/auth-hooks/mfa-verification-hook).
    pub struct MfaVerificationAttempt("an MFA verification hook") {
        required {
            /// The user's id.
            user_id: String = "user_id",
            /// The factor's id.
            factor_id: String = "factor_id",
            /// Whether the code was right.
            valid: bool = "valid",
        }
        nullable {}
        optional {
            /// What kind of factor it is: `totp` or `phone`.
            factor_type: FactorType = "factor_type",
            /// What the server says about the call.
            metadata: Metadata = "metadata",
        }
    }
}

open_object! {
    /// A password was tried: the
    /// [password verification hook](https://supabase.com/docs/guides/auth/auth-hooks/password-verification-hook).
    pub struct PasswordVerificationAttempt("a password verification hook") {
        required {
            /// The user's id.
            user_id: String = "user_id",
            /// Whether the password was right.
            valid: bool = "valid",
        }
        nullable {}
        optional {
            /// What the server says about the call.
            metadata: Metadata = "metadata",
        }
    }
}

open_object! {
    /// A user is about to be stored: the
    /// [before user created hook](https://supabase.com/docs/guides/auth/auth-hooks/before-user-created-hook).
    pub struct BeforeUserCreated("a before user created hook") {
        required {
            /// The user, not stored yet.
            user: User = "user",
        }
        nullable {}
        optional {
            /// What the server says about the call.
            metadata: Metadata = "metadata",
        }
    }
}

open_object! {
    /// A user was stored: the [after user created hook](https://github.com/supabase/auth/blob/bc32168/internal/hooks/v0hooks/v0hooks.go).
    ///
    /// It is called again when a user who has not confirmed yet signs up once more, and not called for users who
    /// are confirmed at once.
    pub struct AfterUserCreated("an after user created hook") {
        required {
            /// The user.
            user: User = "user",
        }
        nullable {}
        optional {
            /// What the server says about the call.
            metadata: Metadata = "metadata",
        }
    }
}

/// A hook that this version does not know.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownHook {
    /// The hook's name, when the server wrote one.
    pub name: Option<String>,
    /// The whole body.
    pub raw: RawJson,
}

impl std::fmt::Debug for UnknownHook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The body may hold codes and tokens.
        f.debug_struct("UnknownHook").field("name", &self.name).finish_non_exhaustive()
    }
}

const CUSTOM_ACCESS_TOKEN: &str = "customize-access-token";
const SEND_SMS: &str = "send-sms";
const SEND_EMAIL: &str = "send-email";
const MFA_VERIFICATION: &str = "mfa-verification";
const PASSWORD_VERIFICATION: &str = "password-verification";
const BEFORE_USER_CREATED: &str = "before-user-created";
const AFTER_USER_CREATED: &str = "after-user-created";

impl Hook {
    /// The names of all hooks that this version knows, as `metadata.name` has them.
    pub const KINDS: &'static [&'static str] = &[
        CUSTOM_ACCESS_TOKEN,
        SEND_SMS,
        SEND_EMAIL,
        MFA_VERIFICATION,
        PASSWORD_VERIFICATION,
        BEFORE_USER_CREATED,
        AFTER_USER_CREATED,
    ];

    /// What the server says about the call; `None` from servers before February 2026, and for unknown hooks.
    pub fn metadata(&self) -> Option<&Metadata> {
        match self {
            Self::CustomAccessToken(hook) => hook.metadata.as_ref(),
            Self::SendSms(hook) => hook.metadata.as_ref(),
            Self::SendEmail(hook) => hook.metadata.as_ref(),
            Self::MfaVerificationAttempt(hook) => hook.metadata.as_ref(),
            Self::PasswordVerificationAttempt(hook) => hook.metadata.as_ref(),
            Self::BeforeUserCreated(hook) => hook.metadata.as_ref(),
            Self::AfterUserCreated(hook) => hook.metadata.as_ref(),
            Self::Unknown(_) => None,
        }
    }

    /// The reply that lets the user's request go ahead: the claims as they are, `continue`, or `{}`.
    pub fn accept(&self) -> Reply {
        match self {
            Self::CustomAccessToken(hook) => CustomAccessTokenAnswer::new(hook.claims.clone()).into(),
            Self::MfaVerificationAttempt(_) => MfaVerificationAnswer::proceed().into(),
            Self::PasswordVerificationAttempt(_) => PasswordVerificationAnswer::proceed().into(),
            _ => Reply::empty(),
        }
    }

    fn read(text: &str, name: &str) -> Option<Result<Self, ParseError>> {
        let hook = match name {
            CUSTOM_ACCESS_TOKEN => crate::error::from_text(text).map(Self::CustomAccessToken),
            SEND_SMS => crate::error::from_text(text).map(Self::SendSms),
            SEND_EMAIL => crate::error::from_text(text).map(Self::SendEmail),
            MFA_VERIFICATION => crate::error::from_text(text).map(Self::MfaVerificationAttempt),
            PASSWORD_VERIFICATION => crate::error::from_text(text).map(Self::PasswordVerificationAttempt),
            BEFORE_USER_CREATED => crate::error::from_text(text).map(Self::BeforeUserCreated),
            AFTER_USER_CREATED => crate::error::from_text(text).map(Self::AfterUserCreated),
            _ => return None,
        };
        Some(hook)
    }
}

impl Payload for Hook {
    const KIND_FIELDS: &'static [&'static str] = &["metadata.name"];

    fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let text = crate::error::text(body)?;
        let mut name = identify(text, Scan::UntilNamed);
        let mut hook = name.as_deref().and_then(|name| Self::read(text, name));
        let agrees = matches!(&hook, Some(Ok(hook)) if hook.metadata().and_then(|data| data.name.as_ref()) == name.as_ref());
        if !agrees {
            // A server without metadata, an unknown hook, a misfit, or repeated keys, of which the last one counts.
            let last = identify(text, Scan::Whole);
            if last != name {
                hook = last.as_deref().and_then(|name| Self::read(text, name));
                name = last;
            }
        }
        if let Some(hook) = hook {
            return hook;
        }
        let raw: RawJson = crate::error::from_text(text)?;
        Object::check(&raw)?;
        Ok(Self::Unknown(Box::new(UnknownHook { name, raw })))
    }

    fn kind(&self) -> Option<&str> {
        match self {
            Self::CustomAccessToken(_) => Some(CUSTOM_ACCESS_TOKEN),
            Self::SendSms(_) => Some(SEND_SMS),
            Self::SendEmail(_) => Some(SEND_EMAIL),
            Self::MfaVerificationAttempt(_) => Some(MFA_VERIFICATION),
            Self::PasswordVerificationAttempt(_) => Some(PASSWORD_VERIFICATION),
            Self::BeforeUserCreated(_) => Some(BEFORE_USER_CREATED),
            Self::AfterUserCreated(_) => Some(AFTER_USER_CREATED),
            Self::Unknown(hook) => hook.name.as_deref(),
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::Unknown(_) => Outcome::Unknown,
            _ => Outcome::Known,
        }
    }

    fn kind_of(body: &[u8]) -> Option<String> {
        identify(std::str::from_utf8(body).ok()?, Scan::Whole)
    }
}

macro_rules! single_hooks {
    ($( $Hook:ty = $name:ident ),+ $(,)?) => { $(
        impl Payload for $Hook {
            const KIND_FIELDS: &'static [&'static str] = &["metadata.name"];

            fn kind(&self) -> Option<&str> {
                let written = self.metadata.as_ref().and_then(|metadata| metadata.name.as_deref());
                Some(written.unwrap_or($name))
            }
        }
    )+ };
}

single_hooks! {
    CustomAccessToken = CUSTOM_ACCESS_TOKEN,
    SendSms = SEND_SMS,
    SendEmail = SEND_EMAIL,
    MfaVerificationAttempt = MFA_VERIFICATION,
    PasswordVerificationAttempt = PASSWORD_VERIFICATION,
    BeforeUserCreated = BEFORE_USER_CREATED,
    AfterUserCreated = AFTER_USER_CREATED,
}

/// The error for a body that is no object.
struct Object;

impl Object {
    fn check(raw: &RawJson) -> Result<Self, ParseError> {
        crate::error::from_text(raw.as_str())
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> de::Visitor<'de> for Reader {
            type Value = Object;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a Supabase Auth hook (an object)")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                while map.next_entry::<de::IgnoredAny, de::IgnoredAny>()?.is_some() {}
                Ok(Object)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl Serialize for Hook {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::CustomAccessToken(hook) => hook.serialize(serializer),
            Self::SendSms(hook) => hook.serialize(serializer),
            Self::SendEmail(hook) => hook.serialize(serializer),
            Self::MfaVerificationAttempt(hook) => hook.serialize(serializer),
            Self::PasswordVerificationAttempt(hook) => hook.serialize(serializer),
            Self::BeforeUserCreated(hook) => hook.serialize(serializer),
            Self::AfterUserCreated(hook) => hook.serialize(serializer),
            Self::Unknown(hook) => hook.raw.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Hook {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawJson::deserialize(deserializer)?;
        Self::parse(raw.as_str().as_bytes()).map_err(de::Error::custom)
    }
}
