//! An event answered with 2xx is stored durably and processed at least once; a duplicate within the retention is
//! recognised; nothing verified is lost, also when it cannot be parsed yet.

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
pub use worker::{Control, DEFAULT_CONCURRENCY, DEFAULT_GRACE, DEFAULT_LEASE, Worker, WorkerError};

#[cfg(feature = "sqlite")]
pub use rusqlite;
#[cfg(feature = "postgres")]
pub use tokio_postgres;
pub use webhook_core;
pub use webhook_retry;
pub use webhook_verify;
