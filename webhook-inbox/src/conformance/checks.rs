//! Each check is told by its name.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use webhook_core::IdempotencyKey;
use webhook_retry::Class;
use webhook_verify::danger::assume_verified;

use super::{Seen, Subject};
use crate::{
    AttemptFailure, AttemptStatus, Claim, Claimed, Claims, DeadReason, Event, EventId, Filter, InboxAdmin,
    InboxStore, Keep, Kinds, NewEvent, Outcome, Page, Range, Receipt, Replay, Retention, Route, Settled,
    Settlement, State, StoreError,
};

type Check = Result<(), Seen>;

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

macro_rules! ensure {
    ($condition:expr, $($seen:tt)+) => {
        let holds: bool = $condition;
        if !holds {
            return Err(Seen::from(format!($($seen)+)));
        }
    };
}

macro_rules! ensure_eq {
    ($left:expr, $right:expr, $what:literal) => {
        let (left, right) = (&$left, &$right);
        if left != right {
            return Err(Seen::from(format!("{}: {left:?}, not {right:?}", format_args!($what))));
        }
    };
}

fn event(kind: &str) -> NewEvent {
    NewEvent::verified("shop", &assume_verified(kind.as_bytes())).kind(kind)
}

fn keyed(key: &str, body: &str) -> NewEvent {
    let key = IdempotencyKey::new(format!("shop:{key}"));
    NewEvent::verified("shop", &assume_verified(body.as_bytes())).kind("order").key(Some(key))
}

fn ordered(source: &str, order: &str, body: &str) -> NewEvent {
    NewEvent::verified(source, &assume_verified(body.as_bytes())).kind("order").ordering(order)
}

const fn limit(attempts: u32) -> NonZeroU32 {
    match NonZeroU32::new(attempts) {
        Some(attempts) => attempts,
        None => NonZeroU32::MIN,
    }
}

/// All events of a source.
fn all_of(source: &str, attempts: u32) -> Route {
    Route::new(source, Kinds::Except(Vec::new()), limit(attempts))
}

fn only(source: &str, kinds: &[&str]) -> Route {
    Route::new(source, Kinds::Only(kinds.iter().map(|&kind| kind.to_owned()).collect()), limit(3))
}

fn except(source: &str, kinds: &[&str]) -> Route {
    Route::new(source, Kinds::Except(kinds.iter().map(|&kind| kind.to_owned()).collect()), limit(3))
}

fn failure() -> AttemptFailure {
    AttemptFailure::new(Class::Transient, "the other side is down")
}

fn retry(after: Duration) -> Outcome {
    Outcome::Retry { after, failure: failure() }
}

fn dead(reason: DeadReason) -> Outcome {
    Outcome::Dead { reason, failure: AttemptFailure::new(Class::Permanent, "no such order") }
}

fn only_one<T>(mut items: Vec<T>, what: &str) -> Result<T, Seen> {
    let one = items.pop().ok_or_else(|| format!("there is no {what}"))?;
    if items.is_empty() { Ok(one) } else { Err(format!("there is more than one {what}").into()) }
}

fn bodies(claims: &Claims) -> Vec<String> {
    claims.events.iter().map(|event| String::from_utf8_lossy(&event.body).into_owned()).collect()
}

impl<S: InboxStore + InboxAdmin> Subject<S> {
    async fn accept(&self, event: NewEvent) -> Result<Receipt, Seen> {
        only_one(self.store.accept(&[event]).await?, "receipt")
    }

    async fn accept_new(&self, event: NewEvent) -> Result<EventId, Seen> {
        match self.accept(event).await? {
            Receipt::New(id) => Ok(id),
            Receipt::Duplicate(duplicate) => Err(format!("a new event is a duplicate: {duplicate:?}").into()),
        }
    }

    async fn claim(&self, routes: Vec<Route>, max: usize) -> Result<Claims, Seen> {
        Ok(self.store.claim(&Claim::new("worker", routes, max, MINUTE)).await?)
    }

    async fn claim_all(&self) -> Result<Claims, Seen> {
        self.claim(vec![all_of("shop", 3)], 100).await
    }

    async fn claim_one(&self) -> Result<Claimed, Seen> {
        only_one(self.claim_all().await?.events, "claimed event")
    }

    async fn settle(&self, claimed: &Claimed, outcome: Outcome) -> Result<Settled, Seen> {
        let settlement = Settlement::new(claimed.lease, outcome, Duration::from_millis(250));
        only_one(self.store.settle(&[settlement]).await?, "answer to a settlement")
    }

    async fn finish(&self, claimed: &Claimed, outcome: Outcome) -> Check {
        let settled = self.settle(claimed, outcome).await?;
        ensure_eq!(settled, Settled::Yes, "settling a held lease");
        Ok(())
    }

    async fn event(&self, id: EventId) -> Result<Event, Seen> {
        self.store.event(id).await?.ok_or_else(|| format!("event {id} is not there").into())
    }

    async fn nothing_is_due(&self) -> Check {
        let claims = self.claim_all().await?;
        ensure!(claims.events.is_empty() && claims.buried.is_empty(), "something is due: {claims:?}");
        Ok(())
    }
}

pub(super) async fn a_new_event_is_stored_as_it_came<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let body = b"\x00\xff not even UTF-8";
    let new = NewEvent::verified("shop", &assume_verified(body))
        .kind("order.paid")
        .key(Some(IdempotencyKey::new("shop:1")))
        .ordering("order 7")
        .answer("{\"status\":\"accepted\"}");
    let id = s.accept_new(new).await?;
    let event = s.event(id).await?;
    ensure_eq!(event.source, "shop", "source");
    ensure_eq!(event.kind.as_deref(), Some("order.paid"), "kind");
    ensure_eq!(event.key.as_ref().map(IdempotencyKey::as_str), Some("shop:1"), "key");
    ensure_eq!(event.ordering_key.as_deref(), Some("order 7"), "ordering key");
    ensure_eq!(event.state, State::Pending, "state");
    ensure_eq!((event.attempts, event.series), (0, 1), "attempts and series");
    ensure_eq!(event.body.as_deref(), Some(&body[..]), "body");
    let claimed = s.claim_one().await?;
    ensure_eq!(claimed.lease.event, id, "claimed event");
    ensure_eq!(claimed.source, event.source, "claimed source");
    ensure_eq!(claimed.kind, event.kind, "claimed kind");
    ensure_eq!(claimed.key, event.key, "claimed key");
    ensure_eq!(claimed.ordering_key, event.ordering_key, "claimed ordering key");
    ensure_eq!(claimed.received_at, event.received_at, "claimed time");
    ensure_eq!(&claimed.body[..], &body[..], "claimed body");
    ensure_eq!((claimed.attempt, claimed.series), (1, 1), "attempt and series");
    ensure!(
        s.store.event(EventId::from_i64(i64::MAX)).await?.is_none(),
        "an event that was never stored is there"
    );
    Ok(())
}

pub(super) async fn a_batch_is_stored_each_for_itself<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    ensure!(s.store.accept(&[]).await?.is_empty(), "an empty batch has receipts");
    let first = s.accept_new(keyed("1", "one")).await?;
    let batch = [keyed("0", "zero"), keyed("1", "one"), keyed("2", "two"), keyed("2", "two again")];
    let receipts = s.store.accept(&batch).await?;
    ensure_eq!(receipts.len(), 4, "receipts");
    let new: Vec<bool> = receipts.iter().map(|receipt| matches!(receipt, Receipt::New(_))).collect();
    ensure_eq!(new, [true, false, true, false], "which are new");
    let ids: Vec<EventId> = receipts.iter().map(Receipt::id).collect();
    ensure_eq!(ids.get(1), Some(&first), "the duplicate's id");
    ensure_eq!(ids.get(2), ids.get(3), "the ids of a duplicate within the batch");
    ensure_eq!(bodies(&s.claim_all().await?).len(), 3, "stored events");
    Ok(())
}

pub(super) async fn a_duplicate_is_told_the_first_ones_fate<S: InboxStore + InboxAdmin>(
    s: Subject<S>,
) -> Check {
    let id = s.accept_new(keyed("1", "one").answer("first answer")).await?;
    let duplicate = async |body: &str| match s.accept(keyed("1", body).answer("second answer")).await? {
        Receipt::Duplicate(duplicate) => Ok(duplicate),
        Receipt::New(id) => Err(Seen::from(format!("a duplicate is a new event {id}"))),
    };
    let seen = duplicate("one").await?;
    ensure_eq!(
        (seen.id, seen.state, seen.same_content),
        (id, State::Pending, true),
        "duplicate of a pending event"
    );
    ensure_eq!(seen.answer.as_deref(), Some("first answer"), "answer");
    let claimed = s.claim_one().await?;
    let seen = duplicate("another").await?;
    ensure_eq!(
        (seen.id, seen.state, seen.same_content),
        (id, State::Leased, false),
        "another body with the same key"
    );
    s.finish(&claimed, Outcome::Done).await?;
    ensure_eq!(duplicate("one").await?.state, State::Done, "state of a processed one");
    s.nothing_is_due().await?;

    // The same key of another source, and no key at all, are other events.
    let key = IdempotencyKey::new("shop:1");
    s.accept_new(NewEvent::verified("market", &assume_verified(b"one")).key(Some(key))).await?;
    s.accept_new(event("same")).await?;
    s.accept_new(event("same")).await?;
    Ok(())
}

pub(super) async fn a_key_outlives_its_body_and_ends_with_its_retention<S>(s: Subject<S>) -> Check
where
    S: InboxStore + InboxAdmin,
{
    let id = s.accept_new(keyed("1", "one").answer("ok")).await?;
    let claimed = s.claim_one().await?;
    s.finish(&claimed, Outcome::Done).await?;
    let keep = Keep::DEFAULT.keys(HOUR.saturating_mul(10)).bodies(HOUR);
    let retention = Retention::new(Keep::DEFAULT).source("shop", keep);

    let purged = s.store.purge(&retention).await?;
    ensure_eq!((purged.keys, purged.bodies), (0, 0), "purged too early");
    s.clock.advance(HOUR);
    let purged = s.store.purge(&retention).await?;
    ensure_eq!((purged.keys, purged.bodies), (0, 1), "purged after the body's retention");
    ensure_eq!(s.event(id).await?.body, None, "the purged body");
    match s.accept(keyed("1", "one")).await? {
        Receipt::Duplicate(seen) => {
            ensure_eq!((seen.id, seen.same_content), (id, true), "duplicate without a body");
            ensure_eq!(seen.answer.as_deref(), Some("ok"), "answer of a duplicate without a body");
        }
        Receipt::New(_) => return Err("the key ended with the body".to_owned().into()),
    }
    s.clock.advance(HOUR.saturating_mul(10));
    let purged = s.store.purge(&retention).await?;
    ensure_eq!(purged.keys, 1, "keys purged after their retention");
    s.accept_new(keyed("1", "one")).await?;
    Ok(())
}

pub(super) async fn the_same_key_at_once_is_new_once<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let mut tasks = JoinSet::new();
    for task in 0..16 {
        let store = Arc::clone(&s.store);
        // Each knows the keys in another order, which databases that lock rows must bear.
        tasks.spawn(async move {
            let mut batch = [keyed("a", "a"), keyed("b", "b"), keyed("c", "c")];
            batch.rotate_left(task % 3);
            store.accept(&batch).await
        });
    }
    let mut new = 0_usize;
    while let Some(receipts) = tasks.join_next().await {
        let receipts = receipts.map_err(|error| error.to_string())??;
        new =
            new.saturating_add(receipts.iter().filter(|receipt| matches!(receipt, Receipt::New(_))).count());
    }
    ensure_eq!(new, 3, "new events of three keys");
    ensure_eq!(s.claim_all().await?.events.len(), 3, "stored events");
    Ok(())
}

pub(super) async fn a_claim_takes_what_is_due_on_its_routes<S: InboxStore + InboxAdmin>(
    s: Subject<S>,
) -> Check {
    s.nothing_is_due().await?;
    for kind in ["a", "b", "c"] {
        s.accept_new(event(kind)).await?;
    }
    s.accept_new(NewEvent::verified("shop", &assume_verified(b"unnamed"))).await?;
    s.accept_new(NewEvent::verified("market", &assume_verified(b"m")).kind("a")).await?;

    let none = s.claim(vec![], 10).await?;
    ensure!(none.events.is_empty(), "a claim without routes gave {none:?}");
    let none = s.claim(vec![only("shop", &[]), all_of("nowhere", 3)], 10).await?;
    ensure!(none.events.is_empty(), "routes without events gave {none:?}");
    let taken = s.claim(vec![only("shop", &["b", "x"])], 10).await?;
    ensure_eq!(bodies(&taken), ["b"], "events of one name");
    let taken = s.claim(vec![except("shop", &["a"]), only("market", &["a"])], 10).await?;
    ensure_eq!(
        bodies(&taken),
        ["c", "unnamed", "m"],
        "all but one name, and another source, the oldest first"
    );
    let taken = s.claim_all().await?;
    ensure_eq!(bodies(&taken), ["a"], "what is left");
    s.nothing_is_due().await?;
    Ok(())
}

pub(super) async fn a_claim_is_no_larger_than_asked<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let batch: Vec<NewEvent> = (0..300).map(|number| event(&format!("kind {}", number % 7))).collect();
    ensure_eq!(s.store.accept(&batch).await?.len(), 300, "receipts");
    ensure_eq!(s.claim(vec![all_of("shop", 3)], 0).await?.events.len(), 0, "a claim of nothing");
    ensure_eq!(s.claim(vec![all_of("shop", 3)], 10).await?.events.len(), 10, "a claim of ten");
    let many = s.claim(vec![all_of("shop", 3)], usize::MAX).await?.events.len();
    ensure_eq!(many, crate::MAX_CLAIM, "the largest claim");
    Ok(())
}

pub(super) async fn paused_events_do_not_stand_in_the_way<S: InboxStore + InboxAdmin>(
    s: Subject<S>,
) -> Check {
    let batch: Vec<NewEvent> = (0..500).map(|_| event("paused")).collect();
    s.store.accept(&batch).await?;
    s.accept_new(event("active")).await?;
    let taken = s.claim(vec![except("shop", &["paused"])], 10).await?;
    ensure_eq!(bodies(&taken), ["active"], "the handler that runs");
    Ok(())
}

pub(super) async fn two_claims_at_once_share_nothing<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let batch: Vec<NewEvent> = (0..200).map(|_| event("order")).collect();
    s.store.accept(&batch).await?;
    let mut tasks = JoinSet::new();
    for worker in 0..8 {
        let store = Arc::clone(&s.store);
        tasks.spawn(async move {
            let claim = Claim::new(format!("worker {worker}"), vec![all_of("shop", 3)], 7, MINUTE);
            let mut ids = Vec::new();
            loop {
                let claims = store.claim(&claim).await?;
                if claims.events.is_empty() {
                    return Ok::<_, StoreError>(ids);
                }
                ids.extend(claims.events.iter().map(|event| event.lease.event));
            }
        });
    }
    let mut ids = Vec::new();
    while let Some(taken) = tasks.join_next().await {
        ids.extend(taken.map_err(|error| error.to_string())??);
    }
    let distinct: BTreeSet<EventId> = ids.iter().copied().collect();
    ensure_eq!((ids.len(), distinct.len()), (200, 200), "claimed events, and distinct ones");
    Ok(())
}

pub(super) async fn a_claim_counts_the_attempt_and_buries_the_last<S>(s: Subject<S>) -> Check
where
    S: InboxStore + InboxAdmin,
{
    // A handler that ends its process each time, and a neighbour of the same ordering key.
    let id = s.accept_new(event("poison").ordering("key")).await?;
    let next = s.accept_new(event("next").ordering("key")).await?;
    for attempt in 1..=3 {
        let claimed = s.claim_one().await?;
        ensure_eq!((claimed.lease.event, claimed.attempt), (id, attempt), "event and attempt");
        ensure_eq!(s.event(id).await?.attempts, attempt, "attempts counted");
        s.clock.advance(MINUTE);
    }
    let claims = s.claim_all().await?;
    ensure_eq!(claims.buried, [id], "dead letters of the claim");
    ensure!(claims.events.iter().all(|event| event.lease.event != id), "a fourth attempt was handed out");
    let event = s.event(id).await?;
    ensure_eq!((event.state, event.reason), (State::Dead, Some(DeadReason::Crashed)), "state and reason");
    let attempts = s.store.attempts(id).await?;
    let statuses: Vec<AttemptStatus> = attempts.iter().map(|attempt| attempt.status).collect();
    ensure_eq!(statuses, [AttemptStatus::CutOff; 3], "attempts");
    ensure_eq!(
        attempts.iter().map(|attempt| attempt.attempt).collect::<Vec<_>>(),
        [1, 2, 3],
        "their numbers"
    );

    // The one behind it goes on, at once or with the next claim.
    let follower = match claims.events.into_iter().next() {
        Some(claimed) => claimed,
        None => s.claim_one().await?,
    };
    ensure_eq!(follower.lease.event, next, "the next of the ordering key");
    Ok(())
}

pub(super) async fn a_lease_ends_and_can_be_extended<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    s.accept_new(event("order")).await?;
    let first = s.claim_one().await?;
    s.nothing_is_due().await?;
    let extended = s.store.extend(&first.lease, HOUR).await?;
    ensure_eq!(
        (extended.event, extended.token),
        (first.lease.event, first.lease.token),
        "the extended lease"
    );
    ensure!(extended.until > first.lease.until, "the extended lease ends no later");
    s.clock.advance(MINUTE);
    s.nothing_is_due().await?;
    s.clock.advance(HOUR);
    let second = s.claim_one().await?;
    ensure_eq!(second.attempt, 2, "attempt after the lease's end");
    ensure!(second.lease.token > first.lease.token, "the token did not grow");
    ensure!(second.elapsed >= HOUR, "elapsed is {:?}", second.elapsed);
    Ok(())
}

pub(super) async fn a_lost_lease_changes_nothing<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let id = s.accept_new(event("order")).await?;
    let first = s.claim_one().await?;
    s.clock.advance(MINUTE);
    let second = s.claim_one().await?;
    for outcome in [Outcome::Done, dead(DeadReason::Permanent), retry(HOUR), Outcome::Release] {
        let settled = s.settle(&first, outcome.clone()).await?;
        ensure_eq!(settled, Settled::LeaseLost, "an old lease settled as {outcome:?}");
    }
    let extended = s.store.extend(&first.lease, HOUR).await;
    ensure!(matches!(extended, Err(StoreError::LeaseLost)), "an old lease was extended: {extended:?}");
    let event = s.event(id).await?;
    ensure_eq!((event.state, event.attempts), (State::Leased, 2), "state and attempts");

    // A lost lease does not fail its neighbours in a batch.
    let batch = [
        Settlement::new(first.lease, Outcome::Done, MINUTE),
        Settlement::new(second.lease, Outcome::Done, MINUTE),
        Settlement::new(
            crate::Lease::new(EventId::from_i64(i64::MAX), 1, first.lease.until),
            Outcome::Done,
            MINUTE,
        ),
    ];
    let settled = s.store.settle(&batch).await?;
    ensure_eq!(settled, [Settled::LeaseLost, Settled::Yes, Settled::LeaseLost], "a batch of settlements");
    ensure_eq!(s.event(id).await?.state, State::Done, "state");
    let extended = s.store.extend(&second.lease, HOUR).await;
    ensure!(
        matches!(extended, Err(StoreError::LeaseLost)),
        "a finished event's lease was extended: {extended:?}"
    );
    Ok(())
}

pub(super) async fn settling_twice_is_settling_once<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    ensure!(s.store.settle(&[]).await?.is_empty(), "an empty batch has answers");
    s.accept_new(event("order")).await?;
    for outcome in [retry(Duration::ZERO), Outcome::Done] {
        let claimed = s.claim_one().await?;
        for round in 0..2 {
            let settled = s.settle(&claimed, outcome.clone()).await?;
            ensure_eq!(settled, Settled::Yes, "settling as {outcome:?}, round {round}");
        }
        let settled = s.settle(&claimed, dead(DeadReason::Gone)).await?;
        ensure_eq!(settled, Settled::LeaseLost, "another outcome after {outcome:?}");
    }
    let attempts: usize = s.store.attempts(EventId::from_i64(1)).await?.len();
    ensure!(attempts <= 2, "there are {attempts} attempts");
    Ok(())
}

pub(super) async fn a_retry_comes_when_it_is_due<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let id = s.accept_new(event("order")).await?;
    let claimed = s.claim_one().await?;
    s.finish(&claimed, retry(HOUR)).await?;
    let event = s.event(id).await?;
    ensure_eq!(event.state, State::Pending, "state");
    ensure!(event.due_at.is_some_and(|due| due > event.received_at), "due at {:?}", event.due_at);
    let attempt = only_one(s.store.attempts(id).await?, "attempt")?;
    ensure_eq!(attempt.status, AttemptStatus::Transient, "status");
    ensure_eq!(attempt.duration_ms, Some(250), "duration");
    ensure_eq!(attempt.error.as_deref(), Some("the other side is down"), "error");
    ensure_eq!(attempt.worker, "worker", "worker");
    s.nothing_is_due().await?;
    s.clock.advance(HOUR);
    ensure_eq!(s.claim_one().await?.attempt, 2, "attempt");
    Ok(())
}

pub(super) async fn a_dead_letter_keeps_its_reason<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    for reason in [DeadReason::Permanent, DeadReason::Gone, DeadReason::Attempts, DeadReason::Elapsed] {
        let id = s.accept_new(event("order")).await?;
        let claimed = s.claim_one().await?;
        s.finish(&claimed, dead(reason)).await?;
        let event = s.event(id).await?;
        ensure_eq!((event.state, event.reason), (State::Dead, Some(reason)), "state and reason");
        ensure!(event.finished_at.is_some() && event.due_at.is_none(), "times of a dead letter: {event:?}");
    }
    s.clock.advance(HOUR);
    s.nothing_is_due().await?;

    // A limit that was lowered after the attempts were made.
    let id = s.accept_new(event("order")).await?;
    let claimed = s.claim_one().await?;
    s.finish(&claimed, retry(Duration::ZERO)).await?;
    let claims = s.claim(vec![all_of("shop", 1)], 10).await?;
    ensure_eq!(claims.buried, [id], "dead letters of the claim");
    ensure_eq!(s.event(id).await?.reason, Some(DeadReason::Attempts), "reason");
    Ok(())
}

pub(super) async fn a_release_gives_the_attempt_back<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let id = s.accept_new(event("order")).await?;
    for round in 0..5 {
        let claimed = s.claim_one().await?;
        ensure_eq!(claimed.attempt, 1, "attempt in round {round}");
        s.finish(&claimed, Outcome::Release).await?;
    }
    let event = s.event(id).await?;
    ensure_eq!((event.state, event.attempts), (State::Pending, 0), "state and attempts");
    let attempts = s.store.attempts(id).await?;
    let released = attempts.iter().filter(|attempt| attempt.status == AttemptStatus::Released).count();
    ensure_eq!(released, 5, "released attempts on record");
    let stats = s.store.stats(Range::all()).await?;
    ensure_eq!(stats.summary.total_retries, 0, "retries");
    Ok(())
}

pub(super) async fn one_ordering_key_is_one_queue<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    for body in ["1", "2", "3"] {
        s.accept_new(ordered("shop", "order 7", body)).await?;
    }
    s.accept_new(ordered("shop", "order 8", "other")).await?;
    let claims = s.claim_all().await?;
    ensure_eq!(bodies(&claims), ["1", "other"], "the first of each key");
    let mut claimed = claims.events.into_iter();
    let first = claimed.next().ok_or_else(|| "nothing was claimed".to_owned())?;
    for other in claimed {
        s.finish(&other, Outcome::Done).await?;
    }

    // A retry keeps its place.
    s.finish(&first, retry(HOUR)).await?;
    s.nothing_is_due().await?;
    let listed = s.store.list(&Filter::all().state(State::Blocked), Page::first(10)).await?;
    ensure_eq!(listed.len(), 2, "blocked events");
    s.clock.advance(HOUR);
    let first = s.claim_one().await?;
    ensure_eq!(&first.body[..], b"1", "the retried one");
    s.finish(&first, dead(DeadReason::Permanent)).await?;
    let second = s.claim_one().await?;
    ensure_eq!(&second.body[..], b"2", "after a dead letter");
    s.accept_new(ordered("shop", "order 7", "4")).await?;
    s.nothing_is_due().await?;
    s.finish(&second, Outcome::Done).await?;
    let third = s.claim_one().await?;
    ensure_eq!(&third.body[..], b"3", "the third");
    s.finish(&third, Outcome::Done).await?;
    ensure_eq!(&s.claim_one().await?.body[..], b"4", "the last");
    Ok(())
}

pub(super) async fn ordering_keys_of_two_sources_are_two<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    s.store.accept(&[ordered("shop", "7", "shop"), ordered("market", "7", "market")]).await?;
    let claims = s.claim(vec![all_of("shop", 3), all_of("market", 3)], 10).await?;
    ensure_eq!(claims.events.len(), 2, "events");

    // Within one batch, too, the second waits for the first.
    s.store.accept(&[ordered("shop", "8", "a"), ordered("shop", "8", "b")]).await?;
    let first = s.claim_one().await?;
    ensure_eq!(&first.body[..], b"a", "the first of a batch");
    s.finish(&first, Outcome::Done).await?;
    ensure_eq!(&s.claim_one().await?.body[..], b"b", "the second of a batch");
    Ok(())
}

pub(super) async fn a_replay_is_a_new_series<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let id = s.accept_new(keyed("1", "one")).await?;
    ensure_eq!(s.store.replay(&Replay::One(id)).await?, 0, "replays of a pending event");
    let first = s.claim_one().await?;
    ensure_eq!(s.store.replay(&Replay::One(id)).await?, 0, "replays of a leased event");
    s.finish(&first, dead(DeadReason::Permanent)).await?;
    ensure_eq!(
        s.store.replay(&Replay::Matching(Filter::dead().source("market"))).await?,
        0,
        "of another source"
    );
    ensure_eq!(s.store.replay(&Replay::Matching(Filter::dead())).await?, 1, "replays of all dead letters");
    ensure_eq!(s.settle(&first, Outcome::Done).await?, Settled::LeaseLost, "a lease of the series before");
    let event = s.event(id).await?;
    ensure_eq!(
        (event.state, event.attempts, event.series),
        (State::Pending, 0, 2),
        "state, attempts and series"
    );
    ensure_eq!((event.reason, event.finished_at), (None, None), "reason and end");

    let again = s.claim_one().await?;
    ensure_eq!((again.attempt, again.series), (1, 2), "attempt and series");
    ensure!(again.elapsed < MINUTE, "the new series begins with {:?} elapsed", again.elapsed);
    ensure!(again.lease.token > first.lease.token, "the token did not grow");
    s.finish(&again, Outcome::Done).await?;
    let attempts = s.store.attempts(id).await?;
    let series: Vec<u32> = attempts.iter().map(|attempt| attempt.series).collect();
    ensure_eq!(series, [1, 2], "the series on record");
    let stats = s.store.stats(Range::all()).await?.summary;
    ensure_eq!((stats.total_processed, stats.total_failed), (1, 0), "counts after the replay");

    ensure_eq!(s.store.replay(&Replay::One(id)).await?, 1, "replays of a processed event");
    let claimed = s.claim_one().await?;
    s.finish(&claimed, Outcome::Done).await?;
    s.clock.advance(HOUR);
    s.store.purge(&Retention::new(Keep::DEFAULT.bodies(HOUR))).await?;
    ensure_eq!(s.store.replay(&Replay::One(id)).await?, 0, "replays without a body");
    ensure_eq!(s.store.replay(&Replay::One(EventId::from_i64(i64::MAX))).await?, 0, "replays of nothing");
    Ok(())
}

pub(super) async fn a_replay_keeps_the_order<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let first = s.accept_new(ordered("shop", "7", "1")).await?;
    let claimed = s.claim_one().await?;
    s.finish(&claimed, dead(DeadReason::Permanent)).await?;
    s.accept_new(ordered("shop", "7", "2")).await?;
    let second = s.claim_one().await?;
    ensure_eq!(s.store.replay(&Replay::One(first)).await?, 1, "replays");
    ensure_eq!(s.event(first).await?.state, State::Blocked, "state beside a running event");
    s.nothing_is_due().await?;
    s.finish(&second, Outcome::Done).await?;
    ensure_eq!(&s.claim_one().await?.body[..], b"1", "the replayed one");
    Ok(())
}

pub(super) async fn a_wakeup_comes_for_what_is_due<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    // Nobody waits so long: whoever returns was woken.
    const LONG: Duration = Duration::from_mins(30);
    const SOON: Duration = Duration::from_secs(20);
    let routes = [all_of("shop", 3)];
    let woken = async |what: &str| {
        let wakeup = tokio::time::timeout(SOON, s.store.wakeup(&routes, LONG));
        wakeup.await.map_err(|_| format!("no wakeup {what}"))??;
        Ok::<_, Seen>(())
    };

    s.store.wakeup(&routes, Duration::ZERO).await?;
    let (wakeup, accepted) = tokio::join!(woken("by a new event"), async {
        // The waiter waits first; if it does not, the event is due when it looks.
        tokio::task::yield_now().await;
        s.accept_new(event("order")).await
    });
    wakeup?;
    accepted?;
    woken("for an event that is due").await?;
    let claimed = s.claim_one().await?;
    let (wakeup, settled) = tokio::join!(woken("by a retry"), async {
        tokio::task::yield_now().await;
        s.finish(&claimed, retry(Duration::ZERO)).await
    });
    wakeup?;
    settled?;
    let claimed = s.claim_one().await?;
    s.finish(&claimed, retry(Duration::from_millis(200))).await?;
    woken("at the time of a retry").await?;
    Ok(())
}

pub(super) async fn lists_are_filtered_and_paged<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(s.accept_new(event(if number % 2 == 0 { "even" } else { "odd" })).await?);
    }
    s.clock.advance(HOUR);
    ids.push(s.accept_new(NewEvent::verified("market", &assume_verified(b"m")).kind("even")).await?);
    ids.reverse();
    let list = async |filter: Filter, page: Page| {
        let events = s.store.list(&filter, page).await?;
        if events.iter().any(|event| event.body.is_some()) {
            return Err(Seen::from("a list has bodies".to_owned()));
        }
        Ok(events.iter().map(|event| event.id).collect::<Vec<_>>())
    };
    let picked =
        |places: &[usize]| places.iter().filter_map(|&place| ids.get(place).copied()).collect::<Vec<_>>();

    ensure_eq!(list(Filter::all(), Page::first(100)).await?, ids, "all, the newest first");
    ensure_eq!(list(Filter::all(), Page::first(2)).await?, picked(&[0, 1]), "the first page");
    let last = *ids.get(1).ok_or_else(|| "no id".to_owned())?;
    ensure_eq!(list(Filter::all(), Page::before(last, 2)).await?, picked(&[2, 3]), "the second page");
    ensure_eq!(list(Filter::all(), Page::first(0)).await?, picked(&[]), "an empty page");
    ensure_eq!(
        list(Filter::all().source("shop"), Page::first(9)).await?,
        picked(&[1, 2, 3, 4, 5]),
        "of a source"
    );
    ensure_eq!(list(Filter::all().kind("even"), Page::first(9)).await?, picked(&[0, 1, 3, 5]), "of a name");
    let newest = s.event(*ids.first().ok_or_else(|| "no id".to_owned())?).await?.received_at;
    let since = Filter::all().stored(Some(newest), None);
    ensure_eq!(list(since, Page::first(9)).await?, picked(&[0]), "since a moment");
    let until = Filter::all().stored(None, Some(newest));
    ensure_eq!(list(until, Page::first(9)).await?, picked(&[1, 2, 3, 4, 5]), "until a moment");
    let claimed = s.claim(vec![only("shop", &["odd"])], 1).await?;
    ensure_eq!(claimed.events.len(), 1, "claimed events");
    ensure_eq!(list(Filter::all().state(State::Leased), Page::first(9)).await?, picked(&[4]), "in a state");
    Ok(())
}

pub(super) async fn statistics_count_what_happened<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let empty = s.store.stats(Range::all()).await?;
    ensure_eq!(empty.summary.total_processed, 0, "processed of nothing");
    ensure!(empty.summary.success_rate.abs() < f64::EPSILON, "success rate of nothing");
    let began = s.clock.now();

    // Two processed, one of them at its third attempt; one dead at once; one still waiting.
    s.accept_new(event("INSERT")).await?;
    let claimed = s.claim_one().await?;
    s.finish(&claimed, Outcome::Done).await?;
    s.accept_new(event("insert")).await?;
    for outcome in [retry(Duration::ZERO), retry(Duration::ZERO), Outcome::Done] {
        let claimed = s.claim_one().await?;
        s.finish(&claimed, outcome).await?;
    }
    s.accept_new(NewEvent::verified("market", &assume_verified(b"d")).kind("delete")).await?;
    let claimed = only_one(s.claim(vec![all_of("market", 3)], 9).await?.events, "event")?;
    s.finish(&claimed, dead(DeadReason::Permanent)).await?;
    s.accept_new(event("update")).await?;

    let stats = s.store.stats(Range::all()).await?;
    let summary = &stats.summary;
    ensure_eq!((summary.total_processed, summary.total_failed), (2, 1), "processed and failed");
    ensure_eq!(summary.total_retries, 2, "retries");
    ensure!((summary.success_rate - 0.667).abs() < f64::EPSILON, "success rate {}", summary.success_rate);
    let average = summary.average_processing_time_seconds;
    ensure!((average - 0.25).abs() < f64::EPSILON, "average {average}");
    let by_type: Vec<_> =
        summary.events_by_type.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    ensure_eq!(by_type, [("delete", 1), ("insert", 2)], "finished events by type");
    let by_source: Vec<_> =
        summary.events_by_source.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    ensure_eq!(by_source, [("market", 1), ("shop", 2)], "finished events by source");

    let shop = stats.sources.get("shop").ok_or_else(|| "no statistics of a source".to_owned())?;
    ensure_eq!((shop.backlog, shop.dead), (1, 0), "backlog and dead letters");
    ensure!(shop.oldest_waiting_ms.is_some(), "nothing waits");
    ensure!(
        shop.latency.is_some_and(|latency| latency.p50_ms <= latency.p99_ms),
        "latency {:?}",
        shop.latency
    );
    let attempts: u64 = shop.hours.iter().map(|hour| hour.attempts).sum();
    let failures: u64 = shop.hours.iter().map(|hour| hour.failures).sum();
    ensure_eq!((attempts, failures), (4, 2), "attempts and failures by hour");
    let market = stats.sources.get("market").ok_or_else(|| "no statistics of a source".to_owned())?;
    ensure_eq!((market.backlog, market.dead, market.latency), (0, 1, None), "a source with one dead letter");

    s.clock.advance(HOUR.saturating_mul(3));
    let later = s.store.stats(Range::since(s.clock.now())).await?;
    ensure_eq!(later.summary.total_processed, 0, "processed since now");
    ensure_eq!(later.sources.get("shop").map(|shop| shop.backlog), Some(1), "the backlog of any range");
    let before = s.store.stats(Range::all().until(began)).await?;
    ensure_eq!(before.summary.total_failed, 0, "failed before the beginning");
    let since = s.store.stats(Range::since(began)).await?;
    ensure_eq!(since.summary, stats.summary, "since the beginning");
    Ok(())
}

pub(super) async fn statistics_keep_what_was_purged<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    for outcome in [Outcome::Done, retry(Duration::ZERO), Outcome::Done] {
        s.accept_new(event("order")).await?;
        let claimed = s.claim_one().await?;
        s.finish(&claimed, outcome.clone()).await?;
        if outcome != Outcome::Done {
            let claimed = s.claim_one().await?;
            s.finish(&claimed, dead(DeadReason::Attempts)).await?;
        }
    }
    let before = s.store.stats(Range::all()).await?.summary;
    ensure_eq!((before.total_processed, before.total_failed, before.total_retries), (2, 1, 1), "counts");
    s.clock.advance(HOUR);
    let purged = s.store.purge(&Retention::new(Keep::DEFAULT.bodies(HOUR).dead(Some(HOUR)))).await?;
    ensure_eq!(purged.bodies, 3, "purged bodies");
    ensure!(
        s.store.list(&Filter::all(), Page::first(9)).await?.is_empty(),
        "events without key and body are listed"
    );
    let after = s.store.stats(Range::all()).await?.summary;
    ensure_eq!(after, before, "statistics after the purge");
    Ok(())
}

pub(super) async fn a_purge_keeps_what_is_unfinished<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let pending = s.accept_new(keyed("1", "pending")).await?;
    s.accept_new(event("dead")).await?;
    let claims = s.claim(vec![only("shop", &["dead"])], 9).await?;
    let claimed = only_one(claims.events, "event")?;
    s.finish(&claimed, dead(DeadReason::Permanent)).await?;
    s.clock.advance(HOUR.saturating_mul(10_000));
    let purged = s.store.purge(&Retention::default()).await?;
    ensure_eq!((purged.keys, purged.bodies), (1, 0), "purged keys and bodies");
    ensure!(s.event(claimed.lease.event).await?.body.is_some(), "a dead letter lost its body");
    ensure_eq!(s.claim_one().await?.lease.event, pending, "the event that waited");
    Ok(())
}

pub(super) async fn odd_text_is_kept<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let odd = "'; DROP TABLE events; -- \u{1F980} \" \\ \n%_";
    let id = s
        .accept_new(
            NewEvent::verified(odd, &assume_verified(b""))
                .kind(odd)
                .key(Some(IdempotencyKey::new(odd)))
                .ordering(odd)
                .answer(odd),
        )
        .await?;
    let event = s.event(id).await?;
    ensure_eq!((event.source.as_str(), event.kind.as_deref()), (odd, Some(odd)), "source and kind");
    ensure_eq!(event.body.as_deref(), Some(&b""[..]), "an empty body");
    let claims = s.claim(vec![only(odd, &[odd])], 9).await?;
    let claimed = only_one(claims.events, "event")?;
    let failure = AttemptFailure::new(Class::Gone, format!("{odd}\0{}", "é".repeat(2000)));
    s.finish(&claimed, Outcome::Dead { reason: DeadReason::Gone, failure: failure.clone() }).await?;
    let attempt = only_one(s.store.attempts(id).await?, "attempt")?;
    ensure_eq!(attempt.error, Some(failure.error), "error text");
    ensure_eq!(attempt.status, AttemptStatus::Gone, "status");
    let listed = s.store.list(&Filter::all().source(odd).kind(odd), Page::first(9)).await?;
    ensure_eq!(listed.len(), 1, "listed events");
    Ok(())
}
