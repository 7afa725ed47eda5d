//! [Notion's webhooks](https://developers.notion.com/reference/webhooks).

use webhook_core::notion::{Handshake, Message};

use crate::{Encoding, Identity, Provider, Scheme};

/// `X-Notion-Signature: sha256=<hex>` over the body. The key is the whole verification token, its `secret_`
/// included. There is no timestamp: what protects against replay is remembering the event's id for 25 hours.
pub const SCHEME: Scheme = Scheme::hmac_sha256("x-notion-signature", Encoding::Hex).prefix("sha256=");

/// A Notion connection's webhooks.
///
/// Notion tells its secret, the verification token, in a first request that is signed with that very token. Start
/// with [`Receiver::unconfigured`](crate::Receiver::unconfigured), create the subscription, show
/// [`pending_token`](crate::Receiver::pending_token) to the person who does so, and when Notion has accepted it,
/// [`promote`](crate::Receiver::promote) and store it. An offered token never replaces an active one by itself.
#[derive(Debug)]
pub struct Notion;

impl Provider for Notion {
    const NAME: &'static str = "notion";
    const SECRET_ENV: &'static [&'static str] = &["NOTION_VERIFICATION_TOKEN", "NOTION_WEBHOOK_SECRET"];
    const SCHEME: Scheme = SCHEME;
    const IDENTITY: Identity = Identity::Field("id");
    const HANDSHAKE: Option<fn(&[u8]) -> Option<String>> = Some(offered_token);
    type Event = Message;
}

fn offered_token(body: &[u8]) -> Option<String> {
    Handshake::of(body).map(|handshake| handshake.verification_token)
}
