//! Makes the attempts, each when it is due.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use tokio::sync::Notify;
use tokio::task::{Id, JoinSet};
use ureq::Agent;
use webhook_axum::webhook_core::fluxbase::{Event, Webhook};
use webhook_axum::webhook_core::{Payload, UnixTime};
use webhook_retry::{Class, Decision, Failure, PolicyError, RetryPolicy, Schedule, decide, senders};

use crate::guard::Guard;
use crate::store::{Attempt, Due, Store, is_enabled};
use crate::wire;

/// Attempts under way at the same time. A slow receiver takes one of them for as long as its timeout.
const MAX_AT_ONCE: u32 = 16;

/// Longest part of an answer that the log keeps, in bytes. A receiver may answer with anything.
const MAX_RESPONSE: u64 = 1000;

/// How long the log keeps what is over, in days, as the service does.
const KEEP_DAYS: i64 = 7;

/// The defaults of a webhook that does not say otherwise: what the service does.
const POLICY: Option<RetryPolicy> = senders::FLUXBASE.policy;
const TIMEOUT: Duration = Duration::from_secs(30);

/// The wait before the database is asked again after it has failed.
const AFTER_ERROR: Duration = Duration::from_secs(1);

/// When the webhook's next attempt is to be made: its own numbers, or else what the service does.
pub(crate) fn policy(webhook: &Webhook) -> Result<RetryPolicy, PolicyError> {
    let default = POLICY.map_or(3, |policy| policy.max_attempts());
    // The service gives up when as many attempts have failed: of 0, after the first.
    let attempts =
        webhook.max_retries.map_or(default, |attempts| u32::try_from(attempts).unwrap_or(0).max(1));
    let schedule = match webhook.retry_backoff_seconds.map(|seconds| u64::try_from(seconds).unwrap_or(0)) {
        None => POLICY.map_or(Schedule::Fixed(Duration::ZERO), |policy| policy.schedule()),
        Some(0) => Schedule::Fixed(Duration::ZERO),
        Some(seconds) => {
            let step = Duration::from_secs(seconds);
            Schedule::Linear { first: step, step }
        }
    };
    RetryPolicy::builder(schedule, attempts).build()
}

/// Delivers what is queued.
pub(crate) struct Sender {
    store: Store,
    agent: Agent,
    guard: Guard,
    queued: Notify,
}

impl Sender {
    pub(crate) fn new(store: Store, guard: Guard) -> Self {
        Self { store, agent: guard.agent(), guard, queued: Notify::new() }
    }

    /// Queues a change for every webhook that listens to it, and says for how many. A paused one gets nothing, now or
    /// later.
    pub(crate) async fn queue(&self, change: Event) -> anyhow::Result<usize> {
        let now = now();
        let forget = now.checked_sub_signed(TimeDelta::days(KEEP_DAYS)).unwrap_or(now);
        let count =
            self.store.queue(change, listens, now.timestamp_millis(), text(now), text(forget)).await?;
        self.wake();
        Ok(count)
    }

    /// Has the queue looked at again: something may be due that was not.
    pub(crate) fn wake(&self) {
        self.queued.notify_one();
    }

    /// What the test button does: one attempt, now, with an event of its own. It is in the log too.
    pub(crate) async fn test(&self, webhook: &Webhook) -> anyhow::Result<Result<(), String>> {
        let event = Event::parse(wire::TEST.as_bytes())?;
        let attempt = self.attempt(webhook, &event).await?;
        let result = attempt.error.clone().map_or(Ok(()), Err);
        self.store.log(webhook.id.clone(), &event, attempt).await?;
        Ok(result)
    }

    /// Delivers for ever. What was pending when the program last ended is due again.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut attempts = JoinSet::new();
        let mut under_way: HashMap<Id, String> = HashMap::new();
        loop {
            let next = match Arc::clone(&self).start(&mut attempts, &mut under_way).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::error!("{error:#}");
                    Some(AFTER_ERROR)
                }
            };
            let next_is_due = async {
                match next {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some(ended) = attempts.join_next_with_id() => {
                    let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
                    under_way.remove(&id);
                }
                () = self.queued.notified() => {}
                () = next_is_due => {}
            }
        }
    }

    /// Starts what is due and says how long it is until something else will be.
    async fn start(
        self: Arc<Self>,
        attempts: &mut JoinSet<()>,
        under_way: &mut HashMap<Id, String>,
    ) -> anyhow::Result<Option<Duration>> {
        let room = usize::try_from(MAX_AT_ONCE)?.saturating_sub(under_way.len());
        if room == 0 {
            return Ok(None); // until one ends
        }
        // Those under way are still pending, and come with the others. One more tells when to look again.
        let pending = self.store.pending(MAX_AT_ONCE.saturating_add(1)).await?;
        let now = now().timestamp_millis();
        let waiting = pending.into_iter().filter(|due| !under_way.values().any(|id| *id == due.id));
        let mut started: HashMap<Id, String> = HashMap::new();
        let mut next = None;
        for due in waiting {
            if due.millis > now {
                let wait = u64::try_from(due.millis.saturating_sub(now)).unwrap_or(0);
                next = Some(Duration::from_millis(wait));
                break;
            }
            if started.len() == room {
                break; // until one ends
            }
            let id = due.id.clone();
            started.insert(attempts.spawn(Arc::clone(&self).deliver(due)).id(), id);
        }
        under_way.extend(started);
        Ok(next)
    }

    async fn deliver(self: Arc<Self>, due: Due) {
        if let Err(error) = self.deliver_once(due).await {
            tracing::error!("an attempt was not written down, and will be made again: {error:#}");
            tokio::time::sleep(AFTER_ERROR).await;
        }
    }

    async fn deliver_once(&self, due: Due) -> anyhow::Result<()> {
        let Due { id, attempts, change, webhook, .. } = due;
        let number = attempts.saturating_add(1);
        let mut attempt = self.attempt(&webhook, &change).await?;
        if !attempt.is_success() {
            attempt.retry_at_millis = retry_at(&webhook, number);
        }
        let (took, error, next) = (attempt.response_time_ms, attempt.error.clone(), attempt.retry_at_millis);
        self.store.record(id.clone(), attempt).await?;
        match (error, next) {
            (None, _) => tracing::info!("{id}: attempt {number} succeeded in {took} ms"),
            (Some(error), Some(_)) => tracing::warn!("{id}: attempt {number} failed: {error}"),
            (Some(error), None) => tracing::warn!("{id}: attempt {number} failed, the last: {error}"),
        }
        Ok(())
    }

    async fn attempt(&self, webhook: &Webhook, change: &Event) -> anyhow::Result<Attempt> {
        let (agent, guard) = (self.agent.clone(), self.guard);
        let (webhook, change) = (webhook.clone(), change.clone());
        Ok(tokio::task::spawn_blocking(move || attempt(&agent, guard, &webhook, change)).await?)
    }
}

/// One request, within the webhook's timeout.
fn attempt(agent: &Agent, guard: Guard, webhook: &Webhook, change: Event) -> Attempt {
    let (began_at, began) = (now(), Instant::now());
    let mut attempt = Attempt {
        payload: String::new(),
        status_code: None,
        response_body: None,
        response_time_ms: 0,
        error: None,
        began_at: text(began_at),
        ended_at: String::new(),
        retry_at_millis: None,
    };
    if let Err(error) = exchange(agent, guard, webhook, change, began_at, &mut attempt) {
        attempt.error = Some(format!("{error:#}"));
    }
    attempt.response_time_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    attempt.ended_at = text(now());
    attempt
}

fn exchange(
    agent: &Agent,
    guard: Guard,
    webhook: &Webhook,
    change: Event,
    now: DateTime<Utc>,
    attempt: &mut Attempt,
) -> anyhow::Result<()> {
    attempt.payload = wire::body(change, now)?;
    let url = guard.check(&webhook.url).map_err(anyhow::Error::msg)?;
    let timeout = webhook.timeout_seconds.and_then(|seconds| u64::try_from(seconds).ok());
    let timeout = timeout.filter(|&seconds| seconds > 0); // 0 is what a change left out
    let mut request =
        agent.post(url).config().timeout_global(Some(timeout.map_or(TIMEOUT, Duration::from_secs))).build();
    for (name, value) in &wire::headers(webhook, UnixTime::from_secs(now.timestamp()), &attempt.payload)? {
        request = request.header(name, value);
    }
    let mut response = request.send(&attempt.payload)?;
    let status = response.status();
    attempt.status_code = Some(status.as_u16());
    let mut body = Vec::new();
    response.body_mut().as_reader().take(MAX_RESPONSE).read_to_end(&mut body)?;
    attempt.response_body = Some(String::from_utf8_lossy(&body).into_owned());
    anyhow::ensure!(status.is_success(), "the receiver answered {}", status.as_u16());
    Ok(())
}

/// The time of the next attempt, when there is one. The service tries again after every failure, whatever the status.
fn retry_at(webhook: &Webhook, failed: u32) -> Option<i64> {
    let policy = policy(webhook).ok()?;
    match decide(&policy, Failure::new(failed, Duration::ZERO, Class::Transient)) {
        Decision::RetryIn(wait) => {
            let wait = i64::try_from(wait.as_millis()).ok()?;
            now().timestamp_millis().checked_add(wait)
        }
        Decision::GiveUp(_) => None,
    }
}

/// Whether the webhook is enabled and has a subscription with the table, or any, and the operation, or any. Tables go by
/// their bare name.
fn listens(webhook: &Webhook, change: &Event) -> bool {
    let mut subscriptions = webhook.events.iter().flatten();
    is_enabled(webhook)
        && subscriptions.any(|listened| {
            (listened.table == "*" || listened.table == change.table)
                && listened
                    .operations
                    .iter()
                    .flatten()
                    .any(|operation| operation == "*" || operation.eq_ignore_ascii_case(&change.event))
        })
}

/// The system clock's time. Chrono's own `now` would bring every system's time zones along.
fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}
