use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use http::HeaderName;
use webhook_core::UnixTime;

use crate::key::{Key, KeySet};
use crate::scheme::{self, Algorithm, Part, Place, Scheme, TimestampUnit};
use crate::signature::Candidates;
use crate::{
    ConfigError, Headers, MAX_HEADER_BYTES, Pending, Secret, Secrets, Tolerance, Verified, VerifyError,
};

/// A scheme with its secrets: verifies requests of one sender.
///
/// Making one decodes the secrets and keys the MAC; verifying allocates nothing. Clones share their secrets, so one
/// that is replaced is replaced in all of them.
///
/// # Examples
///
/// ```
/// use http::HeaderMap;
/// use webhook_verify::{Encoding, Scheme, Secret, UnixTime, Verifier, VerifyError};
///
/// // GitHub's documented example.
/// let scheme = Scheme::hmac_sha256("x-hub-signature-256", Encoding::Hex).prefix("sha256=");
/// let verifier = Verifier::new(scheme, Secret::new("It's a Secret to Everybody")?)?;
///
/// let mut headers = HeaderMap::new();
/// headers.insert(
///     "x-hub-signature-256",
///     "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17".parse()?,
/// );
/// let verified = verifier.verify(&headers, b"Hello, World!", UnixTime::now())?;
/// assert_eq!(verified.body(), b"Hello, World!");
///
/// let tampered = verifier.verify(&headers, b"Hello, World?", UnixTime::now());
/// assert_eq!(tampered.unwrap_err(), VerifyError::SignatureMismatch);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Verifier {
    keys: Arc<ArcSwap<KeySet>>,
    compiled: Arc<Compiled>,
}

impl Verifier {
    /// A verifier for `scheme` with these secrets, the current one first.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Secret`] names what is wrong with a secret, [`ConfigError::NoSecret`] and
    /// [`ConfigError::TooManySecrets`] their number, [`ConfigError::Scheme`] a contradiction in the scheme.
    pub fn new(scheme: Scheme, secrets: impl Into<Secrets>) -> Result<Self, ConfigError> {
        Self::without_secret(scheme)?.with_secrets(secrets)
    }

    /// A verifier that refuses everything with [`VerifyError::NotConfigured`] until it gets a secret.
    pub(crate) fn without_secret(scheme: Scheme) -> Result<Self, ConfigError> {
        let compiled = Compiled::new(scheme)?;
        Ok(Self { keys: shared(KeySet::none()), compiled: Arc::new(compiled) })
    }

    /// A verifier of the same scheme with secrets of its own, as for each of many tenants.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), without the errors of the scheme.
    pub fn with_secrets(&self, secrets: impl Into<Secrets>) -> Result<Self, ConfigError> {
        let keys = KeySet::new(self.scheme(), &secrets.into())?;
        Ok(Self { keys: shared(keys), compiled: Arc::clone(&self.compiled) })
    }

    /// The same verifier with another tolerance than its scheme's.
    #[must_use]
    pub fn tolerance(mut self, tolerance: Tolerance) -> Self {
        Arc::make_mut(&mut self.compiled).scheme.tolerance = tolerance;
        self
    }

    /// Replaces all secrets, here and in every clone. Requests that have begun are judged by the old ones.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); the old secrets then stay.
    pub fn replace(&self, secrets: impl Into<Secrets>) -> Result<(), ConfigError> {
        self.keys.store(Arc::new(KeySet::new(self.scheme(), &secrets.into())?));
        Ok(())
    }

    /// Makes `secret` the current one, here and in every clone, and keeps the others behind it. The oldest goes when
    /// there would be more than [`MAX_SECRETS`](crate::MAX_SECRETS); rotating to the same secret again counts too.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); the old secrets then stay.
    pub fn rotate(&self, secret: &Secret) -> Result<(), ConfigError> {
        let key = Key::new(self.scheme(), secret)?;
        // Read again when another change was faster, so that of two at once neither undoes the other.
        self.keys.rcu(|keys| keys.rotated(key.clone()));
        Ok(())
    }

    /// The scheme, with the tolerance in force.
    pub fn scheme(&self) -> &Scheme {
        &self.compiled.scheme
    }

    /// The names of all headers that are looked at.
    pub fn header_names(&self) -> impl Iterator<Item = &HeaderName> {
        self.compiled.wanted.iter()
    }

    /// Verifies a whole request.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] says why it was refused.
    #[inline]
    pub fn verify<'a>(
        &'a self,
        headers: &'a impl Headers,
        body: &'a [u8],
        now: UnixTime,
    ) -> Result<Verified<'a>, VerifyError> {
        self.begin(headers, now)?.finish(body)
    }

    /// Judges what can be judged by the headers alone: that they are there, well-formed, and in time.
    ///
    /// A request that is refused here costs neither its body nor a MAC.
    ///
    /// # Errors
    ///
    /// Every [`VerifyError`]; [`SignatureMismatch`](VerifyError::SignatureMismatch) only of a static token, which has
    /// nothing to do with the body.
    #[inline]
    pub fn begin<'a>(&'a self, headers: &'a impl Headers, now: UnixTime) -> Result<Pending<'a>, VerifyError> {
        let keys = self.keys.load();
        if keys.is_empty() {
            return Err(VerifyError::NotConfigured);
        }
        let request = self.compiled.read(headers, now)?;
        let scheme = &self.compiled.scheme;
        let token = if scheme.algorithm == Algorithm::Token {
            Some(keys.token(scheme, request.candidates).ok_or(VerifyError::SignatureMismatch)?)
        } else {
            None
        };
        Ok(Pending { compiled: &self.compiled, keys, token, headers, request })
    }

    /// Whether there is a secret to verify with.
    pub(crate) fn is_configured(&self) -> bool {
        !self.keys.load().is_empty()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels: Vec<_> = self.keys.load().iter().map(|key| key.label.clone()).collect();
        f.debug_struct("Verifier")
            .field("scheme", self.scheme())
            .field("secrets", &labels)
            .finish_non_exhaustive()
    }
}

fn shared(keys: KeySet) -> Arc<ArcSwap<KeySet>> {
    Arc::new(ArcSwap::from_pointee(keys))
}

/// A scheme with its header names made ready for look-up.
#[derive(Clone)]
pub(crate) struct Compiled {
    pub(crate) scheme: Scheme,
    headers: Names,
    fallback: Option<Names>,
    wanted: Vec<HeaderName>,
    covers_id: bool,
    signed_headers: Box<[&'static str]>,
}

#[derive(Clone)]
struct Names {
    text: scheme::Headers,
    signature: HeaderName,
    id: Option<HeaderName>,
    timestamp: Option<HeaderName>,
    /// The timestamp's header is read only when the list has no such field.
    timestamp_is_optional: bool,
}

/// What was read from a request's headers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) candidates: Candidates<'a>,
    pub(crate) id: Option<&'a [u8]>,
    pub(crate) timestamp_text: &'a [u8],
    pub(crate) timestamp: Option<UnixTime>,
}

impl Compiled {
    fn new(scheme: Scheme) -> Result<Self, ConfigError> {
        if let Some(contradiction) = scheme.contradiction() {
            return Err(ConfigError::Scheme(contradiction));
        }
        let names = |headers: scheme::Headers| Names::new(headers, &scheme);
        let families =
            [Some(scheme.headers), scheme.fallback].into_iter().flatten().flat_map(scheme::Headers::names);
        let signed = scheme.signed.iter().filter_map(|part| match part {
            Part::Header(name) => Some(*name),
            _ => None,
        });
        Ok(Self {
            scheme,
            wanted: families.chain(signed.clone()).map(header_name).collect::<Result<_, _>>()?,
            covers_id: scheme.covers_id(),
            signed_headers: signed.collect(),
            headers: names(scheme.headers)?,
            fallback: scheme.fallback.map(names).transpose()?,
        })
    }

    #[inline]
    fn read<'a>(&self, headers: &'a impl Headers, now: UnixTime) -> Result<Request<'a>, VerifyError> {
        match (self.read_family(&self.headers, headers, now), &self.fallback) {
            (Err(VerifyError::MissingHeader(name)), Some(fallback)) => {
                self.read_fallback(fallback, headers, now, name)
            }
            (read, _) => read,
        }
    }

    /// Without a complete first family the second one is read, and what is missing there is what is told; but of a
    /// request that has nothing of the second, what the first one lacks: `missing`.
    fn read_fallback<'a>(
        &self,
        fallback: &Names,
        headers: &'a impl Headers,
        now: UnixTime,
        missing: &'static str,
    ) -> Result<Request<'a>, VerifyError> {
        if fallback.present(headers) {
            self.read_family(fallback, headers, now)
        } else {
            Err(VerifyError::MissingHeader(missing))
        }
    }

    #[inline]
    fn read_family<'a>(
        &self,
        names: &Names,
        headers: &'a impl Headers,
        now: UnixTime,
    ) -> Result<Request<'a>, VerifyError> {
        let is_family = names.id.is_some();
        let required = |name, text| required(headers, name, text, is_family);
        let id = match (&names.id, names.text.id) {
            (Some(name), Some(text)) if self.covers_id => Some(required(name, text)?),
            (Some(name), Some(text)) => single(headers, name, text)?.filter(|id| !id.is_empty()),
            _ => None,
        };
        let mut timestamp_text: &[u8] = match (&names.timestamp, names.text.timestamp) {
            (Some(name), Some(text)) if !names.timestamp_is_optional => required(name, text)?,
            _ => &[],
        };
        let signature = required(&names.signature, names.text.signature)?;
        if signature.len() > MAX_HEADER_BYTES {
            return Err(VerifyError::MalformedHeader(names.text.signature));
        }

        // The timestamp is judged before the signature's form, as far as it does not stand in the same header.
        let judged = |text: &[u8]| -> Result<Option<UnixTime>, VerifyError> {
            let time = self.scheme.unit.parse(text).ok_or(VerifyError::MalformedTimestamp)?;
            self.scheme.tolerance.judge(time, now)?;
            Ok(Some(time))
        };
        let mut timestamp = match self.scheme.timestamp {
            Some(Place::Header(_)) => judged(timestamp_text)?,
            _ => None,
        };
        let candidates = Candidates::new(&self.scheme, signature, names.text.signature)?;
        match self.scheme.timestamp {
            Some(Place::FieldOrHeader(_, text)) if !candidates.is_list() => {
                let name = names.timestamp.as_ref().ok_or(VerifyError::MissingHeader(text))?;
                timestamp_text = required(name, text)?;
                timestamp = judged(timestamp_text)?;
            }
            Some(Place::Field(tag) | Place::FieldOrHeader(tag, _)) => {
                timestamp_text =
                    candidates.field(tag).ok_or(VerifyError::MalformedHeader(names.text.signature))?;
                timestamp = judged(timestamp_text)?;
            }
            _ => {}
        }
        for name in &self.signed_headers {
            self.signed_header(headers, name)?;
        }
        Ok(Request { candidates, id, timestamp_text, timestamp })
    }

    /// The value of a header that the scheme signs.
    pub(crate) fn signed_header<'a>(
        &self,
        headers: &'a (impl Headers + ?Sized),
        text: &'static str,
    ) -> Result<&'a [u8], VerifyError> {
        let missing = VerifyError::MissingHeader(text);
        let name = self.wanted.iter().find(|name| name.as_str().eq_ignore_ascii_case(text)).ok_or(missing)?;
        single(headers, name, text)?.ok_or(missing)
    }
}

impl Names {
    fn new(text: scheme::Headers, scheme: &Scheme) -> Result<Self, ConfigError> {
        Ok(Self {
            text,
            signature: header_name(text.signature)?,
            id: text.id.map(header_name).transpose()?,
            timestamp: text.timestamp.map(header_name).transpose()?,
            timestamp_is_optional: matches!(scheme.timestamp, Some(Place::FieldOrHeader(..))),
        })
    }

    /// Whether the request has any of the family's headers.
    fn present(&self, headers: &impl Headers) -> bool {
        let names = [Some(&self.signature), self.id.as_ref(), self.timestamp.as_ref()];
        names.into_iter().flatten().any(|name| matches!(headers.first_two(name), [Some([_, ..]), _]))
    }
}

impl TimestampUnit {
    #[inline]
    fn parse(self, text: &[u8]) -> Option<UnixTime> {
        match self {
            Self::Seconds => number(text).map(UnixTime::from_secs),
            Self::Milliseconds => {
                number(text).map(|milliseconds| UnixTime::from_secs(milliseconds.div_euclid(1000)))
            }
            Self::Rfc3339 => {
                let time = chrono::DateTime::parse_from_rfc3339(std::str::from_utf8(text).ok()?).ok()?;
                Some(UnixTime::from_secs(time.timestamp()))
            }
        }
    }
}

fn header_name(text: &'static str) -> Result<HeaderName, ConfigError> {
    HeaderName::try_from(text).map_err(|_| ConfigError::Scheme("a header name is not valid"))
}

/// The only value of a header that must not be repeated.
#[inline]
fn single<'a>(
    headers: &'a (impl Headers + ?Sized),
    name: &HeaderName,
    text: &'static str,
) -> Result<Option<&'a [u8]>, VerifyError> {
    match headers.first_two(name) {
        [_, Some(_)] => Err(VerifyError::RepeatedHeader(text)),
        [first, None] => Ok(first),
    }
}

/// The only value of a header that must be there. Signed text that is empty is as good as absent; a bare header, which is
/// of no family, is judged by its form.
#[inline]
fn required<'a>(
    headers: &'a impl Headers,
    name: &HeaderName,
    text: &'static str,
    is_family: bool,
) -> Result<&'a [u8], VerifyError> {
    single(headers, name, text)?
        .filter(|value| !is_family || !value.is_empty())
        .ok_or(VerifyError::MissingHeader(text))
}

/// Plain ASCII digits without leading zeros, up to `i64::MAX`: the one spelling of a number that all senders use,
/// and the only one of which no two implementations disagree.
#[inline]
fn number(text: &[u8]) -> Option<i64> {
    // Nineteen digits fit into 64 bits, as `i64::MAX` has.
    if text.is_empty() || text.len() > 19 || (text.len() > 1 && text.starts_with(b"0")) {
        return None;
    }
    let (eights, rest) = text.as_chunks();
    let mut number = 0_u64;
    for eight in eights {
        number = number.wrapping_mul(100_000_000).wrapping_add(eight_digits(*eight)?);
    }
    for byte in rest {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.wrapping_mul(10).wrapping_add(digit.into());
    }
    i64::try_from(number).ok()
}

/// The number that eight digits stand for, with a byte, then two, then four for each part of it.
#[inline]
fn eight_digits(text: [u8; 8]) -> Option<u64> {
    const ONES: u64 = u64::MAX / 255;
    let digits = u64::from_le_bytes(text) ^ (ONES * 0x30);
    // Above 9 the upper bit of a byte is set, or is set by adding as much as is 127 with a 9.
    if (digits | digits.wrapping_add(ONES * 0x76)) & (ONES * 0x80) != 0 {
        return None;
    }
    let twos = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = twos.wrapping_mul(100).wrapping_add(twos >> 16) & 0x0000_ffff_0000_ffff;
    Some(fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names() {
        let scheme = Scheme::hmac_sha256("X-Signature", crate::Encoding::Hex)
            .timestamp(Place::Header("x-time"))
            .signed(&[Part::Header("X-Topic"), Part::Timestamp, Part::Body])
            .or_headers("y-id", "y-time", "y-signature");
        let verifier = Verifier::new(scheme, Secret::new("s3cr3t").unwrap()).unwrap();
        let names: Vec<_> = verifier.header_names().map(HeaderName::as_str).collect();
        assert_eq!(names, ["x-time", "x-signature", "y-id", "y-time", "y-signature", "x-topic"]);
    }

    #[test]
    fn numbers_with_any_byte_in_any_place() {
        for length in [1, 7, 8, 9, 10, 16, 17, 19] {
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    let mut text = b"1760630400987654321"[..length].to_vec();
                    text[at] = byte;
                    let is_number = text.iter().all(u8::is_ascii_digit) && (length == 1 || text[0] != b'0');
                    let expected = std::str::from_utf8(&text).ok().filter(|_| is_number);
                    let expected = expected.and_then(|text| text.parse::<i64>().ok());
                    assert_eq!(number(&text), expected, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1614265330", Some(1_614_265_330)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("99999999999999999999999999", None),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("01", None),
            ("1 ", None),
            (" 1", None),
            ("1.0", None),
            ("1e9", None),
            ("1_0", None),
            ("١", None),
        ] {
            assert_eq!(number(text.as_bytes()), expected, "{text:?}");
        }
    }
}
