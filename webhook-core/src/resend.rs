//! Resend events.
