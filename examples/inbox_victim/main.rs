//! What the tests of the inbox kill: a receiver with its worker, on the database that `DATABASE` names.
//!
//! Each event that its handler has processed is a line of the file `PROCESSED`: the sender's id and the inbox's number.
//! An event named `poison` ends the process. An event is attempted `ATTEMPTS` times, 3 unless it is set. `GET /stats` tells how far it has come.

use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::FromRef;
use axum::response::Json;
use axum::routing::{get, post};
use webhook_axum::providers::StandardWebhooks;
use webhook_axum::webhook_inbox::webhook_retry::{RetryPolicy, Schedule};
use webhook_axum::webhook_inbox::{
    Handler, HandlerError, Inbox, InboxAdmin, InboxStore, Job, PostgresStore, Range, SqliteStore, Stats,
    Worker,
};
use webhook_axum::{Receiver, accept};
use webhook_examples::serve;

#[derive(Clone, FromRef)]
struct App {
    receiver: Receiver<StandardWebhooks>,
    inbox: Inbox,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let database = std::env::var("DATABASE").context("DATABASE names no database")?;
    if database.starts_with("postgres") {
        run(PostgresStore::open(&database).await?).await
    } else {
        run(SqliteStore::open(&database)?).await
    }
}

async fn run(store: impl InboxStore + InboxAdmin + Clone) -> anyhow::Result<()> {
    let receiver = Receiver::from_env()?;
    let path = std::env::var("PROCESSED").context("PROCESSED names no file")?;
    let log = std::fs::File::options().append(true).create(true).open(path)?;
    let log = std::sync::Arc::new(log);
    let handler = Handler::all(move |job: Job<StandardWebhooks>| {
        let log = std::sync::Arc::clone(&log);
        async move {
            if job.kind.as_deref() == Some("poison") {
                std::process::abort();
            }
            let line = format!("{} {}\n", job.delivery_id.unwrap_or_default(), job.id);
            // In one write, which a kill does not part.
            (&*log).write_all(line.as_bytes())?;
            Ok::<_, HandlerError>(())
        }
    });
    let attempts = std::env::var("ATTEMPTS").map_or(Ok(3), |attempts| attempts.parse())?;
    let at_once = RetryPolicy::builder(Schedule::Fixed(Duration::from_millis(10)), attempts).build()?;
    let worker = Worker::new(store.clone()).handler(handler.policy(at_once)).lease(Duration::from_secs(1));
    let worker = tokio::spawn(worker.run(serve::stopped()?));

    let stats = store.clone();
    let app = Router::new()
        .route("/webhook", post(accept::<StandardWebhooks>))
        .route(
            "/stats",
            get(async move || Ok::<_, serve::Failed>(Json::<Stats>(stats.stats(Range::all()).await?))),
        )
        .with_state(App { receiver, inbox: Inbox::new(store) });
    serve::run(app).await?;
    worker.await??;
    Ok(())
}
