//! The inbox: whatever is done to a store in whatever order, no event is lost, lent twice, or forgotten half-way.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use webhook_inbox::webhook_core::IdempotencyKey;
use webhook_inbox::webhook_retry::Class;
use webhook_inbox::{
    AttemptFailure, Claim, Clock, DeadReason, EventId, Filter, InboxAdmin, InboxStore, Keep, Kinds, Lease,
    MemoryStore, NewEvent, Outcome, Page, Receipt, Replay, Retention, Route, Settled, Settlement,
    SqliteOptions, State, StoreError,
};
use webhook_verify::danger::assume_verified;

/// The store in memory, against a model of the contract.
pub fn inbox(input: &[u8]) {
    let clock = Clock::system();
    let store = MemoryStore::with_clock(clock.clone());
    run(store, clock, input);
}

/// The store in SQLite, against the same model.
pub fn inbox_sqlite(input: &[u8]) {
    // Nothing here outlives the process, so memory will do for a disk.
    let shared_memory = Path::new("/dev/shm");
    let place = if shared_memory.is_dir() { shared_memory.to_owned() } else { std::env::temp_dir() };
    let folder = tempfile::tempdir_in(place).expect("a folder");
    let clock = Clock::system();
    let store =
        SqliteOptions::new().clock(clock.clone()).open(folder.path().join("inbox.db")).expect("a store");
    run(store, clock, input);
}

fn run<S: InboxStore + InboxAdmin>(store: S, clock: Clock, input: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let mut model = Model { store, clock, half_hour: 0, events: BTreeMap::new(), leases: Vec::new() };
    runtime.block_on(async {
        let mut input = Unstructured::new(input);
        for _ in 0..MAX_STEPS {
            if input.is_empty() {
                break;
            }
            let Ok(step) = Step::arbitrary(&mut input) else { break };
            model.advance();
            model.step(&step).await;
        }
        model.look().await;
        model.drain().await;
        model.look().await;
    });
}

/// Most steps of one run.
const MAX_STEPS: usize = 60;

#[derive(Debug, Arbitrary)]
enum Step {
    Accept([Option<Incoming>; 3]),
    Claim { sources: u8, only_paid: bool, attempts: u8, max: u8, lease: u8 },
    Settle([Option<Ending>; 3]),
    Extend { lease: u8, by: u8 },
    Replay { event: Option<u8> },
    Purge { keys: u8, bodies: u8, dead: Option<u8> },
    Look,
}

#[derive(Debug, Arbitrary)]
struct Incoming {
    source: u8,
    is_paid: bool,
    key: Option<u8>,
    order: Option<u8>,
    body: u8,
}

#[derive(Debug, Arbitrary)]
struct Ending {
    lease: u8,
    outcome: u8,
    wait: u8,
}

const SOURCES: [&str; 2] = ["shop", "bank"];

/// Whole hours and a half, while steps are whole hours apart: so nothing ends at nearly the moment of a step.
fn odd(hours: u8) -> (Duration, u64) {
    let half_hours = u64::from(hours % 6) * 2 + 1;
    (Duration::from_mins(half_hours * 30), half_hours)
}

struct Model<S> {
    store: S,
    clock: Clock,
    half_hour: u64,
    events: BTreeMap<EventId, Known>,
    leases: Vec<Lease>,
}

/// An event as the contract has it.
#[derive(Debug)]
struct Known {
    source: &'static str,
    is_paid: bool,
    key: Option<u8>,
    order: Option<u8>,
    body: Vec<u8>,
    has_body: bool,
    received: u64,
    progress: Progress,
    attempts: u32,
    series: u32,
    claims: usize,
    token: i64,
    /// What its last lease was settled with, while that lease is the last one.
    settled: Option<Outcome>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Progress {
    /// Until then; it may also be blocked by another event.
    Waits(u64),
    Leased(u64),
    Done(u64),
    Dead(u64),
}

impl Known {
    fn finished(&self) -> Option<u64> {
        match self.progress {
            Progress::Done(at) | Progress::Dead(at) => Some(at),
            Progress::Waits(_) | Progress::Leased(_) => None,
        }
    }

    fn is_due(&self, now: u64) -> bool {
        matches!(self.progress, Progress::Waits(at) | Progress::Leased(at) if at <= now)
    }

    fn is_in(&self, state: State) -> bool {
        match self.progress {
            Progress::Waits(_) => state == State::Pending || state == State::Blocked && self.order.is_some(),
            Progress::Leased(_) => state == State::Leased,
            Progress::Done(_) => state == State::Done,
            Progress::Dead(_) => state == State::Dead,
        }
    }

    fn kind(&self) -> Option<&'static str> {
        self.is_paid.then_some("paid")
    }
}

impl<S: InboxStore + InboxAdmin> Model<S> {
    fn advance(&mut self) {
        self.clock.advance(Duration::from_hours(1));
        self.half_hour += 2;
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Accept(events) => self.accept(events.iter().flatten()).await,
            Step::Claim { sources, only_paid, attempts, max, lease } => {
                let kinds =
                    if *only_paid { Kinds::Only(vec!["paid".into()]) } else { Kinds::Except(Vec::new()) };
                let attempts = u32::from(attempts % 3) + 1;
                let routes = SOURCES.iter().enumerate().filter(|(at, _)| sources & (1 << at) != 0);
                let routes = routes.map(|(_, source)| {
                    Route::new(*source, kinds.clone(), attempts.try_into().expect("not zero"))
                });
                self.claim(routes.collect(), usize::from(max % 8), *lease).await;
            }
            Step::Settle(endings) => self.settle(endings.iter().flatten()).await,
            Step::Extend { lease, by } => self.extend(*lease, *by).await,
            Step::Replay { event } => self.replay(*event).await,
            Step::Purge { keys, bodies, dead } => self.purge(*keys, *bodies, *dead).await,
            Step::Look => self.look().await,
        }
    }

    async fn accept(&mut self, incoming: impl Iterator<Item = &Incoming>) {
        let incoming: Vec<&Incoming> = incoming.collect();
        let events: Vec<NewEvent> = incoming.iter().map(|event| new_event(event)).collect();
        let receipts = self.store.accept(&events).await.expect("there is room");
        assert_eq!(receipts.len(), events.len());
        for (event, receipt) in incoming.into_iter().zip(receipts) {
            let source = SOURCES[usize::from(event.source) % SOURCES.len()];
            let key = event.key.map(|key| key % 8);
            let body = vec![event.body % 4];
            let same = |known: &&Known| known.source == source && known.key == key;
            let before = key.and_then(|_| self.events.iter().find(|(_, known)| same(known)));
            match (receipt, before) {
                (Receipt::Duplicate(duplicate), Some((id, known))) => {
                    assert_eq!(duplicate.id, *id);
                    assert!(known.is_in(duplicate.state), "{duplicate:?}: {known:?}");
                    assert_eq!(duplicate.same_content, known.body == body);
                }
                (Receipt::New(id), None) => {
                    assert!(self.events.last_key_value().is_none_or(|(last, _)| *last < id), "{id}");
                    let known = Known {
                        source,
                        is_paid: event.is_paid,
                        key,
                        order: event.order.map(|order| order % 3),
                        body,
                        has_body: true,
                        received: self.half_hour,
                        progress: Progress::Waits(self.half_hour),
                        attempts: 0,
                        series: 1,
                        claims: 0,
                        token: 0,
                        settled: None,
                    };
                    self.events.insert(id, known);
                }
                (receipt, before) => panic!("{receipt:?}, with {before:?} before it"),
            }
        }
    }

    async fn claim(&mut self, routes: Vec<Route>, max: usize, lease: u8) -> usize {
        let now = self.half_hour;
        let (lease, lasts) = odd(lease);
        let claim = Claim::new("worker", routes.clone(), max, lease);
        let claims = self.store.claim(&claim).await.expect("a store that works");
        let count = claims.events.len() + claims.buried.len();
        assert!(count <= max, "{claims:?}");
        let most = |known: &Known| {
            let route = routes.iter().find(|route| route.takes(known.source, known.kind()))?;
            Some(route.max_attempts.get())
        };
        for id in &claims.buried {
            let known = self.events.get_mut(id).expect("an event that was accepted");
            let most = most(known).expect("it is on a route");
            assert!(known.is_due(now) && known.attempts >= most, "buried: {known:?}");
            known.progress = Progress::Dead(now);
            known.settled = None;
        }
        for claimed in &claims.events {
            let id = claimed.lease.event;
            let known = &self.events[&id];
            let others = self.events.iter().filter(|(other, known)| {
                **other != id
                    && known.source == claimed.source
                    && known.order.is_some()
                    && known.order == self.events[&id].order
            });
            for (other, beside) in others {
                assert!(!matches!(beside.progress, Progress::Leased(_)), "{id} beside {other}: {beside:?}");
                // A replayed event gets in line behind the one that runs.
                let is_earlier = *other < id && beside.finished().is_none();
                assert!(!is_earlier || beside.series > 1, "{id} before {other}: {beside:?}");
            }
            let most = most(known).expect("it is on a route");
            assert!(known.is_due(now) && known.attempts < most, "claimed: {known:?}");
            assert_eq!((claimed.attempt, claimed.series), (known.attempts + 1, known.series), "{known:?}");
            assert!(claimed.lease.token > known.token, "{claimed:?}: {known:?}");
            assert_eq!((&claimed.body[..], &*claimed.source), (&known.body[..], known.source));
            assert_eq!(claimed.kind.as_deref(), known.kind());
            let known = self.events.get_mut(&id).expect("it was there before");
            known.progress = Progress::Leased(now + lasts);
            known.attempts += 1;
            known.claims += 1;
            known.token = claimed.lease.token;
            known.settled = None;
            self.leases.push(claimed.lease);
        }
        if count < max {
            // Whatever was due and unordered has been taken.
            let left = self
                .events
                .values()
                .find(|known| known.order.is_none() && known.is_due(now) && most(known).is_some());
            assert!(left.is_none(), "left behind: {left:?}");
        }
        count
    }

    async fn settle(&mut self, endings: impl Iterator<Item = &Ending>) {
        let settlements: Vec<Settlement> = endings
            .filter_map(|ending| {
                let lease = self.leases.get(usize::from(ending.lease).checked_rem(self.leases.len())?)?;
                let failure = AttemptFailure::new(Class::Transient, "no");
                let outcome = match ending.outcome % 5 {
                    0 => Outcome::Retry { after: odd(ending.wait).0, failure },
                    1 => Outcome::Dead { reason: DeadReason::Permanent, failure },
                    2 => Outcome::Release,
                    _ => Outcome::Done,
                };
                Some(Settlement::new(*lease, outcome, Duration::from_millis(7)))
            })
            .collect();
        let settled = self.store.settle(&settlements).await.expect("a store that works");
        assert_eq!(settled.len(), settlements.len());
        for (settlement, settled) in settlements.into_iter().zip(settled) {
            self.settled(settlement, settled);
        }
    }

    fn settled(&mut self, settlement: Settlement, settled: Settled) {
        let now = self.half_hour;
        let Some(known) = self.events.get_mut(&settlement.lease.event) else {
            return assert_eq!(settled, Settled::LeaseLost, "of a purged event");
        };
        let is_held = known.token == settlement.lease.token && matches!(known.progress, Progress::Leased(_));
        if !is_held {
            let is_repeated = known.token == settlement.lease.token
                && known.has_body
                && known.settled.as_ref() == Some(&settlement.outcome);
            let is_other = known.token != settlement.lease.token || !known.is_in(settlement.outcome.state());
            assert!(!is_repeated || settled == Settled::Yes, "once more: {settlement:?}: {known:?}");
            assert!(!is_other || settled == Settled::LeaseLost, "{settlement:?}: {known:?}");
            return;
        }
        assert_eq!(settled, Settled::Yes, "{settlement:?}: {known:?}");
        known.progress = match &settlement.outcome {
            Outcome::Done => Progress::Done(now),
            Outcome::Dead { .. } => Progress::Dead(now),
            Outcome::Release => Progress::Waits(now),
            Outcome::Retry { after, .. } => Progress::Waits(now + after.as_secs() / 1800),
            other => unreachable!("{other:?}"),
        };
        if settlement.outcome == Outcome::Release {
            known.attempts -= 1;
        }
        known.settled = Some(settlement.outcome);
    }

    async fn extend(&mut self, lease: u8, by: u8) {
        let Some(at) = usize::from(lease).checked_rem(self.leases.len()) else { return };
        let held = self.leases[at];
        let (by, half_hours) = odd(by);
        let extended = self.store.extend(&held, by).await;
        let known = self.events.get_mut(&held.event);
        let known =
            known.filter(|known| known.token == held.token && matches!(known.progress, Progress::Leased(_)));
        match (extended, known) {
            (Ok(lease), Some(known)) => {
                assert_eq!((lease.event, lease.token), (held.event, held.token));
                known.progress = Progress::Leased(self.half_hour + half_hours);
            }
            (Err(StoreError::LeaseLost), None) => {}
            (extended, known) => panic!("{extended:?}: {known:?}"),
        }
    }

    async fn replay(&mut self, event: Option<u8>) {
        let now = self.half_hour;
        let one = event
            .and_then(|at| self.events.keys().nth(usize::from(at).checked_rem(self.events.len())?).copied());
        let what = one.map_or(Replay::Matching(Filter::dead()), Replay::One);
        let replayed = self.store.replay(&what).await.expect("a store that works");
        let mut expected = 0;
        for (id, known) in &mut self.events {
            let is_meant = one.map_or(matches!(known.progress, Progress::Dead(_)), |one| one == *id);
            if is_meant && known.finished().is_some() && known.has_body {
                expected += 1;
                known.progress = Progress::Waits(now);
                known.attempts = 0;
                known.series += 1;
                // Whoever still holds the old lease has lost it.
                known.token += 1;
                known.settled = None;
            }
        }
        assert_eq!(replayed, expected, "{what:?}");
    }

    async fn purge(&mut self, keys: u8, bodies: u8, dead: Option<u8>) {
        let now = self.half_hour;
        let keep = Keep::DEFAULT.keys(odd(keys).0).bodies(odd(bodies).0).dead(dead.map(|dead| odd(dead).0));
        let purged = self.store.purge(&Retention::new(keep)).await.expect("a store that works");
        let (mut forgotten, mut emptied) = (0, 0);
        self.events.retain(|_, known| {
            if known.key.is_some() && now - known.received >= odd(keys).1 {
                known.key = None;
                forgotten += 1;
            }
            let is_dead = matches!(known.progress, Progress::Dead(_));
            let kept = if is_dead { dead.map(|dead| odd(dead).1) } else { Some(odd(bodies).1) };
            let is_over = known.finished().zip(kept).is_some_and(|(at, kept)| now - at >= kept);
            if is_over && known.has_body {
                known.has_body = false;
                emptied += 1;
            }
            !is_over || known.key.is_some()
        });
        assert_eq!((purged.keys, purged.bodies), (forgotten, emptied));
    }

    /// Everything that was accepted and not purged is there, with all that was done to it.
    async fn look(&self) {
        let listed = self.store.list(&Filter::all(), Page::first(1_000)).await.expect("a store that works");
        let ids: Vec<EventId> = listed.iter().rev().map(|event| event.id).collect();
        assert_eq!(ids, self.events.keys().copied().collect::<Vec<_>>());
        for event in listed {
            let known = &self.events[&event.id];
            assert!(known.is_in(event.state), "{event:?}: {known:?}");
            assert_eq!(
                (event.attempts, event.series),
                (known.attempts, known.series),
                "{event:?}: {known:?}"
            );
            assert_eq!(event.finished_at.is_some(), known.finished().is_some(), "{event:?}: {known:?}");
            let whole = self.store.event(event.id).await.expect("a store that works").expect("it is listed");
            assert_eq!(whole.body.as_deref(), known.has_body.then_some(&known.body[..]), "{event:?}");
            let attempts = self.store.attempts(event.id).await.expect("a store that works");
            assert_eq!(attempts.len(), known.claims, "{event:?}: {known:?}");
        }
    }

    /// With a worker that takes everything, everything comes to its end.
    async fn drain(&mut self) {
        let unfinished =
            |model: &Self| model.events.values().filter(|known| known.finished().is_none()).count();
        // Each round finishes at least one event of each ordering key.
        for _ in 0..=unfinished(self) {
            (0..12).for_each(|_| self.advance());
            let routes = SOURCES.map(|source| {
                Route::new(source, Kinds::Except(Vec::new()), u32::MAX.try_into().expect("not zero"))
            });
            let first = self.leases.len();
            self.claim(routes.into(), 256, 0).await;
            let settlements: Vec<Settlement> = self.leases[first..]
                .iter()
                .map(|lease| Settlement::new(*lease, Outcome::Done, Duration::ZERO))
                .collect();
            let settled = self.store.settle(&settlements).await.expect("a store that works");
            assert_eq!(settled.len(), settlements.len());
            for (settlement, settled) in settlements.into_iter().zip(settled) {
                self.settled(settlement, settled);
            }
        }
        assert_eq!(unfinished(self), 0, "{:?}", self.events);
    }
}

fn new_event(event: &Incoming) -> NewEvent {
    let source = SOURCES[usize::from(event.source) % SOURCES.len()];
    let new = NewEvent::verified(source, &assume_verified(&[event.body % 4]))
        .key(event.key.map(|key| IdempotencyKey::new((key % 8).to_string())));
    let new = if event.is_paid { new.kind("paid") } else { new };
    match event.order {
        Some(order) => new.ordering((order % 3).to_string()),
        None => new,
    }
}
