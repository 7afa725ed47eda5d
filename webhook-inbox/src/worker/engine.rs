use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Control;
use super::settler::{End, store_wait};
use crate::handler::Handler;
use crate::{Claim, InboxStore, MAX_CLAIM, Route, telemetry};

/// Longest time without a look at the store.
const LOOK: Duration = Duration::from_secs(30);

/// A wakeup that comes sooner than this, and for nothing, may come again and again.
const EARLY: Duration = Duration::from_millis(50);

/// Waits between a claim that gave nothing and the next after such a wakeup, which double. The first is not felt by an
/// event that has just come; four claims a second cost a database nothing.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LAST_PAUSE: Duration = Duration::from_millis(250);

pub(super) struct Engine {
    pub(super) store: Arc<dyn InboxStore>,
    pub(super) handlers: Vec<Handler>,
    pub(super) name: String,
    pub(super) lease: Duration,
    pub(super) control: Control,
    /// True when attempts that still run are to be given back.
    pub(super) stopped: watch::Receiver<bool>,
    pub(super) ended: mpsc::Sender<End>,
}

impl Engine {
    pub(super) async fn claim_until(
        self: &Arc<Self>,
        mut shutdown: Pin<&mut impl Future<Output = ()>>,
        concurrency: usize,
        running: &mut JoinSet<()>,
    ) {
        let slots = Arc::new(Semaphore::new(concurrency));
        let mut failures = 0;
        let mut pause = FIRST_PAUSE;
        loop {
            let slot = tokio::select! {
                biased;
                () = shutdown.as_mut() => return,
                slot = Arc::clone(&slots).acquire_owned() => slot,
            };
            // The semaphore is never closed.
            let Ok(slot) = slot else { return };
            while running.try_join_next().is_some() {}
            let mut free = vec![slot];
            while free.len() < MAX_CLAIM {
                let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else { break };
                free.push(slot);
            }

            let mut changes = self.control.changes.subscribe();
            let claim = Claim::new(self.name.as_str(), self.routes(), free.len(), self.lease);
            // The leases end by the store's clock and were given later than this, so none ends before we count it to.
            let asked = Instant::now();
            // Not raced with the shutdown: a claim that nobody waits for would cost its events an attempt.
            let idle = match self.store.claim(&claim).await {
                Ok(claims) => {
                    failures = 0;
                    for event in &claims.buried {
                        telemetry::buried(*event);
                    }
                    let idle = claims.events.is_empty() && claims.buried.is_empty();
                    for claimed in claims.events {
                        let slot = free.pop();
                        let engine = Arc::clone(self);
                        running.spawn(async move {
                            engine.attempt(claimed, asked).await;
                            drop(slot);
                        });
                    }
                    idle
                }
                Err(error) => {
                    telemetry::store_failed("claim", &error);
                    if self.back_off(&mut failures, shutdown.as_mut()).await {
                        return;
                    }
                    continue;
                }
            };
            drop(free);
            if !idle {
                pause = FIRST_PAUSE;
                continue;
            }
            let waiting = Instant::now();
            let woken = tokio::select! {
                biased;
                () = shutdown.as_mut() => return,
                _ = changes.changed() => continue,
                woken = self.store.wakeup(&claim.routes, LOOK) => woken,
            };
            if let Err(error) = woken {
                telemetry::store_failed("wakeup", &error);
                if self.back_off(&mut failures, shutdown.as_mut()).await {
                    return;
                }
            } else if waiting.elapsed() >= EARLY {
                pause = FIRST_PAUSE;
            } else {
                // It may be for what nobody can claim: a row that another transaction has locked.
                tokio::select! {
                    biased;
                    () = shutdown.as_mut() => return,
                    _ = changes.changed() => {}
                    () = tokio::time::sleep(pause.saturating_sub(waiting.elapsed())) => {}
                }
                pause = pause.saturating_mul(2).min(LAST_PAUSE);
            }
        }
    }

    fn routes(&self) -> Vec<Route> {
        let paused = self.control.paused();
        let active = self.handlers.iter().filter(|handler| !paused.contains(&handler.name));
        active
            .map(|handler| {
                Route::new(handler.source.as_str(), handler.kinds(&self.handlers), handler.max_attempts())
            })
            .collect()
    }

    /// Leaves a failing store alone for a while. Whether the shutdown came.
    async fn back_off(&self, failures: &mut u32, shutdown: Pin<&mut impl Future<Output = ()>>) -> bool {
        *failures = failures.saturating_add(1);
        tokio::select! {
            () = shutdown => true,
            () = tokio::time::sleep(store_wait(*failures, &self.name)) => false,
        }
    }
}
