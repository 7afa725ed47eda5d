use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use webhook_core::UnixMillis;

/// The clock of a store. It follows the system's, and never goes back while the process runs.
///
/// When the system's clock is set back, this one goes on from where it was, so that no retry waits for the lost
/// time. When it is set ahead, leases end early, which their tokens make harmless, and retries come early. Clones are
/// the same clock.
///
/// # Limits
///
/// What a [`Retention`](crate::Retention) keeps ends early as well when the system's clock is set ahead, also by
/// mistake and for a moment: the next purge, within an hour, forgets the keys and bodies that are older by the wrong
/// time, for good, and late duplicates of those keys are new events. No purge can wait for the mistake to be mended,
/// since this clock does not go back. Where clocks are set by hand, purge by hand too
/// ([`InboxAdmin::purge`](crate::InboxAdmin::purge)), without [`Worker::retention`](crate::Worker::retention).
///
/// A store on a server uses the server's clock, and adds what [`advance`](Self::advance) was told.
#[derive(Clone)]
pub struct Clock(Arc<Mutex<State>>);

struct State {
    /// The latest moment given out, in milliseconds, and when that was.
    latest: i64,
    at: Instant,
    advanced: i64,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        let latest = UnixMillis::now().as_millis();
        Self(Arc::new(Mutex::new(State { latest, at: Instant::now(), advanced: 0 })))
    }

    /// The present moment.
    pub fn now(&self) -> UnixMillis {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let passed = millis(now.saturating_duration_since(state.at));
        let system = UnixMillis::now().as_millis().saturating_add(state.advanced);
        state.latest = state.latest.saturating_add(passed).max(system);
        state.at = now;
        UnixMillis::from_millis(state.latest)
    }

    /// Puts the clock ahead: for tests that cannot wait for a lease or a retention to end.
    pub fn advance(&self, by: Duration) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.advanced = state.advanced.saturating_add(millis(by));
    }

    /// By how much the clock was put ahead, in milliseconds.
    pub fn advanced(&self) -> i64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).advanced
    }

    /// Goes on from `moment` if that is later than now: what a store has recorded lies in the past.
    #[cfg_attr(not(feature = "sqlite"), allow(dead_code, reason = "the memory store has recorded nothing"))]
    pub(crate) fn not_before(&self, moment: UnixMillis) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.latest = state.latest.max(moment.as_millis());
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

/// A duration in whole milliseconds.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// From `earlier` to `later`; nothing when they are the other way round.
pub(crate) fn between(earlier: UnixMillis, later: UnixMillis) -> Duration {
    let millis = later.as_millis().saturating_sub(earlier.as_millis());
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// `moment` and so much more.
pub(crate) fn after(moment: UnixMillis, by: Duration) -> UnixMillis {
    UnixMillis::from_millis(moment.as_millis().saturating_add(millis(by)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_ahead_and_never_back() {
        let clock = Clock::system();
        let first = clock.now();
        clock.advance(Duration::from_hours(1));
        let second = clock.now();
        assert!(between(first, second) >= Duration::from_hours(1));

        let later = after(second, Duration::from_hours(24));
        clock.not_before(later);
        assert!(clock.now() >= later);
        clock.not_before(first);
        assert!(clock.now() >= later);
    }

    /// The limit in the documentation: that it is one, and no more than that.
    #[tokio::test]
    async fn a_leap_ends_the_retention_of_keys() {
        use webhook_core::IdempotencyKey;
        use webhook_verify::danger::assume_verified;

        use crate::{InboxAdmin, InboxStore, MemoryStore, NewEvent, Receipt, Retention};

        let clock = Clock::system();
        let store = MemoryStore::with_clock(clock.clone());
        let event =
            || NewEvent::verified("shop", &assume_verified(b"{}")).key(Some(IdempotencyKey::new("shop:1")));
        let first = store.accept(&[event()]).await.unwrap();
        clock.advance(Duration::from_hours(24 * 365));
        let leapt = store.accept(&[event()]).await.unwrap();
        assert!(
            matches!(leapt[..], [Receipt::Duplicate(_)]),
            "without a purge nothing is forgotten: {leapt:?}"
        );
        assert_eq!(store.purge(&Retention::default()).await.unwrap().keys, 1);
        let late = store.accept(&[event()]).await.unwrap();
        assert!(matches!(late[..], [Receipt::New(_)]), "{late:?} after {first:?}");
    }
}
