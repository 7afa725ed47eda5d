use std::time::Duration;

use super::steps::{Check, all_of, event, retry};
use super::{Seen, Subject};
use crate::{InboxAdmin, InboxStore};

pub(super) async fn a_wakeup_comes_for_what_is_due<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    // Nobody waits so long: whoever returns was woken.
    const LONG: Duration = Duration::from_mins(30);
    const SOON: Duration = Duration::from_secs(20);
    let routes = [all_of("shop", 3)];
    let woken = async |what: &str| {
        let wakeup = tokio::time::timeout(SOON, s.store.wakeup(&routes, LONG));
        wakeup.await.map_err(|_| format!("no wakeup {what}"))??;
        Ok::<_, Seen>(())
    };

    s.store.wakeup(&routes, Duration::ZERO).await?;
    let (wakeup, accepted) = tokio::join!(woken("by a new event"), async {
        // The waiter waits first; if it does not, the event is due when it looks.
        tokio::task::yield_now().await;
        s.accept_new(event("order")).await
    });
    wakeup?;
    accepted?;
    woken("for an event that is due").await?;
    let claimed = s.claim_one().await?;
    let (wakeup, settled) = tokio::join!(woken("by a retry"), async {
        tokio::task::yield_now().await;
        s.finish(&claimed, retry(Duration::ZERO)).await
    });
    wakeup?;
    settled?;
    let claimed = s.claim_one().await?;
    s.finish(&claimed, retry(Duration::from_millis(200))).await?;
    woken("at the time of a retry").await?;
    Ok(())
}
