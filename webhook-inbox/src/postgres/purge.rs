use deadpool_postgres::Object;

use super::database::{Database, Failure, count, rows, run, span};
use crate::{Purged, Retention, StoreError};

/// Most rows that one transaction changes.
const MAX_ROWS: i64 = 1000;

pub(super) async fn purge(database: &Database, retention: &Retention) -> Result<Purged, StoreError> {
    let mut purged = Purged::default();
    let sources = database.rows(&database.sql.sources, &[]).await?;
    for row in sources {
        let source: &str = row.try_get(0).map_err(Failure::from)?;
        let keep = *retention.sources.get(source).unwrap_or(&retention.default);
        // The keys first: an event whose key and body end at once goes altogether.
        loop {
            let keys = span(keep.keys);
            let ended = run!(database, |connection| purge_keys(database, connection, source, keys).await)?;
            purged.keys = purged.keys.saturating_add(ended);
            if ended < count(MAX_ROWS) {
                break;
            }
        }
        let kept = [(&database.sql.purge_done, Some(keep.bodies)), (&database.sql.purge_dead, keep.dead)];
        for (sql, kept) in kept {
            let Some(kept) = kept else { continue };
            let kept = span(kept);
            let mut after = (i64::MIN, 0);
            loop {
                let step = run!(database, |connection| {
                    purge_bodies(database, connection, sql, source, kept, after).await
                })?;
                purged.bodies = purged.bodies.saturating_add(step.bodies);
                match step.last {
                    Some(last) => after = last,
                    None => break,
                }
            }
        }
    }
    Ok(purged)
}

async fn purge_keys(
    database: &Database,
    connection: &Object,
    source: &str,
    keys: i64,
) -> Result<u64, Failure> {
    let statement = connection.prepare_cached(&database.sql.purge_keys).await?;
    Ok(connection.execute(&statement, &[&database.ahead(), &source, &keys, &MAX_ROWS]).await?)
}

struct Step {
    bodies: u64,
    /// When the last one was finished, and its number; none when that was all.
    last: Option<(i64, i64)>,
}

async fn purge_bodies(
    database: &Database,
    connection: &Object,
    sql: &str,
    source: &str,
    kept: i64,
    after: (i64, i64),
) -> Result<Step, Failure> {
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&database.ahead(), &source, &kept, &after.0, &after.1, &MAX_ROWS];
    let mut step = Step { bodies: 0, last: None };
    for row in rows(connection, sql, &parameters).await? {
        step.last = Some((row.try_get(0)?, row.try_get(1)?));
        step.bodies = step.bodies.saturating_add(u64::from(row.try_get::<_, bool>(2)?));
    }
    Ok(step)
}
