use serde::{Deserialize, Serialize};

use super::PublicOrganizationData;
use crate::{RawJson, UnixMillis};

/// An invitation to join an organization.
///
/// Sources: [`OrganizationInvitationJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrganizationInvitation {
    /// Always `organization_invitation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The invitation's id (`orginv_…`).
    pub id: String,
    /// The address it was sent to.
    pub email_address: String,
    /// The key of the role it gives, such as `org:member`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The name of the role it gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_name: Option<String>,
    /// The organization's id (`org_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// The id of the user who sent it (`user_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inviter_id: Option<String>,
    /// The user who sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_inviter_data: Option<PublicInviterData>,
    /// The organization, where Clerk's SDK has it; see [`organization`](Self::organization).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_organization_data: Option<PublicOrganizationData>,
    /// The organization, where Clerk's specification has it; see [`organization`](Self::organization).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<OrganizationInvitationData>,
    /// The invitation's state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<InvitationStatus>,
    /// Metadata that the frontend can read; raw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_metadata: Option<RawJson>,
    /// Metadata that only servers can read; raw. **Secret: keep it out of logs.**
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_metadata: Option<RawJson>,
    /// The link that accepts it. **Secret while it is pending: keep it out of logs.**
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it expires, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixMillis>,
    /// When it was made, in milliseconds since the epoch.
    pub created_at: UnixMillis,
    /// When it was last changed, in milliseconds since the epoch.
    pub updated_at: UnixMillis,
    /// The id of the user who accepted it (`user_…`); only in `organizationInvitation.accepted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}

impl OrganizationInvitation {
    /// The organization, wherever the body has it.
    pub fn organization(&self) -> Option<&PublicOrganizationData> {
        let inner = self.data.as_ref().and_then(|data| data.public_organization_data.as_ref());
        self.public_organization_data.as_ref().or(inner)
    }
}

open_struct! {
    /// The object inside an organization invitation that Clerk's specification puts the organization in.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct OrganizationInvitationData {
        /// The organization.
        public_organization_data: PublicOrganizationData,
    }
}

/// What everybody may know about the user who sent an invitation.
///
/// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublicInviterData {
    /// The user's id (`user_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The first name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The URL of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// Whether the user has a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_image: Option<bool>,
    /// The email address, phone number or name the user is known by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
}

open_enum! {
    /// The state of an invitation.
    pub enum InvitationStatus {
        /// Not answered yet.
        Pending = "pending",
        /// Accepted.
        Accepted = "accepted",
        /// Taken back.
        Revoked = "revoked",
        /// Not answered in time.
        Expired = "expired",
    }
}
