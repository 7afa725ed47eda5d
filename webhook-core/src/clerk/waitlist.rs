use super::InvitationStatus;
use crate::{RawJson, UnixMillis};

open_object! {
    /// Somebody on the waitlist.
    ///
    /// Sources: [`WaitlistEntryJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct WaitlistEntry("a waitlist entry") {
        required {
            /// The entry's id (`wle_…`).
            id: String = "id",
            /// The address to be invited.
            email_address: String = "email_address",
            /// When the entry was made, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When the entry was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
        nullable {}
        optional {
            /// Always `waitlist_entry` (`waitlistEntry` in the examples of Clerk's specification).
            object: String = "object",
            /// The entry's state.
            status: WaitlistStatus = "status",
            /// Whether the entry is locked.
            is_locked: bool = "is_locked",
            /// The invitation that was sent.
            invitation: Invitation = "invitation",
        }
    }
}

open_object! {
    /// An invitation to sign up. It occurs in waitlist entries only: it has no events of its own.
    ///
    /// Sources: [`InvitationJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Invitation("an invitation") {
        required {}
        nullable {}
        optional {
            /// Always `invitation`.
            object: String = "object",
            /// The invitation's id (`inv_…`).
            id: String = "id",
            /// The address it was sent to.
            email_address: String = "email_address",
            /// Metadata that the new user will have and the frontend can read; raw.
            public_metadata: RawJson = "public_metadata",
            /// Whether it was taken back.
            revoked: bool = "revoked",
            /// The invitation's state.
            status: InvitationStatus = "status",
            /// The link that accepts it. **Secret while it is pending: keep it out of logs.**
            url: String = "url",
            /// When it expires, in milliseconds since the epoch.
            expires_at: UnixMillis = "expires_at",
            /// When it was made, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
    }
}

open_enum! {
    /// The state of a [`WaitlistEntry`].
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
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
