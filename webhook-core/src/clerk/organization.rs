use serde::{Deserialize, Serialize};

use crate::{RawJson, UnixMillis};

/// An organization.
///
/// Sources: [`OrganizationJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Organization {
    /// Always `organization`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The organization's id (`org_…`).
    pub id: String,
    /// The organization's name.
    pub name: String,
    /// The name that stands in URLs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The URL of the logo, or of one that Clerk made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// The URL of the logo in older bodies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// Whether the organization has uploaded a logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_image: Option<bool>,
    /// How many members it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members_count: Option<i64>,
    /// Whether none of its members has the permissions to manage it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_member_with_elevated_permissions: Option<bool>,
    /// How many invitations are pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_invitations_count: Option<i64>,
    /// How many members it may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_allowed_memberships: Option<i64>,
    /// Whether its administrators may delete it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_delete_enabled: Option<bool>,
    /// Metadata that the frontend can read; raw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_metadata: Option<RawJson>,
    /// Metadata that only servers can read; raw. **Secret: keep it out of logs.**
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_metadata: Option<RawJson>,
    /// The id of the user who created it (`user_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// When it was created, in milliseconds since the epoch.
    pub created_at: UnixMillis,
    /// When it was last changed, in milliseconds since the epoch.
    pub updated_at: UnixMillis,
    /// When a member was last active, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_active_at: Option<UnixMillis>,
    /// The key of its set of roles, such as `role_set:default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_set_key: Option<String>,
}

/// What everybody may know about an organization.
///
/// Sources: [`PublicOrganizationDataJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublicOrganizationData {
    /// The kind of object; Clerk's specification leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The organization's id (`org_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The organization's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name that stands in URLs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The URL of the logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// Whether the organization has uploaded a logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_image: Option<bool>,
}
