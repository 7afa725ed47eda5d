use crate::{RawJson, Timestamp};

open_object! {
    /// A user of a Supabase project, as the [auth server](https://github.com/supabase/auth/blob/bc32168/internal/models/user.go) writes it.
    pub struct User("a user") {
        required {
            /// The user's id, a UUID.
            id: String = "id",
        }
        nullable {}
        optional {
            /// Who the user's tokens are for, usually `authenticated`.
            aud: String = "aud",
            /// The user's role; empty before the user is stored.
            role: String = "role",
            /// The mail address; empty when there is none.
            email: String = "email",
            /// The telephone number without a plus sign; empty when there is none.
            phone: String = "phone",
            /// When the mail address was confirmed.
            email_confirmed_at: Timestamp = "email_confirmed_at",
            /// When the user was invited.
            invited_at: Timestamp = "invited_at",
            /// When the telephone number was confirmed.
            phone_confirmed_at: Timestamp = "phone_confirmed_at",
            /// When the confirmation was last sent.
            confirmation_sent_at: Timestamp = "confirmation_sent_at",
            /// When the user was first confirmed by mail or telephone.
            confirmed_at: Timestamp = "confirmed_at",
            /// When a recovery was last sent.
            recovery_sent_at: Timestamp = "recovery_sent_at",
            /// The mail address that the user wants instead.
            new_email: String = "new_email",
            /// When the change of the mail address was last sent.
            email_change_sent_at: Timestamp = "email_change_sent_at",
            /// The telephone number that the user wants instead.
            new_phone: String = "new_phone",
            /// When the change of the telephone number was last sent.
            phone_change_sent_at: Timestamp = "phone_change_sent_at",
            /// When a reauthentication was last sent.
            reauthentication_sent_at: Timestamp = "reauthentication_sent_at",
            /// When the user last signed in.
            last_sign_in_at: Timestamp = "last_sign_in_at",
            /// What the project knows about the user; only the server can write it.
            app_metadata: RawJson = "app_metadata",
            /// What the user says about themselves; the user can write it.
            user_metadata: RawJson = "user_metadata",
            /// The second factors.
            factors: Vec<Factor> = "factors",
            /// The accounts that the user signs in with.
            identities: Vec<Identity> = "identities",
            /// When the user was stored; `0001-01-01T00:00:00Z` before that.
            created_at: Timestamp = "created_at",
            /// When the user was last changed; `0001-01-01T00:00:00Z` before the user is stored.
            updated_at: Timestamp = "updated_at",
            /// Until when the user is banned.
            banned_until: Timestamp = "banned_until",
            /// When the user was removed.
            deleted_at: Timestamp = "deleted_at",
            /// Whether the user signed in without saying who they are.
            is_anonymous: bool = "is_anonymous",
        }
    }
}

open_object! {
    /// A [second factor](https://github.com/supabase/auth/blob/bc32168/internal/models/factor.go) of a [`User`].
    pub struct Factor("a factor") {
        required {
            /// The factor's id, a UUID.
            id: String = "id",
        }
        nullable {}
        optional {
            /// When the factor was added.
            created_at: Timestamp = "created_at",
            /// When the factor was last changed.
            updated_at: Timestamp = "updated_at",
            /// Whether the user has proved to have it.
            status: FactorStatus = "status",
            /// What the user calls it.
            friendly_name: String = "friendly_name",
            /// What kind of factor it is.
            factor_type: FactorType = "factor_type",
            /// The telephone number of a `phone` factor; empty otherwise.
            phone: String = "phone",
            /// When it was last asked for.
            last_challenged_at: Timestamp = "last_challenged_at",
            /// The model of a `WebAuthn` authenticator, a UUID.
            web_authn_aaguid: String = "web_authn_aaguid",
            /// The last `WebAuthn` challenge.
            last_webauthn_challenge_data: RawJson = "last_webauthn_challenge_data",
        }
    }
}

open_enum! {
    /// Whether a user has [proved](https://github.com/supabase/auth/blob/bc32168/internal/models/factor.go) to have a [`Factor`].
    pub enum FactorStatus {
        /// Proved.
        Verified = "verified",
        /// Not proved yet.
        Unverified = "unverified",
    }
}

open_enum! {
    /// What [kind](https://github.com/supabase/auth/blob/bc32168/internal/models/factor.go) of [`Factor`] it is.
    pub enum FactorType {
        /// A code that changes with the time.
        Totp = "totp",
        /// A code sent to a telephone.
        Phone = "phone",
        /// A `WebAuthn` authenticator.
        WebAuthn = "webauthn",
    }
}

open_object! {
    /// An [account](https://github.com/supabase/auth/blob/bc32168/internal/models/user.go) that a [`User`] signs in with.
    pub struct Identity("an identity") {
        required {
            /// The provider's id of the user.
            id: String = "id",
        }
        nullable {}
        optional {
            /// The id of this record, a UUID.
            identity_id: String = "identity_id",
            /// The id of the [`User`], a UUID.
            user_id: String = "user_id",
            /// What the provider says about the user.
            identity_data: RawJson = "identity_data",
            /// The provider's name, such as `email` or `github`.
            provider: String = "provider",
            /// When the user last signed in with it.
            last_sign_in_at: Timestamp = "last_sign_in_at",
            /// When it was added.
            created_at: Timestamp = "created_at",
            /// When it was last changed.
            updated_at: Timestamp = "updated_at",
            /// The mail address that the provider knows.
            email: String = "email",
        }
    }
}
