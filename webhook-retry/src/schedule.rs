use core::time::Duration;

use crate::millis;
use crate::{PolicyError, Ratio, Table};

/// How long to wait after each failed attempt, before the jitter and the limits of the policy.
///
/// Every wait is counted from the failure before it. The variants are checked when a
/// [`RetryPolicy`](crate::RetryPolicy) is built from them, not before.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use webhook_retry::{Ratio, RetryPolicy, Schedule};
///
/// let schedule = Schedule::Exponential { first: Duration::from_secs(2), ratio: Ratio::new(3, 2)? };
/// let policy = RetryPolicy::builder(schedule, 4).build()?;
/// let waits: Vec<_> = policy.schedule_preview().map(|step| step.wait.as_millis()).collect();
/// assert_eq!(waits, [0, 2000, 3000, 4500]);
/// # Ok::<(), webhook_retry::PolicyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Schedule {
    /// The same wait every time; zero means at once.
    Fixed(Duration),
    /// `first`, then `step` more every time.
    Linear {
        /// The wait after the first attempt; zero means at once.
        first: Duration,
        /// What every later wait adds; more than zero.
        step: Duration,
    },
    /// `first`, then `ratio` times the wait before it, exactly: the rounding to a millisecond of one wait does not
    /// enter the next.
    Exponential {
        /// The wait after the first attempt; more than zero.
        first: Duration,
        /// The growth from one wait to the next.
        ratio: Ratio,
    },
    /// `first` times 1, 1, 2, 3, 5, 8 and so on.
    Fibonacci {
        /// The wait after the first attempt, and again after the second; more than zero.
        first: Duration,
    },
    /// Listed waits; the last one repeats when the policy allows more attempts than there are entries.
    Table(Table),
}

/// Fractions of a millisecond that an exponential wait is computed in.
const FRACTION: u128 = 1 << 32;

impl Schedule {
    /// The wait after attempt `attempt` (from 1), in milliseconds, at most `cap`.
    pub(crate) fn wait(&self, attempt: u32, cap: u64) -> u64 {
        let earlier = attempt.saturating_sub(1);
        let wait = match *self {
            Self::Fixed(wait) => millis::saturating(wait),
            Self::Linear { first, step } => millis::saturating(step)
                .saturating_mul(earlier.into())
                .saturating_add(millis::saturating(first)),
            Self::Exponential { first, ratio } => exponential(millis::saturating(first), ratio, earlier, cap),
            Self::Fibonacci { first } => fibonacci(millis::saturating(first), earlier, cap),
            Self::Table(table) => table.wait(earlier),
        };
        wait.min(cap)
    }

    /// The waits after the first attempt, the second, and so on without an end, as [`wait`](Self::wait) has them.
    pub(crate) fn waits(&self, cap: u64) -> Waits {
        let wait = u128::from(self.shortest());
        let wait = match self {
            Self::Exponential { .. } => wait.saturating_mul(FRACTION),
            _ => wait,
        };
        Waits { schedule: *self, cap, attempt: 0, wait, next: wait }
    }

    /// Whether all waits from the one after attempt `attempt` on are as long as that one, which is `wait`.
    pub(crate) fn settles(&self, attempt: u32, wait: u64, cap: u64) -> bool {
        match self {
            Self::Fixed(_) => true,
            Self::Table(table) => table.ends_at(attempt),
            Self::Linear { .. } | Self::Exponential { .. } | Self::Fibonacci { .. } => wait >= cap,
        }
    }

    pub(crate) const fn check(&self, max_delay: Duration) -> Result<(), PolicyError> {
        let first = match *self {
            Self::Fixed(wait) => wait,
            Self::Linear { first, step } => {
                if let Err(error) = check(step, "step") {
                    return Err(error);
                }
                if step.is_zero() {
                    return Err(PolicyError::Zero { field: "step" });
                }
                first
            }
            Self::Exponential { first, .. } | Self::Fibonacci { first } => {
                if first.is_zero() {
                    return Err(PolicyError::Zero { field: "first" });
                }
                first
            }
            Self::Table(table) => {
                return if table.longest() > millis::saturating(max_delay) {
                    Err(PolicyError::Above { field: "table", limit: "max_delay" })
                } else {
                    Ok(())
                };
            }
        };
        if let Err(error) = check(first, "first") {
            return Err(error);
        }
        if millis::saturating(first) > millis::saturating(max_delay) {
            return Err(PolicyError::Above { field: "first", limit: "max_delay" });
        }
        Ok(())
    }

    /// The wait after the first attempt, in milliseconds, and the name of the field that says so.
    pub(crate) const fn first(&self) -> (u64, &'static str) {
        match *self {
            Self::Table(table) => (table.first(), "table"),
            _ => (self.shortest(), "first"),
        }
    }

    /// The shortest wait of all, in milliseconds.
    pub(crate) const fn shortest(&self) -> u64 {
        match *self {
            Self::Fixed(first)
            | Self::Linear { first, .. }
            | Self::Exponential { first, .. }
            | Self::Fibonacci { first } => millis::saturating(first),
            Self::Table(table) => table.shortest(),
        }
    }
}

/// Refuses what cannot be kept exactly.
pub(crate) const fn check(time: Duration, field: &'static str) -> Result<(), PolicyError> {
    if millis::too_long(time) {
        Err(PolicyError::TooLong { field })
    } else if !millis::is_whole(time) {
        Err(PolicyError::NotWholeMillis { field })
    } else {
        Ok(())
    }
}

/// The waits of a schedule, each made of the one before it.
#[derive(Debug, Clone)]
pub(crate) struct Waits {
    schedule: Schedule,
    cap: u64,
    attempt: u32,
    /// The wait to come of a schedule that grows by multiplying or adding; of an exponential one in fractions.
    wait: u128,
    /// The one behind it, of a Fibonacci schedule.
    next: u128,
}

impl Iterator for Waits {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.attempt = self.attempt.saturating_add(1);
        let cap = u128::from(self.cap);
        let wait = match self.schedule {
            Schedule::Exponential { ratio, .. } => {
                let wait = self.wait;
                if wait < cap.saturating_mul(FRACTION) {
                    self.wait = ratio.times(wait);
                }
                rounded(wait)
            }
            Schedule::Fibonacci { .. } => {
                let wait = self.wait;
                if wait < cap {
                    (self.wait, self.next) = (self.next, wait.saturating_add(self.next));
                }
                u64::try_from(wait).unwrap_or(u64::MAX)
            }
            Schedule::Fixed(_) | Schedule::Linear { .. } | Schedule::Table(_) => {
                self.schedule.wait(self.attempt, self.cap)
            }
        };
        Some(wait.min(self.cap))
    }
}

/// Ends after 2,900 rounds at most: that is how often the smallest ratio, 1.01, fits between one millisecond and
/// [`millis::LONGEST`].
fn exponential(first: u64, ratio: Ratio, times: u32, cap: u64) -> u64 {
    let cap = u128::from(cap).saturating_mul(FRACTION);
    let mut wait = u128::from(first).saturating_mul(FRACTION);
    for _ in 0..times {
        if wait == 0 || wait >= cap {
            break;
        }
        wait = ratio.times(wait);
    }
    rounded(wait)
}

/// Fractions as whole milliseconds.
fn rounded(wait: u128) -> u64 {
    u64::try_from(wait.saturating_add(FRACTION / 2) / FRACTION).unwrap_or(u64::MAX)
}

/// Ends after 61 rounds at most: then one millisecond has grown above [`millis::LONGEST`].
fn fibonacci(first: u64, times: u32, cap: u64) -> u64 {
    let (mut wait, mut next) = (first, first);
    for _ in 0..times {
        if wait == 0 || wait >= cap {
            break;
        }
        (wait, next) = (next, wait.saturating_add(next));
    }
    wait
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::millis::LONGEST;

    #[test]
    fn the_smallest_ratio_reaches_the_longest_wait_within_the_bound() {
        let ratio = Ratio::new(101, 100).unwrap();
        let cap = millis::saturating(LONGEST);
        assert!(exponential(1, ratio, 2_700, cap) < cap);
        assert!(exponential(1, ratio, 2_900, cap) >= cap);
    }

    #[test]
    fn fibonacci_reaches_the_longest_wait_within_the_bound() {
        let cap = millis::saturating(LONGEST);
        assert!(fibonacci(1, 60, cap) < cap);
        assert!(fibonacci(1, 61, cap) >= cap);
    }

    #[test]
    fn the_waits_one_by_one_are_those_of_each_attempt() {
        let first = Duration::from_millis(3);
        let table = [7, 1, 5].map(Duration::from_millis);
        for schedule in [
            Schedule::Fixed(first),
            Schedule::Linear { first: Duration::ZERO, step: first },
            Schedule::Exponential { first, ratio: Ratio::new(101, 100).unwrap() },
            Schedule::Exponential { first, ratio: Ratio::new(7, 3).unwrap() },
            Schedule::Fibonacci { first },
            Schedule::Table(Table::new(&table).unwrap()),
        ] {
            for cap in [10, 1_000_000, millis::saturating(LONGEST)] {
                let each = (1..=3_000).map(|attempt| schedule.wait(attempt, cap));
                assert!(schedule.waits(cap).take(3_000).eq(each), "{schedule:?} up to {cap}");
            }
        }
    }
}
