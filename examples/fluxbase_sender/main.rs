//! Sends webhooks as a Fluxbase server does: changes of tables go to the webhooks that listen to them, signed, tried
//! again when they fail, and written down.
//!
//! ```sh
//! ALLOW_LOOPBACK=1 cargo run --bin fluxbase_sender
//! ```
//!
//! | route | what |
//! | --- | --- |
//! | `POST /api/v1/changes` | a row has changed: what the database's trigger would say; 202 and how many deliveries that makes |
//! | `GET /api/v1/webhooks` | all webhooks, without their secrets |
//! | `POST /api/v1/webhooks` | a new webhook: 201 |
//! | `GET`, `PATCH`, `PUT`, `DELETE /api/v1/webhooks/{id}` | one webhook. A change replaces everything, and what it leaves out becomes empty, 0 or off, but for secret and scope, which stay unless others are given; an empty secret takes it away |
//! | `POST /api/v1/webhooks/{id}/test` | the test button: 200 when the receiver answers 2xx, or else 500 |
//! | `GET /api/v1/webhooks/{id}/deliveries?limit=50` | the log, the newest delivery first |
//!
//! | variable | what |
//! | --- | --- |
//! | `FLUXBASE_DB` | the SQLite file with webhooks and deliveries, `fluxbase.db` |
//! | `ALLOW_LOOPBACK` | `1` lets webhooks send to this machine, which is refused otherwise |
//! | `LISTEN` | where to listen, `127.0.0.1:3000` |
//!
//! Nobody has to log in here, so leave it on the loopback. And so the scope of a webhook, `user` or `global`, is kept and
//! shown, and rows are nobody's: either gets them all.
//!
//! Each attempt has a new `timestamp` in its body, and so another signature, as with the real service. `max_retries`
//! counts attempts, the first included, and the waits between them grow evenly; 0 is one attempt, as 1 is. A
//! `timeout_seconds` of 0 is the usual 30 seconds. Other than the service, this one follows no redirect, since that
//! would carry the signature elsewhere, and begins a retry when it is due instead of looking every 30 seconds. A change
//! that was answered with 202 is in the database: when the program ends in the middle of an attempt, the next start
//! makes that attempt again.

mod api;
mod deliver;
mod guard;
mod refused;
mod store;
mod wire;

use std::env;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::routing::{get, post};
use webhook_examples::serve;

use crate::deliver::Sender;
use crate::guard::Guard;
use crate::store::Store;

#[derive(Clone, axum::extract::FromRef)]
struct App {
    store: Store,
    sender: Arc<Sender>,
    guard: Guard,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let path = env::var("FLUXBASE_DB").unwrap_or_else(|_| "fluxbase.db".to_owned());
    let store = Store::open(&path).with_context(|| format!("cannot open FLUXBASE_DB={path}"))?;
    let guard = Guard { allow_loopback: env::var("ALLOW_LOOPBACK").is_ok_and(|value| value == "1") };
    let sender = Arc::new(Sender::new(store.clone(), guard));
    let deliveries = tokio::spawn(Arc::clone(&sender).run());

    let app = Router::new()
        .route("/api/v1/changes", post(api::change))
        .route("/api/v1/webhooks", get(api::list).post(api::create))
        .route(
            "/api/v1/webhooks/{id}",
            get(api::show).patch(api::update).put(api::update).delete(api::delete),
        )
        .route("/api/v1/webhooks/{id}/test", post(api::test))
        .route("/api/v1/webhooks/{id}/deliveries", get(api::deliveries))
        .fallback(api::no_such_route)
        .method_not_allowed_fallback(api::no_such_method)
        .with_state(App { store, sender, guard });
    let served = serve::run(app).await;
    deliveries.abort();
    served
}
