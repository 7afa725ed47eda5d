mod batch;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use self::batch::Batch;
use super::database::{Database, Failure, run};
use crate::event::text_digest;
use crate::{NewEvent, Receipt, StoreError};

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
    /// The calls and the bytes that there is room for.
    calls: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    /// For how long a call may wait for its answer.
    patience: Duration,
}

struct Job {
    events: Vec<Entry>,
    bytes: usize,
    caller: Caller,
}

/// Who waits for a job.
struct Caller {
    reply: oneshot::Sender<Result<Vec<Receipt>, StoreError>>,
    room: [OwnedSemaphorePermit; 2],
}

struct Entry {
    event: NewEvent,
    key: Option<String>,
    digest: [u8; 32],
}

impl Queue {
    /// Begins to write what comes, until the queue is dropped.
    pub(super) fn new(database: &Arc<Database>, calls: usize, bytes: usize) -> Self {
        let (jobs, waiting) = mpsc::unbounded_channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..LANES.min(database.pool.status().max_size) {
            tokio::spawn(lane(Arc::clone(database), Arc::clone(&waiting)));
        }
        let room = |most: usize| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        Self { jobs, calls: room(calls), bytes: room(bytes), patience: database.patience }
    }

    pub(super) async fn accept(&self, events: &[NewEvent]) -> Result<Vec<Receipt>, StoreError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let size = |event: &NewEvent| event.body().len().saturating_add(OVERHEAD);
        let bytes = events.iter().map(size).fold(0, usize::saturating_add);
        let permits = u32::try_from(bytes).map_err(|_| StoreError::Full)?;
        let calls = Arc::clone(&self.calls).try_acquire_owned().map_err(|_| StoreError::Full)?;
        let room = Arc::clone(&self.bytes).try_acquire_many_owned(permits).map_err(|_| StoreError::Full)?;
        let (reply, answer) = oneshot::channel();
        let events = events.iter().cloned().map(Entry::new).collect();
        let caller = Caller { reply, room: [calls, room] };
        self.jobs.send(Job { events, bytes, caller }).map_err(|_| StoreError::Closed)?;
        // What is being written when this ends may still be stored. Nobody is told so, and the sender tries again.
        match tokio::time::timeout(self.patience, answer).await {
            Ok(answer) => answer.map_err(|_| StoreError::Closed)?,
            Err(elapsed) => Err(Failure::from(elapsed).into()),
        }
    }
}

impl Caller {
    fn answer(self, outcome: Result<Vec<Receipt>, Failure>) {
        // Whoever is answered finds the room free.
        drop(self.room);
        // Whoever does not wait any more tries again and finds a duplicate.
        let _ = self.reply.send(outcome.map_err(StoreError::from));
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
    let fits = key.len() <= MAX_KEY && !key.contains('\0');
    if fits { key.to_owned() } else { text_digest(key) }
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
    jobs.retain(|job| !job.caller.reply.is_closed());
    // One event that the database refuses takes no others with it.
    for job in store(database, jobs).await {
        store(database, vec![job]).await;
    }
}

/// Stores what jobs bring, and answers each as soon as the fate of its own events is known. Gives them back when the
/// database refused what is in one of several: then it has stored none of them.
async fn store(database: &Database, jobs: Vec<Job>) -> Vec<Job> {
    let mut end = 0_usize;
    let mut places = Vec::with_capacity(jobs.len());
    for job in &jobs {
        let start = end;
        end = end.saturating_add(job.events.len());
        places.push(start..end);
    }
    let (events, callers): (Vec<_>, Vec<_>) =
        jobs.into_iter().map(|job| ((job.events, job.bytes), job.caller)).unzip();
    let entries: Vec<&Entry> = events.iter().flat_map(|(entries, _)| entries).collect();
    let mut batch = Batch::new(&entries);
    match insert(database, &mut batch).await {
        Ok(()) => {}
        Err(failure) if failure.is_about_the_data() && callers.len() > 1 => {
            let job = |((events, bytes), caller)| Job { events, bytes, caller };
            return events.into_iter().zip(callers).map(job).collect();
        }
        Err(failure) => {
            for caller in callers {
                caller.answer(Err(failure.clone()));
            }
            return Vec::new();
        }
    }
    // From here on events are stored, and what goes wrong is told only to those whose own fate is still open.
    let mut open = batch.answer(places.into_iter().zip(callers).collect());
    let mut failure = Failure::Unknown("key, which comes and goes");
    for _ in 0..MAX_ROUNDS {
        if open.is_empty() {
            break;
        }
        if let Err(error) = look_up(database, &mut batch).await {
            // "Full" would say that nothing was stored.
            failure = if matches!(error, Failure::Full) { Failure::Busy } else { error };
            break;
        }
        open = batch.answer(open);
    }
    for (_, caller) in open {
        caller.answer(Err(failure.clone()));
    }
    Vec::new()
}

async fn insert(database: &Database, batch: &mut Batch<'_>) -> Result<(), Failure> {
    if run!(database, |connection| batch.insert(database, connection).await)? {
        database.changed();
    }
    Ok(())
}

/// Looks up those that were there before. What is not there any more is stored.
async fn look_up(database: &Database, batch: &mut Batch<'_>) -> Result<(), Failure> {
    run!(database, |connection| batch.find(database, connection).await)?;
    if batch.open.is_empty() { Ok(()) } else { insert(database, batch).await }
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
