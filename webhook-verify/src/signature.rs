//! Reading signatures out of a header's value.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::scheme::{Encoding, List, Scheme};
use crate::{MAX_SIGNATURES, VerifyError};

/// Longest decoded signature, in bytes: a P-256 signature in DER takes up to 72; HMAC-SHA512 and Ed25519 take 64.
pub(crate) const MAX_DECODED: usize = 72;

/// The signatures of a header's value, each with its tag. A bare signature has none.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Candidates<'h> {
    Bare(&'h [u8]),
    List(&'h [u8], List),
}

impl<'h> Candidates<'h> {
    /// The signatures in `value`.
    ///
    /// A bare signature must decode to `length` bytes. Entries of a list that are no signatures are skipped later,
    /// since the header of one request may hold signatures of several kinds.
    pub(crate) fn new(scheme: &Scheme, value: &'h [u8], name: &'static str) -> Result<Self, VerifyError> {
        let malformed = VerifyError::MalformedHeader(name);
        let value = value.strip_prefix(scheme.prefix.as_bytes()).ok_or(malformed)?;
        match scheme.list {
            Some(list) if !is_bare(scheme, value, list) => {
                // Fewer bytes than that cannot hold so many separators, and need not be counted.
                if value.len() >= MAX_SIGNATURES && separators(value, list) >= MAX_SIGNATURES {
                    return Err(VerifyError::TooManySignatures);
                }
                Ok(Self::List(value, list))
            }
            _ => match scheme.algorithm.signature_length() {
                Some(length) if decode(scheme.encoding, value, length, &mut [0; MAX_DECODED]).is_none() => {
                    Err(malformed)
                }
                _ => Ok(Self::Bare(value)),
            },
        }
    }

    /// The values that stand under `tag`, in order. At most [`MAX_SIGNATURES`], which `new` has checked.
    #[inline]
    pub(crate) fn tagged(self, tag: &'static str) -> impl Iterator<Item = &'h [u8]> {
        let (bare, entries) = match self {
            Self::Bare(value) => (Some(value), None),
            Self::List(value, list) => (None, Some(entries(value, list))),
        };
        bare.into_iter().chain(
            entries
                .into_iter()
                .flatten()
                .filter(move |(found, _)| *found == tag.as_bytes())
                .map(|(_, value)| value),
        )
    }

    /// The only value under `tag`; none when there are several.
    pub(crate) fn field(self, tag: &'static str) -> Option<&'h [u8]> {
        let Self::List(..) = self else { return None };
        let mut values = self.tagged(tag);
        values.next().filter(|_| values.next().is_none())
    }

    pub(crate) const fn is_list(self) -> bool {
        matches!(self, Self::List(..))
    }
}

/// Whether a list's header holds a bare signature, for the schemes that allow both spellings.
fn is_bare(scheme: &Scheme, value: &[u8], list: List) -> bool {
    matches!(scheme.timestamp, Some(crate::Place::FieldOrHeader(..)))
        && single_byte(list.pair).is_none_or(|pair| !value.contains(&pair))
}

#[inline]
fn entries(value: &[u8], list: List) -> impl Iterator<Item = (&[u8], &[u8])> {
    let (separator, pair) = (single_byte(list.separator), single_byte(list.pair));
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let text = rest?;
        let (entry, behind) = separator.and_then(|byte| split(text, byte)).unzip();
        rest = behind;
        let mut entry = trim(entry.unwrap_or(text));
        // Supabase Auth joins with a comma and a space, and so does any hop that folds repeated headers: what is
        // then left of the comma stands at the end of every entry but the last.
        if rest.is_some() && list.separator != ',' {
            entry = entry.strip_suffix(b",").unwrap_or(entry);
        }
        Some(entry)
    })
    .filter_map(move |entry| {
        let (tag, value) = split(entry, pair?)?;
        Some((trim(tag), trim(value)))
    })
}

/// What stands before and behind the first `byte`.
#[inline]
fn split(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let (before, rest) = text.split_at_checked(memchr::memchr(byte, text)?)?;
    Some((before, rest.get(1..)?))
}

fn separators(value: &[u8], list: List) -> usize {
    single_byte(list.separator).map_or(0, |separator| memchr::memchr_iter(separator, value).count())
}

/// A header's value is bytes: a character of more than one is never in it.
fn single_byte(character: char) -> Option<u8> {
    u8::try_from(character).ok()
}

#[inline]
fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] | [rest @ .., b' '] = text {
        text = rest;
    }
    text
}

/// Decodes a signature that must be `length` bytes long into the buffer.
#[inline]
pub(crate) fn decode<'b>(
    encoding: Encoding,
    text: &[u8],
    length: usize,
    buffer: &'b mut [u8; MAX_DECODED],
) -> Option<&'b [u8]> {
    match encoding {
        Encoding::Hex => {
            // The decoder would take a leading `0x` for no digits at all.
            if text.len() != length.saturating_mul(2) || text.starts_with(b"0x") {
                return None;
            }
            const_hex::decode_to_slice(text, buffer.get_mut(..length)?).ok()?;
        }
        Encoding::Base64 => {
            // Checked first, so that what follows fits the buffer.
            if text.len() != length.div_ceil(3).saturating_mul(4)
                || STANDARD.decode_slice(text, buffer).ok()? != length
            {
                return None;
            }
        }
        Encoding::Text => return None,
    }
    buffer.get(..length)
}

pub(crate) fn encode(encoding: Encoding, bytes: &[u8]) -> String {
    match encoding {
        Encoding::Base64 => STANDARD.encode(bytes),
        Encoding::Hex | Encoding::Text => const_hex::encode(bytes),
    }
}
