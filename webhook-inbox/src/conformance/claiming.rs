use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinSet;
use webhook_verify::danger::assume_verified;

use super::steps::{Check, HOUR, MINUTE, all_of, bodies, ensure, ensure_eq, event, except, only, only_one};
use super::{Seen, Subject};
use crate::{
    AttemptStatus, Claim, DeadReason, EventId, InboxAdmin, InboxStore, MAX_CLAIM, NewEvent, Outcome, Settled,
    State, StoreError,
};

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
    ensure_eq!(many, MAX_CLAIM, "the largest claim");
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
    // A handler that ends its process each time.
    let id = s.accept_new(event("poison")).await?;
    for attempt in 1..=3 {
        let claimed = s.claim_one().await?;
        ensure_eq!((claimed.lease.event, claimed.attempt), (id, attempt), "event and attempt");
        ensure_eq!(s.event(id).await?.attempts, attempt, "attempts counted");
        s.clock.advance(MINUTE);
    }
    let claims = s.claim_all().await?;
    ensure_eq!(claims.buried, [id], "dead letters of the claim");
    ensure!(claims.events.is_empty(), "a fourth attempt was handed out");
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
    ensure!(second.elapsed >= HOUR, "elapsed is {:?}", second.elapsed);
    Ok(())
}

pub(super) async fn a_lease_lasts_as_long_as_asked<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    s.accept_new(event("order")).await?;
    let claim = Claim::new("worker", vec![all_of("shop", 3)], 1, HOUR);
    let first = only_one(s.store.claim(&claim).await?.events, "claimed event")?;
    s.clock.advance(HOUR.saturating_sub(MINUTE));
    s.nothing_is_due().await?;
    ensure!(first.lease.until > s.clock.now(), "the lease has ended early");
    s.clock.advance(MINUTE);
    ensure_eq!(s.claim_one().await?.attempt, 2, "attempt after the lease's end");
    Ok(())
}

pub(super) async fn an_ended_lease_is_held_until_the_next_claim<S>(s: Subject<S>) -> Check
where
    S: InboxStore + InboxAdmin,
{
    // A worker that was slow, and nobody else wanted the event: its work is not to be done again.
    let id = s.accept_new(event("order")).await?;
    let claimed = s.claim_one().await?;
    s.clock.advance(HOUR);
    let extended = s.store.extend(&claimed.lease, MINUTE).await;
    ensure!(extended.is_ok(), "an ended lease that nobody took is not extended: {extended:?}");
    s.nothing_is_due().await?;
    s.clock.advance(HOUR);
    let settled = s.settle(&claimed, Outcome::Done).await?;
    ensure_eq!(settled, Settled::Yes, "settling with an ended lease that nobody took");
    ensure_eq!(s.event(id).await?.state, State::Done, "state");
    Ok(())
}
