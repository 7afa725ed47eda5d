use serde::{Deserialize, Serialize};

use crate::{RawJson, UnixMillis};

/// How an email address, a phone number, a wallet or an account was verified, and with what result.
///
/// Clerk has one kind for each way ([`object`](Self::object)); this is the union of their members.
///
/// Sources: [`VerificationJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Verification {
    /// The kind, such as `verification_otp`, `verification_from_oauth` or `verification_passkey`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The verification's id; only Clerk's SDK names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The result.
    pub status: VerificationStatus,
    /// How it was done: `phone_code`, `email_code`, `ticket`, `saml`, `passkey`, `oauth_…`, `web3_…_signature`
    /// and more.
    pub strategy: String,
    /// How many attempts were made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<i64>,
    /// When it expires or expired, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_at: Option<UnixMillis>,
    /// The id of the client that completed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_at_client: Option<String>,
    /// The channel a code was sent over, such as `sms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<VerificationError>,
    /// Where the user goes to complete it with an outside provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_verification_redirect_url: Option<String>,
    /// The nonce that is to be signed by a wallet or passkey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The text that is to be signed by a wallet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Why a verification failed.
///
/// Sources: [`VerificationJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VerificationError {
    /// What went wrong, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What went wrong, in a sentence for the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub long_message: Option<String>,
    /// What went wrong, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Further facts, depending on the code; raw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<RawJson>,
}

open_enum! {
    /// The result of a [`Verification`] or of an organization domain's verification.
    pub enum VerificationStatus {
        /// Not done yet.
        Unverified = "unverified",
        /// Done.
        Verified = "verified",
        /// Tried in vain.
        Failed = "failed",
        /// Not done in time.
        Expired = "expired",
        /// It can be transferred to an existing user.
        Transferable = "transferable",
    }
}
