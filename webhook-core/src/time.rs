use std::fmt;
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
use std::time::{Duration, SystemTime};

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

/// A moment in whole seconds since 1970-01-01T00:00:00 UTC.
///
/// Verification takes the time as an argument, so that tests can fix it; [`UnixTime::now`] and [`UnixMillis::now`] are
/// the only places in these libraries that read the system's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(i64);

impl UnixTime {
    /// A moment from its seconds since the epoch.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds)
    }

    /// The system clock's present second. On Linux it may begin up to 10 milliseconds late: verification reads the
    /// kernel's coarse clock, which costs a fifth of the fine one.
    ///
    /// Not available on `wasm32-unknown-unknown`, which has no clock: pass the host's time there.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    #[inline]
    pub fn now() -> Self {
        #[cfg(target_os = "linux")]
        if let Ok(time) = nix::time::clock_gettime(nix::time::ClockId::CLOCK_REALTIME_COARSE) {
            use nix::sys::time::TimeValLike;
            return Self(time.num_seconds());
        }
        Self(since_epoch(Duration::as_secs))
    }

    /// Seconds since the epoch.
    pub const fn as_secs(self) -> i64 {
        self.0
    }

    /// The same moment as a `chrono` value, or `None` beyond the years `chrono` can hold.
    pub fn to_utc(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.0, 0)
    }
}

/// A moment in whole milliseconds since 1970-01-01T00:00:00 UTC, as Clerk sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(i64);

impl UnixMillis {
    /// A moment from its milliseconds since the epoch.
    pub const fn from_millis(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// The system clock's present millisecond.
    ///
    /// Not available on `wasm32-unknown-unknown`, which has no clock.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    pub fn now() -> Self {
        Self(since_epoch(|since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)))
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The same moment as a `chrono` value, or `None` beyond the years `chrono` can hold.
    pub fn to_utc(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.0)
    }
}

/// The system's clock in the unit of `count`; negative before the epoch.
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
fn since_epoch(count: impl Fn(&Duration) -> u64) -> i64 {
    match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(count(&since)).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(count(&before.duration())).map_or(i64::MIN, i64::saturating_neg),
    }
}

/// A date and time kept as the text the sender wrote, with `chrono` values on demand.
///
/// Senders write more than RFC 3339: PostgreSQL sends `infinity`, years BC, offsets of hours only, a space for
/// the `T`, and, for `timestamp` columns, no offset at all. The text is never lost; [`to_utc`](Self::to_utc) and
/// [`to_naive`](Self::to_naive) answer `None` where there is no such moment.
///
/// # Examples
///
/// ```
/// use webhook_core::Timestamp;
///
/// let time = Timestamp::new("2026-01-01 15:00:00.5+05:30");
/// assert_eq!(time.to_utc().unwrap().to_rfc3339(), "2026-01-01T09:30:00.500+00:00");
///
/// assert_eq!(Timestamp::new("infinity").to_utc(), None);
/// assert_eq!(Timestamp::new("2026-01-01T15:00:00.12").to_utc(), None); // no offset: not a moment
/// assert!(Timestamp::new("2026-01-01T15:00:00.12").to_naive().is_some());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(Box<str>);

impl Timestamp {
    /// Keeps `text` as it is.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The sender's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The moment, when the text names one: a date and time with an offset.
    pub fn to_utc(&self) -> Option<DateTime<Utc>> {
        let text = self.as_str();
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Some(time.to_utc());
        }
        let (text, era) = split_era(text);
        ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z"]
            .iter()
            .find_map(|format| DateTime::parse_from_str(text, format).ok())
            .and_then(|time| era.apply(time.naive_utc()))
            .map(|time| time.and_utc())
    }

    /// The date and time as written, without regard to an offset.
    pub fn to_naive(&self) -> Option<NaiveDateTime> {
        let text = self.as_str();
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Some(time.naive_local());
        }
        let (text, era) = split_era(text);
        let with_offset = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z"]
            .iter()
            .find_map(|format| DateTime::parse_from_str(text, format).ok())
            .map(|time| time.naive_local());
        with_offset
            .or_else(|| {
                ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
                    .iter()
                    .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            })
            .and_then(|time| era.apply(time))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// PostgreSQL writes years before 1 as a positive year with ` BC` behind the whole text.
#[derive(Clone, Copy)]
enum Era {
    Common,
    BeforeChrist,
}

impl Era {
    fn apply(self, time: NaiveDateTime) -> Option<NaiveDateTime> {
        use chrono::Datelike;
        match self {
            Self::Common => Some(time),
            // 1 BC is the astronomical year 0.
            Self::BeforeChrist => time.with_year(1_i32.checked_sub(time.year())?),
        }
    }
}

fn split_era(text: &str) -> (&str, Era) {
    match text.strip_suffix(" BC") {
        Some(text) => (text, Era::BeforeChrist),
        None => (text, Era::Common),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_the_system_s_and_little_behind_it() {
        let fine = || since_epoch(Duration::as_secs);
        let (before, now, after) = (fine(), UnixTime::now().as_secs(), fine());
        assert!((before - 1..=after).contains(&now), "{before} {now} {after}");
    }

    #[test]
    fn every_form_that_senders_write() {
        let cases = [
            ("2026-01-01T15:00:00Z", Some("2026-01-01T15:00:00+00:00")),
            ("2026-11-22T09:27:33.900487244Z", Some("2026-11-22T09:27:33.900487244+00:00")),
            ("2026-01-01T15:00:00.123456+00:00", Some("2026-01-01T15:00:00.123456+00:00")),
            ("2026-01-01 15:00:00+00", Some("2026-01-01T15:00:00+00:00")),
            ("2026-01-01T15:00:00-03", Some("2026-01-01T18:00:00+00:00")),
            ("0044-03-15T00:00:00+00:00 BC", Some("-0043-03-15T00:00:00+00:00")),
            ("infinity", None),
            ("-infinity", None),
            ("2026-01-01T15:00:00.12", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(
                Timestamp::new(text).to_utc().map(|time| time.to_rfc3339()).as_deref(),
                expected,
                "{text}"
            );
        }
        assert_eq!(
            Timestamp::new("0044-03-15T00:00:00 BC").to_naive().map(|time| time.to_string()).as_deref(),
            Some("-0043-03-15 00:00:00")
        );
        assert_eq!(
            Timestamp::new("12026-01-01T00:00:00+00:00").as_str(),
            "12026-01-01T00:00:00+00:00",
            "a far year keeps its text"
        );
    }
}
