use std::future::poll_fn;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::claim::Seeks;
use super::database::{Database, Failure};
use crate::{Route, StoreError};

/// How long a wait is at most while no other process can end it.
const DEAF: Duration = Duration::from_secs(1);

/// Waits between attempts to listen again, which double.
const FIRST_RETRY: Duration = Duration::from_millis(50);
const LAST_RETRY: Duration = Duration::from_secs(10);

/// How often the listening connection is tried, so that one that was cut without a word is noticed.
const PROBE: Duration = Duration::from_secs(30);

/// The least time between two notifications: whatever is stored in it is told by the second.
const GAP: Duration = Duration::from_millis(5);

pub(super) async fn wakeup(
    database: &Database,
    routes: &[Route],
    at_most: Duration,
) -> Result<(), StoreError> {
    // First listen, then look: what changes in between is not missed.
    let mut changes = database.changes.subscribe();
    let mut wait = at_most;
    if !database.listening.load(Ordering::Acquire) {
        wait = wait.min(DEAF);
    }
    let seeks = Seeks::new(routes);
    if !seeks.is_empty() {
        let ahead = database.ahead();
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&ahead];
        parameters.extend(seeks.parameters());
        let due = database.rows(&database.sql.next_due, &parameters).await?;
        let due: Option<i64> =
            due.first().and_then(|row| row.try_get(0).transpose()).transpose().map_err(Failure::from)?;
        if let Some(due) = due {
            wait = wait.min(Duration::from_millis(u64::try_from(due).unwrap_or(0)));
        }
    }
    // The sender lives as long as the store, so the only end of the wait beside the time is a change.
    let _ = tokio::time::timeout(wait, changes.changed()).await;
    Ok(())
}

/// The tasks that tell other processes and hear from them. They end with this.
#[derive(Debug)]
pub(super) struct Ears(Vec<AbortHandle>);

impl Ears {
    pub(super) fn new(database: &Arc<Database>, config: Config, tls: MakeRustlsConnect) -> Self {
        // What this store tells the others comes back to it, and is known by this.
        let name = format!("{:x}", RandomState::new().hash_one(0));
        Self(vec![
            tokio::spawn(announce(Arc::clone(database), name.clone())).abort_handle(),
            tokio::spawn(listen(Arc::clone(database), config, tls, name)).abort_handle(),
        ])
    }
}

impl Drop for Ears {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

/// Notifies apart from the transactions that have something to tell: the server commits those that notify one after
/// the other, and so without sharing a write to the disk.
async fn announce(database: Arc<Database>, name: String) {
    const NOTIFY: &str = "SELECT pg_notify($1, $2)";
    loop {
        database.announce.notified().await;
        let parameters: [&(dyn ToSql + Sync); 2] = [&database.schema.name(), &name];
        let told: Result<_, Failure> = database.rows(NOTIFY, &parameters).await;
        if let Err(failure) = told {
            tracing::debug!(error = %StoreError::from(failure), "other processes hear of new events later");
        }
        tokio::time::sleep(GAP).await;
    }
}

async fn listen(database: Arc<Database>, config: Config, tls: MakeRustlsConnect, name: String) {
    let mut retry = FIRST_RETRY;
    loop {
        let ended = hear(&database, &config, &tls, &name).await;
        if database.listening.swap(false, Ordering::AcqRel) {
            retry = FIRST_RETRY;
        }
        tracing::debug!(error = %StoreError::from(ended), "not listening for new events of other processes");
        tokio::time::sleep(retry).await;
        retry = retry.saturating_mul(2).min(LAST_RETRY);
    }
}

/// Listens until the connection ends, and tells why it did.
async fn hear(database: &Database, config: &Config, tls: &MakeRustlsConnect, name: &str) -> Failure {
    let (client, mut connection) = match config.connect(tls.clone()).await {
        Ok(connected) => connected,
        Err(error) => return error.into(),
    };
    let messages = async {
        loop {
            match poll_fn(|context| connection.poll_message(context)).await {
                Some(Ok(AsyncMessage::Notification(notification))) if notification.payload() != name => {
                    database.changes.send_modify(|changes| *changes = changes.wrapping_add(1));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Failure::from(error),
                None => return Failure::Closed,
            }
        }
    };
    let listening = async {
        if let Err(error) = client.batch_execute(&database.schema.sql("LISTEN {s}")).await {
            return Failure::from(error);
        }
        database.listening.store(true, Ordering::Release);
        // What came while nobody listened was not heard.
        database.changes.send_modify(|changes| *changes = changes.wrapping_add(1));
        loop {
            tokio::time::sleep(PROBE).await;
            match tokio::time::timeout(database.patience, client.batch_execute("")).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return error.into(),
                Err(elapsed) => return elapsed.into(),
            }
        }
    };
    tokio::select! {
        ended = messages => ended,
        ended = listening => ended,
    }
}
