//! Integration tests of `webhook-verify`. One binary, so that it links once.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod allocations;
mod captures;
#[cfg(feature = "explain")]
mod explain;
mod handshake;
mod identity;
mod oracle;
mod properties;
mod providers;
mod robustness;
mod rotation;
mod secrets;
mod signer;
mod vectors;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

/// A header map from a JSON object; values are the text's UTF-8 bytes, as they would arrive.
fn headers(object: &Value) -> HeaderMap {
    object
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| {
            (
                name.parse::<HeaderName>().unwrap(),
                HeaderValue::from_bytes(value.as_str().unwrap().as_bytes()).unwrap(),
            )
        })
        .collect()
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}
