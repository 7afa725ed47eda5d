//! Steps over JSON text that is already known to be valid, without building anything.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use wide::u8x16;

/// Where a reader stands in a valid JSON text. On a text that is not valid the steps end early; they never panic.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    pub(crate) const fn new(text: &'t str) -> Self {
        Self { rest: text }
    }

    /// The next byte that is not white space.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_ascii_start();
        self.rest.bytes().next()
    }

    /// Steps over the next byte when it is one of `bytes`.
    pub(crate) fn skip(&mut self, bytes: &[u8]) -> bool {
        let found = self.peek().is_some_and(|byte| bytes.contains(&byte));
        if found {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        found
    }

    /// Steps over a whole value and hands out its text.
    pub(crate) fn value(&mut self) -> &'t str {
        let first = self.peek();
        let length = match first {
            Some(b'"') => string_length(self.rest),
            Some(b'{' | b'[') => nested_length(self.rest),
            // At least one byte, so that each step makes progress.
            _ => self.rest.find([',', ']', '}', ' ', '\n', '\r', '\t']).unwrap_or(self.rest.len()).max(1),
        };
        let (value, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        value
    }

    /// Steps over a key and its colon inside an object; `None` at the object's end.
    pub(crate) fn key(&mut self) -> Option<&'t str> {
        self.skip(b"{,");
        if self.peek() != Some(b'"') {
            return None;
        }
        let key = self.value();
        self.skip(b":");
        Some(key)
    }
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at.saturating_add(1),
            _ => {}
        }
    }
    text.len()
}

fn nested_length(text: &str) -> usize {
    let mut levels = 0_usize;
    let end = find_bracket(text.as_bytes(), |_, opens| {
        levels = if opens { levels.saturating_add(1) } else { levels.saturating_sub(1) };
        levels == 0
    });
    end.map_or(text.len(), |at| at.saturating_add(1))
}

/// Whether `text` is nested deeper than `limit` levels.
#[cfg(any(feature = "fluxbase", feature = "notion", test))]
pub(crate) fn deeper_than(text: &str, limit: usize) -> bool {
    let text = text.as_bytes();
    // Each level takes two bytes. Fewer opening brackets than levels, counted in strings too, are the usual case.
    if text.len() <= limit.saturating_mul(2) || !has_more_opening_brackets(text, limit) {
        return false;
    }
    let mut levels = 0_usize;
    find_bracket(text, |_, opens| {
        levels = if opens { levels.saturating_add(1) } else { levels.saturating_sub(1) };
        levels > limit
    })
    .is_some()
}

#[cfg(any(feature = "fluxbase", feature = "notion", test))]
fn has_more_opening_brackets(text: &[u8], limit: usize) -> bool {
    let mut brackets = 0_usize;
    // Short runs are counted in a byte each, which the compiler turns into vector code.
    text.chunks(u8::MAX.into()).any(|run| {
        let found: u8 = run.iter().map(|byte| u8::from(byte | 0x20 == b'{')).sum();
        brackets = brackets.saturating_add(found.into());
        brackets > limit
    })
}

/// Bytes that are looked at together: a bit for each in a `u64`.
const BLOCK: usize = 64;

/// The place of the first bracket outside of strings for which `wanted` is true. It is told the place, and whether the
/// bracket opens.
///
/// Depth is judged for every free-form value that is read, so this must cost little beside the reading. Stepping from
/// byte to byte costs more than twice what `serde_json` takes to read the text; 64 bytes at a time cost a sixth.
fn find_bracket(text: &[u8], mut wanted: impl FnMut(usize, bool) -> bool) -> Option<usize> {
    let (blocks, rest) = text.as_chunks();
    let mut last = [b' '; BLOCK];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let mut strings = Strings::default();
    for (number, block) in blocks.iter().chain([&last]).enumerate() {
        let mut brackets = strings.brackets_outside(block);
        while brackets != 0 {
            let bit = usize::try_from(brackets.trailing_zeros()).unwrap_or_default();
            let at = number.saturating_mul(BLOCK).saturating_add(bit);
            // `{` and `[` have this bit, `}` and `]` have not.
            if wanted(at, block.get(bit).is_some_and(|byte| byte & 0b10 != 0)) {
                return Some(at);
            }
            brackets &= brackets.wrapping_sub(1);
        }
    }
    None
}

/// Tells what is inside of strings, from block to block of a text. Each set of bytes is a `u64`, the first byte its
/// lowest bit.
#[derive(Default)]
struct Strings {
    /// All bits, when the block begins inside of a string.
    inside: u64,
    /// The lowest bit, when the block's first byte is escaped.
    escaped: u64,
}

impl Strings {
    #[inline]
    fn brackets_outside(&mut self, block: &[u8; BLOCK]) -> u64 {
        let (parts, _) = block.as_chunks::<16>();
        let set = |of: fn(u8x16) -> u8x16| {
            parts
                .iter()
                .rev()
                .fold(0, |set: u64, part| set << 16 | u64::from(of(u8x16::new(*part)).to_bitmask()))
        };
        let backslashes = set(|bytes| bytes.simd_eq(u8x16::splat(b'\\')));
        let quotes = set(|bytes| bytes.simd_eq(u8x16::splat(b'"')));
        // The four brackets without the bits in which they differ. What else looks like that (`Y`, `_`, `y`, DEL) is
        // never outside of a string.
        let brackets = set(|bytes| (bytes | u8x16::splat(0x26)).simd_eq(u8x16::splat(0x7f)));
        if backslashes | quotes | brackets | self.escaped == 0 {
            return 0;
        }
        // Between a quote and the next one all bits are set: each is the parity of the quotes up to it.
        let mut strings = quotes & !self.take_escaped(backslashes);
        for shift in [1, 2, 4, 8, 16, 32] {
            strings ^= strings << shift;
        }
        strings ^= self.inside;
        self.inside = (strings >> 63).wrapping_neg();
        brackets & !strings
    }

    /// The bytes that a backslash escapes. Keeps for the next block whether its first one is.
    #[inline]
    fn take_escaped(&mut self, mut backslashes: u64) -> u64 {
        let mut escaped = std::mem::take(&mut self.escaped);
        backslashes &= !escaped;
        while backslashes != 0 {
            let backslash = backslashes & backslashes.wrapping_neg();
            let next = backslash << 1;
            self.escaped = u64::from(next == 0);
            escaped |= next;
            backslashes &= !(backslash | next);
        }
        escaped
    }
}

/// The text that a JSON string stands for. A lone surrogate, which no text can hold, becomes the three bytes that
/// generalised UTF-8 has for it.
pub(crate) fn unescape(string: &str) -> Cow<'_, [u8]> {
    if !string.contains('\\') {
        return Cow::Borrowed(string.trim_matches('"').as_bytes());
    }
    match serde_json::Deserializer::from_str(string).deserialize_bytes(Bytes) {
        Ok(bytes) => Cow::Owned(bytes),
        Err(_) => Cow::Borrowed(string.as_bytes()),
    }
}

struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_no_json_end_early() {
        for text in ["", " ", "{", "[", "\"", "\"\\", "{\"a", "{\"a\":", "}", "]", ",,,", "é", "[}", "{]"] {
            let mut cursor = Cursor::new(text);
            while cursor.key().is_some() {
                cursor.value();
            }
            cursor.value();
            assert!(!deeper_than(text, 1), "{text}");
        }
    }

    #[test]
    fn opening_brackets_are_counted_up_to_the_limit() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        assert!(has_more_opening_brackets(&all, 1) && !has_more_opening_brackets(&all, 2));
        assert!(
            has_more_opening_brackets(&[b'['; 1000], 999) && !has_more_opening_brackets(&[b'['; 1000], 1000)
        );
        assert!(!has_more_opening_brackets(b"", 0));
    }

    /// The same byte by byte, as simple as it can be.
    fn brackets_by_byte(text: &str) -> Vec<(usize, bool)> {
        let (mut in_string, mut escaped) = (false, false);
        let mut found = Vec::new();
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                b'{' | b'[' if !in_string => found.push((at, true)),
                b'}' | b']' if !in_string => found.push((at, false)),
                _ => {}
            }
        }
        found
    }

    fn brackets(text: &str) -> Vec<(usize, bool)> {
        let mut found = Vec::new();
        find_bracket(text.as_bytes(), |at, opens| {
            found.push((at, opens));
            false
        });
        found
    }

    #[test]
    fn brackets_are_found_wherever_a_block_ends() {
        let strings = [
            "",
            "}",
            "\\\"",
            "\\\\",
            "\\\\\\\"]",
            "yY_\u{7f}",
            "{[]}",
            "é{",
            "\\\\\\\\",
            "\\n\\n]\\n",
            "\\u005b",
        ];
        let mut texts = Vec::new();
        for (number, string) in strings.into_iter().enumerate() {
            for shift in 0..=130 {
                let before = " ".repeat(shift);
                let other = strings[(number + shift) % strings.len()];
                texts.push(format!(
                    r#"{before}[{{"{string}":"{other}"}},[["{other}{string}"],1.5e3,true],null]"#
                ));
                texts.push(format!(r#"["{}{string}","{other}",{{}}]"#, "a".repeat(shift)));
            }
        }
        for text in texts {
            serde_json::from_str::<de::IgnoredAny>(&text).expect(&text);
            assert_eq!(brackets(&text), brackets_by_byte(&text), "{text}");
        }
    }

    #[test]
    fn depth_is_exact() {
        for levels in [1, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1000] {
            let text = format!("{}\"{}\"{}", "[".repeat(levels), "[".repeat(levels), "]".repeat(levels));
            assert!(deeper_than(&text, levels - 1), "{levels}");
            assert!(!deeper_than(&text, levels), "{levels}");
            // Brackets inside of strings close nothing.
            let text = format!("{}1{}", "[\"]}\",".repeat(levels), "]".repeat(levels));
            assert!(deeper_than(&text, levels - 1), "{levels}");
            assert!(!deeper_than(&text, levels), "{levels}");
            assert_eq!(Cursor::new(&format!("{text},1")).value(), text);
        }
    }

    #[test]
    fn strings_by_value() {
        assert_eq!(&*unescape(r#""a\u00fc\"\\""#), "aü\"\\".as_bytes());
        assert_eq!(&*unescape(r#""plain""#), b"plain");
        assert_eq!(&*unescape(r#""\ud800""#), b"\xed\xa0\x80");
        assert_eq!(unescape(r#""\ud83d\ude00""#), unescape("\"😀\""));
    }
}
