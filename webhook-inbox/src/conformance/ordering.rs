use super::steps::{Check, HOUR, all_of, bodies, dead, ensure_eq, ordered, retry};
use super::{Seen, Subject};
use crate::{DeadReason, Filter, InboxAdmin, InboxStore, Outcome, Page, Replay, State};

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
