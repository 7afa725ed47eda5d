//! [Supabase Auth Hooks](https://supabase.com/docs/guides/auth/auth-hooks).

use webhook_core::supabase_auth::Hook;

use super::standard_webhooks;
use crate::{Identity, Provider, Scheme};

/// Standard Webhooks with `webhook-*` headers, secrets like `v1,whsec_…|v1,whsec_…`, and signatures joined by a
/// comma and a space.
pub const SCHEME: Scheme =
    standard_webhooks::WEBHOOK_HEADERS.strip(&["v1,", "whsec_"]).secret_separator('|').joint(", ");

/// The auth server's calls of its HTTP hooks.
///
/// Each attempt has a new `webhook-id`; what identifies a call is `metadata.uuid` in the body, which servers send
/// since February 2026.
#[derive(Debug)]
pub struct SupabaseAuth;

impl Provider for SupabaseAuth {
    const NAME: &'static str = "supabase-auth";
    const SECRET_ENV: &'static [&'static str] = &["SUPABASE_AUTH_HOOK_SECRET"];
    const SCHEME: Scheme = SCHEME;
    const IDENTITY: Identity = Identity::Field("metadata.uuid");
    type Event = Hook;
}
