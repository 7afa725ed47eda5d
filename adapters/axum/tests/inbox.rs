//! Verify, store, answer: the adapters' contract, on axum.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use axum::extract::FromRef;
use axum::routing::any;
use axum::{Router, serve};
use tokio::net::TcpListener;
use webhook_axum::webhook_inbox::Inbox;
use webhook_axum::webhook_verify::providers::StandardWebhooks;
use webhook_axum::{Receiver, accept};
use webhook_contract::Receivers;

#[derive(Clone, FromRef)]
struct App {
    standard: Receiver<StandardWebhooks>,
    inbox: Inbox,
}

#[tokio::test]
async fn contract() {
    let Receivers { standard, inbox, full, .. } = Receivers::new();
    let app = |inbox| App { standard: standard.clone(), inbox };
    let router = Router::new()
        .route("/stored", any(accept::<StandardWebhooks>))
        .with_state(app(inbox))
        .merge(Router::new().route("/full", any(accept::<StandardWebhooks>)).with_state(app(full)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { serve(listener, router).await });

    let differences =
        tokio::task::spawn_blocking(move || webhook_contract::check_stored(address)).await.unwrap();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
