use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, IgnoredAny};
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
    /// The body is not JSON: malformed, cut off, not UTF-8, or nested deeper than 127 levels.
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
        Self::of(error, !matches!(error.classify(), Category::Data), path)
    }

    /// An error in a text that is JSON: `serde_json` counts as syntax also what no type of ours can hold, such as a
    /// number beyond an `f64` or half of a surrogate pair.
    fn in_json(error: &serde_json::Error, path: String) -> Self {
        Self::of(error, message(error) == TOO_DEEP, path)
    }

    fn of(error: &serde_json::Error, syntax: bool, path: String) -> Self {
        let mut path = path;
        if let Some((below, problem)) = set_aside_misfit(error) {
            if !path.is_empty() && !below.starts_with('[') {
                path.push('.');
            }
            path.push_str(&below);
            return Self::at(error, syntax, &path, &problem);
        }
        let problem = problem(error);
        if let Some(field) = missing_field(&problem) {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(field);
        }
        Self::at(error, syntax, &path, &problem)
    }

    fn at(error: &serde_json::Error, syntax: bool, path: &str, problem: &str) -> Self {
        // Keys are the sender's: they must not steer a terminal or begin a line of a log.
        let mut path = path.replace(is_steering, "\u{fffd}");
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
        missing_field(&self.problem).is_some()
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

/// The message of `serde_json` about what is nested deeper than it reads.
const TOO_DEEP: &str = "recursion limit exceeded";

/// Longest text of `serde_json`'s that is repeated, in bytes. What is longer is none of its own.
const MAX_EXPECTED: usize = 100;

/// The part of a `serde_json` message that is ours: what was expected, without what the sender wrote.
///
/// A type of the user's own can put anything into a message, the sender's text included, so only what has the form
/// of `serde`'s own messages is taken.
fn problem(error: &serde_json::Error) -> String {
    let message = message(error);
    if !matches!(error.classify(), Category::Data) || missing_field(&message).is_some() {
        // serde_json's syntax messages are fixed, and the field is the model's.
        return message;
    }
    let is_ours = |text: &str| {
        text.len() <= MAX_EXPECTED && !text.contains(|it: char| is_steering(it) || ['`', '"'].contains(&it))
    };
    let begins_as_serde = ["invalid type: ", "invalid value: ", "invalid length "];
    match message.rsplit_once(", expected ") {
        Some((_, expected))
            if begins_as_serde.iter().any(|begin| message.starts_with(begin)) && is_ours(expected) =>
        {
            format!("expected {expected}")
        }
        _ => "the value does not fit".to_owned(),
    }
}

/// What does something to the text around it: control characters, ends of lines and paragraphs, and those that turn the
/// direction of writing.
fn is_steering(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message).to_owned()
}

/// The field that `serde` misses, when that is what the message says.
fn missing_field(message: &str) -> Option<&str> {
    let field = message.strip_prefix("missing field `")?.strip_suffix('`')?;
    let is_name = |it: char| it.is_ascii_alphanumeric() || "_-.$".contains(it);
    (field.len() <= MAX_EXPECTED && field.chars().all(is_name)).then_some(field)
}

/// The body as text. Checking it once and parsing a `&str` is faster than letting the parser check each string.
pub(crate) fn text(body: &[u8]) -> Result<&str, ParseError> {
    simdutf8::basic::from_utf8(body).or_else(|_| {
        // The fast check does not say where.
        std::str::from_utf8(body).map_err(|error| ParseError::not_utf8(body, error.valid_up_to()))
    })
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
    MISFIT.take();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut track = serde_path_to_error::Track::new();
    let traced = seed.deserialize(serde_path_to_error::Deserializer::new(&mut deserializer, &mut track));
    match traced {
        Err(traced) => {
            let path = track.path().to_string();
            // Reading ends at the first misfit, and behind it the body may stop being JSON.
            match serde_json::from_str::<IgnoredAny>(text) {
                Err(broken) => ParseError::new(&broken, String::new()),
                Ok(_) => ParseError::in_json(&traced, if path == "." { String::new() } else { path }),
            }
        }
        // What is wrong stands behind the value (trailing characters).
        Ok(_) => ParseError::new(error, String::new()),
    }
}

/// The message of a misfit that lies in a part of the body that was set aside.
const SET_ASIDE: &str = "a part that was set aside does not fit";

thread_local! {
    /// Path and problem of the last such misfit. They go beside the message and not in it, since anything can stand
    /// in a message.
    static MISFIT: Cell<Option<(String, String)>> = const { Cell::new(None) };
}

fn set_aside_misfit(error: &serde_json::Error) -> Option<(String, String)> {
    if message(error) == SET_ASIDE { MISFIT.take() } else { None }
}

/// Deepest nesting, in levels, of a part that was set aside. It is that of `serde_json`, which begins to count anew with
/// each part of a part.
#[cfg(any(feature = "fluxbase", feature = "notion"))]
const MAX_DEPTH: usize = 127;

#[cfg(any(feature = "fluxbase", feature = "notion"))]
pub(crate) fn is_too_deep(raw: &crate::RawJson) -> bool {
    crate::scan::deeper_than(raw.as_str(), MAX_DEPTH)
}

/// Reads a part of the body that was set aside as `raw`, because its type stands behind it.
///
/// `key` is where the part stood in the object that is being read, or empty when the part is that object itself.
/// A misfit keeps its whole path: [`ParseError::new`] finds it in [`MISFIT`].
#[cfg(any(feature = "fluxbase", feature = "notion"))]
pub(crate) fn set_aside<'de, S, E>(key: &str, raw: &'de crate::RawJson, seed: S) -> Result<S::Value, E>
where
    S: DeserializeSeed<'de>,
    E: serde::de::Error,
{
    let misfit = |path: &str, problem: &str| {
        MISFIT.set(Some((path.to_owned(), problem.to_owned())));
        E::custom(SET_ASIDE)
    };
    if is_too_deep(raw) {
        return Err(misfit(key, "expected at most 127 levels"));
    }
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
        let error = ParseError::in_json(&error, path);
        misfit(&error.path, &error.problem)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
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
    fn a_misfit_before_a_syntax_error_is_a_syntax_error() {
        for body in [r#"{"a": "no""#, r#"{"a": "no", x}"#, r#"{"a": "no"} x"#, r#"["a","#] {
            let error = from_json::<BTreeMap<String, u8>>(body.as_bytes()).unwrap_err();
            assert_eq!((error.code(), error.path()), ("not_json", ""), "{body}: {error}");
            assert_eq!(error.line(), 1, "{body}");
        }
        let error = from_json::<BTreeMap<String, u8>>(br#"{"a": "no", "b": 1}"#).unwrap_err();
        assert_eq!((error.code(), error.path()), ("wrong_shape", "a"));
    }

    #[test]
    fn what_no_type_holds_is_json_all_the_same() {
        for (value, problem) in
            [("1e999", "number out of range"), (r#""\ud800""#, "unexpected end of hex escape")]
        {
            let error =
                from_json::<BTreeMap<String, Vec<Value>>>(format!(r#"{{"a": [{value}]}}"#).as_bytes());
            let error = error.unwrap_err();
            assert_eq!((error.code(), error.path(), &*error.problem), ("wrong_shape", "a[0]", problem));
        }
        let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
        let error = from_json::<Value>(deep.as_bytes()).unwrap_err();
        assert_eq!((error.code(), &*error.problem), ("not_json", TOO_DEEP));
        assert!(from_json::<Value>(&deep.as_bytes()[1..255]).is_ok());
    }

    #[test]
    fn a_path_steers_nothing() {
        for sign in ["\u{7}", "\n", "\u{85}", "\u{200f}", "\u{2028}", "\u{202e}", "\u{2066}"] {
            let body = serde_json::json!({ format!("a{sign}b"): "no" }).to_string();
            let error = from_json::<BTreeMap<String, u8>>(body.as_bytes()).unwrap_err();
            assert_eq!(error.path(), "a\u{fffd}b", "{sign:?}");
        }
    }

    /// A type of a user's own, whose messages repeat what the sender wrote.
    #[derive(Debug)]
    struct Plan;

    impl<'de> serde::Deserialize<'de> for Plan {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = <String as serde::Deserialize>::deserialize(deserializer)?;
            Err(serde::de::Error::custom(text))
        }
    }

    #[test]
    fn not_even_through_the_messages_of_other_types() {
        for text in [
            "unknown plan: x, expected hunter2",
            "invalid type: x, expected \\u001b[31mhunter2",
            "invalid value: x, expected hunter2\\nfake line",
            "missing field `hunter2 and more`",
            "misfit at `hunter2`: pwned",
            "a part that was set aside does not fit",
        ] {
            let error =
                from_json::<BTreeMap<String, Option<Plan>>>(format!(r#"{{"a": "{text}"}}"#).as_bytes())
                    .unwrap_err();
            assert!(error.is_data());
            assert_eq!(error.path(), "a");
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
    fn a_path_is_one_plain_line() {
        let error = from_json::<BTreeMap<String, u8>>(br#"{"a\n\u001b[31m": "no"}"#).unwrap_err();
        assert_eq!(error.path(), "a\u{fffd}\u{fffd}[31m");
    }

    #[test]
    fn a_long_path_is_cut() {
        let body = format!(r#"{{"{}": "no"}}"#, "ü".repeat(200));
        let error = from_json::<BTreeMap<String, u8>>(body.as_bytes()).unwrap_err();
        assert!(error.path().len() <= MAX_PATH);
    }
}
