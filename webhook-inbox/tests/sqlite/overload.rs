//! More than the store can hold: in its queue, in its file.

use std::time::{Duration, Instant};

use webhook_inbox::webhook_core::IdempotencyKey;
use webhook_inbox::{
    Filter, InboxAdmin as _, InboxStore as _, Keep, NewEvent, Page, Retention, Settled, SqliteOptions,
    SqliteStore, StoreError,
};

use crate::{claimed, done, event, hold, keyed, place, queued};

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_lets_work_end() {
    let (_folder, path) = place();
    // The writer holds one call, three wait.
    let store = SqliteOptions::new().queue(4, 1_000_000).open(&path).unwrap();
    store.accept(&[event("worked on")]).await.unwrap();
    let lease = claimed(&store, 1).await.events[0].lease;
    let (release, held) = hold(&store).await;
    let events: Vec<[NewEvent; 1]> = (0..3).map(|n| [keyed(&n.to_string())]).collect();
    let waiting: Vec<_> = events.iter().map(|event| queued(store.accept(event))).collect();

    let began = Instant::now();
    for _ in 0..1_000 {
        assert!(matches!(store.accept(&[event("too many")]).await, Err(StoreError::Full)));
    }
    assert!(began.elapsed() < Duration::from_secs(10));
    let settlements = [done(lease)];
    let settle = queued(store.settle(&settlements));

    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    for accept in waiting {
        accept.await.unwrap();
    }
    assert_eq!(settle.await.unwrap(), [Settled::Yes]);
    store.accept(&[event("again")]).await.unwrap();
    assert_eq!(store.list(&Filter::all(), Page::first(99)).await.unwrap().len(), 5);
}

#[tokio::test]
async fn the_bodies_that_wait_are_bounded() {
    let (_folder, path) = place();
    let store = SqliteOptions::new().queue(1_000, 10_000).open(&path).unwrap();
    let (release, held) = hold(&store).await;
    let body = "x".repeat(4_000);
    let events = [[event(&body)], [event(&body)], [event(&body)]];
    let first = queued(store.accept(&events[0]));
    let second = queued(store.accept(&events[1]));
    assert!(matches!(store.accept(&events[2]).await, Err(StoreError::Full)));
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    first.await.unwrap();
    second.await.unwrap();
    // Larger than the bound, and alone.
    store.accept(&[event(&"x".repeat(20_000))]).await.unwrap();
}

/// Fills a store until it refuses; the keys of what it took.
async fn fill(store: &SqliteStore) -> Vec<String> {
    let mut taken = Vec::new();
    let padding = "x".repeat(4_000);
    let refused = loop {
        let key = format!("{:05}", taken.len());
        let event = event(&padding).key(Some(IdempotencyKey::new(key.as_str())));
        match store.accept(&[event]).await {
            Ok(_) => taken.push(key),
            Err(refused) => break refused,
        }
        assert!(taken.len() < 10_000, "it is never full");
    };
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    assert_eq!(refused.to_string(), "the inbox's database did not answer as it should");
    taken
}

/// Everything that was taken is there, can be processed, and makes room when it is purged.
async fn works_off(store: &SqliteStore, taken: &[String]) {
    let listed = store.list(&Filter::all(), Page::first(1_000)).await.unwrap();
    let mut keys: Vec<String> =
        listed.iter().map(|event| event.key.as_ref().unwrap().as_str().to_owned()).collect();
    keys.reverse();
    assert_eq!(keys, taken);
    for _ in 0..taken.len() {
        let lease = claimed(store, 1).await.events[0].lease;
        assert_eq!(store.settle(&[done(lease)]).await.unwrap(), [Settled::Yes]);
    }
    let all = Retention::new(Keep::DEFAULT.keys(Duration::ZERO).bodies(Duration::ZERO));
    let purged = store.purge(&all).await.unwrap();
    assert_eq!(purged.bodies, u64::try_from(taken.len()).unwrap());
    assert!(store.integrity_check().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_full_file_takes_events_again_when_there_is_room() {
    let (_folder, path) = place();
    let store = SqliteOptions::new().max_bytes(2 * 1024 * 1024).open(&path).unwrap();
    // Room for the attempts at what will be stored.
    store
        .write(|transaction| {
            transaction
                .execute_batch("CREATE TABLE spare (room); INSERT INTO spare VALUES (zeroblob(400000))")?;
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    let taken = fill(&store).await;
    assert!(taken.len() > 100, "{}", taken.len());
    store
        .write(|transaction| Ok::<_, StoreError>(transaction.execute_batch("DROP TABLE spare")?))
        .await
        .unwrap();
    works_off(&store, &taken).await;
    assert_eq!(fill(&store).await.len().min(100), 100);
    assert!(std::fs::metadata(&path).unwrap().len() <= 2 * 1024 * 1024);
}

#[tokio::test]
async fn a_full_file_fails_only_what_needs_room() {
    let (_folder, path) = place();
    let store = SqliteOptions::new().max_bytes(1024 * 1024).open(&path).unwrap();
    store.accept(&[event("worked on")]).await.unwrap();
    let lease = claimed(&store, 1).await.events[0].lease;
    fill(&store).await;
    let (release, held) = hold(&store).await;
    let large = [event(&"x".repeat(100_000))];
    let settlements = [done(lease)];
    let accept = queued(store.accept(&large));
    let settle = queued(store.settle(&settlements));
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    assert!(matches!(accept.await, Err(StoreError::Unavailable(_))));
    assert_eq!(settle.await.unwrap(), [Settled::Yes]);
}

/// Unmounts also when the test fails.
#[cfg(target_os = "linux")]
struct Mounted(std::path::PathBuf);

#[cfg(target_os = "linux")]
impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A disk of its own, full for real, where the system lets a test mount one.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_takes_events_again_when_there_is_room() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    let folder = tempfile::tempdir().unwrap();
    let mut mount = Command::new("mount");
    mount
        .args(["-t", "tmpfs", "-o", "size=16m", "webhook-inbox-test"])
        .arg(folder.path())
        .stderr(Stdio::null());
    if !mount.status().is_ok_and(|status| status.success()) {
        // Not by `eprintln!`, which a passing test swallows.
        let _ = writeln!(std::io::stderr(), "skipped: this process may not mount a small disk");
        return;
    }
    let mounted = Mounted(folder.path().to_owned());

    // What the log holds must find room in the file as well, before the log's own room is free.
    std::fs::write(folder.path().join("spare"), vec![0; 9 * 1024 * 1024]).unwrap();
    let path = folder.path().join("inbox.db");
    let store = SqliteStore::open(&path).unwrap();
    let taken = fill(&store).await;
    assert!(taken.len() > 100, "{}", taken.len());
    assert!(matches!(store.accept(&[event(&"x".repeat(100_000))]).await, Err(StoreError::Unavailable(_))));
    std::fs::remove_file(folder.path().join("spare")).unwrap();
    works_off(&store, &taken).await;
    store.accept(&[event("again")]).await.unwrap();
    store.close().await;
    drop(mounted);
}
