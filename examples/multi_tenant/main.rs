//! One route for the webhooks of many tenants, each with a secret of its own, added and rotated while it runs.
//!
//! The tenants here have Svix endpoints (or anything else that signs as Standard Webhooks do).
//!
//! ```sh
//! ADMIN_TOKEN=change_me cargo run --bin multi_tenant
//! ```
//!
//! | route | what |
//! | --- | --- |
//! | `POST /webhooks/{tenant}` | where a tenant's sender posts |
//! | `PUT /tenants/{tenant}` | adds a tenant with the secret in the body, or makes that the tenant's current secret; the ones before stay valid |
//! | `DELETE /tenants/{tenant}` | removes a tenant |
//!
//! The last two ask for `Authorization: Bearer <ADMIN_TOKEN>`. Tenants are kept in memory: a real application loads them
//! from its own store when it starts, where the secrets are encrypted.
//!
//! | variable | what |
//! | --- | --- |
//! | `ADMIN_TOKEN` | who may add, rotate and remove tenants |
//! | `LISTEN` | where to listen, `127.0.0.1:3000` |

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{post, put};
use axum::{Json, Router};
use serde_json::{Value, json};
use webhook_axum::providers::Svix;
use webhook_axum::webhook_verify::{Scheme, UnixTime, Verifier};
use webhook_axum::{Receiver, Secret, receive};
use webhook_examples::serve;

#[derive(Clone)]
struct App {
    /// Has no secret, so it verifies nothing: the tenants' receivers are made of it, and share what it is made of.
    template: Receiver<Svix>,
    tenants: Arc<RwLock<HashMap<String, Receiver<Svix>>>>,
    admin: Verifier,
}

impl App {
    fn new(admin_token: &str) -> anyhow::Result<Self> {
        let bearer = Scheme::token("authorization").prefix("Bearer ");
        let admin = Verifier::new(bearer, Secret::new(admin_token).context("ADMIN_TOKEN is no token")?)?;
        Ok(Self { template: Receiver::unconfigured()?, tenants: Arc::default(), admin })
    }

    fn tenant(&self, name: &str) -> Option<Receiver<Svix>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

async fn on_webhook(
    State(app): State<App>,
    Path(tenant): Path<String>,
    request: Request,
) -> axum::response::Result<Json<Value>> {
    let receiver = app.tenant(&tenant).ok_or(StatusCode::NOT_FOUND)?;
    let signed = receive(&receiver, request).await?;
    // It begins with the tenant, so that no tenant's ids can hide another's events.
    let key = signed.idempotency_key();
    let hook = signed.into_webhook()?;
    tracing::info!("{tenant}: {:?}", hook.event.kind);
    Ok(Json(json!({
        "tenant": tenant,
        "event": hook.event.kind,
        "idempotency_key": key,
        "secret": hook.key.index(), // 0 is the current one
    })))
}

async fn put_tenant(
    _: Admin,
    State(app): State<App>,
    Path(tenant): Path<String>,
    secret: String,
) -> Result<StatusCode, WrongSecret> {
    let secret = Secret::new(secret).map_err(|error| WrongSecret(error.to_string()))?;
    let mut tenants = app.tenants.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(receiver) = tenants.get(&tenant) {
        receiver.rotate(&secret).map_err(|error| WrongSecret(error.to_string()))?;
        return Ok(StatusCode::NO_CONTENT);
    }
    let receiver =
        app.template.for_tenant(tenant.as_str(), secret).map_err(|error| WrongSecret(error.to_string()))?;
    tenants.insert(tenant, receiver);
    Ok(StatusCode::CREATED)
}

async fn delete_tenant(_: Admin, State(app): State<App>, Path(tenant): Path<String>) -> StatusCode {
    match app.tenants.write().unwrap_or_else(PoisonError::into_inner).remove(&tenant) {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::NOT_FOUND,
    }
}

/// What is wrong with a secret that was put; the secret is not in it.
struct WrongSecret(String);

impl IntoResponse for WrongSecret {
    fn into_response(self) -> Response {
        (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"error": "wrong_secret", "message": self.0})))
            .into_response()
    }
}

/// Somebody who knows the admin's token. A token in a header is a scheme like others: compared in constant time.
struct Admin;

impl FromRequestParts<App> for Admin {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, StatusCode> {
        let verified = app.admin.verify(&parts.headers, b"", UnixTime::now());
        verified.map(|_| Self).map_err(|refused| {
            tracing::warn!(code = refused.code(), "admin refused: {refused}");
            StatusCode::UNAUTHORIZED
        })
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let app = App::new(&std::env::var("ADMIN_TOKEN").context("ADMIN_TOKEN is not set")?)?;
    let router = Router::new()
        .route("/webhooks/{tenant}", post(on_webhook))
        .route("/tenants/{tenant}", put(put_tenant).delete(delete_tenant))
        .with_state(app);
    serve::run(router).await
}
