//! Typed payload models for webhooks, and the vocabulary the other crates of this workspace share.
//!
//! One module per provider holds what that provider really sends: [`Payload`] reads a body into its event type,
//! [`ParseError`] says where a body does not fit. Nothing here verifies anything: use `webhook-verify` (or one of
//! the adapters) first, and read the body only behind its proof.
//!
//! The models are open: an unknown event keeps its name and its raw JSON, string enums keep values they do not
//! know, unknown fields are ignored, and numbers and times keep every digit the sender wrote.
//!
//! # Features
//!
//! Each one compiles the module of the same name. All but `drift` are on by default.
//!
//! | feature | module |
//! | --- | --- |
//! | `chatterwise` | [`chatterwise`]: ChatterWise |
//! | `clerk` | [`clerk`]: Clerk |
//! | `drift` | `drift`: what a model loses of a body, for tests |
//! | `fluxbase` | [`fluxbase`]: Fluxbase |
//! | `notion` | [`notion`]: Notion's webhooks, automations and pages |
//! | `record-envelope` | [`record_envelope`]: the Hybrid Memory API's envelope |
//! | `resend` | [`resend`]: Resend |
//! | `standard-webhooks` | [`standard_webhooks`]: any sender that follows Standard Webhooks |
//! | `supabase` | [`supabase`]: Supabase database webhooks |
//! | `supabase-auth` | [`supabase_auth`]: Supabase Auth Hooks and their answers |

#[macro_use]
#[allow(dead_code, unused_macros, reason = "which parts are used depends on the features")]
mod event;
#[macro_use]
#[allow(unused_macros, reason = "which parts are used depends on the features")]
mod open_enum;
#[macro_use]
#[allow(unused_macros, reason = "which parts are used depends on the features")]
mod open_object;
#[macro_use]
#[allow(unused_macros, reason = "which parts are used depends on the features")]
mod text_or_number;

#[cfg(feature = "chatterwise")]
pub mod chatterwise;
#[cfg(feature = "clerk")]
pub mod clerk;
#[cfg(feature = "drift")]
pub mod drift;
#[cfg(feature = "fluxbase")]
pub mod fluxbase;
#[cfg(feature = "notion")]
pub mod notion;
#[cfg(feature = "record-envelope")]
pub mod record_envelope;
#[cfg(feature = "resend")]
pub mod resend;
#[cfg(feature = "standard-webhooks")]
pub mod standard_webhooks;
#[cfg(feature = "supabase")]
pub mod supabase;
#[cfg(feature = "supabase-auth")]
pub mod supabase_auth;

mod delivery;
mod error;
mod extra;
mod payload;
mod peek;
mod raw;
mod row;
mod scan;
mod sensitive;
mod time;

pub use delivery::{Delivery, IdempotencyKey};
pub use error::ParseError;
pub use event::UnknownEvent;
pub use extra::ExtraFields;
pub use payload::{Outcome, Payload};
pub use peek::peek;
pub use raw::RawJson;
pub use row::{Columns, JsonRow};
pub use sensitive::Sensitive;
pub use time::{Timestamp, UnixMillis, UnixTime};
