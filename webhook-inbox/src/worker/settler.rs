use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use webhook_retry::{Class, Decision, Failure, Key, Ratio, RetryPolicy, Schedule, decide};

use crate::{InboxStore, Settled, Settlement, telemetry};

/// Most ends of attempts in one write.
const MAX_SETTLE: usize = 64;

/// For how long the end of an attempt is offered to a store that fails; the lease ends in the meantime.
const SETTLING: Duration = Duration::from_mins(1);

/// The end of an attempt on its way to the store, and who waits for it.
pub(super) struct End {
    pub(super) settlement: Settlement,
    pub(super) written: oneshot::Sender<Option<Settled>>,
}

/// Writes the ends of attempts, as many at once as have come together.
pub(super) async fn settle(store: Arc<dyn InboxStore>, mut ends: mpsc::Receiver<End>) {
    let mut batch = Vec::new();
    while ends.recv_many(&mut batch, MAX_SETTLE).await > 0 {
        let (settlements, waiting): (Vec<Settlement>, Vec<_>) =
            batch.drain(..).map(|end| (end.settlement, end.written)).unzip();
        let began = Instant::now();
        let mut failures = 0_u32;
        let settled = loop {
            match store.settle(&settlements).await {
                Ok(settled) => break settled,
                Err(error) => {
                    telemetry::store_failed("settle", &error);
                    if began.elapsed() > SETTLING {
                        break Vec::new();
                    }
                    failures = failures.saturating_add(1);
                    tokio::time::sleep(store_wait(failures, "settle")).await;
                }
            }
        };
        let settled = settled.into_iter().map(Some).chain(std::iter::repeat(None));
        for (written, settled) in waiting.into_iter().zip(settled) {
            // Whoever does not wait any more does not need it.
            let _ = written.send(settled);
        }
    }
}

/// How long a failing store is left alone: from 100 ms to 5 s.
pub(super) fn store_wait(failures: u32, who: &str) -> Duration {
    const SCHEDULE: Schedule =
        Schedule::Exponential { first: Duration::from_millis(100), ratio: Ratio::DOUBLE };
    const LONGEST: Duration = Duration::from_secs(5);

    let policy: Result<RetryPolicy, _> = RetryPolicy::builder(SCHEDULE, u32::MAX).max_delay(LONGEST).build();
    let failed =
        Failure::new(failures, Duration::ZERO, Class::Transient).entropy(Key::new(who).entropy(failures));
    match policy.map(|policy| decide(&policy, failed)) {
        Ok(Decision::RetryIn(wait)) => wait,
        _ => LONGEST,
    }
}
