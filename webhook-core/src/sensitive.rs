use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that must not reach a log: a code or token that lets in whoever reads it.
///
/// `Debug` hides it; [`as_str`](Self::as_str) shows it, and it is written as the plain text it is. Bodies that hold
/// one should not be logged either.
///
/// # Examples
///
/// ```
/// use webhook_core::Sensitive;
///
/// let otp = Sensitive::new("118204");
/// assert_eq!(format!("{otp:?}"), "***");
/// assert_eq!(otp.as_str(), "118204");
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sensitive(Box<str>);

impl Sensitive {
    /// Keeps `text`.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is empty, as some senders write those that do not apply.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "\"\"" } else { "***" })
    }
}
