use super::Verification;
use crate::{RawJson, UnixMillis};

open_object! {
    /// An account of a user at an OAuth provider.
    ///
    /// Google and Facebook accounts have an `object` of their own, and providers add members of theirs
    /// (`google_id`, `picture`, …): those are in [`extra`](Self::extra).
    ///
    /// Sources: [`ExternalAccountJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct ExternalAccount("an external account") {
        required {}
        nullable {}
        optional {
            /// The kind: `external_account`, `google_account` or `facebook_account`.
            object: String = "object",
            /// The account's id.
            id: String = "id",
            /// The account's own id (`eac_…`), where `id` is that of the identification (Google, Facebook).
            external_account_id: String = "external_account_id",
            /// The provider, such as `oauth_google`.
            provider: String = "provider",
            /// The id of the identification that the account belongs to (`idn_…`).
            identification_id: String = "identification_id",
            /// The user's id at the provider.
            provider_user_id: String = "provider_user_id",
            /// The scopes that the user granted, separated by spaces.
            approved_scopes: String = "approved_scopes",
            /// The email address at the provider.
            email_address: String = "email_address",
            /// Whether the provider has verified that address.
            email_address_verified: bool = "email_address_verified",
            /// The user's first name at the provider.
            first_name: String = "first_name",
            /// The user's last name at the provider.
            last_name: String = "last_name",
            /// The URL of the user's picture at the provider; deprecated by Clerk.
            avatar_url: String = "avatar_url",
            /// The URL of the user's picture.
            image_url: String = "image_url",
            /// The user's name at the provider.
            username: String = "username",
            /// The user's phone number at the provider.
            phone_number: String = "phone_number",
            /// Metadata that the frontend can read; raw.
            public_metadata: RawJson = "public_metadata",
            /// A label for the account.
            label: String = "label",
            /// When it was connected, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
            /// How it was verified.
            verification: Verification = "verification",
        }
    }
}

open_object! {
    /// An account of a user at a SAML identity provider.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct SamlAccount("a SAML account") {
        required {}
        nullable {}
        optional {
            /// Always `saml_account`.
            object: String = "object",
            /// The account's id.
            id: String = "id",
            /// The provider, such as `saml_okta`.
            provider: String = "provider",
            /// Whether the account can be used.
            active: bool = "active",
            /// The email address at the provider.
            email_address: String = "email_address",
            /// The user's first name at the provider.
            first_name: String = "first_name",
            /// The user's last name at the provider.
            last_name: String = "last_name",
            /// The user's id at the provider.
            provider_user_id: String = "provider_user_id",
            /// When the user last signed in with it, in milliseconds since the epoch.
            last_authenticated_at: UnixMillis = "last_authenticated_at",
            /// Metadata that the frontend can read; raw.
            public_metadata: RawJson = "public_metadata",
            /// How it was verified.
            verification: Verification = "verification",
            /// The connection it belongs to.
            saml_connection: SamlConnection = "saml_connection",
        }
    }
}

open_object! {
    /// The connection to a SAML identity provider.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct SamlConnection("a SAML connection") {
        required {}
        nullable {}
        optional {
            /// The connection's id.
            id: String = "id",
            /// The connection's name.
            name: String = "name",
            /// The email domain it is for.
            domain: String = "domain",
            /// The email domains it is for.
            domains: Vec<String> = "domains",
            /// Whether it can be used.
            active: bool = "active",
            /// The provider, such as `saml_okta`.
            provider: String = "provider",
            /// Whether the user's attributes are taken over at each sign-in.
            sync_user_attributes: bool = "sync_user_attributes",
            /// Whether it is for subdomains too.
            allow_subdomains: bool = "allow_subdomains",
            /// Whether the identity provider may start a sign-in.
            allow_idp_initiated: bool = "allow_idp_initiated",
            /// Whether its users may not add other ways to sign in.
            disable_additional_identifications: bool = "disable_additional_identifications",
            /// When it was made, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
    }
}

open_object! {
    /// An account of a user at an enterprise's identity provider.
    ///
    /// Sources: [`EnterpriseAccountJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct EnterpriseAccount("an enterprise account") {
        required {}
        nullable {}
        optional {
            /// Always `enterprise_account`.
            object: String = "object",
            /// The account's id.
            id: String = "id",
            /// The protocol.
            protocol: EnterpriseProtocol = "protocol",
            /// The provider, such as `saml_okta`.
            provider: String = "provider",
            /// Whether the account can be used.
            active: bool = "active",
            /// The email address at the provider.
            email_address: String = "email_address",
            /// The user's first name at the provider.
            first_name: String = "first_name",
            /// The user's last name at the provider.
            last_name: String = "last_name",
            /// The user's id at the provider.
            provider_user_id: String = "provider_user_id",
            /// The id of the connection it belongs to.
            enterprise_connection_id: String = "enterprise_connection_id",
            /// Metadata that the frontend can read; raw.
            public_metadata: RawJson = "public_metadata",
            /// How it was verified.
            verification: Verification = "verification",
            /// When the user last signed in with it, in milliseconds since the epoch.
            last_authenticated_at: UnixMillis = "last_authenticated_at",
            /// The connection it belongs to.
            enterprise_connection: EnterpriseConnection = "enterprise_connection",
        }
    }
}

open_object! {
    /// The connection to an enterprise's identity provider.
    ///
    /// Sources: [`EnterpriseAccountConnectionJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct EnterpriseConnection("an enterprise connection") {
        required {}
        nullable {}
        optional {
            /// The connection's id.
            id: String = "id",
            /// The protocol.
            protocol: EnterpriseProtocol = "protocol",
            /// The provider, such as `saml_okta`.
            provider: String = "provider",
            /// The connection's name.
            name: String = "name",
            /// The URL of the provider's logo.
            logo_public_url: String = "logo_public_url",
            /// The email domain it is for.
            domain: String = "domain",
            /// The email domains it is for.
            domains: Vec<String> = "domains",
            /// Whether it can be used.
            active: bool = "active",
            /// Whether the user's attributes are taken over at each sign-in.
            sync_user_attributes: bool = "sync_user_attributes",
            /// Whether it is for subdomains too.
            allow_subdomains: bool = "allow_subdomains",
            /// Whether the identity provider may start a sign-in.
            allow_idp_initiated: bool = "allow_idp_initiated",
            /// Whether its users may not add other ways to sign in.
            disable_additional_identifications: bool = "disable_additional_identifications",
            /// When it was made, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
    }
}

open_enum! {
    /// The protocol an enterprise account signs in with.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub enum EnterpriseProtocol {
        /// OAuth.
        Oauth = "oauth",
        /// SAML.
        Saml = "saml",
    }
}
