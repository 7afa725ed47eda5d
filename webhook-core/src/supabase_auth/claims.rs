use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{ParseError, RawJson, UnixTime};

open_object! {
    /// The [claims](https://supabase.com/docs/guides/auth/jwt-fields) of an access token.
    ///
    /// Claims of the project's own are in `extra`; [`set`](Self::set) adds one.
    pub struct Claims("the claims of a token") {
        required {}
        nullable {}
        optional {
            /// Who signs the token: the auth server's URL.
            iss: String = "iss",
            /// The user's id, a UUID.
            sub: String = "sub",
            /// Who the token is for.
            aud: Audience = "aud",
            /// When the token expires, in seconds since 1970.
            exp: UnixTime = "exp",
            /// When the token is issued, in seconds since 1970.
            iat: UnixTime = "iat",
            /// From when the token counts, in seconds since 1970.
            nbf: UnixTime = "nbf",
            /// The token's id.
            jti: String = "jti",
            /// The mail address; empty when there is none.
            email: String = "email",
            /// The telephone number; empty when there is none.
            phone: String = "phone",
            /// What the project knows about the user.
            app_metadata: RawJson = "app_metadata",
            /// What the user says about themselves.
            user_metadata: RawJson = "user_metadata",
            /// The database role that the token stands for.
            role: String = "role",
            /// How sure the server is of the user: `aal1`, `aal2` or `aal3`.
            aal: AssuranceLevel = "aal",
            /// How the user proved who they are, newest first.
            amr: Vec<MethodReference> = "amr",
            /// The session's id, a UUID.
            session_id: String = "session_id",
            /// Whether the user signed in without saying who they are.
            is_anonymous: bool = "is_anonymous",
            /// The OAuth client that the token is for.
            client_id: String = "client_id",
            /// What the OAuth client may do, separated by spaces.
            scope: String = "scope",
        }
    }
}

open_enum! {
    /// How sure the server is of a user, as an
    /// [authenticator assurance level](https://supabase.com/docs/guides/auth/auth-mfa).
    pub enum AssuranceLevel {
        /// One factor.
        Aal1 = "aal1",
        /// Two factors.
        Aal2 = "aal2",
        /// Two factors, one of them a piece of hardware.
        Aal3 = "aal3",
    }
}

open_enum! {
    /// [How a user proved](https://github.com/supabase/auth/blob/bc32168/internal/models/factor.go) who they are.
    pub enum AuthenticationMethod {
        /// Through an OAuth provider.
        OAuth = "oauth",
        /// With a password.
        Password = "password",
        /// With a code sent by mail or telephone.
        Otp = "otp",
        /// With a code that changes with the time.
        Totp = "totp",
        /// Through a recovery link.
        Recovery = "recovery",
        /// Through an invitation.
        Invite = "invite",
        /// Through SAML single sign-on.
        SsoSaml = "sso/saml",
        /// Through a link sent by mail.
        MagicLink = "magiclink",
        /// By confirming a new mail address on sign-up.
        EmailSignup = "email/signup",
        /// By confirming a changed mail address.
        EmailChange = "email_change",
        /// With a refresh token.
        TokenRefresh = "token_refresh",
        /// Not at all.
        Anonymous = "anonymous",
        /// With a code sent to a telephone, as the second factor.
        MfaPhone = "mfa/phone",
        /// With a `WebAuthn` authenticator, as the second factor.
        MfaWebAuthn = "mfa/webauthn",
        /// With a wallet's signature.
        Web3 = "web3",
        /// Through this server's own OAuth provider.
        OAuthProviderAuthorizationCode = "oauth_provider/authorization_code",
        /// With a passkey.
        Passkey = "passkey",
    }
}

open_object! {
    /// One proof of who a user is, in [`Claims::amr`] ([source](https://github.com/supabase/auth/blob/bc32168/internal/tokens/service.go)).
    pub struct MethodEntry("an entry of amr") {
        required {
            /// How.
            method: AuthenticationMethod = "method",
        }
        nullable {}
        optional {
            /// When, in seconds since 1970.
            timestamp: UnixTime = "timestamp",
            /// The single sign-on provider's id.
            provider: String = "provider",
        }
    }
}

/// One item of a token's [`amr`](Claims::amr): an entry, or just the method's name.
///
/// The server writes entries, and [takes](https://github.com/supabase/auth/blob/bc32168/internal/tokens/service.go) names from a hook as well.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum MethodReference {
    /// An entry with its time, as the server writes it.
    Entry(MethodEntry),
    /// A method's name alone, as RFC 8176 has it.
    Name(AuthenticationMethod),
}

/// Who a token is for: one name or several
/// ([RFC 7519](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.3) allows both).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Audience {
    /// One name, as a string.
    One(String),
    /// Names in an array, also when there is only one.
    Many(Vec<String>),
}

impl Audience {
    /// Whether the token is for `name`.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Many(many) => many.iter().any(|one| one == name),
        }
    }
}

impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(one) => one.serialize(serializer),
            Self::Many(many) => many.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> de::Visitor<'de> for Reader {
            type Value = Audience;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string or an array of strings")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Audience, E> {
                Ok(Audience::One(text.to_owned()))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Audience, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(Audience::Many)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl Serialize for MethodReference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Entry(entry) => entry.serialize(serializer),
            Self::Name(name) => name.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for MethodReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> de::Visitor<'de> for Reader {
            type Value = MethodReference;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an entry of amr (an object or a string)")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<MethodReference, E> {
                Ok(MethodReference::Name(text.into()))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<MethodReference, A::Error> {
                MethodEntry::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(MethodReference::Entry)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl Claims {
    /// The claims that the server [demands](https://github.com/supabase/auth/blob/bc32168/internal/tokens/service.go)
    /// of a custom access token hook's answer.
    pub const REQUIRED: &'static [&'static str] =
        &["aud", "exp", "iat", "sub", "email", "phone", "role", "aal", "session_id", "is_anonymous"];

    /// Sets the claim `name`, such as `user_role`; a claim that has a field is set there.
    ///
    /// # Errors
    ///
    /// [`ParseError`] when `value` cannot be written as JSON, or does not fit the field of that name. The claims
    /// are then as before.
    pub fn set<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), ParseError> {
        let mut changed = self.clone();
        changed.extra.insert(name, RawJson::of(value)?);
        // The new one is written last, and of repeated keys the last one counts.
        *self = RawJson::of(&changed)?.parse()?;
        Ok(())
    }

    /// The claims of [`REQUIRED`](Self::REQUIRED) that are not there.
    pub fn missing(&self) -> impl Iterator<Item = &'static str> {
        let present = [
            self.aud.is_some(),
            self.exp.is_some(),
            self.iat.is_some(),
            self.sub.is_some(),
            self.email.is_some(),
            self.phone.is_some(),
            self.role.is_some(),
            self.aal.is_some(),
            self.session_id.is_some(),
            self.is_anonymous.is_some(),
        ];
        Self::REQUIRED.iter().zip(present).filter(|(_, present)| !present).map(|(name, _)| *name)
    }
}
