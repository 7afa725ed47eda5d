//! What changes events, each within the writer's transaction or the user's own.

use std::time::Duration;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use webhook_core::{IdempotencyKey, UnixMillis};

use super::lanes::due;
use crate::clock::{after, between, millis};
use crate::{
    AttemptStatus, Claim, Claimed, Claims, DeadReason, Duplicate, EventId, Lease, MAX_CLAIM, NewEvent,
    Outcome, Receipt, Settled, Settlement, State,
};

/// Longest run of an attempt that is told apart, in milliseconds: 34 years, so that sums of them stay in their column.
const LONGEST: i64 = 1 << 40;

/// An event that is to be stored, and the digest of its body.
pub(super) struct Incoming {
    pub(super) event: NewEvent,
    pub(super) digest: [u8; 32],
}

pub(super) fn accept(
    connection: &Connection,
    now: UnixMillis,
    incoming: &[Incoming],
) -> rusqlite::Result<Vec<Receipt>> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO inbox_events
             (source, kind, key, delivery_id, ordering_key, answer, digest, state, received_at, series_began, due_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)",
    )?;
    let mut insert_body =
        connection.prepare_cached("INSERT INTO inbox_bodies (event, body) VALUES (?1, ?2)")?;
    let store = |Incoming { event, digest }: &Incoming| {
        let key = event.idempotency_key().map(IdempotencyKey::as_str);
        // Nobody else writes before the end of the transaction, so what is not there now is new.
        if let Some(duplicate) = duplicate(connection, event.source_name(), key, digest)? {
            return Ok(Receipt::Duplicate(duplicate));
        }
        let state = first_state(connection, event.source_name(), event.ordering_key())?;
        insert.execute(params![
            event.source_name(),
            event.kind_name(),
            key,
            event.delivery_id(),
            event.ordering_key(),
            event.answer_text(),
            digest,
            state.code(),
            now.as_millis(),
            due_in(state, now),
        ])?;
        let id = connection.last_insert_rowid();
        insert_body.execute(params![id, &event.body()[..]])?;
        Ok(Receipt::New(EventId::from_i64(id)))
    };
    incoming.iter().map(store).collect()
}

fn duplicate(
    connection: &Connection,
    source: &str,
    key: Option<&str>,
    digest: &[u8; 32],
) -> rusqlite::Result<Option<Duplicate>> {
    let Some(key) = key else { return Ok(None) };
    let sql = "SELECT id, state, digest = ?3, answer FROM inbox_events WHERE source = ?1 AND key = ?2";
    let read = |row: &Row<'_>| {
        Ok(Duplicate::new(EventId::from_i64(row.get(0)?), state(row, 1)?, row.get(2)?, row.get(3)?))
    };
    connection.prepare_cached(sql)?.query_row(params![source, key, digest], read).optional()
}

/// Pending, unless an unfinished event of the same ordering key comes first.
fn first_state(connection: &Connection, source: &str, ordering_key: Option<&str>) -> rusqlite::Result<State> {
    let Some(ordering_key) = ordering_key else { return Ok(State::Pending) };
    let sql = "SELECT 1 FROM inbox_events INDEXED BY inbox_events_order
               WHERE source = ?1 AND ordering_key = ?2 AND state < 3 LIMIT 1";
    let blocked = connection.prepare_cached(sql)?.exists([source, ordering_key])?;
    Ok(if blocked { State::Blocked } else { State::Pending })
}

fn due_in(state: State, now: UnixMillis) -> Option<i64> {
    (state == State::Pending).then_some(now.as_millis())
}

pub(super) fn claim(connection: &Connection, now: UnixMillis, claim: &Claim) -> rusqlite::Result<Claims> {
    let mut claims = Claims::default();
    for due in due(connection, &claim.routes, now, claim.max.min(MAX_CLAIM))? {
        let Some(found) = Found::by_id(connection, due.id)? else { continue };
        let cut_off = found.state == State::Leased;
        if cut_off {
            end_attempt(connection, due.id, found.token, AttemptStatus::CutOff, None, None)?;
        }
        let used_up = found.attempts >= due.max_attempts;
        let body = if used_up { None } else { body(connection, due.id)? };
        let Some(body) = body else {
            let reason = match (used_up, cut_off) {
                (false, _) => {
                    tracing::error!(event = due.id, "an event has lost its body, and is a dead letter");
                    DeadReason::Permanent
                }
                (true, true) => DeadReason::Crashed,
                (true, false) => DeadReason::Attempts,
            };
            finish(connection, due.id, &found, State::Dead, Some(reason), now)?;
            claims.buried.push(EventId::from_i64(due.id));
            continue;
        };
        claims.events.push(begin_attempt(connection, now, claim, (due.id, body), found)?);
    }
    Ok(claims)
}

/// None when it was damaged or deleted: an event that waits has one.
fn body(connection: &Connection, id: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut body = connection.prepare_cached("SELECT body FROM inbox_bodies WHERE event = ?1")?;
    body.query_row([id], |row| row.get(0)).optional()
}

fn begin_attempt(
    connection: &Connection,
    now: UnixMillis,
    claim: &Claim,
    (id, body): (i64, Vec<u8>),
    found: Found,
) -> rusqlite::Result<Claimed> {
    let until = after(now, claim.lease);
    let token = found.token.saturating_add(1);
    let attempt = found.attempts.saturating_add(1);
    let series_began = if found.attempts == 0 { now } else { found.series_began };
    connection
        .prepare_cached(
            "UPDATE inbox_events SET state = ?2, attempts = ?3, token = ?4, series_began = ?5, due_at = ?6
             WHERE id = ?1",
        )?
        .execute(params![
            id,
            State::Leased.code(),
            attempt,
            token,
            series_began.as_millis(),
            until.as_millis()
        ])?;
    connection
        .prepare_cached(
            "INSERT INTO inbox_attempts (event, token, series, attempt, worker, started_at, status)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            id,
            token,
            found.series,
            attempt,
            claim.worker,
            now.as_millis(),
            AttemptStatus::Running.as_str()
        ])?;
    let lease = Lease::new(EventId::from_i64(id), token, until);
    Ok(Claimed {
        attempt,
        series: found.series,
        elapsed: between(series_began, now),
        received_at: found.received_at,
        kind: found.kind,
        key: found.key.map(IdempotencyKey::new),
        delivery_id: found.delivery_id,
        ordering_key: found.ordering_key,
        ..Claimed::new(lease, found.source, Bytes::from(body))
    })
}

/// None when the lease was lost.
pub(super) fn extend(
    connection: &Connection,
    now: UnixMillis,
    held: Lease,
    lease: Duration,
) -> rusqlite::Result<Option<Lease>> {
    let until = after(now, lease);
    let sql = "UPDATE inbox_events SET due_at = ?3 WHERE id = ?1 AND token = ?2 AND state = 2";
    let extended =
        connection.prepare_cached(sql)?.execute([held.event.as_i64(), held.token, until.as_millis()])?;
    Ok((extended == 1).then(|| Lease::new(held.event, held.token, until)))
}

/// Ends an attempt; once more with the same outcome is no harm.
pub(super) fn settle(
    connection: &Connection,
    now: UnixMillis,
    settlement: &Settlement,
) -> rusqlite::Result<Settled> {
    let Settlement { lease, outcome, .. } = settlement;
    match Found::by_id(connection, lease.event.as_i64())? {
        Some(found) if found.is_held(lease) => end(connection, now, settlement, &found),
        Some(found) if found.token == lease.token && found.state == outcome.state() => Ok(Settled::Yes),
        _ => Ok(Settled::LeaseLost),
    }
}

/// Ends an attempt that runs: not one that is settled, or what was written with it would be written twice.
pub(super) fn settle_first(
    connection: &Connection,
    now: UnixMillis,
    settlement: &Settlement,
) -> rusqlite::Result<Settled> {
    match Found::by_id(connection, settlement.lease.event.as_i64())? {
        Some(found) if found.is_held(&settlement.lease) => end(connection, now, settlement, &found),
        _ => Ok(Settled::LeaseLost),
    }
}

fn end(
    connection: &Connection,
    now: UnixMillis,
    settlement: &Settlement,
    found: &Found,
) -> rusqlite::Result<Settled> {
    let Settlement { lease, outcome, took } = settlement;
    let id = lease.event.as_i64();
    let error = outcome.failure().map(|failure| failure.error.as_str());
    end_attempt(connection, id, lease.token, AttemptStatus::of(outcome), Some(*took), error)?;
    let (attempts, due) = match outcome {
        Outcome::Done => {
            finish(connection, id, found, State::Done, None, now)?;
            return Ok(Settled::Yes);
        }
        Outcome::Dead { reason, .. } => {
            finish(connection, id, found, State::Dead, Some(*reason), now)?;
            return Ok(Settled::Yes);
        }
        Outcome::Retry { after: wait, .. } => (found.attempts, after(now, *wait)),
        Outcome::Release => (found.attempts.saturating_sub(1), now),
    };
    connection
        .prepare_cached("UPDATE inbox_events SET state = ?2, attempts = ?3, due_at = ?4 WHERE id = ?1")?
        .execute(params![id, State::Pending.code(), attempts, due.as_millis()])?;
    Ok(Settled::Yes)
}

fn end_attempt(
    connection: &Connection,
    id: i64,
    token: i64,
    status: AttemptStatus,
    took: Option<Duration>,
    error: Option<&str>,
) -> rusqlite::Result<()> {
    let took = took.map(|took| millis(took).min(LONGEST));
    connection
        .prepare_cached(
            "UPDATE inbox_attempts SET status = ?3, duration_ms = ?4, error = ?5 WHERE event = ?1 AND token = ?2",
        )?
        .execute(params![id, token, status.as_str(), took, error])?;
    Ok(())
}

/// An event is done or dead, and the next of its ordering key may run.
fn finish(
    connection: &Connection,
    id: i64,
    found: &Found,
    state: State,
    reason: Option<DeadReason>,
    now: UnixMillis,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE inbox_events SET state = ?2, reason = ?3, finished_at = ?4, due_at = NULL WHERE id = ?1",
        )?
        .execute(params![id, state.code(), reason.map(DeadReason::as_str), now.as_millis()])?;
    if let Some(ordering_key) = &found.ordering_key {
        connection
            .prepare_cached(
                "UPDATE inbox_events SET state = 1, due_at = ?3 WHERE id =
                     (SELECT id FROM inbox_events INDEXED BY inbox_events_order
                      WHERE source = ?1 AND ordering_key = ?2 AND state < 3 ORDER BY id LIMIT 1)",
            )?
            .execute(params![found.source, ordering_key, now.as_millis()])?;
    }
    Ok(())
}

/// How many of these events begin a new series of attempts.
pub(super) fn replay(connection: &Connection, now: UnixMillis, ids: &[i64]) -> rusqlite::Result<u64> {
    let mut replayed: u64 = 0;
    for id in ids {
        let Some(found) = Found::by_id(connection, *id)? else { continue };
        let mut body = connection.prepare_cached("SELECT 1 FROM inbox_bodies WHERE event = ?1")?;
        if !found.state.is_finished() || !body.exists([id])? {
            continue;
        }
        let state = first_state(connection, &found.source, found.ordering_key.as_deref())?;
        connection
            .prepare_cached(
                "UPDATE inbox_events SET state = ?2, due_at = ?3, attempts = 0, series = series + 1,
                     token = token + 1, reason = NULL, finished_at = NULL
                 WHERE id = ?1",
            )?
            .execute(params![id, state.code(), due_in(state, now)])?;
        replayed = replayed.saturating_add(1);
    }
    Ok(replayed)
}

/// The columns that decide about an event.
struct Found {
    source: String,
    kind: Option<String>,
    key: Option<String>,
    delivery_id: Option<String>,
    ordering_key: Option<String>,
    state: State,
    attempts: u32,
    series: u32,
    token: i64,
    received_at: UnixMillis,
    series_began: UnixMillis,
}

impl Found {
    fn by_id(connection: &Connection, id: i64) -> rusqlite::Result<Option<Self>> {
        let sql = "SELECT source, kind, key, delivery_id, ordering_key, state, attempts, series, token,
                       received_at, series_began
                   FROM inbox_events WHERE id = ?1";
        let read = |row: &Row<'_>| {
            Ok(Self {
                source: row.get(0)?,
                kind: row.get(1)?,
                key: row.get(2)?,
                delivery_id: row.get(3)?,
                ordering_key: row.get(4)?,
                state: state(row, 5)?,
                attempts: row.get(6)?,
                series: row.get(7)?,
                token: row.get(8)?,
                received_at: UnixMillis::from_millis(row.get(9)?),
                series_began: UnixMillis::from_millis(row.get(10)?),
            })
        };
        connection.prepare_cached(sql)?.query_row([id], read).optional()
    }

    fn is_held(&self, lease: &Lease) -> bool {
        self.state == State::Leased && self.token == lease.token
    }
}

/// A state from its number.
pub(super) fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<State> {
    let code: i16 = row.get(column)?;
    State::of_code(code).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, code.into()))
}
