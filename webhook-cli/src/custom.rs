//! Schemes from flags.

use webhook_core::RawJson;
use webhook_verify::{
    Encoding, Identity, KeyEncoding, Part, Place, Provider, Scheme, TimestampUnit, Tolerance,
};

use crate::args::{AlgorithmArg, CustomArgs, EncodingArg, KeyArg, UnitArg};
use crate::report::Failure;

/// A sender that only the flags describe.
#[derive(Debug)]
pub(crate) struct Custom;

impl Provider for Custom {
    const NAME: &'static str = "custom";
    const SECRET_ENV: &'static [&'static str] = &[];
    // Replaced by what the flags say.
    const SCHEME: Scheme = Scheme::hmac_sha256("x-signature", Encoding::Hex);
    const IDENTITY: Identity = Identity::Id;
    type Event = RawJson;
}

impl CustomArgs {
    /// Whether any of the flags is there.
    pub(crate) fn is_given(&self) -> bool {
        let Self {
            header,
            algorithm,
            encoding,
            prefix,
            list,
            pair: _,
            accept: _,
            signed,
            timestamp_header,
            timestamp_field,
            timestamp_unit,
            tolerance,
            id_header,
            key_decode,
            strip_prefix,
        } = self;
        let texts = [header, prefix, signed, timestamp_header, timestamp_field, id_header];
        texts.iter().any(|text| text.is_some())
            || algorithm.is_some()
            || encoding.is_some()
            || list.is_some()
            || timestamp_unit.is_some()
            || tolerance.is_some()
            || key_decode.is_some()
            || !strip_prefix.is_empty()
    }

    /// The scheme that the flags describe, on the ground of the provider's where there is one.
    pub(crate) fn scheme(&self, provider: Option<Scheme>) -> Result<Scheme, Failure> {
        let mut scheme = match (provider, self.algorithm, self.encoding) {
            (Some(scheme), None, None) => match &self.header {
                Some(header) => scheme.header(name(header)),
                None => scheme,
            },
            (provider, algorithm, encoding) => {
                let header = match (&self.header, provider) {
                    (Some(header), _) => name(header),
                    (None, Some(scheme)) => scheme.signature_header(),
                    (None, None) => {
                        return Err(Failure::usage(
                            "say who sends: --provider, or --header, where its signature stands; one that stands \
                             inside the body is no scheme that these flags can describe",
                        ));
                    }
                };
                bare(header, algorithm, encoding)
            }
        };
        if let Some(prefix) = &self.prefix {
            scheme = scheme.prefix(leak(prefix));
        }
        if let Some(separator) = self.list {
            let tag = self.accept.as_deref().unwrap_or("v1");
            scheme = scheme.list(separator, self.pair.unwrap_or('='), leak(tag));
        }
        scheme = match (&self.timestamp_field, &self.timestamp_header) {
            (Some(field), Some(header)) => scheme.timestamp(Place::FieldOrHeader(leak(field), name(header))),
            (Some(field), None) => scheme.timestamp(Place::Field(leak(field))),
            (None, Some(header)) => scheme.timestamp(Place::Header(name(header))),
            (None, None) => scheme,
        };
        if let Some(unit) = self.timestamp_unit {
            scheme = scheme.unit(match unit {
                UnitArg::S => TimestampUnit::Seconds,
                UnitArg::Ms => TimestampUnit::Milliseconds,
                UnitArg::Rfc3339 => TimestampUnit::Rfc3339,
            });
        }
        if let Some(seconds) = self.tolerance {
            scheme = scheme.tolerance(Tolerance::seconds(seconds));
        }
        if let Some(signed) = &self.signed {
            let parts = parts(signed)?;
            // Most senders of an id put it beside the signature, under a name of the same family.
            let sibling = scheme.signature_header().strip_suffix("-signature");
            if let (true, None, Some(family)) = (parts.contains(&Part::Id), &self.id_header, sibling) {
                scheme = scheme.id(leak(&format!("{family}-id")));
            }
            scheme = scheme.signed(parts.leak());
        }
        if let Some(header) = &self.id_header {
            scheme = scheme.id(name(header));
        }
        if let Some(key) = self.key_decode {
            scheme = scheme.key(match key {
                KeyArg::Text => KeyEncoding::Text,
                KeyArg::Base64 => KeyEncoding::Base64,
                KeyArg::Hex => KeyEncoding::Hex,
            });
        }
        if !self.strip_prefix.is_empty() {
            let prefixes: Vec<_> = self.strip_prefix.iter().map(|prefix| leak(prefix)).collect();
            scheme = scheme.strip(prefixes.leak());
        }
        Ok(scheme)
    }
}

fn bare(header: &'static str, algorithm: Option<AlgorithmArg>, encoding: Option<EncodingArg>) -> Scheme {
    let text = matches!(encoding, Some(EncodingArg::Text));
    let encoding = match encoding {
        Some(EncodingArg::Base64) => Encoding::Base64,
        Some(EncodingArg::Text) => Encoding::Text,
        Some(EncodingArg::Hex) | None => Encoding::Hex,
    };
    match algorithm.unwrap_or(if text { AlgorithmArg::Token } else { AlgorithmArg::HmacSha256 }) {
        AlgorithmArg::HmacSha1 => Scheme::hmac_sha1(header, encoding),
        AlgorithmArg::HmacSha256 => Scheme::hmac_sha256(header, encoding),
        AlgorithmArg::HmacSha512 => Scheme::hmac_sha512(header, encoding),
        AlgorithmArg::Token => Scheme::token(header),
        AlgorithmArg::Ed25519 => Scheme::ed25519(header, encoding),
        AlgorithmArg::EcdsaP256 => Scheme::ecdsa_p256(header, encoding),
    }
}

/// `{timestamp}`, `{id}`, `{body}`, `{header:Name}`, and all other text as it stands.
fn parts(template: &str) -> Result<Vec<Part>, Failure> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(char) = rest.chars().next() {
        let behind = rest.get(char.len_utf8()..).unwrap_or_default();
        rest = behind;
        match char {
            '{' | '}' if behind.starts_with(char) => {
                text.push(char);
                rest = behind.get(1..).unwrap_or_default();
            }
            '{' => {
                let (inner, behind) = behind.split_once('}').ok_or_else(|| {
                    Failure::usage("--signed: a brace is not closed; a brace itself is written `{{`")
                })?;
                rest = behind;
                if !text.is_empty() {
                    parts.push(Part::Text(leak(&std::mem::take(&mut text))));
                }
                parts.push(match inner.split_once(':').unwrap_or((inner, "")) {
                    ("body", "") => Part::Body,
                    ("timestamp", "") => Part::Timestamp,
                    ("id", "") => Part::Id,
                    ("header", header) if !header.is_empty() => Part::Header(name(header)),
                    _ => {
                        return Err(Failure::usage(
                            "--signed: known are {timestamp}, {id}, {body} as it was received, and {header:Name}; a URL \
                             or a method is written out",
                        ));
                    }
                });
            }
            other => text.push(other),
        }
    }
    if !text.is_empty() {
        parts.push(Part::Text(leak(&text)));
    }
    Ok(parts)
}

/// A header's name, as schemes want it.
fn name(text: &str) -> &'static str {
    text.trim().to_ascii_lowercase().leak()
}

/// A scheme lives as long as the program, and so does what the user typed once.
fn leak(text: &str) -> &'static str {
    text.to_owned().leak()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates() {
        let cases: [(&str, &[Part]); 5] = [
            ("{body}", &[Part::Body]),
            ("v0:{timestamp}:{body}", &[Part::Text("v0:"), Part::Timestamp, Part::Text(":"), Part::Body]),
            ("{id}.{header:X-Topic}", &[Part::Id, Part::Text("."), Part::Header("x-topic")]),
            ("{{a}}{body}ž", &[Part::Text("{a}"), Part::Body, Part::Text("ž")]),
            ("", &[]),
        ];
        for (template, expected) in cases {
            assert_eq!(parts(template).unwrap(), expected, "{template}");
        }
        for wrong in ["{", "{bod}", "{header:}", "{body", "{header}"] {
            assert!(parts(wrong).is_err(), "{wrong}");
        }
    }
}
