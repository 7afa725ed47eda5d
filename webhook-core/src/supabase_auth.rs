//! Supabase Auth Hooks.
