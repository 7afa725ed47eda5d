//! What callers of `accept` are told when something goes wrong.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use webhook_inbox::{InboxStore as _, NewEvent, Receipt, StoreError};
use webhook_test_postgres::Postgres;

use crate::{MINUTE, client, event, eventually, keyed, options, queued, routes, store};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_cannot_be_read_harms_no_other() {
    const EVENTS: usize = 400;

    let Some(server) = Postgres::shared() else { return };
    let store = store(&server, "unreadable").await;
    store.accept(&[keyed("odd")]).await.unwrap();
    let own = client(&server).await;
    // As a newer release may write it.
    own.batch_execute("UPDATE unreadable.events SET state = 9").await.unwrap();
    let mut tasks = JoinSet::new();
    for task in 0..EVENTS {
        let store = store.clone();
        tasks.spawn(async move {
            let odd = task % 20 == 0;
            let new = if odd { keyed("odd") } else { event("x") };
            (odd, store.accept(&[new]).await)
        });
    }
    for (odd, accepted) in tasks.join_all().await {
        match accepted {
            Ok(receipts) => assert!(matches!(receipts[..], [Receipt::New(_)]) && !odd, "{receipts:?}"),
            Err(error) => assert!(matches!(error, StoreError::Unavailable(_)) && odd, "{error:?}"),
        }
    }
    let count = "SELECT count(*) FROM unreadable.events WHERE key IS NULL";
    let stored: i64 = own.query_one(count, &[]).await.unwrap().get(0);
    assert_eq!(usize::try_from(stored).unwrap(), EVENTS - EVENTS / 20);
}

/// "Full" would say that nothing was stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_not_full_after_a_part_was_stored() {
    let Some(server) = Postgres::shared() else { return };
    let narrow = options(&server, "in_part").connections(1).wait(Duration::from_secs(1));
    let store = narrow.open().await.unwrap();
    let (mut first, mut second) = (client(&server).await, client(&server).await);
    // The key's insertion waits for this one.
    let other = first.transaction().await.unwrap();
    let same = "INSERT INTO in_part.events (id, source, kind, key, digest, state, received_at, series_began)
        VALUES (0, 'shop', 'order', 'key', '', 3, 0, 0)";
    other.execute(same, &[]).await.unwrap();
    // What holds the only connection between the insertion and the look at the duplicate.
    let block = second.transaction().await.unwrap();
    block.batch_execute("LOCK TABLE in_part.attempts").await.unwrap();
    let accepting = tokio::spawn({
        let store = store.clone();
        async move { store.accept(&[keyed("key"), event("new")]).await }
    });
    let watch = client(&server).await;
    let waits = "SELECT count(*) FROM pg_stat_activity
        WHERE application_name = 'webhook-inbox' AND wait_event_type = 'Lock' AND query LIKE '%in_part%'";
    eventually("the insertion waits", async || {
        (watch.query_one(waits, &[]).await.unwrap().get::<_, i64>(0) == 1).then_some(())
    })
    .await;
    let request = webhook_inbox::Claim::new("worker", routes(), 1, MINUTE);
    let mut claiming = queued(store.claim(&request));
    other.commit().await.unwrap();
    let refused = tokio::select! {
        claims = &mut claiming => panic!("{claims:?} without the table of the attempts"),
        refused = accepting => refused.unwrap(),
    };
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_stalls_holds_no_call_for_longer_than_its_timeout() {
    const CALLS: usize = 1_024;
    const TIMEOUT: Duration = Duration::from_secs(1);

    let Some(server) = Postgres::shared() else { return };
    // One connection writes one batch at a time, and these are several.
    let store = options(&server, "stalled").connections(1).timeout(TIMEOUT).open().await.unwrap();
    let mut own = client(&server).await;
    let block = own.transaction().await.unwrap();
    block.batch_execute("LOCK TABLE stalled.events").await.unwrap();
    let begun = Instant::now();
    let mut calls = JoinSet::new();
    for _ in 0..CALLS + 100 {
        let store = store.clone();
        calls.spawn(async move {
            let refused = store.accept(&[event("x")]).await.unwrap_err();
            (matches!(refused, StoreError::Full), begun.elapsed())
        });
    }
    let calls = calls.join_all().await;
    assert_eq!(calls.iter().filter(|(full, _)| *full).count(), 100);
    let slowest = calls.iter().map(|(_, took)| *took).max().unwrap();
    assert!(slowest < TIMEOUT * 2, "{slowest:?}");
    block.rollback().await.unwrap();
    eventually("it works again", async || store.accept(&[event("x")]).await.ok()).await;
}

/// The server has places for some thousand locks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_may_have_any_number_of_ordering_keys() {
    const KEYS: usize = 20_000;

    let Some(server) = Postgres::shared() else { return };
    let store = store(&server, "many_keys").await;
    let events: Vec<NewEvent> = (0..KEYS).map(|key| event("x").ordering(key.to_string())).collect();
    assert_eq!(store.accept(&events).await.unwrap().len(), KEYS);
    let count = "SELECT count(*) FROM many_keys.events WHERE state = 1";
    let due: i64 = client(&server).await.query_one(count, &[]).await.unwrap().get(0);
    assert_eq!(usize::try_from(due).unwrap(), KEYS);
}
