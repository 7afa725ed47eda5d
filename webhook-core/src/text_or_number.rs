/// Declares an id that senders write as a text or as a number.
///
/// ```text
/// text_or_number! {
///     /// What it is.
///     pub enum RecordId
/// }
/// ```
///
/// The enum gets the variants `Text(String)` and `Number(RawJson)`, `as_str`, `Display`, `Serialize` and `Deserialize`.
macro_rules! text_or_number {
    ($(#[$meta:meta])* pub enum $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            /// A text, such as a UUID.
            Text(String),
            /// A number as the sender wrote it, such as `9007199254740993`.
            Number($crate::RawJson),
        }

        impl $name {
            /// The text, or the digits of the number.
            pub fn as_str(&self) -> &str {
                match self {
                    Self::Text(text) => text,
                    Self::Number(digits) => digits.as_str(),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    Self::Text(text) => serializer.serialize_str(text),
                    Self::Number(digits) => digits.serialize(serializer),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use serde::de::Error;
                let raw = $crate::RawJson::deserialize(deserializer)?;
                match raw.as_str().bytes().next() {
                    Some(b'"') => raw.into_string().map(Self::Text).map_err(D::Error::custom),
                    Some(b'-' | b'0'..=b'9') => Ok(Self::Number(raw)),
                    _ => Err(D::Error::custom("invalid type: no id, expected a string or a number")),
                }
            }
        }
    };
}
