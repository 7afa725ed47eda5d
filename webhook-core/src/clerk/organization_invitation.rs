use super::PublicOrganizationData;
use crate::{RawJson, UnixMillis};

open_object! {
    /// An invitation to join an organization.
    ///
    /// Sources: [`OrganizationInvitationJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct OrganizationInvitation("an organization invitation") {
        required {
            /// The invitation's id (`orginv_…`).
            id: String = "id",
            /// The address it was sent to.
            email_address: String = "email_address",
            /// When it was made, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
        nullable {}
        optional {
            /// Always `organization_invitation`.
            object: String = "object",
            /// The key of the role it gives, such as `org:member`.
            role: String = "role",
            /// The name of the role it gives.
            role_name: String = "role_name",
            /// The organization's id (`org_…`).
            organization_id: String = "organization_id",
            /// The id of the user who sent it (`user_…`).
            inviter_id: String = "inviter_id",
            /// The user who sent it.
            public_inviter_data: PublicInviterData = "public_inviter_data",
            /// The organization, where Clerk's SDK has it; see [`organization`](Self::organization).
            public_organization_data: PublicOrganizationData = "public_organization_data",
            /// The organization, where Clerk's specification has it; see [`organization`](Self::organization).
            data: OrganizationInvitationData = "data",
            /// The invitation's state.
            status: InvitationStatus = "status",
            /// Metadata that the frontend can read; raw.
            public_metadata: RawJson = "public_metadata",
            /// Metadata that only servers can read; raw. **Secret: keep it out of logs.**
            private_metadata: RawJson = "private_metadata",
            /// The link that accepts it. **Secret while it is pending: keep it out of logs.**
            url: String = "url",
            /// When it expires, in milliseconds since the epoch.
            expires_at: UnixMillis = "expires_at",
            /// The id of the user who accepted it (`user_…`); only in `organizationInvitation.accepted`.
            user_id: String = "user_id",
        }
    }
}

impl OrganizationInvitation {
    /// The organization, wherever the body has it.
    pub fn organization(&self) -> Option<&PublicOrganizationData> {
        let inner = self.data.as_ref().and_then(|data| data.public_organization_data.as_ref());
        self.public_organization_data.as_ref().or(inner)
    }
}

open_object! {
    /// The object inside an organization invitation that Clerk's specification puts the organization in.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct OrganizationInvitationData("the inner data of an organization invitation") {
        required {}
        nullable {}
        optional {
            /// The organization.
            public_organization_data: PublicOrganizationData = "public_organization_data",
        }
    }
}

open_object! {
    /// What everybody may know about the user who sent an invitation.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct PublicInviterData("the public data of an inviter") {
        required {}
        nullable {}
        optional {
            /// The user's id (`user_…`).
            user_id: String = "user_id",
            /// The first name.
            first_name: String = "first_name",
            /// The last name.
            last_name: String = "last_name",
            /// The URL of the picture.
            image_url: String = "image_url",
            /// Whether the user has a picture.
            has_image: bool = "has_image",
            /// The email address, phone number or name the user is known by.
            identifier: String = "identifier",
        }
    }
}

open_enum! {
    /// The state of an invitation.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
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
