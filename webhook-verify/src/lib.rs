//! Constant-time verification of webhook signatures.
//!
//! Name the sender, give its secret, get proof:
//!
//! ```
//! use webhook_verify::providers::Clerk;
//! use webhook_verify::{Receiver, Secret, UnixTime};
//! # use http::HeaderMap;
//! # use webhook_verify::{Provider, Signer};
//! # let body = br#"{"type":"user.deleted","object":"event","data":{"id":"user_1","object":"user","deleted":true},"timestamp":1760630400000,"instance_id":"ins_1"}"#;
//! # let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
//! # let headers = Signer::new(Clerk::SCHEME, secret)?.sign("msg_1", UnixTime::now(), body)?;
//!
//! let receiver = Receiver::<Clerk>::new(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
//! let received = receiver.verify(&headers, &body[..], UnixTime::now())?; // refused: a VerifyError
//! let event = received.parse()?; // a clerk::Event
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! * [`Receiver`] verifies for a [`Provider`] and gives its typed event; [`Verifier`] does it for any [`Scheme`].
//! * [`Verified`] is a proof that only a verification can make.
//! * [`Signer`] makes the headers a sender would, for tests and for senders.
//!
//! With axum or actix, use `webhook-axum` or `webhook-actix`: they are thin extractors over this crate.
//!
//! # What is checked, in this order
//!
//! 1. The headers are there, once, and in form. 2. The timestamp is a plain number within the [`Tolerance`].
//!    A request that fails so far costs neither its body nor a MAC.
//! 3. The signature is that of the received bytes: one MAC for each secret, newest first, every signature of the
//!    header compared in constant time.
//!
//! # Limits
//!
//! [`MAX_SECRETS`], [`MAX_SIGNATURES`], [`MAX_HEADER_BYTES`], [`MAX_PUBLIC_KEY_SIGNATURES`],
//! [`MAX_HANDSHAKE_BYTES`]. Verifying allocates
//! nothing under any HMAC scheme. The body's size is bounded by who reads it: the adapters do.
//!
//! # Features
//!
//! | feature | what |
//! | --- | --- |
//! | `providers` (default) | [`providers`]: the ready-made senders with their payload models |
//! | `ed25519` | Ed25519 signatures: `v1a` of Standard Webhooks, Discord |
//! | `ecdsa-p256` | ECDSA signatures over P-256 with SHA-256: SendGrid |
//! | `explain` | `explain`: why a signature fails, for people who look for the cause |
//! | `tracing` | `Rejection::report`: an event for each rejected request |

pub mod danger;
#[cfg(feature = "explain")]
pub mod explain;
#[cfg(feature = "providers")]
pub mod providers;

#[macro_use]
mod wrapper;

mod base64;
mod body;
mod environment;
mod error;
mod headers;
mod identity;
mod key;
mod pending;
mod provider;
mod received;
mod receiver;
mod rejection;
mod scheme;
mod secret;
mod signature;
mod signer;
mod tolerance;
mod verified;
mod verifier;

pub use body::BodyBuffer;
pub use error::{ConfigError, SecretError, VerifyError};
pub use headers::Headers;
pub use pending::{Pending, Stream};
pub use provider::{Identity, Provider, Variant};
pub use received::{PendingToken, Received, Reception};
pub use receiver::{Incoming, Receiver};
pub use rejection::Rejection;
pub use scheme::{Encoding, KeyEncoding, Part, Place, Scheme, TimestampUnit};
pub use secret::{Secret, Secrets};
pub use signer::{SignError, Signer};
pub use tolerance::Tolerance;
pub use verified::{KeyId, Verified, VerifiedStream};
pub use verifier::Verifier;

pub use webhook_core;
pub use webhook_core::UnixTime;

/// Most secrets that one verifier holds. Each costs one MAC over the body when the ones before it do not match.
pub const MAX_SECRETS: usize = 8;

/// Most signatures in one header. Svix sends up to 11; each costs one decoding and one comparison, never a MAC.
pub const MAX_SIGNATURES: usize = 256;

/// Most public-key signatures of one header that are checked under each key: as many signatures of all kinds as Svix
/// sends. Unlike with an HMAC, each costs a hash of the body.
pub const MAX_PUBLIC_KEY_SIGNATURES: usize = 11;

/// Longest set-up request that offers a token, in bytes. Notion's has about 80. A receiver without a secret reads no
/// longer body, since it can take no other request.
pub const MAX_HANDSHAKE_BYTES: usize = 1024;

/// Longest signature header, in bytes. 256 signatures of HMAC-SHA256 take 12 KiB.
pub const MAX_HEADER_BYTES: usize = 16 * 1024;
