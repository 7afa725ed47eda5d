//! Supabase database webhooks.
