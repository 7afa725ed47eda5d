use std::collections::{HashMap, HashSet};
use std::time::Duration;

use deadpool_postgres::{GenericClient, Object};
use tokio_postgres::Transaction;
use tokio_postgres::types::ToSql;
use webhook_core::UnixMillis;

use super::database::{Database, Failure, rows, run, span};
use super::order::Orders;
use crate::{AttemptStatus, DeadReason, EventId, Lease, Outcome, Settled, Settlement, State, StoreError};

pub(super) async fn settle(
    database: &Database,
    settlements: &[Settlement],
) -> Result<Vec<Settled>, StoreError> {
    let mut settled = vec![Settled::LeaseLost; settlements.len()];
    // A statement changes a row once. Settlements of one event, if there are several, go one after the other.
    let mut left: Vec<usize> = (0..settlements.len()).collect();
    while !left.is_empty() {
        let mut events = HashSet::new();
        let of = |place: &usize| settlements.get(*place).map(|settlement| settlement.lease.event);
        let (wave, later): (Vec<usize>, Vec<usize>) =
            left.into_iter().partition(|place| of(place).is_some_and(|event| events.insert(event)));
        let batch: Vec<&Settlement> = wave.iter().filter_map(|place| settlements.get(*place)).collect();
        let ended = settle_distinct(database, &batch).await?;
        for (place, settlement) in wave.into_iter().zip(batch) {
            if let Some(slot) = settled.get_mut(place)
                && ended.contains(&settlement.lease.event)
            {
                *slot = Settled::Yes;
            }
        }
        left = later;
    }
    Ok(settled)
}

/// The events of these settlements, each of another one, whose attempts have ended as they say.
async fn settle_distinct(
    database: &Database,
    settlements: &[&Settlement],
) -> Result<HashSet<EventId>, StoreError> {
    let mut ended = run!(database, |connection| end(database, &*connection, settlements, false).await)?;
    let mut changed =
        settlements.iter().any(|s| !s.outcome.state().is_finished() && ended.contains(&s.lease.event));
    let left: Vec<&Settlement> =
        settlements.iter().copied().filter(|settlement| !ended.contains(&settlement.lease.event)).collect();
    if !left.is_empty() {
        let (more, unblocked) = run!(database, |connection| end_ordered(database, connection, &left).await)?;
        changed |= unblocked;
        ended.extend(more);
    }
    if changed {
        database.changed();
    }
    Ok(ended)
}

/// Ends attempts that the single statement left alone: those that let another event of their ordering key run. What
/// has ended in the same way before is told as ended. Also tells whether an event was unblocked.
async fn end_ordered(
    database: &Database,
    connection: &mut Object,
    settlements: &[&Settlement],
) -> Result<(HashSet<EventId>, bool), Failure> {
    let ids: Vec<i64> = settlements.iter().map(|settlement| settlement.lease.event.as_i64()).collect();
    let mut standing = HashMap::new();
    for row in rows(&*connection, &database.sql.standing, &[&ids]).await? {
        let state = State::of_code(row.try_get("state")?).ok_or(Failure::Unknown("state"))?;
        let token: i64 = row.try_get("token")?;
        let order: (String, Option<String>) = (row.try_get("source")?, row.try_get("ordering_key")?);
        standing.insert(EventId::from_i64(row.try_get("id")?), (state, token, order));
    }
    let mut ended = HashSet::new();
    let mut held = Vec::new();
    let mut orders = Orders::default();
    for settlement in settlements {
        let event = settlement.lease.event;
        match standing.get(&event) {
            Some((State::Leased, token, order)) if *token == settlement.lease.token => {
                held.push(*settlement);
                if let (source, Some(key)) = order {
                    orders.insert(source, key);
                }
            }
            Some((state, token, _))
                if *token == settlement.lease.token && *state == settlement.outcome.state() =>
            {
                ended.insert(event);
            }
            _ => {}
        }
    }
    if held.is_empty() {
        return Ok((ended, false));
    }
    let transaction = connection.transaction().await?;
    orders.lock(database, &transaction).await?;
    ended.extend(end(database, &transaction, &held, true).await?);
    let unblocked = orders.unblock(database, &transaction).await?;
    transaction.commit().await?;
    Ok((ended, !unblocked.is_empty()))
}

async fn end(
    database: &Database,
    client: &impl GenericClient,
    settlements: &[&Settlement],
    ordered: bool,
) -> Result<HashSet<EventId>, Failure> {
    let columns = Columns::new(settlements);
    let ahead = database.ahead();
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&ahead];
    parameters.extend(columns.parameters());
    parameters.push(&ordered);
    let ended = rows(client, &database.sql.settle, &parameters).await?;
    ended.iter().map(|row| Ok(EventId::from_i64(row.try_get(0)?))).collect()
}

/// Settlements as the statement takes them.
#[derive(Default)]
struct Columns<'s> {
    ids: Vec<i64>,
    tokens: Vec<i64>,
    states: Vec<i16>,
    waits: Vec<Option<i64>>,
    reasons: Vec<Option<&'static str>>,
    given_back: Vec<i32>,
    statuses: Vec<&'static str>,
    took: Vec<i64>,
    errors: Vec<Option<&'s str>>,
}

impl<'s> Columns<'s> {
    fn new(settlements: &[&'s Settlement]) -> Self {
        let mut columns = Self::default();
        for settlement in settlements {
            let outcome = &settlement.outcome;
            let (wait, reason) = match outcome {
                Outcome::Retry { after, .. } => (Some(span(*after)), None),
                Outcome::Release => (Some(0), None),
                Outcome::Dead { reason, .. } => (None, Some(DeadReason::as_str(*reason))),
                Outcome::Done => (None, None),
            };
            columns.ids.push(settlement.lease.event.as_i64());
            columns.tokens.push(settlement.lease.token);
            columns.states.push(outcome.state().code());
            columns.waits.push(wait);
            columns.reasons.push(reason);
            columns.given_back.push(i32::from(*outcome == Outcome::Release));
            columns.statuses.push(AttemptStatus::of(outcome).as_str());
            columns.took.push(span(settlement.took));
            columns.errors.push(outcome.failure().map(|failure| failure.error.as_str()));
        }
        columns
    }

    fn parameters(&self) -> [&(dyn ToSql + Sync); 9] {
        [
            &self.ids,
            &self.tokens,
            &self.states,
            &self.waits,
            &self.reasons,
            &self.given_back,
            &self.statuses,
            &self.took,
            &self.errors,
        ]
    }
}

/// Ends an attempt in the application's own transaction.
pub(super) async fn settle_in(
    database: &Database,
    transaction: &Transaction<'_>,
    settlement: &Settlement,
) -> Result<(), Failure> {
    let finishes = settlement.outcome.state().is_finished();
    let event = settlement.lease.event.as_i64();
    let standing = transaction.query_opt(&database.sql.standing, &[&vec![event]]).await?;
    let standing = standing.ok_or(Failure::LeaseLost)?;
    let mut orders = Orders::default();
    if let Some(key) = standing.try_get("ordering_key")?
        && finishes
    {
        orders.insert(standing.try_get("source")?, key);
        // In the others a statement does not see what was committed while it waited for the lock.
        let isolation = transaction.query_one("SELECT current_setting('transaction_isolation')", &[]).await?;
        if isolation.try_get::<_, &str>(0)? != "read committed" {
            return Err(Failure::Unsupported(
                "settling an event with an ordering key in a transaction that is not READ COMMITTED",
            ));
        }
        transaction.execute(&database.sql.lock, &[&orders.locks(database)]).await?;
    }
    let columns = Columns::new(&[settlement]);
    let ahead = database.ahead();
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&ahead];
    parameters.extend(columns.parameters());
    parameters.push(&true);
    if transaction.query(&database.sql.settle, &parameters).await?.is_empty() {
        return Err(Failure::LeaseLost);
    }
    let mut due = !finishes;
    if !orders.is_empty() {
        let (sources, keys) = orders.columns();
        let unblocked = transaction.query(&database.sql.unblock, &[&ahead, &sources, &keys]).await?;
        due = !unblocked.is_empty();
    }
    if due {
        // It is heard when the transaction is committed.
        transaction.execute("SELECT pg_notify($1, '')", &[&database.schema.name()]).await?;
    }
    Ok(())
}

pub(super) async fn extend(database: &Database, held: &Lease, lease: Duration) -> Result<Lease, StoreError> {
    let parameters: [&(dyn ToSql + Sync); 4] =
        [&database.ahead(), &held.event.as_i64(), &held.token, &span(lease)];
    let extended = database.rows(&database.sql.extend, &parameters).await?;
    let row = extended.first().ok_or(StoreError::LeaseLost)?;
    let until = row.try_get(0).map_err(Failure::from)?;
    Ok(Lease::new(held.event, held.token, UnixMillis::from_millis(until)))
}
