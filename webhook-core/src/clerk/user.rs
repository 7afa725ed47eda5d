use serde::{Deserialize, Serialize};

use super::{
    EmailAddress, EnterpriseAccount, ExternalAccount, OrganizationMembership, Passkey, PhoneNumber,
    SamlAccount, Web3Wallet, list,
};
use crate::{RawJson, UnixMillis};

/// A user.
///
/// Bodies differ in how much they tell: the sample in Clerk's documentation has half of the fields that the
/// specification requires.
///
/// Sources: [`UserJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// Always `user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The user's id (`user_…`).
    pub id: String,
    /// Your own id for the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The id of one of the [`email_addresses`](Self::email_addresses); see
    /// [`primary_email_address`](Self::primary_email_address).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_email_address_id: Option<String>,
    /// The id of one of the [`phone_numbers`](Self::phone_numbers).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_phone_number_id: Option<String>,
    /// The id of one of the [`web3_wallets`](Self::web3_wallets).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_web3_wallet_id: Option<String>,
    /// The name the user signs in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The first name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The language and region as a BCP 47 tag, such as `fr-FR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The time zone by its IANA name, such as `Europe/Paris`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The birthday; only in the sample of Clerk's documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
    /// The gender; only in the sample of Clerk's documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// The URL of the user's picture; deprecated by Clerk in favour of `image_url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_image_url: Option<String>,
    /// The URL of the user's picture, or of one that Clerk made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// Whether the user has uploaded a picture or an account brought one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_image: Option<bool>,
    /// Metadata that the frontend can read; raw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_metadata: Option<RawJson>,
    /// Metadata that only servers can read; raw. **Secret: keep it out of logs.**
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_metadata: Option<RawJson>,
    /// Metadata that the user can write: never base a permission on it; raw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsafe_metadata: Option<RawJson>,
    /// The email addresses; empty when Clerk sends none.
    #[serde(default, deserialize_with = "list")]
    pub email_addresses: Vec<EmailAddress>,
    /// The phone numbers; empty when Clerk sends none.
    #[serde(default, deserialize_with = "list")]
    pub phone_numbers: Vec<PhoneNumber>,
    /// The wallets; empty when Clerk sends none.
    #[serde(default, deserialize_with = "list")]
    pub web3_wallets: Vec<Web3Wallet>,
    /// The passkeys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passkeys: Option<Vec<Passkey>>,
    /// The accounts at OAuth providers; empty when Clerk sends none.
    #[serde(default, deserialize_with = "list")]
    pub external_accounts: Vec<ExternalAccount>,
    /// The accounts at SAML identity providers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saml_accounts: Option<Vec<SamlAccount>>,
    /// The accounts at enterprises' identity providers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise_accounts: Option<Vec<EnterpriseAccount>>,
    /// The organizations the user belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_memberships: Option<Vec<OrganizationMembership>>,
    /// Whether the user has a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_enabled: Option<bool>,
    /// Whether a second factor is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub two_factor_enabled: Option<bool>,
    /// Whether the user has an authenticator app as a second factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totp_enabled: Option<bool>,
    /// Whether the user has backup codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_code_enabled: Option<bool>,
    /// When a second factor was last switched on, in milliseconds since the epoch; kept when it is switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_enabled_at: Option<UnixMillis>,
    /// When the second factor was last switched off, in milliseconds since the epoch; kept when it is switched on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_disabled_at: Option<UnixMillis>,
    /// When the password was last changed, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_last_updated_at: Option<UnixMillis>,
    /// When the user last signed in, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sign_in_at: Option<UnixMillis>,
    /// The day the user was last active, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_active_at: Option<UnixMillis>,
    /// When the user accepted the legal terms, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_accepted_at: Option<UnixMillis>,
    /// Whether the user is banned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub banned: Option<bool>,
    /// Whether the user is locked out after failed attempts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locked: Option<bool>,
    /// Whether the directory has removed the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprovisioned: Option<bool>,
    /// Seconds until the lockout ends; none while `locked` means it does not end by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lockout_expires_in_seconds: Option<i64>,
    /// How many attempts to verify are left before the lockout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification_attempts_remaining: Option<i64>,
    /// Whether the user may delete the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_self_enabled: Option<bool>,
    /// Whether the user may create organizations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_organization_enabled: Option<bool>,
    /// How many organizations the user may create; 0 means any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_organizations_limit: Option<i64>,
    /// Whether Clerk's check of unknown clients is skipped for the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bypass_client_trust: Option<bool>,
    /// What the directory says about the user; only for users of a SCIM directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scim: Option<Scim>,
    /// When the user was created, in milliseconds since the epoch.
    pub created_at: UnixMillis,
    /// When the user was last changed, in milliseconds since the epoch.
    pub updated_at: UnixMillis,
}

impl User {
    /// The email address that `primary_email_address_id` points at.
    pub fn primary_email_address(&self) -> Option<&EmailAddress> {
        let id = self.primary_email_address_id.as_deref()?;
        self.email_addresses.iter().find(|address| address.id.as_deref() == Some(id))
    }

    /// The phone number that `primary_phone_number_id` points at.
    pub fn primary_phone_number(&self) -> Option<&PhoneNumber> {
        let id = self.primary_phone_number_id.as_deref()?;
        self.phone_numbers.iter().find(|number| number.id.as_deref() == Some(id))
    }

    /// The wallet that `primary_web3_wallet_id` points at.
    pub fn primary_web3_wallet(&self) -> Option<&Web3Wallet> {
        let id = self.primary_web3_wallet_id.as_deref()?;
        self.web3_wallets.iter().find(|wallet| wallet.id.as_deref() == Some(id))
    }
}

/// What a SCIM directory says about a user.
///
/// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Scim {
    /// The directory's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory_id: Option<String>,
    /// Whether the directory is in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory_enabled: Option<bool>,
    /// The directory's id for the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}
