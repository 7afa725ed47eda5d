use core::fmt;
use core::time::Duration;

use crate::jitter::draw;
use crate::key::mix;
use crate::{RetryAfter, RetryPolicy};

/// What kind of failure it was, as far as trying again is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// It may work the next time: a refused or broken connection, a server error.
    ///
    /// A timeout is of this class too. The attempt may have taken effect nevertheless, so what is tried again must
    /// bear to happen twice.
    Transient,
    /// The other side has too much to do: the policy's `throttled_min_delay` applies.
    Throttled,
    /// It will not work: trying again changes nothing.
    Permanent,
    /// The other side is gone for good and wants no further attempts, for this event or any other.
    Gone,
}

/// A failure's class, and the wait that the other side asked for with it: what a classifying function returns to
/// the loops and adapters of this crate.
///
/// ```
/// use std::time::Duration;
/// use webhook_retry::{Class, Verdict};
///
/// assert_eq!(Verdict::from(Class::Transient), Verdict::new(Class::Transient));
/// let slow_down = Verdict::new(Class::Throttled).retry_after(Some(Duration::from_secs(30)));
/// assert_eq!(slow_down.retry_after, Some(Duration::from_secs(30)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// The kind of failure.
    pub class: Class,
    /// The wait that the other side asked for, if it did.
    pub retry_after: Option<Duration>,
}

impl Verdict {
    /// A failure of this class, without a wait asked for.
    pub const fn new(class: Class) -> Self {
        Self { class, retry_after: None }
    }

    /// The wait that the other side asked for, if it did.
    #[must_use]
    pub const fn retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }
}

impl From<Class> for Verdict {
    fn from(class: Class) -> Self {
        Self::new(class)
    }
}

/// One failed attempt, as [`decide`] wants to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Failure {
    /// Which attempt failed: 1 is the first one. 0 is read as 1.
    pub attempt: u32,
    /// The time since the first attempt began.
    pub elapsed: Duration,
    /// The kind of failure.
    pub class: Class,
    /// The wait that the other side asked for, if it did.
    pub retry_after: Option<Duration>,
    /// What the jitter is drawn from: any number that differs between events and attempts. It is mixed before use,
    /// so that a counter serves as well as a random number. [`Key::entropy`](crate::Key::entropy) makes one that
    /// is the same after a crash.
    pub entropy: u64,
}

impl Failure {
    /// A failure without a wait asked for, and with an entropy of zero: set [`entropy`](Self::entropy) wherever
    /// the policy has jitter.
    pub const fn new(attempt: u32, elapsed: Duration, class: Class) -> Self {
        Self { attempt, elapsed, class, retry_after: None, entropy: 0 }
    }

    /// The wait that the other side asked for, if it did.
    pub const fn retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }

    /// What the jitter is drawn from.
    pub const fn entropy(mut self, entropy: u64) -> Self {
        self.entropy = entropy;
        self
    }
}

/// What to do after a failure. There is no third way, so a `match` needs no wildcard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Try again after this time, counted from the failure.
    RetryIn(Duration),
    /// Do not try again.
    GiveUp(GiveUpReason),
}

/// Why there is no further attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GiveUpReason {
    /// The failure was [`Class::Permanent`].
    Permanent,
    /// The failure was [`Class::Gone`].
    Gone,
    /// All attempts were made.
    Attempts,
    /// The next attempt would begin after the policy's `max_elapsed`. It is known now, so nobody waits for it.
    Elapsed,
}

impl fmt::Display for GiveUpReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Permanent => "the failure is permanent",
            Self::Gone => "the other side is gone",
            Self::Attempts => "all attempts were made",
            Self::Elapsed => "the time for further attempts is over",
        })
    }
}

/// Whether to try again after `failure`, and when.
///
/// The same input gives the same answer, every input has one, and nothing else is looked at. In this order:
///
/// 1. a permanent or gone failure gives up;
/// 2. so does the last attempt;
/// 3. the wait is drawn from the schedule's window, between `min_delay` (after throttling at least
///    `throttled_min_delay`) and `max_delay`;
/// 4. a wait that the other side asked for, up to the policy's cap for it, is the least;
/// 5. if the wait would end after `max_elapsed`, there is no point in beginning it.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use webhook_retry::{Class, Decision, Failure, GiveUpReason, RetryPolicy, decide};
///
/// let policy = RetryPolicy::guide();
/// let failed = |attempt, seconds| Failure::new(attempt, Duration::from_secs(seconds), Class::Transient);
/// assert_eq!(decide(&policy, failed(1, 0)), Decision::RetryIn(Duration::from_secs(2)));
/// assert_eq!(decide(&policy, failed(2, 2)), Decision::RetryIn(Duration::from_secs(4)));
/// assert_eq!(decide(&policy, failed(3, 6)), Decision::GiveUp(GiveUpReason::Attempts));
/// ```
pub fn decide(policy: &RetryPolicy, failure: Failure) -> Decision {
    match failure.class {
        Class::Permanent => return Decision::GiveUp(GiveUpReason::Permanent),
        Class::Gone => return Decision::GiveUp(GiveUpReason::Gone),
        Class::Transient | Class::Throttled => {}
    }
    if failure.attempt >= policy.max_attempts() {
        return Decision::GiveUp(GiveUpReason::Attempts);
    }
    let (low, high) = policy.window(failure.attempt, failure.class);
    let mut wait = Duration::from_millis(draw(low, high, mix(failure.entropy)));
    if let (RetryAfter::UpTo(cap), Some(asked)) = (policy.retry_after, failure.retry_after) {
        wait = wait.max(asked.min(cap));
    }
    match policy.max_elapsed {
        Some(limit) if failure.elapsed.saturating_add(wait) > limit => {
            Decision::GiveUp(GiveUpReason::Elapsed)
        }
        _ => Decision::RetryIn(wait),
    }
}
