use std::sync::Arc;

use tokio::task::JoinSet;
use webhook_core::IdempotencyKey;
use webhook_retry::Class;
use webhook_verify::danger::assume_verified;

use super::steps::{Check, HOUR, bodies, dead, ensure, ensure_eq, event, keyed, only, only_one};
use super::{Seen, Subject};
use crate::{
    AttemptFailure, AttemptStatus, DeadReason, EventId, Filter, InboxAdmin, InboxStore, Keep, NewEvent,
    Outcome, Page, Receipt, Retention, State,
};

pub(super) async fn a_new_event_is_stored_as_it_came<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let body = b"\x00\xff not even UTF-8";
    let new = NewEvent::verified("shop", &assume_verified(body))
        .kind("order.paid")
        .key(Some(IdempotencyKey::new("shop:1")))
        .ordering("order 7")
        .delivery("msg_7")
        .answer("{\"status\":\"accepted\"}");
    let id = s.accept_new(new).await?;
    let event = s.event(id).await?;
    ensure_eq!(event.source, "shop", "source");
    ensure_eq!(event.kind.as_deref(), Some("order.paid"), "kind");
    ensure_eq!(event.key.as_ref().map(IdempotencyKey::as_str), Some("shop:1"), "key");
    ensure_eq!(event.delivery_id.as_deref(), Some("msg_7"), "delivery id");
    if s.store.guarantees().ordering {
        ensure_eq!(event.ordering_key.as_deref(), Some("order 7"), "ordering key");
    }
    ensure_eq!(event.state, State::Pending, "state");
    ensure_eq!((event.attempts, event.series), (0, 1), "attempts and series");
    ensure_eq!(event.body.as_deref(), Some(&body[..]), "body");
    let claimed = s.claim_one().await?;
    ensure_eq!(claimed.lease.event, id, "claimed event");
    ensure_eq!(claimed.source, event.source, "claimed source");
    ensure_eq!(claimed.kind, event.kind, "claimed kind");
    ensure_eq!(claimed.key, event.key, "claimed key");
    ensure_eq!(claimed.delivery_id, event.delivery_id, "claimed delivery id");
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
    let duplicate =
        async |key: &str, body: &str| match s.accept(keyed(key, body).answer("second answer")).await? {
            Receipt::Duplicate(duplicate) => Ok(duplicate),
            Receipt::New(id) => Err(Seen::from(format!("a duplicate is a new event {id}"))),
        };
    let seen = duplicate("1", "one").await?;
    ensure_eq!(
        (seen.id, seen.state, seen.same_content),
        (id, State::Pending, true),
        "duplicate of a pending event"
    );
    ensure_eq!(seen.answer.as_deref(), Some("first answer"), "answer");
    let claimed = s.claim_one().await?;
    let seen = duplicate("1", "another").await?;
    ensure_eq!(
        (seen.id, seen.state, seen.same_content),
        (id, State::Leased, false),
        "another body with the same key"
    );
    s.finish(&claimed, Outcome::Done).await?;
    ensure_eq!(duplicate("1", "one").await?.state, State::Done, "state of a processed one");
    s.nothing_is_due().await?;
    let letter = s.accept_new(keyed("2", "two")).await?;
    let claimed = s.claim_one().await?;
    s.finish(&claimed, dead(DeadReason::Permanent)).await?;
    let seen = duplicate("2", "two").await?;
    ensure_eq!((seen.id, seen.state), (letter, State::Dead), "duplicate of a dead letter");
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
