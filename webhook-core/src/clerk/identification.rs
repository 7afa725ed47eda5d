use serde::{Deserialize, Serialize};

use super::{Verification, list};
use crate::UnixMillis;

/// An email address of a user.
///
/// Sources: [`EmailAddressJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EmailAddress {
    /// Always `email_address`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The address's id (`idn_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The address.
    pub email_address: String,
    /// Whether Clerk holds it in reserve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved: Option<bool>,
    /// How it was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// The accounts through which the user got it.
    #[serde(default, deserialize_with = "list")]
    pub linked_to: Vec<LinkedIdentification>,
    /// Whether it matches an enterprise's single sign-on connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches_sso_connection: Option<bool>,
    /// When it was added, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<UnixMillis>,
    /// When it was last changed, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<UnixMillis>,
}

/// A phone number of a user.
///
/// Sources: [`PhoneNumberJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PhoneNumber {
    /// Always `phone_number`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The number's id (`idn_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The number in E.164 form, such as `+33612345678`.
    pub phone_number: String,
    /// Whether it is used as a second factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved_for_second_factor: Option<bool>,
    /// Whether it is the second factor that is asked for first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_second_factor: Option<bool>,
    /// Whether Clerk holds it in reserve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved: Option<bool>,
    /// How it was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// The accounts through which the user got it.
    #[serde(default, deserialize_with = "list")]
    pub linked_to: Vec<LinkedIdentification>,
    /// Codes that replace the second factor once each. **Secret: keep them out of logs.**
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_codes: Option<Vec<String>>,
    /// When it was added, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<UnixMillis>,
    /// When it was last changed, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<UnixMillis>,
}

/// A cryptocurrency wallet of a user.
///
/// Sources: [`Web3WalletJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Web3Wallet {
    /// Always `web3_wallet`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The wallet's id (`idn_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The wallet's address.
    pub web3_wallet: String,
    /// How it was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// When it was added, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<UnixMillis>,
    /// When it was last changed, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<UnixMillis>,
}

/// A passkey of a user.
///
/// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Passkey {
    /// Always `passkey`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The passkey's id (`idn_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name the user knows it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was last used, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<UnixMillis>,
    /// How it was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
}

/// The account through which a user got an email address or a phone number.
///
/// Sources: [`IdentificationLinkJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkedIdentification {
    /// The kind of object; Clerk's samples leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The account's id (`idn_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The account's kind, such as `oauth_google`.
    #[serde(rename = "type")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}
