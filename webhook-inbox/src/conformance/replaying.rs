use super::steps::{Check, HOUR, MINUTE, bodies, dead, ensure, ensure_eq, event, keyed};
use super::{Seen, Subject};
use crate::{
    DeadReason, EventId, Filter, InboxAdmin, InboxStore, Keep, Outcome, Range, Replay, Retention, State,
};

pub(super) async fn a_replay_is_a_new_series<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let id = s.accept_new(keyed("1", "one")).await?;
    ensure_eq!(s.store.replay(&Replay::One(id)).await?, 0, "replays of a pending event");
    let first = s.claim_one().await?;
    ensure_eq!(s.store.replay(&Replay::One(id)).await?, 0, "replays of a leased event");
    s.finish(&first, dead(DeadReason::Permanent)).await?;
    s.clock.advance(HOUR);
    ensure_eq!(
        s.store.replay(&Replay::Matching(Filter::dead().source("market"))).await?,
        0,
        "of another source"
    );
    ensure_eq!(s.store.replay(&Replay::Matching(Filter::dead())).await?, 1, "replays of all dead letters");
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

pub(super) async fn a_replay_of_several_is_in_their_order<S: InboxStore + InboxAdmin>(
    s: Subject<S>,
) -> Check {
    for body in ["1", "2", "3"] {
        s.accept_new(event(body)).await?;
        let claimed = s.claim_one().await?;
        s.finish(&claimed, dead(DeadReason::Permanent)).await?;
    }
    ensure_eq!(s.store.replay(&Replay::Matching(Filter::dead())).await?, 3, "replays");
    ensure_eq!(bodies(&s.claim_all().await?), ["1", "2", "3"], "the replayed ones, the oldest first");
    Ok(())
}

pub(super) async fn a_replay_takes_what_its_filter_says<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let mut times = Vec::new();
    for kind in ["a", "b", "c"] {
        let id = s.accept_new(event(kind)).await?;
        let claimed = s.claim_one().await?;
        s.finish(&claimed, dead(DeadReason::Permanent)).await?;
        times.push(s.event(id).await?.received_at);
        s.clock.advance(HOUR);
    }
    let replayed = async |filter: Filter| {
        s.store.replay(&Replay::Matching(filter)).await?;
        let claims = s.claim_all().await?;
        for claimed in &claims.events {
            s.finish(claimed, dead(DeadReason::Permanent)).await?;
        }
        Ok::<_, Seen>(bodies(&claims))
    };
    ensure_eq!(replayed(Filter::dead().kind("b")).await?, ["b"], "replays of dead letters of a name");
    let since = Filter::dead().stored(times.get(1).copied(), None);
    ensure_eq!(replayed(since).await?, ["b", "c"], "replays of dead letters since a moment");
    let until = Filter::dead().stored(None, times.get(1).copied());
    ensure_eq!(replayed(until).await?, ["a"], "replays of dead letters until a moment");
    Ok(())
}
