//! The record envelope of the Hybrid Memory API: one shape for changes of records, from a database trigger, a
//! poller, Make or Zapier.

use webhook_core::record_envelope::Event;

use crate::{Encoding, Identity, Provider, Scheme, Variant};

/// `X-Webhook-Signature: <hex>` over the body under HMAC-SHA256.
pub const HMAC_HEX: Scheme = Scheme::hmac_sha256("x-webhook-signature", Encoding::Hex);

/// The secret itself in `X-Webhook-Signature`, for senders that cannot sign. It does not cover the body.
pub const STATIC_TOKEN: Scheme = Scheme::token("x-webhook-signature");

/// Any sender of record envelopes.
///
/// An envelope without `record_id` or `timestamp` has no identity: several such can be separate events. The trigger of
/// the Hybrid Memory API's guide writes one time for all rows of a transaction, and Notion's edits have the time of
/// their minute, so the data belongs to the identity too; and so does the schema, for tables of one name.
#[derive(Debug)]
pub struct RecordEnvelope;

impl Provider for RecordEnvelope {
    const NAME: &'static str = "record-envelope";
    const SECRET_ENV: &'static [&'static str] = &["RECORD_ENVELOPE_SECRET"];
    const SCHEME: Scheme = HMAC_HEX;
    const VARIANTS: &'static [Variant] =
        &[Variant::new("hmac-hex", HMAC_HEX), Variant::new("static-token", STATIC_TOKEN)];
    const IDENTITY: Identity = Identity::Fields {
        required: &["source", "table_name", "record_id", "event_type", "timestamp"],
        optional: &["data", "metadata.schema"],
    };
    type Event = Event;
}
