//! Reading signatures out of a header's value.

use crate::base64;
use crate::scheme::{Encoding, List, Scheme};
use crate::{MAX_SIGNATURES, VerifyError};

/// The signatures of a header's value, each with its tag. A bare signature has none.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Candidates<'h> {
    Bare(&'h [u8]),
    List(&'h [u8], Signs),
}

/// The signs of a [`List`], as bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signs {
    separator: u8,
    pair: u8,
}

impl Signs {
    /// None when they are no single bytes, which `Scheme::contradiction` has ruled out.
    fn new(list: List) -> Option<Self> {
        Some(Self { separator: u8::try_from(list.separator).ok()?, pair: u8::try_from(list.pair).ok()? })
    }
}

impl<'h> Candidates<'h> {
    /// The signatures in `value`.
    ///
    /// A bare signature must decode to `length` bytes. Entries of a list that are no signatures are skipped later,
    /// since the header of one request may hold signatures of several kinds.
    #[inline]
    pub(crate) fn new(scheme: &Scheme, value: &'h [u8], name: &'static str) -> Result<Self, VerifyError> {
        let malformed = VerifyError::MalformedHeader(name);
        let value = value.strip_prefix(scheme.prefix.as_bytes()).ok_or(malformed)?;
        if let Some(list) = scheme.list {
            let signs = Signs::new(list).ok_or(malformed)?;
            if !is_bare(scheme, value, signs) {
                // Fewer bytes than that cannot hold so many separators, and need not be counted.
                if value.len() >= MAX_SIGNATURES
                    && memchr::memchr_iter(signs.separator, value).count() >= MAX_SIGNATURES
                {
                    return Err(VerifyError::TooManySignatures);
                }
                return Ok(Self::List(value, signs));
            }
        }
        match scheme.algorithm.signature_length() {
            Some(length) if !is_well_formed(scheme.encoding, value, length) => Err(malformed),
            _ => Ok(Self::Bare(value)),
        }
    }

    /// The values that stand under `tag`, in order. At most [`MAX_SIGNATURES`], which `new` has checked.
    #[inline]
    pub(crate) fn tagged(self, tag: &'static str) -> Tagged<'h> {
        match self {
            Self::Bare(value) => Tagged { rest: Some(value), signs: None, tag },
            Self::List(value, signs) => Tagged { rest: Some(value), signs: Some(signs), tag },
        }
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
fn is_bare(scheme: &Scheme, value: &[u8], signs: Signs) -> bool {
    matches!(scheme.timestamp, Some(crate::Place::FieldOrHeader(..))) && !value.contains(&signs.pair)
}

/// The values under one tag. Made by [`Candidates::tagged`].
pub(crate) struct Tagged<'h> {
    rest: Option<&'h [u8]>,
    /// None: all of the rest is one value.
    signs: Option<Signs>,
    tag: &'static str,
}

impl<'h> Iterator for Tagged<'h> {
    type Item = &'h [u8];

    #[inline]
    fn next(&mut self) -> Option<&'h [u8]> {
        loop {
            let text = self.rest.take()?;
            let Some(Signs { separator, pair }) = self.signs else { return Some(text) };
            let mut entry = text;
            if let Some((before, behind)) = split(text, memchr::memchr(separator, text)) {
                entry = trim(before);
                self.rest = Some(behind);
                // Supabase Auth joins with a comma and a space, and so does any hop that folds repeated headers:
                // what is then left of the comma stands at the end of every entry but the last.
                if separator != b',' {
                    entry = entry.strip_suffix(b",").unwrap_or(entry);
                }
            }
            // The tag comes first and is short.
            let Some((tag, value)) = split(entry, entry.iter().position(|byte| *byte == pair)) else {
                continue;
            };
            if trim(tag) == self.tag.as_bytes() {
                return Some(trim(value));
            }
        }
    }
}

/// What stands before and behind the byte at this place.
#[inline]
fn split(text: &[u8], at: Option<usize>) -> Option<(&[u8], &[u8])> {
    let (before, rest) = text.split_at_checked(at?)?;
    Some((before, rest.get(1..)?))
}

#[inline]
fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] | [rest @ .., b' '] = text {
        text = rest;
    }
    text
}

/// Whether a text stands for `length` bytes.
fn is_well_formed(encoding: Encoding, text: &[u8], length: usize) -> bool {
    match (encoding, length) {
        (Encoding::Hex, _) => text.len() == length.saturating_mul(2) && const_hex::check_raw(text),
        (_, 20) => decode::<20>(encoding, text).is_some(),
        (_, 32) => decode::<32>(encoding, text).is_some(),
        (_, 64) => decode::<64>(encoding, text).is_some(),
        _ => false,
    }
}

/// Decodes a signature that must be `LENGTH` bytes long.
#[inline]
pub(crate) fn decode<const LENGTH: usize>(encoding: Encoding, text: &[u8]) -> Option<[u8; LENGTH]> {
    match encoding {
        Encoding::Hex => {
            // The decoder would take a leading `0x` for no digits at all.
            if text.len() != LENGTH.saturating_mul(2) || text.starts_with(b"0x") {
                return None;
            }
            let mut bytes = [0; LENGTH];
            const_hex::decode_to_slice(text, &mut bytes).ok()?;
            Some(bytes)
        }
        Encoding::Base64 => base64::decode(text),
        Encoding::Text => None,
    }
}

pub(crate) fn encode(encoding: Encoding, bytes: &[u8]) -> String {
    match encoding {
        Encoding::Base64 => base64::encode(bytes),
        Encoding::Hex | Encoding::Text => const_hex::encode(bytes),
    }
}
