//! A stand-in for Notion's API, to try `notion_poller` out and to test it: one database with one data source, in
//! memory. It does what is known of the real one, edit times rounded down to the minute included, and where nothing is
//! known it does what is worst for a client.
//!
//! ```sh
//! LISTEN=127.0.0.1:4010 cargo run --bin fake_notion
//! ```
//!
//! | route | what |
//! | --- | --- |
//! | `GET /v1/databases/{id}`, `POST /v1/data_sources/{id}/query`, `GET /v1/pages/{id}` | as Notion's |
//! | `PUT /fake/pages/{id}` | a person creates or edits a page: `{"title": "Tea", "edited": "2026-10-14T08:03:00.000Z"}`, the edit now unless it is said |
//! | `DELETE /fake/pages/{id}` | a person moves it to the trash, or with `?for=ever` takes it from there |
//! | `PUT /fake/refusals` | the next requests are refused: `{"status": 429, "retry_after": 1, "times": 2}` |
//! | `PUT /fake/limits` | the rows of one part and of one query, 100 and 10,000 with Notion: `{"part": 2, "query": 5}` |
//! | `GET /fake/requests` | what was asked so far |
//!
//! The id of the data source is the database's with a `d` before it. `LISTEN` says where to listen, `127.0.0.1:3000`
//! unless it is set.

mod page;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use webhook_axum::webhook_core::RawJson;
use webhook_axum::webhook_core::notion::api::QueryRequest;
use webhook_examples::serve;

use crate::page::Page;

#[derive(Clone, Default)]
struct Notion(Arc<Mutex<Workspace>>);

#[derive(Default)]
struct Workspace {
    pages: BTreeMap<String, Page>,
    /// The id of the data source, once somebody has asked for the database.
    source: String,
    refusals: Refusals,
    limits: Limits,
    requests: Vec<Value>,
    /// How often pages were read: the addresses of files differ each time.
    reads: u64,
}

#[derive(Default, Deserialize)]
struct Refusals {
    status: u16,
    retry_after: Option<u64>,
    times: u32,
}

#[derive(Deserialize)]
struct Limits {
    part: usize,
    query: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { part: 100, query: 10_000 }
    }
}

impl Notion {
    fn workspace(&self) -> MutexGuard<'_, Workspace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({"object": "error", "status": status.as_u16(), "code": code, "message": message});
    (status, Json(body)).into_response()
}

/// What Notion looks at first.
async fn admit(State(notion): State<Notion>, headers: HeaderMap, request: Request, next: Next) -> Response {
    let has_token = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.len() > "Bearer ".len() && value.starts_with("Bearer "));
    if !has_token {
        return refusal(StatusCode::UNAUTHORIZED, "unauthorized", "API token is invalid.");
    }
    if headers.get("notion-version").is_none_or(|version| version != "2025-09-03") {
        return refusal(StatusCode::BAD_REQUEST, "missing_version", "this stand-in knows 2025-09-03 only");
    }
    if let Some(refused) = notion.workspace().refuse() {
        return refused;
    }
    next.run(request).await
}

impl Workspace {
    fn refuse(&mut self) -> Option<Response> {
        self.refusals.times = self.refusals.times.checked_sub(1)?;
        let status = StatusCode::from_u16(self.refusals.status).ok()?;
        let code = match self.refusals.status {
            429 => "rate_limited",
            529 => "service_overload",
            _ => "internal_server_error",
        };
        self.requests.push(json!({"refused": self.refusals.status}));
        let mut refused = refusal(status, code, "as it was asked for");
        if let Some(seconds) = self.refusals.retry_after {
            refused.headers_mut().insert("retry-after", seconds.into());
        }
        Some(refused)
    }
}

async fn database(State(notion): State<Notion>, Path(id): Path<String>) -> Json<Value> {
    let mut workspace = notion.workspace();
    workspace.requests.push(json!({"database": id}));
    workspace.source = format!("d{id}");
    let sources = json!([{"id": workspace.source, "name": "The one"}]);
    Json(json!({"object": "database", "id": id, "data_sources": sources}))
}

/// The filter of a poller, and nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    timestamp: String,
    last_edited_time: Since,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Since {
    on_or_after: String,
}

async fn query(
    State(notion): State<Notion>,
    Path(source): Path<String>,
    Json(query): Json<QueryRequest>,
) -> Response {
    let invalid = |message| refusal(StatusCode::BAD_REQUEST, "validation_error", message);
    let workspace = &mut *notion.workspace();
    workspace.requests.push(json!({"query": query}));
    let Some(Ok(filter)) = query.filter.as_ref().map(RawJson::parse::<Filter>) else {
        return invalid("this stand-in knows filters by last_edited_time only");
    };
    let sorts = json!([{"timestamp": "last_edited_time", "direction": "ascending"}]);
    if filter.timestamp != "last_edited_time" || json!(query.sorts) != sorts {
        return invalid("this stand-in sorts by last_edited_time, ascending, only");
    }
    // A cursor is the number of rows to leave out. A page that is edited meanwhile moves to the end, and the one behind
    // it into its place: nobody has said that Notion does better.
    let Ok(begin) = query.start_cursor.as_deref().unwrap_or("0").parse::<usize>() else {
        return invalid("start_cursor is not one of this stand-in's");
    };
    let mut found: Vec<&Page> = workspace
        .pages
        .values()
        .filter(|page| !page.in_trash && page.edited >= filter.last_edited_time.on_or_after)
        .collect();
    found.sort_by(|one, other| one.edited.cmp(&other.edited));
    let (all, limits) = (found.len(), &workspace.limits);
    let size = query.page_size.and_then(|size| usize::try_from(size).ok()).unwrap_or(limits.part);
    let end = begin.saturating_add(size.min(limits.part)).min(limits.query).min(all);
    workspace.reads = workspace.reads.saturating_add(1);
    let pages = found.into_iter().take(end).skip(begin);
    let results: Vec<Value> = pages.map(|page| page.to_json(&source, workspace.reads)).collect();
    let has_more = end < limits.query.min(all);
    let status = if !has_more && end < all {
        json!({"type": "incomplete", "incomplete_reason": "query_result_limit_reached"})
    } else {
        json!({"type": "complete"})
    };
    Json(json!({
        "object": "list", "results": results, "has_more": has_more,
        "next_cursor": has_more.then(|| end.to_string()),
        "type": "page_or_data_source", "page_or_data_source": {}, "request_status": status,
    }))
    .into_response()
}

async fn page(State(notion): State<Notion>, Path(id): Path<String>) -> Response {
    let workspace = &mut *notion.workspace();
    workspace.requests.push(json!({"page": id}));
    workspace.reads = workspace.reads.saturating_add(1);
    match workspace.pages.get(&id) {
        Some(page) => Json(page.to_json(&workspace.source, workspace.reads)).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "object_not_found", "Could not find page."),
    }
}

#[derive(Deserialize)]
struct Edit {
    title: String,
    edited: Option<String>,
    /// The data source, when it is not the database's.
    source: Option<String>,
}

async fn edit(State(notion): State<Notion>, Path(id): Path<String>, Json(edit): Json<Edit>) -> StatusCode {
    let edited = edit.edited.unwrap_or_else(page::this_minute);
    let page = Page {
        id: id.clone(),
        title: edit.title,
        edited,
        source: edit.source.unwrap_or_default(),
        in_trash: false,
    };
    notion.workspace().pages.insert(id, page);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Removal {
    r#for: Option<String>,
}

async fn remove(
    State(notion): State<Notion>,
    Path(id): Path<String>,
    Query(removal): Query<Removal>,
) -> StatusCode {
    let pages = &mut notion.workspace().pages;
    if removal.r#for.is_some() {
        pages.remove(&id);
    } else if let Some(page) = pages.get_mut(&id) {
        page.in_trash = true;
    }
    StatusCode::NO_CONTENT
}

async fn refusals(State(notion): State<Notion>, Json(refusals): Json<Refusals>) -> StatusCode {
    notion.workspace().refusals = refusals;
    StatusCode::NO_CONTENT
}

async fn limits(State(notion): State<Notion>, Json(limits): Json<Limits>) -> StatusCode {
    notion.workspace().limits = limits;
    StatusCode::NO_CONTENT
}

async fn requests(State(notion): State<Notion>) -> Json<Vec<Value>> {
    Json(notion.workspace().requests.clone())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let notion = Notion::default();
    let app = Router::new()
        .route("/v1/databases/{id}", get(database))
        .route("/v1/data_sources/{id}/query", post(query))
        .route("/v1/pages/{id}", get(page))
        .route_layer(middleware::from_fn_with_state(notion.clone(), admit))
        .route("/fake/pages/{id}", put(edit).delete(remove))
        .route("/fake/refusals", put(refusals))
        .route("/fake/limits", put(limits))
        .route("/fake/requests", get(requests))
        .with_state(notion);
    serve::run(app).await
}
