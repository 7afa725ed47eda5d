//! What a policy refuses when it is built, and how it says so.

use std::time::Duration;

use webhook_retry::{Jitter, PolicyError, Ratio, RetryAfter, RetryPolicy, Schedule, Table};

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn doubling(first: Duration) -> Schedule {
    Schedule::Exponential { first, ratio: Ratio::DOUBLE }
}

#[test]
fn a_schedule_that_begins_above_the_cap_is_refused() {
    let above = Err(PolicyError::Above { field: "first", limit: "max_delay" });
    let linear = Schedule::Linear { first: s(120), step: s(1) };
    for schedule in [Schedule::Fixed(s(120)), linear, doubling(s(120)), Schedule::Fibonacci { first: s(120) }]
    {
        assert_eq!(RetryPolicy::builder(schedule, 3).max_delay(s(60)).build(), above, "{schedule:?}");
    }
    let table = Schedule::Table(Table::new(&[s(1), s(120)]).unwrap());
    assert_eq!(
        RetryPolicy::builder(table, 3).max_delay(s(60)).build(),
        Err(PolicyError::Above { field: "table", limit: "max_delay" })
    );
}

#[test]
fn a_minimum_above_the_schedule_is_refused() {
    assert_eq!(
        RetryPolicy::builder(Schedule::Fixed(s(1)), 3).min_delay(s(2)).build(),
        Err(PolicyError::Above { field: "min_delay", limit: "schedule" })
    );
    assert_eq!(
        RetryPolicy::builder(Schedule::Fixed(s(1)), 3).max_delay(s(2)).throttled_min_delay(s(3)).build(),
        Err(PolicyError::Above { field: "throttled_min_delay", limit: "max_delay" })
    );
}

#[test]
fn a_ratio_that_does_not_grow_is_refused() {
    for (numerator, denominator) in [
        (0, 1),
        (1, 2),
        (1, 1),
        (1009, 1000),
        (1, 0),
        (0, 0),
        (2000, 1),
        (1_001, 1),
        (2001, 1001),
        (u32::MAX, u32::MAX),
    ] {
        assert_eq!(Ratio::new(numerator, denominator), Err(PolicyError::Ratio), "{numerator}/{denominator}");
    }
    for (numerator, denominator) in [(101, 100), (1010, 1000), (3, 2), (2, 1), (1000, 1), (1_000_000, 1000)] {
        assert!(Ratio::new(numerator, denominator).is_ok(), "{numerator}/{denominator}");
    }
}

#[test]
fn a_time_that_nobody_means_is_refused() {
    for time in [Duration::MAX, s(3_155_760_001), s(3_155_760_000) + Duration::from_nanos(1)] {
        let refused = |field| Err(PolicyError::TooLong { field });
        assert_eq!(RetryPolicy::builder(Schedule::Fixed(time), 3).build(), refused("first"));
        let fixed = RetryPolicy::builder(Schedule::Fixed(s(1)), 3);
        assert_eq!(fixed.max_delay(time).build(), refused("max_delay"));
        assert_eq!(fixed.min_delay(time).build(), Err(PolicyError::TooLong { field: "min_delay" }));
        assert_eq!(fixed.max_elapsed(time).build(), refused("max_elapsed"));
        assert_eq!(fixed.throttled_min_delay(time).build(), refused("throttled_min_delay"));
        assert_eq!(fixed.retry_after(RetryAfter::UpTo(time)).build(), refused("retry_after"));
        assert_eq!(Table::new(&[time]), Err(PolicyError::TooLong { field: "table" }));
        let linear = Schedule::Linear { first: s(1), step: time };
        assert_eq!(RetryPolicy::builder(linear, 3).build(), refused("step"));
    }
}

#[test]
fn zero_is_refused_where_it_means_nothing() {
    let refused = |field| Err(PolicyError::Zero { field });
    let fixed = |attempts| RetryPolicy::builder(Schedule::Fixed(s(1)), attempts);
    assert_eq!(fixed(0).build(), refused("max_attempts"));
    assert_eq!(fixed(1).max_delay(s(0)).build(), refused("max_delay"));
    assert_eq!(fixed(1).max_elapsed(s(0)).build(), refused("max_elapsed"));
    assert_eq!(fixed(1).retry_after(RetryAfter::UpTo(s(0))).build(), refused("retry_after"));
    assert_eq!(RetryPolicy::builder(doubling(s(0)), 3).build(), refused("first"));
    assert_eq!(RetryPolicy::builder(Schedule::Fibonacci { first: s(0) }, 3).build(), refused("first"));
    let still = Schedule::Linear { first: s(1), step: s(0) };
    assert_eq!(RetryPolicy::builder(still, 3).build(), refused("step"));
    for per_mille in [0, 1001, u16::MAX] {
        let jitter = Jitter::Proportional { per_mille };
        assert_eq!(fixed(1).jitter(jitter).build(), Err(PolicyError::PerMille), "{per_mille}");
    }
}

#[test]
fn a_limit_before_the_first_retry_is_refused() {
    assert_eq!(
        RetryPolicy::builder(doubling(s(2)), 3).max_elapsed(s(1)).build(),
        Err(PolicyError::Above { field: "first", limit: "max_elapsed" })
    );
    let table = Schedule::Table(Table::new(&[s(5), s(1)]).unwrap());
    assert_eq!(
        RetryPolicy::builder(table, 3).max_elapsed(s(4)).build(),
        Err(PolicyError::Above { field: "table", limit: "max_elapsed" })
    );
}

#[test]
fn a_part_of_a_millisecond_is_refused_and_not_cut_off() {
    let fine = Duration::from_micros(1500);
    let refused = |field| Err(PolicyError::NotWholeMillis { field });
    assert_eq!(RetryPolicy::builder(Schedule::Fixed(fine), 3).build(), refused("first"));
    assert_eq!(
        RetryPolicy::builder(Schedule::Fixed(s(1)), 3).max_delay(s(2) + fine).build(),
        refused("max_delay")
    );
    assert_eq!(Table::new(&[fine]), Err(PolicyError::NotWholeMillis { field: "table" }));
}

#[test]
fn every_error_names_its_field() {
    let errors = [
        (PolicyError::Zero { field: "max_attempts" }, "`max_attempts` must be more than zero"),
        (PolicyError::TooLong { field: "first" }, "`first` is longer than a hundred years"),
        (PolicyError::NotWholeMillis { field: "step" }, "`step` is not a whole number of milliseconds"),
        (PolicyError::Above { field: "first", limit: "max_delay" }, "`first` is above `max_delay`"),
        (PolicyError::Ratio, "`ratio` is not from 1.01 to 1000 with a denominator from 1 to 1000"),
        (PolicyError::EmptyTable, "`table` has no delay"),
        (PolicyError::LongTable, "`table` has more than 16 delays"),
        (PolicyError::PerMille, "`per_mille` is not from 1 to 1000"),
    ];
    for (error, text) in errors {
        assert_eq!(error.to_string(), text);
        assert!(text.contains(error.field()));
    }
}
