//! Resend events.

use crate::{RawJson, Timestamp};

events! {
    /// A Resend event.
    pub struct Event("a Resend event") {
        required {
            /// When the event happened.
            created_at: Timestamp,
        }
        optional {}
    }
    /// What happened.
    pub enum EventData("type", "data") {
        /// Mail was handed over for sending.
        EmailSent(RawJson) = "email.sent",
    }
}
