use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use deadpool_postgres::{GenericClient, Object};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::database::{Database, Failure, rows, run};
use super::order::Orders;
use crate::{Duplicate, EventId, NewEvent, Receipt, State, StoreError};

/// How many batches are written at the same time. While they are, others gather, so that many events share a commit.
const LANES: usize = 4;

/// Most events that are added to a batch, and their bytes.
const MAX_BATCH: usize = 256;
const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;

/// What an event costs beside its body, in bytes.
const OVERHEAD: usize = 512;

/// Longest idempotency key that is kept as it is; of a longer one the index has the digest.
const MAX_KEY: usize = 1024;

/// How often keys are looked up that are there and then are not: a purge takes them in between.
const MAX_ROUNDS: usize = 4;

/// Events wait here for the next batch.
#[derive(Debug)]
pub(super) struct Queue {
    jobs: mpsc::UnboundedSender<Job>,
    /// The bytes that are free.
    room: Arc<Semaphore>,
}

struct Job {
    events: Vec<Entry>,
    bytes: usize,
    reply: oneshot::Sender<Result<Vec<Receipt>, StoreError>>,
    /// Given back when the job is done.
    _room: OwnedSemaphorePermit,
}

struct Entry {
    event: NewEvent,
    key: Option<String>,
    digest: [u8; 32],
}

impl Queue {
    /// Begins to write what comes, until the queue is dropped.
    pub(super) fn new(database: &Arc<Database>, bytes: usize) -> Self {
        let (jobs, waiting) = mpsc::unbounded_channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..LANES.min(database.pool.status().max_size) {
            tokio::spawn(lane(Arc::clone(database), Arc::clone(&waiting)));
        }
        Self { jobs, room: Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))) }
    }

    pub(super) async fn accept(&self, events: &[NewEvent]) -> Result<Vec<Receipt>, StoreError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let size = |event: &NewEvent| event.body().len().saturating_add(OVERHEAD);
        let bytes = events.iter().map(size).fold(0, usize::saturating_add);
        let permits = u32::try_from(bytes).map_err(|_| StoreError::Full)?;
        let room = Arc::clone(&self.room).try_acquire_many_owned(permits).map_err(|_| StoreError::Full)?;
        let (reply, answer) = oneshot::channel();
        let events = events.iter().cloned().map(Entry::new).collect();
        self.jobs.send(Job { events, bytes, reply, _room: room }).map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

impl Entry {
    fn new(event: NewEvent) -> Self {
        let key = event.idempotency_key().map(|key| column_of(key.as_str()));
        let digest = event.digest();
        Self { event, key, digest }
    }

    /// What makes it the same event as another.
    fn identity(&self) -> Option<(&str, &str)> {
        Some((self.event.source_name(), self.key.as_deref()?))
    }
}

/// A key as the database can keep it.
fn column_of(key: &str) -> String {
    use std::fmt::Write as _;

    if key.len() <= MAX_KEY && !key.contains('\0') {
        return key.to_owned();
    }
    let mut digest = String::from("sha256-");
    for byte in Sha256::digest(key.as_bytes()) {
        // Writing to a `String` does not fail.
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}

/// Writes batch after batch: while one is written, the next gathers.
async fn lane(database: Arc<Database>, waiting: Arc<Mutex<mpsc::UnboundedReceiver<Job>>>) {
    loop {
        let mut jobs = Vec::new();
        {
            let mut waiting = waiting.lock().await;
            let Some(first) = waiting.recv().await else { return };
            let (mut events, mut bytes) = (first.events.len(), first.bytes);
            jobs.push(first);
            while events < MAX_BATCH
                && bytes < MAX_BATCH_BYTES
                && let Ok(job) = waiting.try_recv()
            {
                events = events.saturating_add(job.events.len());
                bytes = bytes.saturating_add(job.bytes);
                jobs.push(job);
            }
        }
        write(&database, jobs).await;
    }
}

async fn write(database: &Database, mut jobs: Vec<Job>) {
    // Whoever waited for these has gone: nobody was promised anything.
    jobs.retain(|job| !job.reply.is_closed());
    let entries: Vec<&Entry> = jobs.iter().flat_map(|job| &job.events).collect();
    match store(database, &entries).await {
        Ok(receipts) => {
            let mut receipts = receipts.into_iter();
            for job in jobs {
                let of_job = receipts.by_ref().take(job.events.len()).collect();
                // Whoever does not wait any more tries again and finds a duplicate.
                let _ = job.reply.send(Ok(of_job));
            }
        }
        // One event that the database refuses takes no others with it.
        Err(failure) if failure.is_about_the_data() && jobs.len() > 1 => {
            for job in jobs {
                let entries: Vec<&Entry> = job.events.iter().collect();
                let outcome = store(database, &entries).await;
                let _ = job.reply.send(outcome.map_err(StoreError::from));
            }
        }
        Err(failure) => {
            for job in jobs {
                let _ = job.reply.send(Err(failure.clone().into()));
            }
        }
    }
}

/// The receipts of events, in their order.
async fn store(database: &Database, entries: &[&Entry]) -> Result<Vec<Receipt>, Failure> {
    let mut batch = Batch::new(entries);
    for _ in 0..MAX_ROUNDS {
        if batch.open.is_empty() {
            break;
        }
        if run!(database, |connection| batch.insert(database, connection).await)? {
            database.changed();
        }
        if !batch.open.is_empty() {
            run!(database, |connection| batch.find(database, connection).await)?;
        }
    }
    batch.receipts().ok_or(Failure::Unknown("key, which comes and goes"))
}

/// What is known of events that are being stored.
struct Batch<'e> {
    entries: &'e [&'e Entry],
    /// Of each event, the place of the first one with its key.
    firsts: Vec<usize>,
    /// The places whose fate is open.
    open: Vec<usize>,
    found: HashMap<usize, Found>,
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
    fn new(entries: &'e [&'e Entry]) -> Self {
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
    async fn insert(&mut self, database: &Database, connection: &mut Object) -> Result<bool, Failure> {
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
            self.found.insert(*place, Found { id: *id, state, before: None });
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
    async fn find(&mut self, database: &Database, connection: &Object) -> Result<(), Failure> {
        let places: HashMap<(&str, &str), usize> =
            self.open().filter_map(|(place, entry)| Some((entry.identity()?, place))).collect();
        let (sources, keys): (Vec<&str>, Vec<&str>) = places.keys().copied().unzip();
        for row in rows(connection, &database.sql.find_keys, &[&sources, &keys]).await? {
            let identity: (&str, &str) = (row.try_get(1)?, row.try_get(2)?);
            let Some(place) = places.get(&identity) else { continue };
            let found = Found {
                id: EventId::from_i64(row.try_get(0)?),
                state: State::of_code(row.try_get(3)?).ok_or(Failure::Unknown("state"))?,
                before: Some(Before { digest: row.try_get(4)?, answer: row.try_get(5)? }),
            };
            self.found.insert(*place, found);
        }
        self.open.retain(|place| !self.found.contains_key(place));
        Ok(())
    }

    /// None while the fate of an event is open.
    fn receipts(self) -> Option<Vec<Receipt>> {
        let receipt = |(place, (entry, first)): (usize, (&&Entry, &usize))| {
            let found = self.found.get(first)?;
            let duplicate = |digest: &[u8], answer: Option<String>| {
                Receipt::Duplicate(Duplicate::new(found.id, found.state, digest == entry.digest, answer))
            };
            Some(match &found.before {
                Some(before) => duplicate(&before.digest, before.answer.clone()),
                None if place == *first => Receipt::New(found.id),
                None => {
                    let first = self.entries.get(*first)?;
                    duplicate(&first.digest, first.event.answer_text().map(str::to_owned))
                }
            })
        };
        self.entries.iter().zip(&self.firsts).enumerate().map(receipt).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_fits_its_column() {
        assert_eq!(column_of("a"), "a");
        assert_eq!(column_of("a\0b").len(), 7 + 64);
        assert_eq!(column_of(&"a".repeat(1025)).len(), 7 + 64);
        assert_ne!(column_of("a\0b"), column_of("a\0c"));
    }
}
