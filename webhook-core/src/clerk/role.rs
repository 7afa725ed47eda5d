use crate::UnixMillis;

open_object! {
    /// A role in organizations.
    ///
    /// Sources: [`RoleJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Role("a role") {
        required {
            /// The role's id (`role_…`).
            id: String = "id",
            /// The role's name.
            name: String = "name",
            /// The role's key, such as `org:accountant`.
            key: String = "key",
            /// When it was created, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
        nullable {}
        optional {
            /// Always `role`.
            object: String = "object",
            /// What the role is for.
            description: String = "description",
            /// Whether the creator of an organization can get it.
            is_creator_eligible: bool = "is_creator_eligible",
        }
        lists {
            /// What the role permits; empty when Clerk sends none.
            permissions: Permission = "permissions",
        }
    }
}

open_object! {
    /// A permission in organizations.
    ///
    /// Sources: [`PermissionJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Permission("a permission") {
        required {
            /// The permission's id (`perm_…`).
            id: String = "id",
            /// The permission's name.
            name: String = "name",
            /// The permission's key, such as `org:invoices:read`.
            key: String = "key",
            /// When it was created, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
        nullable {}
        optional {
            /// Always `permission`.
            object: String = "object",
            /// What it permits.
            description: String = "description",
            /// The permission's type, such as `user`.
            kind: String = "type",
        }
    }
}

open_object! {
    /// A role that was deleted.
    ///
    /// Clerk's specification says that `role.deleted` holds a deleted object ([`id`](Self::id) and
    /// [`deleted`](Self::deleted)), its SDK says that it holds the whole role: this is the union of both.
    ///
    /// Sources: [`RoleJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct DeletedRole("a deleted role") {
        required {}
        nullable {}
        optional {
            /// Always `role`.
            object: String = "object",
            /// The id it had (`role_…`).
            id: String = "id",
            /// The slug it had.
            slug: String = "slug",
            /// `true` when a deleted object was sent, none when the whole role was.
            deleted: bool = "deleted",
            /// Your own id for it; Clerk names it for users only.
            external_id: String = "external_id",
            /// The name it had.
            name: String = "name",
            /// The key it had, such as `org:accountant`.
            key: String = "key",
            /// What it was for.
            description: String = "description",
            /// Whether the creator of an organization could get it.
            is_creator_eligible: bool = "is_creator_eligible",
            /// What it permitted.
            permissions: Vec<Permission> = "permissions",
            /// When it was created, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
    }
}

open_object! {
    /// A permission that was deleted.
    ///
    /// Clerk's specification says that `permission.deleted` holds a deleted object ([`id`](Self::id) and
    /// [`deleted`](Self::deleted)), its SDK says that it holds the whole permission: this is the union of both.
    ///
    /// Sources: [`PermissionJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct DeletedPermission("a deleted permission") {
        required {}
        nullable {}
        optional {
            /// Always `permission`.
            object: String = "object",
            /// The id it had (`perm_…`).
            id: String = "id",
            /// The slug it had.
            slug: String = "slug",
            /// `true` when a deleted object was sent, none when the whole permission was.
            deleted: bool = "deleted",
            /// Your own id for it; Clerk names it for users only.
            external_id: String = "external_id",
            /// The name it had.
            name: String = "name",
            /// The key it had, such as `org:invoices:read`.
            key: String = "key",
            /// What it permitted.
            description: String = "description",
            /// The permission's type, such as `user`.
            kind: String = "type",
            /// When it was created, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
    }
}
