use super::User;
use crate::{RawJson, UnixMillis};

open_object! {
    /// A user's session on one client.
    ///
    /// Sources: [`SessionWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Session("a session") {
        required {
            /// The session's id (`sess_…`).
            id: String = "id",
            /// The user's id (`user_…`).
            user_id: String = "user_id",
            /// The session's state.
            status: SessionStatus = "status",
            /// When the session was created, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When the session was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
        nullable {}
        optional {
            /// Always `session`.
            object: String = "object",
            /// The id of the client: one browser or device (`client_…`).
            client_id: String = "client_id",
            /// Who acts as the user, when somebody impersonates the user; raw.
            actor: RawJson = "actor",
            /// The id of the organization that was last active.
            last_active_organization_id: String = "last_active_organization_id",
            /// When the session was last active, in milliseconds since the epoch.
            last_active_at: UnixMillis = "last_active_at",
            /// When the session expires, in milliseconds since the epoch.
            expire_at: UnixMillis = "expire_at",
            /// When the session counts as abandoned, in milliseconds since the epoch.
            abandon_at: UnixMillis = "abandon_at",
            /// From where the session was last used.
            latest_activity: SessionActivity = "latest_activity",
            /// The user; absent from bodies of older versions, null when the user is gone.
            user: Box<User> = "user",
        }
    }
}

open_object! {
    /// From where a session was used.
    ///
    /// Sources: [`SessionActivityJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct SessionActivity("a session activity") {
        required {}
        nullable {}
        optional {
            /// Always `session_activity`.
            object: String = "object",
            /// The activity's id.
            id: String = "id",
            /// Whether it came from a mobile device.
            is_mobile: bool = "is_mobile",
            /// The kind of device or system, such as `Linux`.
            device_type: String = "device_type",
            /// The browser's name.
            browser_name: String = "browser_name",
            /// The browser's version.
            browser_version: String = "browser_version",
            /// The IP address.
            ip_address: String = "ip_address",
            /// The city the IP address belongs to.
            city: String = "city",
            /// The country the IP address belongs to.
            country: String = "country",
        }
    }
}

open_enum! {
    /// The state of a [`Session`].
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
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
