//! A policy inside `reqwest-retry`, in paused time, and by itself.
#![cfg(feature = "retry-policies")]
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, Middleware, Next};
use reqwest_retry::RetryTransientMiddleware;
use retry_policies::{RetryDecision, RetryPolicy as _};
use tokio::time::Instant;
use webhook_retry::retry_policies::SharedPolicy;
use webhook_retry::{Jitter, Key, RetryPolicy, Schedule};

const NOW_SECONDS: u64 = 1_800_000_000;

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW_SECONDS)
}

/// The wait that is decided for a request that began this long ago.
fn wait(policy: SharedPolicy, ago: Duration, past_retries: u32) -> Option<Duration> {
    match policy.should_retry(now() - ago, past_retries) {
        RetryDecision::Retry { execute_after } => Some(execute_after.duration_since(now()).unwrap()),
        RetryDecision::DoNotRetry => None,
    }
}

#[test]
fn past_retries_become_attempts() {
    let policy = SharedPolicy::new(RetryPolicy::guide(), Key::new("client"), now);
    let waits: Vec<_> = [0, 1, 2, u32::MAX].map(|past| wait(policy, Duration::ZERO, past)).into();
    assert_eq!(waits, [Some(Duration::from_secs(2)), Some(Duration::from_secs(4)), None, None]);
}

#[test]
fn a_wait_that_would_end_too_late_is_not_begun() {
    let policy = RetryPolicy::builder(Schedule::Fixed(Duration::from_secs(2)), 9)
        .max_elapsed(Duration::from_secs(10))
        .build()
        .unwrap();
    let policy = SharedPolicy::new(policy, Key::new("client"), now);
    assert_eq!(wait(policy, Duration::from_secs(8), 0), Some(Duration::from_secs(2)));
    assert_eq!(wait(policy, Duration::from_millis(8_001), 0), None);
    let future = policy.should_retry(now() + Duration::from_secs(5), 0);
    assert!(
        matches!(future, RetryDecision::Retry { .. }),
        "a clock that was set back is no reason to give up"
    );
}

#[test]
fn requests_of_one_client_differ_and_so_do_clients() {
    let policy = RetryPolicy::builder(Schedule::Fixed(Duration::from_secs(10)), 3)
        .jitter(Jitter::Full)
        .build()
        .unwrap();
    let one = SharedPolicy::new(policy, Key::new("one"), now);
    let other = SharedPolicy::new(policy, Key::new("other"), now);
    let waits: BTreeSet<_> =
        (0..100).filter_map(|ago| wait(one, Duration::from_nanos(ago * 100), 0)).collect();
    assert!(waits.len() > 90, "{} different waits of 100 requests", waits.len());
    let moments = || (0..100).map(Duration::from_micros);
    let equal = moments().filter(|ago| wait(one, *ago, 0) == wait(other, *ago, 0)).count();
    assert!(equal < 5, "{equal} of 100 waits are the same for two clients");
}

/// Stands in for the network: every request fails with 503.
struct Unavailable {
    start: Instant,
    made: Arc<Mutex<Vec<Duration>>>,
}

#[async_trait::async_trait]
impl Middleware for Unavailable {
    async fn handle(
        &self,
        _: Request,
        _: &mut http::Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        self.made.lock().unwrap().push(self.start.elapsed());
        Ok(http::Response::builder().status(503).body("").unwrap().into())
    }
}

#[tokio::test(start_paused = true)]
async fn reqwest_retry_makes_three_attempts_at_0_2_and_6_seconds() {
    let made = Arc::default();
    let policy = SharedPolicy::new(RetryPolicy::guide(), Key::new("client"), SystemTime::now);
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(RetryTransientMiddleware::new_with_policy(policy))
        .with(Unavailable { start: Instant::now(), made: Arc::clone(&made) })
        .build();
    let answer = client.get("http://receiver.example/hooks").send().await.unwrap();
    assert_eq!(answer.status(), 503);
    // The middleware reads the real clock between our decision and its sleep, so waits are some microseconds short.
    let made: Vec<f64> = made.lock().unwrap().iter().map(Duration::as_secs_f64).collect();
    assert_eq!(made.len(), 3, "{made:?}");
    for (made, expected) in made.iter().zip([0.0, 2.0, 6.0]) {
        assert!((made - expected).abs() < 0.5, "an attempt at {made} s instead of {expected} s");
    }
}
