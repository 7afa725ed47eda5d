//! A store that promises neither order nor fencing, and has neither.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use webhook_inbox::{
    Attempt, Claim, Claims, Clock, Event, EventId, Filter, Guarantees, InboxAdmin, InboxStore, Lease,
    MemoryStore, NewEvent, Page, Purged, Range, Receipt, Replay, Retention, Route, Settled, Settlement,
    Stats, StoreError,
};

#[derive(Debug)]
pub(crate) struct Modest {
    store: MemoryStore,
    /// The present lease of each event: whoever asks has it.
    leases: Mutex<HashMap<EventId, Lease>>,
    accepted: AtomicUsize,
}

impl Modest {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            store: MemoryStore::with_clock(clock),
            leases: Mutex::default(),
            accepted: AtomicUsize::new(0),
        }
    }

    fn present(&self, held: Lease) -> Lease {
        self.leases.lock().unwrap().get(&held.event).copied().unwrap_or(held)
    }
}

#[async_trait]
impl InboxStore for Modest {
    fn guarantees(&self) -> Guarantees {
        let mut guarantees = self.store.guarantees();
        guarantees.fencing = false;
        guarantees.ordering = false;
        guarantees
    }

    async fn accept(&self, events: &[NewEvent]) -> Result<Vec<Receipt>, StoreError> {
        // With a key of its own, each event is the first of its queue.
        let alone = |event: &NewEvent| {
            let number = self.accepted.fetch_add(1, Ordering::Relaxed);
            event.clone().ordering(number.to_string())
        };
        self.store.accept(&events.iter().map(alone).collect::<Vec<_>>()).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Claims, StoreError> {
        let mut claims = self.store.claim(claim).await?;
        let mut leases = self.leases.lock().unwrap();
        for claimed in &mut claims.events {
            leases.insert(claimed.lease.event, claimed.lease);
            claimed.lease.token = 0;
        }
        Ok(claims)
    }

    async fn extend(&self, held: &Lease, lease: Duration) -> Result<Lease, StoreError> {
        let mut extended = self.store.extend(&self.present(*held), lease).await?;
        extended.token = 0;
        Ok(extended)
    }

    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, StoreError> {
        let mut settlements = settlements.to_vec();
        for settlement in &mut settlements {
            settlement.lease = self.present(settlement.lease);
        }
        self.store.settle(&settlements).await
    }

    async fn wakeup(&self, routes: &[Route], at_most: Duration) -> Result<(), StoreError> {
        self.store.wakeup(routes, at_most).await
    }
}

#[async_trait]
impl InboxAdmin for Modest {
    async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError> {
        self.store.event(id).await
    }

    async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Event>, StoreError> {
        self.store.list(filter, page).await
    }

    async fn attempts(&self, id: EventId) -> Result<Vec<Attempt>, StoreError> {
        self.store.attempts(id).await
    }

    async fn replay(&self, what: &Replay) -> Result<u64, StoreError> {
        self.store.replay(what).await
    }

    async fn purge(&self, retention: &Retention) -> Result<Purged, StoreError> {
        self.store.purge(retention).await
    }

    async fn stats(&self, range: Range) -> Result<Stats, StoreError> {
        self.store.stats(range).await
    }
}
