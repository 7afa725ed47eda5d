//! A policy inside [`backon`](https://docs.rs/backon): it runs the loop, the policy decides.
//!
//! [`BackonPolicy`] is a builder of waits and enough where every error is worth another attempt. Together with
//! [`BackonPolicy::adjust`] it is the whole policy: classes, `Retry-After`, and `max_elapsed` by the clock.

use core::time::Duration;

use ::backon::BackoffBuilder;

use crate::{Decision, Delays, Failure, Key, RetryPolicy, Verdict, decide};

/// A policy and the key of one event, for `backon`'s `retry`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use backon::Retryable;
/// use tokio::time::Instant;
/// use webhook_retry::backon::BackonPolicy;
/// use webhook_retry::{Class, Key, RetryPolicy, Verdict};
///
/// # #[derive(Debug)] enum PushError { Busy(Duration), BadRequest }
/// # async fn push() -> Result<(), PushError> { Err(PushError::Busy(Duration::from_secs(30))) }
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?.block_on(async {
/// let policy = BackonPolicy::new(RetryPolicy::guide(), Key::new("evt_1"));
/// let start = Instant::now();
/// let adjust = policy.adjust(move || start.elapsed(), |error: &PushError| match error {
///     PushError::Busy(wait) => Verdict::new(Class::Throttled).retry_after(Some(*wait)),
///     PushError::BadRequest => Verdict::new(Class::Permanent),
/// });
/// let result = push.retry(policy).adjust(adjust).await;
/// assert!(result.is_err());
/// assert_eq!(start.elapsed().as_secs(), 60, "three attempts, 30 s apart as the other side asked");
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct BackonPolicy {
    policy: RetryPolicy,
    key: Key,
}

impl BackonPolicy {
    /// This policy for the event of this key.
    pub const fn new(policy: RetryPolicy, key: Key) -> Self {
        Self { policy, key }
    }

    /// The function for `backon`'s `adjust`: it decides after each failure in place of the plain waits.
    ///
    /// `now` returns the time since any fixed moment; the first attempt is taken to begin when `adjust` is called.
    /// `classify` says what kind of failure an error is. The function counts the attempts, so it serves one loop
    /// only.
    pub fn adjust<E>(
        self,
        now: impl Fn() -> Duration,
        mut classify: impl FnMut(&E) -> Verdict,
    ) -> impl FnMut(&E, Option<Duration>) -> Option<Duration> {
        let start = now();
        let mut attempt: u32 = 0;
        move |error, _| {
            attempt = attempt.saturating_add(1);
            let verdict = classify(error);
            let failure = Failure::new(attempt, now().saturating_sub(start), verdict.class)
                .retry_after(verdict.retry_after)
                .entropy(self.key.entropy(attempt));
            match decide(&self.policy, failure) {
                Decision::RetryIn(wait) => Some(wait),
                Decision::GiveUp(_) => None,
            }
        }
    }
}

impl BackoffBuilder for BackonPolicy {
    type Backoff = Delays;

    fn build(self) -> Delays {
        self.policy.delays(self.key)
    }
}
