//! Reads dates and times as senders write them: RFC 3339, PostgreSQL's output, and what lies between the two.
//!
//! By hand, because `chrono`'s formats know neither offsets with seconds nor years of more than four digits without a
//! sign, and no years BC, whose leap days exist only in the year that is meant.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};

/// How many digits a year has. PostgreSQL writes at least four, and seven for the last year that its
/// [`date`](https://www.postgresql.org/docs/current/datatype-datetime.html) holds, 5874897.
const YEAR_DIGITS: std::ops::RangeInclusive<usize> = 4..=7;

/// How many digits of a fraction count; `chrono` holds nanoseconds.
const FRACTION_DIGITS: usize = 9;

/// A date with what stood behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    /// The date, in the proleptic Gregorian calendar, whose year 0 is 1 BC.
    pub(super) date: NaiveDate,
    time: Option<NaiveTime>,
    offset: Option<FixedOffset>,
}

impl Written {
    /// Reads all of `text`; `None` when it is no date, or one beyond the years `chrono` can hold.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (text, is_before_christ) = match text.strip_suffix(" BC") {
            Some(text) => (text, true),
            None => (text, false),
        };
        let mut text = Text(text);
        let date = text.date(is_before_christ)?;
        if text.is_empty() {
            return Some(Self { date, time: None, offset: None });
        }
        text.skip(&['T', 't', ' '])?;
        let time = Some(text.time()?);
        if text.is_empty() {
            return Some(Self { date, time, offset: None });
        }
        text.0 = text.0.trim_start_matches(' ');
        let offset = Some(text.offset()?);
        text.is_empty().then_some(Self { date, time, offset })
    }

    pub(super) fn to_naive(self) -> Option<NaiveDateTime> {
        Some(self.date.and_time(self.time?))
    }

    pub(super) fn to_utc(self) -> Option<DateTime<Utc>> {
        let utc = self.to_naive()?.checked_sub_offset(self.offset?)?;
        // A leap second ends a minute of UTC. With an offset of odd seconds the text names none.
        let is_leap_second = utc.nanosecond() >= 1_000_000_000;
        (!is_leap_second || utc.second() == 59).then(|| utc.and_utc())
    }
}

/// What has not been read yet.
struct Text<'t>(&'t str);

impl<'t> Text<'t> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Steps over the next character and hands it out, when it is one of `wanted`.
    fn skip(&mut self, wanted: &[char]) -> Option<char> {
        let first = self.0.chars().next().filter(|first| wanted.contains(first))?;
        self.0 = self.0.strip_prefix(first)?;
        Some(first)
    }

    /// Steps over all digits that come next.
    fn digits(&mut self) -> &'t str {
        let rest = self.0.trim_start_matches(|it: char| it.is_ascii_digit());
        let digits = self.0.strip_suffix(rest).unwrap_or_default();
        self.0 = rest;
        digits
    }

    /// Steps over exactly two digits.
    fn two_digits(&mut self) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(2)?;
        self.0 = rest;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    }

    fn date(&mut self, is_before_christ: bool) -> Option<NaiveDate> {
        let sign = self.skip(&['+', '-']);
        let year = Some(self.digits()).filter(|digits| YEAR_DIGITS.contains(&digits.len()))?;
        let year: i32 = year.parse().ok()?;
        let year = match (sign, is_before_christ) {
            (None | Some('+'), false) => year,
            (Some(_), false) => year.checked_neg()?,
            // 1 BC is the year 0, and there is no year 0 BC.
            (None, true) if year > 0 => 1_i32.checked_sub(year)?,
            (_, true) => return None,
        };
        self.skip(&['-'])?;
        let month = self.two_digits()?;
        self.skip(&['-'])?;
        NaiveDate::from_ymd_opt(year, month, self.two_digits()?)
    }

    fn time(&mut self) -> Option<NaiveTime> {
        let hour = self.two_digits()?;
        self.skip(&[':'])?;
        let minute = self.two_digits()?;
        self.skip(&[':'])?;
        let second = self.two_digits()?;
        let fraction = match self.skip(&['.']) {
            Some(_) => Some(self.digits()).filter(|digits| !digits.is_empty())?,
            None => "",
        };
        let nanos = fraction
            .bytes()
            .chain(std::iter::repeat(b'0'))
            .take(FRACTION_DIGITS)
            .fold(0_u32, |nanos, digit| nanos.saturating_mul(10).saturating_add(u32::from(digit & 0x0f)));
        // So `chrono` writes a leap second.
        let (second, nanos) =
            if second == 60 { (59, nanos.checked_add(1_000_000_000)?) } else { (second, nanos) };
        NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)
    }

    /// `Z`, or hours with a sign, perhaps with minutes and seconds, with colons or without.
    fn offset(&mut self) -> Option<FixedOffset> {
        if self.skip(&['Z', 'z']).is_some() {
            return FixedOffset::east_opt(0);
        }
        // ISO 8601 prefers the true minus.
        let sign = self.skip(&['+', '-', '\u{2212}'])?;
        let hours = self.two_digits()?;
        let has_colons = self.0.starts_with(':');
        let [minutes, seconds] = [self.below_sixty(has_colons)?, self.below_sixty(has_colons)?];
        let seconds = hours.checked_mul(60)?.checked_add(minutes)?.checked_mul(60)?.checked_add(seconds)?;
        let seconds = i32::try_from(seconds).ok()?;
        if sign == '+' { FixedOffset::east_opt(seconds) } else { FixedOffset::west_opt(seconds) }
    }

    /// Minutes or seconds of an offset, 0 when the text is at its end.
    fn below_sixty(&mut self, has_colons: bool) -> Option<u32> {
        if self.is_empty() {
            return Some(0);
        }
        if has_colons {
            self.skip(&[':'])?;
        }
        self.two_digits().filter(|&number| number < 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts of texts, good and bad, of which every combination is read.
    const DATES: [&str; 17] = [
        "2026-02-28",
        "2024-02-29",
        "2026-02-29",
        "0000-01-01",
        "0001-01-01",
        "9999-12-31",
        "12026-01-01",
        "262142-12-31",
        "262143-01-01",
        "294276-12-31",
        "5874897-12-31",
        "+12026-01-01",
        "-0043-03-15",
        "-262143-01-01",
        "262144-01-01",
        "99999999-01-01",
        "2026-13-01",
    ];
    const TIMES: [&str; 9] = [
        "T00:00:00",
        " 23:59:59.999999999",
        "t23:59:60",
        "T12:00:60.5",
        "T24:00:00",
        "T00:60:00",
        "T00:00:61",
        "T00:00:00.",
        "T00:00:00.1234567891234",
    ];
    const OFFSETS: [&str; 14] = [
        "",
        "Z",
        "z",
        "+00",
        "-03",
        "+0530",
        "-03:30",
        "+05:53:28",
        "-00:00",
        "+23:59:59",
        "-23:59",
        " +00:00",
        "\u{2212}08:00",
        "+24:00",
    ];

    fn all() -> impl Iterator<Item = (String, bool)> {
        DATES.iter().flat_map(|date| {
            TIMES.iter().flat_map(move |time| {
                OFFSETS.iter().flat_map(move |offset| {
                    [(format!("{date}{time}{offset}"), false), (format!("{date}{time}{offset} BC"), true)]
                })
            })
        })
    }

    #[test]
    fn what_chrono_reads_is_read_alike() {
        let mut agreed = 0;
        for (text, _) in all() {
            if let Ok(strict) = DateTime::parse_from_rfc3339(&text) {
                let written = Written::read(&text).unwrap();
                assert_eq!(written.to_utc(), Some(strict.to_utc()), "{text}");
                assert_eq!(written.to_naive(), Some(strict.naive_local()), "{text}");
                agreed += 1;
            }
        }
        assert_eq!(agreed, 150);
    }

    #[test]
    fn what_was_read_is_written_and_read_again() {
        let (mut moments, mut before_christ) = (0, 0);
        for (text, is_before_christ) in all() {
            let Some(moment) = Written::read(&text).and_then(Written::to_utc) else { continue };
            let again = Written::read(&moment.to_rfc3339()).and_then(Written::to_utc);
            assert_eq!(again, Some(moment), "{text} is {moment}");
            moments += 1;
            before_christ += u32::from(is_before_christ);
        }
        assert_eq!((moments, before_christ), (931, 386));
    }

    #[test]
    fn nothing_panics() {
        for (text, _) in all() {
            let characters: Vec<char> = text.chars().collect();
            for at in 0..=characters.len() {
                let cut: String = characters[..at].iter().collect();
                let _ = Written::read(&cut).map(|written| (written.to_naive(), written.to_utc()));
            }
        }
        for at in 0.."2026-01-01T00:00:00.5+05:53:28".len() {
            for other in ["", "é", "9", "-", ":", " ", "\0", "٣", "00"] {
                let mut text = "2026-01-01T00:00:00.5+05:53:28".to_owned();
                text.replace_range(at..=at, other);
                let _ = Written::read(&text).map(|written| (written.to_naive(), written.to_utc()));
            }
        }
    }
}
