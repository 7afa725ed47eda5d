//! [axum](https://docs.rs/axum/0.8) extractors for verified, typed webhooks.
//!
//! Name the sender as a type, give the router its [`Receiver`], and the handler runs for authentic requests only:
//!
//! ```
//! use axum::Router;
//! use axum::http::StatusCode;
//! use axum::routing::post;
//! use webhook_axum::webhook_core::clerk;
//! use webhook_axum::providers::Clerk;
//! use webhook_axum::{Receiver, Webhook};
//!
//! async fn on_clerk(hook: Webhook<Clerk>) -> StatusCode {
//!     match hook.event.data {
//!         clerk::EventData::UserCreated(user) => { /* … */ }
//!         _ => {}
//!     }
//!     StatusCode::NO_CONTENT
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # if false {
//! let clerk = Receiver::<Clerk>::from_env()?; // no secret, no start
//! # }
//! # let secret = webhook_axum::Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
//! # let clerk = Receiver::<Clerk>::new(secret)?;
//! let app: Router = Router::new().route("/webhooks/clerk", post(on_clerk)).with_state(clerk);
//! # Ok(())
//! # }
//! ```
//!
//! | extractor | gives | when |
//! | --- | --- | --- |
//! | [`Webhook<P>`] | the event, read into its type | the usual case |
//! | [`Signed<P>`] | the verified bytes, parsed when you say so | store first, also what cannot be read yet |
//! | `Accepted<P>` (feature `inbox`) | the promise that it is stored | work that must not be lost |
//! | [`danger::Unverified<P>`] | bytes that nobody verified | the sender has no secret |
//!
//! # When a request is rejected
//!
//! In this order, with a body of `{"error": "<code>", "message": "<sentence>"}` that repeats nothing of the request
//! (`wrong_shape` adds `"path"`, where in the body the event does not fit):
//!
//! | what | status | code |
//! | --- | --- | --- |
//! | the method is not POST (`Allow: POST` is added) | 405 | `method_not_allowed` |
//! | the receiver has no secret | 500 | `not_configured` |
//! | a header is missing, repeated or malformed | 401 | `missing_header`, `repeated_header`, `malformed_header`, `malformed_timestamp`, `too_many_signatures` |
//! | the time of signing is outside the tolerance | 401 | `timestamp_too_old`, `timestamp_too_new` |
//! | the body is declared or found to be larger than [`Receiver::body_limit`] | 413 | `body_too_large` |
//! | the connection breaks, or the body is framed wrongly | 400 | `body_incomplete` |
//! | no signature matches | 401 | `signature_mismatch` |
//! | the inbox cannot store it (`Accepted` only; `Retry-After` is added) | 503 | `not_stored` |
//! | a set-up request (Notion) whose token is now pending | 200 | `handshake_pending` |
//! | the body is not JSON ([`Webhook`] only) | 400 | `not_json` |
//! | the body is JSON of another shape ([`Webhook`] only) | 422 | `wrong_shape` |
//!
//! What stands before 413 is decided without reading the body, and a body whose Content-Length is over the limit is
//! not read either. Each rejection is one [`tracing`](https://docs.rs/tracing) event with the fields `provider`, `code`, `status` and
//! `reason`, the sentence of the answer: a warning, or for a set-up request an info. Nothing is printed until the
//! application installs a subscriber.
//!
//! To answer in another way, take the rejection as an argument:
//!
//! ```
//! use axum::http::StatusCode;
//! use webhook_axum::providers::Svix;
//! use webhook_axum::{Webhook, WebhookRejection};
//!
//! async fn on_svix(hook: Result<Webhook<Svix>, WebhookRejection>) -> StatusCode {
//!     match hook {
//!         Ok(_) => StatusCode::NO_CONTENT,
//!         Err(rejection) if rejection.code() == "wrong_shape" => StatusCode::ACCEPTED, // nothing to retry
//!         Err(rejection) => rejection.status(),
//!     }
//! }
//! # let _: axum::routing::MethodRouter<webhook_axum::Receiver<Svix>> = axum::routing::post(on_svix);
//! ```
//!
//! # Limits
//!
//! * The body's limit is [`Receiver::body_limit`], unless set the provider's: 4 MiB, and 16 MiB for rows.
//!   axum's `DefaultBodyLimit` does not apply: it
//!   limits axum's own extractors. A layer that wraps the body, as tower-http's `RequestBodyLimitLayer` does, comes
//!   first; a body that such a layer cuts off is `body_incomplete`.
//! * How long a body may take is the server's to bound; axum's own has no limit: add a timeout layer.
//! * A signature covers the bytes that were sent. axum leaves a compressed body as it is; behind a decompression
//!   layer no signature matches.
//! * `post(handler)` answers other methods itself, with 405 and without JSON. `any(handler)` leaves that to the
//!   extractor.
//!
//! # Several senders
//!
//! Each has its receiver in the state:
//!
//! ```
//! use axum::Router;
//! use axum::extract::FromRef;
//! use axum::routing::post;
//! use webhook_axum::providers::{Clerk, Supabase};
//! use webhook_axum::{Receiver, Secret, Webhook};
//!
//! #[derive(Clone, FromRef)] // axum's feature `macros`
//! struct App {
//!     clerk: Receiver<Clerk>,
//!     supabase: Receiver<Supabase>,
//! }
//!
//! async fn on_clerk(hook: Webhook<Clerk>) { /* … */ }
//! async fn on_supabase(hook: Webhook<Supabase>) { /* … */ }
//!
//! let app = App {
//!     clerk: Receiver::new(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?,
//!     supabase: Receiver::new(Secret::new("supabase-shared-secret-1")?)?,
//! };
//! let router: Router = Router::new()
//!     .route("/webhooks/clerk", post(on_clerk))
//!     .route("/webhooks/supabase", post(on_supabase))
//!     .with_state(app);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Two accounts of one sender
//!
//! The type tells receivers apart, so the second account is a second type with the same scheme:
//!
//! ```
//! use webhook_axum::providers::Clerk;
//! use webhook_axum::webhook_verify::{Identity, Provider, Scheme};
//! use webhook_axum::{Receiver, Webhook};
//!
//! struct ClerkStaging;
//!
//! impl Provider for ClerkStaging {
//!     const NAME: &'static str = "clerk-staging";
//!     const SECRET_ENV: &'static [&'static str] = &["CLERK_STAGING_WEBHOOK_SECRET"];
//!     const SCHEME: Scheme = Clerk::SCHEME;
//!     const IDENTITY: Identity = Clerk::IDENTITY;
//!     type Event = <Clerk as Provider>::Event;
//! }
//!
//! async fn on_staging(hook: Webhook<ClerkStaging>) { /* … */ }
//! # let _: axum::routing::MethodRouter<Receiver<ClerkStaging>> = axum::routing::post(on_staging);
//! ```
//!
//! # A secret for each tenant
//!
//! Which receiver verifies is then the handler's choice, and [`receive`] does what the extractors do:
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::Arc;
//!
//! use axum::Router;
//! use axum::extract::{Path, Request, State};
//! use axum::http::StatusCode;
//! use axum::routing::post;
//! use webhook_axum::providers::Svix;
//! use webhook_axum::{Receiver, Secret, receive};
//!
//! type Tenants = Arc<HashMap<String, Receiver<Svix>>>;
//!
//! async fn on_svix(
//!     State(tenants): State<Tenants>,
//!     Path(tenant): Path<String>,
//!     request: Request,
//! ) -> axum::response::Result<StatusCode> {
//!     let receiver = tenants.get(&tenant).ok_or(StatusCode::NOT_FOUND)?;
//!     let hook = receive(receiver, request).await?.into_webhook()?;
//!     println!("{tenant}: {:?}", hook.event.kind);
//!     Ok(StatusCode::NO_CONTENT)
//! }
//!
//! let first = Receiver::<Svix>::new(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
//! // All share what was made of the scheme; each has its secrets.
//! let second = first.for_tenant("second", Secret::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?)?;
//! let tenants: Tenants = Arc::new([("first".to_owned(), first), ("second".to_owned(), second)].into());
//! let app: Router = Router::new().route("/webhooks/{tenant}", post(on_svix)).with_state(tenants);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | what |
//! | --- | --- |
//! | `inbox` | `Accepted` and `accept`: verify, store, answer 202 |
//! | `ed25519` | Ed25519 signatures: `v1a` of Standard Webhooks, Discord |
//! | `ecdsa-p256` | ECDSA signatures over P-256 with SHA-256: SendGrid |

pub mod danger;

mod extract;
#[cfg(feature = "inbox")]
mod inbox;
mod rejection;

pub use extract::{Signed, Webhook, receive};
#[cfg(feature = "inbox")]
pub use inbox::{Accepted, accept};
pub use rejection::WebhookRejection;

#[cfg(feature = "inbox")]
pub use webhook_inbox;
pub use webhook_verify;
pub use webhook_verify::{Receiver, Secret, providers, webhook_core};
