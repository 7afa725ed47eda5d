use serde::{Deserialize, Serialize};

/// What is left of a user, an organization or an organization domain that was deleted.
///
/// Sources: [`DeletedObjectJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeletedObject {
    /// What kind of object it was, such as `user` or `organization`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The id it had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The slug it had (organizations only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// Always `true`.
    pub deleted: bool,
    /// Your own id for it (users only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}
