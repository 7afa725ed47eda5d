use std::collections::{HashMap, HashSet};
use std::ops::Range;

use deadpool_postgres::{GenericClient, Object};
use tokio_postgres::Row;

use super::{Caller, Entry};
use crate::postgres::database::{Database, Failure, rows};
use crate::postgres::order::Orders;
use crate::{Duplicate, EventId, Receipt, State};

/// What is known of events that are being stored.
pub(super) struct Batch<'e> {
    entries: &'e [&'e Entry],
    /// Of each event, the place of the first one with its key.
    firsts: Vec<usize>,
    /// The places whose fate is open.
    pub(super) open: Vec<usize>,
    /// What is known of the others; a failure is of the one row.
    found: HashMap<usize, Result<Found, Failure>>,
}

struct Found {
    id: EventId,
    state: State,
    /// None of a new event.
    before: Option<Before>,
}

struct Before {
    digest: Vec<u8>,
    answer: Option<String>,
}

impl<'e> Batch<'e> {
    pub(super) fn new(entries: &'e [&'e Entry]) -> Self {
        let mut places = HashMap::new();
        let first = |(place, entry): (usize, &&'e Entry)| match entry.identity() {
            Some(identity) => *places.entry(identity).or_insert(place),
            None => place,
        };
        let firsts: Vec<usize> = entries.iter().enumerate().map(first).collect();
        let open = firsts
            .iter()
            .enumerate()
            .filter(|(place, first)| place == *first)
            .map(|(place, _)| place)
            .collect();
        Self { entries, firsts, open, found: HashMap::new() }
    }

    /// The open places and their events.
    fn open(&self) -> impl Iterator<Item = (usize, &'e Entry)> {
        let entries = self.entries;
        self.open.iter().filter_map(move |place| Some((*place, *entries.get(*place)?)))
    }

    /// Stores those that are new, and tells whether there were any.
    pub(super) async fn insert(
        &mut self,
        database: &Database,
        connection: &mut Object,
    ) -> Result<bool, Failure> {
        let mut orders = Orders::default();
        for (_, entry) in self.open() {
            if let Some(key) = entry.event.ordering_key() {
                orders.insert(entry.event.source_name(), key);
            }
        }
        // A single statement is a transaction by itself.
        let (inserted, unblocked) = if orders.is_empty() {
            (self.insert_rows(database, &*connection).await?, Vec::new())
        } else {
            let transaction = connection.transaction().await?;
            orders.lock(database, &transaction).await?;
            let inserted = self.insert_rows(database, &transaction).await?;
            let unblocked = orders.unblock(database, &transaction).await?;
            transaction.commit().await?;
            (inserted, unblocked)
        };
        let unblocked: HashSet<EventId> = unblocked.into_iter().collect();
        for (place, id) in &inserted {
            let ordered = self.entries.get(*place).is_some_and(|entry| entry.event.ordering_key().is_some());
            let state = if ordered && !unblocked.contains(id) { State::Blocked } else { State::Pending };
            self.found.insert(*place, Ok(Found { id: *id, state, before: None }));
        }
        self.open.retain(|place| !self.found.contains_key(place));
        Ok(!inserted.is_empty())
    }

    async fn insert_rows(
        &self,
        database: &Database,
        client: &impl GenericClient,
    ) -> Result<Vec<(usize, EventId)>, Failure> {
        let (mut sources, mut kinds, mut keys, mut deliveries) = (vec![], vec![], vec![], vec![]);
        let (mut orders, mut answers, mut digests, mut bodies) = (vec![], vec![], vec![], vec![]);
        let mut places = HashMap::new();
        let mut keyless = Vec::new();
        for (place, entry) in self.open() {
            let event = &entry.event;
            sources.push(event.source_name());
            kinds.push(event.kind_name());
            keys.push(entry.key.as_deref());
            deliveries.push(event.delivery_id());
            orders.push(event.ordering_key());
            answers.push(event.answer_text());
            digests.push(&entry.digest[..]);
            bodies.push(&event.body()[..]);
            match entry.identity() {
                Some(identity) => drop(places.insert(identity, place)),
                None => keyless.push(place),
            }
        }
        let rows = rows(
            client,
            &database.sql.insert,
            &[&database.ahead(), &sources, &kinds, &keys, &deliveries, &orders, &answers, &digests, &bodies],
        )
        .await?;
        let mut inserted = Vec::with_capacity(rows.len());
        let mut unnamed = Vec::new();
        for row in &rows {
            let id = EventId::from_i64(row.try_get(0)?);
            match row.try_get::<_, Option<&str>>(2)? {
                Some(key) => {
                    let place = places.get(&(row.try_get(1)?, key)).copied();
                    inserted.push((place.ok_or(Failure::Unknown("key"))?, id));
                }
                None => unnamed.push(id),
            }
        }
        // All events without a key are new, and were numbered in their order.
        unnamed.sort_unstable();
        inserted.extend(keyless.into_iter().zip(unnamed));
        Ok(inserted)
    }

    /// Looks up those that were there before.
    pub(super) async fn find(&mut self, database: &Database, connection: &Object) -> Result<(), Failure> {
        let places: HashMap<(&str, &str), usize> =
            self.open().filter_map(|(place, entry)| Some((entry.identity()?, place))).collect();
        let (sources, keys): (Vec<&str>, Vec<&str>) = places.keys().copied().unzip();
        for row in rows(connection, &database.sql.find_keys, &[&sources, &keys]).await? {
            let identity: (&str, &str) = (row.try_get(1)?, row.try_get(2)?);
            if let Some(place) = places.get(&identity) {
                self.found.insert(*place, Found::before(&row));
            }
        }
        self.open.retain(|place| !self.found.contains_key(place));
        Ok(())
    }

    /// Answers those who wait for these places and no open one, and gives back the others.
    pub(super) fn answer(&self, callers: Vec<(Range<usize>, Caller)>) -> Vec<(Range<usize>, Caller)> {
        let mut open = Vec::new();
        for (places, caller) in callers {
            match places.clone().map(|place| self.receipt(place)).collect() {
                Some(outcome) => caller.answer(outcome),
                None => open.push((places, caller)),
            }
        }
        open
    }

    /// None while the fate of the event is open.
    fn receipt(&self, place: usize) -> Option<Result<Receipt, Failure>> {
        let first = *self.firsts.get(place)?;
        let (entry, first_entry) = (self.entries.get(place)?, self.entries.get(first)?);
        let found = match self.found.get(&first)? {
            Ok(found) => found,
            Err(failure) => return Some(Err(failure.clone())),
        };
        let duplicate = |digest: &[u8], answer: Option<&str>| {
            let (same, answer) = (digest == entry.digest, answer.map(str::to_owned));
            Receipt::Duplicate(Duplicate::new(found.id, found.state, same, answer))
        };
        Some(Ok(match &found.before {
            Some(before) => duplicate(&before.digest, before.answer.as_deref()),
            None if place == first => Receipt::New(found.id),
            None => duplicate(&first_entry.digest, first_entry.event.answer_text()),
        }))
    }
}

impl Found {
    /// From the row of an event that was there before.
    fn before(row: &Row) -> Result<Self, Failure> {
        Ok(Self {
            id: EventId::from_i64(row.try_get(0)?),
            state: State::of_code(row.try_get(3)?).ok_or(Failure::Unknown("state"))?,
            before: Some(Before { digest: row.try_get(4)?, answer: row.try_get(5)? }),
        })
    }
}
