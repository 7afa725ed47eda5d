//! The suite itself: it passes the store in memory, and finds what is wrong with others.
#![cfg(feature = "conformance")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

mod faulty;
mod modest;

use webhook_inbox::conformance::{self, Subject};
use webhook_inbox::{Clock, MemoryStore};

use self::faulty::{Fault, Faulty};
use self::modest::Modest;

#[tokio::test]
async fn the_store_in_memory_keeps_the_contract() {
    let fresh = async || {
        let clock = Clock::system();
        Subject::new(MemoryStore::with_clock(clock.clone()), clock)
    };
    conformance::check(fresh).await.unwrap();
}

#[tokio::test]
async fn a_store_is_not_asked_for_what_it_does_not_promise() {
    let fresh = async || {
        let clock = Clock::system();
        Subject::new(Modest::new(clock.clone()), clock)
    };
    conformance::check(fresh).await.unwrap();
}

/// Each fault, the check that finds it, and some of its words.
const FAULTS: &[(Fault, &str, &str)] = &[
    (Fault::ForgetsKeys, "a_new_event_is_stored_as_it_came", "key"),
    (Fault::ForgetsDeliveryIds, "a_new_event_is_stored_as_it_came", "delivery id: None"),
    (Fault::ClaimsWithoutDeliveryIds, "a_new_event_is_stored_as_it_came", "claimed delivery id"),
    (
        Fault::StoresDuplicatesOfDeadLetters,
        "a_duplicate_is_told_the_first_ones_fate",
        "a duplicate is a new event",
    ),
    (Fault::StoresDuplicatesOfBlocked, "a_duplicate_of_a_blocked_event_is_told", "is a new event"),
    (Fault::IgnoresRoutes, "a_claim_takes_what_is_due_on_its_routes", ""),
    (Fault::ClaimsMore, "a_claim_is_no_larger_than_asked", ""),
    (Fault::ClaimsBackwards, "a_claim_takes_what_is_due_on_its_routes", ""),
    (Fault::ClaimsById, "what_is_due_first_is_claimed_first", "by when they were due"),
    (Fault::LeasesNeverEnd, "a_claim_counts_the_attempt_and_buries_the_last", ""),
    (Fault::LeasesAreAMinute, "a_lease_lasts_as_long_as_asked", "something is due"),
    (Fault::ExtendsNoEndedLease, "an_ended_lease_is_held_until_the_next_claim", "is not extended"),
    (Fault::SettlesNoEndedLease, "an_ended_lease_is_held_until_the_next_claim", "settling"),
    (Fault::SettlesAnything, "a_lost_lease_changes_nothing", ""),
    (Fault::RetriesAtOnce, "a_retry_comes_when_it_is_due", ""),
    (Fault::ReleaseCosts, "a_release_gives_the_attempt_back", ""),
    (Fault::ReleaseLetsTheNextRun, "a_released_event_keeps_its_place", "the released one"),
    (Fault::ReplaysNothing, "a_replay_is_a_new_series", ""),
    (Fault::ReplaysInTheOldSeries, "a_replay_is_a_new_series", "the new series begins with"),
    (Fault::ReplaysBackwards, "a_replay_of_several_is_in_their_order", "the oldest first"),
    (Fault::ReplaysQueuesBackwards, "a_replay_of_several_keeps_their_order", "whose turn it is"),
    (Fault::ReplaysAnyKind, "a_replay_takes_what_its_filter_says", "of a name"),
    (Fault::ReplaysAnyTime, "a_replay_takes_what_its_filter_says", "since a moment"),
    (Fault::NeverWakes, "a_wakeup_comes_for_what_is_due", "by a new event"),
    (Fault::WakesForNoRelease, "a_wakeup_comes_for_what_is_due", "by a release"),
    (Fault::WakesForNoLease, "a_wakeup_comes_when_a_lease_ends", "at the end of a lease"),
    (Fault::WakesForNoReplay, "a_wakeup_comes_for_a_replay", "by a replay"),
    (Fault::WakesForNoNext, "a_wakeup_comes_for_the_next_of_a_queue", "by the end of the event before"),
    (Fault::WakesForOtherRoutes, "a_wakeup_waits_for_its_routes", "again and again"),
    (Fault::ListsEverything, "one_ordering_key_is_one_queue", ""),
    (Fault::ListsAnyKindOfAState, "lists_are_filtered_and_paged", "of a name in a state"),
    (Fault::ListsAnyTimeOfAState, "lists_are_filtered_and_paged", "in a state, since a moment"),
    (Fault::CountsNothing, "a_replay_is_a_new_series", ""),
    (Fault::CountsNoLatency, "statistics_tell_how_long_it_took", "latencies"),
    (Fault::CountsNoWaiting, "statistics_tell_how_long_it_took", "the oldest that waits"),
    (Fault::CountsTheWrongHour, "statistics_have_the_last_hours", ""),
    (Fault::CountsHoursBackwards, "statistics_have_the_last_hours", ""),
    (Fault::CountsAllHours, "statistics_have_the_last_hours", ""),
    (Fault::CountsPurgedSinceAnyTime, "statistics_keep_what_was_purged", "since the beginning"),
    (Fault::CountsPurgedUntilAnyTime, "statistics_keep_what_was_purged", "until the beginning"),
    (Fault::PurgesNothing, "a_key_outlives_its_body_and_ends_with_its_retention", ""),
];

#[tokio::test(start_paused = true)]
async fn each_fault_is_found() {
    for &(fault, found_by, words) in FAULTS {
        let fresh = async || {
            let clock = Clock::system();
            Subject::new(Faulty::new(clock.clone(), fault), clock)
        };
        let violation = conformance::check(fresh).await.expect_err(&format!("{fault:?} is not found"));
        assert_eq!(violation.check, found_by, "{fault:?}: {violation}");
        assert!(violation.seen.contains(words), "{fault:?}: {violation}");
    }
}
