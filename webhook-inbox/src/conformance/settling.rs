use std::time::Duration;

use super::steps::{Check, HOUR, all_of, bodies, dead, ensure, ensure_eq, event, only_one, retry};
use super::{Seen, Subject};
use crate::{AttemptStatus, DeadReason, EventId, InboxAdmin, InboxStore, Outcome, Range, Settled, State};

pub(super) async fn settling_twice_is_settling_once<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    ensure!(s.store.settle(&[]).await?.is_empty(), "an empty batch has answers");
    s.accept_new(event("order")).await?;
    for outcome in [retry(Duration::ZERO), Outcome::Done] {
        let claimed = s.claim_one().await?;
        for round in 0..2 {
            let settled = s.settle(&claimed, outcome.clone()).await?;
            ensure_eq!(settled, Settled::Yes, "settling as {outcome:?}, round {round}");
        }
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

pub(super) async fn what_is_due_first_is_claimed_first<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    for hours in [3, 2, 1] {
        s.accept_new(event(&format!("due in {hours}"))).await?;
        let claimed = s.claim_one().await?;
        s.finish(&claimed, retry(HOUR.saturating_mul(hours))).await?;
    }
    s.clock.advance(HOUR.saturating_mul(10));
    let first = s.claim(vec![all_of("shop", 3)], 1).await?;
    ensure_eq!(bodies(&first), ["due in 1"], "the one that was due first");
    ensure_eq!(bodies(&s.claim_all().await?), ["due in 2", "due in 3"], "the others, by when they were due");
    Ok(())
}
