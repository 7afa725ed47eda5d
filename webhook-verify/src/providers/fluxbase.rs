//! [Fluxbase](https://github.com/nimbleflux/fluxbase) webhooks: table changes.

use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use webhook_core::JsonRow;
use webhook_core::fluxbase::Event;

use crate::Part::{Body, Text, Timestamp};
use crate::{Encoding, Place, Provider, Scheme, Variant};

/// `X-Fluxbase-Signature: t=<timestamp>,v1=<hex>` over `<timestamp>.<body>`, sent since January 2026.
pub const SIGNED: Scheme = Scheme::hmac_sha256("x-fluxbase-signature", Encoding::Hex)
    .list(',', '=', "v1")
    .timestamp(Place::Field("t"))
    .signed(&[Timestamp, Text("."), Body]);

/// `X-Webhook-Signature: <hex>` over the body: all that servers before January 2026 send. Newer ones send it too,
/// so taking it instead of [`SIGNED`] gives the protection against replay away.
pub const LEGACY: Scheme = Scheme::hmac_sha256("x-webhook-signature", Encoding::Hex);

/// `X-Fluxbase-Signature: <hex>` over the body, as the product's guide describes it. No released server sent it.
pub const GUIDE: Scheme = Scheme::hmac_sha256("x-fluxbase-signature", Encoding::Hex);

/// A Fluxbase server's webhooks, with rows of the type `Row`.
///
/// Duplicates are normal, and differ in `timestamp`; nothing identifies an event. To drop them, opt in to
/// [`Identity::DigestWithout`](crate::Identity::DigestWithout) with `timestamp`, for minutes.
pub struct Fluxbase<Row = JsonRow>(PhantomData<fn() -> Row>);

impl<Row: DeserializeOwned + Send + 'static> Provider for Fluxbase<Row> {
    const NAME: &'static str = "fluxbase";
    const SECRET_ENV: &'static [&'static str] = &["FLUXBASE_WEBHOOK_SECRET"];
    const SCHEME: Scheme = SIGNED;
    const VARIANTS: &'static [Variant] =
        &[Variant::new("signed", SIGNED), Variant::new("legacy", LEGACY), Variant::new("guide", GUIDE)];
    // An UPDATE carries the row twice, with columns of any size.
    const BODY_LIMIT: usize = 16 * 1024 * 1024;
    type Event = Event<Row>;
}

impl<Row> fmt::Debug for Fluxbase<Row> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fluxbase")
    }
}
