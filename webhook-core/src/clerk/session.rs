use serde::{Deserialize, Serialize};

use super::User;
use crate::{RawJson, UnixMillis};

/// A user's session on one client.
///
/// Sources: [`SessionWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Session {
    /// Always `session`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The session's id (`sess_…`).
    pub id: String,
    /// The user's id (`user_…`).
    pub user_id: String,
    /// The id of the client: one browser or device (`client_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The session's state.
    pub status: SessionStatus,
    /// Who acts as the user, when somebody impersonates the user; raw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<RawJson>,
    /// The id of the organization that was last active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_active_organization_id: Option<String>,
    /// When the session was last active, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_active_at: Option<UnixMillis>,
    /// When the session expires, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_at: Option<UnixMillis>,
    /// When the session counts as abandoned, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abandon_at: Option<UnixMillis>,
    /// When the session was created, in milliseconds since the epoch.
    pub created_at: UnixMillis,
    /// When the session was last changed, in milliseconds since the epoch.
    pub updated_at: UnixMillis,
    /// From where the session was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_activity: Option<SessionActivity>,
    /// The user; absent from bodies of older versions, null when the user is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Box<User>>,
}

/// From where a session was used.
///
/// Sources: [`SessionActivityJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionActivity {
    /// Always `session_activity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The activity's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whether it came from a mobile device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_mobile: Option<bool>,
    /// The kind of device or system, such as `Linux`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_type: Option<String>,
    /// The browser's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser_name: Option<String>,
    /// The browser's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser_version: Option<String>,
    /// The IP address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// The city the IP address belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The country the IP address belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

open_enum! {
    /// The state of a [`Session`].
    pub enum SessionStatus {
        /// In use.
        Active = "active",
        /// The user has signed in but has something left to do.
        Pending = "pending",
        /// The application has ended it.
        Revoked = "revoked",
        /// The user has signed out; the client still knows the session.
        Ended = "ended",
        /// Its time is over.
        Expired = "expired",
        /// The user has signed out and the client has forgotten the session.
        Removed = "removed",
        /// The client has given it up.
        Abandoned = "abandoned",
        /// Another session has taken its place.
        Replaced = "replaced",
    }
}
