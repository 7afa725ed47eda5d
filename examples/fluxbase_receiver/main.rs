//! Receives Fluxbase webhooks and says what changed: which row of which table, and of an update only the columns that
//! have another value now.
//!
//! The secret of a Fluxbase webhook is optional. With one, each request is verified; without one this program takes
//! whatever anyone sends, and says so when it starts.
//!
//! ```sh
//! FLUXBASE_WEBHOOK_SECRET=your-webhook-secret cargo run --bin fluxbase_receiver
//! ```
//!
//! | route | what |
//! | --- | --- |
//! | `POST /webhooks/fluxbase` | where Fluxbase posts; 200 for an authentic event, or without a secret for any |
//!
//! | variable | what |
//! | --- | --- |
//! | `FLUXBASE_WEBHOOK_SECRET` | the webhook's secret, if it has one; `FLUXBASE_WEBHOOK_SECRET_PREVIOUS` while it is being rotated |
//! | `FLUXBASE_VARIANT` | how the server signs: `signed` unless set; `legacy` for servers before January 2026; `guide` as the product's guide has it, which no known server does |
//! | `FLUXBASE_DEDUPE_SECONDS` | for how long an event with the same content counts as a repetition; off unless set, and only with a secret |
//! | `LISTEN` | where to listen, `127.0.0.1:3000` |
//!
//! Fluxbase may send a change several times, each with another `timestamp`, and nothing says that it is the same
//! one. Two honest changes that are equal in all else look just like that, so dropping them is a choice: seconds, or a
//! few minutes, never hours. Writing in a way that bears a repetition, such as an upsert by primary key, is better.

mod change;

use std::env;
use std::time::Duration;

use anyhow::{Context, ensure};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use webhook_axum::danger::Unverified;
use webhook_axum::providers::Fluxbase;
use webhook_axum::webhook_core::fluxbase::{Event, Operation};
use webhook_axum::webhook_verify::danger::UnverifiedReceiver;
use webhook_axum::webhook_verify::{ConfigError, Identity};
use webhook_axum::{Receiver, Signed, WebhookRejection};
use webhook_examples::recent::Recent;
use webhook_examples::{scheme_from_env, serve};

const HOOK: &str = "/webhooks/fluxbase";

#[derive(Clone, axum::extract::FromRef)]
struct App {
    receiver: Receiver<Fluxbase>,
    recent: Recent,
}

async fn on_change(
    State(recent): State<Recent>,
    signed: Signed<Fluxbase>,
) -> Result<StatusCode, WebhookRejection> {
    // There is a key only where `main` asked for one.
    let key = signed.idempotency_key();
    let event = signed.into_webhook()?.event;
    if key.is_some_and(|key| !recent.is_new(key)) {
        tracing::info!("{} {}.{} again, left out", event.event, event.schema, event.table);
        return Ok(StatusCode::OK);
    }
    handle(&event);
    Ok(StatusCode::OK)
}

async fn on_unverified(request: Unverified<Fluxbase>) -> Response {
    match request.parse() {
        Ok(event) => {
            handle(&event);
            StatusCode::OK.into_response()
        }
        Err(error) => serve::misfit(error),
    }
}

/// What your application does with a change goes here. It has a webhook's timeout for it, 30 seconds unless set.
fn handle(event: &Event) {
    let table = format!("{}.{}", event.schema, event.table);
    match (event.operation(), &event.record, &event.old_record) {
        (Operation::Insert, Some(row), _) => tracing::info!("INSERT {table} {}", row.as_str()),
        (Operation::Update, Some(new), Some(old)) => {
            tracing::info!("UPDATE {table} {}", change::between(old, new));
        }
        // The deleted row is in `record`; the guide has it in both.
        (Operation::Delete, Some(row), _) | (Operation::Delete, None, Some(row)) => {
            tracing::info!("DELETE {table} {}", row.as_str());
        }
        (Operation::Test, ..) => tracing::info!("TEST the webhook works"),
        _ => tracing::warn!("{} {table} is nothing that this program knows", event.event),
    }
}

/// For how long an equal event is a repetition, if it ever is.
fn window() -> anyhow::Result<Option<Duration>> {
    let Ok(seconds) = env::var("FLUXBASE_DEDUPE_SECONDS") else { return Ok(None) };
    let seconds = seconds.parse().context("FLUXBASE_DEDUPE_SECONDS is no number of seconds")?;
    Ok(Some(Duration::from_secs(seconds)))
}

/// The route, by a receiver that verifies if there is a secret.
fn hook() -> anyhow::Result<Router> {
    let window = window()?;
    match Receiver::<Fluxbase>::from_env_with(scheme_from_env::<Fluxbase>("FLUXBASE_VARIANT")?) {
        Ok(mut receiver) => {
            if window.is_some() {
                receiver = receiver.identity(Identity::DigestWithout(&["timestamp"]));
            }
            let app = App { receiver, recent: Recent::new(window.unwrap_or_default()) };
            Ok(Router::new().route(HOOK, post(on_change)).with_state(app))
        }
        Err(ConfigError::MissingVariable { .. }) => {
            // Anyone could send an event that is yet to come, and have the true one left out.
            ensure!(window.is_none(), "FLUXBASE_DEDUPE_SECONDS needs a secret: set FLUXBASE_WEBHOOK_SECRET");
            tracing::warn!(
                "NOT VERIFIED: no FLUXBASE_WEBHOOK_SECRET is set, so anyone can send events to {HOOK}"
            );
            let receiver = UnverifiedReceiver::<Fluxbase>::new_without_verification();
            Ok(Router::new().route(HOOK, post(on_unverified)).with_state(receiver))
        }
        // A secret that is there and wrong is no reason to go without.
        Err(wrong) => Err(wrong.into()),
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    serve::log();
    serve::run(hook()?).await
}
