use core::num::NonZeroU32;
use core::time::Duration;

use crate::millis;
use crate::{Class, Jitter, PolicyBuilder, Schedule};

/// How often to try, and how long to wait in between: a checked value without a clock, a random generator or a
/// runtime.
///
/// It is built by [`RetryPolicy::builder`], taken from a preset ([`guide`](Self::guide), [`durable`](Self::durable),
/// [`once`](Self::once), [`senders`](crate::senders)) or, with the feature `serde`, read from configuration.
/// [`decide`](crate::decide) asks it.
///
/// `max_attempts` counts the first attempt. Three attempts that wait 2 s and then twice that are
///
/// | attempt | waits, after the failure before it | since the first attempt |
/// | --- | --- | --- |
/// | 1 | nothing | 0 s |
/// | 2 | 2 s | 2 s |
/// | 3 | 4 s | 6 s |
///
/// and [`schedule_preview`](Self::schedule_preview) prints such a table for any policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "crate::form::Policy", try_from = "crate::form::Policy"))]
#[must_use]
pub struct RetryPolicy {
    pub(crate) schedule: Schedule,
    pub(crate) max_attempts: NonZeroU32,
    pub(crate) max_delay: Duration,
    pub(crate) min_delay: Duration,
    pub(crate) throttled_min_delay: Duration,
    pub(crate) max_elapsed: Option<Duration>,
    pub(crate) jitter: Jitter,
    pub(crate) retry_after: RetryAfter,
}

/// What a policy does with the wait that the other side asked for, as in the header `Retry-After`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use webhook_retry::{Class, Decision, Failure, RetryAfter, RetryPolicy, Schedule, decide};
///
/// let policy = RetryPolicy::builder(Schedule::Fixed(Duration::from_secs(5)), 3)
///     .retry_after(RetryAfter::UpTo(Duration::from_secs(60)))
///     .build()?;
/// let asked_for = |seconds| {
///     let asked = Some(Duration::from_secs(seconds));
///     decide(&policy, Failure::new(1, Duration::ZERO, Class::Throttled).retry_after(asked))
/// };
/// assert_eq!(asked_for(1), Decision::RetryIn(Duration::from_secs(5)));
/// assert_eq!(asked_for(30), Decision::RetryIn(Duration::from_secs(30)));
/// assert_eq!(asked_for(900), Decision::RetryIn(Duration::from_secs(60)));
/// # Ok::<(), webhook_retry::PolicyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// The policy's own wait, whatever was asked for.
    Ignore,
    /// At least what was asked for, as far as it is not above this cap. The cap may be above the policy's
    /// `max_delay`; the policy's own wait still applies where it is longer.
    UpTo(Duration),
}

impl RetryPolicy {
    /// Begins a policy with its two answers that have no default: how long to wait, and how many attempts there are
    /// in all, the first one included.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use webhook_retry::{Jitter, Ratio, RetryPolicy, Schedule};
    ///
    /// let first = Duration::from_millis(200);
    /// let policy = RetryPolicy::builder(Schedule::Exponential { first, ratio: Ratio::DOUBLE }, 6)
    ///     .max_delay(Duration::from_secs(5))
    ///     .max_elapsed(Duration::from_secs(30))
    ///     .jitter(Jitter::Full)
    ///     .build()?;
    /// assert_eq!(policy.max_attempts(), 6);
    /// # Ok::<(), webhook_retry::PolicyError>(())
    /// ```
    pub const fn builder(schedule: Schedule, max_attempts: u32) -> PolicyBuilder {
        PolicyBuilder::new(schedule, max_attempts)
    }

    /// How long to wait after each attempt.
    pub const fn schedule(&self) -> Schedule {
        self.schedule
    }

    /// The number of attempts in all, the first one included; at least 1.
    pub const fn max_attempts(&self) -> u32 {
        self.max_attempts.get()
    }

    /// The longest wait that the policy itself asks for, jitter included.
    pub const fn max_delay(&self) -> Duration {
        self.max_delay
    }

    /// The shortest wait that the policy asks for, jitter included.
    pub const fn min_delay(&self) -> Duration {
        self.min_delay
    }

    /// The shortest wait after a [`Class::Throttled`] failure.
    pub const fn throttled_min_delay(&self) -> Duration {
        self.throttled_min_delay
    }

    /// How long after the first attempt the last one may begin, if that is limited.
    pub const fn max_elapsed(&self) -> Option<Duration> {
        self.max_elapsed
    }

    /// How waits are spread.
    pub const fn jitter(&self) -> Jitter {
        self.jitter
    }

    /// What becomes of a wait that the other side asked for.
    pub const fn retry_after(&self) -> RetryAfter {
        self.retry_after
    }

    /// The wait after attempt `attempt` before the jitter, in milliseconds.
    pub(crate) fn wait(&self, attempt: u32, class: Class) -> u64 {
        self.schedule.wait(attempt, millis::saturating(self.max_delay)).max(self.minimum(class))
    }

    /// The shortest and the longest wait after attempt `attempt`, in milliseconds.
    pub(crate) fn window(&self, attempt: u32, class: Class) -> (u64, u64) {
        self.window_of(self.wait(attempt, class), class)
    }

    /// What the jitter makes of `wait`, in milliseconds.
    pub(crate) fn window_of(&self, wait: u64, class: Class) -> (u64, u64) {
        self.jitter.window(wait, self.minimum(class), millis::saturating(self.max_delay))
    }

    fn minimum(&self, class: Class) -> u64 {
        let minimum = millis::saturating(self.min_delay);
        match class {
            Class::Throttled => minimum.max(millis::saturating(self.throttled_min_delay)),
            _ => minimum,
        }
    }
}
