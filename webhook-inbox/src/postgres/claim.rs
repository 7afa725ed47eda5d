use std::cmp::Reverse;

use deadpool_postgres::Object;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use webhook_core::{IdempotencyKey, UnixMillis};

use super::database::{Database, Failure, rows, run, small, span};
use super::order::Orders;
use crate::clock::between;
use crate::{Claim, Claimed, Claims, EventId, Kinds, Lease, MAX_CLAIM, Route, StoreError};

/// Routes as the statements take them: those of named events, those of all others, and what is not among the others.
#[derive(Debug, Default)]
pub(super) struct Seeks<'r> {
    others: Vec<i32>,
    others_sources: Vec<&'r str>,
    others_most: Vec<i32>,
    named: Vec<i32>,
    named_sources: Vec<&'r str>,
    named_most: Vec<i32>,
    named_kinds: Vec<&'r str>,
    except: Vec<i32>,
    except_kinds: Vec<&'r str>,
}

impl<'r> Seeks<'r> {
    pub(super) fn new(routes: &'r [Route]) -> Self {
        let mut seeks = Self::default();
        for (number, route) in (0..).zip(routes) {
            let most = i32::try_from(route.max_attempts.get()).unwrap_or(i32::MAX);
            match &route.kinds {
                Kinds::Only(kinds) => {
                    for kind in kinds {
                        seeks.named.push(number);
                        seeks.named_sources.push(&route.source);
                        seeks.named_most.push(most);
                        seeks.named_kinds.push(kind);
                    }
                }
                Kinds::Except(kinds) => {
                    seeks.others.push(number);
                    seeks.others_sources.push(&route.source);
                    seeks.others_most.push(most);
                    for kind in kinds {
                        seeks.except.push(number);
                        seeks.except_kinds.push(kind);
                    }
                }
            }
        }
        seeks
    }

    /// Whether no event can be on these routes.
    pub(super) fn is_empty(&self) -> bool {
        self.others.is_empty() && self.named.is_empty()
    }

    /// The parameters after the first one.
    pub(super) fn parameters(&self) -> [&(dyn ToSql + Sync); 9] {
        [
            &self.others,
            &self.others_sources,
            &self.others_most,
            &self.named,
            &self.named_sources,
            &self.named_most,
            &self.named_kinds,
            &self.except,
            &self.except_kinds,
        ]
    }
}

pub(super) async fn claim(database: &Database, claim: &Claim) -> Result<Claims, StoreError> {
    let seeks = Seeks::new(&claim.routes);
    let max = claim.max.min(MAX_CLAIM);
    if max == 0 || seeks.is_empty() {
        return Ok(Claims::default());
    }
    let taken = run!(database, |connection| take(database, connection, claim, &seeks, max).await)?;
    if taken.lost.is_empty() {
        return Ok(Claims::new(taken.events, Vec::new()));
    }
    match run!(database, |connection| bury(database, connection, &taken.lost).await) {
        Ok(buried) => Ok(Claims::new(taken.events, buried)),
        Err(failure) if taken.events.is_empty() => Err(failure.into()),
        // The next claim buries them. These events are leased, and must not wait for the end of that.
        Err(_) => Ok(Claims::new(taken.events, Vec::new())),
    }
}

struct Taken {
    events: Vec<Claimed>,
    /// Those that are to become dead letters.
    lost: Vec<Lost>,
}

#[derive(Clone, Copy)]
struct Lost {
    id: i64,
    token: i64,
    /// Whether it has no body, and not only no further attempt.
    bare: bool,
}

async fn take(
    database: &Database,
    connection: &Object,
    claim: &Claim,
    seeks: &Seeks<'_>,
    max: usize,
) -> Result<Taken, Failure> {
    let (ahead, lease) = (database.ahead(), span(claim.lease));
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    // The worker's name is the application's own text: it must not keep the events from being claimed.
    let worker = claim.worker.replace('\0', "\u{fffd}");
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&ahead];
    parameters.extend(seeks.parameters());
    parameters.push(&max);
    parameters.push(&lease);
    parameters.push(&worker);
    let mut rows = rows(connection, &database.sql.claim, &parameters).await?;

    let mut order = Vec::with_capacity(rows.len());
    for row in rows.drain(..) {
        let place: (i64, i64) = (row.try_get("was_due")?, row.try_get("id")?);
        order.push((place, row));
    }
    order.sort_unstable_by_key(|(place, _)| Reverse(*place));
    let mut taken = Taken { events: Vec::with_capacity(order.len()), lost: Vec::new() };
    while let Some(((_, id), row)) = order.pop() {
        if row.try_get("buried")? {
            taken.lost.push(Lost { id, token: row.try_get("token")?, bare: row.try_get("bare")? });
            continue;
        }
        match claimed(id, &row) {
            Ok(event) => taken.events.push(event),
            // The others are leased, and must not wait for the end of that.
            Err(failure) => {
                tracing::error!(event = id, error = %StoreError::from(failure), "an event cannot be read");
            }
        }
    }
    Ok(taken)
}

fn claimed(id: i64, row: &Row) -> Result<Claimed, Failure> {
    let moment = |column: &str| Ok::<_, Failure>(UnixMillis::from_millis(row.try_get(column)?));
    let lease = Lease::new(EventId::from_i64(id), row.try_get("token")?, moment("due_at")?);
    let body: Vec<u8> = row.try_get("body")?;
    Ok(Claimed {
        attempt: small(row.try_get("attempts")?),
        series: small(row.try_get("series")?),
        elapsed: between(moment("series_began")?, moment("now")?),
        received_at: moment("received_at")?,
        kind: row.try_get("kind")?,
        key: row.try_get::<_, Option<String>>("key")?.map(IdempotencyKey::new),
        delivery_id: row.try_get("delivery_id")?,
        ordering_key: row.try_get("ordering_key")?,
        ..Claimed::new(lease, row.try_get("source")?, body.into())
    })
}

/// Makes dead letters of events without a further attempt or without a body, and lets the next ones of their ordering keys run.
async fn bury(database: &Database, connection: &mut Object, lost: &[Lost]) -> Result<Vec<EventId>, Failure> {
    let ids: Vec<i64> = lost.iter().map(|event| event.id).collect();
    let tokens: Vec<i64> = lost.iter().map(|event| event.token).collect();
    let bare: Vec<bool> = lost.iter().map(|event| event.bare).collect();
    for event in lost.iter().filter(|event| event.bare) {
        tracing::error!(event = event.id, "an event has lost its body, and is a dead letter");
    }
    let transaction = connection.transaction().await?;
    let mut orders = Orders::default();
    for row in rows(&transaction, &database.sql.standing, &[&ids]).await? {
        if let Some(key) = row.try_get("ordering_key")? {
            orders.insert(row.try_get("source")?, key);
        }
    }
    orders.lock(database, &transaction).await?;
    let buried = rows(&transaction, &database.sql.bury, &[&database.ahead(), &ids, &tokens, &bare]).await?;
    let unblocked = orders.unblock(database, &transaction).await?;
    transaction.commit().await?;
    if !unblocked.is_empty() {
        database.changed();
    }
    buried.iter().map(|row| Ok(EventId::from_i64(row.try_get(0)?))).collect()
}
