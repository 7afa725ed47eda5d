use std::fmt;
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
use std::time::{Duration, SystemTime};

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

mod written;

use written::Written;

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

/// A date, mostly with a time, kept as the text the sender wrote, with `chrono` values on demand.
///
/// Senders write more than RFC 3339: PostgreSQL sends `infinity`, years BC and beyond 9999, offsets of hours only or
/// with seconds, a space for the `T`, for `timestamp` columns no offset at all, and for `date` columns no time. The
/// text is never lost; [`to_utc`](Self::to_utc), [`to_naive`](Self::to_naive) and [`to_date`](Self::to_date) answer
/// `None` where the text does not say as much, and beyond the years `chrono` can hold, 262144 BC to 262142.
///
/// # Examples
///
/// ```
/// use webhook_core::Timestamp;
///
/// let time = Timestamp::new("2026-01-01 15:00:00.5+05:30");
/// assert_eq!(time.to_utc().unwrap().to_rfc3339(), "2026-01-01T09:30:00.500+00:00");
///
/// let time = Timestamp::new("2026-01-01T15:00:00.12");
/// assert_eq!(time.to_utc(), None); // no offset: not a moment
/// assert_eq!(time.to_naive().unwrap().to_string(), "2026-01-01 15:00:00.120");
///
/// let day = Timestamp::new("0044-03-15 BC");
/// assert_eq!(day.to_naive(), None); // no time of the day
/// assert_eq!(day.to_date().unwrap().to_string(), "-0043-03-15"); // 1 BC is the year 0
///
/// assert!(Timestamp::new("-infinity").is_infinite());
/// assert_eq!(Timestamp::new("-infinity").to_utc(), None);
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
        Written::read(self.as_str())?.to_utc()
    }

    /// The date and time as written, without regard to an offset.
    pub fn to_naive(&self) -> Option<NaiveDateTime> {
        Written::read(self.as_str())?.to_naive()
    }

    /// The date as written, without regard to a time and an offset, which may be absent.
    pub fn to_date(&self) -> Option<NaiveDate> {
        Some(Written::read(self.as_str())?.date)
    }

    /// Whether this is PostgreSQL's `infinity`, later than all times, or `-infinity`, earlier than all.
    ///
    /// It tells them from a text that is no time at all; both have no `chrono` value.
    pub fn is_infinite(&self) -> bool {
        matches!(self.as_str(), "infinity" | "-infinity")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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

    fn reads_as(cases: &[(&str, Option<&str>)], read: impl Fn(&Timestamp) -> Option<String>) {
        for (text, expected) in cases {
            assert_eq!(read(&Timestamp::new(*text)).as_deref(), *expected, "{text}");
        }
    }

    #[test]
    fn every_form_that_senders_write() {
        let cases = [
            ("2026-01-01T15:00:00Z", Some("2026-01-01T15:00:00+00:00")),
            ("2026-11-22T09:27:33.900487244Z", Some("2026-11-22T09:27:33.900487244+00:00")),
            ("2026-01-01T15:00:00.123456+00:00", Some("2026-01-01T15:00:00.123456+00:00")),
            ("2026-01-01T15:00:00.1234567899+00:00", Some("2026-01-01T15:00:00.123456789+00:00")),
            ("2016-12-31T23:59:60Z", Some("2016-12-31T23:59:60+00:00")),
            ("2016-12-31 15:59:60.25-08", Some("2016-12-31T23:59:60.250+00:00")),
            // PostgreSQL's offsets: hours, with minutes, and with seconds for the local times of old.
            ("2026-01-01 15:00:00+00", Some("2026-01-01T15:00:00+00:00")),
            ("2026-01-01T15:00:00-03", Some("2026-01-01T18:00:00+00:00")),
            ("2026-01-01 15:00:00-03:30", Some("2026-01-01T18:30:00+00:00")),
            ("2026-01-01T15:00:00+0530", Some("2026-01-01T09:30:00+00:00")),
            ("2026-01-01 15:00:00 +0530", Some("2026-01-01T09:30:00+00:00")),
            ("1850-01-01T00:00:00+05:53:28", Some("1849-12-31T18:06:32+00:00")),
            ("1850-01-01 00:00:00-00:01:15", Some("1850-01-01T00:01:15+00:00")),
            ("1850-01-01 00:00:00+055328", Some("1849-12-31T18:06:32+00:00")),
            ("2026-01-01T00:00:00+15:59:59", Some("2025-12-31T08:00:01+00:00")),
            // Years of more than four digits, and before 1.
            ("12026-01-01T00:00:00+00:00", Some("+12026-01-01T00:00:00+00:00")),
            ("262142-12-31 23:59:59+00", Some("+262142-12-31T23:59:59+00:00")),
            ("+12026-01-01T00:00:00+00:00", Some("+12026-01-01T00:00:00+00:00")),
            ("-000043-03-15T00:00:00.000Z", Some("-0043-03-15T00:00:00+00:00")),
            ("0044-03-15T00:00:00+00:00 BC", Some("-0043-03-15T00:00:00+00:00")),
            ("0044-01-01T00:00:00+05:30 BC", Some("-0044-12-31T18:30:00+00:00")),
            ("0001-01-01T00:00:00+05:30 BC", Some("-0001-12-31T18:30:00+00:00")),
            ("0001-12-31 23:00:00-05 BC", Some("0001-01-01T04:00:00+00:00")),
            ("0044-12-31T23:00:00-05:00 BC", Some("-0042-01-01T04:00:00+00:00")),
            ("0005-02-29T00:00:00+00 BC", Some("-0004-02-29T00:00:00+00:00")),
            ("0001-01-01 00:00:00+05:53:28 BC", Some("-0001-12-31T18:06:32+00:00")),
            ("4714-11-24 00:00:00+00 BC", Some("-4713-11-24T00:00:00+00:00")),
        ];
        reads_as(&cases, |time| Some(time.to_utc()?.to_rfc3339()));
    }

    #[test]
    fn what_is_no_moment() {
        for text in [
            "infinity",
            "-infinity",
            "2026-01-01T15:00:00.12",
            "2026-01-01",
            "0044-03-15 BC",
            "",
            " BC",
            "now",
            "2026-01-01T15:00:00+",
            "2026-01-01T15:00:00+5",
            "2026-01-01T15:00:00+05:",
            "2026-01-01T15:00:00+05:3",
            "2026-01-01T15:00:00+05:60",
            "2026-01-01T15:00:00+0530:00",
            "2026-01-01T15:00:00+05:3000",
            "2026-01-01T15:00:00+24:00",
            "2026-01-01T15:00:00Z ",
            "2026-01-01T15:00:00Z BC BC",
            "2026-01-01T15:00:00ZBC",
            "2026-01-01T+1:00:00Z",
            "2026-02-29T00:00:00Z",
            // 4 BC is the year -3, no leap year; there are no years 0 BC and -44 BC.
            "0004-02-29T00:00:00+00 BC",
            "0000-01-01T00:00:00+00 BC",
            "-0044-01-01T00:00:00+00 BC",
            // Beyond chrono's years, before or behind the offset.
            "294276-12-31T00:00:00+00",
            "262143-01-01T00:00:00+00",
            "262142-12-31T23:59:59-00:01",
            "262144-01-01T00:00:00+00:01 BC",
            "99999999999-01-01T00:00:00Z",
            // No minute of UTC ends there.
            "2016-12-31T23:59:60+00:00:28",
        ] {
            assert_eq!(Timestamp::new(text).to_utc(), None, "{text}");
        }
    }

    #[test]
    fn without_an_offset() {
        let cases = [
            ("2026-01-01T15:00:00.12", Some("2026-01-01 15:00:00.120")),
            ("2026-01-01 15:00:00+05:30", Some("2026-01-01 15:00:00")),
            ("1850-01-01 00:00:00+05:53:28", Some("1850-01-01 00:00:00")),
            ("0044-03-15T00:00:00 BC", Some("-0043-03-15 00:00:00")),
            ("0044-01-01T00:00:00+05:30 BC", Some("-0043-01-01 00:00:00")),
            ("0005-02-29T00:00:00 BC", Some("-0004-02-29 00:00:00")),
            ("0005-02-29 12:00:00.5 BC", Some("-0004-02-29 12:00:00.500")),
            ("12026-01-01 00:00:00", Some("+12026-01-01 00:00:00")),
            ("2016-12-31T23:59:60", Some("2016-12-31 23:59:60")),
            ("2026-01-01", None),
            ("2026-01-01T", None),
            ("2026-01-01T15:00", None),
            ("294276-12-31T00:00:00", None),
            ("infinity", None),
        ];
        reads_as(&cases, |time| Some(time.to_naive()?.to_string()));
    }

    #[test]
    fn dates() {
        let cases = [
            ("2026-02-28", Some("2026-02-28")),
            ("0044-03-15 BC", Some("-0043-03-15")),
            ("0005-02-29 BC", Some("-0004-02-29")),
            ("12026-01-01", Some("+12026-01-01")),
            ("262142-12-31", Some("+262142-12-31")),
            // The date as written, not the one in UTC.
            ("2026-02-28T23:00:00-05:00", Some("2026-02-28")),
            ("2026-02-28 23:00:00", Some("2026-02-28")),
            ("0044-01-01T00:00:00+05:30 BC", Some("-0043-01-01")),
            ("2026-02-29", None),
            ("0004-02-29 BC", None),
            ("5874897-12-31", None),
            ("2026-02-28T", None),
            ("2026-02-28Z", None),
            ("2026-2-28", None),
            ("26-02-28", None),
            ("20260228", None),
            ("2026-02-28BC", None),
            ("2026-02-28T25:00:00Z", None),
            ("infinity", None),
            ("", None),
        ];
        reads_as(&cases, |time| Some(time.to_date()?.to_string()));
    }

    #[test]
    fn infinity_is_no_garbage() {
        for (text, expected) in [
            ("infinity", true),
            ("-infinity", true),
            ("infinite", false),
            ("infinity BC", false),
            ("", false),
            ("2026-02-28", false),
        ] {
            assert_eq!(Timestamp::new(text).is_infinite(), expected, "{text}");
        }
    }

    #[test]
    fn a_text_stays_as_it_is() {
        for text in ["294276-12-31T23:59:59.999999+00:00", "0044-03-15 BC", "now", ""] {
            let time: Timestamp = serde_json::from_value(text.into()).unwrap();
            assert_eq!((time.as_str(), serde_json::to_value(&time).unwrap()), (text, text.into()));
        }
    }
}
