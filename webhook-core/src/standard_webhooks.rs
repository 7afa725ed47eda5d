//! Events of any sender that follows Standard Webhooks.
