//! The store in memory with one thing wrong.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use webhook_inbox::webhook_core::UnixMillis;
use webhook_inbox::webhook_retry::Class;
use webhook_inbox::{
    Attempt, AttemptFailure, Claim, Claimed, Claims, Clock, DeadReason, Event, EventId, Filter, Guarantees,
    Hour, InboxAdmin, InboxStore, Kinds, Latency, Lease, MAX_HOURS, MAX_PAGE, MemoryStore, NewEvent, Outcome,
    Page, Purged, Range, Receipt, Replay, Retention, Route, Settled, Settlement, State, Stats, StoreError,
};
use webhook_verify::danger::assume_verified;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    ForgetsKeys,
    ForgetsDeliveryIds,
    ClaimsWithoutDeliveryIds,
    StoresDuplicatesOfDeadLetters,
    StoresDuplicatesOfBlocked,
    IgnoresRoutes,
    ClaimsMore,
    ClaimsBackwards,
    ClaimsById,
    LeasesNeverEnd,
    LeasesAreAMinute,
    ExtendsNoEndedLease,
    SettlesNoEndedLease,
    SettlesAnything,
    RetriesAtOnce,
    ReleaseCosts,
    ReleaseLetsTheNextRun,
    ReplaysNothing,
    ReplaysInTheOldSeries,
    ReplaysBackwards,
    ReplaysQueuesBackwards,
    ReplaysAnyKind,
    ReplaysAnyTime,
    NeverWakes,
    WakesForNoRelease,
    WakesForNoLease,
    WakesForNoReplay,
    WakesForNoNext,
    WakesForOtherRoutes,
    ListsEverything,
    ListsAnyKindOfAState,
    ListsAnyTimeOfAState,
    CountsNothing,
    CountsNoLatency,
    CountsNoWaiting,
    CountsTheWrongHour,
    CountsHoursBackwards,
    CountsAllHours,
    CountsPurgedSinceAnyTime,
    CountsPurgedUntilAnyTime,
    PurgesNothing,
}

#[derive(Debug)]
pub(crate) struct Faulty {
    store: MemoryStore,
    clock: Clock,
    fault: Fault,
    /// When each event was first claimed.
    begun: Mutex<HashMap<EventId, UnixMillis>>,
    /// Changes that nobody is told of.
    untold: AtomicUsize,
    purged: AtomicBool,
}

impl Faulty {
    pub(crate) fn new(clock: Clock, fault: Fault) -> Self {
        Self {
            store: MemoryStore::with_clock(clock.clone()),
            clock,
            fault,
            begun: Mutex::default(),
            untold: AtomicUsize::new(0),
            purged: AtomicBool::new(false),
        }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    async fn newest_first(&self, filter: &Filter) -> Result<Vec<EventId>, StoreError> {
        let events = self.store.list(filter, Page::first(MAX_PAGE)).await?;
        Ok(events.iter().map(|event| event.id).collect())
    }

    /// Ends the event and begins it again, which puts it behind the others of its ordering key.
    async fn send_to_the_back(&self, settlement: &Settlement) -> Result<(), StoreError> {
        let failure = AttemptFailure::new(Class::Permanent, "released");
        let outcome = Outcome::Dead { reason: DeadReason::Permanent, failure };
        self.store.settle(&[Settlement::new(settlement.lease, outcome, settlement.took)]).await?;
        self.store.replay(&Replay::One(settlement.lease.event)).await?;
        Ok(())
    }

    fn spoil(&self, claimed: &mut Claimed) {
        if self.is(Fault::ClaimsWithoutDeliveryIds) {
            claimed.delivery_id = None;
        }
        let now = self.clock.now();
        let began = *self.begun.lock().unwrap().entry(claimed.lease.event).or_insert(now);
        if self.is(Fault::ReplaysInTheOldSeries) {
            let elapsed = now.as_millis().saturating_sub(began.as_millis());
            claimed.elapsed = Duration::from_millis(elapsed.unsigned_abs());
        }
    }
}

/// As it was, without what only the sender's headers told.
fn without_delivery_id(event: &NewEvent) -> NewEvent {
    let mut copy = NewEvent::verified(event.source_name(), &assume_verified(event.body()))
        .key(event.idempotency_key().cloned());
    if let Some(kind) = event.kind_name() {
        copy = copy.kind(kind);
    }
    if let Some(key) = event.ordering_key() {
        copy = copy.ordering(key);
    }
    match event.answer_text() {
        Some(answer) => copy.answer(answer),
        None => copy,
    }
}

#[async_trait]
impl InboxStore for Faulty {
    fn guarantees(&self) -> Guarantees {
        self.store.guarantees()
    }

    async fn accept(&self, events: &[NewEvent]) -> Result<Vec<Receipt>, StoreError> {
        let again = match self.fault {
            Fault::StoresDuplicatesOfDeadLetters => Some(State::Dead),
            Fault::StoresDuplicatesOfBlocked => Some(State::Blocked),
            _ => None,
        };
        let mut receipts = Vec::new();
        for event in events {
            let event = match self.fault {
                Fault::ForgetsKeys => event.clone().key(None),
                Fault::ForgetsDeliveryIds => without_delivery_id(event),
                _ => event.clone(),
            };
            let mut receipt = self.store.accept(std::slice::from_ref(&event)).await?;
            if let Some(Receipt::Duplicate(duplicate)) = receipt.first()
                && again == Some(duplicate.state)
            {
                receipt = self.store.accept(&[event.key(None)]).await?;
            }
            receipts.append(&mut receipt);
        }
        Ok(receipts)
    }

    async fn claim(&self, claim: &Claim) -> Result<Claims, StoreError> {
        let mut claim = claim.clone();
        match self.fault {
            Fault::IgnoresRoutes => {
                claim.routes.iter_mut().for_each(|route| route.kinds = Kinds::Except(Vec::new()));
            }
            Fault::ClaimsMore => claim.max = claim.max.saturating_add(1),
            Fault::LeasesNeverEnd => claim.lease = Duration::from_hours(1_000_000),
            Fault::LeasesAreAMinute => claim.lease = Duration::from_mins(1),
            _ => {}
        }
        let mut claims = self.store.claim(&claim).await?;
        claims.events.iter_mut().for_each(|claimed| self.spoil(claimed));
        match self.fault {
            Fault::ClaimsBackwards => claims.events.reverse(),
            Fault::ClaimsById => claims.events.sort_by_key(|claimed| claimed.lease.event),
            _ => {}
        }
        Ok(claims)
    }

    async fn extend(&self, held: &Lease, lease: Duration) -> Result<Lease, StoreError> {
        if self.is(Fault::ExtendsNoEndedLease) && held.until <= self.clock.now() {
            return Err(StoreError::LeaseLost);
        }
        self.store.extend(held, lease).await
    }

    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, StoreError> {
        let mut settlements = settlements.to_vec();
        let mut refused = Vec::new();
        for settlement in &mut settlements {
            match (&mut settlement.outcome, self.fault) {
                (Outcome::Retry { after, .. }, Fault::RetriesAtOnce) => *after = Duration::ZERO,
                (outcome @ Outcome::Release, Fault::ReleaseCosts) => {
                    let failure = AttemptFailure::new(Class::Transient, "released");
                    *outcome = Outcome::Retry { after: Duration::ZERO, failure };
                }
                (Outcome::Release, Fault::WakesForNoRelease) | (Outcome::Done, Fault::WakesForNoNext) => {
                    self.untold.fetch_add(1, Ordering::Relaxed);
                }
                _ => {}
            }
            let event = self.store.event(settlement.lease.event).await?;
            let ordered = event.is_some_and(|event| event.ordering_key.is_some());
            if self.is(Fault::ReleaseLetsTheNextRun) && settlement.outcome == Outcome::Release && ordered {
                self.send_to_the_back(settlement).await?;
                return Ok(vec![Settled::Yes; settlements.len()]);
            }
            if self.is(Fault::SettlesNoEndedLease) && settlement.lease.until <= self.clock.now() {
                refused.push(Settled::LeaseLost);
            }
        }
        if !refused.is_empty() {
            return Ok(refused);
        }
        let settled = self.store.settle(&settlements).await?;
        Ok(if self.is(Fault::SettlesAnything) { vec![Settled::Yes; settled.len()] } else { settled })
    }

    async fn wakeup(&self, routes: &[Route], at_most: Duration) -> Result<(), StoreError> {
        let mut routes = routes.to_vec();
        match self.fault {
            Fault::NeverWakes => {
                tokio::time::sleep(at_most).await;
                return Ok(());
            }
            Fault::WakesForOtherRoutes => {
                for route in &mut routes {
                    route.kinds = Kinds::Except(Vec::new());
                }
            }
            // Without routes it hears of changes only.
            Fault::WakesForNoLease
                if self.newest_first(&Filter::all().state(State::Pending)).await?.is_empty() =>
            {
                routes.clear();
            }
            _ => {}
        }
        let untold = self.untold.load(Ordering::Relaxed);
        self.store.wakeup(&routes, at_most).await?;
        if self.untold.load(Ordering::Relaxed) != untold {
            tokio::time::sleep(at_most).await;
        }
        Ok(())
    }
}

#[async_trait]
impl InboxAdmin for Faulty {
    async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError> {
        self.store.event(id).await
    }

    async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Event>, StoreError> {
        let mut filter = filter.clone();
        match (self.fault, filter.state) {
            (Fault::ListsEverything, _) => filter = Filter::all(),
            (Fault::ListsAnyKindOfAState, Some(_)) => filter.kind = None,
            (Fault::ListsAnyTimeOfAState, Some(_)) => filter = filter.stored(None, None),
            _ => {}
        }
        self.store.list(&filter, page).await
    }

    async fn attempts(&self, id: EventId) -> Result<Vec<Attempt>, StoreError> {
        self.store.attempts(id).await
    }

    async fn replay(&self, what: &Replay) -> Result<u64, StoreError> {
        if self.is(Fault::WakesForNoReplay) {
            self.untold.fetch_add(1, Ordering::Relaxed);
        }
        let Replay::Matching(filter) = what else {
            return if self.is(Fault::ReplaysNothing) { Ok(0) } else { self.store.replay(what).await };
        };
        let mut filter = filter.clone();
        match self.fault {
            Fault::ReplaysNothing => return Ok(0),
            Fault::ReplaysAnyKind => filter.kind = None,
            Fault::ReplaysAnyTime => filter = filter.stored(None, None),
            Fault::ReplaysBackwards | Fault::ReplaysQueuesBackwards => {
                let mut replayed = 0_u64;
                for id in self.newest_first(&filter).await? {
                    replayed = replayed.saturating_add(self.store.replay(&Replay::One(id)).await?);
                    if self.is(Fault::ReplaysBackwards) {
                        self.clock.advance(Duration::from_millis(1));
                    }
                }
                return Ok(replayed);
            }
            _ => {}
        }
        self.store.replay(&Replay::Matching(filter)).await
    }

    async fn purge(&self, retention: &Retention) -> Result<Purged, StoreError> {
        self.purged.store(true, Ordering::Relaxed);
        if self.is(Fault::PurgesNothing) { Ok(Purged::default()) } else { self.store.purge(retention).await }
    }

    async fn stats(&self, mut range: Range) -> Result<Stats, StoreError> {
        if self.is(Fault::CountsNothing) {
            return Ok(Stats::new(&[], std::collections::BTreeMap::new()));
        }
        let purged = self.purged.load(Ordering::Relaxed);
        if purged
            && (self.is(Fault::CountsPurgedSinceAnyTime) && range.until.is_none()
                || self.is(Fault::CountsPurgedUntilAnyTime) && range.since.is_none())
        {
            range = Range::all();
        }
        let mut stats = self.store.stats(range).await?;
        for source in stats.sources.values_mut() {
            match self.fault {
                Fault::CountsNoLatency => source.latency = source.latency.map(|_| Latency::default()),
                Fault::CountsNoWaiting => source.oldest_waiting_ms = source.oldest_waiting_ms.map(|_| 0),
                Fault::CountsTheWrongHour => source.hours.iter_mut().for_each(|hour| {
                    hour.begins = UnixMillis::from_millis(hour.begins.as_millis().saturating_add(3_600_000));
                }),
                Fault::CountsHoursBackwards => source.hours.reverse(),
                Fault::CountsAllHours if source.hours.len() == MAX_HOURS => {
                    source.hours.push(Hour::new(UnixMillis::from_millis(0), 1, 0));
                }
                _ => {}
            }
        }
        Ok(stats)
    }
}
