use core::fmt;
use core::future::{Future, poll_fn};
use core::ops::ControlFlow;
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

use crate::{Class, Decision, Failure, GiveUpReason, Key, RetryPolicy, Verdict, decide};

/// A loop that tries an operation until it succeeds or the policy gives up, for those who need none of the adapters.
///
/// It brings no clock and no timer: the caller passes both, as functions. `now` returns the time since any fixed
/// moment and must not go backwards; `sleep` waits.
///
/// # Examples
///
/// With a runtime, a limit for each attempt, and a line of log for each failure:
///
/// ```
/// use std::time::Duration;
/// use tokio::time::Instant;
/// use webhook_retry::{Class, Key, Retry, RetryPolicy, Verdict};
///
/// # #[derive(Debug)] enum PushError { Refused, BadRequest }
/// # async fn push(attempt: u32) -> Result<&'static str, PushError> {
/// #     match attempt { 1 => Err(PushError::Refused), 2 => std::future::pending().await, _ => Ok("stored") }
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?.block_on(async {
/// let start = Instant::now();
/// let mut log = Vec::new();
/// let answer = Retry::new(&RetryPolicy::guide(), Key::new("evt_1"))
///     .timeout(Duration::from_secs(10))
///     .classify(|error: &PushError| match error {
///         PushError::Refused => Class::Transient.into(),
///         PushError::BadRequest => Class::Permanent.into(),
///     })
///     .on_attempt(|report| log.push(report.to_string()))
///     .run(|| start.elapsed(), tokio::time::sleep, |attempt| push(attempt.number))
///     .await;
/// assert_eq!(answer.ok(), Some("stored"));
/// assert_eq!(log, [
///     "attempt 1 failed after 0ns, next in 2s",
///     "attempt 2 timed out after 10s, next in 4s",
///     "attempt 3 succeeded after 0ns",
/// ]);
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Blocking:
///
/// ```
/// use std::time::{Duration, Instant};
/// use webhook_retry::{Key, Retry, RetryPolicy, Schedule};
///
/// let policy = RetryPolicy::builder(Schedule::Fixed(Duration::from_millis(1)), 2).build()?;
/// let start = Instant::now();
/// let answer: Result<(), _> = Retry::new(&policy, Key::new("evt_2")).run_blocking(
///     || start.elapsed(),
///     std::thread::sleep,
///     |_attempt| Err(std::io::Error::other("connection refused")),
/// );
/// let gave_up = answer.unwrap_err();
/// assert_eq!(gave_up.attempts, 2);
/// # Ok::<(), webhook_retry::PolicyError>(())
/// ```
#[must_use = "a loop does nothing until it is run"]
pub struct Retry<'p, E, C = fn(&E) -> Verdict, H = fn(&Report<'_, E>)> {
    policy: &'p RetryPolicy,
    key: Key,
    timeout: Option<Duration>,
    classify: C,
    on_attempt: H,
    error: core::marker::PhantomData<fn(&E)>,
}

/// What an operation is told about the attempt that it makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// Which attempt: 1 is the first one.
    pub number: u32,
    /// How long the attempt may take. [`Retry::run`] sees to it; under [`Retry::run_blocking`] the operation must,
    /// for instance by setting the time limit of its client.
    pub timeout: Option<Duration>,
}

/// Why an attempt failed. Either it ended or it did not, so a `match` needs no wildcard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptError<E> {
    /// The operation said so.
    Failed(E),
    /// It was dropped because it took longer than the time limit for one attempt. It may have taken effect.
    TimedOut,
}

/// What a loop returns when it gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GaveUp<E> {
    /// Why the last attempt failed.
    pub error: AttemptError<E>,
    /// How many attempts were made, the first one included.
    pub attempts: u32,
    /// The time from the beginning of the first attempt to the end of the last one.
    pub elapsed: Duration,
    /// Why there was no further attempt.
    pub reason: GiveUpReason,
}

/// One attempt that was made, for a log line or a metric.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Report<'r, E> {
    /// Which attempt: 1 is the first one.
    pub attempt: u32,
    /// How long the attempt took.
    pub took: Duration,
    /// The time since the first attempt began.
    pub elapsed: Duration,
    /// The failure and what follows from it, unless the attempt succeeded.
    pub failure: Option<(&'r AttemptError<E>, Decision)>,
}

impl<'p, E> Retry<'p, E> {
    /// A loop with this policy for the event of this key. Unless told otherwise, every error is
    /// [`Class::Transient`] and an attempt may take any time.
    pub const fn new(policy: &'p RetryPolicy, key: Key) -> Self {
        Self {
            policy,
            key,
            timeout: None,
            classify: |_| Verdict::new(Class::Transient),
            on_attempt: |_| (),
            error: core::marker::PhantomData,
        }
    }
}

impl<'p, E, C, H> Retry<'p, E, C, H> {
    /// How long one attempt may take. An attempt that takes longer counts as a [`Class::Transient`] failure.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// What kind of failure an error is.
    pub fn classify<F: FnMut(&E) -> Verdict>(self, classify: F) -> Retry<'p, E, F, H> {
        let Self { policy, key, timeout, on_attempt, error, .. } = self;
        Retry { policy, key, timeout, classify, on_attempt, error }
    }

    /// What is called after every attempt, before the wait.
    pub fn on_attempt<F: FnMut(&Report<'_, E>)>(self, on_attempt: F) -> Retry<'p, E, C, F> {
        let Self { policy, key, timeout, classify, error, .. } = self;
        Retry { policy, key, timeout, classify, on_attempt, error }
    }
}

impl<E, C, H> Retry<'_, E, C, H>
where
    C: FnMut(&E) -> Verdict,
    H: FnMut(&Report<'_, E>),
{
    /// Tries until `operation` succeeds or the policy gives up. Dropping the future stops between two attempts or
    /// in the middle of one.
    ///
    /// # Errors
    ///
    /// [`GaveUp`] with the last attempt's error.
    pub async fn run<T, F, S>(
        mut self,
        now: impl Fn() -> Duration,
        sleep: impl Fn(Duration) -> S,
        mut operation: impl FnMut(Attempt) -> F,
    ) -> Result<T, GaveUp<E>>
    where
        F: Future<Output = Result<T, E>>,
        S: Future<Output = ()>,
    {
        let mut progress = Progress { start: now(), attempt: 1 };
        loop {
            let began = now();
            let future = operation(self.attempt(progress.attempt));
            let result = match self.timeout {
                Some(limit) => within(sleep(limit), future).await,
                None => future.await.map_err(AttemptError::Failed),
            };
            match self.settle(&mut progress, began, now(), result) {
                ControlFlow::Continue(wait) => sleep(wait).await,
                ControlFlow::Break(end) => return end,
            }
        }
    }

    /// Tries until `operation` succeeds or the policy gives up, on this thread. Nothing can stop an attempt from
    /// outside here: the operation must keep to [`Attempt::timeout`] itself.
    ///
    /// # Errors
    ///
    /// [`GaveUp`] with the last attempt's error.
    pub fn run_blocking<T>(
        mut self,
        now: impl Fn() -> Duration,
        sleep: impl Fn(Duration),
        mut operation: impl FnMut(Attempt) -> Result<T, E>,
    ) -> Result<T, GaveUp<E>> {
        let mut progress = Progress { start: now(), attempt: 1 };
        loop {
            let began = now();
            let result = operation(self.attempt(progress.attempt)).map_err(AttemptError::Failed);
            match self.settle(&mut progress, began, now(), result) {
                ControlFlow::Continue(wait) => sleep(wait),
                ControlFlow::Break(end) => return end,
            }
        }
    }

    fn attempt(&self, number: u32) -> Attempt {
        Attempt { number, timeout: self.timeout }
    }

    /// Reports an attempt that ended, and either ends the loop or says how long to wait.
    fn settle<T>(
        &mut self,
        progress: &mut Progress,
        began: Duration,
        ended: Duration,
        result: Result<T, AttemptError<E>>,
    ) -> ControlFlow<Result<T, GaveUp<E>>, Duration> {
        let attempt = progress.attempt;
        let took = ended.saturating_sub(began);
        let elapsed = ended.saturating_sub(progress.start);
        let error = match result {
            Ok(value) => {
                (self.on_attempt)(&Report { attempt, took, elapsed, failure: None });
                return ControlFlow::Break(Ok(value));
            }
            Err(error) => error,
        };
        let verdict = match &error {
            AttemptError::Failed(error) => (self.classify)(error),
            AttemptError::TimedOut => Verdict::new(Class::Transient),
        };
        let failure = Failure::new(attempt, elapsed, verdict.class)
            .retry_after(verdict.retry_after)
            .entropy(self.key.entropy(attempt));
        let decision = decide(self.policy, failure);
        (self.on_attempt)(&Report { attempt, took, elapsed, failure: Some((&error, decision)) });
        match decision {
            Decision::RetryIn(wait) => {
                progress.attempt = attempt.saturating_add(1);
                ControlFlow::Continue(wait)
            }
            Decision::GiveUp(reason) => {
                ControlFlow::Break(Err(GaveUp { error, attempts: attempt, elapsed, reason }))
            }
        }
    }
}

struct Progress {
    start: Duration,
    attempt: u32,
}

/// The outcome of `future`, unless `limit` is over first. A future that is ready together with it wins.
async fn within<T, E>(
    limit: impl Future<Output = ()>,
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, AttemptError<E>> {
    let (mut limit, mut future) = (pin!(limit), pin!(future));
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(result.map_err(AttemptError::Failed)),
        Poll::Pending => limit.as_mut().poll(context).map(|()| Err(AttemptError::TimedOut)),
    })
    .await
}

impl<E, C, H> fmt::Debug for Retry<'_, E, C, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry")
            .field("policy", self.policy)
            .field("key", &self.key)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl<E> fmt::Display for Report<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.failure {
            None => "succeeded",
            Some((AttemptError::Failed(_), _)) => "failed",
            Some((AttemptError::TimedOut, _)) => "timed out",
        };
        write!(f, "attempt {} {how} after {:?}", self.attempt, self.took)?;
        match self.failure {
            None => Ok(()),
            Some((_, Decision::RetryIn(wait))) => write!(f, ", next in {wait:?}"),
            Some((_, Decision::GiveUp(reason))) => write!(f, ", gave up: {reason}"),
        }
    }
}

impl<E> fmt::Display for AttemptError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failed(_) => "the attempt failed",
            Self::TimedOut => "the attempt took too long",
        })
    }
}

impl<E: core::error::Error + 'static> core::error::Error for AttemptError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            Self::TimedOut => None,
        }
    }
}

impl<E> fmt::Display for GaveUp<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.attempts == 1 { "" } else { "s" };
        write!(f, "gave up after {} attempt{plural} and {:?}: {}", self.attempts, self.elapsed, self.reason)
    }
}

impl<E: core::error::Error + 'static> core::error::Error for GaveUp<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.error)
    }
}
