//! The contract of a store as a suite of checks.
//!
//! A store of your own is one that the inbox can use when [`check`] finds no [`Violation`]. Three things no suite can
//! see from outside, so a store has tests of its own for them: that what was accepted survives a crash, that a full
//! store refuses at once, and that its database's failures become errors.
//!
//! # Examples
//!
//! ```
//! use webhook_inbox::conformance::{self, Subject};
//! use webhook_inbox::{Clock, MemoryStore};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), conformance::Violation> {
//! conformance::check(async || {
//!     let clock = Clock::system();
//!     Subject::new(MemoryStore::with_clock(clock.clone()), clock)
//! })
//! .await
//! # }
//! ```

mod accepting;
mod claiming;
mod fencing;
mod ordering;
mod reading;
mod replaying;
mod settling;
mod steps;
mod waking;

use std::fmt;
use std::sync::Arc;

use crate::{Clock, InboxAdmin, InboxStore, StoreError};

/// An empty store, and the clock that puts its time ahead.
#[derive(Debug)]
#[non_exhaustive]
pub struct Subject<S> {
    /// The store.
    pub store: Arc<S>,
    /// What the checks advance instead of waiting.
    pub clock: Clock,
}

impl<S> Subject<S> {
    /// A store that goes by `clock`, or by its server's clock and what `clock` was [advanced](Clock::advanced).
    pub fn new(store: S, clock: Clock) -> Self {
        Self { store: Arc::new(store), clock }
    }
}

impl<S> Clone for Subject<S> {
    fn clone(&self) -> Self {
        Self { store: Arc::clone(&self.store), clock: self.clock.clone() }
    }
}

/// What a store did that the contract does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The check that found it.
    pub check: &'static str,
    /// What was seen.
    pub seen: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.seen)
    }
}

impl std::error::Error for Violation {}

/// Why a check ended early.
pub(crate) struct Seen(String);

impl From<String> for Seen {
    fn from(seen: String) -> Self {
        Self(seen)
    }
}

impl From<StoreError> for Seen {
    fn from(error: StoreError) -> Self {
        Self(format!("the store answered: {error} ({error:?})"))
    }
}

/// Runs every check, each on an empty store that `fresh` makes. What the store's own
/// [`Guarantees`](crate::Guarantees) rule out, ordering or fencing, is not asked of it.
///
/// # Errors
///
/// The first [`Violation`].
pub async fn check<S>(fresh: impl AsyncFn() -> Subject<S>) -> Result<(), Violation>
where
    S: InboxStore + InboxAdmin,
{
    // A check is told by its name.
    macro_rules! checks {
        ($module:ident: $($check:ident),+ $(,)?) => {
            $(
                let subject = fresh().await;
                if let Err(Seen(seen)) = $module::$check(subject).await {
                    return Err(Violation { check: stringify!($check), seen });
                }
            )+
        };
    }
    let guarantees = fresh().await.store.guarantees();
    checks!(
        accepting: a_new_event_is_stored_as_it_came,
        a_batch_is_stored_each_for_itself,
        a_duplicate_is_told_the_first_ones_fate,
        a_key_outlives_its_body_and_ends_with_its_retention,
        the_same_key_at_once_is_new_once,
        odd_text_is_kept,
    );
    checks!(
        claiming: a_claim_takes_what_is_due_on_its_routes,
        a_claim_is_no_larger_than_asked,
        paused_events_do_not_stand_in_the_way,
        two_claims_at_once_share_nothing,
        a_claim_counts_the_attempt_and_buries_the_last,
        a_lease_ends_and_can_be_extended,
        a_lease_lasts_as_long_as_asked,
        an_ended_lease_is_held_until_the_next_claim,
    );
    checks!(
        settling: settling_twice_is_settling_once,
        a_retry_comes_when_it_is_due,
        what_is_due_first_is_claimed_first,
        a_dead_letter_keeps_its_reason,
        a_release_gives_the_attempt_back,
    );
    checks!(
        replaying: a_replay_is_a_new_series,
        a_replay_of_several_is_in_their_order,
        a_replay_takes_what_its_filter_says,
    );
    if guarantees.fencing {
        checks!(
            fencing: a_lost_lease_changes_nothing,
            a_token_grows_with_every_claim,
            another_outcome_comes_too_late,
        );
    }
    checks!(
        waking: a_wakeup_comes_for_what_is_due,
        a_wakeup_comes_when_a_lease_ends,
        a_wakeup_comes_for_a_replay,
        a_wakeup_waits_for_its_routes,
    );
    if guarantees.ordering {
        checks!(
            ordering: one_ordering_key_is_one_queue,
            ordering_keys_of_two_sources_are_two,
            a_replay_keeps_the_order,
            a_buried_event_lets_the_next_run,
            a_released_event_keeps_its_place,
            a_duplicate_of_a_blocked_event_is_told,
            a_replay_of_several_keeps_their_order,
            a_wakeup_comes_for_the_next_of_a_queue,
        );
    }
    checks!(
        reading: lists_are_filtered_and_paged,
        statistics_count_what_happened,
        statistics_tell_how_long_it_took,
        statistics_have_the_last_hours,
        statistics_keep_what_was_purged,
        a_purge_keeps_what_is_unfinished,
    );
    Ok(())
}
