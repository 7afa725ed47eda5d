use std::pin::pin;
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

impl Engine {
    pub(super) async fn attempt(&self, claimed: Claimed) {
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
        async {
            let began = Instant::now();
            let Some(outcome) = self.run_handler(handler, &claimed, began).await else {
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
    async fn run_handler(&self, handler: &Handler, claimed: &Claimed, began: Instant) -> Option<Outcome> {
        let mut task = Task(tokio::spawn((handler.run)(claimed.clone()).in_current_span()));
        let mut stopped = self.stopped.clone();
        let mut deadline = pin!(tokio::time::sleep(handler.timeout));
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
                () = &mut deadline => {
                    task.end().await;
                    break HandlerError::transient(format!("the handler took longer than {:?}", handler.timeout));
                }
                () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => {
                    task.end().await;
                    return Some(Outcome::Release);
                }
                _ = heart.tick() => {
                    match tokio::time::timeout(beat, self.store.extend(&claimed.lease, self.lease)).await {
                        Ok(Err(StoreError::LeaseLost)) => {
                            // A handler that settled in its own transaction ends soon by itself.
                            task.end().await;
                            return None;
                        }
                        Ok(Err(error)) => telemetry::store_failed("extend", &error),
                        Ok(Ok(_)) | Err(_) => {}
                    }
                }
            }
        };
        Some(outcome(handler, claimed, began.elapsed(), failed))
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
