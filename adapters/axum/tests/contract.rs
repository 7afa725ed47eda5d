//! The contract of all adapters, on axum.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use axum::extract::{FromRef, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response, Result};
use axum::routing::any;
use axum::{Router, serve};
use tokio::net::TcpListener;
use webhook_axum::webhook_verify::danger::UnverifiedReceiver;
use webhook_axum::webhook_verify::providers::{
    ChatterWise, Clerk, Notion, RecordEnvelope, StandardWebhooks, Svix,
};
use webhook_axum::webhook_verify::{KeyId, Provider};
use webhook_axum::{Receiver, Signed, Webhook, WebhookRejection, danger, receive};
use webhook_contract::{ClerkStaging, NO_KEY, Receivers, answer};

#[derive(Clone)]
struct App(Receivers);

macro_rules! state {
    ($($field:ident: $type:ty,)*) => {$(
        impl FromRef<App> for $type {
            fn from_ref(app: &App) -> Self {
                app.0.$field.clone()
            }
        }
    )*};
}

state! {
    standard: Receiver<StandardWebhooks>,
    clerk: Receiver<Clerk>,
    clerk_staging: Receiver<ClerkStaging>,
    record: Receiver<RecordEnvelope>,
    notion: Receiver<Notion>,
    unconfigured: Receiver<Svix>,
    unverified: UnverifiedReceiver<ChatterWise>,
}

async fn webhook<P: Provider>(hook: Webhook<P>) -> Vec<u8> {
    answer(&hook.delivery, &hook.body, label(&hook.key))
}

async fn signed(signed: Signed<StandardWebhooks>) -> Vec<u8> {
    answer(&signed.delivery(), signed.body(), label(signed.key()))
}

async fn caught(hook: Result<Webhook<StandardWebhooks>, WebhookRejection>) -> Response {
    match hook {
        Ok(hook) => webhook(hook).await.into_response(),
        Err(rejection) => (StatusCode::ACCEPTED, rejection.code()).into_response(),
    }
}

async fn unverified(request: danger::Unverified<ChatterWise>) -> Vec<u8> {
    answer(&request.delivery(), request.body(), NO_KEY)
}

async fn tenant(State(app): State<App>, Path(tenant): Path<u32>, request: Request) -> Result<Vec<u8>> {
    let receiver = app.0.tenants.get(&tenant).ok_or(StatusCode::NOT_FOUND)?;
    Ok(webhook(receive(receiver, request).await?.into_webhook()?).await)
}

fn label(key: &KeyId) -> &str {
    key.label().unwrap_or_default()
}

#[tokio::test]
async fn contract() {
    let app = Router::new()
        .route("/webhook", any(webhook::<StandardWebhooks>))
        .route("/signed", any(signed))
        .route("/caught", any(caught))
        .route("/clerk", any(webhook::<Clerk>))
        .route("/clerk-staging", any(webhook::<ClerkStaging>))
        .route("/record", any(webhook::<RecordEnvelope>))
        .route("/notion", any(webhook::<Notion>))
        .route("/unconfigured", any(webhook::<Svix>))
        .route("/unverified", any(unverified))
        .route("/tenants/{tenant}", any(tenant))
        .with_state(App(Receivers::new()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { serve(listener, app).await });

    let differences = tokio::task::spawn_blocking(move || webhook_contract::check(address)).await.unwrap();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
