use super::steps::{Check, HOUR, MINUTE, dead, ensure, ensure_eq, keyed};
use super::{Seen, Subject};
use crate::{
    DeadReason, EventId, Filter, InboxAdmin, InboxStore, Keep, Outcome, Range, Replay, Retention, Settled,
    State,
};

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
