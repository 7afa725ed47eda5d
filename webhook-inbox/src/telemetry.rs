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

/// An attempt that runs. However it ends, it is dropped.
pub(crate) struct Running {
    #[cfg(feature = "metrics")]
    gauge: metrics::Gauge,
}

impl Running {
    pub(crate) fn begin() -> Self {
        #[cfg(feature = "metrics")]
        let gauge = metrics::gauge!("webhook_inbox_running");
        #[cfg(feature = "metrics")]
        gauge.increment(1.0);
        Self {
            #[cfg(feature = "metrics")]
            gauge,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        #[cfg(feature = "metrics")]
        self.gauge.decrement(1.0);
    }
}

/// The store failed in the background, where nobody else hears of it.
pub(crate) fn store_failed(what: &'static str, error: &StoreError) {
    tracing::error!(what, code = error.code(), reason = %error, "the inbox's store failed");
    #[cfg(feature = "metrics")]
    metrics::counter!("webhook_inbox_store_errors_total", "what" => what, "code" => error.code())
        .increment(1);
}

#[cfg(all(test, feature = "metrics"))]
mod tests {
    use std::sync::Arc;

    use metrics_util::debugging::{DebugValue, DebuggingRecorder};
    use tokio::sync::Semaphore;
    use webhook_core::IdempotencyKey;
    use webhook_retry::{RetryPolicy, Schedule};
    use webhook_verify::danger::assume_verified;
    use webhook_verify::providers::Svix;

    use super::*;
    use crate::{
        Filter, Handler, HandlerError, Inbox, InboxAdmin, InboxStore, Job, MemoryStore, NewEvent, Page,
        State, Worker,
    };

    /// Runs all that is counted, and looks for the names in the crate's documentation.
    #[tokio::test]
    async fn what_is_counted() {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        let _here = metrics::set_default_local_recorder(&recorder);

        let store = MemoryStore::new();
        let inbox = Inbox::new(store.clone());
        let event = |body| {
            NewEvent::verified("svix", &assume_verified(body)).key(Some(IdempotencyKey::new("svix:msg_1")))
        };
        for body in [b"{}", b"{}", b"[]"] {
            inbox.accept(event(body)).await.unwrap();
        }
        let policy = RetryPolicy::builder(Schedule::Fixed(Duration::ZERO), 2).build().unwrap();
        let handler = Handler::all(|_: Job<Svix>| async { Err(HandlerError::transient("no")) })
            .name("all")
            .policy(policy);
        let dead = async {
            let filter = Filter::all().state(State::Dead);
            while store.list(&filter, Page::first(1)).await.unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        Worker::new(store.clone()).handler(handler).run(dead).await.unwrap();
        // What these tell takes a process that is killed, or a store that fails.
        buried(EventId::from_i64(1));
        store_failed("claim", &StoreError::Unavailable("gone".into()));

        let mut told = Vec::new();
        for (key, _, _, value) in snapshotter.snapshot().into_vec() {
            let (name, labels) = key.key().clone().into_parts();
            let mut labels: Vec<_> =
                labels.iter().map(|label| format!("{}={}", label.key(), label.value())).collect();
            labels.sort();
            let value = match value {
                DebugValue::Counter(count) => count.to_string(),
                DebugValue::Histogram(durations) => format!("{} durations", durations.len()),
                DebugValue::Gauge(level) => format!("at {level}"),
            };
            told.push(format!("{} {} {value}", name.as_str(), labels.join(",")));
        }
        told.sort();
        assert_eq!(
            told,
            [
                "webhook_inbox_accepted_total result=duplicate,source=svix 1",
                "webhook_inbox_accepted_total result=duplicate_key,source=svix 1",
                "webhook_inbox_accepted_total result=new,source=svix 1",
                "webhook_inbox_attempt_duration_seconds handler=all 2 durations",
                "webhook_inbox_attempts_total handler=all,status=transient 2",
                "webhook_inbox_buried_total  1",
                "webhook_inbox_dead_total handler=all,reason=attempts 1",
                "webhook_inbox_running  at 0",
                "webhook_inbox_store_errors_total code=unavailable,what=claim 1",
            ]
        );
        for line in told {
            let name = line.split(' ').next().unwrap();
            assert!(include_str!("lib.rs").contains(&format!("`{name}`")), "{name} is not documented");
        }
    }

    #[tokio::test]
    async fn attempts_are_counted_while_they_run() {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        let _here = metrics::set_default_local_recorder(&recorder);
        // What has changed since it was asked before.
        let level = || {
            let told = snapshotter.snapshot().into_vec();
            told.into_iter().find_map(|(key, _, _, value)| match value {
                DebugValue::Gauge(level) if key.key().name() == "webhook_inbox_running" => Some(level.0),
                _ => None,
            })
        };

        let store = MemoryStore::new();
        let begun = Arc::new(Semaphore::new(0));
        let worker = || {
            let begun = Arc::clone(&begun);
            let handler = Handler::all(move |_: Job<Svix>| {
                begun.add_permits(1);
                std::future::pending()
            });
            tokio::spawn(
                Worker::new(store.clone()).handler(handler).concurrency(1).run(std::future::pending()),
            )
        };
        let workers = [worker(), worker()];
        for _ in 0..2 {
            store.accept(&[NewEvent::verified("svix", &assume_verified(b"{}"))]).await.unwrap();
        }
        drop(begun.acquire_many(2).await.unwrap());
        assert_eq!(level(), Some(2.0), "attempts of both workers");
        for worker in workers {
            worker.abort();
            assert!(worker.await.unwrap_err().is_cancelled());
        }
        while Arc::strong_count(&begun) > 1 {
            tokio::task::yield_now().await;
        }
        assert_eq!(level(), Some(-2.0), "attempts that were dropped");
    }
}
