use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde::Serialize;
use webhook_core::record_envelope::Stats as Summary;
use webhook_core::{IdempotencyKey, UnixMillis};

use crate::{DeadReason, EventId, State, StoreError};

/// Most events in one page of a [`list`](InboxAdmin::list).
pub const MAX_PAGE: usize = 1000;

/// Most hours that [`SourceStats::hours`] goes back.
pub const MAX_HOURS: usize = 48;

/// What an operator does with a store: look, replay, purge.
#[async_trait]
pub trait InboxAdmin: Send + Sync + 'static {
    /// One event.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError>;

    /// Events, the newest first, without their bodies.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Event>, StoreError>;

    /// The attempts at one event, in their order.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn attempts(&self, id: EventId) -> Result<Vec<Attempt>, StoreError>;

    /// Lets finished events be processed again, each in a new series of attempts. Events that are not finished, and
    /// those whose body is gone, are left alone.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn replay(&self, what: &Replay) -> Result<u64, StoreError>;

    /// Forgets what is older than the retention says. What statistics count stays counted.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn purge(&self, retention: &Retention) -> Result<Purged, StoreError>;

    /// Counts and times, computed from the stored attempts of this range.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn stats(&self, range: Range) -> Result<Stats, StoreError>;
}

/// An event as it is stored.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// Its number.
    pub id: EventId,
    /// Where it comes from.
    pub source: String,
    /// Its name.
    pub kind: Option<String>,
    /// What makes it the same event as another, while that is kept.
    pub key: Option<IdempotencyKey>,
    /// The sender's id of the message.
    pub delivery_id: Option<String>,
    /// What it is ordered by.
    pub ordering_key: Option<String>,
    /// How far it has come.
    pub state: State,
    /// Why it is a dead letter.
    pub reason: Option<DeadReason>,
    /// Attempts of the present series.
    pub attempts: u32,
    /// Series of attempts: 1, and one more for each replay.
    pub series: u32,
    /// When it was stored.
    pub received_at: UnixMillis,
    /// When it can be claimed, or its lease ends; none when it is finished or blocked.
    pub due_at: Option<UnixMillis>,
    /// When it was finished.
    pub finished_at: Option<UnixMillis>,
    /// The body's bytes; none in a list, and none after they were purged.
    #[serde(skip)]
    pub body: Option<Bytes>,
}

impl Event {
    /// For stores: an event of which only the source, the state and the time are known.
    pub const fn new(id: EventId, source: String, state: State, received_at: UnixMillis) -> Self {
        Self {
            id,
            source,
            kind: None,
            key: None,
            delivery_id: None,
            ordering_key: None,
            state,
            reason: None,
            attempts: 0,
            series: 1,
            received_at,
            due_at: None,
            finished_at: None,
            body: None,
        }
    }
}

/// One attempt at an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Attempt {
    /// Its series.
    pub series: u32,
    /// Its place in the series; the first is 1. Attempts that were given back share theirs with the next.
    pub attempt: u32,
    /// Who made it.
    pub worker: String,
    /// When it began.
    pub started_at: UnixMillis,
    /// How it ended.
    pub status: AttemptStatus,
    /// How long it ran, in milliseconds; none while it runs and when it was cut off.
    pub duration_ms: Option<u64>,
    /// The handler's words about a failure.
    pub error: Option<String>,
}

impl Attempt {
    /// For stores: an attempt that has begun.
    pub const fn new(series: u32, attempt: u32, worker: String, started_at: UnixMillis) -> Self {
        Self {
            series,
            attempt,
            worker,
            started_at,
            status: AttemptStatus::Running,
            duration_ms: None,
            error: None,
        }
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AttemptStatus {
    /// It runs, or was cut off and its lease has not ended.
    Running,
    /// The event was processed.
    Succeeded,
    /// It failed in a way that may pass.
    Transient,
    /// It failed since the other side had too much to do.
    Throttled,
    /// It failed for good.
    Permanent,
    /// It failed since the other side is gone.
    Gone,
    /// It was given back at a shutdown.
    Released,
    /// Its lease ended without a word from it.
    CutOff,
}

impl AttemptStatus {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Running,
        Self::Succeeded,
        Self::Transient,
        Self::Throttled,
        Self::Permanent,
        Self::Gone,
        Self::Released,
        Self::CutOff,
    ];

    /// A stable lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Transient => "transient",
            Self::Throttled => "throttled",
            Self::Permanent => "permanent",
            Self::Gone => "gone",
            Self::Released => "released",
            Self::CutOff => "cut_off",
        }
    }

    #[cfg_attr(not(any(feature = "sqlite", feature = "postgres")), allow(dead_code))]
    pub(crate) fn of_str(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether it failed or was cut off.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Transient | Self::Throttled | Self::Permanent | Self::Gone | Self::CutOff)
    }

    /// How the attempt of this outcome ended.
    pub(crate) fn of(outcome: &crate::Outcome) -> Self {
        use webhook_retry::Class;

        match outcome {
            crate::Outcome::Done => Self::Succeeded,
            crate::Outcome::Release => Self::Released,
            crate::Outcome::Retry { failure, .. } | crate::Outcome::Dead { failure, .. } => {
                match failure.class {
                    Class::Throttled => Self::Throttled,
                    Class::Permanent => Self::Permanent,
                    Class::Gone => Self::Gone,
                    _ => Self::Transient,
                }
            }
        }
    }
}

/// Which events. An empty filter is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filter {
    /// Of this source.
    pub source: Option<String>,
    /// Of this name.
    pub kind: Option<String>,
    /// In this state.
    pub state: Option<State>,
    /// Stored at or after this moment.
    pub since: Option<UnixMillis>,
    /// Stored before this moment.
    pub until: Option<UnixMillis>,
}

impl Filter {
    /// All events.
    pub fn all() -> Self {
        Self::default()
    }

    /// The dead letters.
    pub fn dead() -> Self {
        Self { state: Some(State::Dead), ..Self::default() }
    }

    /// Those of this source.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Those of this name.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// Those in this state.
    #[must_use]
    pub const fn state(mut self, state: State) -> Self {
        self.state = Some(state);
        self
    }

    /// Those stored from `since` on and before `until`.
    #[must_use]
    pub const fn stored(mut self, since: Option<UnixMillis>, until: Option<UnixMillis>) -> Self {
        self.since = since;
        self.until = until;
        self
    }
}

/// Which part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// Events with smaller numbers than this: the last id of the page before.
    pub before: Option<EventId>,
    /// At most so many, and at most [`MAX_PAGE`].
    pub limit: usize,
}

impl Page {
    /// The newest `limit` events.
    pub const fn first(limit: usize) -> Self {
        Self { before: None, limit }
    }

    /// The `limit` events before this one.
    pub const fn before(id: EventId, limit: usize) -> Self {
        Self { before: Some(id), limit }
    }
}

/// What to process again.
///
/// # Examples
///
/// ```
/// use webhook_inbox::{Filter, InboxAdmin, MemoryStore, Replay, StoreError};
///
/// async fn the_database_is_back(store: &impl InboxAdmin) -> Result<(), StoreError> {
///     let replayed = store.replay(&Replay::Matching(Filter::dead().source("clerk"))).await?;
///     println!("{replayed} events are processed again");
///     Ok(())
/// }
/// # let _ = the_database_is_back(&MemoryStore::new());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Replay {
    /// One event.
    One(EventId),
    /// All of a filter. [`Filter::dead`] is every dead letter.
    Matching(Filter),
}

/// For how long things are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retention {
    /// What holds for sources that are not named.
    pub default: Keep,
    /// What holds for some sources.
    pub sources: BTreeMap<String, Keep>,
}

impl Retention {
    /// The same for all sources.
    pub const fn new(default: Keep) -> Self {
        Self { default, sources: BTreeMap::new() }
    }

    /// Another one for this source.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>, keep: Keep) -> Self {
        self.sources.insert(source.into(), keep);
        self
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self::new(Keep::default())
    }
}

/// For how long the parts of an event are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Keep {
    /// Idempotency keys, from when the event was stored. Longer than the sender tries, or its late duplicates are new
    /// events: the published schedules go up to 75.6 hours
    /// ([`webhook_retry::senders`] has each one's `horizon`), and events that people resend come later still.
    pub keys: Duration,
    /// Processed events with their bodies and attempts, from when they were finished.
    pub bodies: Duration,
    /// Dead letters, from when they were given up; none: until somebody replays them.
    pub dead: Option<Duration>,
}

impl Keep {
    /// Keys for 7 days, processed events for 30 days, dead letters for ever.
    pub const DEFAULT: Self =
        Self { keys: Duration::from_hours(7 * 24), bodies: Duration::from_hours(30 * 24), dead: None };

    /// Idempotency keys for so long.
    #[must_use]
    pub const fn keys(mut self, time: Duration) -> Self {
        self.keys = time;
        self
    }

    /// Processed events for so long.
    #[must_use]
    pub const fn bodies(mut self, time: Duration) -> Self {
        self.bodies = time;
        self
    }

    /// Dead letters for so long.
    #[must_use]
    pub const fn dead(mut self, time: Option<Duration>) -> Self {
        self.dead = time;
        self
    }
}

impl Default for Keep {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What a purge removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Purged {
    /// Idempotency keys.
    pub keys: u64,
    /// Bodies.
    pub bodies: u64,
}

impl Purged {
    /// For stores: what a purge removed.
    pub const fn new(keys: u64, bodies: u64) -> Self {
        Self { keys, bodies }
    }
}

/// From when until when. Both ends are open unless they are set.
///
/// What was purged is counted only when both are: of a purged event only its counts are left, not its times, so a range
/// with an end can lose events to a purge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Range {
    /// At or after this moment.
    pub since: Option<UnixMillis>,
    /// Before this moment.
    pub until: Option<UnixMillis>,
}

impl Range {
    /// From the beginning to now, and as the only range with what was purged.
    pub const fn all() -> Self {
        Self { since: None, until: None }
    }

    /// From a moment on.
    pub const fn since(moment: UnixMillis) -> Self {
        Self { since: Some(moment), until: None }
    }

    /// Before a moment.
    #[must_use]
    pub const fn until(mut self, moment: UnixMillis) -> Self {
        self.until = Some(moment);
        self
    }

    /// Whether a moment lies in it.
    pub fn holds(&self, moment: UnixMillis) -> bool {
        self.since.is_none_or(|since| moment >= since) && self.until.is_none_or(|until| moment < until)
    }
}

/// Counts and times of a range, by when events were finished.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// The statistics in the JSON of the Hybrid Memory guide.
    ///
    /// `total_processed` counts successes and `total_failed` dead letters; `events_by_type` and `events_by_source`
    /// count both, by name in lower case; `total_retries` counts attempts after the first of their series; the
    /// average is that of the successful attempts.
    pub summary: Summary,
    /// More about each source.
    pub sources: BTreeMap<String, SourceStats>,
}

/// More about one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SourceStats {
    /// Events that wait or run now, whatever the range.
    pub backlog: u64,
    /// For how long the oldest of them has waited since it was stored, in milliseconds.
    pub oldest_waiting_ms: Option<u64>,
    /// Dead letters now, whatever the range.
    pub dead: u64,
    /// From storing to the end of processing, of processed events.
    pub latency: Option<Latency>,
    /// Attempts that began in each hour of the range, the newest hour first; at most [`MAX_HOURS`].
    pub hours: Vec<Hour>,
}

/// Times in milliseconds that half, 95 and 99 of a hundred do not exceed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Latency {
    /// The median.
    pub p50_ms: u64,
    /// 95 of a hundred.
    pub p95_ms: u64,
    /// 99 of a hundred.
    pub p99_ms: u64,
}

impl Latency {
    /// For stores: the three times.
    pub const fn new(p50_ms: u64, p95_ms: u64, p99_ms: u64) -> Self {
        Self { p50_ms, p95_ms, p99_ms }
    }
}

/// The attempts that began in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Hour {
    /// When the hour began.
    pub begins: UnixMillis,
    /// Attempts that began in it.
    pub attempts: u64,
    /// Those of them that failed or were cut off.
    pub failures: u64,
}

impl Hour {
    /// For stores: the attempts of one hour.
    pub const fn new(begins: UnixMillis, attempts: u64, failures: u64) -> Self {
        Self { begins, attempts, failures }
    }
}

/// What the stores count and [`Stats::new`] puts together, so that it means the same in each of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// The source of the events.
    pub source: String,
    /// Their name.
    pub kind: Option<String>,
    /// Processed events.
    pub processed: u64,
    /// Dead letters.
    pub failed: u64,
    /// Attempts after the first of their series that were not given back.
    pub retries: u64,
    /// Successful attempts.
    pub successes: u64,
    /// How long the successful attempts ran together, in milliseconds.
    pub success_ms: u64,
}

impl Tally {
    /// Nothing yet, of these events.
    pub fn of(source: impl Into<String>, kind: Option<String>) -> Self {
        Self { source: source.into(), kind, ..Self::default() }
    }
}

impl Stats {
    /// For stores: statistics from the counts by source and name, and what is known of each source.
    pub fn new(tallies: &[Tally], sources: BTreeMap<String, SourceStats>) -> Self {
        let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).fold(0, u64::saturating_add);
        let average =
            sum(|tally| tally.success_ms).saturating_mul(1000).checked_div(sum(|tally| tally.successes));
        let mut summary = Summary::new(
            sum(|tally| tally.processed),
            sum(|tally| tally.failed),
            sum(|tally| tally.retries),
            Duration::from_micros(average.unwrap_or(0)),
        );
        for tally in tallies {
            let finished = tally.processed.saturating_add(tally.failed);
            if finished == 0 {
                continue;
            }
            if let Some(kind) = &tally.kind {
                let count = summary.events_by_type.entry(kind.to_lowercase()).or_default();
                *count = count.saturating_add(finished);
            }
            let count = summary.events_by_source.entry(tally.source.clone()).or_default();
            *count = count.saturating_add(finished);
        }
        Self { summary, sources }
    }
}
