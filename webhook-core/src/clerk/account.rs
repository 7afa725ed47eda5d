use serde::{Deserialize, Serialize};

use super::Verification;
use crate::{RawJson, UnixMillis};

open_struct! {
    /// An account of a user at an OAuth provider.
    ///
    /// Google and Facebook accounts have an `object` of their own, and providers add members of theirs
    /// (`google_id`, `picture`, …): those are in [`extra`](Self::extra).
    ///
    /// Sources: [`ExternalAccountJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct ExternalAccount {
        /// The kind: `external_account`, `google_account` or `facebook_account`.
        object: String,
        /// The account's id.
        id: String,
        /// The account's own id (`eac_…`), where `id` is that of the identification (Google, Facebook).
        external_account_id: String,
        /// The provider, such as `oauth_google`.
        provider: String,
        /// The id of the identification that the account belongs to (`idn_…`).
        identification_id: String,
        /// The user's id at the provider.
        provider_user_id: String,
        /// The scopes that the user granted, separated by spaces.
        approved_scopes: String,
        /// The email address at the provider.
        email_address: String,
        /// Whether the provider has verified that address.
        email_address_verified: bool,
        /// The user's first name at the provider.
        first_name: String,
        /// The user's last name at the provider.
        last_name: String,
        /// The URL of the user's picture at the provider; deprecated by Clerk.
        avatar_url: String,
        /// The URL of the user's picture.
        image_url: String,
        /// The user's name at the provider.
        username: String,
        /// The user's phone number at the provider.
        phone_number: String,
        /// Metadata that the frontend can read; raw.
        public_metadata: RawJson,
        /// A label for the account.
        label: String,
        /// When it was connected, in milliseconds since the epoch.
        created_at: UnixMillis,
        /// When it was last changed, in milliseconds since the epoch.
        updated_at: UnixMillis,
        /// How it was verified.
        verification: Verification,
    }
}

/// An account of a user at a SAML identity provider.
///
/// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SamlAccount {
    /// Always `saml_account`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The account's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The provider, such as `saml_okta`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Whether the account can be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// The email address at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// The user's first name at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The user's last name at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The user's id at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_user_id: Option<String>,
    /// When the user last signed in with it, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_authenticated_at: Option<UnixMillis>,
    /// Metadata that the frontend can read; raw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_metadata: Option<RawJson>,
    /// How it was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// The connection it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saml_connection: Option<SamlConnection>,
}

/// The connection to a SAML identity provider.
///
/// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SamlConnection {
    /// The kind of object; Clerk's specification leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The connection's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The connection's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The email domain it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The email domains it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domains: Option<Vec<String>>,
    /// Whether it can be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// The provider, such as `saml_okta`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Whether the user's attributes are taken over at each sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_user_attributes: Option<bool>,
    /// Whether it is for subdomains too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_subdomains: Option<bool>,
    /// Whether the identity provider may start a sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_idp_initiated: Option<bool>,
    /// Whether its users may not add other ways to sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_additional_identifications: Option<bool>,
    /// When it was made, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<UnixMillis>,
    /// When it was last changed, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<UnixMillis>,
}

/// An account of a user at an enterprise's identity provider.
///
/// Sources: [`EnterpriseAccountJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EnterpriseAccount {
    /// Always `enterprise_account`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The account's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<EnterpriseProtocol>,
    /// The provider, such as `saml_okta`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Whether the account can be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// The email address at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// The user's first name at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The user's last name at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The user's id at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_user_id: Option<String>,
    /// The id of the connection it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise_connection_id: Option<String>,
    /// Metadata that the frontend can read; raw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_metadata: Option<RawJson>,
    /// How it was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// When the user last signed in with it, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_authenticated_at: Option<UnixMillis>,
    /// The connection it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise_connection: Option<EnterpriseConnection>,
}

/// The connection to an enterprise's identity provider.
///
/// Sources: [`EnterpriseAccountConnectionJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EnterpriseConnection {
    /// The kind of object; Clerk's specification leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The connection's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<EnterpriseProtocol>,
    /// The provider, such as `saml_okta`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The connection's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The URL of the provider's logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_public_url: Option<String>,
    /// The email domain it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The email domains it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domains: Option<Vec<String>>,
    /// Whether it can be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// Whether the user's attributes are taken over at each sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_user_attributes: Option<bool>,
    /// Whether it is for subdomains too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_subdomains: Option<bool>,
    /// Whether the identity provider may start a sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_idp_initiated: Option<bool>,
    /// Whether its users may not add other ways to sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_additional_identifications: Option<bool>,
    /// When it was made, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<UnixMillis>,
    /// When it was last changed, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<UnixMillis>,
}

open_enum! {
    /// The protocol an enterprise account signs in with.
    pub enum EnterpriseProtocol {
        /// OAuth.
        Oauth = "oauth",
        /// SAML.
        Saml = "saml",
    }
}
