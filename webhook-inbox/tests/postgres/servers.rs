//! Servers that change, and networks that break.

use webhook_inbox::{InboxStore as _, StoreError};
use webhook_test_postgres::Postgres;

use crate::{MINUTE, client, event, eventually, options, queued, routes};

/// Opens as many connections as the store may have.
async fn fill(store: &webhook_inbox::PostgresStore, connections: usize) {
    let request = webhook_inbox::Claim::new("worker", routes(), 1, MINUTE);
    let calls: Vec<_> = (0..connections).map(|_| queued(store.claim(&request))).collect();
    for call in calls {
        call.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_leaves_a_server_that_became_read_only() {
    const CONNECTIONS: usize = 6;

    let Some(server) = Postgres::start() else { return };
    let store = options(&server, "demoted").connections(CONNECTIONS).open().await.unwrap();
    fill(&store, CONNECTIONS).await;
    // The connections that are there become read-only, as those to a server that was demoted; new ones may write.
    let own = client(&server).await;
    own.batch_execute("ALTER ROLE inbox SET default_transaction_read_only = off").await.unwrap();
    server.configure("default_transaction_read_only = on");
    server.reload();
    let refused =
        eventually("the server is read-only", async || store.accept(&[event("x")]).await.err()).await;
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    // One that was in use at that moment may fail as well, and is left then.
    eventually("it has left", async || {
        for _ in 0..CONNECTIONS {
            store.accept(&[event("x")]).await.ok()?;
        }
        Some(())
    })
    .await;
}
