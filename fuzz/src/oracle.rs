//! Whether a request is authentic, found out a second time: from the documented rules, with the cryptography of `ring`,
//! and by comparing texts where the library compares bytes.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use ring::{hmac, signature};
use webhook_verify::{MAX_HEADER_BYTES, MAX_PUBLIC_KEY_SIGNATURES, MAX_SIGNATURES};

/// A scheme in words.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) algorithm: Algorithm,
    pub(crate) digits: Digits,
    /// Sets of header names; the first complete one is read.
    pub(crate) families: &'static [Family],
    pub(crate) prefix: &'static str,
    /// What stands between entries, and between a tag and its value. Signatures have the tag `v1`.
    pub(crate) list: Option<(u8, u8)>,
    pub(crate) time: Time,
    pub(crate) signed: &'static [Piece],
    pub(crate) key: Key,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
    Token,
    Ed25519,
    EcdsaP256,
}

#[derive(Clone, Copy)]
pub(crate) enum Digits {
    Hex,
    Base64,
}

pub(crate) struct Family {
    pub(crate) id: Option<&'static str>,
    pub(crate) time: Option<&'static str>,
    pub(crate) signature: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Time {
    None,
    Header,
    /// Under the tag `t` of the list.
    Field,
    /// The same, or in the header when the signature stands alone.
    FieldOrHeader,
}

pub(crate) enum Piece {
    Id,
    Time,
    Body,
    Text(&'static str),
    Header(&'static str),
}

#[derive(Clone, Copy)]
pub(crate) enum Key {
    Text,
    Hex,
    /// With these prefixes taken off. A key that begins with `whpk_` is an Ed25519 public key, and its signatures have
    /// the tag `v1a`.
    Base64 {
        strip: &'static [&'static str],
    },
}

/// What the oracle says of a request.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    /// Authentic under the secret of this index.
    Authentic(usize),
    /// Not authentic.
    Refused,
    /// It may be refused, since a header of the first family is repeated; if it is accepted, then under this secret.
    Unclear(usize),
}

pub(crate) fn judge(rules: &Rules, secrets: &[&str], headers: &HeaderMap, body: &[u8], now: i64) -> Answer {
    let repeated = |family: &Family| family.names().any(|name| headers.get_all(name).iter().count() > 1);
    let answer = |family: &Family| authentic(rules, family, secrets, headers, body, now);
    match rules.families {
        [family] => answer(family).map_or(Answer::Refused, Answer::Authentic),
        [first, _] if first.is_complete(headers) => answer(first).map_or(Answer::Refused, Answer::Authentic),
        [first, second] if repeated(first) => answer(second).map_or(Answer::Refused, Answer::Unclear),
        [_, second] => answer(second).map_or(Answer::Refused, Answer::Authentic),
        _ => unreachable!("one family or two"),
    }
}

/// The time that the request claims, if it can be found.
pub(crate) fn claimed_time(rules: &Rules, headers: &HeaderMap) -> Option<i64> {
    let family =
        rules.families.iter().find(|family| family.is_complete(headers)).or(rules.families.first())?;
    let value = single(headers, family.signature)?;
    number(time(rules, family, headers, value)?)
}

impl Family {
    fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.id, self.time, Some(self.signature)].into_iter().flatten()
    }

    fn is_complete(&self, headers: &HeaderMap) -> bool {
        self.names().all(|name| single(headers, name).is_some_and(|value| !value.is_empty()))
    }
}

/// The value of a header that is there once.
fn single<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h [u8]> {
    let values: Vec<&[u8]> = headers.get_all(name).iter().map(http::HeaderValue::as_bytes).collect();
    if let [value] = values[..] { Some(value) } else { None }
}

fn authentic(
    rules: &Rules,
    family: &Family,
    secrets: &[&str],
    headers: &HeaderMap,
    body: &[u8],
    now: i64,
) -> Option<usize> {
    if family.id.is_some() && !family.is_complete(headers) {
        return None;
    }
    let value = single(headers, family.signature)?;
    if value.len() > MAX_HEADER_BYTES {
        return None;
    }
    let mut stamp: &[u8] = b"";
    if rules.time != Time::None {
        stamp = time(rules, family, headers, value)?;
        if i128::from(now).abs_diff(number(stamp)?.into()) > 300 {
            return None;
        }
    }
    let mut message = Vec::new();
    for piece in rules.signed {
        message.extend_from_slice(match piece {
            Piece::Id => single(headers, family.id?)?,
            Piece::Time => stamp,
            Piece::Body => body,
            Piece::Text(text) => text.as_bytes(),
            Piece::Header(name) => single(headers, name)?,
        });
    }
    secrets.iter().position(|secret| {
        let tag: &[u8] = if secret.starts_with("whpk_") { b"v1a" } else { b"v1" };
        let candidates = under_tag(rules, value, tag).unwrap_or_default();
        let count = if is_public(rules, secret) { MAX_PUBLIC_KEY_SIGNATURES } else { candidates.len() };
        candidates.iter().take(count).any(|text| is_signature(rules, secret, text, &message))
    })
}

fn is_public(rules: &Rules, secret: &str) -> bool {
    matches!(rules.algorithm, Algorithm::Ed25519 | Algorithm::EcdsaP256)
        || secret.starts_with("whpk_") && matches!(rules.key, Key::Base64 { .. })
}

fn time<'h>(rules: &Rules, family: &Family, headers: &'h HeaderMap, value: &'h [u8]) -> Option<&'h [u8]> {
    let in_header = || single(headers, family.time?);
    let in_list = || match under_tag(rules, value, b"t")?[..] {
        [value] => Some(value),
        _ => None,
    };
    match rules.time {
        Time::None => None,
        Time::Field => in_list(),
        Time::FieldOrHeader if value.contains(&b'=') => in_list(),
        Time::Header | Time::FieldOrHeader => in_header(),
    }
}

/// Digits as a program would print them.
fn number(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let number: i64 = text.parse().ok()?;
    (number >= 0 && number.to_string() == text).then_some(number)
}

/// The values under a tag; of a bare signature the whole value, whatever the tag.
fn under_tag<'h>(rules: &Rules, value: &'h [u8], tag: &[u8]) -> Option<Vec<&'h [u8]>> {
    let value = value.strip_prefix(rules.prefix.as_bytes())?;
    let is_bare = |pair: u8| rules.time == Time::FieldOrHeader && !value.contains(&pair);
    let Some((separator, pair)) = rules.list.filter(|(_, pair)| !is_bare(*pair)) else {
        return Some(vec![value]);
    };
    let entries: Vec<&[u8]> = value.split(|byte| *byte == separator).collect();
    if entries.len() > MAX_SIGNATURES {
        return None;
    }
    let last = entries.len() - 1;
    let values = entries.into_iter().enumerate().filter_map(|(at, entry)| {
        // Senders that join entries with a comma and a space leave a comma at the end of all but the last.
        let entry = match entry.strip_suffix(b",") {
            Some(entry) if at < last && separator == b' ' => entry,
            _ => entry,
        };
        let middle = entry.iter().position(|byte| *byte == pair)?;
        (trim(&entry[..middle]) == tag).then(|| trim(&entry[middle + 1..]))
    });
    Some(values.collect())
}

fn trim(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| *byte != b' ').unwrap_or(text.len());
    let end = text.iter().rposition(|byte| *byte != b' ').map_or(start, |at| at + 1);
    &text[start..end]
}

fn is_signature(rules: &Rules, secret: &str, text: &[u8], message: &[u8]) -> bool {
    let key = key(rules, secret);
    let algorithm = match rules.algorithm {
        Algorithm::Token => return text == key,
        _ if secret.starts_with("whpk_") => return holds(&signature::ED25519, &key, rules, text, message),
        Algorithm::Ed25519 => return holds(&signature::ED25519, &key, rules, text, message),
        Algorithm::EcdsaP256 => {
            return holds(&signature::ECDSA_P256_SHA256_ASN1, ecdsa_point(), rules, text, message);
        }
        Algorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Algorithm::Sha256 => hmac::HMAC_SHA256,
        Algorithm::Sha512 => hmac::HMAC_SHA512,
    };
    let mac = hmac::sign(&hmac::Key::new(algorithm, &key), message);
    match rules.digits {
        Digits::Hex => hex(mac.as_ref()).as_bytes().eq_ignore_ascii_case(text),
        Digits::Base64 => STANDARD.encode(mac).as_bytes() == text,
    }
}

fn holds(
    algorithm: &'static dyn signature::VerificationAlgorithm,
    key: &[u8],
    rules: &Rules,
    text: &[u8],
    message: &[u8],
) -> bool {
    let decoded = match rules.digits {
        Digits::Hex => unhex(text),
        Digits::Base64 => STANDARD.decode(text).ok(),
    };
    decoded.is_some_and(|bytes| {
        signature::UnparsedPublicKey::new(algorithm, key).verify(message, &bytes).is_ok()
    })
}

fn key(rules: &Rules, secret: &str) -> Vec<u8> {
    match rules.key {
        Key::Text => secret.as_bytes().to_vec(),
        Key::Hex => unhex(secret.as_bytes()).expect("the secrets of a case fit it"),
        Key::Base64 { strip } => {
            let mut text = secret;
            for prefix in strip.iter().chain(&["whpk_"]) {
                text = text.strip_prefix(prefix).unwrap_or(text);
            }
            STANDARD.decode(text).expect("the secrets of a case fit it")
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(four.into(), 16).expect("less than 16");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// The sender of the ECDSA scheme, which the library can only verify.
fn ecdsa_key() -> &'static p256::ecdsa::SigningKey {
    static KEY: OnceLock<p256::ecdsa::SigningKey> = OnceLock::new();
    KEY.get_or_init(|| p256::ecdsa::SigningKey::from_slice(&[7; 32]).expect("a scalar"))
}

fn ecdsa_point() -> &'static [u8] {
    static POINT: OnceLock<Vec<u8>> = OnceLock::new();
    POINT.get_or_init(|| ecdsa_key().verifying_key().to_sec1_point(false).as_bytes().to_vec())
}

/// As the scheme takes it.
pub(crate) fn ecdsa_public_key() -> &'static str {
    use p256::pkcs8::EncodePublicKey;
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| {
        let key = ecdsa_key().verifying_key().to_public_key_der().expect("a key can be written");
        STANDARD.encode(key.as_bytes())
    })
}

pub(crate) fn sign_ecdsa(message: &[u8]) -> String {
    use p256::ecdsa::signature::Signer;
    let signature: p256::ecdsa::DerSignature = ecdsa_key().sign(message);
    STANDARD.encode(signature.as_bytes())
}
