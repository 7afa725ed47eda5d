use serde::{Deserialize, Serialize};

use super::InvitationStatus;
use crate::{RawJson, UnixMillis};

/// Somebody on the waitlist.
///
/// Sources: [`WaitlistEntryJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WaitlistEntry {
    /// Always `waitlist_entry` (`waitlistEntry` in the examples of Clerk's specification).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The entry's id (`wle_…`).
    pub id: String,
    /// The address to be invited.
    pub email_address: String,
    /// The entry's state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<WaitlistStatus>,
    /// Whether the entry is locked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_locked: Option<bool>,
    /// The invitation that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
    /// When the entry was made, in milliseconds since the epoch.
    pub created_at: UnixMillis,
    /// When the entry was last changed, in milliseconds since the epoch.
    pub updated_at: UnixMillis,
}

/// An invitation to sign up. It occurs in waitlist entries only: it has no events of its own.
///
/// Sources: [`InvitationJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Invitation {
    /// Always `invitation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The invitation's id (`inv_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The address it was sent to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// Metadata that the new user will have and the frontend can read; raw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_metadata: Option<RawJson>,
    /// Whether it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<bool>,
    /// The invitation's state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<InvitationStatus>,
    /// The link that accepts it. **Secret while it is pending: keep it out of logs.**
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it expires, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UnixMillis>,
    /// When it was made, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<UnixMillis>,
    /// When it was last changed, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<UnixMillis>,
}

open_enum! {
    /// The state of a [`WaitlistEntry`].
    pub enum WaitlistStatus {
        /// Waiting.
        Pending = "pending",
        /// Invited to sign up.
        Invited = "invited",
        /// Signed up.
        Completed = "completed",
        /// Turned down.
        Rejected = "rejected",
    }
}
