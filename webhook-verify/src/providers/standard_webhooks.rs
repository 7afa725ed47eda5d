//! [Standard Webhooks](https://www.standardwebhooks.com), the scheme that Svix made and many senders follow.

use webhook_core::standard_webhooks::Event;

use crate::Part::{Body, Id, Text, Timestamp};
use crate::{Encoding, Identity, KeyEncoding, Place, Provider, Scheme};

/// `<id>.<timestamp>.<body>` under HMAC-SHA256, base64, in a list of signatures; with the feature `ed25519` also
/// `v1a` signatures under `whpk_` keys.
///
/// The complete `svix-*` set of headers is read, else the complete `webhook-*` set; they are never mixed. The secret
/// is `whsec_` and base64.
pub const SCHEME: Scheme = SVIX_HEADERS.or_headers("webhook-id", "webhook-timestamp", "webhook-signature");

/// The same with `svix-*` headers only, as Clerk sends it.
pub const SVIX_HEADERS: Scheme = signed(Scheme::hmac_sha256("svix-signature", Encoding::Base64))
    .id("svix-id")
    .timestamp(Place::Header("svix-timestamp"));

/// The same with `webhook-*` headers only, as Supabase Auth sends it.
pub const WEBHOOK_HEADERS: Scheme = signed(Scheme::hmac_sha256("webhook-signature", Encoding::Base64))
    .id("webhook-id")
    .timestamp(Place::Header("webhook-timestamp"));

const fn signed(scheme: Scheme) -> Scheme {
    scheme
        .list(' ', ',', "v1")
        .asymmetric("v1a")
        .signed(&[Id, Text("."), Timestamp, Text("."), Body])
        .key(KeyEncoding::Base64)
        .strip(&["whsec_"])
}

/// Any sender that follows Standard Webhooks.
#[derive(Debug)]
pub struct StandardWebhooks;

impl Provider for StandardWebhooks {
    const NAME: &'static str = "standard-webhooks";
    const SECRET_ENV: &'static [&'static str] = &["STANDARD_WEBHOOKS_SECRET"];
    const SCHEME: Scheme = SCHEME;
    const IDENTITY: Identity = Identity::Id;
    type Event = Event;
}
