//! The signature's header in other spellings.

use super::Cause;
use super::secret::base64;
use crate::scheme::{Encoding, Place, Scheme};
use crate::signature::encode;

/// What people and tools put before a signature.
const PREFIXES: [&str; 10] = [
    "hmac-sha256=",
    "hmac-sha256 ",
    "sha256=",
    "sha512=",
    "sha1=",
    "v1=",
    "v1,",
    "v0=",
    "bearer ",
    "signature=",
];

/// Most prefixes taken off one signature.
const MAX_PREFIXES: usize = 3;

/// The header's value as the scheme wants it, each with its cause and what is different.
pub(super) fn variants(scheme: &Scheme, value: &str) -> Vec<(Cause, &'static str, String)> {
    let mut values = Vec::new();
    let unquoted = value.trim().trim_matches(['"', '\'']);
    let other_prefix = "the signature, when it stands behind the prefix that the scheme wants and no other";
    for (cause, how, fix) in [
        (Cause::SignatureQuotes, "the signature without its quotes", Fix { prefix: false, encoding: false }),
        (Cause::SignaturePrefix, other_prefix, Fix { prefix: true, encoding: false }),
        (
            Cause::SignatureEncoding,
            "the signature in the scheme's encoding: this one is written otherwise (hexadecimal, base64, URL-safe base64, without padding)",
            Fix { prefix: true, encoding: true },
        ),
    ] {
        let fixed = match scheme.list {
            None => format!("{}{}", scheme.prefix, fix.apply(scheme, unquoted)),
            Some(list) => {
                let inner = unquoted.strip_prefix(scheme.prefix).unwrap_or(unquoted);
                let field = match scheme.timestamp {
                    Some(Place::Field(tag) | Place::FieldOrHeader(tag, _)) => Some(tag),
                    _ => None,
                };
                let entries: Vec<String> = inner
                    .split(list.separator)
                    .map(|entry| match entry.trim().split_once(list.pair) {
                        Some((tag, text)) if Some(tag.trim()) == field => format!("{tag}{}{text}", list.pair),
                        Some((tag, text)) if tag.trim() == list.tag => {
                            format!("{tag}{}{}", list.pair, fix.apply(scheme, text.trim()))
                        }
                        _ => format!("{}{}{}", list.tag, list.pair, fix.apply(scheme, entry.trim())),
                    })
                    .collect();
                format!("{}{}", scheme.prefix, entries.join(list.separator.encode_utf8(&mut [0; 4])))
            }
        };
        let quoted = unquoted != value.trim();
        if fixed != value && (quoted || cause != Cause::SignatureQuotes) {
            values.push((cause, how, fixed));
        }
    }
    values
}

struct Fix {
    prefix: bool,
    encoding: bool,
}

impl Fix {
    fn apply(&self, scheme: &Scheme, signature: &str) -> String {
        let mut core = signature.strip_prefix(scheme.prefix).unwrap_or(signature);
        if self.prefix {
            for _ in 0..MAX_PREFIXES {
                core = PREFIXES
                    .iter()
                    .find_map(|prefix| {
                        let (before, behind) = core.split_at_checked(prefix.len())?;
                        before.eq_ignore_ascii_case(prefix).then_some(behind)
                    })
                    .unwrap_or(core)
                    .trim();
            }
        }
        let length = scheme.algorithm.signature_length().filter(|_| self.encoding);
        length.and_then(|length| decode(core, length)).map_or_else(
            || core.to_owned(),
            |bytes| match scheme.encoding {
                Encoding::Text => core.to_owned(),
                encoding => encode(encoding, &bytes),
            },
        )
    }
}

/// The bytes of a signature in whatever encoding makes it this long.
pub(super) fn decode(text: &str, length: usize) -> Option<Vec<u8>> {
    [const_hex::decode(text).ok(), base64(text)].into_iter().flatten().find(|bytes| bytes.len() == length)
}
