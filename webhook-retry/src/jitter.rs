/// How a wait is spread, so that those who failed together do not come back together.
///
/// A wait is drawn evenly, in milliseconds, from a window around the scheduled one. Where the window would reach
/// above the policy's `max_delay` or below its `min_delay` it is made smaller, and still drawn from evenly: no
/// draw is moved onto a limit, because that would gather on the limit what was to be spread.
///
/// How much it matters is shown by the example program `contention`: a hundred clients that want to change one
/// record need ten to twenty times as long without jitter.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use webhook_retry::{Jitter, RetryPolicy, Schedule};
///
/// let policy = RetryPolicy::builder(Schedule::Fixed(Duration::from_secs(10)), 2)
///     .max_delay(Duration::from_secs(11))
///     .jitter(Jitter::Proportional { per_mille: 200 })
///     .build()?;
/// let retry = policy.schedule_preview().last().ok_or("a retry")?;
/// assert_eq!((retry.shortest.as_secs(), retry.longest.as_secs()), (8, 11));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Jitter {
    /// Exactly the scheduled wait.
    None,
    /// From zero to the scheduled wait. The best spread, and so a wait near zero is possible: set a `min_delay`
    /// where that hurts.
    Full,
    /// From half the scheduled wait to all of it.
    Equal,
    /// The scheduled wait plus or minus a part of it.
    Proportional {
        /// The part in thousandths, from 1 to 1000: 200 is plus or minus 20 per cent.
        per_mille: u16,
    },
}

impl Jitter {
    /// The shortest and the longest wait, in milliseconds, for a scheduled one between `min` and `max`.
    pub(crate) fn window(self, wait: u64, min: u64, max: u64) -> (u64, u64) {
        let (low, high) = match self {
            Self::None => (wait, wait),
            Self::Full => (0, wait),
            Self::Equal => (wait / 2, wait),
            Self::Proportional { per_mille } => {
                let part = u128::from(wait).saturating_mul(per_mille.into()) / 1000;
                let part = u64::try_from(part).unwrap_or(u64::MAX);
                (wait.saturating_sub(part), wait.saturating_add(part))
            }
        };
        (low.max(min), high.min(max))
    }
}

/// An even draw from `low` to `high`, both included.
pub(crate) fn draw(low: u64, high: u64, entropy: u64) -> u64 {
    let count = u128::from(high.saturating_sub(low)).saturating_add(1);
    let offset = u128::from(entropy).saturating_mul(count) >> 64;
    low.saturating_add(u64::try_from(offset).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_reaches_both_ends_and_nothing_beyond() {
        assert_eq!(draw(1600, 2400, 0), 1600);
        assert_eq!(draw(1600, 2400, u64::MAX), 2400);
        assert_eq!(draw(1600, 2400, u64::MAX / 2), 2000);
        assert_eq!(draw(7, 7, u64::MAX), 7);
        assert_eq!(draw(0, u64::MAX, u64::MAX), u64::MAX);
    }

    #[test]
    fn per_mille_windows_are_exact() {
        for (per_mille, low, high) in
            [(4, 996, 1004), (300, 700, 1300), (600, 400, 1600), (700, 300, 1700), (900, 100, 1900)]
        {
            let jitter = Jitter::Proportional { per_mille };
            assert_eq!(jitter.window(1000, 0, u64::MAX), (low, high), "{per_mille} per mille");
        }
    }

    #[test]
    fn a_window_shrinks_under_the_cap_and_above_the_minimum() {
        let jitter = Jitter::Proportional { per_mille: 200 };
        assert_eq!(jitter.window(1000, 0, 1100), (800, 1100));
        assert_eq!(jitter.window(1000, 950, 1100), (950, 1100));
        assert_eq!(Jitter::Full.window(1000, 100, 1000), (100, 1000));
        assert_eq!(Jitter::Equal.window(1000, 0, 1000), (500, 1000));
    }
}
