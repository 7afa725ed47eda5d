//! What an operator sees, read from snapshots that writers do not wait for.

use std::collections::BTreeMap;

use bytes::Bytes;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row, params, params_from_iter};
use webhook_core::{IdempotencyKey, UnixMillis};

use super::events::state;
use crate::{
    Attempt, AttemptStatus, DeadReason, Event, EventId, Filter, Hour, Latency, MAX_HOURS, MAX_PAGE, Page,
    Range, SourceStats, State, Stats, Tally,
};

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

pub(super) fn stats(connection: &Connection, range: Range, now: UnixMillis) -> rusqlite::Result<Stats> {
    // One snapshot for all the questions.
    let snapshot = connection.unchecked_transaction()?;
    let mut sources = backlogs(&snapshot, now)?;
    let tallies = tallies(&snapshot, range)?;
    latencies(&snapshot, range, &mut sources)?;
    hours(&snapshot, range, &mut sources)?;
    snapshot.finish()?;
    Ok(Stats::new(&tallies, sources))
}

/// The attempts of a range, with their events. Nearly all of them are read faster in the order of the table.
fn attempts_of(range: Range) -> String {
    let index = if range.since.is_none() { "NOT INDEXED" } else { "INDEXED BY inbox_attempts_started" };
    format!(
        "inbox_attempts {index} CROSS JOIN inbox_events ON id = event WHERE started_at >= ?1 AND started_at < ?2"
    )
}

/// The two ends of a range for `>=` and `<`.
fn ends(range: Range) -> [i64; 2] {
    let end = |moment: Option<UnixMillis>, open| moment.map_or(open, UnixMillis::as_millis);
    [end(range.since, i64::MIN), end(range.until, i64::MAX)]
}

/// Sources with finished events. It leaps from source to source, whatever their number of events.
const FINISHED_SOURCES: &str = "WITH RECURSIVE sources (source) AS (
        SELECT min(source) FROM inbox_events INDEXED BY inbox_events_finished WHERE finished_at IS NOT NULL
        UNION ALL
        SELECT (SELECT min(source) FROM inbox_events INDEXED BY inbox_events_finished
                WHERE finished_at IS NOT NULL AND source > sources.source)
        FROM sources WHERE source IS NOT NULL
    )";

/// Finished events of a part of the time.
const FINISHED: &str = "sources CROSS JOIN inbox_events AS event INDEXED BY inbox_events_finished
        ON event.source = sources.source AND finished_at >= ?1 AND finished_at < ?2";

/// What waits now: how much, and the first of it.
const WAITING: &str =
    "SELECT source, events, (SELECT received_at FROM inbox_events WHERE id = first), 0 FROM (
        SELECT source, sum(events) AS events, min(first) AS first FROM (
            SELECT source, count(*) AS events, min(id) AS first
            FROM inbox_events INDEXED BY inbox_events_due WHERE due_at IS NOT NULL GROUP BY source
            UNION ALL
            SELECT source, count(*), min(id) FROM inbox_events INDEXED BY inbox_events_order
            WHERE ordering_key IS NOT NULL AND state < 3 AND due_at IS NULL GROUP BY source)
        GROUP BY source)";

/// The dead letters now, and the sources that have nothing left to do.
const DEAD: &str = "SELECT source, 0, NULL, count(*) FROM inbox_events INDEXED BY inbox_events_dead
        WHERE state = 4 GROUP BY source
    UNION ALL
    SELECT source, 0, NULL, 0 FROM sources WHERE source IS NOT NULL";

fn backlogs(connection: &Connection, now: UnixMillis) -> rusqlite::Result<BTreeMap<String, SourceStats>> {
    let mut sources: BTreeMap<String, SourceStats> = BTreeMap::new();
    let mut statement =
        connection.prepare_cached(&format!("{FINISHED_SOURCES} {WAITING} UNION ALL {DEAD}"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let source = sources.entry(row.get(0)?).or_default();
        source.backlog = source.backlog.saturating_add(count(row.get(1)?));
        source.dead = source.dead.saturating_add(count(row.get(3)?));
        let oldest: Option<i64> = row.get(2)?;
        let waiting = oldest.map(|oldest| count(now.as_millis().saturating_sub(oldest)));
        source.oldest_waiting_ms = source.oldest_waiting_ms.or(waiting);
    }
    Ok(sources)
}

fn tallies(connection: &Connection, range: Range) -> rusqlite::Result<Vec<Tally>> {
    let mut tallies: BTreeMap<(String, Option<String>), Tally> = BTreeMap::new();
    let mut of = |row: &Row<'_>, add: fn(&mut Tally, &[u64])| {
        let kind: (String, Option<String>) = (row.get(0)?, row.get(1)?);
        let counts = (2..row.as_ref().column_count()).map(|column| row.get(column).map(count));
        let counts: Vec<u64> = counts.collect::<rusqlite::Result<_>>()?;
        let tally = tallies.entry(kind).or_insert_with_key(|(source, kind)| Tally::of(source, kind.clone()));
        add(tally, &counts);
        Ok::<_, rusqlite::Error>(())
    };
    let [since, until] = ends(range);

    let mut finished = connection.prepare_cached(&format!(
        "{FINISHED_SOURCES}
         SELECT event.source, kind, count(*) FILTER (WHERE state = 3), count(*) FILTER (WHERE state = 4)
         FROM {FINISHED} GROUP BY event.source, kind"
    ))?;
    let mut rows = finished.query([since, until])?;
    while let Some(row) = rows.next()? {
        of(row, add_finished)?;
    }

    let mut tried = connection.prepare_cached(&format!(
        "SELECT source, kind, count(*) FILTER (WHERE attempt > 1 AND status <> 'released'),
             count(*) FILTER (WHERE status = 'succeeded'),
             CAST(total(duration_ms) FILTER (WHERE status = 'succeeded') AS INTEGER)
         FROM {} GROUP BY source, kind",
        attempts_of(range)
    ))?;
    let mut rows = tried.query([since, until])?;
    while let Some(row) = rows.next()? {
        of(row, add_tried)?;
    }

    // When they were finished is not kept, so they are in no part of the time.
    if range == Range::all() {
        let mut purged = connection.prepare_cached(
            "SELECT source, kind, processed, failed, retries, successes, success_ms FROM inbox_purged",
        )?;
        let mut rows = purged.query([])?;
        while let Some(row) = rows.next()? {
            of(row, |tally, counts| {
                let (finished, tried) = counts.split_at_checked(2).unwrap_or_default();
                add_finished(tally, finished);
                add_tried(tally, tried);
            })?;
        }
    }
    Ok(tallies.into_values().collect())
}

fn add_finished(tally: &mut Tally, counts: &[u64]) {
    if let [processed, failed] = counts {
        tally.processed = tally.processed.saturating_add(*processed);
        tally.failed = tally.failed.saturating_add(*failed);
    }
}

fn add_tried(tally: &mut Tally, counts: &[u64]) {
    if let [retries, successes, success_ms] = counts {
        tally.retries = tally.retries.saturating_add(*retries);
        tally.successes = tally.successes.saturating_add(*successes);
        tally.success_ms = tally.success_ms.saturating_add(*success_ms);
    }
}

/// Percentiles by nearest rank.
fn latencies(
    connection: &Connection,
    range: Range,
    sources: &mut BTreeMap<String, SourceStats>,
) -> rusqlite::Result<()> {
    let [since, until] = ends(range);
    let mut statement = connection.prepare_cached(&format!(
        "{FINISHED_SOURCES}
         SELECT source, max(took) FILTER (WHERE place = (events * 50 + 99) / 100),
             max(took) FILTER (WHERE place = (events * 95 + 99) / 100),
             max(took) FILTER (WHERE place = (events * 99 + 99) / 100)
         FROM (SELECT source, took, row_number() OVER (PARTITION BY source ORDER BY took) AS place,
                   count(*) OVER (PARTITION BY source) AS events
               FROM (SELECT event.source AS source, max(finished_at - received_at, 0) AS took
                     FROM {FINISHED} WHERE state = 3))
         GROUP BY source"
    ))?;
    let mut rows = statement.query([since, until])?;
    while let Some(row) = rows.next()? {
        let source: String = row.get(0)?;
        let latency = Latency::new(count(row.get(1)?), count(row.get(2)?), count(row.get(3)?));
        sources.entry(source).or_default().latency = Some(latency);
    }
    Ok(())
}

fn hours(
    connection: &Connection,
    range: Range,
    sources: &mut BTreeMap<String, SourceStats>,
) -> rusqlite::Result<()> {
    const HOUR: i64 = 3_600_000;
    let failures: Vec<String> = AttemptStatus::ALL
        .into_iter()
        .filter(|status| status.is_failure())
        .map(|status| format!("'{}'", status.as_str()))
        .collect();
    let mut statement = connection.prepare_cached(&format!(
        "SELECT source, started_at - ((started_at % ?3) + ?3) % ?3 AS hour, count(*),
             count(*) FILTER (WHERE status IN ({}))
         FROM {} GROUP BY source, hour ORDER BY source, hour DESC",
        failures.join(", "),
        attempts_of(range)
    ))?;
    let [since, until] = ends(range);
    let mut rows = statement.query(params![since, until, HOUR])?;
    while let Some(row) = rows.next()? {
        let source: String = row.get(0)?;
        let hours = &mut sources.entry(source).or_default().hours;
        if hours.len() < MAX_HOURS {
            let begins = UnixMillis::from_millis(row.get(1)?);
            hours.push(Hour::new(begins, count(row.get(2)?), count(row.get(3)?)));
        }
    }
    Ok(())
}

/// Counts and differences of times; below zero there are none.
fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
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
