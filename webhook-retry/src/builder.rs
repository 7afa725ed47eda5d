use core::num::NonZeroU32;
use core::time::Duration;

use crate::millis;
use crate::schedule::check;
use crate::{Jitter, PolicyError, RetryAfter, RetryPolicy, Schedule};

/// A [`RetryPolicy`] in the making; see [`RetryPolicy::builder`].
///
/// All of it works in a `const`, so that a wrong policy need not compile:
///
/// ```
/// use std::time::Duration;
/// use webhook_retry::{RetryPolicy, Schedule};
///
/// const POLICY: RetryPolicy = match RetryPolicy::builder(Schedule::Fixed(Duration::from_secs(1)), 3).build() {
///     Ok(policy) => policy,
///     Err(_) => panic!("the policy is refused"),
/// };
/// assert_eq!(POLICY.max_attempts(), 3);
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct PolicyBuilder {
    schedule: Schedule,
    max_attempts: u32,
    max_delay: Duration,
    min_delay: Duration,
    throttled_min_delay: Duration,
    max_elapsed: Option<Duration>,
    jitter: Jitter,
    retry_after: RetryAfter,
}

impl PolicyBuilder {
    pub(crate) const DEFAULT_MAX_DELAY: Duration = Duration::from_hours(24);
    pub(crate) const DEFAULT_RETRY_AFTER: RetryAfter = RetryAfter::UpTo(Duration::from_hours(1));

    pub(crate) const fn new(schedule: Schedule, max_attempts: u32) -> Self {
        Self {
            schedule,
            max_attempts,
            max_delay: Self::DEFAULT_MAX_DELAY,
            min_delay: Duration::ZERO,
            throttled_min_delay: Duration::ZERO,
            max_elapsed: None,
            jitter: Jitter::None,
            retry_after: Self::DEFAULT_RETRY_AFTER,
        }
    }

    /// The longest wait, jitter included. Unless set, a day.
    pub const fn max_delay(mut self, max_delay: Duration) -> Self {
        self.max_delay = max_delay;
        self
    }

    /// The shortest wait, jitter included. Unless set, zero. The schedule must not ask for less.
    pub const fn min_delay(mut self, min_delay: Duration) -> Self {
        self.min_delay = min_delay;
        self
    }

    /// The shortest wait after a failure of the class [`Throttled`](crate::Class::Throttled), jitter included.
    /// Unless set, zero. A scheduled wait below it is replaced by it before the jitter is applied.
    pub const fn throttled_min_delay(mut self, throttled_min_delay: Duration) -> Self {
        self.throttled_min_delay = throttled_min_delay;
        self
    }

    /// How long after the first attempt the last one may begin: a wait that would end later is not begun. Unless
    /// set, only the number of attempts is limited.
    pub const fn max_elapsed(mut self, max_elapsed: Duration) -> Self {
        self.max_elapsed = Some(max_elapsed);
        self
    }

    /// How waits are spread. Unless set, [`Jitter::None`].
    pub const fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = jitter;
        self
    }

    /// What becomes of a wait that the other side asked for. Unless set, it is honoured up to one hour.
    pub const fn retry_after(mut self, retry_after: RetryAfter) -> Self {
        self.retry_after = retry_after;
        self
    }

    /// Checks the fields, each by itself and against the others.
    ///
    /// # Errors
    ///
    /// * [`PolicyError::Zero`] if `max_attempts`, `max_delay`, `max_elapsed`, the cap of `retry_after`, the `first`
    ///   of a growing schedule or the `step` of a linear one is zero;
    /// * [`PolicyError::Above`] if the schedule begins above `max_delay` or `max_elapsed`, a table has a wait above
    ///   `max_delay`, `min_delay` is above a wait of the schedule, or `throttled_min_delay` above `max_delay`;
    /// * [`PolicyError::PerMille`] if a proportional jitter is not from 1 to 1000 per mille;
    /// * [`PolicyError::TooLong`] and [`PolicyError::NotWholeMillis`] for a time above a hundred years or with a
    ///   part finer than a millisecond.
    pub const fn build(self) -> Result<RetryPolicy, PolicyError> {
        let Some(max_attempts) = NonZeroU32::new(self.max_attempts) else {
            return Err(PolicyError::Zero { field: "max_attempts" });
        };
        if let Err(error) = self.check() {
            return Err(error);
        }
        Ok(RetryPolicy {
            schedule: self.schedule,
            max_attempts,
            max_delay: self.max_delay,
            min_delay: self.min_delay,
            throttled_min_delay: self.throttled_min_delay,
            max_elapsed: self.max_elapsed,
            jitter: self.jitter,
            retry_after: self.retry_after,
        })
    }

    const fn check(&self) -> Result<(), PolicyError> {
        if let Err(error) = check_positive(self.max_delay, "max_delay") {
            return Err(error);
        }
        if let Err(error) = self.schedule.check(self.max_delay) {
            return Err(error);
        }
        if let Err(error) = check(self.min_delay, "min_delay") {
            return Err(error);
        }
        if millis::saturating(self.min_delay) > self.schedule.shortest() {
            return Err(PolicyError::Above { field: "min_delay", limit: "schedule" });
        }
        if let Err(error) = check(self.throttled_min_delay, "throttled_min_delay") {
            return Err(error);
        }
        if millis::saturating(self.throttled_min_delay) > millis::saturating(self.max_delay) {
            return Err(PolicyError::Above { field: "throttled_min_delay", limit: "max_delay" });
        }
        if let Some(max_elapsed) = self.max_elapsed {
            if let Err(error) = check_positive(max_elapsed, "max_elapsed") {
                return Err(error);
            }
            let (first, field) = self.schedule.first();
            if first > millis::saturating(max_elapsed) {
                return Err(PolicyError::Above { field, limit: "max_elapsed" });
            }
        }
        if let RetryAfter::UpTo(cap) = self.retry_after
            && let Err(error) = check_positive(cap, "retry_after")
        {
            return Err(error);
        }
        match self.jitter {
            Jitter::Proportional { per_mille: 0 | 1001.. } => Err(PolicyError::PerMille),
            _ => Ok(()),
        }
    }
}

const fn check_positive(time: Duration, field: &'static str) -> Result<(), PolicyError> {
    if time.is_zero() { Err(PolicyError::Zero { field }) } else { check(time, field) }
}
