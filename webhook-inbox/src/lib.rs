//! An event answered with 2xx is stored durably and processed at least once; a duplicate within the retention is
//! recognised; nothing verified is lost, also when it cannot be parsed yet.
//!
//! An endpoint puts verified requests into an [`Inbox`] and answers 202 when they are written; a [`Worker`] takes them
//! out and calls [`Handler`]s, with a timeout, retries and dead letters; an operator looks and replays through
//! [`InboxAdmin`]. All three share a store. The adapters do the first part in one line: see `accept` in `webhook-axum`
//! and `webhook-actix`, feature `inbox`.
//!
//! ```
//! use webhook_inbox::{Handler, HandlerError, Inbox, Job, Retention, SqliteStore, Worker};
//! use webhook_verify::providers::Clerk;
//! use webhook_verify::{Received, Receiver};
//!
//! async fn sync_user(job: Job<Clerk>) -> Result<(), HandlerError> {
//!     let event = job.event()?;
//!     // … an error here means: again later. It must bear to run twice.
//!     Ok(())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("inbox.db");
//! let store = SqliteStore::open(path)?;
//! let inbox = Inbox::new(store.clone()); // the endpoint: `inbox.receive(&received).await?`, then 202
//! let worker = Worker::new(store.clone())
//!     .handler(Handler::on("user.created", sync_user))
//!     .handler(Handler::all(async |_: Job<Clerk>| Ok(()))) // what has no handler waits for one
//!     .retention(store, Retention::default());
//! # let ctrl_c = async {};
//! worker.run(ctrl_c).await?; // until the signal, and then lets the running attempts end
//! # let _ = inbox;
//! # Ok(())
//! # }
//! ```
//!
//! # What is promised
//!
//! * **Stored, then answered.** [`Inbox::accept`] returns after the write is on the disk. What cannot be stored is an
//!   error, to be answered with 503, so the sender's own retry is the back-pressure.
//! * **At least once.** A crash during an attempt repeats it. An effect that must happen exactly once is written together
//!   with the attempt's end: [`TransactionalInbox`].
//! * **Duplicates are told.** The key is the provider's (`svix-id` and the endpoint, Notion's `id`, …) and is kept for 7
//!   days unless [`Retention`] says otherwise. Supabase and Fluxbase send none: their events are always new, since two
//!   equal bodies can be two honest changes.
//! * **No event is in the way of others.** A handler that fails, hangs, panics or ends the process uses up its own
//!   attempts: each claim counts one, and the last makes a dead letter, kept until it is replayed.
//! * **Order where it is asked for.** Events with the same ordering key run one after the other
//!   ([`Inbox::ordered_by`]); all others run beside each other.
//!
//! # Stores
//!
//! | store | feature | for |
//! | --- | --- | --- |
//! | [`MemoryStore`] | | tests: a crash loses it |
//! | `SqliteStore` | `sqlite`, the default | one machine: one file, no server |
//! | `PostgresStore` | `postgres` | more than one machine, or a database that is there anyway |
//! | your own | `conformance` | a suite of checks proves an [`InboxStore`] |
//!
//! # Retries
//!
//! The default is [`RetryPolicy::durable`](webhook_retry::RetryPolicy::durable): 8 attempts over 27 hours, enough for an
//! outage at night. [`RetryPolicy::guide`](webhook_retry::RetryPolicy::guide), 3 attempts over 6 seconds, is the
//! timeline of the Hybrid Memory guide; it does not outlive a deployment.
//!
//! # What is logged and counted
//!
//! Each attempt runs in a [`tracing`] span `webhook_attempt` with `handler`, `event`, `attempt` and `series`. With the
//! feature `metrics` these go through the `metrics` facade:
//!
//! | name | kind | labels |
//! | --- | --- | --- |
//! | `webhook_inbox_accepted_total` | counter | `source`; `result`: `new`, `duplicate`, `duplicate_key`, or [`StoreError::code`] |
//! | `webhook_inbox_attempts_total` | counter | `handler`; `status`: [`AttemptStatus::as_str`] |
//! | `webhook_inbox_attempt_duration_seconds` | histogram | `handler` |
//! | `webhook_inbox_dead_total` | counter | `handler`; `reason`: [`DeadReason::as_str`] |
//! | `webhook_inbox_buried_total` | counter | dead letters whose last attempt was cut off |
//! | `webhook_inbox_running` | gauge | attempts that run now |
//! | `webhook_inbox_store_errors_total` | counter | `what`; `code`: [`StoreError::code`] |
//!
//! Neither has any text of a sender. Backlog, latencies and counts over all processes are [`InboxAdmin::stats`].
//!
//! # Features
//!
//! | feature | what |
//! | --- | --- |
//! | `sqlite` | `SqliteStore`, with SQLite itself; on by default |
//! | `postgres` | `PostgresStore`, with TLS |
//! | `metrics` | counters and histograms through the `metrics` facade |
//! | `conformance` | the contract as a suite of checks, for stores of your own |

mod adapter;
mod admin;
mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod event;
mod handler;
mod inbox;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
mod telemetry;
mod worker;

pub use admin::{
    Attempt, AttemptStatus, Event, Filter, Hour, InboxAdmin, Keep, Latency, MAX_HOURS, MAX_PAGE, Page,
    Purged, Range, Replay, Retention, SourceStats, Stats, Tally,
};
pub use clock::Clock;
pub use error::{OpenError, StoreError};
pub use event::{EventId, MAX_ANSWER, MAX_NAME, NewEvent};
pub use handler::{DEFAULT_TIMEOUT, Handler, HandlerError, Job};
pub use inbox::{Inbox, Stored};
pub use memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresStore, PostgresTransaction};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore, SqliteTransaction};
pub use store::{
    AttemptFailure, Claim, Claimed, Claims, DeadReason, Duplicate, Durability, Guarantees, InboxStore, Kinds,
    Lease, MAX_CLAIM, MAX_ERROR, Outcome, Receipt, Route, Settled, Settlement, State, TransactionalInbox,
};
pub use worker::{
    Control, DEFAULT_CONCURRENCY, DEFAULT_GRACE, DEFAULT_LEASE, MAX_CONCURRENCY, Worker, WorkerError,
};

#[cfg(feature = "sqlite")]
pub use rusqlite;
#[cfg(feature = "postgres")]
pub use tokio_postgres;
pub use webhook_core;
pub use webhook_retry;
pub use webhook_verify;
