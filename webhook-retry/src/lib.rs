//! A retry policy as a value: how often to try, and how long to wait in between.
//!
//! A [`RetryPolicy`] is data. [`decide`] is a pure function of a policy and a [`Failure`], without a clock, a random
//! generator, a runtime or an allocator, so it can be tested, stored, previewed, and run inside any loop: a
//! database-backed queue, [`backon`](https://docs.rs/backon), `tower::retry`, `reqwest-retry`, or the small loop of
//! this crate, [`Retry`].
//!
//! ```
//! use std::time::Duration;
//! use webhook_retry::{Class, Decision, Failure, Key, RetryPolicy, decide};
//!
//! let policy = RetryPolicy::durable();
//! let key = Key::new("msg_2Lml");
//! let failure = Failure::new(3, Duration::from_secs(305), Class::Transient).entropy(key.entropy(3));
//! let Decision::RetryIn(wait) = decide(&policy, failure) else { panic!("there are eight attempts") };
//! assert!((24 * 60..=36 * 60).contains(&wait.as_secs()), "half an hour, plus or minus 20 per cent");
//! ```
//!
//! # Which retry do I need?
//!
//! Three places can try again after a failure, and each covers what the others cannot.
//!
//! | what failed | who tries again | with | survives a crash of ours |
//! | --- | --- | --- | --- |
//! | the delivery to us: we were down, slow, or answered 5xx | the sender, if it tries at all ([`senders`]) | its own schedule; we remember its keys for its [`horizon`](senders::Sender::horizon) and answer 503 with `Retry-After` when we are full | yes, it is not ours |
//! | a call that our handler makes, for seconds: a reset connection, a 429 | the handler itself, in process | [`Retry`] or an adapter, with [`RetryPolicy::guide`] or a policy as short | no |
//! | our handling of an event that we have answered with 2xx, for hours: a database or another service is down | the inbox, `webhook-inbox` | [`RetryPolicy::durable`] with [`decide`], and the time of the next attempt stored | yes |
//!
//! Once we have answered 2xx the sender never tries again: what fails after that is ours alone. And an attempt in
//! process must end before the sender's own time limit, or the sender sends the event again meanwhile.
//!
//! # The presets
//!
//! `max_attempts` counts the first attempt, and every wait is counted from the failure before it. Each line is an
//! attempt: the wait before it, and the waits so far.
//!
//! | | [`RetryPolicy::guide`] | [`RetryPolicy::durable`] (each wait ±20 %) | [`RetryPolicy::once`] |
//! | --- | --- | --- | --- |
//! | attempt 1 | at once | at once | at once |
//! | attempt 2 | after 2 s, 2 s in all | after 5 s, 5 s in all | |
//! | attempt 3 | after 4 s, 6 s in all | after 5 min, 5 min 5 s in all | |
//! | attempt 4 | | after 30 min, 35 min 5 s in all | |
//! | attempt 5 | | after 2 h, 2 h 35 min 5 s in all | |
//! | attempt 6 | | after 5 h, 7 h 35 min 5 s in all | |
//! | attempt 7 | | after 10 h, 17 h 35 min 5 s in all | |
//! | attempt 8 | | after 10 h, 27 h 35 min 5 s in all | |
//!
//! The timelines of the webhook senders are in [`senders`]. [`RetryPolicy::schedule_preview`] prints any of them:
//!
//! ```
//! use webhook_retry::RetryPolicy;
//!
//! assert_eq!(
//!     RetryPolicy::durable().schedule_preview().to_string(),
//!     "attempt 1: at once\n\
//!      attempt 2: after 5 s (4 s to 6 s), 5 s in all\n\
//!      attempt 3: after 5 min (4 min to 6 min), 5 min 5 s in all\n\
//!      attempt 4: after 30 min (24 min to 36 min), 35 min 5 s in all\n\
//!      attempt 5: after 2 h (1 h 36 min to 2 h 24 min), 2 h 35 min 5 s in all\n\
//!      attempt 6: after 5 h (4 h to 6 h), 7 h 35 min 5 s in all\n\
//!      attempt 7: after 10 h (8 h to 12 h), 17 h 35 min 5 s in all\n\
//!      attempt 8: after 10 h (8 h to 12 h), 27 h 35 min 5 s in all\n",
//! );
//! assert_eq!(RetryPolicy::once().schedule_preview().to_string(), "attempt 1: at once\n");
//! ```
//!
//! # What holds for every policy
//!
//! * A wait is never above `max_delay`, jitter included, unless the other side asked for more and the policy
//!   honours it ([`RetryAfter`]); then it is never above that cap.
//! * No attempt is begun after `max_elapsed`, and nobody waits for one that would be.
//! * Times are whole milliseconds, growth is a fraction, and all arithmetic saturates: nothing panics, wraps or
//!   drifts.
//! * The same policy and the same failure give the same decision, on every machine.
//! * A policy that makes no sense is refused when it is built or read, with an error that names the field.
//!
//! Left out on purpose: hedging (a second attempt before the first has failed does twice what should happen once)
//! and circuit breakers (an inbox that sees its target down stops claiming events and keeps their attempts).
//!
//! # Features
//!
//! None is on by default. Without features the crate needs neither `std` nor an allocator; nor does it with `serde`
//! or `backon`.
//!
//! | feature | adds |
//! | --- | --- |
//! | `serde` | `Serialize` and `Deserialize` for [`RetryPolicy`]; see below |
//! | `http` | `http`: status codes to classes, `Retry-After` |
//! | `backon` | `backon::BackonPolicy`, for loops run by `backon` |
//! | `tower` | `tower::TowerPolicy`, for `tower::retry` |
//! | `retry-policies` | `retry_policies::SharedPolicy`, for `reqwest-retry` and others |
//!
//! All of them build for `wasm32-unknown-unknown`; with `retry-policies` the application has to switch on the
//! `wasm_js` feature of `getrandom` there, because that crate draws random numbers of its own.
//!
//! # The serialised form
//!
//! Version 1, for self-describing formats such as JSON and TOML. Times are in milliseconds. Only `v`, `schedule` and
//! `max_attempts` must be there; the others have the builder's defaults. Unknown fields are refused, because a
//! misspelt limit is no limit.
//!
//! ```json
//! {
//!   "v": 1,
//!   "schedule": { "exponential": { "first_ms": 2000, "ratio": [2, 1] } },
//!   "max_attempts": 3,
//!   "max_delay_ms": 4000,
//!   "min_delay_ms": 0,
//!   "throttled_min_delay_ms": 0,
//!   "max_elapsed_ms": null,
//!   "jitter": "none",
//!   "retry_after": { "up_to": { "cap_ms": 3600000 } }
//! }
//! ```
//!
//! The other schedules are `{"fixed": {"delay_ms": 1000}}`, `{"linear": {"first_ms": 5000, "step_ms": 5000}}`,
//! `{"fibonacci": {"first_ms": 1000}}` and `{"table": {"delays_ms": [5000, 300000]}}`; the other jitters `"full"`,
//! `"equal"` and `{"proportional": {"per_mille": 200}}`; and `retry_after` can be `"ignore"`.
#![no_std]

#[cfg(any(feature = "http", feature = "retry-policies"))]
extern crate std;

mod builder;
mod decide;
mod delays;
mod error;
#[cfg(feature = "serde")]
mod form;
mod jitter;
mod key;
mod millis;
mod policy;
mod presets;
mod preview;
mod ratio;
mod run;
mod schedule;
pub mod senders;
mod table;

#[cfg(feature = "backon")]
pub mod backon;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "retry-policies")]
pub mod retry_policies;
#[cfg(feature = "tower")]
pub mod tower;

pub use builder::PolicyBuilder;
pub use decide::{Class, Decision, Failure, GiveUpReason, Verdict, decide};
pub use delays::Delays;
pub use error::PolicyError;
pub use jitter::Jitter;
pub use key::Key;
pub use policy::{RetryAfter, RetryPolicy};
pub use preview::{Preview, Step};
pub use ratio::Ratio;
pub use run::{Attempt, AttemptError, GaveUp, Report, Retry};
pub use schedule::Schedule;
pub use table::Table;
