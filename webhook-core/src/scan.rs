//! Steps over JSON text that is already known to be valid, without building anything.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserializer, Visitor};

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
    let mut depth = Depth::default();
    for (at, byte) in text.bytes().enumerate() {
        depth.step(byte);
        if depth.levels == 0 {
            return at.saturating_add(1);
        }
    }
    text.len()
}

/// Whether `text` is nested deeper than `limit` levels.
pub(crate) fn deeper_than(text: &str, limit: usize) -> bool {
    // Each level takes two bytes. Fewer opening brackets than levels are the usual case.
    if text.len() <= limit.saturating_mul(2) || opening_brackets(text.as_bytes()) <= limit {
        return false;
    }
    let mut depth = Depth::default();
    text.bytes().any(|byte| {
        depth.step(byte);
        depth.levels > limit
    })
}

fn opening_brackets(text: &[u8]) -> usize {
    // Short runs are counted in a byte each, which the compiler turns into vector code.
    text.chunks(u8::MAX.into())
        .map(|run| usize::from(run.iter().map(|byte| u8::from(byte | 0x20 == b'{')).sum::<u8>()))
        .sum()
}

/// How many brackets are open, outside of strings.
#[derive(Default)]
struct Depth {
    levels: usize,
    in_string: bool,
    escaped: bool,
}

impl Depth {
    fn step(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.levels = self.levels.saturating_add(1),
            b'}' | b']' => self.levels = self.levels.saturating_sub(1),
            _ => {}
        }
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
    fn brackets_of_both_kinds() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        assert_eq!(opening_brackets(&all), 2);
        assert_eq!(opening_brackets(&[b'['; 1000]), 1000);
        assert_eq!(opening_brackets(b""), 0);
    }

    #[test]
    fn strings_by_value() {
        assert_eq!(&*unescape(r#""a\u00fc\"\\""#), "aü\"\\".as_bytes());
        assert_eq!(&*unescape(r#""plain""#), b"plain");
        assert_eq!(&*unescape(r#""\ud800""#), b"\xed\xa0\x80");
        assert_eq!(unescape(r#""\ud83d\ude00""#), unescape("\"😀\""));
    }
}
