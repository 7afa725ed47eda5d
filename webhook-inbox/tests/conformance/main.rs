//! The suite itself: it passes the store in memory, and finds what is wrong with others.
#![cfg(feature = "conformance")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::time::Duration;

use async_trait::async_trait;
use webhook_inbox::conformance::{self, Subject};
use webhook_inbox::webhook_retry::Class;
use webhook_inbox::{
    Attempt, AttemptFailure, Claim, Claims, Clock, Event, EventId, Filter, Guarantees, InboxAdmin,
    InboxStore, Kinds, Lease, MemoryStore, NewEvent, Outcome, Page, Purged, Range, Receipt, Replay,
    Retention, Route, Settled, Settlement, Stats, StoreError,
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    ForgetsKeys,
    IgnoresRoutes,
    ClaimsMore,
    OrdersNothing,
    LeasesNeverEnd,
    SettlesAnything,
    ReleaseCosts,
    RetriesAtOnce,
    NeverWakes,
    PurgesNothing,
    ListsEverything,
    ReplaysNothing,
    CountsNothing,
}

/// The store in memory with one thing wrong.
#[derive(Debug)]
struct Faulty(MemoryStore, Fault);

#[async_trait]
impl InboxStore for Faulty {
    fn guarantees(&self) -> Guarantees {
        self.0.guarantees()
    }

    async fn accept(&self, events: &[NewEvent]) -> Result<Vec<Receipt>, StoreError> {
        let mut events = events.to_vec();
        if self.1 == Fault::ForgetsKeys {
            events = events.into_iter().map(|event| event.key(None)).collect();
        }
        self.0.accept(&events).await
    }

    async fn claim(&self, claim: &Claim) -> Result<Claims, StoreError> {
        let mut claim = claim.clone();
        match self.1 {
            Fault::IgnoresRoutes => {
                claim.routes.iter_mut().for_each(|route| route.kinds = Kinds::Except(Vec::new()));
            }
            Fault::ClaimsMore => claim.max = claim.max.saturating_add(1),
            Fault::LeasesNeverEnd => claim.lease = Duration::from_hours(1_000_000),
            _ => {}
        }
        let mut claims = self.0.claim(&claim).await?;
        if self.1 == Fault::OrdersNothing {
            claims.events.reverse();
        }
        Ok(claims)
    }

    async fn extend(&self, held: &Lease, lease: Duration) -> Result<Lease, StoreError> {
        self.0.extend(held, lease).await
    }

    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, StoreError> {
        let mut settlements = settlements.to_vec();
        for settlement in &mut settlements {
            match (&mut settlement.outcome, self.1) {
                (Outcome::Retry { after, .. }, Fault::RetriesAtOnce) => *after = Duration::ZERO,
                (outcome @ Outcome::Release, Fault::ReleaseCosts) => {
                    let failure = AttemptFailure::new(Class::Transient, "released");
                    *outcome = Outcome::Retry { after: Duration::ZERO, failure };
                }
                _ => {}
            }
        }
        let settled = self.0.settle(&settlements).await?;
        Ok(if self.1 == Fault::SettlesAnything { vec![Settled::Yes; settled.len()] } else { settled })
    }

    async fn wakeup(&self, routes: &[Route], at_most: Duration) -> Result<(), StoreError> {
        if self.1 == Fault::NeverWakes {
            tokio::time::sleep(at_most).await;
            return Ok(());
        }
        self.0.wakeup(routes, at_most).await
    }
}

#[async_trait]
impl InboxAdmin for Faulty {
    async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError> {
        self.0.event(id).await
    }

    async fn list(&self, filter: &Filter, page: Page) -> Result<Vec<Event>, StoreError> {
        let all = Filter::all();
        self.0.list(if self.1 == Fault::ListsEverything { &all } else { filter }, page).await
    }

    async fn attempts(&self, id: EventId) -> Result<Vec<Attempt>, StoreError> {
        self.0.attempts(id).await
    }

    async fn replay(&self, what: &Replay) -> Result<u64, StoreError> {
        if self.1 == Fault::ReplaysNothing { Ok(0) } else { self.0.replay(what).await }
    }

    async fn purge(&self, retention: &Retention) -> Result<Purged, StoreError> {
        if self.1 == Fault::PurgesNothing { Ok(Purged::default()) } else { self.0.purge(retention).await }
    }

    async fn stats(&self, range: Range) -> Result<Stats, StoreError> {
        if self.1 == Fault::CountsNothing {
            Ok(Stats::new(&[], std::collections::BTreeMap::new()))
        } else {
            self.0.stats(range).await
        }
    }
}

#[tokio::test]
async fn the_store_in_memory_keeps_the_contract() {
    let fresh = async || {
        let clock = Clock::system();
        Subject::new(MemoryStore::with_clock(clock.clone()), clock)
    };
    conformance::check(fresh).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn each_fault_is_found() {
    for (fault, found_by) in [
        (Fault::ForgetsKeys, "a_new_event_is_stored_as_it_came"),
        (Fault::IgnoresRoutes, "a_claim_takes_what_is_due_on_its_routes"),
        (Fault::ClaimsMore, "a_claim_is_no_larger_than_asked"),
        (Fault::OrdersNothing, "a_claim_takes_what_is_due_on_its_routes"),
        (Fault::LeasesNeverEnd, "a_claim_counts_the_attempt_and_buries_the_last"),
        (Fault::SettlesAnything, "a_lost_lease_changes_nothing"),
        (Fault::RetriesAtOnce, "a_retry_comes_when_it_is_due"),
        (Fault::ReleaseCosts, "a_release_gives_the_attempt_back"),
        (Fault::ReplaysNothing, "a_replay_is_a_new_series"),
        (Fault::NeverWakes, "a_wakeup_comes_for_what_is_due"),
        (Fault::ListsEverything, "one_ordering_key_is_one_queue"),
        (Fault::CountsNothing, "a_replay_is_a_new_series"),
        (Fault::PurgesNothing, "a_key_outlives_its_body_and_ends_with_its_retention"),
    ] {
        let fresh = async || {
            let clock = Clock::system();
            Subject::new(Faulty(MemoryStore::with_clock(clock.clone()), fault), clock)
        };
        let violation = conformance::check(fresh).await.expect_err(&format!("{fault:?} is not found"));
        assert_eq!(violation.check, found_by, "{fault:?}: {violation}");
    }
}
