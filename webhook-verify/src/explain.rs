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
<<<<<<< HEAD

struct Search<'a> {
    explain: &'a Explain<'a>,
    headers: &'a HeaderMap,
    body: &'a [u8],
    left: usize,
}

impl Search<'_> {
    /// Whether the request verifies so, while there is work left to spend.
    fn holds(&mut self, scheme: &Scheme, secrets: Secrets, headers: &HeaderMap, body: &[u8]) -> bool {
        let cost = body.len().saturating_add(TRIAL).saturating_mul(secrets.as_slice().len());
        let Some(left) = self.left.checked_sub(cost) else { return false };
        self.left = left;
        let scheme = scheme.tolerance(Tolerance::OFF);
        Verifier::new(scheme, secrets)
            .is_ok_and(|verifier| verifier.verify(headers, body, UnixTime::from_secs(0)).is_ok())
    }

    /// The reading under which the request verifies.
    fn found(&mut self) -> Option<Hint> {
        let what = |how: &str| format!("the request verifies with {how}");
        if let Some(hint) = self.handshake() {
            return Some(hint);
        }
        if let Some((cause, how)) = self.secret() {
            return Some(Hint::certain(cause, what(how)));
        }
        let (scheme, secrets) = (*self.explain.scheme, self.explain.secrets);
        let headers = self.headers;
        let length = self.content_length();
        let body = self.body;
        let found = body::find(body, length, |body| self.holds(&scheme, secrets.clone(), headers, body));
        if let Some((cause, how)) = found.filter(|_| scheme.covers_body()) {
            return Some(Hint::certain(cause, what(how)));
        }
        self.signature()
            .or_else(|| self.other_secret())
            .or_else(|| self.other_scheme())
            .or_else(|| self.other_algorithm())
            .or_else(|| self.other_content())
    }

    fn handshake(&mut self) -> Option<Hint> {
        let [token] = webhook_core::peek(self.body, ["verification_token"]);
        let token = serde_json::from_str::<String>(token?).ok()?;
        let offered = Secret::new(token).ok()?;
        let holds = self.holds(&self.explain.scheme.clone(), offered.into(), self.headers, self.body);
        holds.then(|| {
            Hint::certain(
                Cause::Handshake,
                "this is a set-up request, signed with the token that it offers: it proves nothing, and the token \
                 is not the configured one",
            )
        })
    }

    fn secret(&mut self) -> Option<(Cause, &'static str)> {
        let explain = self.explain;
        for secret in explain.secrets.as_slice() {
            for (cause, how, key) in secret::variants(explain.scheme, secret.reveal()) {
                let Ok(key) = Secret::from_bytes(key.to_vec()) else { continue };
                if self.holds(explain.scheme, key.into(), self.headers, self.body) {
                    return Some((cause, how));
                }
            }
        }
        None
    }

    fn signature(&mut self) -> Option<Hint> {
        let explain = self.explain;
        let name = explain.scheme.signature_header();
        let value = self.headers.get(name)?.to_str().ok()?.to_owned();
        for (cause, how, fixed) in signature::variants(explain.scheme, &value) {
            let mut headers = self.headers.clone();
            headers.insert(HeaderName::try_from(name).ok()?, HeaderValue::try_from(fixed).ok()?);
            if self.holds(explain.scheme, explain.secrets.clone(), &headers, self.body) {
                return Some(Hint::certain(cause, format_args!("the request verifies with {how}")));
            }
        }
        None
    }

    fn other_algorithm(&mut self) -> Option<Hint> {
        let explain = self.explain;
        let value = self.headers.get(explain.scheme.signature_header())?.to_str().ok()?;
        let core = value.strip_prefix(explain.scheme.prefix).unwrap_or(value);
        for (algorithm, called) in [
            (Algorithm::HmacSha1, "HMAC-SHA1"),
            (Algorithm::HmacSha256, "HMAC-SHA256"),
            (Algorithm::HmacSha512, "HMAC-SHA512"),
        ] {
            for prefix in [explain.scheme.prefix, "sha1=", "sha256=", "sha512=", ""] {
                for encoding in [Encoding::Hex, Encoding::Base64] {
                    let scheme = Scheme { algorithm, encoding, prefix, ..*explain.scheme };
                    if core.is_empty() || algorithm == explain.scheme.algorithm {
                        continue;
                    }
                    if self.holds(&scheme, explain.secrets.clone(), self.headers, self.body) {
                        let what = format!("the signature is {called}, which the scheme does not say");
                        return Some(Hint::certain(Cause::OtherAlgorithm, what));
                    }
                }
            }
        }
        None
    }

    fn other_secret(&mut self) -> Option<Hint> {
        let explain = self.explain;
        for (name, secrets) in &explain.others {
            if self.holds(explain.scheme, secrets.clone(), self.headers, self.body) {
                let what = format!("the signature was made with the secret of {name}");
                return Some(Hint::certain(Cause::OtherSecret, what));
            }
        }
        None
    }

    /// Another scheme under which the request verifies with these secrets.
    fn other_scheme(&mut self) -> Option<Hint> {
        let explain = self.explain;
        let mut names: Vec<String> = Vec::new();
        let mut family = false;
        for (name, other) in known() {
            let holds = other != *explain.scheme
                && explain
                    .secrets
                    .as_slice()
                    .iter()
                    .any(|secret| self.holds(&other, secret.clone().into(), self.headers, self.body));
            if holds {
                family |= other.headers.id.is_some() && other.signed == explain.scheme.signed;
                names.push(name);
            }
        }
        if !names.is_empty() {
            let names = names.join(" or ");
            return Some(if family {
                let what = format!("the request verifies with its own family of headers, that of {names}");
                Hint::certain(Cause::HeaderFamily, what)
            } else {
                Hint::certain(Cause::OtherVariant, format_args!("the request verifies as {names}"))
            });
        }
        None
    }

    fn other_content(&mut self) -> Option<Hint> {
        let explain = self.explain;
        let contents: [(&'static [Part], &str); 2] = [
            (&[Part::Body], "the body alone"),
            (&[Part::Timestamp, Part::Text("."), Part::Body], "the timestamp, a full stop and the body"),
        ];
        for (signed, called) in contents {
            let mut other = Scheme { signed, ..*explain.scheme };
            if !signed.contains(&Part::Timestamp) {
                // A time that is not signed is none that a scheme may check.
                other.timestamp = None;
                other.headers.timestamp = None;
            }
            if other != *explain.scheme
                && self.holds(&other, explain.secrets.clone(), self.headers, self.body)
            {
                return Some(Hint::certain(
                    Cause::SignedContent,
                    format_args!("the signature covers {called}"),
                ));
            }
        }
        None
    }

    fn content_length(&self) -> Option<usize> {
        self.headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
    }

    /// What is odd about a request for which no reading was found.
    fn likely(&self, error: VerifyError, hints: &mut Vec<Hint>) {
        match error {
            VerifyError::MissingHeader(_) => self.missing(hints),
            VerifyError::MalformedHeader(name) => self.malformed(name, hints),
            VerifyError::SignatureMismatch if self.explain.scheme.covers_body() => self.mismatch(hints),
            VerifyError::SignatureMismatch => hints.push(Hint::likely(
                Cause::OtherSecret,
                "the header holds another token: the sender's and the configured one differ",
            )),
            _ => {}
        }
    }

    fn missing(&self, hints: &mut Vec<Hint>) {
        let scheme = self.explain.scheme;
        let has = |name: &str| self.headers.contains_key(name);
        let families = [Some(scheme.headers), scheme.fallback];
        let partly = |headers: &crate::scheme::Headers| headers.names().any(has) && headers.id.is_some();
        if families.iter().flatten().filter(|headers| partly(headers)).count() > 1 {
            hints.push(Hint::likely(
                Cause::HeaderFamily,
                "the headers are of two families mixed: all must be svix-*, or all webhook-*",
            ));
        }
        for (name, other) in known() {
            let same_header = other.signature_header() == scheme.signature_header();
            if other == *scheme || same_header || !has(other.signature_header()) {
                continue;
            }
            if scheme.fallback.is_some_and(|own| own.signature == other.signature_header()) {
                continue;
            }
            let header = other.signature_header();
            let cause = if other.headers.id.is_some() && scheme.headers.id.is_some() {
                Cause::HeaderFamily
            } else {
                Cause::OtherVariant
            };
            let what = format!("the request has the header `{header}`, which is that of {name}");
            hints.push(Hint::likely(cause, what));
        }
        if hints.is_empty() {
            let what =
                "the request is not signed: the sender has no secret set, or a hop takes its headers off";
            hints.push(Hint::likely(Cause::Unsigned, what));
        }
    }

    fn malformed(&self, name: &str, hints: &mut Vec<Hint>) {
        let scheme = self.explain.scheme;
        let value = self.headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default();
        let text = String::from_utf8_lossy(value);
        if !value.starts_with(scheme.prefix.as_bytes()) {
            let what = format!("the signature must stand behind `{}`", scheme.prefix);
            hints.push(Hint::likely(Cause::SignaturePrefix, what));
            return;
        }
        let core = text.strip_prefix(scheme.prefix).unwrap_or(&text);
        let digest =
            [(20, "HMAC-SHA1"), (32, "HMAC-SHA256"), (64, "HMAC-SHA512")].into_iter().find(|(length, _)| {
                scheme.algorithm.signature_length() != Some(*length)
                    && signature::decode(core, *length).is_some()
            });
        if let Some((_, called)) = digest {
            let what = format!("the signature is as long as one of {called}, which the scheme does not say");
            hints.push(Hint::likely(Cause::OtherAlgorithm, what));
        } else if scheme.list.is_some() {
            let what = "the signature's header is not the list that the scheme says: another variant or an older \
                        sender writes it so";
            hints.push(Hint::likely(Cause::OtherVariant, what));
        } else {
            let encoding = match scheme.encoding {
                Encoding::Hex => "hexadecimal",
                Encoding::Base64 => "base64",
                Encoding::Text => "text",
            };
            let what = format!(
                "the signature is not whole {encoding}: it is cut, has a prefix or blanks inside, or is a static \
                 token of another variant"
            );
            hints.push(Hint::likely(Cause::SignatureEncoding, what));
        }
    }

    fn mismatch(&self, hints: &mut Vec<Hint>) {
        let (body, received) = (self.body, self.body.len());
        let mut add = |cause, message: String| hints.push(Hint::likely(cause, message));
        match self.content_length() {
            Some(declared) if received < declared => add(
                if received == 0 { Cause::EmptyBody } else { Cause::TruncatedBody },
                format!("the body has {received} bytes, and Content-Length says {declared}: it is cut off"),
            ),
            Some(declared) if received > declared => add(
                Cause::ExtraBytes,
                format!(
                    "the body has {received} bytes, and Content-Length says {declared}: something was added"
                ),
            ),
            _ if received == 0 => add(
                Cause::EmptyBody,
                "the body is empty: something has read it before, or a redirect has dropped it".to_owned(),
            ),
            _ => {}
        }
        let compressed = [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"\x78\x01", b"\x78\x9c", b"\x78\xda"]
            .iter()
            .any(|magic| body.starts_with(magic));
        if compressed {
            add(
                Cause::CompressedBody,
                "the body is still compressed, and senders sign it before that: decompress first".to_owned(),
            );
        } else if self.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            add(
                Cause::DecompressedBody,
                "Content-Encoding says that the body is compressed, and it is not: it was decompressed on the way, \
                 and the sender may have signed the compressed bytes"
                    .to_owned(),
            );
        }
        let by_postgres =
            self.headers.get(USER_AGENT).is_some_and(|agent| agent.as_bytes().starts_with(b"pg_net"));
        let [old_record, table_name] = webhook_core::peek(body, ["old_record", "table_name"]);
        if (by_postgres || old_record.or(table_name).is_some()) && body::is_jsonb(body) {
            add(
                Cause::JsonSignedJsonbSent,
                "the body is the text of PostgreSQL's jsonb: a trigger that signs the text of a json value signs \
                 other bytes; sign payload::text of the very jsonb that is sent"
                    .to_owned(),
            );
        }
        add(
            Cause::OtherSecret,
            "no other reading of the secret, body or header verifies: most likely the secret is another \
             endpoint's, or the body is not the one that was sent"
                .to_owned(),
        );
    }
}

/// All schemes that are known by name.
fn known() -> Vec<(String, Scheme)> {
    #[cfg(feature = "providers")]
    {
        use crate::Provider;
        use crate::providers::{NAMES, ProviderVisitor, visit};

        struct Schemes;
        impl ProviderVisitor for Schemes {
            type Output = Vec<(String, Scheme)>;

            fn visit<P: Provider>(self) -> Self::Output {
                match P::VARIANTS {
                    [] => vec![(format!("`{}`", P::NAME), P::SCHEME)],
                    variants => variants
                        .iter()
                        .map(|variant| (format!("`{}` ({})", P::NAME, variant.name), variant.scheme))
                        .collect(),
                }
            }
        }
        NAMES.iter().filter_map(|name| visit(name, Schemes)).flatten().collect()
    }
    #[cfg(not(feature = "providers"))]
    Vec::new()
}
=======
>>>>>>> cli
