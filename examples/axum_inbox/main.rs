//! Clerk's events: verified, stored, answered with 202, and processed in the background, whatever crashes.
//!
//! ```sh
//! CLERK_WEBHOOK_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw cargo run -p webhook-examples --bin axum_inbox
//! ```
//!
//! | route | does |
//! | --- | --- |
//! | `POST /webhooks/clerk` | stores the event, and answers 202 |
//! | `GET /inbox/stats` | counts, backlog and latencies |
//! | `GET /inbox/events?state=dead` | the newest events, here the dead letters |
//! | `GET /inbox/events/{id}/attempts` | what happened to one |
//! | `POST /inbox/replay` | processes all dead letters again |
//!
//! The operator's routes have no lock of their own: let a proxy keep the world from them.
//!
//! | variable | without it |
//! | --- | --- |
//! | `CLERK_WEBHOOK_SECRET` | the program does not start |
//! | `INBOX_DB` | the events are in `inbox.db` |
//! | `LISTEN` | it listens on `127.0.0.1:3000` |

use anyhow::Context;
use axum::Router;
use axum::extract::{FromRef, Path, Query, State};
use axum::response::Json;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use webhook_axum::providers::Clerk;
use webhook_axum::webhook_core::clerk::EventData;
use webhook_axum::webhook_inbox::{
    EventId, Filter, Handler, HandlerError, Inbox, InboxAdmin, Job, Page, Range, Replay, Retention,
    SqliteStore, State as Stage, StoreError, Worker,
};
use webhook_axum::{Receiver, accept};
use webhook_examples::serve;

#[derive(Clone, FromRef)]
struct App {
    clerk: Receiver<Clerk>,
    inbox: Inbox,
    store: SqliteStore,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let clerk = Receiver::from_env()?;
    let path = std::env::var("INBOX_DB").unwrap_or_else(|_| "inbox.db".to_owned());
    let store = SqliteStore::open(&path).with_context(|| format!("cannot use INBOX_DB={path}"))?;
    store.write(|database| Ok::<_, StoreError>(database.execute_batch(WELCOMED)?)).await?;

    let welcoming = store.clone();
    let worker = Worker::new(store.clone())
        .handler(Handler::on("user.created", move |job| welcome(welcoming.clone(), job)))
        .handler(Handler::all(async |job: Job<Clerk>| {
            tracing::info!(event = job.id.as_i64(), "nothing to do");
            Ok(())
        }))
        .retention(store.clone(), Retention::default());
    let worker = tokio::spawn(worker.run(serve::stopped()?));

    let app = Router::new()
        .route("/webhooks/clerk", post(accept::<Clerk>))
        .route("/inbox/stats", get(stats))
        .route("/inbox/events", get(events))
        .route("/inbox/events/{id}/attempts", get(attempts))
        .route("/inbox/replay", post(replay))
        .with_state(App { clerk, inbox: Inbox::new(store.clone()), store: store.clone() });
    serve::run(app).await?;
    worker.await??;
    store.close().await;
    Ok(())
}

const WELCOMED: &str = "CREATE TABLE IF NOT EXISTS welcomed (user_id TEXT NOT NULL, event INTEGER NOT NULL)";

/// Its row and the end of the attempt are written in one transaction, so each user is welcomed exactly once, also when
/// the process is killed between any two of these lines.
async fn welcome(store: SqliteStore, job: Job<Clerk>) -> Result<(), HandlerError> {
    let EventData::UserCreated(user) = &job.event()?.data else {
        return Err(HandlerError::permanent("the event is not what its name says"));
    };
    let (user, event, done) = (user.id.clone(), job.id.as_i64(), job.done());
    let work = store.write(move |database| {
        database.execute("INSERT INTO welcomed (user_id, event) VALUES (?1, ?2)", (user, event))?;
        database.settle(&done)
    });
    Ok(work.await?)
}

async fn stats(State(store): State<SqliteStore>) -> Result<Json<Value>, serve::Failed> {
    Ok(Json(serde_json::to_value(store.stats(Range::all()).await?)?))
}

#[derive(Deserialize)]
struct Wanted {
    state: Option<Stage>,
    before: Option<EventId>,
}

async fn events(
    State(store): State<SqliteStore>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, serve::Failed> {
    let filter = wanted.state.map_or_else(Filter::all, |state| Filter::all().state(state));
    let page = wanted.before.map_or_else(|| Page::first(50), |id| Page::before(id, 50));
    Ok(Json(serde_json::to_value(store.list(&filter, page).await?)?))
}

async fn attempts(
    State(store): State<SqliteStore>,
    Path(id): Path<EventId>,
) -> Result<Json<Value>, serve::Failed> {
    Ok(Json(serde_json::to_value(store.attempts(id).await?)?))
}

async fn replay(State(store): State<SqliteStore>) -> Result<Json<Value>, serve::Failed> {
    let replayed = store.replay(&Replay::Matching(Filter::dead())).await?;
    Ok(Json(json!({"replayed": replayed})))
}
