//! Counts and times, read from one snapshot.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};
use webhook_core::UnixMillis;

use crate::{AttemptStatus, Hour, Latency, MAX_HOURS, Range, SourceStats, Stats, Tally};

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

#[cfg(test)]
mod tests {
    use super::*;

    /// What keeps statistics of an hour short beside years of events.
    #[test]
    fn a_part_of_the_time_is_sought() {
        let connection = Connection::open_in_memory().unwrap();
        for schema in [include_str!("schema/1.sql"), include_str!("schema/2.sql")] {
            connection.execute_batch(schema).unwrap();
        }
        let attempts = attempts_of(Range::since(UnixMillis::from_millis(0)));
        for (sql, table, index) in [
            (format!("{FINISHED_SOURCES} SELECT kind FROM {FINISHED}"), "event", "inbox_events_finished"),
            (format!("SELECT source FROM {attempts}"), "inbox_attempts", "inbox_attempts_started"),
        ] {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            // Parameters that are not bound are NULL; the plan does not depend on them.
            let steps =
                plan.raw_query().mapped(|row| row.get(3)).collect::<Result<Vec<String>, _>>().unwrap();
            let sought = format!("SEARCH {table} USING COVERING INDEX {index} (");
            assert!(steps.iter().any(|step| step.starts_with(&sought)), "{steps:?}");
            assert!(!steps.iter().any(|step| step.starts_with("SCAN inbox_")), "{steps:?}");
        }
    }
}
