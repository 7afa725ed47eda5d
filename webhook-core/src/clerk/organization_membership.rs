use super::Organization;
use crate::{RawJson, UnixMillis};

open_object! {
    /// A user's membership in an organization. Also the data of `organizationMembership.deleted`, in full.
    ///
    /// Sources: [`OrganizationMembershipJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct OrganizationMembership("an organization membership") {
        required {
            /// The membership's id (`orgmem_…`).
            id: String = "id",
            /// The key of the member's role, such as `org:admin`.
            role: String = "role",
            /// The organization.
            organization: Organization = "organization",
            /// When the user joined, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When the membership was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
        nullable {}
        optional {
            /// Always `organization_membership`.
            object: String = "object",
            /// The name of the member's role.
            role_name: String = "role_name",
            /// The keys of the role's permissions, such as `org:invoices:read`.
            permissions: Vec<String> = "permissions",
            /// Metadata that the frontend can read; raw.
            public_metadata: RawJson = "public_metadata",
            /// Metadata that only servers can read; raw. **Secret: keep it out of logs.**
            private_metadata: RawJson = "private_metadata",
            /// The member.
            public_user_data: PublicUserData = "public_user_data",
        }
    }
}

open_object! {
    /// What the other members may know about a member of an organization.
    ///
    /// Sources: [`OrganizationMembershipPublicUserDataJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct PublicUserData("the public data of a user") {
        required {}
        nullable {}
        optional {
            /// The user's id (`user_…`).
            user_id: String = "user_id",
            /// The first name.
            first_name: String = "first_name",
            /// The last name.
            last_name: String = "last_name",
            /// The URL of the picture; deprecated by Clerk in favour of `image_url`.
            profile_image_url: String = "profile_image_url",
            /// The URL of the picture.
            image_url: String = "image_url",
            /// Whether the user has a picture.
            has_image: bool = "has_image",
            /// The email address, phone number or name the user is known by.
            identifier: String = "identifier",
            /// The name the user signs in with.
            username: String = "username",
            /// Whether the user is banned.
            banned: bool = "banned",
            /// Whether the directory has removed the user.
            deprovisioned: bool = "deprovisioned",
        }
    }
}
