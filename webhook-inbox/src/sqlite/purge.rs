//! Forgetting what is older than the retention, in steps: the table is looked through on the reader, some thousand
//! rows at a time, and what is due is removed in small batches that share the writer's commits.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use webhook_core::UnixMillis;

use super::events::state;
use crate::clock::between;
use crate::{Keep, Purged, Retention, State};

/// Rows that are looked at in one read.
const STEP: usize = 4096;

/// What decides about one event.
struct Aged {
    id: i64,
    source: String,
    kind: Option<String>,
    has_key: bool,
    state: State,
    received_at: UnixMillis,
    finished_at: Option<UnixMillis>,
}

/// What is due of one event.
#[derive(Clone, Copy)]
struct Verdict {
    key: bool,
    body: bool,
    row: bool,
}

impl Aged {
    const SELECT: &str =
        "SELECT id, source, kind, key IS NOT NULL, state, received_at, finished_at FROM inbox_events";

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let finished_at: Option<i64> = row.get(6)?;
        Ok(Self {
            id: row.get(0)?,
            source: row.get(1)?,
            kind: row.get(2)?,
            has_key: row.get(3)?,
            state: state(row, 4)?,
            received_at: UnixMillis::from_millis(row.get(5)?),
            finished_at: finished_at.map(UnixMillis::from_millis),
        })
    }

    fn judge(&self, retention: &Retention, now: UnixMillis) -> Verdict {
        let keep: &Keep = retention.sources.get(&self.source).unwrap_or(&retention.default);
        let key = self.has_key && between(self.received_at, now) >= keep.keys;
        let kept = if self.state == State::Dead { keep.dead } else { Some(keep.bodies) };
        let body =
            kept.zip(self.finished_at).is_some_and(|(kept, finished_at)| between(finished_at, now) >= kept);
        // The row of an event without its body stays while its key tells duplicates.
        Verdict { key, body, row: body && (key || !self.has_key) }
    }
}

/// The next events over `from` of which something may be due, and where to look on; `None` at the end.
pub(super) fn aged(
    connection: &Connection,
    retention: &Retention,
    now: UnixMillis,
    from: i64,
) -> rusqlite::Result<(Vec<i64>, Option<i64>)> {
    let mut statement =
        connection.prepare_cached(&format!("{} WHERE id > ?1 ORDER BY id LIMIT ?2", Aged::SELECT))?;
    let mut body = connection.prepare_cached("SELECT 1 FROM inbox_bodies WHERE event = ?1")?;
    let mut rows = statement.query(params![from, i64::try_from(STEP).unwrap_or(i64::MAX)])?;
    let (mut due, mut seen, mut last) = (Vec::new(), 0_usize, from);
    while let Some(row) = rows.next()? {
        let aged = Aged::read(row)?;
        let verdict = aged.judge(retention, now);
        if verdict.key || verdict.row || (verdict.body && body.exists([aged.id])?) {
            due.push(aged.id);
        }
        last = aged.id;
        seen = seen.saturating_add(1);
    }
    Ok((due, (seen == STEP).then_some(last)))
}

/// Removes what is due of these events.
pub(super) fn purge(
    connection: &Connection,
    retention: &Retention,
    now: UnixMillis,
    ids: &[i64],
) -> rusqlite::Result<Purged> {
    let mut purged = Purged::default();
    let mut find = connection.prepare_cached(&format!("{} WHERE id = ?1", Aged::SELECT))?;
    for id in ids {
        // It may have been replayed since it was looked at.
        let Some(aged) = find.query_row([id], Aged::read).optional()? else { continue };
        let verdict = aged.judge(retention, now);
        if verdict.key {
            connection.prepare_cached("UPDATE inbox_events SET key = NULL WHERE id = ?1")?.execute([id])?;
            purged.keys = purged.keys.saturating_add(1);
        }
        if verdict.body {
            let bodies =
                connection.prepare_cached("DELETE FROM inbox_bodies WHERE event = ?1")?.execute([id])?;
            purged.bodies = purged.bodies.saturating_add(u64::try_from(bodies).unwrap_or(0));
        }
        if verdict.row {
            remove(connection, &aged)?;
        }
    }
    Ok(purged)
}

/// Removes an event and its attempts. What statistics count of them stays counted.
fn remove(connection: &Connection, aged: &Aged) -> rusqlite::Result<()> {
    let done = aged.state == State::Done;
    connection
        .prepare_cached(
            "INSERT INTO inbox_purged (source, kind, processed, failed, retries, successes, success_ms)
             SELECT ?2, ?3, ?4, ?5, count(*) FILTER (WHERE attempt > 1 AND status <> 'released'),
                 count(*) FILTER (WHERE status = 'succeeded'),
                 CAST(total(duration_ms) FILTER (WHERE status = 'succeeded') AS INTEGER)
             FROM inbox_attempts WHERE event = ?1
             ON CONFLICT (source, ifnull(kind, ''), kind IS NULL) DO UPDATE SET
                 processed = processed + excluded.processed, failed = failed + excluded.failed,
                 retries = retries + excluded.retries, successes = successes + excluded.successes,
                 success_ms = success_ms + excluded.success_ms",
        )?
        .execute(params![aged.id, aged.source, aged.kind, done, !done])?;
    connection.prepare_cached("DELETE FROM inbox_attempts WHERE event = ?1")?.execute([aged.id])?;
    connection.prepare_cached("DELETE FROM inbox_events WHERE id = ?1")?.execute([aged.id])?;
    Ok(())
}
