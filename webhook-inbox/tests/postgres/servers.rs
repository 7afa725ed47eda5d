//! Servers that change, and networks that break.

use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use webhook_inbox::{Claim, InboxStore as _, PostgresOptions, PostgresStore, StoreError};
use webhook_test_postgres::Postgres;

use crate::{MINUTE, client, event, eventually, options, queued, routes};

/// Opens as many connections as the store may have.
async fn fill(store: &PostgresStore, connections: usize) {
    let request = Claim::new("worker", routes(), 1, MINUTE);
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

/// A way to the server whose connections can be cut without a word: new ones are made, those that are there say nothing
/// more and are not closed.
struct Wire {
    port: u16,
    cuts: watch::Sender<u64>,
}

impl Wire {
    async fn to(server: &Postgres) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, end) = (listener.local_addr().unwrap().port(), server.port());
        let cuts = watch::Sender::new(0);
        let cut = cuts.subscribe();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut cut = cut.clone();
                cut.mark_unchanged();
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(("127.0.0.1", end)).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = cut.changed() => std::future::pending::<()>().await,
                    }
                });
            }
        });
        Self { port, cuts }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_were_cut_cost_one_timeout() {
    const CONNECTIONS: usize = 8;

    let Some(server) = Postgres::shared() else { return };
    let wire = Wire::to(&server).await;
    let address = server.dsn().replace(&server.port().to_string(), &wire.port.to_string());
    let options = PostgresOptions::new(address).schema("cut").connections(CONNECTIONS);
    let store = options.timeout(Duration::from_secs(2)).open().await.unwrap();
    fill(&store, CONNECTIONS).await;
    wire.cuts.send_modify(|cuts| *cuts += 1);
    let request = Claim::new("worker", routes(), 1, MINUTE);
    let refused = store.claim(&request).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    for _ in 0..CONNECTIONS {
        store.claim(&request).await.unwrap();
    }
}
