use std::time::Duration;

use super::steps::{Check, HOUR, MINUTE, dead, ensure, ensure_eq, event, retry};
use super::{Seen, Subject};
use crate::{
    DeadReason, EventId, InboxAdmin, InboxStore, Lease, Outcome, Replay, Settled, Settlement, State,
    StoreError,
};

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
        Settlement::new(Lease::new(EventId::from_i64(i64::MAX), 1, first.lease.until), Outcome::Done, MINUTE),
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

pub(super) async fn a_token_grows_with_every_claim<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let id = s.accept_new(event("order")).await?;
    let mut tokens = Vec::new();
    for outcome in [None, Some(retry(Duration::ZERO)), Some(Outcome::Release), Some(Outcome::Done)] {
        let claimed = s.claim_one().await?;
        tokens.push(claimed.lease.token);
        match outcome {
            Some(outcome) => s.finish(&claimed, outcome).await?,
            None => s.clock.advance(MINUTE),
        }
    }
    ensure_eq!(s.store.replay(&Replay::One(id)).await?, 1, "replays");
    tokens.push(s.claim_one().await?.lease.token);
    ensure!(tokens.is_sorted_by(|earlier, later| earlier < later), "the tokens do not grow: {tokens:?}");
    Ok(())
}

pub(super) async fn another_outcome_comes_too_late<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let id = s.accept_new(event("order")).await?;
    for outcome in [retry(Duration::ZERO), Outcome::Done] {
        let claimed = s.claim_one().await?;
        s.finish(&claimed, outcome.clone()).await?;
        let settled = s.settle(&claimed, dead(DeadReason::Gone)).await?;
        ensure_eq!(settled, Settled::LeaseLost, "another outcome after {outcome:?}");
    }
    ensure_eq!(s.event(id).await?.state, State::Done, "state");

    // Nor does the end of an attempt end the series that a replay began.
    s.accept_new(event("letter")).await?;
    let first = s.claim_one().await?;
    s.finish(&first, dead(DeadReason::Permanent)).await?;
    ensure_eq!(s.store.replay(&Replay::One(first.lease.event)).await?, 1, "replays");
    ensure_eq!(s.settle(&first, Outcome::Done).await?, Settled::LeaseLost, "a lease of the series before");
    Ok(())
}
