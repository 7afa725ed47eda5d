use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use deadpool_postgres::{GenericClient, Object, Pool, PoolError, TimeoutType};
use tokio::sync::{Notify, watch};
use tokio::time::error::Elapsed;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::schema::Schema;
use super::sql::Sql;
use crate::clock::millis;
use crate::{Clock, StoreError};

/// How often a statement is run again that met a deadlock or a change by another one.
pub(super) const MAX_TRIES: u32 = 8;

/// Longest wait or lease: a hundred years, so that a sum of times never overflows.
const MAX_MILLIS: i64 = 100 * 366 * 24 * 3_600_000;

/// Runs statements on a connection, again when they met a deadlock, and gives up in time.
macro_rules! run {
    ($database:expr, |$connection:ident| $work:expr) => {{
        let mut tries = 0_u32;
        loop {
            let mut connection = match $database.connection().await {
                Ok(connection) => connection,
                Err(failure) => break Err(failure),
            };
            let outcome = {
                let $connection = &mut connection;
                tokio::time::timeout($database.patience, async { $work }).await
            };
            match outcome {
                Ok(Err(failure)) if failure.passes() && tries < $crate::postgres::database::MAX_TRIES => {
                    tries = tries.saturating_add(1);
                    drop(connection);
                    // Apart from each other, so that those who met do not meet again.
                    let wait = std::time::Duration::from_millis(u64::from(tries.saturating_mul(3)));
                    tokio::time::sleep(wait).await;
                }
                Ok(Err(failure)) if failure.is_about_the_server() => {
                    $database.leave(connection);
                    break Err(failure);
                }
                Ok(outcome) => break outcome,
                Err(elapsed) => {
                    // What the server still does on this connection is not waited for.
                    $database.leave(connection);
                    break Err($crate::postgres::database::Failure::from(elapsed));
                }
            }
        }
    }};
}
pub(super) use run;

/// What all parts of the store share.
pub(super) struct Database {
    pub(super) pool: Pool,
    pub(super) schema: Schema,
    pub(super) sql: Sql,
    pub(super) clock: Clock,
    /// For how long a call may take.
    pub(super) patience: Duration,
    /// Changes when an event may have become due.
    pub(super) changes: watch::Sender<u64>,
    /// Tells the other processes so.
    pub(super) announce: Notify,
    /// Whether they can tell this one.
    pub(super) listening: AtomicBool,
}

impl Database {
    /// By how much the store's time is ahead of the server's.
    pub(super) fn ahead(&self) -> i64 {
        self.clock.advanced()
    }

    /// An event may have become due.
    pub(super) fn changed(&self) {
        self.changes.send_modify(|changes| *changes = changes.wrapping_add(1));
        self.announce.notify_one();
    }

    pub(super) async fn connection(&self) -> Result<Object, Failure> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(TimeoutType::Wait) => Failure::Full,
            PoolError::Closed => Failure::Closed,
            error => Failure::Connection(Arc::new(error)),
        })
    }

    /// Closes a connection, and with it those that wait in the pool: they lead to the same server, and would fail one
    /// after the other. The next call connects anew.
    pub(super) fn leave(&self, connection: Object) {
        drop(Object::take(connection));
        drop(self.pool.retain(|_, _| false));
    }

    /// Runs one statement.
    pub(super) async fn rows(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Failure> {
        run!(self, |connection| rows(&*connection, sql, parameters).await)
    }
}

/// Why statements failed. It can be told to several callers.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    Database(Arc<tokio_postgres::Error>),
    Connection(Arc<PoolError>),
    Elapsed(Arc<Elapsed>),
    /// All connections were in use for too long.
    Full,
    /// They were when a part of the work was done.
    Busy,
    Closed,
    /// A word or number in the tables that has no meaning to this release.
    Unknown(&'static str),
    Unsupported(&'static str),
    LeaseLost,
}

impl Failure {
    /// Whether the same statements may succeed at once.
    pub(super) fn passes(&self) -> bool {
        self.code().is_some_and(|code| {
            [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE].contains(code)
        })
    }

    /// Whether the server refused what was in the statement, so that others may succeed.
    pub(super) fn is_about_the_data(&self) -> bool {
        const DATA_EXCEPTION: &str = "22";
        const LIMIT_EXCEEDED: &str = "54";
        self.code().is_some_and(|code| {
            [DATA_EXCEPTION, LIMIT_EXCEEDED].iter().any(|class| code.code().starts_with(class))
        })
    }

    /// Whether this server, or this connection to it, is of no more use: it has become a standby or read-only, or ends.
    pub(super) fn is_about_the_server(&self) -> bool {
        const OPERATOR_INTERVENTION: &str = "57P";
        self.code().is_some_and(|code| {
            *code == SqlState::READ_ONLY_SQL_TRANSACTION || code.code().starts_with(OPERATOR_INTERVENTION)
        })
    }

    fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Database(error) => error.code(),
            _ => None,
        }
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

impl From<Elapsed> for Failure {
    fn from(error: Elapsed) -> Self {
        Self::Elapsed(Arc::new(error))
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Database(error) => match error.as_db_error() {
                Some(refusal) => Self::unavailable(Refusal {
                    code: refusal.code().clone(),
                    message: refusal.message().to_owned(),
                }),
                None => Self::unavailable(error),
            },
            Failure::Connection(error) => Self::unavailable(error),
            Failure::Elapsed(error) => Self::unavailable(error),
            Failure::Full => Self::Full,
            Failure::Busy => Self::unavailable("no connection was free for the rest of the work"),
            Failure::Closed => Self::Closed,
            Failure::Unknown(what) => Self::unavailable(format!("the inbox's tables have an unknown {what}")),
            Failure::Unsupported(what) => Self::Unsupported(what),
            Failure::LeaseLost => Self::LeaseLost,
        }
    }
}

/// What the server said, without the details, which may quote a row.
#[derive(Debug, thiserror::Error)]
#[error("{message} (SQLSTATE {})", code.code())]
struct Refusal {
    code: SqlState,
    message: String,
}

/// Runs a statement that the connection prepares once.
pub(super) async fn rows(
    client: &impl GenericClient,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, Failure> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, parameters).await?)
}

/// A duration as the statements take it.
pub(super) fn span(duration: Duration) -> i64 {
    millis(duration).min(MAX_MILLIS)
}

/// A count that the database has as a signed number.
pub(super) fn count<N: TryInto<u64>>(number: N) -> u64 {
    number.try_into().unwrap_or(0)
}

pub(super) fn small(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}
