use std::fmt;
use std::future::Future;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use webhook_core::{IdempotencyKey, ParseError, Payload, UnixMillis};
use webhook_retry::{Class, RetryPolicy, Verdict};
use webhook_verify::Provider;

use crate::{Claimed, EventId, Kinds, Lease, Outcome, Settlement};

/// How long an attempt may run unless the handler says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_mins(1);

/// What processes the events of one name, or all those of a provider that no other handler takes.
///
/// A handler must bear to be called twice for one event: a crash after its work and before its end is a repetition.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use webhook_inbox::{Handler, HandlerError, Job};
/// use webhook_inbox::webhook_retry::RetryPolicy;
/// use webhook_verify::providers::Clerk;
///
/// async fn sync_user(job: Job<Clerk>) -> Result<(), HandlerError> {
///     let event = job.event()?; // one that cannot be read becomes a dead letter, to be replayed when it can
///     println!("{:?}, attempt {}", event.timestamp, job.attempt);
///     Ok(())
/// }
///
/// let handler = Handler::on("user.created", sync_user)
///     .policy(RetryPolicy::guide())
///     .timeout(Duration::from_secs(10));
/// let rest = Handler::all(async |job: Job<Clerk>| Ok(()));
/// # let _ = (handler, rest);
/// ```
#[must_use]
#[derive(Clone)]
pub struct Handler {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) kind: Option<String>,
    pub(crate) policy: RetryPolicy,
    pub(crate) timeout: Duration,
    pub(crate) run: Run,
}

type Running = Pin<Box<dyn Future<Output = Result<(), HandlerError>> + Send>>;
type Run = Arc<dyn Fn(Claimed) -> Running + Send + Sync>;

impl Handler {
    /// For the provider's events of this name.
    pub fn on<P, F>(kind: impl Into<String>, handler: impl Fn(Job<P>) -> F + Send + Sync + 'static) -> Self
    where
        P: Provider,
        F: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        Self::new(Some(kind.into()), handler)
    }

    /// For the provider's events that have no other handler, those without a name among them.
    pub fn all<P, F>(handler: impl Fn(Job<P>) -> F + Send + Sync + 'static) -> Self
    where
        P: Provider,
        F: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        Self::new(None, handler)
    }

    fn new<P, F>(kind: Option<String>, handler: impl Fn(Job<P>) -> F + Send + Sync + 'static) -> Self
    where
        P: Provider,
        F: Future<Output = Result<(), HandlerError>> + Send + 'static,
    {
        Self {
            name: format!("{}/{}", P::NAME, kind.as_deref().unwrap_or("*")),
            source: P::NAME.to_owned(),
            kind,
            policy: RetryPolicy::durable(),
            timeout: DEFAULT_TIMEOUT,
            run: Arc::new(move |claimed| Box::pin(handler(Job::new(claimed)))),
        }
    }

    /// Its name in logs, metrics and [`Control::pause`](crate::Control::pause); without this `provider/kind`, or
    /// `provider/*`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The source whose events it takes, if that is not the provider's name: see
    /// [`NewEvent::source`](crate::NewEvent::source).
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    /// When a failed event is tried again; without this [`RetryPolicy::durable`].
    ///
    /// An attempt that was cut off, since its process or its lease ended, counts as one of the policy's, and the next
    /// begins when the lease has ended, without the policy's wait.
    pub const fn policy(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// How long one attempt may run; without this [`DEFAULT_TIMEOUT`]. An attempt that takes longer is ended and has
    /// failed.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub(crate) fn max_attempts(&self) -> NonZeroU32 {
        NonZeroU32::new(self.policy.max_attempts()).unwrap_or(NonZeroU32::MIN)
    }

    pub(crate) fn kinds(&self, others: &[Self]) -> Kinds {
        if let Some(kind) = &self.kind {
            return Kinds::Only(vec![kind.clone()]);
        }
        let of_source = others.iter().filter(|other| other.source == self.source);
        Kinds::Except(of_source.filter_map(|other| other.kind.clone()).collect())
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler")
            .field("name", &self.name)
            .field("source", &self.source)
            .field("kind", &self.kind)
            .field("policy", &self.policy)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// One attempt at one event.
#[non_exhaustive]
pub struct Job<P: Provider> {
    /// The event, or where it does not fit its model; the body is here either way.
    pub parsed: Result<P::Event, ParseError>,
    /// The event's number in the store.
    pub id: EventId,
    /// Where it comes from.
    pub source: String,
    /// Its name as the sender wrote it.
    pub kind: Option<String>,
    /// What makes it the same event as another: the key to hand to a service that knows idempotency keys.
    pub key: Option<IdempotencyKey>,
    /// The sender's id of the message.
    pub delivery_id: Option<String>,
    /// When it was stored.
    pub received_at: UnixMillis,
    /// Which attempt this is; the first is 1.
    pub attempt: u32,
    /// Which series of attempts; the first is 1, and each replay begins another.
    pub series: u32,
    /// The body's bytes as they were received.
    pub body: Bytes,
    lease: Lease,
    began: Instant,
}

impl<P: Provider> Job<P> {
    fn new(claimed: Claimed) -> Self {
        Self {
            parsed: P::Event::parse(&claimed.body),
            id: claimed.lease.event,
            source: claimed.source,
            kind: claimed.kind,
            key: claimed.key,
            delivery_id: claimed.delivery_id,
            received_at: claimed.received_at,
            attempt: claimed.attempt,
            series: claimed.series,
            body: claimed.body,
            lease: claimed.lease,
            began: Instant::now(),
        }
    }

    /// The event, for a handler that can do nothing with one that does not fit its model.
    ///
    /// # Errors
    ///
    /// A permanent [`HandlerError`]: the event becomes a dead letter with its body, and a replay after the model was
    /// mended processes it.
    pub fn event(&self) -> Result<&P::Event, HandlerError> {
        self.parsed.as_ref().map_err(|error| HandlerError::permanent(error.to_string()))
    }

    /// That this attempt has succeeded, to be written together with its effect: see
    /// [`TransactionalInbox`](crate::TransactionalInbox). A handler that has settled so returns `Ok`.
    pub fn done(&self) -> Settlement {
        Settlement::new(self.lease, Outcome::Done, self.began.elapsed())
    }
}

/// Neither the event nor the body is shown: they belong into no log.
impl<P: Provider> fmt::Debug for Job<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("id", &self.id)
            .field("source", &self.source)
            .field("attempt", &self.attempt)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why an attempt failed, and whether another may help.
///
/// Every error converts into one that may pass, so `?` works in a handler. Its text is kept with the attempt, and is
/// not logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerError {
    pub(crate) verdict: Verdict,
    pub(crate) text: String,
}

impl HandlerError {
    /// A failure as classified elsewhere, by `webhook_retry::http` (its feature `http`) for example.
    pub fn new(verdict: impl Into<Verdict>, text: impl Into<String>) -> Self {
        Self { verdict: verdict.into(), text: text.into() }
    }

    /// It may work the next time.
    pub fn transient(text: impl Into<String>) -> Self {
        Self::new(Class::Transient, text)
    }

    /// The other side has too much to do, and wants to be left alone for this time if it said so.
    pub fn throttled(text: impl Into<String>, retry_after: Option<Duration>) -> Self {
        Self::new(Verdict::new(Class::Throttled).retry_after(retry_after), text)
    }

    /// Trying again changes nothing: the event becomes a dead letter at once.
    pub fn permanent(text: impl Into<String>) -> Self {
        Self::new(Class::Permanent, text)
    }
}

impl<E: std::error::Error> From<E> for HandlerError {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        Self::transient(text)
    }
}
