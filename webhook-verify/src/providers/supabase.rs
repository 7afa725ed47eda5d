//! [Supabase database webhooks](https://supabase.com/docs/guides/database/webhooks): row triggers that post.
//!
//! Supabase itself signs nothing. What authenticates a request is what the user put into the trigger: a static
//! header ([`STATIC_TOKEN`], [`BEARER`]), or a signature computed in SQL (the others). A static header does not
//! cover the body, and Supabase forwards it when it follows a redirect: never answer with one.
//!
//! Set the webhook's method to POST. The dashboard also offers GET, which sends no body and is refused like that of any
//! sender that follows a redirect.

use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use webhook_core::JsonRow;
use webhook_core::supabase::Event;

use crate::Part::{Body, Text, Timestamp};
use crate::{Encoding, Place, Provider, Scheme, Variant};

/// The secret itself in `X-Webhook-Signature`. Another header: `STATIC_TOKEN.header("x-webhook-secret")`.
pub const STATIC_TOKEN: Scheme = Scheme::token("x-webhook-signature");

/// The secret as `Authorization: Bearer <secret>`.
pub const BEARER: Scheme = Scheme::token("authorization").prefix("Bearer ");

/// The body under HMAC-SHA256 as bare hex, `encode(hmac(payload::text, secret, 'sha256'), 'hex')`.
pub const HMAC_HEX: Scheme = Scheme::hmac_sha256("x-webhook-signature", Encoding::Hex);

/// The same as `sha256=<hex>`.
pub const HMAC_HEX_PREFIXED: Scheme = HMAC_HEX.prefix("sha256=");

/// The same in base64.
pub const HMAC_BASE64: Scheme = Scheme::hmac_sha256("x-webhook-signature", Encoding::Base64);

/// `<timestamp>.<body>` under HMAC-SHA256 in hex. It is written as `t=<timestamp>,v1=<hex>`, or as bare hex with the
/// timestamp in `X-Webhook-Timestamp`: the signed bytes are the same.
pub const HMAC_TIMESTAMPED: Scheme = HMAC_HEX
    .list(',', '=', "v1")
    .timestamp(Place::FieldOrHeader("t", "x-webhook-timestamp"))
    .signed(&[Timestamp, Text("."), Body]);

/// A Supabase project's database webhooks, with rows of the type `Row`.
///
/// Nothing identifies a delivery, and equal bodies can be separate events. To drop the copies that a lost connection
/// makes, opt in to [`Identity::DigestWithout`](crate::Identity::DigestWithout) with no field, for minutes.
pub struct Supabase<Row = JsonRow>(PhantomData<fn() -> Row>);

impl<Row: DeserializeOwned + Send + 'static> Provider for Supabase<Row> {
    const NAME: &'static str = "supabase";
    const SECRET_ENV: &'static [&'static str] = &["SUPABASE_WEBHOOK_SECRET", "WEBHOOK_SECRET"];
    const SCHEME: Scheme = STATIC_TOKEN;
    const VARIANTS: &'static [Variant] = &[
        Variant::new("static-token", STATIC_TOKEN),
        Variant::new("bearer", BEARER),
        Variant::new("hmac-hex", HMAC_HEX),
        Variant::new("hmac-hex-prefixed", HMAC_HEX_PREFIXED),
        Variant::new("hmac-base64", HMAC_BASE64),
        Variant::new("hmac-timestamped", HMAC_TIMESTAMPED),
    ];
    // An UPDATE carries the row twice, with columns of any size.
    const BODY_LIMIT: usize = 16 * 1024 * 1024;
    type Event = Event<Row>;
}

impl<Row> fmt::Debug for Supabase<Row> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Supabase")
    }
}
