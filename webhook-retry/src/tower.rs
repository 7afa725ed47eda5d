//! A policy inside `tower::retry`: the layer runs the loop, the policy decides.

use core::fmt;
use core::future::Future;
use core::time::Duration;

use ::tower::retry::Policy;

use crate::{Decision, Failure, Key, RetryPolicy, Verdict, decide};

/// A [`Policy`] of `tower::retry` for requests that can be cloned.
///
/// The layer clones it for every request, and the clone counts that request's attempts. The jitter comes from the
/// request's own key, so requests that fail together do not come back together.
///
/// # Examples
///
/// ```
/// use tokio::time::Instant;
/// use tower::retry::RetryLayer;
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
/// use webhook_retry::tower::TowerPolicy;
/// use webhook_retry::{Class, Key, RetryPolicy};
///
/// #[derive(Clone)]
/// struct Push { id: &'static str }
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?.block_on(async {
/// let start = Instant::now();
/// let policy = TowerPolicy::new(
///     RetryPolicy::guide(),
///     |result: &Result<(), &str>| result.is_err().then(|| Class::Transient.into()),
///     |push: &Push| Key::new(push.id),
///     move || start.elapsed(),
///     tokio::time::sleep,
/// );
/// let service = ServiceBuilder::new()
///     .layer(RetryLayer::new(policy))
///     .service(service_fn(|_: Push| async { Err::<(), _>("connection refused") }));
/// assert!(service.oneshot(Push { id: "evt_1" }).await.is_err());
/// assert_eq!(start.elapsed().as_secs(), 6, "attempts at 0, 2 and 6 s");
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct TowerPolicy<C, K, N, S> {
    policy: RetryPolicy,
    classify: C,
    key: K,
    now: N,
    sleep: S,
    /// Failed attempts of this request; zero in the policy that the layer holds.
    failed: u32,
    start: Duration,
}

impl<C, K, N, S> TowerPolicy<C, K, N, S> {
    /// This policy, with what it must know from outside.
    ///
    /// * `classify` says what kind of failure a result is, or `None` if it is no failure;
    /// * `key` names the request's event, for the jitter;
    /// * `now` returns the time since any fixed moment;
    /// * `sleep` waits.
    pub const fn new<Req, Res, E, F>(policy: RetryPolicy, classify: C, key: K, now: N, sleep: S) -> Self
    where
        C: Fn(&Result<Res, E>) -> Option<Verdict>,
        K: Fn(&Req) -> Key,
        N: Fn() -> Duration,
        S: Fn(Duration) -> F,
    {
        Self { policy, classify, key, now, sleep, failed: 0, start: Duration::ZERO }
    }
}

impl<Req, Res, E, C, K, N, S, F> Policy<Req, Res, E> for TowerPolicy<C, K, N, S>
where
    Req: Clone,
    C: Fn(&Result<Res, E>) -> Option<Verdict>,
    K: Fn(&Req) -> Key,
    N: Fn() -> Duration,
    S: Fn(Duration) -> F,
    F: Future<Output = ()>,
{
    type Future = F;

    fn retry(&mut self, request: &mut Req, result: &mut Result<Res, E>) -> Option<F> {
        let verdict = (self.classify)(result)?;
        self.failed = self.failed.saturating_add(1);
        let elapsed = (self.now)().saturating_sub(self.start);
        let failure = Failure::new(self.failed, elapsed, verdict.class)
            .retry_after(verdict.retry_after)
            .entropy((self.key)(request).entropy(self.failed));
        match decide(&self.policy, failure) {
            Decision::RetryIn(wait) => Some((self.sleep)(wait)),
            Decision::GiveUp(_) => None,
        }
    }

    /// The layer calls this before the first attempt, right before it clones the policy for the request, and again
    /// before every further attempt: so the first call, and no other, sees no failure and is the start.
    fn clone_request(&mut self, request: &Req) -> Option<Req> {
        if self.failed == 0 {
            self.start = (self.now)();
        }
        Some(request.clone())
    }
}

impl<C, K, N, S> fmt::Debug for TowerPolicy<C, K, N, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TowerPolicy")
            .field("policy", &self.policy)
            .field("failed", &self.failed)
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}
