use serde::{Deserialize, Serialize};

use super::list;
use crate::UnixMillis;

/// A role in organizations.
///
/// Sources: [`RoleJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Role {
    /// Always `role`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The role's id (`role_…`).
    pub id: String,
    /// The role's name.
    pub name: String,
    /// The role's key, such as `org:accountant`.
    pub key: String,
    /// What the role is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether the creator of an organization can get it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_creator_eligible: Option<bool>,
    /// What the role permits; empty when Clerk sends none.
    #[serde(default, deserialize_with = "list")]
    pub permissions: Vec<Permission>,
    /// When it was created, in milliseconds since the epoch.
    pub created_at: UnixMillis,
    /// When it was last changed, in milliseconds since the epoch.
    pub updated_at: UnixMillis,
}

/// A permission in organizations.
///
/// Sources: [`PermissionJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Permission {
    /// Always `permission`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The permission's id (`perm_…`).
    pub id: String,
    /// The permission's name.
    pub name: String,
    /// The permission's key, such as `org:invoices:read`.
    pub key: String,
    /// What it permits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The permission's type, such as `user`.
    #[serde(rename = "type")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// When it was created, in milliseconds since the epoch.
    pub created_at: UnixMillis,
    /// When it was last changed, in milliseconds since the epoch.
    pub updated_at: UnixMillis,
}

/// A role that was deleted.
///
/// Clerk's specification says that `role.deleted` holds a deleted object ([`id`](Self::id) and
/// [`deleted`](Self::deleted)), its SDK says that it holds the whole role: this is the union of both.
///
/// Sources: [`RoleJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeletedRole {
    /// Always `role`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The id it had (`role_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The slug it had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// `true` when a deleted object was sent, none when the whole role was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
    /// Your own id for it; Clerk names it for users only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The name it had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The key it had, such as `org:accountant`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it was for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether the creator of an organization could get it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_creator_eligible: Option<bool>,
    /// What it permitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<Permission>>,
    /// When it was created, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<UnixMillis>,
    /// When it was last changed, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<UnixMillis>,
}

/// A permission that was deleted.
///
/// Clerk's specification says that `permission.deleted` holds a deleted object ([`id`](Self::id) and
/// [`deleted`](Self::deleted)), its SDK says that it holds the whole permission: this is the union of both.
///
/// Sources: [`PermissionJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeletedPermission {
    /// Always `permission`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The id it had (`perm_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The slug it had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// `true` when a deleted object was sent, none when the whole permission was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
    /// Your own id for it; Clerk names it for users only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The name it had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The key it had, such as `org:invoices:read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it permitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The permission's type, such as `user`.
    #[serde(rename = "type")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// When it was created, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<UnixMillis>,
    /// When it was last changed, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<UnixMillis>,
}
