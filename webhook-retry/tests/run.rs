//! The loops, in paused time and with a clock of numbers.
#![allow(clippy::arithmetic_side_effects, clippy::unchecked_time_subtraction, reason = "helpers of tests")]

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::future::pending;
use std::io;
use std::time::Duration;

use tokio::time::Instant;
use webhook_retry::{
    AttemptError, Class, Decision, GiveUpReason, Key, Retry, RetryPolicy, Schedule, Verdict,
};

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn refused() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused")
}

#[tokio::test(start_paused = true)]
async fn attempts_are_made_at_0_2_and_6_seconds_and_the_last_error_returned() {
    let start = Instant::now();
    let made = RefCell::new(Vec::new());
    let answer: Result<(), _> = Retry::new(&RetryPolicy::guide(), Key::new("evt_1"))
        .run(
            || start.elapsed(),
            tokio::time::sleep,
            |attempt| {
                made.borrow_mut().push((attempt.number, start.elapsed().as_secs()));
                async move { Err(io::Error::other(format!("attempt {}", attempt.number))) }
            },
        )
        .await;
    let gave_up = answer.unwrap_err();
    assert_eq!(*made.borrow(), [(1, 0), (2, 2), (3, 6)]);
    assert_eq!((gave_up.attempts, gave_up.reason), (3, GiveUpReason::Attempts));
    assert_eq!(gave_up.elapsed.as_secs(), 6);
    assert!(matches!(&gave_up.error, AttemptError::Failed(error) if error.to_string() == "attempt 3"));
    assert!(gave_up.to_string().starts_with("gave up after 3 attempts and 6"), "{gave_up}");
    assert!(gave_up.to_string().ends_with(": all attempts were made"), "{gave_up}");
    let source = gave_up.source().and_then(Error::source).map(ToString::to_string);
    assert_eq!(source.as_deref(), Some("attempt 3"));
}

#[tokio::test(start_paused = true)]
async fn the_first_success_ends_the_loop() {
    let start = Instant::now();
    let answer = Retry::new(&RetryPolicy::guide(), Key::new("evt_1"))
        .run(
            || start.elapsed(),
            tokio::time::sleep,
            |attempt| async move { if attempt.number == 2 { Ok("stored") } else { Err(refused()) } },
        )
        .await;
    assert_eq!(answer.unwrap(), "stored");
    assert_eq!(start.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_takes_too_long_is_dropped_and_tried_again() {
    struct Dropped<'c>(&'c Cell<u32>);
    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let start = Instant::now();
    let dropped = Cell::new(0);
    let answer: Result<(), _> = Retry::<io::Error>::new(&RetryPolicy::guide(), Key::new("evt_1"))
        .timeout(s(10))
        .classify(|error| panic!("there is no error to classify: {error}"))
        .run(
            || start.elapsed(),
            tokio::time::sleep,
            |attempt| {
                assert_eq!(attempt.timeout, Some(s(10)));
                let guard = Dropped(&dropped);
                async move {
                    let _guard = guard;
                    pending().await
                }
            },
        )
        .await;
    let gave_up = answer.unwrap_err();
    assert!(matches!(gave_up.error, AttemptError::TimedOut));
    assert_eq!(dropped.get(), 3);
    assert_eq!(start.elapsed().as_secs(), 36, "three times ten seconds, and two and four of waiting");
    assert_eq!(gave_up.error.to_string(), "the attempt took too long");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_ends_with_the_limit_counts() {
    let start = Instant::now();
    let answer = Retry::<io::Error>::new(&RetryPolicy::once(), Key::new("evt_1"))
        .timeout(s(10))
        .run(
            || start.elapsed(),
            tokio::time::sleep,
            |_| async {
                tokio::time::sleep(s(10)).await;
                Ok(7)
            },
        )
        .await;
    assert_eq!(answer.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn the_attempts_own_time_counts_for_max_elapsed() {
    let policy = RetryPolicy::builder(Schedule::Fixed(s(2)), 9).max_elapsed(s(20)).build().unwrap();
    let start = Instant::now();
    let answer: Result<(), _> = Retry::new(&policy, Key::new("evt_1"))
        .run(
            || start.elapsed(),
            tokio::time::sleep,
            |_| async {
                tokio::time::sleep(s(7)).await;
                Err(refused())
            },
        )
        .await;
    let gave_up = answer.unwrap_err();
    // Failures at 7, 16 and 25 s: the third attempt begins at 18 s, a fourth would at 27 s.
    assert_eq!((gave_up.attempts, gave_up.reason), (3, GiveUpReason::Elapsed));
    assert_eq!(gave_up.elapsed.as_secs(), 25);
}

/// A clock and a sleep of numbers, for the blocking loop.
#[derive(Default)]
struct Clock(Cell<Duration>);

impl Clock {
    fn now(&self) -> Duration {
        self.0.get()
    }

    fn pass(&self, time: Duration) {
        self.0.set(self.0.get() + time);
    }
}

#[test]
fn the_blocking_loop_waits_as_the_policy_says() {
    let clock = Clock::default();
    clock.pass(s(1000));
    let made = RefCell::new(Vec::new());
    let answer: Result<(), _> =
        Retry::new(&RetryPolicy::guide(), Key::new("evt_1")).timeout(s(3)).run_blocking(
            || clock.now(),
            |wait| clock.pass(wait),
            |attempt| {
                assert_eq!(attempt.timeout, Some(s(3)), "the operation must keep to it itself");
                made.borrow_mut().push(clock.now());
                clock.pass(s(1));
                Err(refused())
            },
        );
    let gave_up = answer.unwrap_err();
    assert_eq!(
        *made.borrow(),
        [s(1000), s(1003), s(1008)],
        "a wait begins with the failure, one second later"
    );
    assert_eq!((gave_up.attempts, gave_up.elapsed), (3, s(9)));
    let value = Retry::<io::Error>::new(&RetryPolicy::guide(), Key::new("evt_1")).run_blocking(
        || clock.now(),
        |wait| clock.pass(wait),
        |attempt| if attempt.number == 3 { Ok(attempt.number) } else { Err(refused()) },
    );
    assert_eq!(value.unwrap(), 3);
}

#[test]
fn the_verdict_decides() {
    #[derive(Debug, PartialEq)]
    enum PushError {
        Busy(u64),
        BadRequest,
        Gone,
    }
    let clock = Clock::default();
    let outcome = |errors: &[u64], last: fn() -> PushError| {
        let began = clock.now();
        let answer: Result<(), _> = Retry::new(&RetryPolicy::durable(), Key::new("evt_1"))
            .classify(|error: &PushError| match error {
                PushError::Busy(wait) => Verdict::new(Class::Throttled).retry_after(Some(s(*wait))),
                PushError::BadRequest => Class::Permanent.into(),
                PushError::Gone => Class::Gone.into(),
            })
            .run_blocking(
                || clock.now(),
                |wait| clock.pass(wait),
                |attempt| {
                    let index = usize::try_from(attempt.number).unwrap() - 1;
                    Err(errors.get(index).map_or_else(last, |wait| PushError::Busy(*wait)))
                },
            );
        let gave_up = answer.unwrap_err();
        (gave_up.reason, gave_up.attempts, clock.now() - began)
    };
    assert_eq!(outcome(&[], || PushError::BadRequest), (GiveUpReason::Permanent, 1, s(0)));
    assert_eq!(outcome(&[90, 600], || PushError::Gone), (GiveUpReason::Gone, 3, s(690)));
}

#[test]
fn every_attempt_is_reported() {
    let clock = Clock::default();
    let mut lines = Vec::new();
    let mut decisions = Vec::new();
    let answer = Retry::new(&RetryPolicy::guide(), Key::new("evt_1"))
        .on_attempt(|report| {
            lines.push(report.to_string());
            decisions.push((report.attempt, report.elapsed, report.failure.map(|(_, decision)| decision)));
        })
        .run_blocking(
            || clock.now(),
            |wait| clock.pass(wait),
            |attempt| {
                clock.pass(s(1));
                if attempt.number == 2 { Ok(()) } else { Err(refused()) }
            },
        );
    assert!(answer.is_ok());
    assert_eq!(lines, ["attempt 1 failed after 1s, next in 2s", "attempt 2 succeeded after 1s"]);
    assert_eq!(decisions, [(1, s(1), Some(Decision::RetryIn(s(2)))), (2, s(4), None)]);

    let mut last = String::new();
    let answer: Result<(), _> = Retry::new(&RetryPolicy::once(), Key::new("evt_1"))
        .on_attempt(|report| last = report.to_string())
        .run_blocking(|| clock.now(), |wait| clock.pass(wait), |_| Err(refused()));
    assert_eq!(last, "attempt 1 failed after 0ns, gave up: all attempts were made");
    assert_eq!(answer.unwrap_err().to_string(), "gave up after 1 attempt and 0ns: all attempts were made");
}

#[test]
fn the_waits_are_those_of_the_key() {
    let policy = RetryPolicy::durable();
    let waited = RefCell::new(Vec::new());
    let clock = Clock::default();
    let answer: Result<(), _> = Retry::new(&policy, Key::new("evt_1")).run_blocking(
        || clock.now(),
        |wait| {
            waited.borrow_mut().push(wait);
            clock.pass(wait);
        },
        |_| Err(refused()),
    );
    assert_eq!(answer.unwrap_err().attempts, 8);
    assert_eq!(*waited.borrow(), policy.delays(Key::new("evt_1")).collect::<Vec<_>>());
}

#[test]
fn the_future_can_be_spawned() {
    fn is_send<T: Send>(_: &T) {}
    let policy = RetryPolicy::guide();
    let start = Instant::now();
    let future = Retry::new(&policy, Key::new("evt_1"))
        .timeout(s(1))
        .classify(|_: &io::Error| Class::Transient.into())
        .on_attempt(|_| ())
        .run(move || start.elapsed(), tokio::time::sleep, |_| async { Err::<(), _>(refused()) });
    is_send(&future);
}
