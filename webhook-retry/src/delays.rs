use core::time::Duration;

use crate::{Class, Decision, Failure, Key, RetryPolicy, decide};

/// The waits of a policy for one key, one after the other; see [`RetryPolicy::delays`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Delays {
    policy: RetryPolicy,
    key: Key,
    failed: u32,
    elapsed: Duration,
}

impl RetryPolicy {
    /// The waits for the event of this key, jitter included, for what takes an iterator.
    ///
    /// Every attempt is taken to fail with [`Class::Transient`], without a wait asked for, and to need no time:
    /// `max_elapsed` is held against the waits alone. Where the class, `Retry-After` or the attempts' time matter,
    /// ask [`decide`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use webhook_retry::{Key, RetryPolicy};
    ///
    /// let waits: Vec<_> = RetryPolicy::guide().delays(Key::new("evt_1")).collect();
    /// assert_eq!(waits, [Duration::from_secs(2), Duration::from_secs(4)]);
    /// ```
    pub const fn delays(&self, key: Key) -> Delays {
        Delays { policy: *self, key, failed: 0, elapsed: Duration::ZERO }
    }
}

impl Iterator for Delays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let attempt = self.failed.saturating_add(1);
        let failure =
            Failure::new(attempt, self.elapsed, Class::Transient).entropy(self.key.entropy(attempt));
        match decide(&self.policy, failure) {
            Decision::RetryIn(wait) => {
                self.failed = attempt;
                self.elapsed = self.elapsed.saturating_add(wait);
                Some(wait)
            }
            Decision::GiveUp(_) => None,
        }
    }
}
