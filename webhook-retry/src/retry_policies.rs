//! A policy inside what takes one of the crate `retry-policies`, such as the middleware of `reqwest-retry`.

use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use ::retry_policies::RetryDecision;

use crate::{Class, Decision, Failure, Key, RetryPolicy, decide};

/// A policy that one client holds for all its requests.
///
/// That trait says when a request began and how often it was tried again, and no more: every failure is taken as
/// [`Class::Transient`], a `Retry-After` is not seen, and the jitter comes from the key and the moment at which the
/// request began, so that requests of one client differ. What counts as a failure is the host's to say.
///
/// # Examples
///
/// ```
/// use std::time::SystemTime;
/// use reqwest_retry::RetryTransientMiddleware;
/// use webhook_retry::retry_policies::SharedPolicy;
/// use webhook_retry::{Key, RetryPolicy};
///
/// let policy = SharedPolicy::new(RetryPolicy::guide(), Key::new("client-1"), SystemTime::now);
/// let middleware = RetryTransientMiddleware::new_with_policy(policy);
/// # let _ = middleware;
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct SharedPolicy {
    policy: RetryPolicy,
    key: Key,
    now: fn() -> SystemTime,
}

impl SharedPolicy {
    /// This policy. The key sets the client apart from others, for instance by its host's name; `now` is
    /// [`SystemTime::now`] everywhere but in tests.
    pub const fn new(policy: RetryPolicy, key: Key, now: fn() -> SystemTime) -> Self {
        Self { policy, key, now }
    }
}

impl ::retry_policies::RetryPolicy for SharedPolicy {
    fn should_retry(&self, request_start_time: SystemTime, n_past_retries: u32) -> RetryDecision {
        let now = (self.now)();
        let elapsed = now.duration_since(request_start_time).unwrap_or_default();
        let attempt = n_past_retries.saturating_add(1);
        let failure = Failure::new(attempt, elapsed, Class::Transient)
            .entropy(self.key.entropy(attempt) ^ Key::new(began(request_start_time)).entropy(attempt));
        match decide(&self.policy, failure) {
            Decision::RetryIn(wait) => match now.checked_add(wait) {
                Some(execute_after) => RetryDecision::Retry { execute_after },
                None => RetryDecision::DoNotRetry,
            },
            Decision::GiveUp(_) => RetryDecision::DoNotRetry,
        }
    }
}

/// What tells the requests of one client apart.
fn began(start: SystemTime) -> [u8; 16] {
    start.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_nanos().to_le_bytes()
}
