use std::fmt;

use serde::de::{self, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};

use crate::RawJson;

/// A number with every digit that Notion sent.
///
/// Two numbers are equal when their texts are.
///
/// ```
/// use webhook_core::notion::page::Number;
///
/// let number: Number = serde_json::from_str("12345678901234567890.10")?;
/// assert_eq!(number.as_str(), "12345678901234567890.10");
/// assert_eq!(number.as_i64(), None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Number(RawJson);

impl Number {
    /// The number as Notion wrote it.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The nearest 64-bit floating-point number, infinite when it is too large.
    pub fn as_f64(&self) -> f64 {
        // Every JSON number is one in Rust's notation.
        self.as_str().parse().unwrap_or(f64::NAN)
    }

    /// The number as a 64-bit integer, when it is written as one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_str().parse().ok()
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawJson::deserialize(deserializer)?;
        if raw.as_str().starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return Ok(Self(raw));
        }
        Err(de::Error::invalid_type(Unexpected::Other("another value"), &"a number"))
    }
}
