//! The Hybrid Memory API: takes in changes of records in Supabase and Notion, and works on them in the background.
//!
//! An event is answered with 202 when it is in the inbox, which is a SQLite file, and is on the disk. What was answered so
//! is processed also after a crash: it is verified against the source, the cached record is forgotten, and the search
//! index updated. A copy of an event gets the first one's answer again, and is not processed.
//!
//! ```sh
//! cargo run --bin memory_api
//! VERIFY_WEBHOOK_SIGNATURES=true WEBHOOK_SECRET=your_secure_random_string cargo run --bin memory_api
//! ```
//!
//! | route | what |
//! | --- | --- |
//! | `POST /api/v1/webhooks/supabase` | takes an event of Supabase; `trigger.sql` sends them |
//! | `POST /api/v1/webhooks/notion` | takes an event of Notion, from a poller |
//! | `GET /api/v1/webhooks/stats` | what became of them, since the file was made |
//! | `POST /api/v1/webhooks/test` | says whether an event could be taken; nothing is stored |
//! | `GET /api/v1/records/{source}/{table}/{id}` | a record of the source, from the cache if it is there; for readers |
//! | `GET /api/v1/search/{words}` | which records have all these words; for readers |
//!
//! | variable | what |
//! | --- | --- |
//! | `VERIFY_WEBHOOK_SIGNATURES` | `true`, or **anyone can send events**, as the guide's default has it |
//! | `WEBHOOK_SECRET` | what the senders sign with; `WEBHOOK_SECRET_PREVIOUS` while it is being rotated |
//! | `WEBHOOK_VARIANT` | how, `hmac-hex`; `static-token` for a sender that puts the secret itself in the header |
//! | `WEBHOOK_MAX_RETRIES` | how many attempts each event gets, the first included, `3` |
//! | `SOURCE_URL` | where to ask for a record: `GET {SOURCE_URL}/{source}/{table}/{id}`, 200 or 404; without it an event is only compared with those before it |
//! | `MEMORY_API_READ_TOKEN` | what readers show as `Authorization: Bearer`; without it there is nothing to read |
//! | `MEMORY_API_DB` | the file, `memory_api.db` |
//! | `LISTEN` | where to listen, `127.0.0.1:3000` |

mod cache;
mod change;
mod log;
mod process;
mod reading;
mod records;
mod source;

use std::env;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use tokio::sync::oneshot;
use webhook_axum::danger::Unverified;
use webhook_axum::providers::RecordEnvelope;
use webhook_axum::webhook_core::record_envelope::{
    Accepted, Event, Refused, Source, Stats, Unprocessable, Valid,
};
use webhook_axum::webhook_core::{ParseError, Payload};
use webhook_axum::webhook_verify::danger::{UnverifiedReceiver, assume_verified};
use webhook_axum::webhook_verify::{Rejection, Secrets};
use webhook_axum::{Receiver, Secret, WebhookRejection, receive};
use webhook_examples::scheme_from_env;
use webhook_examples::serve::{self, Failed};
use webhook_inbox::webhook_retry::RetryPolicy;
use webhook_inbox::{
    Inbox, InboxAdmin, NewEvent, Range, Receipt, Retention, SqliteOptions, SqliteStore, Worker,
};

use crate::cache::Cache;
use crate::change::{Change, Record};
use crate::process::Processor;
use crate::reading::Reading;
use crate::records::Records;
use crate::source::{Local, SourceDatabase, Web};

/// How long an event waits for the file while others write to it. Supabase gives a whole answer one second.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long the events of a process that was killed wait for the next one.
const LEASE: Duration = Duration::from_secs(10);

struct App {
    gate: Gate,
    inbox: Inbox,
    store: SqliteStore,
}

/// Who is let in.
enum Gate {
    /// Whoever has signed.
    Signed(Receiver<RecordEnvelope>),
    /// Anyone.
    Open(UnverifiedReceiver<RecordEnvelope>),
}

impl Gate {
    fn from_env() -> anyhow::Result<Self> {
        let verify = env::var("VERIFY_WEBHOOK_SIGNATURES").unwrap_or_default().to_lowercase();
        match verify.as_str() {
            "true" => {}
            "false" | "" => {
                tracing::warn!(
                    "VERIFY_WEBHOOK_SIGNATURES is not true: ANYONE WHO KNOWS THE ADDRESS CAN SEND EVENTS, and they are \
                     believed. Set it, and WEBHOOK_SECRET, before others can reach this server"
                );
                return Ok(Self::Open(UnverifiedReceiver::new_without_verification()));
            }
            _ => bail!("VERIFY_WEBHOOK_SIGNATURES is neither true nor false"),
        }
        let mut secrets = Secrets::default();
        for name in ["WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS"] {
            if let Some(text) = env::var(name).ok().filter(|text| !text.is_empty()) {
                secrets = secrets
                    .and(Secret::new(text).with_context(|| format!("{name} is no secret"))?.label(name));
            }
        }
        let scheme = scheme_from_env::<RecordEnvelope>("WEBHOOK_VARIANT")?;
        let receiver = Receiver::with_scheme(scheme, secrets);
        Ok(Self::Signed(receiver.context("VERIFY_WEBHOOK_SIGNATURES is true: set WEBHOOK_SECRET")?))
    }

    /// The request as an event for the inbox.
    async fn admit(&self, source: &Source, request: Request) -> Result<NewEvent, WebhookRejection> {
        match self {
            Self::Signed(receiver) => {
                Ok(NewEvent::of(&*receive(receiver, request).await?).source(source.as_str()))
            }
            Self::Open(receiver) => {
                let request = Unverified::<RecordEnvelope>::from_request(request, receiver).await?;
                // The one place where what nobody verified is taken for an event: it was asked for, and said loudly.
                let assumed = assume_verified(request.body());
                Ok(NewEvent::verified(source.as_str(), &assumed).key(request.idempotency_key()))
            }
        }
    }
}

/// Why an event is not taken, with the guide's answers.
enum Refusal {
    Request(WebhookRejection),
    Misfit(ParseError),
    Source { expected: Source, received: Source },
    NotStored,
}

impl From<WebhookRejection> for Refusal {
    fn from(rejection: WebhookRejection) -> Self {
        Self::Request(rejection)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            // One answer for all: the log says what is wrong with the signature, and the sender is a stranger.
            Self::Request(rejection) if rejection.status() == StatusCode::UNAUTHORIZED => {
                (StatusCode::UNAUTHORIZED, Json(Refused::invalid_signature())).into_response()
            }
            Self::Request(rejection) => rejection.into_response(),
            Self::Misfit(misfit) => {
                tracing::warn!("an event is refused: {misfit}");
                (StatusCode::UNPROCESSABLE_ENTITY, Json(Unprocessable::of(&misfit))).into_response()
            }
            Self::Source { expected, received } => {
                tracing::warn!("an event of {received} is refused by the endpoint of {expected}");
                (StatusCode::BAD_REQUEST, Json(Refused::invalid_source(&expected, &received))).into_response()
            }
            Self::NotStored => {
                let rejection = Rejection::NotStored;
                let headers = [
                    (CONTENT_TYPE, "application/json".to_owned()),
                    (RETRY_AFTER, rejection.retry_after().unwrap_or_default().to_string()),
                ];
                (rejection.status(), headers, rejection.to_json()).into_response()
            }
        }
    }
}

async fn on_supabase(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refusal> {
    take_in(&app, Source::Supabase, request).await
}

async fn on_notion(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refusal> {
    take_in(&app, Source::Notion, request).await
}

async fn take_in(app: &App, expected: Source, request: Request) -> Result<Response, Refusal> {
    let new = app.gate.admit(&expected, request).await?;
    let event = Event::parse(new.body()).map_err(Refusal::Misfit)?;
    if event.source != expected {
        return Err(Refusal::Source { expected, received: event.source });
    }
    // In the order in which they came, for each record. An event that names none waits for nobody.
    let new = match Record::of(&event) {
        Some(Record { source, table, id }) => new.ordering(json!([source, table, id]).to_string()),
        None => new,
    };
    let answer = serde_json::to_string(&Accepted::of(&event)).unwrap_or_default();
    let new = new.kind(event.event_type.to_lowercase()).answer(answer.as_str());
    // Only now, on the disk, it may be answered with 202: nobody will send it again.
    let receipt = app.inbox.accept(new).await.map_err(|_| Refusal::NotStored)?;
    let first = match receipt {
        Receipt::Duplicate(first) => first.answer,
        Receipt::New(_) => None,
    };
    let json = [(CONTENT_TYPE, "application/json")];
    Ok((StatusCode::ACCEPTED, json, first.unwrap_or(answer)).into_response())
}

async fn stats(State(app): State<Arc<App>>) -> Result<Json<Stats>, Failed> {
    Ok(Json(app.store.stats(Range::all()).await?.summary))
}

/// Reads an event, and that is all. So it needs no signature.
async fn on_test(request: Request) -> Result<Json<Valid>, Refusal> {
    let receiver = UnverifiedReceiver::<RecordEnvelope>::new_without_verification();
    let request = Unverified::<RecordEnvelope>::from_request(request, &receiver).await?;
    let event = request.parse().map_err(Refusal::Misfit)?;
    let is_whole = Change::of(&event).is_ok();
    let mut answer = Valid::of(event);
    // An event that is taken, and that every attempt would give up, is not processed.
    answer.would_be_processed &= is_whole;
    Ok(Json(answer))
}

/// The guide's "max retries" counts the first attempt: its three attempts come at once, after 2 s, and after 4 s more.
fn policy() -> anyhow::Result<RetryPolicy> {
    let Ok(text) = env::var("WEBHOOK_MAX_RETRIES") else { return Ok(RetryPolicy::guide()) };
    let attempts = text.parse().with_context(|| format!("WEBHOOK_MAX_RETRIES={text} is no number"))?;
    RetryPolicy::builder(RetryPolicy::guide().schedule(), attempts)
        .build()
        .with_context(|| format!("WEBHOOK_MAX_RETRIES={text} makes no policy"))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    log::start();
    let (gate, policy) = (Gate::from_env()?, policy()?);
    let path = env::var("MEMORY_API_DB").unwrap_or_else(|_| "memory_api.db".to_owned());
    let store = SqliteOptions::new()
        .busy_timeout(PATIENCE)
        .open(&path)
        .with_context(|| format!("cannot open MEMORY_API_DB={path}"))?;
    let records = Records::open(&store, &path).await.with_context(|| format!("cannot use {path}"))?;
    let local = Local(records.clone());
    let source: Arc<dyn SourceDatabase> = if let Ok(url) = env::var("SOURCE_URL") {
        Arc::new(Web::new(&url, local)?)
    } else {
        tracing::info!(
            "SOURCE_URL is not set: events are compared with those before them, and with nothing else"
        );
        Arc::new(local)
    };
    let cache = Arc::new(Cache::default());
    let processor =
        Processor { store: store.clone(), source: Arc::clone(&source), cache: Arc::clone(&cache), policy };
    let worker = Worker::new(store.clone())
        .handler(processor.handler(&Source::Supabase))
        .handler(processor.handler(&Source::Notion))
        .retention(store.clone(), Retention::default())
        .lease(LEASE);

    let app = App { gate, inbox: Inbox::new(store.clone()), store: store.clone() };
    let router = Router::new()
        .route("/api/v1/webhooks/supabase", post(on_supabase))
        .route("/api/v1/webhooks/notion", post(on_notion))
        .route("/api/v1/webhooks/stats", get(stats))
        .route("/api/v1/webhooks/test", post(on_test))
        .with_state(Arc::new(app))
        .merge(Reading { records, source, cache }.routes()?);

    let (stop, stopped) = oneshot::channel::<()>();
    let mut working = tokio::spawn(worker.run(async { drop(stopped.await) }));
    tokio::select! {
        served = serve::run(router) => served?,
        ended = &mut working => bail!("the worker has ended: {ended:?}"),
    }
    // First no more requests, then no more attempts: those that run are finished, the rest is in the file.
    drop(stop);
    working.await??;
    store.close().await;
    Ok(())
}
