use webhook_core::standard_webhooks::Event;

use super::standard_webhooks;
use crate::{Identity, Provider, Scheme};

/// Any sender that uses [Svix](https://docs.svix.com/receiving/verifying-payloads/how), branded (`svix-*` headers)
/// or not (`webhook-*`).
///
/// All endpoints of an account get a message under the same id: name yours with
/// [`Receiver::endpoint`](crate::Receiver::endpoint) when several share one store.
#[derive(Debug)]
pub struct Svix;

impl Provider for Svix {
    const NAME: &'static str = "svix";
    const SECRET_ENV: &'static [&'static str] = &["SVIX_WEBHOOK_SECRET"];
    const SCHEME: Scheme = standard_webhooks::SCHEME;
    const IDENTITY: Identity = Identity::Id;
    type Event = Event;
}
