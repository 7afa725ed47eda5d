//! The SQLite store: the contract, and what no suite can see from outside.

#![cfg(feature = "sqlite")]
#![allow(missing_docs)]

use tempfile::TempDir;
use webhook_inbox::SqliteOptions;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[cfg(feature = "conformance")]
#[tokio::test]
async fn it_keeps_the_contract() {
    use webhook_inbox::Clock;
    use webhook_inbox::conformance::{Subject, check};

    let folder = folder();
    let files = std::cell::Cell::new(0);
    let checked = check(async || {
        files.set(files.get() + 1);
        let clock = Clock::system();
        let path = folder.path().join(format!("{}.db", files.get()));
        Subject::new(SqliteOptions::new().clock(clock.clone()).open(path).unwrap(), clock)
    });
    checked.await.unwrap();
}
