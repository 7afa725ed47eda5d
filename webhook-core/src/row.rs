use std::borrow::Cow;

use serde::de::{self, DeserializeOwned, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};

use crate::scan::{Cursor, unescape};
use crate::{ParseError, RawJson};

/// A database row kept exactly as the sender wrote it: an object with one member for each column.
///
/// Numbers keep every digit and texts every escape, so it can stand in for any table. It is the row type of the
/// database events unless you name your own, and it is read without looking at single columns: [`column`](Self::column)
/// looks for one when it is asked. To read many columns of a large row, [`parse`](Self::parse) it into a type of
/// your own, or walk over [`columns`](Self::columns) once.
///
/// # Examples
///
/// ```
/// use webhook_core::{JsonRow, Timestamp};
///
/// let row = JsonRow::new(r#"{"id": 9007199254740993, "price": 12345678901234567890.1000, "sold": null, "at": "infinity"}"#)?;
///
/// assert_eq!(row.column("price"), Some("12345678901234567890.1000")); // the JSON text, every digit
/// assert_eq!(row.get::<i64>("id")?, Some(9_007_199_254_740_993));
/// assert_eq!(row.get::<Timestamp>("at")?.unwrap().to_utc(), None);
/// assert_eq!(row.get::<bool>("sold")?, None); // null
/// assert_eq!(row.get::<bool>("none")?, None); // no such column
/// assert_eq!(row.columns().count(), 4);
/// # Ok::<(), webhook_core::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct JsonRow(RawJson);

impl JsonRow {
    /// Keeps `text`, which must be a JSON object.
    ///
    /// # Errors
    ///
    /// [`ParseError`] when `text` is not JSON, or not an object.
    pub fn new(text: impl Into<String>) -> Result<Self, ParseError> {
        let raw = RawJson::new(text)?;
        Self::of_object(raw).map_err(|error: serde_json::Error| ParseError::new(&error, String::new()))
    }

    /// The row's JSON text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The JSON text of the column `name`, `null` included, or `None` when there is no such column.
    ///
    /// Each call walks over the row. Of repeated names the last one counts.
    pub fn column(&self, name: &str) -> Option<&str> {
        self.columns().filter(|(found, _)| found == name).last().map(|(_, value)| value)
    }

    /// The column `name` read into a type; `None` when it is null or there is no such column.
    ///
    /// # Errors
    ///
    /// [`ParseError`] with the path, which begins with `name`, where the column does not fit.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ParseError> {
        match self.column(name) {
            None | Some("null") => Ok(None),
            Some(value) => {
                crate::error::from_json(value.as_bytes()).map(Some).map_err(|error| error.below(name))
            }
        }
    }

    /// The names of all columns with the JSON texts of their values, in the sender's order.
    pub fn columns(&self) -> Columns<'_> {
        Columns { cursor: Cursor::new(self.as_str()) }
    }

    /// Reads the row into a type.
    ///
    /// # Errors
    ///
    /// [`ParseError`] with the path, relative to the row, where it does not fit.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ParseError> {
        self.0.parse()
    }

    fn of_object<E: de::Error>(raw: RawJson) -> Result<Self, E> {
        let found = match raw.as_str().trim_ascii_start().bytes().next() {
            Some(b'{') => return Ok(Self(raw)),
            Some(b'[') => Unexpected::Seq,
            Some(b'n') => Unexpected::Unit,
            _ => Unexpected::Other("a single value"),
        };
        Err(E::invalid_type(found, &"a row (an object)"))
    }
}

impl<'de> Deserialize<'de> for JsonRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RawJson::deserialize(deserializer).and_then(Self::of_object)
    }
}

/// The columns of a [`JsonRow`]: names, and the JSON texts of the values.
///
/// A name that holds a lone surrogate, which PostgreSQL cannot send, shows the replacement character instead.
#[derive(Debug, Clone)]
pub struct Columns<'r> {
    cursor: Cursor<'r>,
}

impl<'r> Iterator for Columns<'r> {
    type Item = (Cow<'r, str>, &'r str);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.cursor.key()?;
        let name = match unescape(key) {
            Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        };
        Some((name, self.cursor.value()))
    }
}

impl std::iter::FusedIterator for Columns<'_> {}
