use std::collections::BTreeMap;

use deadpool_postgres::Object;
use tokio_postgres::types::ToSql;
use tokio_postgres::{IsolationLevel, Row};
use webhook_core::{IdempotencyKey, UnixMillis};

use super::database::{Database, Failure, count, rows, run, small};
use super::order::Orders;
use super::sql::SCANS;
use crate::admin::MAX_HOURS;
use crate::{
    Attempt, AttemptStatus, DeadReason, Event, EventId, Filter, Hour, Latency, MAX_PAGE, Page, Range, Replay,
    SourceStats, State, Stats, StoreError, Tally,
};

/// Most events that one transaction replays.
const MAX_REPLAYED: i64 = 500;

const EVENT: &str =
    "id, source, kind, key, delivery_id, ordering_key, state, reason, attempts, series, received_at,
    due_at, finished_at";

pub(super) async fn event(database: &Database, id: EventId) -> Result<Option<Event>, StoreError> {
    let sql = database.schema.sql(&format!(
        "SELECT {EVENT}, (SELECT body FROM {{s}}.bodies WHERE event = id) AS body FROM {{s}}.events WHERE id = $1"
    ));
    let found = database.rows(&sql, &[&id.as_i64()]).await?;
    let Some(row) = found.first() else { return Ok(None) };
    let mut event = event_of(row)?;
    event.body = row.try_get::<_, Option<Vec<u8>>>("body").map_err(Failure::from)?.map(Into::into);
    Ok(Some(event))
}

pub(super) async fn list(database: &Database, filter: &Filter, page: Page) -> Result<Vec<Event>, StoreError> {
    let conditions = Conditions::new(filter);
    let before = page.before.map_or(i64::MAX, EventId::as_i64);
    let limit = i64::try_from(page.limit.min(MAX_PAGE)).unwrap_or(i64::MAX);
    let (mut parameters, place) = conditions.parameters();
    parameters.push(&before);
    parameters.push(&limit);
    let sql = database.schema.sql(&format!(
        "SELECT {EVENT} FROM {{s}}.events WHERE {} AND id < ${place} ORDER BY id DESC LIMIT ${}",
        conditions.sql,
        place.saturating_add(1)
    ));
    let found = database.rows(&sql, &parameters).await?;
    Ok(found.iter().map(event_of).collect::<Result<_, Failure>>()?)
}

pub(super) async fn attempts(database: &Database, id: EventId) -> Result<Vec<Attempt>, StoreError> {
    let found = database.rows(&database.sql.attempts, &[&id.as_i64()]).await?;
    let attempt_of = |row: &Row| {
        let status =
            AttemptStatus::of_str(row.try_get("status")?).ok_or(Failure::Unknown("attempt's status"))?;
        let begun = Attempt::new(
            small(row.try_get("series")?),
            small(row.try_get("attempt")?),
            row.try_get("worker")?,
            UnixMillis::from_millis(row.try_get("started_at")?),
        );
        let duration_ms = row.try_get::<_, Option<i64>>("duration_ms")?.map(count);
        Ok(Attempt { status, duration_ms, error: row.try_get("error")?, ..begun })
    };
    Ok(found.iter().map(attempt_of).collect::<Result<_, Failure>>()?)
}

pub(super) async fn replay(database: &Database, what: &Replay) -> Result<u64, StoreError> {
    let (conditions, mut after, last) = match what {
        Replay::One(id) => (Conditions::all(), id.as_i64().saturating_sub(1), id.as_i64()),
        Replay::Matching(filter) => {
            // What is stored while this runs is not replayed, so that this has an end.
            let newest = database.schema.sql("SELECT COALESCE(max(id), 0) FROM {s}.events");
            let newest = database.rows(&newest, &[]).await?;
            let newest = newest.first().map(|row| row.try_get(0)).transpose().map_err(Failure::from)?;
            (Conditions::new(filter), 0, newest.unwrap_or(0))
        }
    };
    let mut replayed = 0_u64;
    loop {
        let step = run!(database, |connection| {
            replay_some(database, connection, &conditions, after, last).await
        })?;
        replayed = replayed.saturating_add(step.replayed);
        if step.replayed > 0 {
            database.changed();
        }
        match step.last {
            Some(seen) => after = seen,
            None => return Ok(replayed),
        }
    }
}

struct Replayed {
    replayed: u64,
    /// The last event that was looked at; none when there was none.
    last: Option<i64>,
}

async fn replay_some(
    database: &Database,
    connection: &mut Object,
    conditions: &Conditions<'_>,
    after: i64,
    last: i64,
) -> Result<Replayed, Failure> {
    let finished = format!(
        "{} AND state + 0 IN (3, 4) AND (SELECT event FROM {{s}}.bodies WHERE event = id) IS NOT NULL",
        conditions.sql
    );
    let (mut parameters, place) = conditions.parameters();
    let of_filter = parameters.len();
    parameters.push(&after);
    parameters.push(&last);
    parameters.push(&MAX_REPLAYED);
    let (second, third) = (place.saturating_add(1), place.saturating_add(2));
    // Locked, so that no purge takes a body between the two statements.
    let candidates = database.schema.sql(&format!(
        "SELECT id, source, ordering_key FROM {{s}}.events
        WHERE {finished} AND id > ${place} AND id <= ${second} ORDER BY id LIMIT ${third} FOR UPDATE"
    ));
    let transaction = connection.transaction().await?;
    let mut ids: Vec<i64> = Vec::new();
    let mut orders = Orders::default();
    for row in rows(&transaction, &candidates, &parameters).await? {
        ids.push(row.try_get("id")?);
        if let Some(key) = row.try_get("ordering_key")? {
            orders.insert(row.try_get("source")?, key);
        }
    }
    if ids.is_empty() {
        return Ok(Replayed { replayed: 0, last: None });
    }
    orders.lock(database, &transaction).await?;
    let ahead = database.ahead();
    parameters.truncate(of_filter);
    parameters.push(&ahead);
    parameters.push(&ids);
    let begin = database.schema.sql(&format!(
        "UPDATE {{s}}.events SET
            state = CASE WHEN ordering_key IS NULL THEN 1 ELSE 0 END,
            due_at = CASE WHEN ordering_key IS NULL
                THEN floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + ${place}::bigint END,
            attempts = 0, series = series + 1, token = token + 1, reason = NULL, finished_at = NULL
        WHERE {finished} AND id = ANY(${second}::bigint[])
        RETURNING id"
    ));
    let replayed = rows(&transaction, &begin, &parameters).await?.len();
    orders.unblock(database, &transaction).await?;
    transaction.commit().await?;
    Ok(Replayed { replayed: count(replayed), last: ids.last().copied() })
}

/// A filter as a condition. Only what it asks for is in it, so that the server can choose an index.
struct Conditions<'f> {
    sql: String,
    values: Vec<Box<dyn ToSql + Sync + Send + 'f>>,
}

impl<'f> Conditions<'f> {
    fn all() -> Self {
        Self { sql: String::from("true"), values: Vec::new() }
    }

    fn new(filter: &'f Filter) -> Self {
        let mut conditions = Self::all();
        conditions.add("source =", filter.source.as_deref());
        conditions.add("kind =", filter.kind.as_deref());
        conditions.add("received_at >=", filter.since.map(UnixMillis::as_millis));
        conditions.add("received_at <", filter.until.map(UnixMillis::as_millis));
        if let Some(state) = filter.state {
            // Dead letters are few and have an index. Others are read in the order of their numbers.
            let of_state = match state {
                State::Dead => String::from("state = 4 AND id > 0"),
                state => format!("state + 0 = {}", state.code()),
            };
            conditions.sql = format!("{} AND {of_state}", conditions.sql);
        }
        conditions
    }

    fn add(&mut self, comparison: &str, value: Option<impl ToSql + Sync + Send + 'f>) {
        if let Some(value) = value {
            self.values.push(Box::new(value));
            self.sql = format!("{} AND {comparison} ${}", self.sql, self.values.len());
        }
    }

    /// The values, and the number of the first parameter after them.
    fn parameters(&self) -> (Vec<&(dyn ToSql + Sync)>, usize) {
        let values = self.values.iter().map(|value| -> &(dyn ToSql + Sync) { &**value }).collect();
        (values, self.values.len().saturating_add(1))
    }
}

pub(super) async fn stats(database: &Database, range: Range) -> Result<Stats, StoreError> {
    Ok(run!(database, |connection| stats_once(database, connection, range).await)?)
}

async fn stats_once(database: &Database, connection: &mut Object, range: Range) -> Result<Stats, Failure> {
    let since = range.since.map_or(i64::MIN, UnixMillis::as_millis);
    let until = range.until.map_or(i64::MAX, UnixMillis::as_millis);
    // When they were finished is not kept, so they are in no part of the time.
    let with_purged = range == Range::all();
    // One moment for all of it, so that the counts fit together.
    let transaction = connection
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    transaction.batch_execute(SCANS).await?;

    let mut tallies = Vec::new();
    for row in rows(&transaction, &database.sql.tallies, &[&since, &until, &with_purged]).await? {
        let number = |column: usize| Ok::<_, Failure>(count(row.try_get::<_, i64>(column)?));
        tallies.push(Tally {
            processed: number(2)?,
            failed: number(3)?,
            retries: number(4)?,
            successes: number(5)?,
            success_ms: number(6)?,
            ..Tally::of(row.try_get::<_, String>(0)?, row.try_get(1)?)
        });
    }
    let mut sources: BTreeMap<String, SourceStats> = BTreeMap::new();
    for row in rows(&transaction, &database.sql.standings, &[&database.ahead(), &since, &until]).await? {
        let source = sources.entry(row.try_get(0)?).or_default();
        source.backlog = count(row.try_get::<_, i64>(1)?);
        source.oldest_waiting_ms = row.try_get::<_, Option<i64>>(2)?.map(count);
        source.dead = count(row.try_get::<_, i64>(3)?);
        let times: Option<Vec<i64>> = row.try_get(4)?;
        if let Some([p50, p95, p99]) = times.as_deref() {
            source.latency = Some(Latency::new(count(*p50), count(*p95), count(*p99)));
        }
    }
    let most = i64::try_from(MAX_HOURS).unwrap_or(i64::MAX);
    for row in rows(&transaction, &database.sql.hours, &[&since, &until, &most]).await? {
        let hour = Hour::new(
            UnixMillis::from_millis(row.try_get(1)?),
            count(row.try_get::<_, i64>(2)?),
            count(row.try_get::<_, i64>(3)?),
        );
        sources.entry(row.try_get(0)?).or_default().hours.push(hour);
    }
    transaction.commit().await?;
    Ok(Stats::new(&tallies, sources))
}

fn event_of(row: &Row) -> Result<Event, Failure> {
    let moment =
        |column: &str| Ok::<_, Failure>(row.try_get::<_, Option<i64>>(column)?.map(UnixMillis::from_millis));
    let state = State::of_code(row.try_get("state")?).ok_or(Failure::Unknown("state"))?;
    let reason = match row.try_get::<_, Option<&str>>("reason")? {
        Some(word) => Some(DeadReason::of_str(word).ok_or(Failure::Unknown("reason"))?),
        None => None,
    };
    let received_at = UnixMillis::from_millis(row.try_get("received_at")?);
    Ok(Event {
        kind: row.try_get("kind")?,
        key: row.try_get::<_, Option<String>>("key")?.map(IdempotencyKey::new),
        delivery_id: row.try_get("delivery_id")?,
        ordering_key: row.try_get("ordering_key")?,
        reason,
        attempts: small(row.try_get("attempts")?),
        series: small(row.try_get("series")?),
        due_at: moment("due_at")?,
        finished_at: moment("finished_at")?,
        ..Event::new(EventId::from_i64(row.try_get("id")?), row.try_get("source")?, state, received_at)
    })
}
