//! A policy inside `tower::retry`, in paused time.
#![cfg(feature = "tower")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use tower::retry::RetryLayer;
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use webhook_retry::tower::TowerPolicy;
use webhook_retry::{Class, Jitter, Key, RetryPolicy, Schedule, Verdict};

#[derive(Debug, Clone)]
struct Push {
    id: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Answer {
    Stored,
    Busy(u64),
    BadRequest,
}

fn verdict(result: &Result<Answer, &'static str>) -> Option<Verdict> {
    match result {
        Ok(Answer::Stored) => None,
        Ok(Answer::Busy(seconds)) => {
            Some(Verdict::new(Class::Throttled).retry_after(Some(Duration::from_secs(*seconds))))
        }
        Ok(Answer::BadRequest) => Some(Class::Permanent.into()),
        Err(_) => Some(Class::Transient.into()),
    }
}

type Log = Arc<Mutex<Vec<(String, Duration)>>>;

/// A service that answers one after the other, the last one again and again, and when it was called for whom.
fn service(
    policy: RetryPolicy,
    takes: Duration,
    answers: &'static [Result<Answer, &'static str>],
) -> (impl Service<Push, Response = Answer, Error = &'static str, Future: Send> + Clone + Send, Log) {
    let start = Instant::now();
    let log = Log::default();
    let policy = TowerPolicy::new(
        policy,
        verdict,
        |push: &Push| Key::new(&push.id),
        move || start.elapsed(),
        tokio::time::sleep,
    );
    let calls = log.clone();
    let inner = service_fn(move |push: Push| {
        let mut calls = calls.lock().unwrap();
        let earlier = calls.iter().filter(|(id, _)| *id == push.id).count();
        calls.push((push.id, start.elapsed()));
        async move {
            tokio::time::sleep(takes).await;
            answers[earlier.min(answers.len() - 1)]
        }
    });
    (ServiceBuilder::new().layer(RetryLayer::new(policy)).service(inner), log)
}

fn seconds(log: &Log) -> Vec<u64> {
    log.lock().unwrap().iter().map(|(_, at)| at.as_secs()).collect()
}

fn push(id: &str) -> Push {
    Push { id: id.to_owned() }
}

#[tokio::test(start_paused = true)]
async fn three_attempts_at_0_2_and_6_seconds() {
    let (service, log) = service(RetryPolicy::guide(), Duration::ZERO, &[Err("refused")]);
    assert_eq!(service.oneshot(push("evt_1")).await, Err("refused"));
    assert_eq!(seconds(&log), [0, 2, 6]);
}

#[tokio::test(start_paused = true)]
async fn the_first_success_ends_it() {
    let (service, log) = service(RetryPolicy::guide(), Duration::ZERO, &[Err("refused"), Ok(Answer::Stored)]);
    assert_eq!(service.oneshot(push("evt_1")).await, Ok(Answer::Stored));
    assert_eq!(seconds(&log), [0, 2]);
}

#[tokio::test(start_paused = true)]
async fn classes_and_asked_waits_are_kept() {
    let answers = &[Ok(Answer::Busy(30)), Ok(Answer::BadRequest)];
    let (service, log) = service(RetryPolicy::guide(), Duration::ZERO, answers);
    assert_eq!(service.oneshot(push("evt_1")).await, Ok(Answer::BadRequest));
    assert_eq!(seconds(&log), [0, 30]);
}

#[tokio::test(start_paused = true)]
async fn every_request_counts_its_own_attempts_and_time() {
    let policy = RetryPolicy::builder(Schedule::Fixed(Duration::from_secs(2)), 9)
        .max_elapsed(Duration::from_secs(20))
        .build()
        .unwrap();
    let (mut service, log) = service(policy, Duration::from_secs(7), &[Err("refused")]);
    for request in 0..3 {
        let began = Instant::now();
        assert!(service.ready().await.unwrap().call(push(&format!("evt_{request}"))).await.is_err());
        // Failures at 7, 16 and 25 s: a fourth attempt would begin at 27 s.
        assert_eq!(began.elapsed().as_secs(), 25, "request {request}");
    }
    assert_eq!(log.lock().unwrap().len(), 9);
}

#[tokio::test(start_paused = true)]
async fn requests_that_fail_together_come_back_apart() {
    let policy = RetryPolicy::builder(Schedule::Fixed(Duration::from_secs(10)), 3)
        .jitter(Jitter::Full)
        .build()
        .unwrap();
    let (service, log) = service(policy, Duration::ZERO, &[Err("refused")]);
    let requests: Vec<_> =
        (0..20).map(|number| tokio::spawn(service.clone().oneshot(push(&format!("evt_{number}"))))).collect();
    for request in requests {
        assert!(request.await.unwrap().is_err());
    }
    let log = log.lock().unwrap();
    assert_eq!(log.len(), 60);
    let mut moments: Vec<_> =
        log.iter().map(|(_, at)| *at).filter(|at| *at > Duration::from_millis(1)).collect();
    moments.sort_unstable();
    moments.dedup();
    assert!(moments.len() >= 38, "{} different moments of 40 further attempts", moments.len());
}
