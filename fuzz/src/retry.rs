//! Retry policies: every failure has a decision within the policy's limits, and every series of attempts ends.

use std::time::Duration;

use arbitrary::{Arbitrary, Result, Unstructured};
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use webhook_retry::http::{RetryAfterError, retry_after as wait_asked_for};
use webhook_retry::{
    Class, Decision, Failure, GiveUpReason, Jitter, Key, PolicyBuilder, Ratio, RetryAfter, RetryPolicy,
    Schedule, Table, decide,
};

/// A policy from any numbers and any failures of it.
pub fn retry(input: &[u8]) {
    let mut input = Unstructured::new(input);
    let Ok(builder) = builder(&mut input) else { return };
    let Ok(policy) = builder.build() else { return };
    hold(&policy, &mut input);
}

/// A policy from any text: what can be read is written and read again alike, and decides like any other.
pub fn retry_form(input: &[u8]) {
    let Ok(policy) = serde_json::from_slice::<RetryPolicy>(input) else { return };
    let written = serde_json::to_string(&policy).expect("a policy can be written");
    let read: RetryPolicy =
        serde_json::from_str(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(read, policy);
    hold(&policy, &mut Unstructured::new(input));
}

/// `Retry-After` and `Date`, a line each, further lines being further `Retry-After`: seconds are those of the text, a
/// date is counted from the answer's own, and what is odd is refused.
pub fn retry_after(input: &[u8]) {
    let mut headers = HeaderMap::new();
    let mut values = Vec::new();
    for (number, line) in input.split(|byte| *byte == b'\n').enumerate() {
        let Ok(value) = HeaderValue::from_bytes(line) else { continue };
        if number == 1 {
            headers.append(DATE, value);
        } else {
            values.push(line);
            headers.append(RETRY_AFTER, value);
        }
    }
    let found = wait_asked_for(&headers);
    let value = match values[..] {
        [] => return assert_eq!(found, Ok(None)),
        [value] => value,
        _ => return assert_eq!(found, Err(RetryAfterError::Repeated)),
    };
    if value.len() > 64 || !value.is_ascii() {
        return assert_eq!(found, Err(RetryAfterError::Malformed));
    }
    let text = std::str::from_utf8(value).unwrap_or_default();
    if let Some(millis) = millis(text.trim_ascii()) {
        return assert_eq!(found, Ok(Some(millis)), "{text:?}");
    }
    let date = |name| {
        let text = headers.get(name)?.to_str().ok()?;
        chrono::NaiveDateTime::parse_from_str(text, "%a, %d %b %Y %H:%M:%S GMT").ok()
    };
    if let (Ok(Some(wait)), Some(until), Some(now)) = (found, date(RETRY_AFTER), date(DATE)) {
        assert_eq!(wait, (until - now).to_std().unwrap_or_default(), "{text:?}");
    }
}

/// Digits with a fraction, as a time that is rounded up to a millisecond.
fn millis(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if [whole, fraction].iter().any(|it| it.is_empty() || !it.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let Ok(seconds) = whole.parse::<u64>() else {
        return Some(Duration::from_secs(u64::MAX).saturating_add(rounded(fraction)));
    };
    Some(Duration::from_secs(seconds).saturating_add(rounded(fraction)))
}

/// At most 63 digits, so that three of them and one for the rest are exact.
fn rounded(fraction: &str) -> Duration {
    let padded = format!("{fraction}000");
    let (head, rest) = padded.split_at(3);
    let head: u64 = head.parse().expect("three digits");
    Duration::from_millis(head + u64::from(rest.bytes().any(|digit| digit != b'0')))
}

/// Most attempts of a series that are made, one after the other.
const MAX_STEPS: u32 = 300;

fn hold(policy: &RetryPolicy, input: &mut Unstructured<'_>) {
    let preview: Vec<_> = policy.schedule_preview().take(50).collect();
    assert!(!preview.is_empty());
    for step in &preview {
        assert!(step.shortest <= step.wait && step.wait <= step.longest, "{step:?}");
        assert!(step.longest <= policy.max_delay(), "{step:?}");
    }
    series(policy, input);
    while !input.is_empty() {
        let Ok(failure) = failure(input) else { return };
        within_limits(policy, failure);
    }
}

/// Attempts that all fail: they end, not after the last one, and not later than the horizon.
fn series(policy: &RetryPolicy, input: &mut Unstructured<'_>) {
    let key = Key::new(input.bytes(input.len().min(8)).unwrap_or_default());
    let horizon = policy.horizon();
    let mut elapsed = Duration::ZERO;
    for attempt in 1..=MAX_STEPS {
        let failure = Failure::new(attempt, elapsed, Class::Transient).entropy(key.entropy(attempt));
        match decide(policy, failure) {
            Decision::RetryIn(wait) => {
                elapsed = elapsed.saturating_add(wait);
                assert!(elapsed <= horizon, "{elapsed:?} after attempt {attempt}: {policy:?}");
            }
            Decision::GiveUp(GiveUpReason::Attempts) => {
                assert_eq!(attempt, policy.max_attempts(), "{policy:?}");
                return;
            }
            Decision::GiveUp(reason) => {
                assert_eq!(reason, GiveUpReason::Elapsed, "{policy:?}");
                assert!(policy.max_elapsed().is_some(), "{policy:?}");
                return;
            }
        }
    }
    assert!(policy.max_attempts() > MAX_STEPS, "{policy:?}");
}

fn within_limits(policy: &RetryPolicy, failure: Failure) {
    let decision = decide(policy, failure);
    assert_eq!(decide(policy, failure), decision, "another answer to the same question");
    let asked = match (policy.retry_after(), failure.retry_after) {
        (RetryAfter::UpTo(cap), Some(asked)) => asked.min(cap),
        _ => Duration::ZERO,
    };
    match decision {
        Decision::RetryIn(wait) => {
            assert!(wait <= policy.max_delay().max(asked), "{wait:?}: {policy:?}, {failure:?}");
            assert!(wait >= policy.min_delay().max(asked), "{wait:?}: {policy:?}, {failure:?}");
            assert!(failure.class != Class::Throttled || wait >= policy.throttled_min_delay());
            assert!(failure.attempt < policy.max_attempts(), "{policy:?}, {failure:?}");
            assert!(matches!(failure.class, Class::Transient | Class::Throttled), "{failure:?}");
            if let Some(limit) = policy.max_elapsed() {
                assert!(failure.elapsed.checked_add(wait).is_some_and(|end| end <= limit), "{failure:?}");
            }
        }
        Decision::GiveUp(GiveUpReason::Permanent) => assert_eq!(failure.class, Class::Permanent),
        Decision::GiveUp(GiveUpReason::Gone) => assert_eq!(failure.class, Class::Gone),
        Decision::GiveUp(GiveUpReason::Attempts) => assert!(failure.attempt >= policy.max_attempts()),
        Decision::GiveUp(_) => {
            let longest = policy.max_delay().max(asked);
            let limit = policy.max_elapsed().expect("there is no other limit");
            assert!(failure.elapsed.saturating_add(longest) > limit, "{policy:?}, {failure:?}");
        }
    }
}

fn builder(input: &mut Unstructured<'_>) -> Result<PolicyBuilder> {
    let attempts = if input.ratio(1, 4)? { u32::arbitrary(input)? } else { input.int_in_range(0..=40)? };
    let schedule = match input.int_in_range(0..=4)? {
        0 => Schedule::Fixed(time(input)?),
        1 => Schedule::Linear { first: time(input)?, step: time(input)? },
        2 => {
            let ratio = Ratio::new(u32::arbitrary(input)?, u32::arbitrary(input)?).unwrap_or(Ratio::DOUBLE);
            Schedule::Exponential { first: time(input)?, ratio }
        }
        3 => Schedule::Fibonacci { first: time(input)? },
        _ => {
            let delays = (0..input.int_in_range(0..=40)?).map(|_| time(input)).collect::<Result<Vec<_>>>()?;
            Table::new(&delays).map_or(Schedule::Fixed(Duration::from_secs(1)), Schedule::Table)
        }
    };
    let mut builder = RetryPolicy::builder(schedule, attempts).jitter(match input.int_in_range(0..=3)? {
        0 => Jitter::None,
        1 => Jitter::Full,
        2 => Jitter::Equal,
        _ => Jitter::Proportional { per_mille: input.int_in_range(0..=1001)? },
    });
    if bool::arbitrary(input)? {
        builder = builder.max_delay(time(input)?);
    }
    if bool::arbitrary(input)? {
        builder = builder.min_delay(time(input)?);
    }
    if bool::arbitrary(input)? {
        builder = builder.throttled_min_delay(time(input)?);
    }
    if bool::arbitrary(input)? {
        builder = builder.max_elapsed(time(input)?);
    }
    if bool::arbitrary(input)? {
        let cap = RetryAfter::UpTo(time(input)?);
        builder = builder.retry_after(if bool::arbitrary(input)? { cap } else { RetryAfter::Ignore });
    }
    Ok(builder)
}

/// Whole milliseconds of any magnitude, and now and then anything.
fn time(input: &mut Unstructured<'_>) -> Result<Duration> {
    if input.ratio(1, 16)? {
        return Duration::arbitrary(input);
    }
    let bits = input.int_in_range(0..=42)?;
    Ok(Duration::from_millis(u64::arbitrary(input)? & ((1_u64 << bits) - 1)))
}

fn failure(input: &mut Unstructured<'_>) -> Result<Failure> {
    let class = *input.choose(&[Class::Transient, Class::Throttled, Class::Permanent, Class::Gone])?;
    let attempt = if input.ratio(1, 4)? { u32::arbitrary(input)? } else { input.int_in_range(0..=40)? };
    let retry_after = if bool::arbitrary(input)? { Some(time(input)?) } else { None };
    Ok(Failure::new(attempt, time(input)?, class).retry_after(retry_after).entropy(u64::arbitrary(input)?))
}
