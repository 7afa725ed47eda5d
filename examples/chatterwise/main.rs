//! Receives ChatterWise's events: messages go to a CRM, a changed knowledge base is indexed again, plans are kept up to
//! date.
//!
//! The secret of a ChatterWise webhook is optional. With one, each request is verified; without one this program takes
//! whatever anyone sends, and says so when it starts. ChatterWise sends each event once: what is not answered with 2xx
//! is lost.
//!
//! ```sh
//! CHATTERWISE_WEBHOOK_SECRET=your_super_secret_string cargo run --bin chatterwise
//! ```
//!
//! | route | what |
//! | --- | --- |
//! | `POST /api/webhooks/chatterwise` | where ChatterWise posts; 200 says what was done |
//! | `GET /api/done` | what was done so far, for this example's reader |
//!
//! | variable | what |
//! | --- | --- |
//! | `CHATTERWISE_WEBHOOK_SECRET`, or `WEBHOOK_SIGNING_SECRET` | the webhook's secret, if it has one; with `_PREVIOUS` behind the name, the one before |
//! | `CHATTERWISE_WEBHOOK_VARIANT` | `coded`, what ChatterWise's code sends, or `documented`, what its documentation shows |
//! | `CHATTERWISE_EVENTS` | the events to act on, such as `message_received,chatbot_updated`; all without it |
//! | `LISTEN` | where to listen, `127.0.0.1:3000` |

mod business;

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde_json::json;
use webhook_axum::danger::Unverified;
use webhook_axum::providers::ChatterWise;
use webhook_axum::webhook_core::chatterwise::{Event, Kind};
use webhook_axum::webhook_verify::ConfigError;
use webhook_axum::webhook_verify::danger::UnverifiedReceiver;
use webhook_axum::{Receiver, Webhook};
use webhook_examples::{scheme_from_env, serve};

use crate::business::Business;

const HOOK: &str = "/api/webhooks/chatterwise";

/// What both kinds of request come to.
struct Desk {
    /// The events to act on; all when there is no list.
    subscribed: Option<Vec<Kind>>,
    business: Business,
}

async fn on_verified(Extension(desk): Extension<Arc<Desk>>, hook: Webhook<ChatterWise>) -> Response {
    desk.handle(&hook.event)
}

async fn on_unverified(Extension(desk): Extension<Arc<Desk>>, request: Unverified<ChatterWise>) -> Response {
    match request.parse() {
        Ok(event) => desk.handle(&event),
        Err(error) => serve::misfit(error),
    }
}

impl Desk {
    fn handle(&self, event: &Event) -> Response {
        let is_subscribed = self.subscribed.as_ref().is_none_or(|kinds| kinds.contains(&event.kind));
        let done = match &event.kind {
            Kind::WebhookTest => "tested",
            _ if !is_subscribed => "not subscribed",
            Kind::MessageReceived => self.business.message_to_crm(event),
            // The first is what the guide names; the second is the event of its own that the dashboard offers too.
            Kind::ChatbotUpdated | Kind::KnowledgeBaseUpdated => self.business.index_again(event),
            Kind::Other(name) if is_billing(name) => self.business.change_plan(event),
            _ => "nothing to do",
        };
        tracing::info!("{}: {done}", event.kind);
        Json(json!({"event": event.kind, "done": done})).into_response()
    }
}

/// ChatterWise lists no such event; its guide promises them. So their names are a guess, and any will do.
fn is_billing(name: &str) -> bool {
    ["subscription", "payment", "billing", "invoice"].iter().any(|word| name.starts_with(word))
}

async fn done(Extension(desk): Extension<Arc<Desk>>) -> Response {
    Json(desk.business.done()).into_response()
}

/// The route, by a receiver that verifies if there is a secret.
fn hook() -> anyhow::Result<Router> {
    let scheme = scheme_from_env::<ChatterWise>("CHATTERWISE_WEBHOOK_VARIANT")?;
    match Receiver::<ChatterWise>::from_env_with(scheme) {
        Ok(receiver) => Ok(Router::new().route(HOOK, post(on_verified)).with_state(receiver)),
        Err(ConfigError::MissingVariable { .. }) => {
            tracing::warn!(
                "NOT VERIFIED: no CHATTERWISE_WEBHOOK_SECRET is set, so anyone can send events to {HOOK}"
            );
            let receiver = UnverifiedReceiver::<ChatterWise>::new_without_verification();
            Ok(Router::new().route(HOOK, post(on_unverified)).with_state(receiver))
        }
        // A secret that is there and wrong is no reason to go without.
        Err(wrong) => Err(wrong.into()),
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    serve::log();
    let events = std::env::var("CHATTERWISE_EVENTS").ok();
    let subscribed = events.map(|list| list.split(',').map(|name| Kind::from(name.trim())).collect());
    let desk = Arc::new(Desk { subscribed, business: Business::default() });
    serve::run(hook()?.route("/api/done", get(done)).layer(Extension(desk))).await
}
