use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::error::Category;

/// A body that could not be read into its event type.
///
/// It says where ([`path`](Self::path), [`line`](Self::line), [`column`](Self::column)) and what was expected
/// there, and never repeats a value that the sender wrote, so it may be logged and answered. Only keys of the body
/// appear, in the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    syntax: bool,
    path: Box<str>,
    line: usize,
    column: usize,
    problem: Box<str>,
}

/// Longest path that an error keeps, in bytes: keys are the sender's text and must not fill a log.
const MAX_PATH: usize = 256;

impl ParseError {
    /// The body is not JSON: malformed, cut off, not UTF-8, or nested deeper than 128 levels.
    pub const fn is_syntax(&self) -> bool {
        self.syntax
    }

    /// The body is JSON, but not of the shape that was asked for.
    pub const fn is_data(&self) -> bool {
        !self.syntax
    }

    /// Where the body does not fit, such as `data.email_addresses[0].id`; empty for the top of the body.
    ///
    /// It is cut after 256 bytes.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The line of the misfit, counted from 1, or 0 when it is not known.
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The byte in the line, counted from 1, or 0 when it is not known.
    pub const fn column(&self) -> usize {
        self.column
    }

    /// A stable word for programs: `not_json` or `wrong_shape`.
    pub const fn code(&self) -> &'static str {
        if self.syntax { "not_json" } else { "wrong_shape" }
    }

    pub(crate) fn new(error: &serde_json::Error, path: String) -> Self {
        let syntax = !matches!(error.classify(), Category::Data);
        let problem = problem(error, syntax);
        let mut path = path;
        if let Some((below, problem)) =
            problem.strip_prefix(SET_ASIDE).and_then(|rest| rest.rsplit_once("`: "))
        {
            if !path.is_empty() && !below.starts_with('[') {
                path.push('.');
            }
            path.push_str(below);
            return Self::at(error, syntax, path, problem);
        }
        if let Some(field) = problem.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(field);
        }
        Self::at(error, syntax, path, &problem)
    }

    fn at(error: &serde_json::Error, syntax: bool, mut path: String, problem: &str) -> Self {
        if path.len() > MAX_PATH {
            path.truncate(path.floor_char_boundary(MAX_PATH));
        }
        Self {
            syntax,
            path: if syntax { Box::default() } else { path.into() },
            line: error.line(),
            column: error.column(),
            problem: problem.into(),
        }
    }

    /// A member that must be there is not; the path is where it should be.
    pub fn is_missing_field(&self) -> bool {
        self.problem.starts_with("missing field `")
    }

    /// The same error, seen from the object that holds the value under `key`.
    pub(crate) fn below(mut self, key: &str) -> Self {
        if !self.syntax {
            let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
            let mut path = format!("{key}{dot}{}", self.path);
            if path.len() > MAX_PATH {
                path.truncate(path.floor_char_boundary(MAX_PATH));
            }
            self.path = path.into();
        }
        self
    }

    fn not_utf8(body: &[u8], valid_up_to: usize) -> Self {
        let before = body.get(..valid_up_to).unwrap_or_default();
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at.saturating_add(1));
        Self {
            syntax: true,
            path: Box::default(),
            line: before.split(|&byte| byte == b'\n').count(),
            column: valid_up_to.saturating_sub(line_start).saturating_add(1),
            problem: "the text is not UTF-8".into(),
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.syntax { "not valid JSON" } else { "unexpected shape" };
        f.write_str(what)?;
        if !self.path.is_empty() {
            write!(f, " at `{}`", self.path)?;
        }
        write!(f, ": {}", self.problem)?;
        if self.line > 0 {
            write!(f, " (line {}, column {})", self.line, self.column)?;
        }
        Ok(())
    }
}

impl std::error::Error for ParseError {}

/// The part of a `serde_json` message that is ours: what was expected, without what the sender wrote.
fn problem(error: &serde_json::Error, syntax: bool) -> String {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    if syntax || message.starts_with("missing field `") || message.starts_with(SET_ASIDE) {
        // None holds the sender's text: serde_json's syntax messages are fixed, the field is the model's, and what
        // was set aside has been through here before.
        return message.to_owned();
    }
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if !expected.contains(['`', '"']) => format!("expected {expected}"),
        _ => "the value does not fit".to_owned(),
    }
}

/// The body as text. Checking it once and parsing a `&str` is faster than letting the parser check each string.
pub(crate) fn text(body: &[u8]) -> Result<&str, ParseError> {
    std::str::from_utf8(body).map_err(|error| ParseError::not_utf8(body, error.valid_up_to()))
}

pub(crate) fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ParseError> {
    from_text(text(body)?)
}

pub(crate) fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, ParseError> {
    serde_json::from_str(text).map_err(|error| trace(text, &error, std::marker::PhantomData::<T>))
}

/// Reads `text` once more to learn the path of the misfit. Only ever called for bodies that did not parse.
pub(crate) fn trace<'de, S: DeserializeSeed<'de>>(
    text: &'de str,
    error: &serde_json::Error,
    seed: S,
) -> ParseError {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut track = serde_path_to_error::Track::new();
    let traced = seed.deserialize(serde_path_to_error::Deserializer::new(&mut deserializer, &mut track));
    match traced {
        Err(traced) => {
            let path = track.path().to_string();
            ParseError::new(&traced, if path == "." { String::new() } else { path })
        }
        // What is wrong stands behind the value (trailing characters).
        Ok(_) => ParseError::new(error, String::new()),
    }
}

/// How the message of a misfit begins that lies in a part of the body that was set aside.
const SET_ASIDE: &str = "misfit at `";

/// Reads a part of the body that was set aside as `raw`, because its type stands behind it.
///
/// `key` is where the part stood in the object that is being read, or empty when the part is that object itself.
/// A misfit keeps its whole path: it travels in the message, and [`ParseError::new`] takes it out again.
#[cfg(feature = "notion")]
pub(crate) fn set_aside<'de, S, E>(key: &str, raw: &'de crate::RawJson, seed: S) -> Result<S::Value, E>
where
    S: DeserializeSeed<'de>,
    E: serde::de::Error,
{
    let mut deserializer = serde_json::Deserializer::from_str(raw.as_str());
    let mut track = serde_path_to_error::Track::new();
    seed.deserialize(serde_path_to_error::Deserializer::new(&mut deserializer, &mut track)).map_err(|error| {
        let below = track.path().to_string();
        let path = match (key, below.as_str()) {
            (_, ".") => key.to_owned(),
            ("", _) => below,
            (_, below) if below.starts_with('[') => format!("{key}{below}"),
            (_, below) => format!("{key}.{below}"),
        };
        let error = ParseError::new(&error, path);
        E::custom(format_args!("{SET_ASIDE}{}`: {}", error.path, error.problem))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn sender_text_never_shows() {
        let bodies: [&[u8]; 6] = [
            br#"{"a": "hunter2"}"#,
            br#"{"a": "x, expected hunter2"}"#,
            b"{\"a\": hunter2}",
            br#""hunter2""#,
            br#"{"a": 1} hunter2"#,
            b"hunter2\xff",
        ];
        for body in bodies {
            let error = from_json::<BTreeMap<String, u8>>(body).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn path_line_and_column() {
        let error = from_json::<BTreeMap<String, Vec<u8>>>(b"{\n \"a\": [1, true]\n}").unwrap_err();
        assert!(error.is_data());
        assert_eq!((error.path(), error.line(), error.column()), ("a[1]", 2, 14));
        assert_eq!(error.to_string(), "unexpected shape at `a[1]`: expected u8 (line 2, column 14)");

        let error = from_json::<u8>(b"1\n\xff").unwrap_err();
        assert!(error.is_syntax());
        assert_eq!((error.line(), error.column()), (2, 1));

        let error = from_json::<u8>(b"").unwrap_err();
        assert!(error.is_syntax() && error.path().is_empty());
    }

    #[cfg(feature = "notion")]
    #[test]
    fn what_was_set_aside_keeps_its_path() {
        struct Outer;
        impl<'de> serde::Deserialize<'de> for Outer {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = crate::RawJson::deserialize(deserializer)?;
                set_aside("k", &raw, std::marker::PhantomData::<BTreeMap<String, Vec<u8>>>).map(|_| Self)
            }
        }
        let cases = [
            (r#"{"x": [{"a": [1, "hunter2"]}]}"#, "x[0].k.a[1]", "expected u8"),
            (r#"{"x": [{"a`: b": 1}]}"#, "x[0].k.a`: b", "expected a sequence"),
            (r#"{"x": ["hunter2"]}"#, "x[0].k", "expected a map"),
        ];
        for (body, path, problem) in cases {
            let error = from_json::<BTreeMap<String, Vec<Outer>>>(body.as_bytes()).err().unwrap();
            assert!(error.is_data(), "{body}");
            assert_eq!((error.path(), &*error.problem), (path, problem), "{body}");
        }
    }

    #[test]
    fn a_long_path_is_cut() {
        let body = format!(r#"{{"{}": "no"}}"#, "ü".repeat(200));
        let error = from_json::<BTreeMap<String, u8>>(body.as_bytes()).unwrap_err();
        assert!(error.path().len() <= MAX_PATH);
    }
}
