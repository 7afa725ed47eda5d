//! Other readings of a request until one verifies, and what is odd when none does.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use webhook_core::UnixTime;

use super::{Cause, Explain, Hint, MAX_HASHED, TRIAL, body, secret, signature};
use crate::scheme::{Algorithm, Encoding, Part, Scheme};
use crate::{Secret, Secrets, Tolerance, Verifier, VerifyError};

/// The search for one request.
pub(super) struct Search<'a> {
    explain: &'a Explain<'a>,
    headers: &'a HeaderMap,
    body: &'a [u8],
    left: usize,
}

impl<'a> Search<'a> {
    pub(super) const fn new(explain: &'a Explain<'a>, headers: &'a HeaderMap, body: &'a [u8]) -> Self {
        Self { explain, headers, body, left: MAX_HASHED }
    }

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
    pub(super) fn found(&mut self) -> Option<Hint> {
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
    pub(super) fn likely(&self, error: VerifyError, hints: &mut Vec<Hint>) {
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
        let announced = self.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity");
        let compressed = [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"\x78\x01", b"\x78\x9c", b"\x78\xda"]
            .iter()
            .any(|magic| body.starts_with(magic));
        // Brotli and bare deflate have no such beginning. What is announced and reads as no text is compressed.
        if compressed || (announced && !is_text(body)) {
            let message = "the body is still compressed, and senders sign it before that: decompress first";
            let says = if announced { ", as its Content-Encoding says" } else { "" };
            add(Cause::CompressedBody, format!("{message}{says}"));
        } else if announced {
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

fn is_text(body: &[u8]) -> bool {
    std::str::from_utf8(body)
        .is_ok_and(|text| !text.contains(|it: char| it.is_control() && !it.is_whitespace()))
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
