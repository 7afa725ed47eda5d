//! What holds for every policy and every failure, over the whole of what can be asked.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests"
)]

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::Config;
use webhook_retry::{
    Class, Decision, Failure, GiveUpReason, Jitter, Key, PolicyBuilder, Ratio, RetryAfter, RetryPolicy,
    Schedule, Table, decide,
};

/// A hundred years: the longest time that a policy takes.
const LONGEST_MS: u64 = 3_155_760_000_000;

/// Any duration, the extremes more often.
fn any_time() -> impl Strategy<Value = Duration> {
    prop_oneof![
        any::<Duration>(),
        (0_u64..100_000).prop_map(Duration::from_millis),
        prop::sample::select(vec![
            Duration::ZERO,
            Duration::from_nanos(1),
            Duration::from_millis(1),
            Duration::from_millis(LONGEST_MS),
            Duration::from_millis(LONGEST_MS + 1),
            Duration::from_secs(u64::MAX),
            Duration::MAX,
        ]),
    ]
}

/// Whole milliseconds of every magnitude up to the longest, and its extremes.
fn valid_time() -> impl Strategy<Value = Duration> {
    let magnitude =
        (0_u32..42, any::<u64>()).prop_map(|(bits, number)| (number % (1 << bits)) + (1 << bits) - 1);
    prop_oneof![8 => magnitude, 1 => Just(0), 1 => Just(1), 1 => Just(LONGEST_MS)]
        .prop_map(|millis| Duration::from_millis(millis.min(LONGEST_MS)))
}

fn ratio() -> impl Strategy<Value = Ratio> {
    prop_oneof![
        Just(Ratio::DOUBLE),
        Just(Ratio::new(101, 100).unwrap()),
        Just(Ratio::new(1000, 1).unwrap()),
        (1_u32..=1000, 1_u32..=1_000_000)
            .prop_filter_map("a ratio", |(below, above)| Ratio::new(above, below).ok()),
    ]
}

fn jitter() -> impl Strategy<Value = Jitter> {
    prop_oneof![
        Just(Jitter::None),
        Just(Jitter::Full),
        Just(Jitter::Equal),
        any::<u16>().prop_map(|per_mille| Jitter::Proportional { per_mille }),
        (1_u16..=1000).prop_map(|per_mille| Jitter::Proportional { per_mille }),
    ]
}

fn schedule<T: Strategy<Value = Duration> + 'static>(time: fn() -> T) -> impl Strategy<Value = Schedule> {
    prop_oneof![
        time().prop_map(Schedule::Fixed),
        (time(), time()).prop_map(|(first, step)| Schedule::Linear { first, step }),
        (time(), ratio()).prop_map(|(first, ratio)| Schedule::Exponential { first, ratio }),
        time().prop_map(|first| Schedule::Fibonacci { first }),
        prop::collection::vec(time(), 1..=Table::MAX).prop_filter_map("a table", |delays| Table::new(
            &delays
        )
        .ok()
        .map(Schedule::Table)),
    ]
}

fn attempts() -> impl Strategy<Value = u32> {
    prop_oneof![any::<u32>(), 0_u32..50, Just(1), Just(u32::MAX)]
}

/// A builder with these times, sensible or not.
fn builder<T: Strategy<Value = Duration> + 'static>(time: fn() -> T) -> impl Strategy<Value = PolicyBuilder> {
    let retry_after = prop_oneof![Just(RetryAfter::Ignore), time().prop_map(RetryAfter::UpTo)];
    let times = (time(), time(), time(), prop::option::of(time()));
    (schedule(time), attempts(), jitter(), retry_after, times, any::<[bool; 3]>()).prop_map(
        |(schedule, attempts, jitter, retry_after, (max, min, throttled, elapsed), set)| {
            let mut builder =
                RetryPolicy::builder(schedule, attempts).jitter(jitter).retry_after(retry_after);
            if set[0] {
                builder = builder.max_delay(max);
            }
            if set[1] {
                builder = builder.min_delay(min);
            }
            if set[2] {
                builder = builder.throttled_min_delay(throttled);
            }
            match elapsed {
                Some(elapsed) => builder.max_elapsed(elapsed),
                None => builder,
            }
        },
    )
}

fn policy() -> impl Strategy<Value = RetryPolicy> {
    builder(valid_time).prop_filter_map("a policy", |builder| builder.build().ok())
}

fn class() -> impl Strategy<Value = Class> {
    prop::sample::select(vec![
        Class::Transient,
        Class::Transient,
        Class::Throttled,
        Class::Permanent,
        Class::Gone,
    ])
}

fn failure() -> impl Strategy<Value = Failure> {
    (attempts(), any_time(), class(), prop::option::of(any_time()), any::<u64>()).prop_map(
        |(attempt, elapsed, class, retry_after, entropy)| {
            Failure::new(attempt, elapsed, class).retry_after(retry_after).entropy(entropy)
        },
    )
}

fn config() -> Config {
    Config { cases: 1000, max_global_rejects: 200_000, failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn building_never_panics_and_what_is_built_can_be_used(builder in builder(any_time), failure in failure()) {
        if let Ok(policy) = builder.build() {
            let _ = decide(&policy, failure);
            let _ = policy.horizon();
            prop_assert!(policy.schedule_preview().next().is_some());
        }
    }

    #[test]
    fn a_wait_keeps_every_limit(policy in policy(), failure in failure()) {
        let asked = match (policy.retry_after(), failure.retry_after) {
            (RetryAfter::UpTo(cap), Some(asked)) => asked.min(cap),
            _ => Duration::ZERO,
        };
        match decide(&policy, failure) {
            Decision::RetryIn(wait) => {
                prop_assert!(wait <= policy.max_delay().max(asked), "above the cap: {:?}", wait);
                prop_assert!(wait >= policy.min_delay(), "below the minimum: {:?}", wait);
                prop_assert!(wait >= asked, "earlier than asked: {:?}", wait);
                if failure.class == Class::Throttled {
                    prop_assert!(wait >= policy.throttled_min_delay());
                }
                if let Some(limit) = policy.max_elapsed() {
                    prop_assert!(failure.elapsed.checked_add(wait).is_some_and(|end| end <= limit), "too late");
                }
                prop_assert!(failure.attempt < policy.max_attempts());
                prop_assert!(matches!(failure.class, Class::Transient | Class::Throttled));
            }
            Decision::GiveUp(GiveUpReason::Permanent) => prop_assert_eq!(failure.class, Class::Permanent),
            Decision::GiveUp(GiveUpReason::Gone) => prop_assert_eq!(failure.class, Class::Gone),
            Decision::GiveUp(GiveUpReason::Attempts) => prop_assert!(failure.attempt >= policy.max_attempts()),
            Decision::GiveUp(GiveUpReason::Elapsed) => {
                let longest = policy.max_delay().max(asked);
                let limit = policy.max_elapsed().unwrap();
                prop_assert!(failure.elapsed.saturating_add(longest) > limit, "it would have been in time");
            }
            Decision::GiveUp(reason) => prop_assert!(false, "an unknown reason: {}", reason),
        }
    }

    #[test]
    fn equal_input_gives_equal_output(policy in policy(), failure in failure()) {
        let copy = policy;
        prop_assert_eq!(decide(&policy, failure), decide(&copy, failure));
    }

    #[test]
    fn a_growing_schedule_never_shrinks(policy in policy(), attempt in attempts(), entropy in any::<u64>()) {
        prop_assume!(!matches!(policy.schedule(), Schedule::Table(_)));
        let wait = |attempt| {
            match decide(&policy, Failure::new(attempt, Duration::ZERO, Class::Transient).entropy(entropy)) {
                Decision::RetryIn(wait) => Some(wait),
                Decision::GiveUp(_) => None,
            }
        };
        for earlier in [attempt, 1, 2, 3, 40] {
            if let (Some(earlier), Some(later)) = (wait(earlier), wait(earlier.saturating_add(1))) {
                prop_assert!(earlier <= later, "{:?}, then {:?}", earlier, later);
            }
        }
    }

    #[test]
    fn the_waits_are_within_the_preview_and_the_horizon(policy in policy(), key in any::<u64>()) {
        let waits: Vec<_> = policy.delays(Key::new(key.to_le_bytes())).take(40).collect();
        let steps: Vec<_> = policy.schedule_preview().take(41).collect();
        prop_assert!(waits.len() < usize::try_from(policy.max_attempts()).unwrap_or(usize::MAX));
        for (wait, step) in waits.iter().zip(steps.iter().skip(1)) {
            prop_assert!((step.shortest..=step.longest).contains(wait), "{:?} is outside {:?}", wait, step);
            prop_assert!(step.shortest <= step.wait && step.wait <= step.longest);
        }
        let total: Duration = waits.iter().sum();
        prop_assert!(total <= policy.horizon(), "{:?} is after {:?}", total, policy.horizon());
        if policy.max_elapsed().is_none() {
            let attempts = usize::try_from(policy.max_attempts()).unwrap_or(usize::MAX);
            prop_assert_eq!(waits.len(), attempts.saturating_sub(1).min(40));
            prop_assert_eq!(steps.len(), attempts.min(41));
        }
    }

    #[test]
    fn entropy_never_repeats_within_a_key(key in any::<u64>(), one in any::<u32>(), other in any::<u32>()) {
        let key = Key::new(key.to_le_bytes());
        prop_assert_eq!(key.entropy(one) == key.entropy(other), one == other);
    }
}

#[cfg(feature = "serde")]
proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_policy_that_was_written_and_read_decides_the_same(policy in policy(), failure in failure()) {
        let text = serde_json::to_string(&policy).unwrap();
        let read: RetryPolicy = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read, policy);
        prop_assert_eq!(decide(&read, failure), decide(&policy, failure));
        let value: RetryPolicy = serde_json::from_value(serde_json::to_value(policy).unwrap()).unwrap();
        prop_assert_eq!(value, policy);
    }
}
