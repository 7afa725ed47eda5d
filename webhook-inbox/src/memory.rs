use std::collections::{BTreeMap, BTreeSet, HashMap, btree_map};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use webhook_core::UnixMillis;

use crate::admin::MAX_HOURS;
use crate::clock::{after, between};
use crate::{
    Attempt, AttemptStatus, Claim, Claimed, Claims, Clock, DeadReason, Duplicate, Durability, Event, EventId,
    Filter, Guarantees, Hour, InboxAdmin, InboxStore, Keep, Latency, Lease, MAX_CLAIM, MAX_PAGE, NewEvent,
    Outcome, Page, Purged, Range, Receipt, Replay, Retention, Route, Settled, Settlement, SourceStats, State,
    Stats, StoreError, Tally,
};

/// How many bytes of bodies the store holds before it refuses more.
const CAPACITY: usize = 256 * 1024 * 1024;

/// Events in the memory of the process, for tests: a crash loses them.
///
/// It keeps every rule of the contract but durability, and refuses new events when their bodies are 256 MiB together.
/// Clones are the same store.
#[derive(Clone)]
pub struct MemoryStore {
    clock: Clock,
    inner: Arc<Mutex<Inner>>,
    /// Changes when an event may have become due.
    changes: Arc<watch::Sender<u64>>,
}

#[derive(Default)]
struct Inner {
    rows: BTreeMap<EventId, Row>,
    /// When each pending event is due and each lease ends.
    due: BTreeSet<(UnixMillis, EventId)>,
    keys: HashMap<(String, String), EventId>,
    orders: HashMap<(String, String), Order>,
    bytes: usize,
    last_id: i64,
    purged: BTreeMap<(String, Option<String>), Tally>,
}

struct Row {
    event: Event,
    digest: [u8; 32],
    answer: Option<String>,
    token: i64,
    series_began: UnixMillis,
    attempts: Vec<Attempt>,
}

/// The unfinished events of one ordering key.
struct Order {
    active: EventId,
    blocked: BTreeSet<EventId>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::with_clock(Clock::system())
    }

    /// An empty store that goes by this clock.
    pub fn with_clock(clock: Clock) -> Self {
        Self { clock, inner: Arc::default(), changes: Arc::new(watch::Sender::new(0)) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|changes| *changes = changes.wrapping_add(1));
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("events", &self.lock().rows.len()).finish_non_exhaustive()
    }
}

#[async_trait]
impl InboxStore for MemoryStore {
    fn guarantees(&self) -> Guarantees {
        Guarantees::new(Durability::Process)
    }

    async fn accept(&self, events: &[NewEvent]) -> Result<Vec<Receipt>, StoreError> {
        let now = self.clock.now();
        let mut inner = self.lock();
        let bytes = events.iter().map(|event| event.body().len()).fold(inner.bytes, usize::saturating_add);
        if bytes > CAPACITY {
            return Err(StoreError::Full);
        }
        let receipts = events.iter().map(|event| inner.accept(event, now)).collect();
        drop(inner);
        self.changed();
        Ok(receipts)
    }

    async fn claim(&self, claim: &Claim) -> Result<Claims, StoreError> {
        let now = self.clock.now();
        Ok(self.lock().claim(claim, now))
    }

    async fn extend(&self, held: &Lease, lease: Duration) -> Result<Lease, StoreError> {
        let until = after(self.clock.now(), lease);
        let mut inner = self.lock();
        let row = inner.rows.get_mut(&held.event).filter(|row| row.holds(held));
        let Some(row) = row else {
            return Err(StoreError::LeaseLost);
        };
        let before = row.event.due_at.replace(until);
        inner.reschedule(held.event, before, Some(until));
        Ok(Lease::new(held.event, held.token, until))
    }

    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, StoreError> {
        let now = self.clock.now();
        let mut inner = self.lock();
        let settled = settlements.iter().map(|settlement| inner.settle(settlement, now)).collect();
        drop(inner);
        self.changed();
        Ok(settled)
    }

    async fn wakeup(&self, routes: &[Route], at_most: Duration) -> Result<(), StoreError> {
        // First listen, then look: what changes in between is not missed.
        let mut changes = self.changes.subscribe();
        let now = self.clock.now();
        let due = self.lock().next_due(routes).map_or(at_most, |due| between(now, due).min(at_most));
        // The sender lives as long as the store, so the only end of the wait beside the time is a change.
        let _ = tokio::time::timeout(due, changes.changed()).await;
        Ok(())
    }
}

#[async_trait]
impl InboxAdmin for MemoryStore {
    async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError> {
        Ok(self.lock().rows.get(&id).map(|row| row.event.clone()))
    }

    async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Event>, StoreError> {
        let inner = self.lock();
        let rows = inner.rows.values().rev();
        let rows =
            rows.filter(|row| page.before.is_none_or(|before| row.event.id < before) && row.is_of(filter));
        Ok(rows.take(page.limit.min(MAX_PAGE)).map(|row| Event { body: None, ..row.event.clone() }).collect())
    }

    async fn attempts(&self, id: EventId) -> Result<Vec<Attempt>, StoreError> {
        Ok(self.lock().rows.get(&id).map(|row| row.attempts.clone()).unwrap_or_default())
    }

    async fn replay(&self, what: &Replay) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let mut inner = self.lock();
        let ids: Vec<EventId> = match what {
            Replay::One(id) => vec![*id],
            Replay::Matching(filter) => {
                inner.rows.values().filter(|row| row.is_of(filter)).map(|row| row.event.id).collect()
            }
        };
        let replayed = ids.into_iter().filter(|id| inner.replay(*id, now)).count();
        drop(inner);
        self.changed();
        Ok(u64::try_from(replayed).unwrap_or(u64::MAX))
    }

    async fn purge(&self, retention: &Retention) -> Result<Purged, StoreError> {
        let now = self.clock.now();
        Ok(self.lock().purge(retention, now))
    }

    async fn stats(&self, range: Range) -> Result<Stats, StoreError> {
        let now = self.clock.now();
        Ok(self.lock().stats(range, now))
    }
}

impl Inner {
    fn accept(&mut self, event: &NewEvent, now: UnixMillis) -> Receipt {
        let source = event.source_name().to_owned();
        let digest = event.digest();
        let key = event.idempotency_key().map(|key| (source.clone(), key.as_str().to_owned()));
        if let Some(row) = key.as_ref().and_then(|key| self.rows.get(self.keys.get(key)?)) {
            return Receipt::Duplicate(Duplicate::new(
                row.event.id,
                row.event.state,
                row.digest == digest,
                row.answer.clone(),
            ));
        }
        self.last_id = self.last_id.saturating_add(1);
        let id = EventId::from_i64(self.last_id);
        if let Some(key) = key {
            self.keys.insert(key, id);
        }
        self.bytes = self.bytes.saturating_add(event.body().len());
        let row = Row {
            event: Event {
                kind: event.kind_name().map(str::to_owned),
                key: event.idempotency_key().cloned(),
                delivery_id: event.delivery_id().map(str::to_owned),
                ordering_key: event.ordering_key().map(str::to_owned),
                body: Some(event.body().clone()),
                ..Event::new(id, source, State::Blocked, now)
            },
            digest,
            answer: event.answer_text().map(str::to_owned),
            token: 0,
            series_began: now,
            attempts: Vec::new(),
        };
        self.rows.insert(id, row);
        self.begin(id, now);
        Receipt::New(id)
    }

    /// An event becomes pending, or blocked by another one of its ordering key.
    fn begin(&mut self, id: EventId, now: UnixMillis) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        if let Some(order) = row.order() {
            match self.orders.entry(order) {
                std::collections::hash_map::Entry::Occupied(mut entry) if entry.get().active != id => {
                    row.event.state = State::Blocked;
                    row.event.due_at = None;
                    entry.get_mut().blocked.insert(id);
                    return;
                }
                entry => {
                    entry.or_insert_with(|| Order { active: id, blocked: BTreeSet::new() });
                }
            }
        }
        row.event.state = State::Pending;
        row.event.due_at = Some(now);
        self.due.insert((now, id));
    }

    /// An event is done or dead; the next of its ordering key may run.
    fn finish(&mut self, id: EventId, state: State, reason: Option<DeadReason>, now: UnixMillis) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        row.event.state = state;
        row.event.reason = reason;
        row.event.finished_at = Some(now);
        let due = row.event.due_at.take();
        let order = row.order();
        self.reschedule(id, due, None);
        let Some(order) = order else { return };
        let next = self.orders.get_mut(&order).and_then(|waiting| {
            let next = waiting.blocked.pop_first()?;
            waiting.active = next;
            Some(next)
        });
        match next {
            Some(next) => self.begin(next, now),
            None => drop(self.orders.remove(&order)),
        }
    }

    fn reschedule(&mut self, id: EventId, before: Option<UnixMillis>, now: Option<UnixMillis>) {
        if let Some(before) = before {
            self.due.remove(&(before, id));
        }
        if let Some(now) = now {
            self.due.insert((now, id));
        }
    }

    fn claim(&mut self, claim: &Claim, now: UnixMillis) -> Claims {
        let mut claims = Claims::default();
        let due: Vec<(EventId, u32)> = self
            .due
            .iter()
            .take_while(|(due, _)| *due <= now)
            .filter_map(|(_, id)| {
                let event = &self.rows.get(id)?.event;
                let route =
                    claim.routes.iter().find(|route| route.takes(&event.source, event.kind.as_deref()))?;
                Some((*id, route.max_attempts.get()))
            })
            .take(claim.max.min(MAX_CLAIM))
            .collect();
        for (id, max_attempts) in due {
            let Some(row) = self.rows.get_mut(&id) else { continue };
            let cut_off = row.event.state == State::Leased;
            if cut_off && let Some(attempt) = row.attempts.last_mut() {
                attempt.status = AttemptStatus::CutOff;
            }
            if row.event.attempts >= max_attempts {
                let reason = if cut_off { DeadReason::Crashed } else { DeadReason::Attempts };
                self.finish(id, State::Dead, Some(reason), now);
                claims.buried.push(id);
                continue;
            }
            let until = after(now, claim.lease);
            let before = row.event.due_at.replace(until);
            claims.events.extend(row.begin_attempt(claim, now, until));
            self.reschedule(id, before, Some(until));
        }
        claims
    }

    fn settle(&mut self, settlement: &Settlement, now: UnixMillis) -> Settled {
        let id = settlement.lease.event;
        let Some(row) = self.rows.get_mut(&id) else { return Settled::LeaseLost };
        if !row.holds(&settlement.lease) {
            let settled =
                row.token == settlement.lease.token && row.event.state == settlement.outcome.state();
            return if settled { Settled::Yes } else { Settled::LeaseLost };
        }
        if let Some(attempt) = row.attempts.last_mut() {
            attempt.status = AttemptStatus::of(&settlement.outcome);
            attempt.duration_ms = u64::try_from(settlement.took.as_millis()).ok();
            attempt.error = settlement.outcome.failure().map(|failure| failure.error.clone());
        }
        let due = match &settlement.outcome {
            Outcome::Done => {
                self.finish(id, State::Done, None, now);
                return Settled::Yes;
            }
            Outcome::Dead { reason, .. } => {
                self.finish(id, State::Dead, Some(*reason), now);
                return Settled::Yes;
            }
            Outcome::Retry { after: wait, .. } => after(now, *wait),
            Outcome::Release => {
                row.event.attempts = row.event.attempts.saturating_sub(1);
                now
            }
        };
        row.event.state = State::Pending;
        let before = row.event.due_at.replace(due);
        self.reschedule(id, before, Some(due));
        Settled::Yes
    }

    fn next_due(&self, routes: &[Route]) -> Option<UnixMillis> {
        self.due.iter().find_map(|(due, id)| {
            let event = &self.rows.get(id)?.event;
            routes.iter().any(|route| route.takes(&event.source, event.kind.as_deref())).then_some(*due)
        })
    }

    fn replay(&mut self, id: EventId, now: UnixMillis) -> bool {
        let Some(row) = self.rows.get_mut(&id) else { return false };
        if !row.event.state.is_finished() || row.event.body.is_none() {
            return false;
        }
        row.event.attempts = 0;
        row.event.series = row.event.series.saturating_add(1);
        row.event.reason = None;
        row.event.finished_at = None;
        row.token = row.token.saturating_add(1);
        self.begin(id, now);
        true
    }

    fn purge(&mut self, retention: &Retention, now: UnixMillis) -> Purged {
        let mut purged = Purged::default();
        let mut gone = Vec::new();
        for row in self.rows.values_mut() {
            let keep: Keep = *retention.sources.get(&row.event.source).unwrap_or(&retention.default);
            if between(row.event.received_at, now) >= keep.keys
                && let Some(key) = row.event.key.take()
            {
                self.keys.remove(&(row.event.source.clone(), key.as_str().to_owned()));
                purged.keys = purged.keys.saturating_add(1);
            }
            let kept = if row.event.state == State::Dead { keep.dead } else { Some(keep.bodies) };
            let (Some(kept), Some(finished)) = (kept, row.event.finished_at) else { continue };
            if between(finished, now) < kept {
                continue;
            }
            if let Some(body) = row.event.body.take() {
                self.bytes = self.bytes.saturating_sub(body.len());
                purged.bodies = purged.bodies.saturating_add(1);
            }
            // The row of an event without its body stays while its key tells duplicates.
            if row.event.key.is_none() {
                gone.push(row.event.id);
            }
        }
        for id in gone {
            if let btree_map::Entry::Occupied(row) = self.rows.entry(id) {
                let row = row.remove();
                let of = (row.event.source.clone(), row.event.kind.clone());
                let tally = self
                    .purged
                    .entry(of)
                    .or_insert_with_key(|(source, kind)| Tally::of(source, kind.clone()));
                row.count(tally, Range::all());
            }
        }
        purged
    }

    fn stats(&self, range: Range, now: UnixMillis) -> Stats {
        let mut tallies = if range == Range::all() { self.purged.clone() } else { BTreeMap::new() };
        let mut sources: BTreeMap<String, SourceStats> = BTreeMap::new();
        let mut latencies: HashMap<&str, Vec<u64>> = HashMap::new();
        let mut hours: HashMap<&str, BTreeMap<i64, Hour>> = HashMap::new();
        for row in self.rows.values() {
            let event = &row.event;
            let of = (event.source.clone(), event.kind.clone());
            row.count(
                tallies.entry(of).or_insert_with_key(|(source, kind)| Tally::of(source, kind.clone())),
                range,
            );
            let source = sources.entry(event.source.clone()).or_default();
            match (event.state, event.finished_at) {
                (State::Dead, _) => source.dead = source.dead.saturating_add(1),
                (State::Done, Some(finished)) if range.holds(finished) => {
                    latencies
                        .entry(&event.source)
                        .or_default()
                        .push(whole_millis(event.received_at, finished));
                }
                (State::Done, _) => {}
                _ => {
                    source.backlog = source.backlog.saturating_add(1);
                    let waiting = whole_millis(event.received_at, now);
                    source.oldest_waiting_ms = source.oldest_waiting_ms.max(Some(waiting));
                }
            }
            for attempt in row.attempts.iter().filter(|attempt| range.holds(attempt.started_at)) {
                let begins = hour_of(attempt.started_at);
                let hours = hours.entry(&event.source).or_default();
                let hour = hours.entry(begins).or_insert(Hour::new(UnixMillis::from_millis(begins), 0, 0));
                hour.attempts = hour.attempts.saturating_add(1);
                hour.failures = hour.failures.saturating_add(u64::from(attempt.status.is_failure()));
            }
        }
        for (name, source) in &mut sources {
            source.latency = latencies.remove(name.as_str()).and_then(percentiles);
            let hours = hours.remove(name.as_str()).unwrap_or_default();
            source.hours = hours.into_values().rev().take(MAX_HOURS).collect();
        }
        Stats::new(&tallies.into_values().collect::<Vec<_>>(), sources)
    }
}

impl Row {
    fn order(&self) -> Option<(String, String)> {
        Some((self.event.source.clone(), self.event.ordering_key.clone()?))
    }

    fn holds(&self, lease: &Lease) -> bool {
        self.event.state == State::Leased && self.token == lease.token
    }

    fn is_of(&self, filter: &Filter) -> bool {
        let event = &self.event;
        filter.source.as_ref().is_none_or(|source| *source == event.source)
            && filter.kind.as_ref().is_none_or(|kind| event.kind.as_ref() == Some(kind))
            && filter.state.is_none_or(|state| state == event.state)
            && Range { since: filter.since, until: filter.until }.holds(event.received_at)
    }

    /// None when there is no body, which an unfinished event has.
    fn begin_attempt(&mut self, claim: &Claim, now: UnixMillis, until: UnixMillis) -> Option<Claimed> {
        let event = &mut self.event;
        if event.attempts == 0 {
            self.series_began = now;
        }
        event.attempts = event.attempts.saturating_add(1);
        event.state = State::Leased;
        self.token = self.token.saturating_add(1);
        self.attempts.push(Attempt::new(event.series, event.attempts, claim.worker.clone(), now));
        Some(Claimed {
            attempt: event.attempts,
            series: event.series,
            elapsed: between(self.series_began, now),
            received_at: event.received_at,
            kind: event.kind.clone(),
            key: event.key.clone(),
            delivery_id: event.delivery_id.clone(),
            ordering_key: event.ordering_key.clone(),
            ..Claimed::new(Lease::new(event.id, self.token, until), event.source.clone(), event.body.clone()?)
        })
    }

    fn count(&self, tally: &mut Tally, range: Range) {
        if self.event.finished_at.is_some_and(|finished| range.holds(finished)) {
            let count =
                if self.event.state == State::Done { &mut tally.processed } else { &mut tally.failed };
            *count = count.saturating_add(1);
        }
        for attempt in self.attempts.iter().filter(|attempt| range.holds(attempt.started_at)) {
            if attempt.attempt > 1 && attempt.status != AttemptStatus::Released {
                tally.retries = tally.retries.saturating_add(1);
            }
            if attempt.status == AttemptStatus::Succeeded {
                tally.successes = tally.successes.saturating_add(1);
                tally.success_ms = tally.success_ms.saturating_add(attempt.duration_ms.unwrap_or(0));
            }
        }
    }
}

fn hour_of(moment: UnixMillis) -> i64 {
    const HOUR: i64 = 3_600_000;
    moment.as_millis().div_euclid(HOUR).saturating_mul(HOUR)
}

fn whole_millis(earlier: UnixMillis, later: UnixMillis) -> u64 {
    u64::try_from(between(earlier, later).as_millis()).unwrap_or(u64::MAX)
}

/// By nearest rank, as the SQL stores have it.
fn percentiles(mut times: Vec<u64>) -> Option<Latency> {
    times.sort_unstable();
    let rank = |percent: usize| {
        let place = times.len().saturating_mul(percent).div_ceil(100).saturating_sub(1);
        times.get(place).copied()
    };
    Some(Latency::new(rank(50)?, rank(95)?, rank(99)?))
}
