use crate::{RawJson, UnixMillis};

open_object! {
    /// An organization.
    ///
    /// Sources: [`OrganizationJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Organization("an organization") {
        required {
            /// The organization's id (`org_…`).
            id: String = "id",
            /// The organization's name.
            name: String = "name",
            /// When it was created, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
        nullable {}
        optional {
            /// Always `organization`.
            object: String = "object",
            /// The name that stands in URLs.
            slug: String = "slug",
            /// The URL of the logo, or of one that Clerk made.
            image_url: String = "image_url",
            /// Whether the organization has uploaded a logo.
            has_image: bool = "has_image",
            /// How many members it has.
            members_count: i64 = "members_count",
            /// Whether none of its members has the permissions to manage it.
            missing_member_with_elevated_permissions: bool = "missing_member_with_elevated_permissions",
            /// How many invitations are pending.
            pending_invitations_count: i64 = "pending_invitations_count",
            /// How many members it may have.
            max_allowed_memberships: i64 = "max_allowed_memberships",
            /// Whether its administrators may delete it.
            admin_delete_enabled: bool = "admin_delete_enabled",
            /// Metadata that the frontend can read; raw.
            public_metadata: RawJson = "public_metadata",
            /// Metadata that only servers can read; raw. **Secret: keep it out of logs.**
            private_metadata: RawJson = "private_metadata",
            /// The id of the user who created it (`user_…`).
            created_by: String = "created_by",
            /// When a member was last active, in milliseconds since the epoch.
            last_active_at: UnixMillis = "last_active_at",
            /// The key of its set of roles, such as `role_set:default`.
            role_set_key: String = "role_set_key",
        }
    }
}

open_object! {
    /// What everybody may know about an organization.
    ///
    /// Sources: [`PublicOrganizationDataJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct PublicOrganizationData("the public data of an organization") {
        required {}
        nullable {}
        optional {
            /// The organization's id (`org_…`).
            id: String = "id",
            /// The organization's name.
            name: String = "name",
            /// The name that stands in URLs.
            slug: String = "slug",
            /// The URL of the logo.
            image_url: String = "image_url",
            /// Whether the organization has uploaded a logo.
            has_image: bool = "has_image",
        }
    }
}
