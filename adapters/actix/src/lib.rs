//! [actix-web](https://docs.rs/actix-web/4) extractors for verified, typed webhooks.
//!
//! Name the sender as a type, give the application its [`Receiver`], and the handler runs for authentic requests
//! only:
//!
//! ```
//! use actix_web::{App, HttpResponse, HttpServer, web};
//! use webhook_actix::webhook_core::clerk;
//! use webhook_actix::providers::Clerk;
//! use webhook_actix::{Receiver, Webhook};
//!
//! async fn on_clerk(hook: Webhook<Clerk>) -> HttpResponse {
//!     match hook.event.data {
//!         clerk::EventData::UserCreated(user) => { /* … */ }
//!         _ => {}
//!     }
//!     HttpResponse::NoContent().finish()
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # if false {
//! let clerk = Receiver::<Clerk>::from_env()?; // no secret, no start
//! # }
//! # let secret = webhook_actix::Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
//! # let clerk = Receiver::<Clerk>::new(secret)?;
//! let server = HttpServer::new(move || {
//!     App::new().app_data(clerk.clone()).route("/webhooks/clerk", web::post().to(on_clerk))
//! });
//! # Ok(())
//! # }
//! ```
//!
//! The receiver may stand in the `app_data` by itself or as [`web::Data`](actix_web::web::Data), of the application,
//! a scope or a resource: an inner one is taken before an outer one. Where there is one by itself and another as
//! `Data`, nothing tells which is the inner one, and requests are refused with `not_configured`. Clones share their
//! secrets, so all workers see a rotation.
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
//! | there is no receiver in the `app_data`, or one by itself and one as `Data`, or it has no secret | 500 | `not_configured` |
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
//! use actix_web::http::StatusCode;
//! use actix_web::{HttpResponse, web};
//! use webhook_actix::providers::Svix;
//! use webhook_actix::{Webhook, WebhookRejection};
//!
//! async fn on_svix(hook: Result<Webhook<Svix>, WebhookRejection>) -> HttpResponse {
//!     HttpResponse::new(match hook {
//!         Ok(_) => StatusCode::NO_CONTENT,
//!         Err(rejection) if rejection.code() == "wrong_shape" => StatusCode::ACCEPTED, // nothing to retry
//!         Err(rejection) => rejection.status(),
//!     })
//! }
//! # let _ = web::post().to(on_svix);
//! ```
//!
//! # Limits
//!
//! * The body's limit is [`Receiver::body_limit`], unless set the provider's: 4 MiB, and 16 MiB for rows.
//!   actix's `PayloadConfig` does not apply: it
//!   limits actix's own extractors.
//! * How long a body may take is not bounded here, nor by actix: add a timeout where senders are not trusted.
//! * A signature covers the bytes that were sent. These extractors leave a compressed body as it is, unlike actix's
//!   own (`Bytes`, `Json`); behind a middleware that decompresses no signature matches.
//! * actix invites a body that is announced with `Expect: 100-continue` before any extractor runs.
//! * `web::post()` leaves other methods to actix, which answers 404 or 405 without JSON. `web::route()` leaves them
//!   to the extractor.
//!
//! # Several senders
//!
//! Each has its receiver in the `app_data`:
//!
//! ```
//! use actix_web::{App, HttpResponse, web};
//! use webhook_actix::providers::{Clerk, Supabase};
//! use webhook_actix::{Receiver, Secret, Webhook};
//!
//! async fn on_clerk(hook: Webhook<Clerk>) -> HttpResponse { /* … */ HttpResponse::NoContent().finish() }
//! async fn on_supabase(hook: Webhook<Supabase>) -> HttpResponse { /* … */ HttpResponse::NoContent().finish() }
//!
//! let clerk = Receiver::<Clerk>::new(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
//! let supabase = Receiver::<Supabase>::new(Secret::new("supabase-shared-secret-1")?)?;
//! let app = App::new()
//!     .app_data(clerk)
//!     .app_data(supabase)
//!     .route("/webhooks/clerk", web::post().to(on_clerk))
//!     .route("/webhooks/supabase", web::post().to(on_supabase));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Two accounts of one sender
//!
//! The type tells receivers apart, so the second account is a second type with the same scheme:
//!
//! ```
//! use actix_web::{HttpResponse, web};
//! use webhook_actix::providers::Clerk;
//! use webhook_actix::webhook_verify::{Identity, Provider, Scheme};
//! use webhook_actix::Webhook;
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
//! async fn on_staging(hook: Webhook<ClerkStaging>) -> HttpResponse { /* … */ HttpResponse::NoContent().finish() }
//! # let _ = web::post().to(on_staging);
//! ```
//!
//! # A secret for each tenant
//!
//! Which receiver verifies is then the handler's choice, and [`receive`] does what the extractors do:
//!
//! ```
//! use std::collections::HashMap;
//!
//! use actix_web::{App, HttpRequest, HttpResponse, web};
//! use webhook_actix::providers::Svix;
//! use webhook_actix::{Receiver, Secret, WebhookRejection, receive};
//!
//! type Tenants = HashMap<String, Receiver<Svix>>;
//!
//! async fn on_svix(
//!     tenants: web::Data<Tenants>,
//!     tenant: web::Path<String>,
//!     request: HttpRequest,
//!     payload: web::Payload,
//! ) -> Result<HttpResponse, WebhookRejection> {
//!     let Some(receiver) = tenants.get(tenant.as_str()) else {
//!         return Ok(HttpResponse::NotFound().finish());
//!     };
//!     let hook = receive(receiver, &request, payload).await?.into_webhook()?;
//!     println!("{tenant}: {:?}", hook.event.kind);
//!     Ok(HttpResponse::NoContent().finish())
//! }
//!
//! let first = Receiver::<Svix>::new(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
//! // All share what was made of the scheme; each has its secrets.
//! let second = first.for_tenant("second", Secret::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?)?;
//! let tenants: Tenants = [("first".to_owned(), first), ("second".to_owned(), second)].into();
//! let app = App::new()
//!     .app_data(web::Data::new(tenants))
//!     .route("/webhooks/{tenant}", web::post().to(on_svix));
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
