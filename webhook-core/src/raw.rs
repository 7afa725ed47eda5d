use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON value kept exactly as the sender wrote it: every digit, every space.
///
/// Used where a payload is free-form (metadata, rows, the data of unknown events). Two values are equal when
/// their texts are equal.
///
/// It may be nested as deep as its text is long. [`parse`](Self::parse) reads at most 127 levels, the limit of
/// `serde_json`.
///
/// # Examples
///
/// ```
/// use webhook_core::RawJson;
///
/// let raw: RawJson = serde_json::from_str("12345678901234567890.1000")?;
/// assert_eq!(raw.as_str(), "12345678901234567890.1000");
///
/// let list: Vec<u8> = RawJson::new("[1, 2]")?.parse()?;
/// assert_eq!(list, [1, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// Keeps `text`, which must be one JSON value.
    ///
    /// # Errors
    ///
    /// [`ParseError`](crate::ParseError) when `text` is not JSON.
    pub fn new(text: impl Into<String>) -> Result<Self, crate::ParseError> {
        RawValue::from_string(text.into())
            .map(Self)
            .map_err(|error| crate::ParseError::new(&error, String::new()))
    }

    /// Writes `value` as JSON.
    ///
    /// # Errors
    ///
    /// [`ParseError`](crate::ParseError) when `value` cannot be written as JSON (a map whose keys are no strings).
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, crate::ParseError> {
        serde_json::value::to_raw_value(value)
            .map(Self)
            .map_err(|error| crate::ParseError::new(&error, String::new()))
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Whether this is JSON `null`.
    pub fn is_null(&self) -> bool {
        self.as_str() == "null"
    }

    /// The text that this stands for, when it is a JSON string.
    #[cfg(any(feature = "chatterwise", feature = "record-envelope"))]
    pub(crate) fn into_string(self) -> Result<String, serde_json::Error> {
        if self.as_str().contains('\\') || !self.as_str().starts_with('"') {
            return serde_json::from_str(self.as_str());
        }
        // What has no escapes is the text already, between its quotes.
        let mut text = String::from(Box::<str>::from(self.0));
        text.pop();
        text.remove(0);
        Ok(text)
    }

    /// Reads the value into a type.
    ///
    /// # Errors
    ///
    /// [`ParseError`](crate::ParseError) with the path, relative to this value, where it does not fit.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, crate::ParseError> {
        crate::error::from_json(self.as_str().as_bytes())
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for RawJson {}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deep_is_kept_and_not_parsed() {
        for levels in [127, 128, 1_000_000] {
            let text = format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
            let raw: RawJson = serde_json::from_str(&text).unwrap();
            assert_eq!(raw, RawJson::new(text).unwrap());
            assert_eq!(RawJson::of(&raw).unwrap(), raw);
            let parsed = raw.parse::<serde_json::Value>();
            assert_eq!(parsed.is_ok(), levels == 127);
            if let Ok(value) = parsed {
                assert_eq!(value.to_string(), raw.as_str());
            }
        }
    }

    #[cfg(any(feature = "chatterwise", feature = "record-envelope"))]
    #[test]
    fn strings_by_value() {
        for text in [r#""""#, r#""é""#, r#""a\u00fc\"\\""#, r#""\ud800""#, "7", "null", "[]"] {
            let expected = serde_json::from_str::<String>(text).ok();
            assert_eq!(RawJson::new(text).unwrap().into_string().ok(), expected, "{text}");
        }
    }

    #[test]
    fn of_a_value() {
        assert_eq!(RawJson::of(&["a", "b"]).unwrap().as_str(), r#"["a","b"]"#);
        assert_eq!(RawJson::of("a\"b").unwrap().as_str(), r#""a\"b""#);
    }
}
