//! [ChatterWise](https://github.com/Chatterwise/dialogwit) webhooks.
//!
//! With no secret configured ChatterWise signs nothing: see
//! [`UnverifiedReceiver`](crate::danger::UnverifiedReceiver).

use webhook_core::chatterwise::Event;

use crate::{Encoding, Provider, Scheme, Variant};

/// `X-Webhook-Signature: sha256=<hex>` over the body, as the sender's code does it.
pub const CODED: Scheme = Scheme::hmac_sha256("x-webhook-signature", Encoding::Hex).prefix("sha256=");

/// `X-ChatterWise-Signature: <hex>` over the body, as the product's documentation has it.
pub const DOCUMENTED: Scheme = Scheme::hmac_sha256("x-chatterwise-signature", Encoding::Hex);

/// A ChatterWise account's webhooks. It sends each event once, and nothing identifies it.
#[derive(Debug)]
pub struct ChatterWise;

impl Provider for ChatterWise {
    const NAME: &'static str = "chatterwise";
    const SECRET_ENV: &'static [&'static str] = &["CHATTERWISE_WEBHOOK_SECRET", "WEBHOOK_SIGNING_SECRET"];
    const SCHEME: Scheme = CODED;
    const VARIANTS: &'static [Variant] =
        &[Variant::new("coded", CODED), Variant::new("documented", DOCUMENTED)];
    type Event = Event;
}
