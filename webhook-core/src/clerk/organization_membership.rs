use serde::{Deserialize, Serialize};

use super::Organization;
use crate::{RawJson, UnixMillis};

/// A user's membership in an organization. Also the data of `organizationMembership.deleted`, in full.
///
/// Sources: [`OrganizationMembershipJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrganizationMembership {
    /// Always `organization_membership`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The membership's id (`orgmem_…`).
    pub id: String,
    /// The key of the member's role, such as `org:admin`.
    pub role: String,
    /// The name of the member's role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_name: Option<String>,
    /// The keys of the role's permissions, such as `org:invoices:read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// Metadata that the frontend can read; raw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_metadata: Option<RawJson>,
    /// Metadata that only servers can read; raw. **Secret: keep it out of logs.**
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_metadata: Option<RawJson>,
    /// The organization.
    pub organization: Organization,
    /// The member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_user_data: Option<PublicUserData>,
    /// When the user joined, in milliseconds since the epoch.
    pub created_at: UnixMillis,
    /// When the membership was last changed, in milliseconds since the epoch.
    pub updated_at: UnixMillis,
}

/// What the other members may know about a member of an organization.
///
/// Sources: [`OrganizationMembershipPublicUserDataJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublicUserData {
    /// The user's id (`user_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The first name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The URL of the picture; deprecated by Clerk in favour of `image_url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_image_url: Option<String>,
    /// The URL of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// Whether the user has a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_image: Option<bool>,
    /// The email address, phone number or name the user is known by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// The name the user signs in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Whether the user is banned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub banned: Option<bool>,
    /// Whether the directory has removed the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprovisioned: Option<bool>,
}
