//! A policy inside `backon`, in paused time.
#![cfg(feature = "backon")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests"
)]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use backon::{BackoffBuilder, BlockingRetryable, Retryable};
use tokio::time::Instant;
use webhook_retry::backon::BackonPolicy;
use webhook_retry::{Class, Key, RetryPolicy, Schedule, Verdict};

#[derive(Debug, Clone, Copy, PartialEq)]
enum PushError {
    Refused,
    Busy(u64),
    BadRequest,
}

fn verdict(error: &PushError) -> Verdict {
    match error {
        PushError::Refused => Class::Transient.into(),
        PushError::Busy(seconds) => {
            Verdict::new(Class::Throttled).retry_after(Some(Duration::from_secs(*seconds)))
        }
        PushError::BadRequest => Class::Permanent.into(),
    }
}

fn guide() -> BackonPolicy {
    BackonPolicy::new(RetryPolicy::guide(), Key::new("evt_1"))
}

/// When attempts begin, in seconds, if they fail one after the other with `errors`, and the last error.
async fn attempts(policy: BackonPolicy, errors: &[PushError], adjusted: bool) -> (Vec<u64>, PushError) {
    let start = Instant::now();
    let made = RefCell::new(Vec::new());
    let push = || async {
        made.borrow_mut().push(start.elapsed().as_secs());
        let index = (made.borrow().len() - 1).min(errors.len() - 1);
        Err::<(), _>(errors[index])
    };
    let result = if adjusted {
        push.retry(policy).adjust(policy.adjust(move || start.elapsed(), verdict)).await
    } else {
        push.retry(policy).await
    };
    (made.take(), result.unwrap_err())
}

#[tokio::test(start_paused = true)]
async fn three_attempts_at_0_2_and_6_seconds() {
    for adjusted in [false, true] {
        let (made, error) = attempts(guide(), &[PushError::Refused], adjusted).await;
        assert_eq!((made, error), (vec![0, 2, 6], PushError::Refused), "adjusted: {adjusted}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_was_asked_for_is_kept() {
    let (made, _) = attempts(guide(), &[PushError::Busy(30), PushError::Busy(1)], true).await;
    assert_eq!(made, [0, 30, 34]);
}

#[tokio::test(start_paused = true)]
async fn a_permanent_failure_ends_it() {
    let (made, error) = attempts(guide(), &[PushError::Refused, PushError::BadRequest], true).await;
    assert_eq!((made, error), (vec![0, 2], PushError::BadRequest));
}

#[tokio::test(start_paused = true)]
async fn max_elapsed_is_held_against_the_clock() {
    let policy = RetryPolicy::builder(Schedule::Fixed(Duration::from_secs(2)), 9)
        .max_elapsed(Duration::from_secs(20))
        .build()
        .unwrap();
    let policy = BackonPolicy::new(policy, Key::new("evt_1"));
    let start = Instant::now();
    let push = || async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        Err::<(), _>(PushError::Refused)
    };
    let result = push.retry(policy).adjust(policy.adjust(move || start.elapsed(), verdict)).await;
    assert!(result.is_err());
    assert_eq!(start.elapsed().as_secs(), 25);
}

#[test]
fn the_blocking_loop_gets_the_waits_of_the_key() {
    let durable = BackonPolicy::new(RetryPolicy::durable(), Key::new("evt_1"));
    let waited = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&waited);
    let result = (|| Err::<(), _>(PushError::Refused))
        .retry(durable)
        .sleep(move |wait| log.borrow_mut().push(wait))
        .call();
    assert!(result.is_err());
    let waited = waited.take();
    assert_eq!(waited.len(), 7);
    assert_eq!(waited, RetryPolicy::durable().delays(Key::new("evt_1")).collect::<Vec<_>>());
    let other = BackonPolicy::new(RetryPolicy::durable(), Key::new("evt_2"));
    assert_ne!(waited, other.build().collect::<Vec<_>>());
}

#[test]
fn adjusting_draws_the_waits_of_the_key_too() {
    let durable = |key| BackonPolicy::new(RetryPolicy::durable(), Key::new(key));
    let waits = |policy: &BackonPolicy| {
        let mut adjust = policy.adjust(|| Duration::ZERO, verdict);
        std::iter::from_fn(|| adjust(&PushError::Refused, None)).collect::<Vec<_>>()
    };
    let waited = waits(&durable("evt_1"));
    assert_eq!(waited, RetryPolicy::durable().delays(Key::new("evt_1")).collect::<Vec<_>>());
    assert_ne!(waited, waits(&durable("evt_2")));
}
