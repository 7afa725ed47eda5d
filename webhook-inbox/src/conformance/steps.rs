//! What the checks are made of.

use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use webhook_core::IdempotencyKey;
use webhook_retry::Class;
use webhook_verify::danger::assume_verified;

use super::{Seen, Subject};
use crate::{
    AttemptFailure, Claim, Claimed, Claims, DeadReason, Event, EventId, InboxAdmin, InboxStore, Kinds,
    NewEvent, Outcome, Receipt, Route, Settled, Settlement,
};

pub(super) type Check = Result<(), Seen>;

pub(super) const MINUTE: Duration = Duration::from_mins(1);
pub(super) const HOUR: Duration = Duration::from_hours(1);

macro_rules! ensure {
    ($condition:expr, $($seen:tt)+) => {
        let holds: bool = $condition;
        if !holds {
            return Err(Seen::from(format!($($seen)+)));
        }
    };
}

macro_rules! ensure_eq {
    ($left:expr, $right:expr, $what:literal) => {
        let (left, right) = (&$left, &$right);
        if left != right {
            return Err(Seen::from(format!("{}: {left:?}, not {right:?}", format_args!($what))));
        }
    };
}

pub(super) use {ensure, ensure_eq};

pub(super) fn event(kind: &str) -> NewEvent {
    NewEvent::verified("shop", &assume_verified(kind.as_bytes())).kind(kind)
}

pub(super) fn keyed(key: &str, body: &str) -> NewEvent {
    let key = IdempotencyKey::new(format!("shop:{key}"));
    NewEvent::verified("shop", &assume_verified(body.as_bytes())).kind("order").key(Some(key))
}

pub(super) fn ordered(source: &str, order: &str, body: &str) -> NewEvent {
    NewEvent::verified(source, &assume_verified(body.as_bytes())).kind("order").ordering(order)
}

pub(super) const fn limit(attempts: u32) -> NonZeroU32 {
    match NonZeroU32::new(attempts) {
        Some(attempts) => attempts,
        None => NonZeroU32::MIN,
    }
}

/// All events of a source.
pub(super) fn all_of(source: &str, attempts: u32) -> Route {
    Route::new(source, Kinds::Except(Vec::new()), limit(attempts))
}

pub(super) fn only(source: &str, kinds: &[&str]) -> Route {
    Route::new(source, Kinds::Only(kinds.iter().map(|&kind| kind.to_owned()).collect()), limit(3))
}

pub(super) fn except(source: &str, kinds: &[&str]) -> Route {
    Route::new(source, Kinds::Except(kinds.iter().map(|&kind| kind.to_owned()).collect()), limit(3))
}

pub(super) fn failure() -> AttemptFailure {
    AttemptFailure::new(Class::Transient, "the other side is down")
}

pub(super) fn retry(after: Duration) -> Outcome {
    Outcome::Retry { after, failure: failure() }
}

pub(super) fn dead(reason: DeadReason) -> Outcome {
    Outcome::Dead { reason, failure: AttemptFailure::new(Class::Permanent, "no such order") }
}

pub(super) fn only_one<T>(mut items: Vec<T>, what: &str) -> Result<T, Seen> {
    let one = items.pop().ok_or_else(|| format!("there is no {what}"))?;
    if items.is_empty() { Ok(one) } else { Err(format!("there is more than one {what}").into()) }
}

pub(super) fn bodies(claims: &Claims) -> Vec<String> {
    claims.events.iter().map(|event| String::from_utf8_lossy(&event.body).into_owned()).collect()
}

impl<S: InboxStore + InboxAdmin> Subject<S> {
    pub(super) async fn accept(&self, event: NewEvent) -> Result<Receipt, Seen> {
        only_one(self.store.accept(&[event]).await?, "receipt")
    }

    pub(super) async fn accept_new(&self, event: NewEvent) -> Result<EventId, Seen> {
        match self.accept(event).await? {
            Receipt::New(id) => Ok(id),
            Receipt::Duplicate(duplicate) => Err(format!("a new event is a duplicate: {duplicate:?}").into()),
        }
    }

    pub(super) async fn claim(&self, routes: Vec<Route>, max: usize) -> Result<Claims, Seen> {
        Ok(self.store.claim(&Claim::new("worker", routes, max, MINUTE)).await?)
    }

    pub(super) async fn claim_all(&self) -> Result<Claims, Seen> {
        self.claim(vec![all_of("shop", 3)], 100).await
    }

    pub(super) async fn claim_one(&self) -> Result<Claimed, Seen> {
        only_one(self.claim_all().await?.events, "claimed event")
    }

    pub(super) async fn settle(&self, claimed: &Claimed, outcome: Outcome) -> Result<Settled, Seen> {
        let settlement = Settlement::new(claimed.lease, outcome, Duration::from_millis(250));
        only_one(self.store.settle(&[settlement]).await?, "answer to a settlement")
    }

    pub(super) async fn finish(&self, claimed: &Claimed, outcome: Outcome) -> Check {
        let settled = self.settle(claimed, outcome).await?;
        ensure_eq!(settled, Settled::Yes, "settling a held lease");
        Ok(())
    }

    pub(super) async fn event(&self, id: EventId) -> Result<Event, Seen> {
        self.store.event(id).await?.ok_or_else(|| format!("event {id} is not there").into())
    }

    pub(super) async fn nothing_is_due(&self) -> Check {
        let claims = self.claim_all().await?;
        ensure!(claims.events.is_empty() && claims.buried.is_empty(), "something is due: {claims:?}");
        Ok(())
    }

    /// Whether somebody who waits for work is woken.
    pub(super) async fn is_woken(&self, what: &str) -> Check {
        // Nobody waits so long: whoever returns was woken.
        const LONG: Duration = Duration::from_mins(30);
        const SOON: Duration = Duration::from_secs(20);

        let routes = [all_of("shop", 3)];
        let wakeup = tokio::time::timeout(SOON, self.store.wakeup(&routes, LONG));
        wakeup.await.map_err(|_| format!("no wakeup {what}"))??;
        Ok(())
    }

    pub(super) async fn is_woken_by(&self, what: &str, change: impl Future<Output = Check>) -> Check {
        let what = format!("by {what}");
        let (wakeup, changed) = tokio::join!(self.is_woken(&what), async {
            // The waiter waits first; if it does not, the event is due when it looks.
            tokio::task::yield_now().await;
            change.await
        });
        changed?;
        wakeup
    }
}
