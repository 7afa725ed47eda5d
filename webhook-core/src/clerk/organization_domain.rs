use super::{PublicOrganizationData, VerificationStatus};
use crate::UnixMillis;

open_object! {
    /// An email domain of an organization.
    ///
    /// Sources: [`OrganizationDomainJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct OrganizationDomain("an organization domain") {
        required {
            /// The domain's id (`orgdmn_…`).
            id: String = "id",
            /// The organization's id (`org_…`).
            organization_id: String = "organization_id",
            /// The domain, such as `example.com`.
            name: String = "name",
            /// When it was added, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
        nullable {}
        optional {
            /// Always `organization_domain`.
            object: String = "object",
            /// How users with an address in the domain join the organization.
            enrollment_mode: EnrollmentMode = "enrollment_mode",
            /// The address that was used to show that the organization uses the domain.
            affiliation_email_address: String = "affiliation_email_address",
            /// The same as `affiliation_verification`; deprecated by Clerk.
            verification: OrganizationDomainVerification = "verification",
            /// How the organization showed that it uses the domain.
            affiliation_verification: OrganizationDomainVerification = "affiliation_verification",
            /// How the organization showed that it owns the domain.
            ownership_verification: OrganizationDomainVerification = "ownership_verification",
            /// How many invitations to users of the domain are pending.
            total_pending_invitations: i64 = "total_pending_invitations",
            /// How many suggestions to users of the domain are pending.
            total_pending_suggestions: i64 = "total_pending_suggestions",
            /// The organization.
            public_organization_data: PublicOrganizationData = "public_organization_data",
        }
    }
}

open_object! {
    /// How an organization's domain was verified.
    ///
    /// Sources: [`OrganizationDomainVerificationJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct OrganizationDomainVerification("an organization domain verification") {
        required {}
        nullable {}
        optional {
            /// The result.
            status: VerificationStatus = "status",
            /// How it was done, such as `affiliation_email_code`.
            strategy: String = "strategy",
            /// How many attempts were made.
            attempts: i64 = "attempts",
            /// When it expires or expired, in milliseconds since the epoch.
            expire_at: UnixMillis = "expire_at",
            /// The same under the name that Clerk's SDK gives it, in milliseconds since the epoch.
            expires_at: UnixMillis = "expires_at",
            /// When it was done, in milliseconds since the epoch.
            verified_at: UnixMillis = "verified_at",
        }
    }
}

open_enum! {
    /// How users with an address in an organization's domain join the organization.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
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
