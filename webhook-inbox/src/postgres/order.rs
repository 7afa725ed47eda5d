use std::collections::BTreeSet;

use deadpool_postgres::GenericClient;

use super::database::{Database, Failure, rows};
use crate::EventId;

/// How many locks the ordering keys share, a power of two. Each lock takes one of the server's places for locks, of which
/// there are 6,400 by default (`max_locks_per_transaction` times `max_connections`).
const LOCKS: i64 = 1024;

/// Ordering keys whose events a transaction stores, finishes or replays.
///
/// Whoever changes which event of a key may run holds the key's lock until its end, and takes the locks in one order.
/// So each sees what the one before has done. Keys that share a lock only wait for each other without need.
#[derive(Debug, Default)]
pub(super) struct Orders(BTreeSet<(String, String)>);

impl Orders {
    pub(super) fn insert(&mut self, source: &str, ordering_key: &str) {
        self.0.insert((source.to_owned(), ordering_key.to_owned()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The numbers of the locks, in the order in which they are taken.
    pub(super) fn locks(&self, database: &Database) -> Vec<i64> {
        let place = LOCKS.saturating_sub(1);
        let first = database.schema.lock(&["order"]) & !place;
        let lock = |(source, key): &(String, String)| {
            first | (database.schema.lock(&["order", source, key]) & place)
        };
        self.0.iter().map(lock).collect::<BTreeSet<i64>>().into_iter().collect()
    }

    /// The sources and the keys, as the statements take them.
    pub(super) fn columns(&self) -> (Vec<&str>, Vec<&str>) {
        self.0.iter().map(|(source, key)| (source.as_str(), key.as_str())).unzip()
    }

    /// Waits until nobody else changes the order of these keys. A statement sees what others have done only if it
    /// begins after this one.
    pub(super) async fn lock(&self, database: &Database, client: &impl GenericClient) -> Result<(), Failure> {
        if !self.is_empty() {
            rows(client, &database.sql.lock, &[&self.locks(database)]).await?;
        }
        Ok(())
    }

    /// Lets the first blocked event of each key run if no other does, and tells which.
    pub(super) async fn unblock(
        &self,
        database: &Database,
        client: &impl GenericClient,
    ) -> Result<Vec<EventId>, Failure> {
        if self.is_empty() {
            return Ok(Vec::new());
        }
        let (sources, keys) = self.columns();
        let unblocked = rows(client, &database.sql.unblock, &[&database.ahead(), &sources, &keys]).await?;
        unblocked.iter().map(|row| Ok(EventId::from_i64(row.try_get(0)?))).collect()
    }
}
