//! What the service knows of the records, for those who have the token. The endpoints for events lie open to the internet,
//! and these are at the same address.

use std::env;
use std::sync::Arc;

use anyhow::Context;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use webhook_axum::Secret;
use webhook_axum::webhook_verify::{Rejection, Scheme, UnixTime, Verifier};
use webhook_examples::serve::Failed;

use crate::cache::Cache;
use crate::change::Record;
use crate::records::Records;
use crate::source::SourceDatabase;

/// How a reader shows the token.
const BEARER: Scheme = Scheme::token("authorization").prefix("Bearer ");

pub(crate) struct Reading {
    pub(crate) records: Records,
    pub(crate) source: Arc<dyn SourceDatabase>,
    pub(crate) cache: Arc<Cache>,
}

impl Reading {
    /// The routes; none without `MEMORY_API_READ_TOKEN`.
    pub(crate) fn routes(self) -> anyhow::Result<Router> {
        let Ok(token) = env::var("MEMORY_API_READ_TOKEN") else { return Ok(Router::new()) };
        let token = Secret::new(token).context("MEMORY_API_READ_TOKEN is no token")?;
        let guard = Verifier::new(BEARER, token).context("MEMORY_API_READ_TOKEN is no token")?;
        Ok(Router::new()
            .route("/api/v1/records/{source}/{table}/{id}", get(record))
            .route("/api/v1/search/{words}", get(search))
            .route_layer(from_fn_with_state(guard, let_in))
            .with_state(Arc::new(self)))
    }
}

async fn let_in(State(guard): State<Verifier>, request: Request, next: Next) -> Response {
    let refused = guard.verify(request.headers(), &[], UnixTime::now()).err();
    match refused.map(Rejection::from) {
        None => next.run(request).await,
        Some(refused) => {
            let json = [(CONTENT_TYPE, "application/json")];
            (refused.status(), json, refused.to_json()).into_response()
        }
    }
}

async fn record(
    State(reading): State<Arc<Reading>>,
    Path((source, table, id)): Path<(String, String, String)>,
) -> Result<Response, Failed> {
    let record = Record::new(&source, &table, &id);
    let miss = match reading.cache.find(&record) {
        Ok(json) => return Ok(found("hit", json)),
        Err(miss) => miss,
    };
    let (database, wanted) = (Arc::clone(&reading.source), record.clone());
    let Some(json) = tokio::task::spawn_blocking(move || database.find(&wanted)).await?? else {
        return Ok((StatusCode::NOT_FOUND, Json(json!({"error": "no_such_record"}))).into_response());
    };
    reading.cache.keep(&miss, record, json.clone());
    Ok(found("miss", json))
}

fn found(cache: &'static str, json: String) -> Response {
    ([(CONTENT_TYPE.as_str(), "application/json"), ("x-cache", cache)], json).into_response()
}

async fn search(State(reading): State<Arc<Reading>>, Path(words): Path<String>) -> Result<Response, Failed> {
    let records = reading.records.clone();
    let hits = tokio::task::spawn_blocking(move || records.search(&words)).await??;
    Ok(Json(json!({"records": hits})).into_response())
}
