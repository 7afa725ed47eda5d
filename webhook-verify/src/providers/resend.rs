use webhook_core::resend::Event;

use super::standard_webhooks;
use crate::{Identity, Provider, Scheme};

/// [Resend](https://resend.com/docs/dashboard/webhooks/introduction), which sends through Svix with `svix-*`
/// headers.
#[derive(Debug)]
pub struct Resend;

impl Provider for Resend {
    const NAME: &'static str = "resend";
    const SECRET_ENV: &'static [&'static str] = &["RESEND_WEBHOOK_SECRET"];
    const SCHEME: Scheme = standard_webhooks::SVIX_HEADERS;
    const IDENTITY: Identity = Identity::Id;
    type Event = Event;
}
