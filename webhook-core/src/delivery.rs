use std::fmt;

use serde::{Deserialize, Serialize};

use crate::UnixTime;

/// What is known about one delivery, beside the event itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// The provider's stable name, such as `clerk`.
    pub provider: &'static str,
    /// The sender's id of the message, when it has one. Ids stay the same when a delivery is repeated, unless the
    /// provider's docs say otherwise.
    pub id: Option<String>,
    /// Whether the signature covered the id. An id that it did not cover can be changed by anyone on the way.
    pub id_signed: bool,
    /// The event's name as the sender wrote it.
    pub kind: Option<String>,
    /// When this attempt was signed, in seconds, when the signature covered a time.
    pub timestamp: Option<UnixTime>,
}

impl Delivery {
    /// A delivery of which only the provider is known.
    pub const fn new(provider: &'static str) -> Self {
        Self { provider, id: None, id_signed: false, kind: None, timestamp: None }
    }
}

/// A text that is equal for two deliveries exactly when the sender says that they are the same event.
///
/// It begins with the provider and the endpoint, so keys of several sources can live in one store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(Box<str>);

impl IdempotencyKey {
    /// A key from its text.
    pub fn new(key: impl Into<Box<str>>) -> Self {
        Self(key.into())
    }

    /// The text of the key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
