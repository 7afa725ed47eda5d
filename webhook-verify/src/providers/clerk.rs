use webhook_core::clerk::Event;

use super::standard_webhooks;
use crate::{Identity, Provider, Scheme};

/// [Clerk](https://clerk.com/docs/guides/development/webhooks/overview), which sends through Svix with `svix-*`
/// headers.
#[derive(Debug)]
pub struct Clerk;

impl Provider for Clerk {
    const NAME: &'static str = "clerk";
    // The first is the one that Clerk's own code reads; the second was in its documents until 2023.
    const SECRET_ENV: &'static [&'static str] = &["CLERK_WEBHOOK_SIGNING_SECRET", "CLERK_WEBHOOK_SECRET"];
    const SCHEME: Scheme = standard_webhooks::SVIX_HEADERS;
    const IDENTITY: Identity = Identity::Id;
    type Event = Event;
}
