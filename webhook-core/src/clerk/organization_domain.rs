use serde::{Deserialize, Serialize};

use super::{PublicOrganizationData, VerificationStatus};
use crate::UnixMillis;

/// An email domain of an organization.
///
/// Sources: [`OrganizationDomainJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrganizationDomain {
    /// Always `organization_domain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The domain's id (`orgdmn_…`).
    pub id: String,
    /// The organization's id (`org_…`).
    pub organization_id: String,
    /// The domain, such as `example.com`.
    pub name: String,
    /// How users with an address in the domain join the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enrollment_mode: Option<EnrollmentMode>,
    /// The address that was used to show that the organization uses the domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affiliation_email_address: Option<String>,
    /// The same as `affiliation_verification`; deprecated by Clerk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<OrganizationDomainVerification>,
    /// How the organization showed that it uses the domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affiliation_verification: Option<OrganizationDomainVerification>,
    /// How the organization showed that it owns the domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ownership_verification: Option<OrganizationDomainVerification>,
    /// How many invitations to users of the domain are pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_pending_invitations: Option<i64>,
    /// How many suggestions to users of the domain are pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_pending_suggestions: Option<i64>,
    /// The organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_organization_data: Option<PublicOrganizationData>,
    /// When it was added, in milliseconds since the epoch.
    pub created_at: UnixMillis,
    /// When it was last changed, in milliseconds since the epoch.
    pub updated_at: UnixMillis,
}

/// How an organization's domain was verified.
///
/// Sources: [`OrganizationDomainVerificationJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrganizationDomainVerification {
    /// The result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<VerificationStatus>,
    /// How it was done, such as `affiliation_email_code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// How many attempts were made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<i64>,
    /// When it expires or expired, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_at: Option<UnixMillis>,
    /// The same under the name that Clerk's SDK gives it, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixMillis>,
    /// When it was done, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<UnixMillis>,
}

open_enum! {
    /// How users with an address in an organization's domain join the organization.
    pub enum EnrollmentMode {
        /// Somebody invites them.
        ManualInvitation = "manual_invitation",
        /// They are invited when they sign up.
        AutomaticInvitation = "automatic_invitation",
        /// It is suggested to them that they ask to join.
        AutomaticSuggestion = "automatic_suggestion",
        /// They join through the enterprise's single sign-on.
        EnterpriseSso = "enterprise_sso",
    }
}
