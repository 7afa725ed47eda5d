//! Notion webhooks.
