//! A handler's own rows in the same transaction as the end of its attempt.

use webhook_inbox::rusqlite::{self, Connection};
use webhook_inbox::{
    EventId, InboxAdmin as _, InboxStore as _, NewEvent, Settled, Settlement, SqliteStore, SqliteTransaction,
    State, StoreError, TransactionalInbox as _,
};

use crate::{LEASE, claim, claimed, done, event, hold, keyed, place, queued};

async fn shop(path: &std::path::Path) -> SqliteStore {
    let store = SqliteStore::open(path).unwrap();
    let table =
        |transaction: &SqliteTransaction<'_>| transaction.execute_batch("CREATE TABLE paid (body TEXT)");
    store.write(move |transaction| Ok::<_, StoreError>(table(transaction)?)).await.unwrap();
    store
}

fn pay(transaction: &SqliteTransaction<'_>, settlement: &Settlement) -> Result<(), StoreError> {
    transaction.execute("INSERT INTO paid VALUES ('order 7')", [])?;
    transaction.settle(settlement)
}

async fn paid(store: &SqliteStore) -> i64 {
    let count = |transaction: &SqliteTransaction<'_>| {
        Ok::<_, StoreError>(transaction.query_row("SELECT count(*) FROM paid", [], |row| row.get(0))?)
    };
    store.write(count).await.unwrap()
}

#[tokio::test]
async fn a_row_and_its_settlement_are_written_once() {
    let (_folder, path) = place();
    let store = shop(&path).await;
    store.accept(&[event("order 7")]).await.unwrap();
    let lease = claimed(&store, 1).await.events[0].lease;
    store.write(move |transaction| pay(transaction, &done(lease))).await.unwrap();
    assert_eq!(store.event(lease.event).await.unwrap().unwrap().state, State::Done);

    // The same again, as after an answer that was lost on its way.
    let again = store.write(move |transaction| pay(transaction, &done(lease))).await;
    assert!(matches!(again, Err(StoreError::LeaseLost)));
    assert_eq!(paid(&store).await, 1);
    // To the worker the attempt is settled.
    assert_eq!(store.settle(&[done(lease)]).await.unwrap(), [Settled::Yes]);
}

#[tokio::test]
async fn an_attempt_that_lost_its_lease_writes_nothing() {
    let (_folder, path) = place();
    let clock = webhook_inbox::Clock::system();
    let store = webhook_inbox::SqliteOptions::new().clock(clock.clone()).open(&path).unwrap();
    store
        .write(|transaction| Ok::<_, StoreError>(transaction.execute_batch("CREATE TABLE paid (body)")?))
        .await
        .unwrap();
    store.accept(&[event("order 7")]).await.unwrap();
    let late = claimed(&store, 1).await.events[0].lease;
    clock.advance(LEASE);
    let present = claimed(&store, 1).await.events[0].lease;
    let lost = store.write(move |transaction| pay(transaction, &done(late))).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)));
    assert_eq!(paid(&store).await, 0);
    store.write(move |transaction| pay(transaction, &done(present))).await.unwrap();
    assert_eq!(paid(&store).await, 1);
}

#[tokio::test]
async fn a_connection_of_ones_own_can_settle() {
    let (_folder, path) = place();
    let store = shop(&path).await;
    store.accept(&[event("order 7")]).await.unwrap();
    let lease = claimed(&store, 1).await.events[0].lease;
    let mut own = Connection::open(&path).unwrap();

    let mut transaction = own.transaction().unwrap();
    transaction.execute("INSERT INTO paid VALUES ('order 7')", []).unwrap();
    SqliteStore::settle_in(&mut transaction, &done(lease)).await.unwrap();
    transaction.rollback().unwrap();
    assert_eq!(paid(&store).await, 0);
    assert_eq!(store.event(lease.event).await.unwrap().unwrap().state, State::Leased);

    let mut transaction = own.transaction().unwrap();
    transaction.execute("INSERT INTO paid VALUES ('order 7')", []).unwrap();
    SqliteStore::settle_in(&mut transaction, &done(lease)).await.unwrap();
    transaction.commit().unwrap();
    assert_eq!(paid(&store).await, 1);
    let stored = store.event(lease.event).await.unwrap().unwrap();
    assert_eq!(stored.state, State::Done);
    let attempts = store.attempts(lease.event).await.unwrap();
    assert!(stored.finished_at.unwrap() >= attempts[0].started_at);

    let mut transaction = own.transaction().unwrap();
    let again = SqliteStore::settle_in(&mut transaction, &done(lease)).await;
    assert!(matches!(again, Err(StoreError::LeaseLost)));
}

/// An application's own error.
#[derive(Debug)]
enum ShopError {
    SoldOut,
    Store(StoreError),
}

impl From<StoreError> for ShopError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

#[tokio::test]
async fn work_that_fails_takes_back_its_own_rows_only() {
    let (_folder, path) = place();
    let store = shop(&path).await;
    let (release, held) = hold(&store).await;
    let event = [keyed("order 8")];
    let accept = queued(store.accept(&event));
    let fails = queued(store.write(|transaction| {
        transaction.execute("INSERT INTO paid VALUES ('order 7')", []).map_err(StoreError::from)?;
        Err::<(), _>(ShopError::SoldOut)
    }));
    let wrong = queued(
        store.write(|transaction| Ok::<_, StoreError>(transaction.execute_batch("INSERT INTO nowhere")?)),
    );
    let succeeds = queued(store.write(|transaction| {
        Ok::<_, StoreError>(transaction.execute("INSERT INTO paid VALUES ('order 9')", [])?)
    }));
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    assert!(matches!(accept.await.unwrap()[0], webhook_inbox::Receipt::New(_)));
    assert!(matches!(fails.await, Err(ShopError::SoldOut)));
    assert!(matches!(wrong.await, Err(StoreError::Unavailable(_))));
    assert_eq!(succeeds.await.unwrap(), 1);
    assert_eq!(paid(&store).await, 1);
    store.close().await;
    let closed = store.write(|_| Ok::<_, ShopError>(())).await;
    assert!(matches!(closed, Err(ShopError::Store(StoreError::Closed))));
}

#[tokio::test]
async fn work_that_panics_panics_in_its_caller() {
    let (_folder, path) = place();
    let store = shop(&path).await;
    let caller = store.clone();
    let panicked = tokio::spawn(async move {
        caller
            .write(|transaction| {
                transaction.execute("INSERT INTO paid VALUES ('order 7')", [])?;
                if transaction.is_autocommit() {
                    return Ok::<_, StoreError>(());
                }
                panic!("a mistake")
            })
            .await
    });
    let panic = panicked.await.unwrap_err().into_panic();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"a mistake"));
    assert_eq!(paid(&store).await, 0);
    store.accept(&[event("first")]).await.unwrap();
}

/// What it must not do; but nothing that was answered for may be lost by it.
#[tokio::test]
async fn work_that_ends_the_transaction_fails() {
    for sql in ["ROLLBACK", "COMMIT", "ROLLBACK; BEGIN", "COMMIT; BEGIN"] {
        let (_folder, path) = place();
        let store = shop(&path).await;
        let (release, held) = hold(&store).await;
        let events: Vec<[NewEvent; 1]> = (0..3).map(|n| [keyed(&n.to_string())]).collect();
        let accepts: Vec<_> = events.iter().map(|event| queued(store.accept(event))).collect();
        let ends =
            queued(store.write(move |transaction| Ok::<_, StoreError>(transaction.execute_batch(sql)?)));
        release.send(()).unwrap();
        held.await.unwrap().unwrap();
        assert!(matches!(ends.await, Err(StoreError::Unavailable(_))), "{sql}");
        for accept in accepts {
            if let Ok(receipts) = accept.await {
                assert!(store.event(receipts[0].id()).await.unwrap().is_some(), "{sql}: lost");
            }
        }
        store.accept(&[event("after")]).await.unwrap();
        assert!(store.integrity_check().await.unwrap().is_empty(), "{sql}");
    }
}

#[tokio::test]
async fn the_next_of_an_ordering_key_comes_after_the_transaction() {
    let (_folder, path) = place();
    let store = shop(&path).await;
    store.accept(&[event("first").ordering("a"), event("second").ordering("a")]).await.unwrap();
    let lease = claimed(&store, 9).await.events[0].lease;
    assert!(claimed(&store, 9).await.events.is_empty());
    store.write(move |transaction| pay(transaction, &done(lease))).await.unwrap();
    store.wakeup(&claim("worker", 1).routes, LEASE).await.unwrap();
    assert_eq!(claimed(&store, 9).await.events[0].lease.event, EventId::from_i64(2));
}

#[tokio::test]
async fn the_reexported_rusqlite_is_the_stores() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let refused: StoreError = store
        .write(|transaction| {
            let found: Result<i64, rusqlite::Error> =
                transaction.query_row("SELECT 1 WHERE FALSE", [], |row| row.get(0));
            Ok::<_, StoreError>(found?)
        })
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "unavailable");
}
