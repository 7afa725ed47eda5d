//! The same random work on this store and on the one in memory, which is the measure of what everything means.

use std::time::Duration;

use tempfile::TempDir;
use webhook_inbox::webhook_core::{IdempotencyKey, UnixMillis};
use webhook_inbox::webhook_retry::Class;
use webhook_inbox::{
    AttemptFailure, Claim, Claims, Clock, DeadReason, EventId, Filter, InboxAdmin, InboxStore, Keep, Kinds,
    Lease, MemoryStore, NewEvent, Outcome, Page, Range, Receipt, Replay, Retention, Route, Settlement,
    SqliteOptions, SqliteStore, State,
};
use webhook_verify::danger::assume_verified;

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(u64::try_from(from.len()).unwrap())).unwrap()].clone()
    }

    fn event(&mut self) -> NewEvent {
        let body = self.pick(&["", "a", "b\0c", "{}"]);
        let event =
            NewEvent::verified(self.pick(&["shop", "bank", "x\0y"]), &assume_verified(body.as_bytes()));
        let event = match self.pick(&[None, Some(""), Some("paid"), Some("Sent"), Some("späť")]) {
            Some(kind) => event.kind(kind),
            None => event,
        };
        let event = event.key((self.below(3) > 0).then(|| IdempotencyKey::new(self.below(40).to_string())));
        if self.below(2) == 0 { event.ordering(self.below(4).to_string()) } else { event }
    }

    fn routes(&mut self) -> Vec<Route> {
        let count = self.below(4);
        let names = ["", "paid", "Sent", "späť", "none"].map(str::to_owned);
        let mut routes = Vec::new();
        for _ in 0..count {
            let kinds: Vec<String> = names.iter().filter(|_| self.below(2) == 0).cloned().collect();
            let kinds = if self.below(2) == 0 { Kinds::Only(kinds) } else { Kinds::Except(kinds) };
            let attempts = u32::try_from(self.below(3) + 1).unwrap();
            routes.push(Route::new(
                self.pick(&["shop", "bank", "x\0y"]),
                kinds,
                attempts.try_into().unwrap(),
            ));
        }
        routes
    }

    fn outcome(&mut self) -> Outcome {
        let class = self.pick(&[Class::Transient, Class::Throttled, Class::Permanent, Class::Gone]);
        let failure = AttemptFailure::new(class, self.pick(&["", "no", "odd\0 text"]));
        match self.below(5) {
            0 => Outcome::Retry { after: millis(self.below(900) * 1_000 + 250), failure },
            1 => Outcome::Dead { reason: self.pick(&DeadReason::ALL), failure },
            2 => Outcome::Release,
            _ => Outcome::Done,
        }
    }

    fn filter(&mut self) -> Filter {
        let mut filter = Filter::all();
        if self.below(3) == 0 {
            filter = filter.source("shop");
        }
        if self.below(3) == 0 {
            filter = filter.kind("paid");
        }
        if self.below(2) == 0 {
            filter = filter.state(self.pick(&State::ALL));
        }
        filter
    }
}

/// Waits of different kinds end at different parts of a second, so that no two events are due at nearly the same
/// moment: which one is first would depend on the milliseconds between the two stores' calls.
const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

struct Twins {
    _folder: TempDir,
    memory: MemoryStore,
    sqlite: SqliteStore,
    clock: Clock,
    leases: Vec<Lease>,
    ids: i64,
}

/// What two answers have in common when their times differ by the time between two calls.
fn receipts(receipts: &[Receipt]) -> String {
    format!("{receipts:?}")
}

fn claims(claims: &Claims) -> String {
    let claimed = claims.events.iter().map(|one| {
        let what = (&one.source, &one.kind, &one.key, &one.delivery_id, &one.ordering_key, &one.body);
        format!("{:?} {} {} {} {what:?}", one.lease.event, one.lease.token, one.attempt, one.series)
    });
    format!("{:?} {:?}", claimed.collect::<Vec<_>>(), claims.buried)
}

impl Twins {
    fn new() -> Self {
        let (folder, path) = crate::place();
        let clock = Clock::system();
        let sqlite = SqliteOptions::new().clock(clock.clone()).open(path).unwrap();
        let memory = MemoryStore::with_clock(clock.clone());
        Self { _folder: folder, memory, sqlite, clock, leases: Vec::new(), ids: 0 }
    }

    async fn step(&mut self, random: &mut Random) -> String {
        match random.below(20) {
            0..7 => {
                let events: Vec<NewEvent> = (0..=random.below(5)).map(|_| random.event()).collect();
                let (left, right) = (self.memory.accept(&events).await, self.sqlite.accept(&events).await);
                let (left, right) = (left.unwrap(), right.unwrap());
                assert_eq!(receipts(&left), receipts(&right));
                self.ids = left.iter().map(|receipt| receipt.id().as_i64()).fold(self.ids, i64::max);
                format!("accept {}", left.len())
            }
            7..13 => {
                let max = usize::try_from(random.below(9)).unwrap();
                let lease = millis(random.below(2) * 7_230_000 + 60_750);
                let claim = Claim::new("worker", random.routes(), max, lease);
                let (left, right) = (self.memory.claim(&claim).await, self.sqlite.claim(&claim).await);
                let (left, right) = (left.unwrap(), right.unwrap());
                assert_eq!(claims(&left), claims(&right), "{claim:?}");
                self.leases.extend(left.events.iter().map(|one| one.lease));
                format!("claim {}", left.events.len())
            }
            13..17 => {
                let count = random.below(6);
                let mut settlements = Vec::new();
                for _ in 0..count.min(u64::try_from(self.leases.len()).unwrap()) {
                    let lease = random.pick(&self.leases);
                    settlements.push(Settlement::new(lease, random.outcome(), millis(random.below(99))));
                }
                let left = self.memory.settle(&settlements).await.unwrap();
                assert_eq!(left, self.sqlite.settle(&settlements).await.unwrap(), "{settlements:?}");
                format!("settle {left:?}")
            }
            17 => {
                let lease = millis(random.below(59) * 60_000 + 30_500);
                let Some(held) = (!self.leases.is_empty()).then(|| random.pick(&self.leases)) else {
                    return String::new();
                };
                let left = self.memory.extend(&held, lease).await.map(|lease| lease.token).ok();
                let right = self.sqlite.extend(&held, lease).await.map(|lease| lease.token).ok();
                assert_eq!(left, right);
                format!("extend {left:?}")
            }
            18 => {
                let one = EventId::from_i64(i64::try_from(random.below(50)).unwrap());
                let what =
                    if random.below(2) == 0 { Replay::One(one) } else { Replay::Matching(random.filter()) };
                let left = self.memory.replay(&what).await.unwrap();
                assert_eq!(left, self.sqlite.replay(&what).await.unwrap(), "{what:?}");
                format!("replay {left}")
            }
            _ => {
                let hours = |random: &mut Random| Duration::from_mins(random.below(60) * 60 + 30);
                let keep = Keep::DEFAULT.keys(hours(random)).bodies(hours(random));
                let dead = (random.below(2) == 0).then(|| hours(random));
                let retention = Retention::new(keep.dead(dead)).source("bank", Keep::DEFAULT.dead(dead));
                let left = self.memory.purge(&retention).await.unwrap();
                assert_eq!(left, self.sqlite.purge(&retention).await.unwrap(), "{retention:?}");
                format!("purge {left:?}")
            }
        }
    }

    /// Everything an operator sees, but moments.
    async fn view(&self, store: &impl InboxAdmin, filter: &Filter, range: Range) -> String {
        let mut view = String::new();
        for event in store.list(filter, Page::first(1_000)).await.unwrap() {
            let state = (event.state, event.reason, event.attempts, event.series);
            let names = (&event.source, &event.kind, &event.key, &event.ordering_key);
            let times = (event.due_at.is_some(), event.finished_at.is_some());
            let body = store.event(event.id).await.unwrap().unwrap().body;
            view += &format!("{:?} {names:?} {state:?} {times:?} {body:?}\n", event.id);
            for one in store.attempts(event.id).await.unwrap() {
                let what = (one.series, one.attempt, one.status, one.duration_ms, &one.error);
                view += &format!("  {what:?}\n");
            }
        }
        let stats = store.stats(range).await.unwrap();
        view += &format!("{:?}\n", stats.summary);
        for (source, stats) in stats.sources {
            let hours = stats.hours.iter().map(|hour| (hour.attempts, hour.failures));
            let (attempts, failures) = hours.fold((0, 0), |sum, hour| (sum.0 + hour.0, sum.1 + hour.1));
            let latency = stats.latency.map(|latency| [latency.p50_ms, latency.p95_ms, latency.p99_ms]);
            // To the half hour: the stores' times lie some milliseconds apart.
            let rounded = |time: u64| (time + 900_000) / 1_800_000;
            let oldest = stats.oldest_waiting_ms.map(rounded);
            let latency = latency.map(|times| times.map(rounded));
            view += &format!(
                "{source:?} {} {oldest:?} {} {latency:?} {attempts} {failures}\n",
                stats.backlog, stats.dead
            );
        }
        view
    }
}

#[tokio::test]
async fn it_does_what_the_store_in_memory_does() {
    for seed in 0..6 {
        let mut random = Random(seed);
        let mut twins = Twins::new();
        let start = twins.clock.now();
        let mut log = Vec::new();
        for step in 0..150_i64 {
            // Moments of different steps are an hour apart, so that the stores see the same order.
            twins.clock.advance(Duration::from_hours(1));
            log.push(twins.step(&mut random).await);
            if step % 10 == 9 {
                let filter = random.filter();
                let half = UnixMillis::from_millis(start.as_millis() + step * 1_800_000 + 900_000);
                let range = random.pick(&[Range::all(), Range::since(half), Range::all().until(half)]);
                let left = twins.view(&twins.memory, &filter, range).await;
                let right = twins.view(&twins.sqlite, &filter, range).await;
                assert_eq!(left, right, "seed {seed}, step {step}, {filter:?}, {range:?}, {log:#?}");
            }
        }
        assert!(twins.sqlite.integrity_check().await.unwrap().is_empty(), "seed {seed}");
        assert!(twins.ids > 20 && log.iter().any(|step| step.contains("Yes")), "seed {seed} did little");
    }
}
