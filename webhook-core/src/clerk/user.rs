use super::{
    EmailAddress, EnterpriseAccount, ExternalAccount, OrganizationMembership, Passkey, PhoneNumber,
    SamlAccount, Web3Wallet,
};
use crate::{RawJson, UnixMillis};

open_object! {
    /// A user.
    ///
    /// Bodies differ in how much they tell: the sample in Clerk's documentation has half of the fields that the
    /// specification requires.
    ///
    /// Sources: [`UserJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct User("a user") {
        required {
            /// The user's id (`user_…`).
            id: String = "id",
            /// When the user was created, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When the user was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
        nullable {}
        optional {
            /// Always `user`.
            object: String = "object",
            /// Your own id for the user.
            external_id: String = "external_id",
            /// The id of one of the [`email_addresses`](Self::email_addresses); see
            /// [`primary_email_address`](Self::primary_email_address).
            primary_email_address_id: String = "primary_email_address_id",
            /// The id of one of the [`phone_numbers`](Self::phone_numbers).
            primary_phone_number_id: String = "primary_phone_number_id",
            /// The id of one of the [`web3_wallets`](Self::web3_wallets).
            primary_web3_wallet_id: String = "primary_web3_wallet_id",
            /// The name the user signs in with.
            username: String = "username",
            /// The first name.
            first_name: String = "first_name",
            /// The last name.
            last_name: String = "last_name",
            /// The language and region as a BCP 47 tag, such as `fr-FR`.
            locale: String = "locale",
            /// The time zone by its IANA name, such as `Europe/Paris`.
            timezone: String = "timezone",
            /// The URL of the user's picture; deprecated by Clerk in favour of `image_url`.
            profile_image_url: String = "profile_image_url",
            /// The URL of the user's picture, or of one that Clerk made.
            image_url: String = "image_url",
            /// Whether the user has uploaded a picture or an account brought one.
            has_image: bool = "has_image",
            /// Metadata that the frontend can read; raw.
            public_metadata: RawJson = "public_metadata",
            /// Metadata that only servers can read; raw. **Secret: keep it out of logs.**
            private_metadata: RawJson = "private_metadata",
            /// Metadata that the user can write: never base a permission on it; raw.
            unsafe_metadata: RawJson = "unsafe_metadata",
            /// The passkeys.
            passkeys: Vec<Passkey> = "passkeys",
            /// The accounts at SAML identity providers.
            saml_accounts: Vec<SamlAccount> = "saml_accounts",
            /// The accounts at enterprises' identity providers.
            enterprise_accounts: Vec<EnterpriseAccount> = "enterprise_accounts",
            /// The organizations the user belongs to.
            organization_memberships: Vec<OrganizationMembership> = "organization_memberships",
            /// Whether the user has a password.
            password_enabled: bool = "password_enabled",
            /// Whether a second factor is asked for.
            two_factor_enabled: bool = "two_factor_enabled",
            /// Whether the user has an authenticator app as a second factor.
            totp_enabled: bool = "totp_enabled",
            /// Whether the user has backup codes.
            backup_code_enabled: bool = "backup_code_enabled",
            /// When a second factor was last switched on, in milliseconds since the epoch; kept when it is switched off.
            mfa_enabled_at: UnixMillis = "mfa_enabled_at",
            /// When the second factor was last switched off, in milliseconds since the epoch; kept when it is switched on.
            mfa_disabled_at: UnixMillis = "mfa_disabled_at",
            /// When the password was last changed, in milliseconds since the epoch.
            password_last_updated_at: UnixMillis = "password_last_updated_at",
            /// When the user last signed in, in milliseconds since the epoch.
            last_sign_in_at: UnixMillis = "last_sign_in_at",
            /// The day the user was last active, in milliseconds since the epoch.
            last_active_at: UnixMillis = "last_active_at",
            /// When the user accepted the legal terms, in milliseconds since the epoch.
            legal_accepted_at: UnixMillis = "legal_accepted_at",
            /// Whether the user is banned.
            banned: bool = "banned",
            /// Whether the user is locked out after failed attempts.
            locked: bool = "locked",
            /// Whether the directory has removed the user.
            deprovisioned: bool = "deprovisioned",
            /// Seconds until the lockout ends; none while `locked` means it does not end by itself.
            lockout_expires_in_seconds: i64 = "lockout_expires_in_seconds",
            /// How many attempts to verify are left before the lockout.
            verification_attempts_remaining: i64 = "verification_attempts_remaining",
            /// Whether the user may delete the account.
            delete_self_enabled: bool = "delete_self_enabled",
            /// Whether the user may create organizations.
            create_organization_enabled: bool = "create_organization_enabled",
            /// How many organizations the user may create; 0 means any number.
            create_organizations_limit: i64 = "create_organizations_limit",
            /// Whether Clerk's check of unknown clients is skipped for the user.
            bypass_client_trust: bool = "bypass_client_trust",
            /// What the directory says about the user; only for users of a SCIM directory.
            scim: Scim = "scim",
        }
        lists {
            /// The email addresses; empty when Clerk sends none.
            email_addresses: EmailAddress = "email_addresses",
            /// The phone numbers; empty when Clerk sends none.
            phone_numbers: PhoneNumber = "phone_numbers",
            /// The wallets; empty when Clerk sends none.
            web3_wallets: Web3Wallet = "web3_wallets",
            /// The accounts at OAuth providers; empty when Clerk sends none.
            external_accounts: ExternalAccount = "external_accounts",
        }
    }
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

open_object! {
    /// What a SCIM directory says about a user.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Scim("a SCIM record") {
        required {}
        nullable {}
        optional {
            /// The directory's id.
            directory_id: String = "directory_id",
            /// Whether the directory is in use.
            directory_enabled: bool = "directory_enabled",
            /// The directory's id for the user.
            external_id: String = "external_id",
        }
    }
}
