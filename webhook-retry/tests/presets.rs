//! The timelines that the docs promise.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::time::Duration;

use webhook_retry::senders::{self, Sender};
use webhook_retry::{Class, Decision, Failure, Jitter, Key, RetryPolicy, decide};

/// The scheduled waits in seconds, and their sum.
fn timeline(policy: &RetryPolicy) -> (Vec<u64>, u64) {
    let steps: Vec<_> = policy.schedule_preview().collect();
    assert_eq!(steps.len(), usize::try_from(policy.max_attempts()).unwrap());
    assert_eq!(
        steps.first().map(|step| step.wait),
        Some(Duration::ZERO),
        "the first attempt is made at once"
    );
    let waits = steps.iter().skip(1).map(|step| step.wait.as_secs()).collect();
    (waits, steps.last().map_or(0, |step| step.total.as_secs()))
}

const HOUR: u64 = 3600;

#[test]
fn guide_is_attempts_at_0_2_and_6_seconds() {
    let policy = RetryPolicy::guide();
    assert_eq!(timeline(&policy), (vec![2, 4], 6));
    for number in 0_u32..1000 {
        let waits: Vec<_> = policy.delays(Key::new(number.to_le_bytes())).collect();
        assert_eq!(waits, [Duration::from_secs(2), Duration::from_secs(4)], "it has no jitter");
    }
    assert_eq!(policy.horizon(), Duration::from_secs(6));
}

#[test]
fn durable_is_the_table_of_svix() {
    let policy = RetryPolicy::durable();
    let waits = vec![5, 5 * 60, 30 * 60, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
    assert_eq!(timeline(&policy), (waits, 27 * HOUR + 35 * 60 + 5));
    assert_eq!(policy.jitter(), Jitter::Proportional { per_mille: 200 });
    for step in policy.schedule_preview() {
        assert_eq!(step.shortest, step.wait * 4 / 5);
        assert_eq!(
            step.longest,
            step.wait * 6 / 5,
            "the cap leaves room for the jitter of attempt {}",
            step.attempt
        );
    }
    assert_eq!(policy.horizon(), Duration::from_secs(33 * HOUR + 6 * 60 + 6));
}

#[test]
fn svix_waits_at_least_a_minute_when_it_is_throttled() {
    let minute = Duration::from_mins(1);
    for policy in [RetryPolicy::durable(), senders::SVIX.policy.unwrap(), senders::CLERK.policy.unwrap()] {
        assert_eq!(policy.throttled_min_delay(), minute);
        for number in 0..100 {
            let failed = |attempt, class| {
                Failure::new(attempt, Duration::ZERO, class).entropy(u64::MAX / 100 * number)
            };
            let Decision::RetryIn(first) = decide(&policy, failed(1, Class::Throttled)) else { panic!() };
            assert!(first >= minute && first <= minute * 6 / 5, "{first:?} instead of 5 s");
            for attempt in 2..8 {
                let throttled = decide(&policy, failed(attempt, Class::Throttled));
                assert_eq!(throttled, decide(&policy, failed(attempt, Class::Transient)), "after {attempt}");
            }
        }
    }
}

#[test]
fn once_is_one_attempt() {
    assert_eq!(timeline(&RetryPolicy::once()), (vec![], 0));
    assert_eq!(RetryPolicy::once().delays(Key::new("")).next(), None);
}

#[test]
fn every_sender_has_its_published_timeline() {
    let expected: &[(Sender, &[u64])] = &[
        (senders::SVIX, &[5, 300, 1800, 7200, 18_000, 36_000, 36_000]),
        (senders::CLERK, &[5, 300, 1800, 7200, 18_000, 36_000, 36_000]),
        (senders::RESEND, &[5, 300, 1800, 7200, 18_000, 36_000, 36_000]),
        (senders::STANDARD_WEBHOOKS, &[5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]),
        (senders::CHATTERWISE, &[5, 30, 120, 600, 1800]),
        (senders::FLUXBASE, &[5, 10]),
        (senders::SLACK, &[0, 60, 300]),
        (senders::INNGEST, &[15, 30, 60, 120]),
        (senders::SUPABASE_AUTH, &[2, 2]),
        (senders::SUPABASE, &[]),
        (senders::GITHUB, &[]),
    ];
    for (sender, waits) in expected {
        let policy = sender.policy.unwrap();
        assert_eq!(timeline(&policy).0, *waits, "{}", sender.name);
    }
    let published = senders::ALL.iter().filter(|sender| sender.policy.is_some()).count();
    assert_eq!(published, expected.len(), "a sender with a schedule is missing above");
}

#[test]
fn a_horizon_is_the_published_one_and_covers_the_policy() {
    let seconds = [
        ("svix", 33 * HOUR + 366),
        ("clerk", 33 * HOUR + 366),
        ("resend", 33 * HOUR + 366),
        ("standard-webhooks", 75 * HOUR + 35 * 60 + 5),
        ("chatterwise", 42 * 60 + 35),
        ("fluxbase", 75),
        ("slack", 6 * 60),
        ("inngest", 5 * 60 + 45),
        ("supabase-auth", 5),
        ("supabase", 0),
        ("github", 0),
        ("notion", 24 * HOUR),
        ("stripe", 72 * HOUR),
        ("shopify", 4 * HOUR),
    ];
    let found: Vec<_> = senders::ALL.iter().map(|sender| (sender.name, sender.horizon.as_secs())).collect();
    assert_eq!(found, seconds);
    for sender in senders::ALL {
        let Some(policy) = sender.policy else { continue };
        assert!(sender.horizon >= policy.horizon(), "{}: {:?}", sender.name, policy.horizon());
    }
}
