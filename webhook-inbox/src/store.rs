use std::fmt;
use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use webhook_core::{IdempotencyKey, UnixMillis};
use webhook_retry::{Class, GiveUpReason};

use crate::{EventId, NewEvent, StoreError};

/// Longest error text that is kept of an attempt, in bytes.
pub const MAX_ERROR: usize = 1024;

/// Most events in one [`claim`](InboxStore::claim).
pub const MAX_CLAIM: usize = 256;

/// Where events are kept between the answer to the sender and the end of their processing.
///
/// Every store keeps these rules, which the module `conformance` (a feature) checks:
///
/// 1. `accept` returns when the events are as durable as [`Guarantees::durability`] says. An error means "not stored,
///    or unknown". One duplicate in a batch does not fail its neighbours.
/// 2. The same source and key is the same event for as long as the key is kept, also when the body is gone; the
///    duplicate's receipt has the first one's id, state and answer, and tells whether the body was another. Without
///    a key an event is always new.
/// 3. `claim` counts the attempt, so a crash uses one up. An event whose attempts are used up becomes a dead letter in
///    `claim` and is not handed out.
/// 4. A lease ends by the store's clock. After that the event can be claimed again.
/// 5. Each claim gives a greater token. `settle` and `extend` with an old one change nothing and say so. The newest one
///    is good also after its lease's end, until the event is claimed again.
/// 6. The end of an attempt and the time of the next are written together.
/// 7. [`Outcome::Release`] gives the attempt back.
/// 8. Of the events with one ordering key only the earliest unfinished one is handed out. Replays queue up behind it,
///    several in the order in which they were stored.
/// 9. A replay begins a new series of attempts on the same event and keeps the old ones.
/// 10. A store that can take no more refuses at once.
#[async_trait]
pub trait InboxStore: fmt::Debug + Send + Sync + 'static {
    /// What this store promises.
    fn guarantees(&self) -> Guarantees;

    /// Stores events, all or each: the receipts are in the order of `events`.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing may then be answered to the senders but "try again".
    async fn accept(&self, events: &[NewEvent]) -> Result<Vec<Receipt>, StoreError>;

    /// Leases the events that are due, those due first, and counts their attempts.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn claim(&self, claim: &Claim) -> Result<Claims, StoreError>;

    /// Lets a lease last until `lease` from now.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] when the event was claimed again, or settled.
    async fn extend(&self, held: &Lease, lease: Duration) -> Result<Lease, StoreError>;

    /// Ends attempts, each for itself. Settling once more with the same lease and outcome changes nothing and is
    /// [`Settled::Yes`].
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, StoreError>;

    /// Returns when an event may have become due for one of these routes, or after `at_most`. It may return early, but
    /// not again and again while nothing changes.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn wakeup(&self, routes: &[Route], at_most: Duration) -> Result<(), StoreError>;
}

/// A store whose attempts can end in the same transaction as what the handler wrote, so that the effect happens
/// exactly once.
pub trait TransactionalInbox: InboxStore {
    /// A transaction of the database that the store is in.
    type Transaction<'t>;

    /// Ends an attempt in the caller's transaction: it counts when that is committed. A lost lease is an error, so
    /// that `?` rolls the handler's own writes back.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] when another attempt took over, or a [`StoreError`] of the database.
    fn settle_in(
        transaction: &mut Self::Transaction<'_>,
        settlement: &Settlement,
    ) -> impl Future<Output = Result<(), StoreError>>;
}

/// What a store promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Guarantees {
    /// What an accepted event survives.
    pub durability: Durability,
    /// Whether an attempt that lost its lease is kept from settling. A [`Worker`](crate::Worker) refuses a store
    /// without it.
    pub fencing: bool,
    /// Whether ordering keys are kept. [`Inbox::ordered_by`](crate::Inbox::ordered_by) refuses a store without it.
    pub ordering: bool,
}

impl Guarantees {
    /// A store that fences and orders, and whose events survive this.
    pub const fn new(durability: Durability) -> Self {
        Self { durability, fencing: true, ordering: true }
    }
}

/// What an accepted event survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Durability {
    /// Nothing: it lives in the process's memory.
    Process,
    /// A crash of the process and a loss of power.
    Power,
}

/// What became of an event that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// It was stored.
    New(EventId),
    /// It is there already.
    Duplicate(Duplicate),
}

impl Receipt {
    /// The number of the event; of a duplicate, that of the first.
    pub const fn id(&self) -> EventId {
        match self {
            Self::New(id) => *id,
            Self::Duplicate(duplicate) => duplicate.id,
        }
    }
}

/// The event that was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Duplicate {
    /// Its number.
    pub id: EventId,
    /// How far it has come.
    pub state: State,
    /// Whether the bodies are equal, byte for byte. Notion counts attempts in the body, so there a repetition differs.
    pub same_content: bool,
    /// What its sender was answered.
    pub answer: Option<String>,
}

impl Duplicate {
    /// For stores: the event that was there before.
    pub const fn new(id: EventId, state: State, same_content: bool, answer: Option<String>) -> Self {
        Self { id, state, same_content, answer }
    }
}

/// How far an event has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum State {
    /// It waits for an earlier event with the same ordering key.
    Blocked,
    /// It waits for its next attempt.
    Pending,
    /// An attempt runs, or was cut off and its lease has not ended.
    Leased,
    /// It was processed.
    Done,
    /// It was given up: a dead letter, kept until it is replayed or purged.
    Dead,
}

impl State {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Blocked, Self::Pending, Self::Leased, Self::Done, Self::Dead];

    /// A stable lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Pending => "pending",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }

    /// Whether there is nothing left to do.
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Done | Self::Dead)
    }

    /// The number that the SQL stores keep it as.
    #[cfg_attr(not(any(feature = "sqlite", feature = "postgres")), allow(dead_code))]
    pub(crate) const fn code(self) -> i16 {
        match self {
            Self::Blocked => 0,
            Self::Pending => 1,
            Self::Leased => 2,
            Self::Done => 3,
            Self::Dead => 4,
        }
    }

    #[cfg_attr(not(any(feature = "sqlite", feature = "postgres")), allow(dead_code))]
    pub(crate) fn of_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// The events that one handler takes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// Events of this source,
    pub source: String,
    /// of these names,
    pub kinds: Kinds,
    /// which become dead letters instead of being claimed once more than so many times.
    pub max_attempts: NonZeroU32,
}

impl Route {
    /// The events of these names from `source`.
    pub fn new(source: impl Into<String>, kinds: Kinds, max_attempts: NonZeroU32) -> Self {
        Self { source: source.into(), kinds, max_attempts }
    }

    /// Whether an event is on this route.
    pub fn takes(&self, source: &str, kind: Option<&str>) -> bool {
        self.source == source && self.kinds.takes(kind)
    }
}

/// Names of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kinds {
    /// These.
    Only(Vec<String>),
    /// All others, and events without a name.
    Except(Vec<String>),
}

impl Kinds {
    /// Whether a name is one of these.
    pub fn takes(&self, kind: Option<&str>) -> bool {
        let listed = |kinds: &[String]| kind.is_some_and(|kind| kinds.iter().any(|listed| listed == kind));
        match self {
            Self::Only(kinds) => listed(kinds),
            Self::Except(kinds) => !listed(kinds),
        }
    }
}

/// What a worker asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// The worker's name, for the attempts' records.
    pub worker: String,
    /// The routes whose handlers run.
    pub routes: Vec<Route>,
    /// Most events to lease; at most [`MAX_CLAIM`] are.
    pub max: usize,
    /// For how long.
    pub lease: Duration,
}

impl Claim {
    /// A claim of up to `max` events.
    pub fn new(worker: impl Into<String>, routes: Vec<Route>, max: usize, lease: Duration) -> Self {
        Self { worker: worker.into(), routes, max, lease }
    }
}

/// What a claim gave.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Claims {
    /// The events that are leased now.
    pub events: Vec<Claimed>,
    /// Events that became dead letters, since all their attempts were cut off or used up.
    pub buried: Vec<EventId>,
}

impl Claims {
    /// For stores: what a claim gave.
    pub const fn new(events: Vec<Claimed>, buried: Vec<EventId>) -> Self {
        Self { events, buried }
    }
}

/// An event with its lease.
#[derive(Clone)]
#[non_exhaustive]
pub struct Claimed {
    /// The permission to process it.
    pub lease: Lease,
    /// Which attempt of its series this is; the first is 1.
    pub attempt: u32,
    /// Which series of attempts; the first is 1, and each replay begins another.
    pub series: u32,
    /// From the beginning of the first attempt of the series until this claim.
    pub elapsed: Duration,
    /// When the event was stored.
    pub received_at: UnixMillis,
    /// Where it comes from.
    pub source: String,
    /// Its name.
    pub kind: Option<String>,
    /// What makes it the same event as another.
    pub key: Option<IdempotencyKey>,
    /// The sender's id of the message.
    pub delivery_id: Option<String>,
    /// What it is ordered by.
    pub ordering_key: Option<String>,
    /// The body's bytes as they were received.
    pub body: Bytes,
}

/// For stores: a claimed event is made of a lease and a body, and the rest is set field by field.
impl Claimed {
    /// The first attempt at a body without any further details.
    pub fn new(lease: Lease, source: String, body: Bytes) -> Self {
        Self {
            lease,
            attempt: 1,
            series: 1,
            elapsed: Duration::ZERO,
            received_at: UnixMillis::from_millis(0),
            source,
            kind: None,
            key: None,
            delivery_id: None,
            ordering_key: None,
            body,
        }
    }
}

/// The body is not shown: it belongs into no log.
impl fmt::Debug for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claimed")
            .field("lease", &self.lease)
            .field("attempt", &self.attempt)
            .field("source", &self.source)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The permission to process one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The event.
    pub event: EventId,
    /// Grows with every claim of the event, so that an older attempt is told from the present one.
    pub token: i64,
    /// When it ends, by the store's clock.
    pub until: UnixMillis,
}

impl Lease {
    /// For stores: a lease.
    pub const fn new(event: EventId, token: i64, until: UnixMillis) -> Self {
        Self { event, token, until }
    }
}

/// The end of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settlement {
    /// Of which attempt.
    pub lease: Lease,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it ran.
    pub took: Duration,
}

impl Settlement {
    /// The end of an attempt that ran for `took`.
    pub const fn new(lease: Lease, outcome: Outcome, took: Duration) -> Self {
        Self { lease, outcome, took }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The event was processed.
    Done,
    /// It failed, and is tried again.
    Retry {
        /// The wait until then, from now by the store's clock.
        after: Duration,
        /// What went wrong.
        failure: AttemptFailure,
    },
    /// It failed for good.
    Dead {
        /// Why there is no further attempt.
        reason: DeadReason,
        /// What went wrong.
        failure: AttemptFailure,
    },
    /// It did not run to its end, through no fault of its own: the attempt is given back.
    Release,
}

impl Outcome {
    /// The state that the event is in after it.
    pub const fn state(&self) -> State {
        match self {
            Self::Done => State::Done,
            Self::Dead { .. } => State::Dead,
            Self::Retry { .. } | Self::Release => State::Pending,
        }
    }

    /// What went wrong, if anything did.
    pub const fn failure(&self) -> Option<&AttemptFailure> {
        match self {
            Self::Retry { failure, .. } | Self::Dead { failure, .. } => Some(failure),
            Self::Done | Self::Release => None,
        }
    }
}

/// What went wrong in an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptFailure {
    /// The kind of failure.
    pub class: Class,
    /// The handler's own words.
    pub error: String,
}

impl AttemptFailure {
    /// A failure; of the text at most [`MAX_ERROR`] bytes are kept.
    pub fn new(class: Class, error: impl Into<String>) -> Self {
        let mut error = error.into().replace('\0', "\u{fffd}");
        error.truncate(error.floor_char_boundary(MAX_ERROR));
        Self { class, error }
    }
}

/// Why an event is a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeadReason {
    /// The failure was permanent.
    Permanent,
    /// The other side is gone for good.
    Gone,
    /// All attempts were made.
    Attempts,
    /// The time for further attempts was over.
    Elapsed,
    /// The last attempt was cut off: its process ended, or its lease did.
    Crashed,
}

impl DeadReason {
    /// All reasons.
    pub const ALL: [Self; 5] = [Self::Permanent, Self::Gone, Self::Attempts, Self::Elapsed, Self::Crashed];

    /// A stable lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Gone => "gone",
            Self::Attempts => "attempts",
            Self::Elapsed => "elapsed",
            Self::Crashed => "crashed",
        }
    }

    #[cfg_attr(not(any(feature = "sqlite", feature = "postgres")), allow(dead_code))]
    pub(crate) fn of_str(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

impl From<GiveUpReason> for DeadReason {
    fn from(reason: GiveUpReason) -> Self {
        match reason {
            GiveUpReason::Permanent => Self::Permanent,
            GiveUpReason::Gone => Self::Gone,
            GiveUpReason::Elapsed => Self::Elapsed,
            _ => Self::Attempts,
        }
    }
}

/// Whether an attempt's end was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was.
    Yes,
    /// Another attempt has taken over, or the event is finished: nothing was changed.
    LeaseLost,
}
