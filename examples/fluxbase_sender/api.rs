//! The management API: Fluxbase's routes, and the JSON of `webhook_core::fluxbase`.

use std::num::TryFromIntError;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Value, json};
use webhook_axum::webhook_core::Timestamp;
use webhook_axum::webhook_core::fluxbase::{CreateWebhook, Event, Operation, Scope, UpdateWebhook, Webhook};
use webhook_axum::webhook_verify::Secret;

use crate::deliver::{Sender, policy};
use crate::guard::Guard;
use crate::refused::{Body, Id, Page, Refused};
use crate::store::{Logged, Store};
use crate::wire;

/// The service's defaults.
const MAX_RETRIES: i64 = 3;
const RETRY_BACKOFF_SECONDS: i64 = 5;
const TIMEOUT_SECONDS: i64 = 30;
const SCOPE: Scope = Scope::User;

/// Longest timeout, in seconds: a receiver that never answers keeps an attempt under way that long.
const MAX_TIMEOUT_SECONDS: i64 = 300;

/// Most deliveries in one answer.
const MAX_LIMIT: u32 = 1000;

type Answer<T> = Result<T, Refused>;

/// What the trigger of a table would report: an event without its timestamp.
pub(crate) async fn change(
    State(sender): State<Arc<Sender>>,
    Body(mut change): Body<Event>,
) -> Answer<(StatusCode, Json<Value>)> {
    if change.record.is_none() {
        return Err(Refused::Invalid(
            "`record` is missing: the row, of a DELETE the one that is gone".into(),
        ));
    }
    match change.operation() {
        Operation::Insert | Operation::Delete => change.old_record = None,
        Operation::Update => {}
        _ => return Err(Refused::Invalid("`event` is none of INSERT, UPDATE, DELETE".into())),
    }
    change.event.make_ascii_uppercase();
    // What the service never sends.
    (change.webhook_id, change.extra) = Default::default();
    let deliveries = sender.queue(change).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({"deliveries": deliveries}))))
}

pub(crate) async fn list(State(store): State<Store>) -> Answer<Json<Vec<Webhook>>> {
    Ok(Json(store.webhooks().await?.into_iter().map(without_secret).collect()))
}

pub(crate) async fn create(
    State(store): State<Store>,
    State(guard): State<Guard>,
    Body(request): Body<CreateWebhook>,
) -> Answer<(StatusCode, Json<Webhook>)> {
    // Only here: a change may leave it out, and then it is empty.
    if request.name.trim().is_empty() {
        return Err(Refused::Invalid("`name` is empty".into()));
    }
    let id = uuid::Uuid::new_v4().to_string();
    let mut webhook: Webhook =
        serde_json::from_value(json!({"id": id, "name": request.name, "url": request.url}))
            .map_err(anyhow::Error::from)?;
    webhook.description = request.description;
    webhook.secret = request.secret.filter(|secret| !secret.is_empty());
    webhook.enabled = Some(request.enabled.unwrap_or(true));
    webhook.events = Some(request.events.unwrap_or_default());
    webhook.max_retries = Some(request.max_retries.unwrap_or(MAX_RETRIES));
    webhook.retry_backoff_seconds = Some(request.retry_backoff_seconds.unwrap_or(RETRY_BACKOFF_SECONDS));
    webhook.timeout_seconds = Some(request.timeout_seconds.unwrap_or(TIMEOUT_SECONDS));
    webhook.headers = Some(request.headers.unwrap_or_default());
    webhook.scope = Some(request.scope.unwrap_or(SCOPE));
    webhook.created_at = Some(now());
    webhook.updated_at = webhook.created_at.clone();
    check(&webhook, guard)?;
    store.save(webhook.clone()).await?;
    Ok((StatusCode::CREATED, Json(without_secret(webhook))))
}

pub(crate) async fn show(State(store): State<Store>, Id(id): Id) -> Answer<Json<Webhook>> {
    find(&store, id).await.map(without_secret).map(Json)
}

pub(crate) async fn update(
    State(store): State<Store>,
    State(sender): State<Arc<Sender>>,
    State(guard): State<Guard>,
    Id(id): Id,
    Body(request): Body<UpdateWebhook>,
) -> Answer<Json<Value>> {
    let mut webhook = find(&store, id).await?;
    webhook.name = request.name;
    webhook.url = request.url;
    webhook.description = request.description;
    // The service does not show the secret, so whoever sends back what was shown does not have it.
    if let Some(secret) = request.secret {
        webhook.secret = Some(secret).filter(|secret| !secret.is_empty());
    }
    webhook.enabled = Some(request.enabled);
    webhook.events = Some(request.events);
    webhook.max_retries = Some(request.max_retries);
    webhook.retry_backoff_seconds = Some(request.retry_backoff_seconds);
    webhook.timeout_seconds = Some(request.timeout_seconds);
    webhook.headers = Some(request.headers);
    webhook.scope = request.scope.or(webhook.scope);
    webhook.updated_at = Some(now());
    check(&webhook, guard)?;
    store.save(webhook).await?;
    sender.wake(); // deliveries of a webhook that was paused may be due
    Ok(acknowledged("Webhook updated successfully"))
}

pub(crate) async fn no_such_route() -> Refused {
    Refused::NoSuchRoute
}

pub(crate) async fn no_such_method() -> Refused {
    Refused::Method
}

pub(crate) async fn delete(State(store): State<Store>, Id(id): Id) -> Answer<Json<Value>> {
    if !store.delete(id).await? {
        return Err(Refused::NoSuchWebhook);
    }
    Ok(acknowledged("Webhook deleted successfully"))
}

pub(crate) async fn test(
    State(store): State<Store>,
    State(sender): State<Arc<Sender>>,
    Id(id): Id,
) -> Answer<Response> {
    let webhook = find(&store, id).await?;
    Ok(match sender.test(&webhook).await? {
        Ok(()) => acknowledged("Test webhook sent successfully").into_response(),
        Err(error) => {
            let answer = json!({"success": false, "message": error});
            (StatusCode::INTERNAL_SERVER_ERROR, Json(answer)).into_response()
        }
    })
}

pub(crate) async fn deliveries(
    State(store): State<Store>,
    Id(id): Id,
    page: Page,
) -> Answer<Json<Vec<Logged>>> {
    let webhook = find(&store, id).await?;
    let limit = page.limit.unwrap_or(50).min(MAX_LIMIT);
    Ok(Json(store.deliveries(webhook.id, limit).await?))
}

async fn find(store: &Store, id: String) -> Answer<Webhook> {
    store.webhook(id).await?.ok_or(Refused::NoSuchWebhook)
}

/// Refuses what could never be delivered, now and not at the first change.
fn check(webhook: &Webhook, guard: Guard) -> Answer<()> {
    let invalid = |message: String| Err(Refused::Invalid(message));
    if let Err(why) = guard.check(&webhook.url) {
        return invalid(format!("`url`: {why}"));
    }
    if !matches!(webhook.scope, Some(Scope::User | Scope::Global)) {
        return invalid("`scope` is neither user nor global".into());
    }
    if let Some(Err(why)) = webhook.secret.as_ref().map(|secret| Secret::new(secret.as_str())) {
        return invalid(format!("`secret`: {why}"));
    }
    let timeout = webhook.timeout_seconds.unwrap_or(TIMEOUT_SECONDS);
    if !(0..=MAX_TIMEOUT_SECONDS).contains(&timeout) {
        return invalid(format!("`timeout_seconds` is not from 0 to {MAX_TIMEOUT_SECONDS}"));
    }
    let is_count = |number: Option<i64>| -> Result<Option<u32>, TryFromIntError> {
        number.map(u32::try_from).transpose()
    };
    if is_count(webhook.max_retries).is_err() || is_count(webhook.retry_backoff_seconds).is_err() {
        return invalid("`max_retries` or `retry_backoff_seconds` is negative or too large".into());
    }
    if let Err(why) = policy(webhook) {
        return invalid(format!("`max_retries` and `retry_backoff_seconds`: {why}"));
    }
    for (name, value) in webhook.headers.iter().flatten() {
        if !is_free(name) || HeaderValue::from_str(value).is_err() {
            return invalid("`headers` has a name or value that cannot be sent".into());
        }
    }
    for listened in webhook.events.iter().flatten() {
        if listened.table.contains('.') {
            return invalid("`table` is a bare name: with a schema before it nothing would match".into());
        }
        let operations = listened.operations.iter().flatten();
        if operations.clone().next().is_none() {
            return invalid("`operations` is empty: nothing would match".into());
        }
        for operation in operations {
            if !["INSERT", "UPDATE", "DELETE", "*"].contains(&operation.as_str()) {
                return invalid("`operations` has something beside INSERT, UPDATE, DELETE and *".into());
            }
        }
    }
    Ok(())
}

/// Whether a user may set this header: those that say how the request travels belong to the client.
fn is_free(name: &str) -> bool {
    const TAKEN: [HeaderName; 6] = [
        header::HOST,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        header::CONNECTION,
        header::UPGRADE,
        header::TE,
    ];
    name.parse::<HeaderName>().is_ok_and(|name| !TAKEN.contains(&name))
}

fn without_secret(mut webhook: Webhook) -> Webhook {
    webhook.secret = None;
    webhook
}

fn acknowledged(message: &str) -> Json<Value> {
    Json(json!({"success": true, "message": message}))
}

fn now() -> Timestamp {
    let now: DateTime<Utc> = SystemTime::now().into();
    wire::time(now.trunc_subsecs(6)) // the service's database keeps microseconds
}
