use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::Instrument;
use webhook_retry::{Decision, Failure, Key, decide};

use super::engine::Engine;
use super::settler::End;
use crate::handler::Handler;
use crate::{
    AttemptFailure, AttemptStatus, Claimed, HandlerError, Outcome, Settled, Settlement, StoreError, telemetry,
};

/// How long an ended handler has to let go.
const LETTING_GO: Duration = Duration::from_secs(1);

/// By how much a lease can end earlier than we count: the store's clock and our timers each round to a millisecond.
const ROUNDING: Duration = Duration::from_millis(2);

/// Stands for a lease that is longer than the clock counts.
const FAR: Duration = Duration::from_hours(24 * 365);

impl Engine {
    /// Runs a handler for an event that was claimed at `asked`, and has the end written.
    pub(super) async fn attempt(&self, claimed: Claimed, asked: Instant) {
        let of = |kind: Option<&str>| {
            let mut handlers = self.handlers.iter();
            handlers.find(|handler| handler.source == claimed.source && handler.kind.as_deref() == kind)
        };
        let handler = of(claimed.kind.as_deref()).or_else(|| of(None));
        // The store hands out what the routes take.
        let Some(handler) = handler else { return };
        let span = tracing::info_span!(
            "webhook_attempt",
            handler = handler.name,
            event = claimed.lease.event.as_i64(),
            attempt = claimed.attempt,
            series = claimed.series,
        );
        let _running = telemetry::Running::begin();
        async {
            let began = Instant::now();
            let Some(outcome) = self.run_handler(handler, &claimed, asked, began).await else {
                tracing::warn!("the lease ended while the handler ran");
                return;
            };
            let took = began.elapsed();
            let status = AttemptStatus::of(&outcome);
            let reason = if let Outcome::Dead { reason, .. } = &outcome { Some(*reason) } else { None };
            let (written, answer) = oneshot::channel();
            let end = End { settlement: Settlement::new(claimed.lease, outcome, took), written };
            // Both ends live until the worker has seen every attempt end.
            if self.ended.send(end).await.is_err() {
                return;
            }
            match answer.await.ok().flatten() {
                Some(Settled::Yes) => {
                    telemetry::attempted(&handler.name, status, took);
                    if let Some(reason) = reason {
                        telemetry::dead(&handler.name, claimed.lease.event, reason);
                    }
                }
                Some(Settled::LeaseLost) => tracing::warn!("another attempt took over before this one ended"),
                None => tracing::error!("the end of an attempt could not be written; it will run again"),
            }
        }
        .instrument(span)
        .await;
    }

    /// How the attempt ended, or none when its lease did first.
    async fn run_handler(
        &self,
        handler: &Handler,
        claimed: &Claimed,
        asked: Instant,
        began: Instant,
    ) -> Option<Outcome> {
        let (run, job) = (Arc::clone(&handler.run), claimed.clone());
        // The call, too: it can panic or block before there is a future.
        let mut task = Task(tokio::spawn(async move { run(job).await }.in_current_span()));
        let mut stopped = self.stopped.clone();
        let mut deadline = pin!(tokio::time::sleep(handler.timeout));
        // Behind the lease another worker may run this event, or the next of its ordering key. A store that cannot be
        // reached cannot say so.
        let mut ends = pin!(tokio::time::sleep_until(self.lease_end(asked)));
        // A third of the lease leaves two more beats when one fails.
        let beat = self.lease.checked_div(3).unwrap_or(self.lease);
        let mut heart = tokio::time::interval_at(began.checked_add(beat).unwrap_or(began), beat);
        heart.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let failed = loop {
            tokio::select! {
                biased;
                result = &mut task.0 => match result {
                    Ok(Ok(())) => return Some(Outcome::Done),
                    Ok(Err(error)) => break error,
                    Err(_) => break HandlerError::transient("the handler panicked"),
                },
                () = &mut ends => {
                    task.end().await;
                    return None;
                }
                () = &mut deadline => {
                    task.end().await;
                    break HandlerError::transient(format!("the handler took longer than {:?}", handler.timeout));
                }
                () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => {
                    task.end().await;
                    return Some(Outcome::Release);
                }
                _ = heart.tick() => {
                    let asked = Instant::now();
                    let patience = asked.checked_add(beat).unwrap_or(asked).min(ends.deadline());
                    let extending = self.store.extend(&claimed.lease, self.lease);
                    match tokio::time::timeout_at(patience, extending).await {
                        Ok(Ok(_)) => ends.as_mut().reset(self.lease_end(asked)),
                        Ok(Err(StoreError::LeaseLost)) => {
                            // A handler that settled in its own transaction ends soon by itself.
                            task.end().await;
                            return None;
                        }
                        Ok(Err(error)) => telemetry::store_failed("extend", &error),
                        Err(elapsed) => {
                            telemetry::store_failed("extend", &StoreError::unavailable(elapsed));
                        }
                    }
                }
            }
        };
        Some(outcome(handler, claimed, began.elapsed(), failed))
    }

    /// When a lease ends at the earliest that the store was asked for at `asked`.
    fn lease_end(&self, asked: Instant) -> Instant {
        let lease = self.lease.saturating_sub(ROUNDING);
        asked.checked_add(lease).unwrap_or_else(|| asked.checked_add(FAR).unwrap_or(asked))
    }
}

/// A handler's task, which ends with whoever waits for it.
struct Task(JoinHandle<Result<(), HandlerError>>);

impl Task {
    /// Ends the task. One that does not come to an `await` is not waited for.
    async fn end(&mut self) {
        self.0.abort();
        let _ = tokio::time::timeout(LETTING_GO, &mut self.0).await;
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn outcome(handler: &Handler, claimed: &Claimed, took: Duration, error: HandlerError) -> Outcome {
    let event = claimed.lease.event.as_i64().to_le_bytes();
    let failed = Failure::new(claimed.attempt, claimed.elapsed.saturating_add(took), error.verdict.class)
        .retry_after(error.verdict.retry_after)
        .entropy(Key::new(event).entropy(claimed.attempt));
    let failure = AttemptFailure::new(error.verdict.class, error.text);
    match decide(&handler.policy, failed) {
        Decision::RetryIn(after) => Outcome::Retry { after, failure },
        Decision::GiveUp(reason) => Outcome::Dead { reason: reason.into(), failure },
    }
}
