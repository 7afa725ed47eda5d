//! What the tests of the inbox kill: a receiver with its worker, on the database that `DATABASE` names.
//!
//! Each event that its handler has processed is a line of the file `PROCESSED`: the sender's id and the inbox's number.
//! Of an event named `booking` that is a row of the table `booked` instead, written together with the end of the attempt.
//! An event named `poison` ends the process. An event is attempted `ATTEMPTS` times, 3 unless it is set. `GET /stats` tells how far it has come.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::FromRef;
use axum::response::Json;
use axum::routing::{get, post};
use tokio::sync::Mutex;
use webhook_axum::providers::StandardWebhooks;
use webhook_axum::webhook_inbox::tokio_postgres::{Client, NoTls, connect};
use webhook_axum::webhook_inbox::webhook_retry::{RetryPolicy, Schedule};
use webhook_axum::webhook_inbox::{
    Handler, HandlerError, Inbox, InboxAdmin, InboxStore, Job, PostgresStore, Range, SqliteStore, Stats,
    StoreError, Worker,
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
        let store = PostgresStore::open(&database).await?;
        let (client, connection) = connect(&database, NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute(BOOKED).await?;
        let client = Arc::new(Mutex::new(client));
        run(
            store.clone(),
            Handler::on("booking", move |job| book_postgres(store.clone(), client.clone(), job)),
        )
        .await
    } else {
        let store = SqliteStore::open(&database)?;
        store.write(|transaction| Ok::<_, StoreError>(transaction.execute_batch(BOOKED)?)).await?;
        run(store.clone(), Handler::on("booking", move |job| book_sqlite(store.clone(), job))).await
    }
}

/// Without a constraint: a repetition would be seen.
const BOOKED: &str = "CREATE TABLE IF NOT EXISTS booked (id TEXT NOT NULL, event BIGINT NOT NULL)";

async fn book_sqlite(store: SqliteStore, job: Job<StandardWebhooks>) -> Result<(), HandlerError> {
    let (done, event) = (job.done(), job.id.as_i64());
    let work = store.write(move |transaction| {
        transaction.execute("INSERT INTO booked VALUES (?1, ?2)", (job.delivery_id, event))?;
        transaction.settle(&done)
    });
    Ok(work.await?)
}

async fn book_postgres(
    store: PostgresStore,
    client: Arc<Mutex<Client>>,
    job: Job<StandardWebhooks>,
) -> Result<(), HandlerError> {
    let mut client = client.lock().await;
    let transaction = store.within(client.transaction().await?);
    let event = job.id.as_i64();
    transaction.execute("INSERT INTO booked VALUES ($1, $2)", &[&job.delivery_id, &event]).await?;
    transaction.settle(&job.done()).await?;
    Ok(transaction.commit().await?)
}

async fn run(store: impl InboxStore + InboxAdmin + Clone, booking: Handler) -> anyhow::Result<()> {
    let receiver = Receiver::from_env()?;
    let path = std::env::var("PROCESSED").context("PROCESSED names no file")?;
    let log = std::fs::File::options().append(true).create(true).open(path)?;
    let log = Arc::new(log);
    let handler = Handler::all(move |job: Job<StandardWebhooks>| {
        let log = Arc::clone(&log);
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
    let worker = Worker::new(store.clone())
        .handler(handler.policy(at_once))
        .handler(booking.policy(at_once))
        .lease(Duration::from_secs(1));
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
