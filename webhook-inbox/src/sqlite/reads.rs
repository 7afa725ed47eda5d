//! What an operator sees, read from snapshots that writers do not wait for.

use bytes::Bytes;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row, params_from_iter};
use webhook_core::{IdempotencyKey, UnixMillis};

use super::events::state;
use crate::{Attempt, AttemptStatus, DeadReason, Event, EventId, Filter, MAX_PAGE, Page, State};

const EVENT: &str =
    "SELECT id, source, kind, key, delivery_id, ordering_key, state, reason, attempts, series,
                         received_at, due_at, finished_at
                     FROM inbox_events";

pub(super) fn event(connection: &Connection, id: EventId) -> rusqlite::Result<Option<Event>> {
    let id = id.as_i64();
    let mut found = connection.prepare_cached(&format!("{EVENT} WHERE id = ?1"))?;
    let Some(event) = found.query_row([id], read_event).optional()? else { return Ok(None) };
    let mut body = connection.prepare_cached("SELECT body FROM inbox_bodies WHERE event = ?1")?;
    let body: Option<Vec<u8>> = body.query_row([id], |row| row.get(0)).optional()?;
    Ok(Some(Event { body: body.map(Bytes::from), ..event }))
}

pub(super) fn list(connection: &Connection, filter: &Filter, page: Page) -> rusqlite::Result<Vec<Event>> {
    let Conditions { sql, mut values } = Conditions::of(filter);
    let mut sql = format!("{EVENT} WHERE {sql}");
    if let Some(before) = page.before {
        sql.push_str(" AND id < ?");
        values.push(before.as_i64().into());
    }
    sql.push_str(" ORDER BY id DESC LIMIT ?");
    values.push(i64::try_from(page.limit.min(MAX_PAGE)).unwrap_or(i64::MAX).into());
    let mut statement = connection.prepare_cached(&sql)?;
    let events = statement.query_map(params_from_iter(values), read_event)?;
    events.collect()
}

/// The greatest number of an event; 0 if there is none.
pub(super) fn newest(connection: &Connection) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached("SELECT ifnull(max(id), 0) FROM inbox_events")?;
    statement.query_row([], |row| row.get(0))
}

/// Some of the finished events of a filter that have numbers over the first and up to the second, in their order.
pub(super) fn finished(
    connection: &Connection,
    filter: &Filter,
    (over, up_to): (i64, i64),
    limit: usize,
) -> rusqlite::Result<Vec<i64>> {
    let Conditions { sql, mut values } = Conditions::of(filter);
    let sql = format!(
        "SELECT id FROM inbox_events WHERE {sql} AND state >= 3 AND id > ? AND id <= ? ORDER BY id LIMIT ?"
    );
    values.extend([over.into(), up_to.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()]);
    let mut statement = connection.prepare_cached(&sql)?;
    let ids = statement.query_map(params_from_iter(values), |row| row.get(0))?;
    ids.collect()
}

/// A filter as a condition.
struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    fn of(filter: &Filter) -> Self {
        let mut conditions = Self { sql: "TRUE".to_owned(), values: Vec::new() };
        let text = |text: &Option<String>| text.clone().map(Value::from);
        let time = |time: Option<UnixMillis>| time.map(|time| Value::from(time.as_millis()));
        conditions.and("source = ?", text(&filter.source));
        conditions.and("kind = ?", text(&filter.kind));
        conditions.and("received_at >= ?", time(filter.since));
        conditions.and("received_at < ?", time(filter.until));
        match filter.state {
            // Spelt out, so that the index of the dead letters is seen to fit.
            Some(State::Dead) => conditions.sql.push_str(" AND state = 4"),
            state => conditions.and("state = ?", state.map(|state| i64::from(state.code()).into())),
        }
        conditions
    }

    fn and(&mut self, condition: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.sql.push_str(" AND ");
            self.sql.push_str(condition);
            self.values.push(value);
        }
    }
}

fn read_event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let id = EventId::from_i64(row.get(0)?);
    let received_at = UnixMillis::from_millis(row.get(10)?);
    let key: Option<String> = row.get(3)?;
    let reason: Option<String> = row.get(7)?;
    let due_at: Option<i64> = row.get(11)?;
    let finished_at: Option<i64> = row.get(12)?;
    Ok(Event {
        kind: row.get(2)?,
        key: key.map(IdempotencyKey::new),
        delivery_id: row.get(4)?,
        ordering_key: row.get(5)?,
        reason: reason.as_deref().and_then(DeadReason::of_str),
        attempts: row.get(8)?,
        series: row.get(9)?,
        due_at: due_at.map(UnixMillis::from_millis),
        finished_at: finished_at.map(UnixMillis::from_millis),
        ..Event::new(id, row.get(1)?, state(row, 6)?, received_at)
    })
}

pub(super) fn attempts(connection: &Connection, id: EventId) -> rusqlite::Result<Vec<Attempt>> {
    let mut statement = connection.prepare_cached(
        "SELECT series, attempt, worker, started_at, status, duration_ms, error
         FROM inbox_attempts WHERE event = ?1 ORDER BY token",
    )?;
    let read = |row: &Row<'_>| {
        let started_at = UnixMillis::from_millis(row.get(3)?);
        let status: String = row.get(4)?;
        let duration: Option<i64> = row.get(5)?;
        Ok(Attempt {
            status: AttemptStatus::of_str(&status).ok_or_else(|| wrong_text(4))?,
            duration_ms: duration.and_then(|duration| u64::try_from(duration).ok()),
            error: row.get(6)?,
            ..Attempt::new(row.get(0)?, row.get(1)?, row.get(2)?, started_at)
        })
    };
    let attempts = statement.query_map([id.as_i64()], read)?;
    attempts.collect()
}

fn wrong_text(column: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, String::new(), rusqlite::types::Type::Text)
}

/// What can be wrong with the store's own rows.
const RULES: [(&str, &str); 4] = [
    (
        "an unfinished event has no body",
        "SELECT 1 FROM inbox_events WHERE state < 3
             AND NOT EXISTS (SELECT 1 FROM inbox_bodies WHERE event = id) LIMIT 1",
    ),
    (
        "an event waits without a time",
        "SELECT 1 FROM inbox_events WHERE (state IN (1, 2)) <> (due_at IS NOT NULL) LIMIT 1",
    ),
    (
        "an event is blocked by none",
        "SELECT 1 FROM inbox_events AS blocked WHERE state = 0 AND NOT EXISTS (
             SELECT 1 FROM inbox_events AS ahead WHERE ahead.source = blocked.source
                 AND ahead.ordering_key = blocked.ordering_key AND ahead.state IN (1, 2)) LIMIT 1",
    ),
    (
        "two events of one ordering key are under way",
        "SELECT 1 FROM inbox_events WHERE state IN (1, 2) AND ordering_key IS NOT NULL
         GROUP BY source, ordering_key HAVING count(*) > 1 LIMIT 1",
    ),
];

/// What is wrong with the file and the store's rows; nothing, if all is well.
pub(super) fn problems(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    match look_for(connection) {
        // What stops the check is a problem as well.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
            Ok(vec!["the file is damaged so that it cannot be read to its end".to_owned()])
        }
        problems => problems,
    }
}

fn look_for(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let snapshot = connection.unchecked_transaction()?;
    let mut problems = Vec::new();
    {
        let mut check = snapshot.prepare("PRAGMA integrity_check")?;
        let mut rows = check.query([])?;
        while let Some(row) = rows.next()? {
            problems.push(row.get::<_, String>(0)?);
        }
        problems.retain(|problem| problem != "ok");
        for (problem, sql) in RULES {
            if snapshot.prepare(sql)?.exists([])? {
                problems.push(problem.to_owned());
            }
        }
    }
    snapshot.finish()?;
    Ok(problems)
}
