use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::UnixMillis;

/// The time of an event, in whole seconds or milliseconds since 1970-01-01T00:00:00 UTC.
///
/// Clerk's [documentation](https://clerk.com/docs/guides/development/webhooks/overview) shows milliseconds, every
/// example of its [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml)
/// shows seconds. The integer is kept as it was sent; below 10¹¹ it is read as seconds (which ends in the year
/// 5138), from there on as milliseconds (which begins in March 1973).
///
/// # Examples
///
/// ```
/// use webhook_core::clerk::EventTime;
///
/// assert_eq!(EventTime::new(1_760_630_400).to_utc(), EventTime::new(1_760_630_400_000).to_utc());
/// assert_eq!(EventTime::new(1_760_630_400).as_i64(), 1_760_630_400);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventTime(i64);

/// Smaller integers are seconds.
const FIRST_MILLIS: u64 = 100_000_000_000;

impl EventTime {
    /// A time from the integer as Clerk writes it, in seconds or milliseconds.
    pub const fn new(integer: i64) -> Self {
        Self(integer)
    }

    /// The integer as Clerk wrote it, in seconds or milliseconds.
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// The time in milliseconds, whichever unit it was sent in.
    pub const fn to_millis(self) -> UnixMillis {
        UnixMillis::from_millis(if self.0.unsigned_abs() < FIRST_MILLIS {
            self.0.saturating_mul(1000)
        } else {
            self.0
        })
    }

    /// The same moment as a `chrono` value, or `None` beyond the years `chrono` can hold.
    pub fn to_utc(self) -> Option<DateTime<Utc>> {
        self.to_millis().to_utc()
    }
}

open_object! {
    /// What Clerk knows about the request that caused an event.
    ///
    /// Sources: [`WebhookEventAttributes`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/Webhooks.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct EventAttributes("the attributes of an event") {
        required {}
        nullable {}
        optional {
            /// The HTTP request that caused the event.
            http_request: HttpRequest = "http_request",
        }
    }
}

open_object! {
    /// The HTTP request that caused an event.
    ///
    /// Sources: [`WebhookEventAttributes`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/Webhooks.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct HttpRequest("an HTTP request") {
        required {}
        nullable {}
        optional {
            /// The caller's IP address.
            client_ip: String = "client_ip",
            /// The caller's `User-Agent` header.
            user_agent: String = "user_agent",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_units() {
        let cases = [
            (0, Some("1970-01-01T00:00:00+00:00")),
            (1_716_883_200, Some("2024-05-28T08:00:00+00:00")),
            (1_716_883_200_000, Some("2024-05-28T08:00:00+00:00")),
            (1_654_012_591_835, Some("2022-05-31T15:56:31.835+00:00")),
            (99_999_999_999, Some("5138-11-16T09:46:39+00:00")),
            (100_000_000_000, Some("1973-03-03T09:46:40+00:00")),
            (-1_716_883_200, Some("1915-08-06T16:00:00+00:00")),
            (i64::MAX, None),
            (i64::MIN, None),
        ];
        for (integer, expected) in cases {
            let time: EventTime = serde_json::from_str(&integer.to_string()).unwrap();
            assert_eq!(time.to_utc().map(|time| time.to_rfc3339()).as_deref(), expected, "{integer}");
            assert_eq!(time.as_i64(), integer);
        }
    }
}
