//! What users of retry code trip over, each as a test that a policy of this crate does the right thing.

use std::collections::BTreeSet;
use std::time::Duration;

use webhook_retry::{
    Class, Decision, Failure, GiveUpReason, Jitter, Key, PolicyError, Ratio, RetryAfter, RetryPolicy,
    Schedule, Table, decide,
};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn doubling(first: Duration) -> Schedule {
    Schedule::Exponential { first, ratio: Ratio::DOUBLE }
}

/// The scheduled waits in milliseconds.
fn waits(policy: &RetryPolicy) -> Vec<u128> {
    policy.schedule_preview().skip(1).map(|step| step.wait.as_millis()).collect()
}

fn key(number: u32) -> Key {
    Key::new(number.to_le_bytes())
}

#[test]
fn three_attempts_are_three_attempts() {
    let policy = RetryPolicy::builder(doubling(s(2)), 3).build().unwrap();
    assert_eq!(waits(&policy), [2000, 4000]);
    assert_eq!(policy.schedule_preview().map(|step| step.total).collect::<Vec<_>>(), [s(0), s(2), s(6)]);
    assert_eq!(
        decide(&policy, Failure::new(3, s(6), Class::Transient)),
        Decision::GiveUp(GiveUpReason::Attempts)
    );
}

#[test]
fn the_cap_holds_after_the_jitter() {
    for jitter in [Jitter::Full, Jitter::Equal, Jitter::Proportional { per_mille: 1000 }] {
        let policy =
            RetryPolicy::builder(Schedule::Fixed(s(60)), 2).max_delay(s(60)).jitter(jitter).build().unwrap();
        for number in 0..10_000 {
            for wait in policy.delays(key(number)) {
                assert!(wait <= s(60), "{jitter:?}: {wait:?}");
            }
        }
    }
}

#[test]
fn draws_do_not_gather_on_the_cap_or_the_minimum() {
    let policy = RetryPolicy::builder(Schedule::Fixed(s(60)), 2)
        .max_delay(s(60))
        .min_delay(s(50))
        .jitter(Jitter::Proportional { per_mille: 300 })
        .build()
        .unwrap();
    let draws: Vec<Duration> = (0..10_000).flat_map(|number| policy.delays(key(number))).collect();
    assert_eq!(draws.len(), 10_000);
    for edge in [s(50), s(60)] {
        // An even draw from 10,001 values meets each about once.
        let met = draws.iter().filter(|wait| **wait == edge).count();
        assert!(met < 10, "{met} of 10,000 draws are exactly {edge:?}");
    }
    let upper = draws.iter().filter(|wait| **wait > s(55)).count();
    assert!((4_800..5_200).contains(&upper), "{upper} of 10,000 draws are in the upper half");
}

#[test]
fn the_longest_times_do_not_overflow() {
    let longest = s(3_155_760_000);
    for schedule in
        [Schedule::Fixed(longest), doubling(longest), Schedule::Linear { first: longest, step: longest }]
    {
        let policy = RetryPolicy::builder(schedule, u32::MAX)
            .max_delay(longest)
            .max_elapsed(longest)
            .retry_after(RetryAfter::UpTo(longest))
            .jitter(Jitter::Proportional { per_mille: 1000 })
            .build()
            .unwrap();
        let failure = Failure::new(u32::MAX - 1, Duration::MAX, Class::Transient)
            .retry_after(Some(Duration::MAX))
            .entropy(u64::MAX);
        assert_eq!(decide(&policy, failure), Decision::GiveUp(GiveUpReason::Elapsed));
        assert_eq!(policy.horizon(), longest);
    }
}

#[test]
fn a_horizon_is_the_sum_of_the_longest_waits() {
    let table = Schedule::Table(Table::new(&[s(9), s(1)]).unwrap());
    let slow = Schedule::Exponential { first: s(1), ratio: Ratio::new(101, 100).unwrap() };
    let linear = Schedule::Linear { first: s(0), step: s(1) };
    for jitter in [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Proportional { per_mille: 130 }] {
        for schedule in
            [table, slow, linear, doubling(s(1)), Schedule::Fixed(s(7)), Schedule::Fibonacci { first: s(1) }]
        {
            for attempts in [1, 2, 3, 50, 1000] {
                let policy = RetryPolicy::builder(schedule, attempts)
                    .max_delay(Duration::from_mins(10))
                    .jitter(jitter)
                    .build()
                    .unwrap();
                let sum: Duration = policy.schedule_preview().map(|step| step.longest).sum();
                assert_eq!(policy.horizon(), sum, "{schedule:?}, {jitter:?}, {attempts} attempts");
            }
        }
    }

    // However many attempts there are.
    let horizon = |schedule, attempts| RetryPolicy::builder(schedule, attempts).build().unwrap().horizon();
    let once_a_second = Schedule::Table(Table::new(&[s(1)]).unwrap());
    assert_eq!(horizon(once_a_second, 5000), s(4999));
    assert_eq!(horizon(table, u32::MAX), s(9 + u64::from(u32::MAX) - 2));
    let at_the_cap = horizon(slow, u32::MAX).checked_sub(horizon(slow, 2000)).unwrap();
    assert_eq!(at_the_cap, Duration::from_hours(24 * u64::from(u32::MAX - 2000)));
    // Of a linear schedule an upper bound, and not the longest wait of all for each that is left.
    let exact: u64 = (0..4999).sum();
    let bound = horizon(linear, 5000);
    assert!(bound >= s(exact) && bound <= s(exact + 5000 * 904), "{bound:?}, not {exact} s");
}

#[test]
fn zero_waits_end_and_need_no_draw() {
    for jitter in [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Proportional { per_mille: 4 }] {
        let policy = RetryPolicy::builder(Schedule::Fixed(s(0)), 1000).jitter(jitter).build().unwrap();
        let waits: Vec<Duration> = policy.delays(key(1)).collect();
        assert_eq!(waits, vec![Duration::ZERO; 999], "{jitter:?}");
        assert_eq!(policy.horizon(), Duration::ZERO);
    }
}

#[test]
fn fibonacci_settles_on_the_cap() {
    let policy =
        RetryPolicy::builder(Schedule::Fibonacci { first: s(1) }, 9).max_delay(s(10)).build().unwrap();
    assert_eq!(waits(&policy), [1000, 1000, 2000, 3000, 5000, 8000, 10_000, 10_000]);
}

#[test]
fn two_hundred_fibonacci_steps_with_jitter_stay_under_the_cap() {
    let longest = s(3_155_760_000);
    let policy = RetryPolicy::builder(Schedule::Fibonacci { first: s(1) }, 201)
        .max_delay(longest)
        .jitter(Jitter::Proportional { per_mille: 500 })
        .build()
        .unwrap();
    let waits: Vec<Duration> = policy.delays(key(1)).collect();
    assert_eq!(waits.len(), 200);
    assert!(waits.iter().all(|wait| *wait <= longest));
}

#[test]
fn doubling_is_exact() {
    let policy = RetryPolicy::builder(doubling(ms(100)), 32).max_delay(s(3_155_760_000)).build().unwrap();
    let expected: Vec<u128> = (0..31).map(|step| 100 << step).collect();
    assert_eq!(waits(&policy), expected);
}

#[test]
fn two_seconds_and_double_begins_with_two_four_eight() {
    let policy = RetryPolicy::builder(doubling(s(2)), 4).build().unwrap();
    assert_eq!(waits(&policy), [2000, 4000, 8000]);
}

#[test]
fn one_millisecond_grows_by_a_fraction() {
    let schedule = Schedule::Exponential { first: ms(1), ratio: Ratio::new(3, 2).unwrap() };
    let policy = RetryPolicy::builder(schedule, 9).build().unwrap();
    // 1, 1.5, 2.25, 3.375, 5.06, 7.59, 11.39, 17.09: rounded each by itself.
    assert_eq!(waits(&policy), [1, 2, 2, 3, 5, 8, 11, 17]);
}

#[test]
fn a_long_exponential_stays_at_the_cap_and_goes_on() {
    let policy = RetryPolicy::builder(doubling(ms(1)), u32::MAX).max_delay(s(60)).build().unwrap();
    for attempt in [17, 64, 65, 1000, u32::MAX - 1] {
        let failure = Failure::new(attempt, s(0), Class::Transient);
        assert_eq!(decide(&policy, failure), Decision::RetryIn(s(60)), "attempt {attempt}");
    }
}

#[test]
fn jitter_differs_between_attempts_and_between_keys() {
    let policy = RetryPolicy::builder(Schedule::Fixed(s(2)), 101)
        .jitter(Jitter::Proportional { per_mille: 500 })
        .build()
        .unwrap();
    let one_key: BTreeSet<Duration> = policy.delays(key(7)).collect();
    assert!(one_key.len() > 90, "{} different waits in 100 attempts", one_key.len());
    let first_waits: BTreeSet<Duration> =
        (0..100).filter_map(|number| policy.delays(key(number)).next()).collect();
    assert!(first_waits.len() > 90, "{} different first waits of 100 keys", first_waits.len());
    assert!(one_key.iter().any(|wait| wait.subsec_millis() != 0), "jitter is finer than a second");
}

#[test]
fn a_counter_is_entropy_enough() {
    let policy = RetryPolicy::builder(Schedule::Fixed(s(2)), 2).jitter(Jitter::Full).build().unwrap();
    let waits: BTreeSet<_> = (0..100)
        .map(|counter| match decide(&policy, Failure::new(1, s(0), Class::Transient).entropy(counter)) {
            Decision::RetryIn(wait) => wait,
            Decision::GiveUp(reason) => panic!("{reason}"),
        })
        .collect();
    assert!(waits.len() > 90, "{} different waits of 100 counters", waits.len());
}

#[test]
fn a_wait_that_would_end_too_late_is_not_begun() {
    let policy =
        RetryPolicy::builder(doubling(s(1)), 20).max_delay(s(60)).max_elapsed(s(10)).build().unwrap();
    let at = |attempt, elapsed| decide(&policy, Failure::new(attempt, elapsed, Class::Transient));
    assert_eq!(at(7, ms(9_900)), Decision::GiveUp(GiveUpReason::Elapsed));
    assert_eq!(at(1, s(9)), Decision::RetryIn(s(1)), "exactly at the end is not too late");
    assert_eq!(at(1, ms(9_001)), Decision::GiveUp(GiveUpReason::Elapsed));
    assert_eq!(
        policy.schedule_preview().map(|step| step.total).collect::<Vec<_>>(),
        [s(0), s(1), s(3), s(7)]
    );
}

#[test]
fn the_smallest_jitter_of_the_smallest_wait_is_no_empty_range() {
    let policy = RetryPolicy::builder(Schedule::Fixed(ms(1)), 100)
        .jitter(Jitter::Proportional { per_mille: 1 })
        .build()
        .unwrap();
    assert!(policy.delays(key(1)).all(|wait| wait == ms(1)));
}

#[test]
fn a_minimum_keeps_full_jitter_from_zero() {
    let with_minimum = RetryPolicy::builder(Schedule::Fixed(s(2)), 2).min_delay(ms(200)).jitter(Jitter::Full);
    let policy = with_minimum.build().unwrap();
    let shortest = (0..100_000).flat_map(|number| policy.delays(key(number))).min();
    assert!(shortest >= Some(ms(200)), "{shortest:?}");
    assert!(shortest < Some(ms(250)), "{shortest:?}: the minimum shifted the window instead of cutting it");
}

#[test]
fn equal_jitter_keeps_half_of_the_wait() {
    let policy = RetryPolicy::builder(Schedule::Fixed(s(2)), 2).jitter(Jitter::Equal).build().unwrap();
    assert!((0..10_000).flat_map(|number| policy.delays(key(number))).all(|wait| wait >= s(1)));
}

#[test]
fn what_was_asked_for_is_a_floor_with_a_cap() {
    let policy = RetryPolicy::builder(doubling(s(2)), 9)
        .max_delay(s(60))
        .retry_after(RetryAfter::UpTo(s(600)))
        .build()
        .unwrap();
    let asked = |attempt, wait| {
        decide(&policy, Failure::new(attempt, s(0), Class::Throttled).retry_after(Some(wait)))
    };
    assert_eq!(asked(1, s(30)), Decision::RetryIn(s(30)), "longer than the schedule");
    assert_eq!(asked(1, s(1)), Decision::RetryIn(s(2)), "shorter than the schedule");
    assert_eq!(asked(1, s(500)), Decision::RetryIn(s(500)), "longer than max_delay");
    assert_eq!(asked(1, Duration::MAX), Decision::RetryIn(s(600)), "longer than its own cap");
    assert_eq!(asked(9, s(1)), Decision::GiveUp(GiveUpReason::Attempts), "it counts as an attempt");
    let ignoring = RetryPolicy::builder(doubling(s(2)), 9).retry_after(RetryAfter::Ignore).build().unwrap();
    let failure = Failure::new(1, s(0), Class::Throttled).retry_after(Some(s(30)));
    assert_eq!(decide(&ignoring, failure), Decision::RetryIn(s(2)));
}

#[test]
fn what_was_asked_for_does_not_outlast_the_time_limit() {
    let policy = RetryPolicy::builder(doubling(s(2)), 9).max_elapsed(s(20)).build().unwrap();
    let failure = Failure::new(1, s(1), Class::Throttled).retry_after(Some(s(30)));
    assert_eq!(decide(&policy, failure), Decision::GiveUp(GiveUpReason::Elapsed));
}

#[test]
fn throttling_has_its_own_minimum_and_keeps_its_spread() {
    let policy = RetryPolicy::builder(doubling(s(5)), 9)
        .throttled_min_delay(s(60))
        .jitter(Jitter::Proportional { per_mille: 200 })
        .build()
        .unwrap();
    let waits: BTreeSet<Duration> = (0..1000)
        .map(|number| {
            let failure = Failure::new(1, s(0), Class::Throttled).entropy(key(number).entropy(1));
            match decide(&policy, failure) {
                Decision::RetryIn(wait) => wait,
                Decision::GiveUp(reason) => panic!("{reason}"),
            }
        })
        .collect();
    assert!(waits.first() >= Some(&s(60)) && waits.last() <= Some(&s(72)));
    assert!(waits.len() > 900, "{} different waits of 1000", waits.len());
    let transient = decide(&policy, Failure::new(1, s(0), Class::Transient));
    assert!(matches!(transient, Decision::RetryIn(wait) if wait <= s(6)), "{transient:?}");
}

#[test]
fn permanent_and_gone_are_not_tried_again() {
    let policy = RetryPolicy::durable();
    let after = |class| decide(&policy, Failure::new(1, s(0), class).retry_after(Some(s(1))));
    assert_eq!(after(Class::Permanent), Decision::GiveUp(GiveUpReason::Permanent));
    assert_eq!(after(Class::Gone), Decision::GiveUp(GiveUpReason::Gone));
}

#[test]
fn attempt_zero_is_read_as_the_first() {
    let policy = RetryPolicy::guide();
    assert_eq!(decide(&policy, Failure::new(0, s(0), Class::Transient)), Decision::RetryIn(s(2)));
}

#[test]
fn a_table_repeats_its_last_entry_and_has_room_for_16() {
    let policy =
        RetryPolicy::builder(Schedule::Table(Table::new(&[s(5), s(1)]).unwrap()), 5).build().unwrap();
    assert_eq!(waits(&policy), [5000, 1000, 1000, 1000]);
    assert_eq!(Table::new(&[]), Err(PolicyError::EmptyTable));
    assert!(Table::new(&[s(1); 16]).is_ok());
    assert_eq!(Table::new(&[s(1); 17]), Err(PolicyError::LongTable));
    assert_eq!(format!("{:?}", Table::new(&[s(1)]).unwrap()), "[1s]");
}

#[test]
fn a_linear_schedule_adds_its_step() {
    let policy = RetryPolicy::builder(Schedule::Linear { first: s(0), step: s(5) }, 5)
        .max_delay(s(12))
        .build()
        .unwrap();
    assert_eq!(waits(&policy), [0, 5000, 10_000, 12_000]);
}

#[test]
fn an_endless_preview_prints_its_beginning() {
    let policy = RetryPolicy::builder(Schedule::Fixed(ms(90_500)), 1000).build().unwrap();
    let text = policy.schedule_preview().to_string();
    assert_eq!(text.lines().count(), 33);
    assert_eq!(text.lines().nth(2), Some("attempt 3: after 1 min 30 s 500 ms, 3 min 1 s in all"));
    assert_eq!(text.lines().last(), Some("at most 968 more"));
}
