//! Why a signature fails: likely causes of a refusal, as hints for a person.
//!
//! For tools and logs of your own, after a refusal. It tries other readings of the secret, the body and the header
//! until one verifies, and names it; where none does, it tells what is odd. Never put it on the path of requests,
//! since it costs many MACs, and never answer a request with a hint, since it would help whoever forged it.
//!
//! ```
//! use webhook_verify::explain::{Cause, Explain};
//! use webhook_verify::providers::Clerk;
//! use webhook_verify::{Provider, Secret, Secrets, Signer, UnixTime};
//!
//! let secrets = Secrets::from(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?);
//! let now = UnixTime::from_secs(1_614_265_330);
//! let headers = Signer::new(Clerk::SCHEME, secrets.clone())?.sign("msg_1", now, br#"{"a":1}"#)?;
//!
//! // A framework has parsed the body and written it anew.
//! let hints = Explain::new(&Clerk::SCHEME, &secrets).hints(&headers, br#"{"a": 1}"#, now);
//! assert_eq!(hints[0].cause(), Cause::JsonSpacing);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod body;
mod cause;
mod json;
mod search;
mod secret;
mod signature;

use std::fmt;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use webhook_core::UnixTime;

use crate::scheme::{Scheme, TimestampUnit};
use crate::{Secrets, Tolerance, Verifier, VerifyError};

pub use cause::Cause;
use search::Search;

/// Bytes that are hashed at most for one explanation: a fraction of a second, and every reading of a usual body.
const MAX_HASHED: usize = 32 * 1024 * 1024;

/// What one trial is counted with beside its body, in bytes, so that small bodies are bounded as well.
const TRIAL: usize = 4 * 1024;

/// Largest body that is written anew in other styles, in bytes.
const MAX_REWRITTEN: usize = 256 * 1024;

/// A cause, and a sentence about it. Holds no secret, and of the request at most numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    cause: Cause,
    certain: bool,
    message: String,
}

impl Hint {
    fn certain(cause: Cause, message: impl fmt::Display) -> Self {
        Self { cause, certain: true, message: message.to_string() }
    }

    fn likely(cause: Cause, message: impl fmt::Display) -> Self {
        Self { cause, certain: false, message: message.to_string() }
    }

    /// What it is about.
    pub const fn cause(&self) -> Cause {
        self.cause
    }

    /// Whether the request verifies when this is put right. Otherwise it is a guess by what is odd.
    pub const fn is_certain(&self) -> bool {
        self.certain
    }

    /// The sentence.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// Looks for the causes of a refusal under a scheme with its secrets.
#[derive(Debug)]
#[must_use]
pub struct Explain<'a> {
    scheme: &'a Scheme,
    secrets: &'a Secrets,
    others: Vec<(String, Secrets)>,
}

impl<'a> Explain<'a> {
    /// For what a [`Verifier`] with these has refused.
    pub const fn new(scheme: &'a Scheme, secrets: &'a Secrets) -> Self {
        Self { scheme, secrets, others: Vec::new() }
    }

    /// Names secrets that are configured elsewhere, such as another endpoint's: a request is often just held against
    /// the wrong one. The name appears in the hint.
    pub fn other(mut self, name: impl Into<String>, secrets: impl Into<Secrets>) -> Self {
        self.others.push((name.into(), secrets.into()));
        self
    }

    /// The likely causes, the likeliest first; none when the request verifies at `now`, or no verifier can be made.
    pub fn hints(&self, headers: &HeaderMap, body: &[u8], now: UnixTime) -> Vec<Hint> {
        let Ok(verifier) = Verifier::new(*self.scheme, self.secrets.clone()) else { return Vec::new() };
        let Err(error) = verifier.verify(headers, body, now) else { return Vec::new() };
        let mut search = Search::new(self, headers, body);
        let mut hints = Vec::new();

        if let Some(trimmed) = trimmed(headers)
            && verifier.verify(&trimmed, body, now).is_ok()
        {
            let what = "a header's value has blanks around it, which an HTTP server takes off";
            return vec![Hint::certain(Cause::PaddedHeader, what)];
        }
        let untimed = verifier.tolerance(Tolerance::OFF);
        let timeless = untimed.verify(headers, body, now).map(drop);
        let authentic = timeless.is_ok();
        match error {
            VerifyError::TimestampTooOld | VerifyError::TimestampTooNew => {
                if let Ok(pending) = untimed.begin(headers, now) {
                    let stamp = pending.request.timestamp.unwrap_or(now);
                    hints.push(time(self.scheme.unit, stamp, now, authentic));
                }
            }
            VerifyError::MalformedTimestamp => hints.push(Hint::likely(
                Cause::TimestampForm,
                match self.scheme.unit {
                    TimestampUnit::Seconds => "the timestamp must be plain digits: whole seconds since 1970",
                    TimestampUnit::Milliseconds => {
                        "the timestamp must be plain digits: milliseconds since 1970"
                    }
                    TimestampUnit::Rfc3339 => "the timestamp must be a date and time by RFC 3339",
                },
            )),
            VerifyError::RepeatedHeader(name) => hints.push(Hint::likely(
                Cause::RepeatedHeader,
                format_args!("the header `{name}` is there more than once: a proxy or client has added one"),
            )),
            _ => {}
        }
        if let Err(error) = timeless {
            match search.found() {
                Some(hint) => hints.push(hint),
                None => search.likely(error, &mut hints),
            }
        }
        hints
    }
}

/// The headers without the blanks around their values, if there are any.
fn trimmed(headers: &HeaderMap) -> Option<HeaderMap> {
    let padded = |value: &HeaderValue| value.as_bytes().trim_ascii().len() < value.len();
    if !headers.values().any(padded) {
        return None;
    }
    let trim = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.clone(), HeaderValue::from_bytes(value.as_bytes().trim_ascii()).ok()?))
    };
    headers.iter().map(trim).collect()
}

/// How far apart two times may be to be taken for the same one in other units, in seconds.
const A_DAY: u64 = 86_400;

fn time(unit: TimestampUnit, stamp: UnixTime, now: UnixTime, authentic: bool) -> Hint {
    let (stamp, now) = (stamp.as_secs(), now.as_secs());
    let near = |seconds: i64| seconds.abs_diff(now) <= A_DAY;
    let (cause, mut message) = if unit == TimestampUnit::Seconds && near(stamp.div_euclid(1000)) {
        (Cause::Milliseconds, "the timestamp is in milliseconds, and the scheme's unit is seconds".to_owned())
    } else if unit == TimestampUnit::Milliseconds && near(stamp.saturating_mul(1000).saturating_add(500)) {
        (Cause::Seconds, "the timestamp is in seconds, and the scheme's unit is milliseconds".to_owned())
    } else {
        let skew = stamp.saturating_sub(now);
        let distance = stamp.abs_diff(now);
        let side = if skew < 0 { "before" } else { "after" };
        let mut message = format!("the request is dated {distance} seconds {side} this clock ({skew:+} s)");
        message.push_str(match (skew < 0, distance.checked_rem(3600)) {
            (_, Some(rest)) if distance >= 3000 && (rest <= 60 || rest >= 3540) && distance <= A_DAY => {
                ", which is whole hours: a time zone taken for UTC"
            }
            (true, _) => ": it is old or was replayed, the sender's clock is slow, or this one is fast",
            (false, _) => ": the sender's clock is fast, or this one is slow",
        });
        (Cause::ClockSkew, message)
    };
    message.push_str(if authentic {
        "; the signature itself is right"
    } else {
        "; and the signature does not match either"
    });
    Hint { cause, certain: authentic, message }
}
