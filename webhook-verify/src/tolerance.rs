use webhook_core::UnixTime;

use crate::VerifyError;

/// How far a request's timestamp may be from now, in whole seconds, each bound inclusive.
///
/// ```
/// use webhook_verify::Tolerance;
///
/// const PADDLE: Tolerance = Tolerance::seconds(5);
/// const STRIPE: Tolerance = Tolerance::new(Some(300), None); // any future is accepted
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tolerance {
    past: Option<u32>,
    future: Option<u32>,
}

impl Tolerance {
    /// 300 seconds either way, as Standard Webhooks and most senders' own libraries have it.
    pub const DEFAULT: Self = Self::seconds(300);

    /// No bound: timestamps are read but not judged. A recorded request then stays valid for ever.
    pub const OFF: Self = Self::new(None, None);

    /// The same bound either way, in seconds.
    pub const fn seconds(seconds: u32) -> Self {
        Self::new(Some(seconds), Some(seconds))
    }

    /// A bound for the past and one for the future, in seconds; `None` is no bound.
    pub const fn new(past: Option<u32>, future: Option<u32>) -> Self {
        Self { past, future }
    }

    pub(crate) fn judge(self, timestamp: UnixTime, now: UnixTime) -> Result<(), VerifyError> {
        let age = now.as_secs().saturating_sub(timestamp.as_secs());
        if self.past.is_some_and(|past| age > i64::from(past)) {
            Err(VerifyError::TimestampTooOld)
        } else if self.future.is_some_and(|future| age.saturating_neg() > i64::from(future)) {
            Err(VerifyError::TimestampTooNew)
        } else {
            Ok(())
        }
    }
}

impl Default for Tolerance {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_inclusive_and_never_overflow() {
        let judge = |tolerance: Tolerance, timestamp, now| {
            tolerance.judge(UnixTime::from_secs(timestamp), UnixTime::from_secs(now))
        };
        let window = Tolerance::DEFAULT;
        assert_eq!(judge(window, 700, 1000), Ok(()));
        assert_eq!(judge(window, 699, 1000), Err(VerifyError::TimestampTooOld));
        assert_eq!(judge(window, 1300, 1000), Ok(()));
        assert_eq!(judge(window, 1301, 1000), Err(VerifyError::TimestampTooNew));
        assert_eq!(judge(window, i64::MIN, i64::MAX), Err(VerifyError::TimestampTooOld));
        assert_eq!(judge(window, i64::MAX, i64::MIN), Err(VerifyError::TimestampTooNew));
        assert_eq!(judge(Tolerance::OFF, i64::MAX, i64::MIN), Ok(()));
        assert_eq!(judge(Tolerance::new(Some(5), None), i64::MAX, 0), Ok(()));
        assert_eq!(judge(Tolerance::new(None, Some(5)), i64::MIN, 0), Ok(()));
    }
}
