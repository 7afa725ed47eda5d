//! What an HTTP answer says about trying again: the status as a [`Class`], and the header `Retry-After`.

use core::fmt;
use core::time::Duration;
use std::time::SystemTime;

use ::http::header::{DATE, RETRY_AFTER};
use ::http::{HeaderMap, StatusCode};

use crate::{Class, Verdict};

/// The class of a failed answer, or `None` if it was no failure (any 2xx).
///
/// | status | class | because |
/// | --- | --- | --- |
/// | 2xx | none | it worked |
/// | 408, 425 | transient | the request came too late or too early ([RFC 8470](https://www.rfc-editor.org/rfc/rfc8470#section-5.2)) |
/// | 429, 502, 503, 504 | throttled | the other side, or what it stands before, has too much to do |
/// | 410 | gone | a webhook's receiver wants no more |
/// | 501, 505 | permanent | the other side will not learn it |
/// | other 5xx, and 6xx to 9xx | transient | [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-15) reads invalid codes as 5xx |
/// | 1xx, 3xx, other 4xx | permanent | the same request meets the same answer; redirects are not for a retry to follow |
///
/// It is a reading for requests that may be sent twice. Where an application knows better, for instance that its
/// 409 or 423 passes, it chooses the class itself.
pub fn class(status: StatusCode) -> Option<Class> {
    match status.as_u16() {
        200..=299 => None,
        410 => Some(Class::Gone),
        429 | 502 | 503 | 504 => Some(Class::Throttled),
        501 | 505 => Some(Class::Permanent),
        408 | 425 | 500.. => Some(Class::Transient),
        _ => Some(Class::Permanent),
    }
}

/// The class of a failed answer together with its `Retry-After`, or `None` if it was no failure.
///
/// A `Retry-After` that cannot be read counts as none; call [`retry_after`] to learn why. It is honoured on any
/// failure, and capped by the policy's [`RetryAfter`](crate::RetryAfter).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
/// use webhook_retry::http::verdict;
/// use webhook_retry::{Class, Decision, Failure, RetryPolicy, decide};
///
/// let mut headers = HeaderMap::new();
/// headers.insert(RETRY_AFTER, "30".parse()?);
/// let verdict = verdict(StatusCode::TOO_MANY_REQUESTS, &headers).ok_or("no failure")?;
/// assert_eq!(verdict.class, Class::Throttled);
///
/// let failure = Failure::new(1, Duration::ZERO, verdict.class).retry_after(verdict.retry_after);
/// assert_eq!(decide(&RetryPolicy::guide(), failure), Decision::RetryIn(Duration::from_secs(30)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verdict(status: StatusCode, headers: &HeaderMap) -> Option<Verdict> {
    class(status).map(|class| Verdict::new(class).retry_after(retry_after(headers).ok().flatten()))
}

/// Why a `Retry-After` could not be read. It is no reason to fail: wait as if there were none, and note it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfterError {
    /// It was there more than once.
    Repeated,
    /// It was neither seconds nor a date.
    Malformed,
    /// It was a date, and the answer had no single readable `Date` to count it from.
    NoDate,
}

/// Longest `Retry-After` that is looked at, in bytes. The longest date has 33, and no sensible number of seconds
/// comes near.
const MAX_VALUE: usize = 64;

/// The wait that an answer asks for, if it does.
///
/// Seconds may have a fraction, which is rounded up to a millisecond. A date may have any of the three forms of
/// [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7) and is counted from the answer's own `Date`, not
/// from the local clock, so that a clock that is wrong does no harm; a date before that is a wait of zero. There
/// is no cap here: [`decide`](crate::decide) applies the policy's.
///
/// # Errors
///
/// [`RetryAfterError::Repeated`] if the header is there more than once, [`RetryAfterError::Malformed`] if it cannot
/// be read or is longer than 64 bytes, and [`RetryAfterError::NoDate`] if it is a date but the answer's `Date` is
/// missing, repeated or unreadable.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use http::header::{DATE, HeaderMap, RETRY_AFTER};
/// use webhook_retry::http::retry_after;
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(retry_after(&headers), Ok(None));
/// headers.insert(RETRY_AFTER, "1.5".parse()?);
/// assert_eq!(retry_after(&headers), Ok(Some(Duration::from_millis(1500))));
/// headers.insert(DATE, "Sun, 06 Nov 1994 08:49:07 GMT".parse()?);
/// headers.insert(RETRY_AFTER, "Sun, 06 Nov 1994 08:49:37 GMT".parse()?);
/// assert_eq!(retry_after(&headers), Ok(Some(Duration::from_secs(30))));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
pub fn retry_after(headers: &HeaderMap) -> Result<Option<Duration>, RetryAfterError> {
    let mut values = headers.get_all(RETRY_AFTER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(RetryAfterError::Repeated);
    }
    if value.len() > MAX_VALUE {
        return Err(RetryAfterError::Malformed);
    }
    let value = value.to_str().map_err(|_| RetryAfterError::Malformed)?.trim();
    if let Some(wait) = seconds(value) {
        return Ok(Some(wait));
    }
    let until = httpdate::parse_http_date(value).map_err(|_| RetryAfterError::Malformed)?;
    let date = date(headers).ok_or(RetryAfterError::NoDate)?;
    Ok(Some(until.duration_since(date).unwrap_or_default()))
}

/// The answer's own time.
fn date(headers: &HeaderMap) -> Option<SystemTime> {
    let mut values = headers.get_all(DATE).iter();
    let value = values.next().filter(|value| value.len() <= MAX_VALUE)?;
    if values.next().is_some() {
        return None;
    }
    httpdate::parse_http_date(value.to_str().ok()?).ok()
}

/// `digits` or `digits.digits`; a number of seconds too large to count is the largest one.
fn seconds(value: &str) -> Option<Duration> {
    let (whole, fraction) = match value.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (value, None),
    };
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !fraction.is_none_or(is_number) {
        return None;
    }
    let whole = Duration::from_secs(whole.parse().unwrap_or(u64::MAX));
    let fraction = fraction.unwrap_or_default();
    let millis = fraction.bytes().chain([b'0'; 3]).take(3).fold(0_u64, |millis, digit| {
        millis.saturating_mul(10).saturating_add(u64::from(digit.saturating_sub(b'0')))
    });
    let rest = u64::from(fraction.bytes().skip(3).any(|digit| digit != b'0'));
    Some(whole.saturating_add(Duration::from_millis(millis.saturating_add(rest))))
}

impl fmt::Display for RetryAfterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repeated => "the header `retry-after` is repeated",
            Self::Malformed => "the header `retry-after` is neither seconds nor a date",
            Self::NoDate => {
                "the header `retry-after` is a date, and there is no single readable `date` beside it"
            }
        })
    }
}

impl core::error::Error for RetryAfterError {}
