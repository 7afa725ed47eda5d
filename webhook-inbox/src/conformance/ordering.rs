use super::steps::{Check, HOUR, MINUTE, all_of, bodies, dead, ensure_eq, keyed, ordered, retry};
use super::{Seen, Subject};
use crate::{DeadReason, Filter, InboxAdmin, InboxStore, Outcome, Page, Receipt, Replay, State};

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

pub(super) async fn a_buried_event_lets_the_next_run<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    s.accept_new(ordered("shop", "7", "poison")).await?;
    let next = s.accept_new(ordered("shop", "7", "next")).await?;
    for _ in 1..=3 {
        s.claim_one().await?;
        s.clock.advance(MINUTE);
    }
    // At once, or with the next claim.
    let follower = match s.claim_all().await?.events.pop() {
        Some(claimed) => claimed,
        None => s.claim_one().await?,
    };
    ensure_eq!(follower.lease.event, next, "the next of the ordering key");
    Ok(())
}

pub(super) async fn a_released_event_keeps_its_place<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    for body in ["1", "2"] {
        s.accept_new(ordered("shop", "7", body)).await?;
    }
    let claimed = s.claim_one().await?;
    s.finish(&claimed, Outcome::Release).await?;
    ensure_eq!(&s.claim_one().await?.body[..], b"1", "the released one");
    s.nothing_is_due().await?;
    Ok(())
}

pub(super) async fn a_duplicate_of_a_blocked_event_is_told<S: InboxStore + InboxAdmin>(
    s: Subject<S>,
) -> Check {
    s.accept_new(keyed("1", "one").ordering("7")).await?;
    let second = s.accept_new(keyed("2", "two").ordering("7")).await?;
    match s.accept(keyed("2", "two").ordering("7")).await? {
        Receipt::Duplicate(seen) => {
            ensure_eq!((seen.id, seen.state), (second, State::Blocked), "duplicate of a blocked event");
            Ok(())
        }
        Receipt::New(id) => Err(format!("a duplicate of a blocked event is a new event {id}").into()),
    }
}

pub(super) async fn a_replay_of_several_keeps_their_order<S: InboxStore + InboxAdmin>(
    s: Subject<S>,
) -> Check {
    for body in ["1", "2", "3"] {
        s.accept_new(ordered("shop", "7", body)).await?;
        let claimed = s.claim_one().await?;
        s.finish(&claimed, dead(DeadReason::Permanent)).await?;
    }
    ensure_eq!(s.store.replay(&Replay::Matching(Filter::dead())).await?, 3, "replays");
    for body in ["1", "2", "3"] {
        let claimed = s.claim_one().await?;
        ensure_eq!(&claimed.body[..], body.as_bytes(), "the replayed one whose turn it is");
        s.finish(&claimed, Outcome::Done).await?;
    }
    Ok(())
}

pub(super) async fn a_wakeup_comes_for_the_next_of_a_queue<S: InboxStore + InboxAdmin>(
    s: Subject<S>,
) -> Check {
    for body in ["1", "2"] {
        s.accept_new(ordered("shop", "7", body)).await?;
    }
    let first = s.claim_one().await?;
    s.is_woken_by("the end of the event before", s.finish(&first, Outcome::Done)).await?;
    ensure_eq!(&s.claim_one().await?.body[..], b"2", "the next");
    Ok(())
}
