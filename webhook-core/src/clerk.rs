//! Clerk events.
