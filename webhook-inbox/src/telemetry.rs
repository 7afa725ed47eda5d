//! What is logged and counted. Names of sources and handlers are ours; nothing of a sender's text is among them.

use std::time::Duration;

use crate::{AttemptStatus, DeadReason, EventId, Receipt, StoreError};

pub(crate) fn accepted(source: &str, receipt: &Result<Receipt, StoreError>) {
    let result = match receipt {
        Ok(Receipt::New(_)) => "new",
        Ok(Receipt::Duplicate(first)) if first.same_content => "duplicate",
        Ok(Receipt::Duplicate(_)) => "duplicate_key",
        Err(error) => error.code(),
    };
    match receipt {
        Ok(receipt) => tracing::debug!(source, event = receipt.id().as_i64(), result, "webhook stored"),
        Err(error) => tracing::error!(source, result, reason = %error, "webhook not stored"),
    }
    #[cfg(feature = "metrics")]
    metrics::counter!("webhook_inbox_accepted_total", "source" => source.to_owned(), "result" => result)
        .increment(1);
}

pub(crate) fn attempted(handler: &str, status: AttemptStatus, took: Duration) {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let status = status.as_str();
    tracing::info!(handler, status, duration_ms = millis, "webhook attempt ended");
    #[cfg(feature = "metrics")]
    {
        let handler = handler.to_owned();
        metrics::counter!("webhook_inbox_attempts_total", "handler" => handler.clone(), "status" => status)
            .increment(1);
        metrics::histogram!("webhook_inbox_attempt_duration_seconds", "handler" => handler).record(took);
    }
}

pub(crate) fn dead(handler: &str, event: EventId, reason: DeadReason) {
    let reason = reason.as_str();
    tracing::error!(handler, event = event.as_i64(), reason, "webhook is a dead letter");
    #[cfg(feature = "metrics")]
    metrics::counter!("webhook_inbox_dead_total", "handler" => handler.to_owned(), "reason" => reason)
        .increment(1);
}

/// A claim found all attempts used up: the handler could not say so itself.
pub(crate) fn buried(event: EventId) {
    tracing::error!(event = event.as_i64(), "webhook is a dead letter: its last attempt was cut off");
    #[cfg(feature = "metrics")]
    metrics::counter!("webhook_inbox_buried_total").increment(1);
}

pub(crate) fn running(attempts: usize) {
    #[cfg(feature = "metrics")]
    metrics::gauge!("webhook_inbox_running").set(f64::from(u32::try_from(attempts).unwrap_or(u32::MAX)));
    let _ = attempts;
}

/// The store failed in the background, where nobody else hears of it.
pub(crate) fn store_failed(what: &'static str, error: &StoreError) {
    tracing::error!(what, code = error.code(), reason = %error, "the inbox's store failed");
    #[cfg(feature = "metrics")]
    metrics::counter!("webhook_inbox_store_errors_total", "what" => what, "code" => error.code())
        .increment(1);
}
