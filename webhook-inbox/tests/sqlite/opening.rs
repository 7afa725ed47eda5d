//! Opening: what is kept from the last time, and what is refused.

use std::error::Error as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use webhook_inbox::rusqlite::Connection;
use webhook_inbox::webhook_core::UnixMillis;
use webhook_inbox::{
    Clock, EventId, Filter, InboxAdmin as _, InboxStore as _, OpenError, Page, Range, Receipt, SqliteOptions,
    SqliteStore, StoreError,
};

use crate::{claimed, done, event, keyed, place, until};

fn refusal(path: impl AsRef<Path>) -> OpenError {
    match SqliteStore::open(path) {
        Ok(_) => panic!("it opened"),
        Err(refused) => refused,
    }
}

#[tokio::test]
async fn what_was_stored_is_there_again() {
    let (_folder, path) = place();
    let clock = Clock::system();
    let store = SqliteOptions::new().clock(clock.clone()).open(&path).unwrap();
    let ordered = |body| event(body).ordering("order 7");
    store.accept(&[ordered("first"), ordered("second"), keyed("third").answer("thanks")]).await.unwrap();
    let claims = claimed(&store, 1).await;
    clock.advance(Duration::from_hours(24));
    store.settle(&[done(claims.events[0].lease)]).await.unwrap();
    let before = store.list(&Filter::all(), Page::first(10)).await.unwrap();
    store.close().await;

    let clock = Clock::system();
    let store = SqliteOptions::new().clock(clock.clone()).open(&path).unwrap();
    let after = store.list(&Filter::all(), Page::first(10)).await.unwrap();
    assert_eq!(format!("{after:?}"), format!("{before:?}"));
    let finished = after[2].finished_at.unwrap();
    assert!(clock.now() >= finished, "the clock does not go on from what is recorded");
    let Receipt::Duplicate(duplicate) = store.accept(&[keyed("third")]).await.unwrap().remove(0) else {
        panic!("the key was forgotten");
    };
    assert_eq!((duplicate.id, duplicate.answer.as_deref()), (EventId::from_i64(3), Some("thanks")));
    assert_eq!(store.accept(&[event("new")]).await.unwrap()[0].id(), EventId::from_i64(4));
    assert_eq!(store.attempts(EventId::from_i64(1)).await.unwrap().len(), 1);
    assert_eq!(&claimed(&store, 1).await.events[0].body[..], b"third");
    assert_eq!(&claimed(&store, 1).await.events[0].body[..], b"second");
    assert!(store.integrity_check().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_closed_store_says_so_and_leaves_one_file() {
    let (folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.accept(&[event("first")]).await.unwrap();
    let routes = crate::claim("worker", 1).routes;
    let waiting = {
        let (store, routes) = (store.clone(), routes.clone());
        claimed(&store, 1).await;
        tokio::spawn(async move { store.wakeup(&routes, Duration::from_hours(1)).await })
    };
    tokio::task::yield_now().await;
    store.close().await;
    store.clone().close().await;
    assert!(matches!(waiting.await.unwrap(), Err(StoreError::Closed)));
    assert!(matches!(store.accept(&[event("second")]).await, Err(StoreError::Closed)));
    assert!(matches!(store.event(EventId::from_i64(1)).await, Err(StoreError::Closed)));
    assert!(matches!(store.wakeup(&routes, Duration::from_hours(1)).await, Err(StoreError::Closed)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn the_last_clone_ends_the_threads() {
    let (folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let clone = store.clone();
    drop(store);
    clone.accept(&[event("first")]).await.unwrap();
    let request = [event("second")];
    // What was asked for is done, although nobody waits for the store any more.
    let accept = crate::queued(clone.accept(&request));
    accept.await.unwrap();
    drop(clone);
    until("the file is not closed", || fs::read_dir(folder.path()).unwrap().count() == 1).await;
    let stored = SqliteStore::open(&path).unwrap().list(&Filter::all(), Page::first(9)).await.unwrap();
    assert_eq!(stored.len(), 2);
}

#[tokio::test]
async fn an_empty_file_becomes_a_store() {
    let (_folder, path) = place();
    fs::write(&path, "").unwrap();
    let store = SqliteStore::open(&path).unwrap();
    store.accept(&[event("first")]).await.unwrap();
}

#[test]
fn a_path_is_a_path() {
    let folder = tempfile::tempdir().unwrap();
    for name in [":memory:", "file:inbox.db?mode=memory", "an odd % name?"] {
        SqliteStore::open(folder.path().join(name)).unwrap();
        assert!(folder.path().join(name).is_file(), "{name}");
    }
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let (_folder, path) = place();
    let text = "Dear reader, this is a letter and no database. ".repeat(200);
    fs::write(&path, &text).unwrap();
    let refused = refusal(&path);
    assert!(matches!(refused, OpenError::Corrupt(_)), "{refused:?}");
    assert_eq!(refused.to_string(), "the inbox's database is damaged or is none");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_damaged_schema_is_refused() {
    let (_folder, path) = place();
    SqliteStore::open(&path).unwrap().close().await;
    let mut bytes = fs::read(&path).unwrap();
    // The first page after the file's header: the schema's tree.
    bytes[100..400].fill(0xff);
    fs::write(&path, &bytes).unwrap();
    let refused = refusal(&path);
    assert!(matches!(refused, OpenError::Corrupt(_)), "{refused:?}");
}

#[tokio::test]
async fn damage_further_in_is_found_by_the_check() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let body = "x".repeat(2000);
    store.accept(&vec![event(&body); 500]).await.unwrap();
    assert!(store.integrity_check().await.unwrap().is_empty());
    store.close().await;
    let mut bytes = fs::read(&path).unwrap();
    // A page of bodies from the middle of the file.
    let pages = bytes.len() / 4096;
    let page = (pages / 2..pages).find(|page| bytes[page * 4096..][2200..3800] == *vec![b'x'; 1600]);
    bytes[page.unwrap() * 4096..][..4096].fill(0xa5);
    fs::write(&path, &bytes).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    assert!(!store.integrity_check().await.unwrap().is_empty());
    // What is not damaged can still be worked on.
    assert_eq!(claimed(&store, 1).await.events.len(), 1);
}

#[tokio::test]
async fn rows_that_cannot_be_are_found_by_the_check() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.accept(&[event("first"), event("second").ordering("a")]).await.unwrap();
    store
        .write(|transaction| {
            transaction.execute_batch(
                "DELETE FROM inbox_bodies WHERE event = 1; UPDATE inbox_events SET state = 0, due_at = NULL WHERE id = 2",
            )?;
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    let problems = store.integrity_check().await.unwrap();
    assert_eq!(problems, ["an unfinished event has no body", "an event is blocked by none"]);
}

#[tokio::test]
async fn an_older_schema_is_brought_up_to_date() {
    let (_folder, path) = place();
    let older = Connection::open(&path).unwrap();
    older.execute_batch(include_str!("../../src/sqlite/schema/1.sql")).unwrap();
    older
        .execute_batch(
            "INSERT INTO inbox_store VALUES (1, 1, 0);
             INSERT INTO inbox_events (source, kind, digest, state, received_at, series_began, due_at, finished_at)
                 VALUES ('shop', 'order.paid', x'', 1, 5, 5, 5, NULL), ('shop', 'order.paid', x'', 3, 5, 5, NULL, 7);
             INSERT INTO inbox_bodies VALUES (1, CAST('first' AS BLOB)), (2, x'');
             INSERT INTO inbox_attempts VALUES (2, 1, 1, 1, 'worker', 6, 'succeeded', 1, NULL)",
        )
        .unwrap();
    older.close().unwrap();
    for _ in 0..2 {
        let store = SqliteStore::open(&path).unwrap();
        let stats = store.stats(Range::since(UnixMillis::from_millis(7))).await.unwrap();
        assert_eq!((stats.summary.total_processed, stats.sources["shop"].backlog), (1, 1));
        assert!(store.integrity_check().await.unwrap().is_empty());
        store.close().await;
    }
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(claimed(&store, 9).await.events[0].body, "first");
    store.close().await;
    let newer = Connection::open(&path).unwrap();
    let schema: i64 = newer.query_row("SELECT schema FROM inbox_store", [], |row| row.get(0)).unwrap();
    assert_eq!(schema, 2);
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let (_folder, path) = place();
    SqliteStore::open(&path).unwrap().close().await;
    let newer = Connection::open(&path).unwrap();
    newer.execute("UPDATE inbox_store SET schema = 99", []).unwrap();
    newer.close().unwrap();
    let before = fs::read(&path).unwrap();
    let refused = refusal(&path);
    assert!(matches!(refused, OpenError::NewerSchema { found: 99, supported: 2 }), "{refused:?}");
    assert!(refused.to_string().contains("update it"), "{refused}");
    assert!(fs::read(&path).unwrap() == before, "the file was changed");
}

#[test]
fn places_where_no_file_can_be_are_unreachable() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    for path in [folder.path().join("missing/inbox.db"), folder.path().to_owned(), file.join("inbox.db")] {
        let refused = refusal(&path);
        assert!(matches!(refused, OpenError::Unreachable(_)), "{}: {refused:?}", path.display());
        assert!(refused.source().is_some());
    }
    assert!(matches!(refusal(""), OpenError::Unreachable(_)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was left behind");
}

/// A folder where even the superuser makes no files.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_folder_is_refused() {
    let refused = refusal("/sys/inbox.db");
    assert!(matches!(refused, OpenError::ReadOnly(_)), "{refused:?}");
}

/// The superuser writes such a file nevertheless, so what the store says must agree with the system.
#[cfg(unix)]
#[tokio::test]
async fn a_read_only_file_or_its_folder_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let (folder, path) = place();
    SqliteStore::open(&path).unwrap().close().await;
    for (place, mode, usual) in [(path.as_path(), 0o444, 0o644), (folder.path(), 0o555, 0o755)] {
        fs::set_permissions(place, fs::Permissions::from_mode(mode)).unwrap();
        let file = fs::OpenOptions::new().write(true).open(&path).is_ok();
        let beside = fs::write(folder.path().join(format!("beside {mode:o}")), "").is_ok();
        match SqliteStore::open(&path) {
            Ok(store) => {
                assert!(file && beside, "it opened");
                store.close().await;
            }
            Err(refused) => {
                assert!(!(file && beside), "{refused:?}");
                assert!(matches!(refused, OpenError::ReadOnly(_)), "{refused:?}");
            }
        }
        fs::set_permissions(place, fs::Permissions::from_mode(usual)).unwrap();
    }
}
