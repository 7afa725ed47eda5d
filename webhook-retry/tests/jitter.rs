//! Mean and spread of every jitter, over a hundred thousand events.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, reason = "helpers of tests")]
#![allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "statistics of numbers below 2^53")]

use std::time::Duration;

use webhook_retry::{Jitter, Key, RetryPolicy, Schedule};

const DRAWS: u32 = 100_000;
const WAIT: f64 = 20_000.0;

/// The waits before the second attempt, in milliseconds.
fn draws(jitter: Jitter, max_delay: Duration) -> Vec<f64> {
    let policy = RetryPolicy::builder(Schedule::Fixed(Duration::from_secs(20)), 2)
        .max_delay(max_delay)
        .jitter(jitter)
        .build()
        .unwrap();
    (0..DRAWS)
        .flat_map(|number| policy.delays(Key::new(format!("evt_{number}"))))
        .map(|wait| wait.as_millis() as f64)
        .collect()
}

/// The draws are even between `low` and `high`: mean, standard deviation and every tenth of the window.
#[track_caller]
fn assert_even(draws: &[f64], low: f64, high: f64) {
    let count = draws.len() as f64;
    assert_eq!(draws.len(), 100_000);
    let mean = draws.iter().sum::<f64>() / count;
    let deviation = (draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / count).sqrt();
    let (expected_mean, expected_deviation) = (f64::midpoint(low, high), (high - low) / 12_f64.sqrt());
    assert!((mean / expected_mean - 1.0).abs() < 0.01, "mean {mean}, expected {expected_mean}");
    assert!(
        (deviation / expected_deviation - 1.0).abs() < 0.01,
        "standard deviation {deviation}, expected {expected_deviation}"
    );
    assert!(draws.iter().all(|draw| (low..=high).contains(draw)), "a draw is outside {low} to {high}");
    for tenth in 0..10 {
        let from = low + (high - low) * f64::from(tenth) / 10.0;
        let to = low + (high - low) * f64::from(tenth + 1) / 10.0;
        let share = draws.iter().filter(|draw| (from..to).contains(draw)).count() as f64 / count;
        assert!((share - 0.1).abs() < 0.005, "{share} of the draws are from {from} to {to}");
    }
}

const DAY: Duration = Duration::from_hours(24);

#[test]
fn none_is_exact() {
    assert!(draws(Jitter::None, DAY).iter().all(|draw| (draw - WAIT).abs() < f64::EPSILON));
}

#[test]
fn full_is_even_from_zero() {
    assert_even(&draws(Jitter::Full, DAY), 0.0, WAIT);
}

#[test]
fn equal_is_even_from_half() {
    assert_even(&draws(Jitter::Equal, DAY), WAIT / 2.0, WAIT);
}

#[test]
fn proportional_is_even_around_the_wait() {
    assert_even(&draws(Jitter::Proportional { per_mille: 200 }, DAY), WAIT * 0.8, WAIT * 1.2);
    assert_even(&draws(Jitter::Proportional { per_mille: 1000 }, DAY), 0.0, WAIT * 2.0);
}

#[test]
fn proportional_under_a_cap_is_even_in_what_is_left() {
    let cap = Duration::from_secs(21);
    assert_even(&draws(Jitter::Proportional { per_mille: 200 }, cap), WAIT * 0.8, 21_000.0);
    let at_the_cap = Duration::from_secs(20);
    assert_even(&draws(Jitter::Proportional { per_mille: 200 }, at_the_cap), WAIT * 0.8, WAIT);
}
