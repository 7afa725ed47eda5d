//! Webhooks and deliveries, in SQLite.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use webhook_axum::webhook_core::fluxbase::{DeliveryStatus, Event, Webhook};
use webhook_axum::webhook_core::{Payload, RawJson};

/// Written to the disk before an answer says so: `synchronous` is FULL.
const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    CREATE TABLE IF NOT EXISTS webhooks (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        enabled INTEGER NOT NULL,
        document TEXT NOT NULL                  -- the webhook as JSON, with its secret
    );
    CREATE TABLE IF NOT EXISTS deliveries (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
        event TEXT NOT NULL,
        change TEXT NOT NULL,                   -- what happened, without the attempt's timestamp
        payload TEXT NOT NULL,                  -- what was sent last
        status TEXT NOT NULL,                   -- pending, success or failed
        attempts INTEGER NOT NULL,
        due_millis INTEGER NOT NULL,            -- when the next attempt may begin
        status_code INTEGER,
        response_body TEXT,
        response_time_ms INTEGER,
        error TEXT,
        attempted_at TEXT,
        delivered_at TEXT,
        created_at TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS deliveries_by_webhook ON deliveries (webhook_id, number);
    CREATE INDEX IF NOT EXISTS deliveries_by_due ON deliveries (status, due_millis);
    CREATE INDEX IF NOT EXISTS deliveries_by_age ON deliveries (status, created_at);
";

/// The database. Clones share it.
#[derive(Clone)]
pub(crate) struct Store(Arc<Mutex<Connection>>);

/// A delivery whose next attempt is to be made.
pub(crate) struct Due {
    pub(crate) id: String,
    pub(crate) millis: i64,
    pub(crate) attempts: u32,
    pub(crate) change: Event,
    pub(crate) webhook: Webhook,
}

/// What came of an attempt.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) payload: String,
    pub(crate) status_code: Option<u16>,
    pub(crate) response_body: Option<String>,
    pub(crate) response_time_ms: i64,
    pub(crate) error: Option<String>,
    pub(crate) began_at: String,
    pub(crate) ended_at: String,
    /// When to try again; none when this was the last attempt.
    pub(crate) retry_at_millis: Option<i64>,
}

impl Attempt {
    pub(crate) fn is_success(&self) -> bool {
        self.error.is_none()
    }
}

/// A delivery as the log shows it: the service's own fields, and the two that its guide promises beside them.
#[derive(Debug, Serialize)]
pub(crate) struct Logged {
    id: String,
    webhook_id: String,
    event: String,
    payload: RawJson,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    attempt: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivered_at: Option<String>,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_time_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempted_at: Option<String>,
}

impl Store {
    pub(crate) fn open(path: &str) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Runs `work` where it may block.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let connection = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || {
            work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner))
        })
        .await?
    }

    pub(crate) async fn webhooks(&self) -> anyhow::Result<Vec<Webhook>> {
        self.with(|db| webhooks(db)).await
    }

    pub(crate) async fn webhook(&self, id: String) -> anyhow::Result<Option<Webhook>> {
        self.with(move |db| {
            let mut query = db.prepare_cached("SELECT document FROM webhooks WHERE id = ?1")?;
            let document: Option<String> = query.query_row([id], |row| row.get(0)).optional()?;
            document.map(|document| webhook(&document)).transpose()
        })
        .await
    }

    /// Adds a webhook, or replaces the one of its id.
    pub(crate) async fn save(&self, webhook: Webhook) -> anyhow::Result<()> {
        self.with(move |db| {
            db.execute(
                "INSERT INTO webhooks (id, enabled, document) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET enabled = excluded.enabled, document = excluded.document",
                params![webhook.id, is_enabled(&webhook), serde_json::to_string(&webhook)?],
            )?;
            Ok(())
        })
        .await
    }

    /// Removes a webhook with its deliveries; whether there was one.
    pub(crate) async fn delete(&self, id: String) -> anyhow::Result<bool> {
        self.with(move |db| Ok(db.execute("DELETE FROM webhooks WHERE id = ?1", [id])? > 0)).await
    }

    /// Adds a delivery of `change` for each webhook that `listens`, all or none, and forgets what is over and was made
    /// before `forget_before`. Says how many deliveries that makes.
    pub(crate) async fn queue(
        &self,
        change: Event,
        listens: fn(&Webhook, &Event) -> bool,
        due_millis: i64,
        created_at: String,
        forget_before: String,
    ) -> anyhow::Result<usize> {
        self.with(move |db| {
            let transaction = db.transaction()?;
            transaction.execute(
                "DELETE FROM deliveries WHERE status IN ('success', 'failed') AND created_at < ?1",
                [forget_before],
            )?;
            let text = serde_json::to_string(&change)?;
            let mut count: usize = 0;
            for webhook in webhooks(&transaction)?.iter().filter(|webhook| listens(webhook, &change)) {
                insert(&transaction, &webhook.id, &change.event, &text, due_millis, &created_at)?;
                count = count.saturating_add(1);
            }
            transaction.commit()?;
            Ok(count)
        })
        .await
    }

    /// Writes down a delivery that was made outside the queue, by the test button.
    pub(crate) async fn log(&self, webhook: String, change: &Event, attempt: Attempt) -> anyhow::Result<()> {
        let (event, change) = (change.event.clone(), serde_json::to_string(change)?);
        self.with(move |db| {
            let transaction = db.transaction()?;
            let id = insert(&transaction, &webhook, &event, &change, 0, &attempt.began_at)?;
            record(&transaction, &id, &attempt)?;
            Ok(transaction.commit()?)
        })
        .await
    }

    /// The pending deliveries of webhooks that are enabled, the one that is due first at the front, `most` at most.
    pub(crate) async fn pending(&self, most: u32) -> anyhow::Result<Vec<Due>> {
        self.with(move |db| {
            let mut query = db.prepare_cached(
                "SELECT deliveries.id, due_millis, attempts, change, document
                 FROM deliveries JOIN webhooks ON webhooks.id = webhook_id
                 WHERE status = 'pending' AND enabled ORDER BY due_millis LIMIT ?1",
            )?;
            query
                .query_map([most], |row| {
                    Ok((
                        row.get(0)?,
                        row.get(1)?,
                        row.get(2)?,
                        row.get::<_, String>(3)?,
                        row.get::<_, String>(4)?,
                    ))
                })?
                .map(|row| {
                    let (id, millis, attempts, change, document) = row?;
                    let change = Event::parse(change.as_bytes()).context("a stored change")?;
                    Ok(Due { id, millis, attempts, change, webhook: webhook(&document)? })
                })
                .collect()
        })
        .await
    }

    /// Writes down what came of an attempt.
    pub(crate) async fn record(&self, id: String, attempt: Attempt) -> anyhow::Result<()> {
        self.with(move |db| Ok(record(db, &id, &attempt)?)).await
    }

    /// The webhook's log, the newest delivery first.
    pub(crate) async fn deliveries(&self, webhook: String, limit: u32) -> anyhow::Result<Vec<Logged>> {
        self.with(move |db| {
            let mut query = db.prepare_cached(
                "SELECT id, webhook_id, event, payload, status, status_code, response_body, error,
                     attempts, delivered_at, created_at, response_time_ms, attempted_at
                 FROM deliveries WHERE webhook_id = ?1 ORDER BY number DESC LIMIT ?2",
            )?;
            query.query_map(params![webhook, limit], |row| Ok(logged(row)))?.map(|row| row?).collect()
        })
        .await
    }
}

fn webhooks(db: &Connection) -> anyhow::Result<Vec<Webhook>> {
    let mut query = db.prepare_cached("SELECT document FROM webhooks ORDER BY number")?;
    query.query_map([], |row| row.get::<_, String>(0))?.map(|document| webhook(&document?)).collect()
}

fn insert(
    db: &Connection,
    webhook: &str,
    event: &str,
    change: &str,
    due_millis: i64,
    created_at: &str,
) -> rusqlite::Result<String> {
    let id = uuid::Uuid::new_v4().to_string();
    db.execute(
        "INSERT INTO deliveries
             (id, webhook_id, event, change, payload, status, attempts, due_millis, created_at)
         VALUES (?1, ?2, ?3, ?4, ?4, 'pending', 0, ?5, ?6)",
        params![id, webhook, event, change, due_millis, created_at],
    )?;
    Ok(id)
}

fn record(db: &Connection, id: &str, attempt: &Attempt) -> rusqlite::Result<()> {
    let status = match (attempt.is_success(), attempt.retry_at_millis) {
        (true, _) => DeliveryStatus::Success,
        (false, Some(_)) => DeliveryStatus::Pending,
        (false, None) => DeliveryStatus::Failed,
    };
    db.execute(
        "UPDATE deliveries SET attempts = attempts + 1, payload = ?2, status = ?3, status_code = ?4,
             response_body = ?5, response_time_ms = ?6, error = ?7, attempted_at = ?8, delivered_at = ?9,
             due_millis = coalesce(?10, due_millis)
         WHERE id = ?1",
        params![
            id,
            attempt.payload,
            status.as_str(),
            attempt.status_code,
            attempt.response_body,
            attempt.response_time_ms,
            attempt.error,
            attempt.began_at,
            attempt.is_success().then_some(&attempt.ended_at),
            attempt.retry_at_millis,
        ],
    )
    .map(drop)
}

fn logged(row: &Row<'_>) -> anyhow::Result<Logged> {
    Ok(Logged {
        id: row.get(0)?,
        webhook_id: row.get(1)?,
        event: row.get(2)?,
        payload: RawJson::new(row.get::<_, String>(3)?)?,
        status: row.get(4)?,
        status_code: row.get(5)?,
        response_body: row.get(6)?,
        error: row.get(7)?,
        attempt: row.get(8)?,
        delivered_at: row.get(9)?,
        created_at: row.get(10)?,
        response_time_ms: row.get(11)?,
        attempted_at: row.get(12)?,
    })
}

fn webhook(document: &str) -> anyhow::Result<Webhook> {
    serde_json::from_str(document).context("a stored webhook")
}

/// Whether the webhook sends anything.
pub(crate) fn is_enabled(webhook: &Webhook) -> bool {
    webhook.enabled.unwrap_or(true)
}
