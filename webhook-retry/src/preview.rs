use core::fmt;
use core::time::Duration;

use crate::millis;
use crate::{Class, RetryPolicy};

/// One attempt of a [`Preview`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// Which attempt: 1 is the first one.
    pub attempt: u32,
    /// The scheduled wait before it, counted from the failure before it; zero for the first attempt.
    pub wait: Duration,
    /// The shortest wait that the jitter makes of it.
    pub shortest: Duration,
    /// The longest wait that the jitter makes of it.
    pub longest: Duration,
    /// The scheduled waits so far. The attempts' own time comes on top.
    pub total: Duration,
}

/// The attempts of a policy, in order; see [`RetryPolicy::schedule_preview`].
///
/// Printing it writes one line for each of the first [`Preview::LINES`] attempts.
#[derive(Debug, Clone)]
#[must_use]
pub struct Preview {
    policy: RetryPolicy,
    attempt: u32,
    total: Duration,
}

impl Preview {
    /// The most attempts that are printed; the rest is one line with their number.
    pub const LINES: usize = 32;
}

/// The most waits that [`RetryPolicy::horizon`] adds up one by one. No published schedule comes near it, and of all
/// kinds only a linear one can grow for longer.
const HORIZON_STEPS: u32 = 4096;

impl RetryPolicy {
    /// The attempts that this policy makes of something that always fails, with their waits: for docs, logs and
    /// user interfaces.
    ///
    /// The attempts are taken to need no time and to fail with [`Class::Transient`]. With a `max_elapsed` the list
    /// ends before the first attempt whose scheduled waits add up to more.
    ///
    /// # Examples
    ///
    /// ```
    /// use webhook_retry::RetryPolicy;
    ///
    /// assert_eq!(
    ///     RetryPolicy::guide().schedule_preview().to_string(),
    ///     "attempt 1: at once\n\
    ///      attempt 2: after 2 s, 2 s in all\n\
    ///      attempt 3: after 4 s, 6 s in all\n",
    /// );
    /// ```
    pub const fn schedule_preview(&self) -> Preview {
        Preview { policy: *self, attempt: 0, total: Duration::ZERO }
    }

    /// How long after the first attempt the last one can begin: the longest waits that the jitter allows, added
    /// up, and at most `max_elapsed`.
    ///
    /// A receiver that remembers keys for this long recognises every automatic repetition. The attempts' own time,
    /// a throttled sender's and waits that a `Retry-After` asks for come on top. For a linear schedule that still
    /// grows after 4,096 attempts it is an upper bound: all waits behind are taken to be as long as the last.
    ///
    /// ```
    /// use std::time::Duration;
    /// use webhook_retry::RetryPolicy;
    ///
    /// assert_eq!(RetryPolicy::guide().horizon(), Duration::from_secs(6));
    /// ```
    pub fn horizon(&self) -> Duration {
        let retries = self.max_attempts().saturating_sub(1);
        let max = millis::saturating(self.max_delay);
        let mut total: u64 = 0;
        let mut counted = 0;
        for (attempt, wait) in (1..=retries.min(HORIZON_STEPS)).zip(self.schedule.waits(max)) {
            if self.schedule.settles(attempt, wait, max) {
                break;
            }
            total = total.saturating_add(self.window_of(wait, Class::Transient).1);
            counted = attempt;
        }
        let last = self.window(retries, Class::Transient).1;
        let rest = last.saturating_mul(retries.saturating_sub(counted).into());
        let total = Duration::from_millis(total.saturating_add(rest));
        self.max_elapsed.map_or(total, |limit| total.min(limit))
    }
}

impl Iterator for Preview {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if self.attempt >= self.policy.max_attempts() {
            return None;
        }
        let (wait, (shortest, longest)) = match self.attempt {
            0 => (0, (0, 0)),
            failed => {
                (self.policy.wait(failed, Class::Transient), self.policy.window(failed, Class::Transient))
            }
        };
        let wait = Duration::from_millis(wait);
        let total = self.total.saturating_add(wait);
        if self.policy.max_elapsed.is_some_and(|limit| total > limit) {
            return None;
        }
        self.total = total;
        self.attempt = self.attempt.saturating_add(1);
        Some(Step {
            attempt: self.attempt,
            wait,
            shortest: Duration::from_millis(shortest),
            longest: Duration::from_millis(longest),
            total,
        })
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = self.clone();
        for step in steps.by_ref().take(Self::LINES) {
            writeln!(f, "{step}")?;
        }
        match steps.policy.max_attempts().saturating_sub(steps.attempt) {
            0 => Ok(()),
            _ if steps.next().is_none() => Ok(()),
            more => writeln!(f, "at most {more} more"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "attempt {}: ", self.attempt)?;
        if self.longest.is_zero() {
            f.write_str("at once")?;
        } else if self.shortest == self.longest {
            write!(f, "after {}", Plain(self.wait))?;
        } else {
            write!(f, "after {} ({} to {})", Plain(self.wait), Plain(self.shortest), Plain(self.longest))?;
        }
        if self.total.is_zero() { Ok(()) } else { write!(f, ", {} in all", Plain(self.total)) }
    }
}

/// A time as people write it: `27 h 35 min 5 s`.
struct Plain(Duration);

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let parts = [
            (seconds / 3600, "h"),
            (seconds / 60 % 60, "min"),
            (seconds % 60, "s"),
            (self.0.subsec_millis().into(), "ms"),
        ];
        let mut written = false;
        for (number, unit) in parts.into_iter().filter(|(number, _)| *number > 0) {
            write!(f, "{}{number} {unit}", if written { " " } else { "" })?;
            written = true;
        }
        if written { Ok(()) } else { f.write_str("0 s") }
    }
}
