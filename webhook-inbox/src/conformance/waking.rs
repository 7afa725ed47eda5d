use std::time::Duration;

use tokio::time::Instant;
use webhook_verify::danger::assume_verified;

use super::Subject;
use super::steps::{Check, all_of, event, except, only_one, retry};
use crate::{Claim, InboxAdmin, InboxStore, NewEvent, Outcome, Replay};

/// A wait of this time is no early return. Timers may be late, not early.
const QUIET: Duration = Duration::from_millis(200);

pub(super) async fn a_wakeup_comes_for_what_is_due<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    s.store.wakeup(&[all_of("shop", 3)], Duration::ZERO).await?;
    s.is_woken_by("a new event", async { s.accept_new(event("order")).await.map(drop) }).await?;
    s.is_woken("for an event that is due").await?;
    let claimed = s.claim_one().await?;
    s.is_woken_by("a retry", s.finish(&claimed, retry(Duration::ZERO))).await?;
    let claimed = s.claim_one().await?;
    s.is_woken_by("a release", s.finish(&claimed, Outcome::Release)).await?;
    let claimed = s.claim_one().await?;
    s.finish(&claimed, retry(QUIET)).await?;
    s.is_woken("at the time of a retry").await?;
    Ok(())
}

pub(super) async fn a_wakeup_comes_when_a_lease_ends<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    s.accept_new(event("order")).await?;
    let claim = Claim::new("worker", vec![all_of("shop", 3)], 1, QUIET);
    only_one(s.store.claim(&claim).await?.events, "claimed event")?;
    s.is_woken("at the end of a lease").await?;
    Ok(())
}

pub(super) async fn a_wakeup_comes_for_a_replay<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let id = s.accept_new(event("order")).await?;
    let claimed = s.claim_one().await?;
    s.finish(&claimed, Outcome::Done).await?;
    s.is_woken_by("a replay", async { Ok(s.store.replay(&Replay::One(id)).await.map(drop)?) }).await?;
    Ok(())
}

pub(super) async fn a_wakeup_waits_for_its_routes<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    s.store.accept(&[event("paused"), NewEvent::verified("market", &assume_verified(b"m"))]).await?;
    // It may come early, for what has just changed, but not again and again.
    for _ in 0..5 {
        let began = Instant::now();
        s.store.wakeup(&[except("shop", &["paused"])], QUIET).await?;
        if began.elapsed() >= QUIET {
            return Ok(());
        }
    }
    Err("it wakes again and again for events of other routes".to_owned().into())
}
