//! Other keys that a secret's text could stand for.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::Cause;
use crate::scheme::{KeyEncoding, Scheme};

/// Beginnings of secrets that some senders take for part of the key and others do not.
const PREFIXES: [&str; 5] = ["v1,whsec_", "whsec_", "v1,", "secret_", "whsk_"];

type Key = Zeroizing<Vec<u8>>;

/// Each with its cause and what is different, in words. A few dozen at most.
pub(super) fn variants(scheme: &Scheme, text: &str) -> Vec<(Cause, &'static str, Key)> {
    let mut keys = Vec::new();
    let mut add = |cause, how, key: &[u8]| keys.push((cause, how, Zeroizing::new(key.to_vec())));
    let decodes = scheme.key != KeyEncoding::Text;

    let bare = strip(scheme, text);
    if decodes {
        add(Cause::SecretDecoding, "the secret's text as it is, not decoded", text.as_bytes());
        add(Cause::SecretDecoding, "the secret's text without its prefix, not decoded", bare.as_bytes());
    }
    for (how, decoded) in [
        ("the secret decoded from base64", base64(bare)),
        ("the secret decoded from hexadecimal", const_hex::decode(bare).ok()),
        ("the secret decoded from base64 with its prefix", base64(text)),
    ] {
        if let Some(key) = decoded.filter(|key| !key.is_empty()) {
            add(Cause::SecretDecoding, how, &key);
        }
    }
    if bare != text {
        add(Cause::SecretPrefix, "the secret without its prefix", bare.as_bytes());
    }
    for prefix in ["whsec_", "secret_", "v1,whsec_"] {
        let how = "the secret with a prefix before it that was left out here";
        add(Cause::SecretPrefix, how, format!("{prefix}{bare}").as_bytes());
    }
    let trimmed = text.trim();
    if trimmed != text {
        add(Cause::SecretWhitespace, "the secret without the white space around it", trimmed.as_bytes());
    }
    for (before, after) in [("", "\n"), ("", "\r\n"), ("", " "), (" ", "")] {
        let how = "the secret with white space at its end or beginning, as a line of a file has it";
        add(Cause::SecretWhitespace, how, format!("{before}{trimmed}{after}").as_bytes());
    }
    let unquoted = text.trim_matches(['"', '\'', '`']);
    if unquoted != text {
        add(Cause::SecretQuotes, "the secret without its quotes", unquoted.as_bytes());
    }
    for quote in ['"', '\'', '`'] {
        add(Cause::SecretQuotes, "the secret in quotes", format!("{quote}{unquoted}{quote}").as_bytes());
    }
    keys
}

fn strip<'t>(scheme: &Scheme, text: &'t str) -> &'t str {
    let mut bare = text;
    for prefix in scheme.strip {
        bare = bare.strip_prefix(prefix).unwrap_or(bare);
    }
    PREFIXES.iter().find_map(|prefix| bare.strip_prefix(prefix)).unwrap_or(bare)
}

/// Base64 in either alphabet, padded or not.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    [&base64::alphabet::STANDARD, &base64::alphabet::URL_SAFE]
        .into_iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, LENIENT).decode(text).ok())
}
