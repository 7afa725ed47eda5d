use crate::Tolerance;

/// How a provider signs its requests, as data.
///
/// A scheme is a `const`: begin with one of the constructors, which name the signature's header and encoding, and
/// add what differs from a bare signature over the body. A provider of your own is these few lines.
///
/// ```
/// use webhook_verify::Part::{Body, Text, Timestamp};
/// use webhook_verify::{Encoding, Place, Scheme};
///
/// // X-Shop-Signature: t=1767605400,v1=6c99daea…
/// const SHOP: Scheme = Scheme::hmac_sha256("x-shop-signature", Encoding::Hex)
///     .list(',', '=', "v1")
///     .timestamp(Place::Field("t"))
///     .signed(&[Timestamp, Text("."), Body]);
/// ```
///
/// Header names are compared without regard to case; write them in lower case. A name or key that is only known at
/// run time can be leaked once at start (`String::leak`), since a scheme lives as long as the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Scheme {
    pub(crate) algorithm: Algorithm,
    pub(crate) encoding: Encoding,
    pub(crate) headers: Headers,
    pub(crate) fallback: Option<Headers>,
    pub(crate) prefix: &'static str,
    pub(crate) list: Option<List>,
    pub(crate) signed: &'static [Part],
    pub(crate) timestamp: Option<Place>,
    pub(crate) unit: TimestampUnit,
    pub(crate) tolerance: Tolerance,
    pub(crate) key: KeyEncoding,
    pub(crate) strip: &'static [&'static str],
    pub(crate) secret_separator: Option<char>,
    pub(crate) asymmetric_tag: Option<&'static str>,
}

impl Scheme {
    /// HMAC-SHA256 in this header.
    pub const fn hmac_sha256(header: &'static str, encoding: Encoding) -> Self {
        Self::new(Algorithm::HmacSha256, header, encoding)
    }

    /// HMAC-SHA512 in this header.
    pub const fn hmac_sha512(header: &'static str, encoding: Encoding) -> Self {
        Self::new(Algorithm::HmacSha512, header, encoding)
    }

    /// HMAC-SHA1 in this header. Only for senders that offer nothing better.
    pub const fn hmac_sha1(header: &'static str, encoding: Encoding) -> Self {
        Self::new(Algorithm::HmacSha1, header, encoding)
    }

    /// A shared secret sent as it is in this header. It does not cover the body: whoever learns it can send
    /// anything.
    pub const fn token(header: &'static str) -> Self {
        Self::new(Algorithm::Token, header, Encoding::Text)
    }

    /// An Ed25519 signature in this header. Needs the feature `ed25519`.
    #[cfg(feature = "ed25519")]
    pub const fn ed25519(header: &'static str, encoding: Encoding) -> Self {
        Self::new(Algorithm::Ed25519, header, encoding)
    }

    /// An ECDSA signature (P-256, SHA-256, DER) in this header; the key is a base64 `SubjectPublicKeyInfo`. Needs
    /// the feature `ecdsa-p256`.
    #[cfg(feature = "ecdsa-p256")]
    pub const fn ecdsa_p256(header: &'static str, encoding: Encoding) -> Self {
        Self::new(Algorithm::EcdsaP256, header, encoding).key(KeyEncoding::Base64)
    }

    const fn new(algorithm: Algorithm, header: &'static str, encoding: Encoding) -> Self {
        Self {
            algorithm,
            encoding,
            headers: Headers { signature: header, id: None, timestamp: None },
            fallback: None,
            prefix: "",
            list: None,
            signed: &[Part::Body],
            timestamp: None,
            unit: TimestampUnit::Seconds,
            tolerance: Tolerance::DEFAULT,
            key: KeyEncoding::Text,
            strip: &[],
            secret_separator: None,
            asymmetric_tag: None,
        }
    }

    /// Reads the signature from another header.
    pub const fn header(mut self, name: &'static str) -> Self {
        self.headers.signature = name;
        self
    }

    /// Text that must stand before the signature, such as `sha256=` or `Bearer `.
    pub const fn prefix(mut self, prefix: &'static str) -> Self {
        self.prefix = prefix;
        self
    }

    /// The header is a list: entries separated by `separator`, each a tag and a value joined by `pair`. Values whose
    /// tag is `tag` are signatures; any of them may match, other tags are skipped.
    pub const fn list(mut self, separator: char, pair: char, tag: &'static str) -> Self {
        self.list = Some(List { separator, pair, tag, joint: None });
        self
    }

    /// What the sender writes between two entries of a list, where that is not just the separator. Only
    /// [`Signer`](crate::Signer) uses it; reading tolerates spaces and a comma.
    pub const fn joint(mut self, joint: &'static str) -> Self {
        if let Some(list) = &mut self.list {
            list.joint = Some(joint);
        }
        self
    }

    /// What the signature covers, in order. Without this it is the body alone.
    pub const fn signed(mut self, parts: &'static [Part]) -> Self {
        self.signed = parts;
        self
    }

    /// Where the time of signing stands. A request outside the [`tolerance`](Self::tolerance) is refused before its
    /// body is read. The signature must cover it: [`Part::Timestamp`].
    pub const fn timestamp(mut self, place: Place) -> Self {
        self.timestamp = Some(place);
        match place {
            Place::Header(name) | Place::FieldOrHeader(_, name) => self.headers.timestamp = Some(name),
            Place::Field(_) => self.headers.timestamp = None,
        }
        self
    }

    /// The unit of the timestamp; seconds without this.
    pub const fn unit(mut self, unit: TimestampUnit) -> Self {
        self.unit = unit;
        self
    }

    /// How far the timestamp may be from now; 300 seconds either way without this.
    pub const fn tolerance(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The header of the message's id. It is covered by the signature only when [`Part::Id`] is.
    pub const fn id(mut self, header: &'static str) -> Self {
        self.headers.id = Some(header);
        self
    }

    /// A second family of header names (id, timestamp, signature), read when the first is not complete. The two are
    /// never mixed.
    pub const fn or_headers(
        mut self,
        id: &'static str,
        timestamp: &'static str,
        signature: &'static str,
    ) -> Self {
        self.fallback = Some(Headers { signature, id: Some(id), timestamp: Some(timestamp) });
        self
    }

    /// How the secret's text stands for the key's bytes; as it is, in UTF-8, without this.
    pub const fn key(mut self, encoding: KeyEncoding) -> Self {
        self.key = encoding;
        self
    }

    /// Prefixes of the secret's text that are no part of the key. Each is taken off once, in order, if it is there.
    pub const fn strip(mut self, prefixes: &'static [&'static str]) -> Self {
        self.strip = prefixes;
        self
    }

    /// The character between several secrets in one environment variable.
    pub const fn secret_separator(mut self, separator: char) -> Self {
        self.secret_separator = Some(separator);
        self
    }

    /// Secrets that begin with `whpk_` are Ed25519 public keys, and entries of the list with this tag are their
    /// signatures. Such a key is never used for an HMAC.
    pub const fn asymmetric(mut self, tag: &'static str) -> Self {
        self.asymmetric_tag = Some(tag);
        self
    }

    /// The name of the header that carries the signature.
    pub const fn signature_header(&self) -> &'static str {
        self.headers.signature
    }

    /// Whether the signature covers the body. A static token does not.
    pub const fn covers_body(&self) -> bool {
        !matches!(self.algorithm, Algorithm::Token) && self.signs(&Part::Body)
    }

    /// Whether the signature covers the message's id.
    pub const fn covers_id(&self) -> bool {
        !matches!(self.algorithm, Algorithm::Token) && self.signs(&Part::Id)
    }

    /// Whether requests carry a time of signing that is checked.
    pub const fn has_timestamp(&self) -> bool {
        self.timestamp.is_some()
    }

    /// Whether a secret's text is the key of the MAC as it stands: nothing is decoded or taken off.
    pub const fn takes_key_as_text(&self) -> bool {
        matches!(self.key, KeyEncoding::Text)
            && self.strip.is_empty()
            && matches!(self.algorithm, Algorithm::HmacSha256 | Algorithm::HmacSha512 | Algorithm::HmacSha1)
    }

    /// The character between several secrets in one text, if the scheme has one.
    pub const fn separates_secrets(&self) -> Option<char> {
        self.secret_separator
    }

    /// The tag of the list's signatures; empty when the header is no list.
    pub(crate) fn tag(&self) -> &'static str {
        self.list.map_or("", |list| list.tag)
    }

    const fn signs(&self, wanted: &Part) -> bool {
        let mut rest = self.signed;
        while let [part, tail @ ..] = rest {
            if matches!((part, wanted), (Part::Body, Part::Body) | (Part::Id, Part::Id)) {
                return true;
            }
            rest = tail;
        }
        false
    }

    /// The first contradiction of this scheme, in words.
    pub(crate) fn contradiction(&self) -> Option<&'static str> {
        self.contradiction_in_headers().or_else(|| self.contradiction_in_signature()).or_else(|| {
            let list = self.list?;
            let is_plain = |it: char| it.is_ascii() && !it.is_ascii_alphanumeric();
            let timestamp_tag = match self.timestamp {
                Some(Place::Field(tag) | Place::FieldOrHeader(tag, _)) => Some(tag),
                _ => None,
            };
            let mut tags = [Some(list.tag), self.asymmetric_tag, timestamp_tag].into_iter().flatten();
            if list.separator == list.pair || !is_plain(list.separator) || !is_plain(list.pair) {
                Some("the list's separator and pair character must be two ASCII signs")
            } else if tags.any(|tag| tag.is_empty() || tag.contains([list.separator, list.pair])) {
                Some("a tag of the list is empty or holds one of the list's signs")
            } else if timestamp_tag == Some(list.tag) || self.asymmetric_tag == Some(list.tag) {
                Some("two kinds of entries of the list have the same tag")
            } else if matches!(self.timestamp, Some(Place::FieldOrHeader(..)))
                && self.encoding != Encoding::Hex
            {
                Some("a signature that may also stand alone must be hexadecimal, to be told from a list")
            } else {
                None
            }
        })
    }

    fn contradiction_in_headers(&self) -> Option<&'static str> {
        let families = std::iter::once(self.headers).chain(self.fallback);
        let is_header = |name: &str| http::HeaderName::try_from(name).is_ok();
        if !families.clone().flat_map(Headers::names).all(is_header) {
            return Some("a header name is not valid");
        }
        if self.signed.iter().any(|part| matches!(part, Part::Header(name) if !is_header(name))) {
            return Some("a signed header's name is not valid");
        }
        let clash = |family: Headers| {
            let is_signature =
                |name: Option<&str>| name.is_some_and(|name| name.eq_ignore_ascii_case(family.signature));
            is_signature(family.id) || is_signature(family.timestamp)
        };
        families
            .clone()
            .any(clash)
            .then_some("the signature's header is also that of the id or the timestamp")
    }

    fn contradiction_in_signature(&self) -> Option<&'static str> {
        let signs = |part: Part| self.algorithm != Algorithm::Token && self.signed.contains(&part);
        let mut families = std::iter::once(self.headers).chain(self.fallback);
        if signs(Part::Timestamp) && self.timestamp.is_none() {
            Some("the signature covers a timestamp, but the scheme does not say where it stands")
        } else if self.timestamp.is_some() && !signs(Part::Timestamp) {
            Some("the timestamp is checked, but the signature does not cover it, so anyone could change it")
        } else if signs(Part::Id) && families.any(|family| family.id.is_none()) {
            Some("the signature covers an id, but the scheme does not say in which header it stands")
        } else if matches!(self.timestamp, Some(Place::Field(_) | Place::FieldOrHeader(..)))
            && self.list.is_none()
        {
            Some("the timestamp is a field of a list, but the header is not a list")
        } else if (self.algorithm == Algorithm::Token) != (self.encoding == Encoding::Text) {
            Some("a static token, and nothing else, is sent as text")
        } else if self.algorithm != Algorithm::Token
            && !self
                .signed
                .iter()
                .any(|part| matches!(part, Part::Body | Part::Id | Part::Timestamp | Part::Header(_)))
        {
            Some("the signature covers nothing of the request")
        } else if self.signed.iter().filter(|part| **part == Part::Body).count() > 1 {
            Some("the body is signed twice")
        } else {
            None
        }
    }
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// Hexadecimal digits, in either case.
    Hex,
    /// Base64 with the standard alphabet and padding.
    Base64,
    /// The text itself; for static tokens.
    Text,
}

/// A part of what a signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The body's bytes as they were received.
    Body,
    /// The timestamp's text as it was received.
    Timestamp,
    /// The id's text as it was received.
    Id,
    /// A fixed text, such as `.` or `v0:`. A sender that signs its target's URL (Square, HubSpot) gets your public
    /// URL here: it must never be derived from the request.
    Text(&'static str),
    /// The value of a header as it was received. It must be there exactly once.
    Header(&'static str),
}

/// Where a timestamp stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// In a header of its own.
    Header(&'static str),
    /// In the signature's list, under this tag.
    Field(&'static str),
    /// In the signature's list under this tag, or, when the signature's header is no list but a bare signature, in
    /// the header. Both spellings are signed alike.
    FieldOrHeader(&'static str, &'static str),
}

/// The unit of a timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimestampUnit {
    /// Decimal seconds since 1970-01-01 UTC.
    Seconds,
    /// Decimal milliseconds since 1970-01-01 UTC.
    Milliseconds,
    /// A date and time by RFC 3339.
    Rfc3339,
}

/// How a secret's text stands for the key's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyEncoding {
    /// The text's UTF-8 bytes.
    Text,
    /// Base64 with the standard alphabet; missing padding is tolerated.
    Base64,
    /// Hexadecimal digits.
    Hex,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    HmacSha256,
    HmacSha512,
    HmacSha1,
    Token,
    #[cfg(feature = "ed25519")]
    Ed25519,
    #[cfg(feature = "ecdsa-p256")]
    EcdsaP256,
}

/// One family of header names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Headers {
    pub(crate) signature: &'static str,
    pub(crate) id: Option<&'static str>,
    pub(crate) timestamp: Option<&'static str>,
}

impl Headers {
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        [self.id, self.timestamp, Some(self.signature)].into_iter().flatten()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) separator: char,
    pub(crate) pair: char,
    pub(crate) tag: &'static str,
    pub(crate) joint: Option<&'static str>,
}
