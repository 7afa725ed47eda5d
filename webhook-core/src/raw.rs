use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON value kept exactly as the sender wrote it: every digit, every space.
///
/// Used where a payload is free-form (metadata, rows, the data of unknown events). Two values are equal when
/// their texts are equal.
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

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Whether this is JSON `null`.
    pub fn is_null(&self) -> bool {
        self.as_str() == "null"
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
