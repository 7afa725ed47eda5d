use serde::de::DeserializeOwned;

use crate::{ParseError, RawJson, peek};

/// A webhook body that can be read into a typed event.
///
/// Every event type of this crate implements it. A type of your own needs one line:
///
/// ```
/// use webhook_core::Payload;
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Order {
///     number: u64,
/// }
/// impl Payload for Order {}
///
/// let order = Order::parse(br#"{"number": 7}"#)?;
/// assert_eq!(order.number, 7);
///
/// let misfit = Order::parse(br#"{"number": "seven"}"#).unwrap_err();
/// assert_eq!(misfit.path(), "number");
/// # Ok::<(), webhook_core::ParseError>(())
/// ```
pub trait Payload: DeserializeOwned {
    /// The top-level body fields that may hold the event's name, in the order in which they are looked for.
    const KIND_FIELDS: &'static [&'static str] = &["type"];

    /// Reads a whole request body.
    ///
    /// # Errors
    ///
    /// [`ParseError`] with [`is_syntax`](ParseError::is_syntax) when the body is not JSON, and with
    /// [`is_data`](ParseError::is_data) and the JSON path when it is JSON of another shape.
    fn parse(body: &[u8]) -> Result<Self, ParseError> {
        crate::error::from_json(body)
    }

    /// The event's name as the sender wrote it, or `None` when this payload has none. Of two spellings of one event
    /// (Notion's `file_upload.completed`) it is the usual one.
    fn kind(&self) -> Option<&str> {
        None
    }

    /// Whether this is an event the model knows.
    fn outcome(&self) -> Outcome {
        Outcome::Known
    }

    /// The event's name read from a body, also when the body does not [`parse`](Payload::parse).
    fn kind_of(body: &[u8]) -> Option<String> {
        Self::KIND_FIELDS.iter().find_map(|field| {
            let [found] = peek(body, [field]);
            found.and_then(|raw| serde_json::from_str(raw).ok())
        })
    }

    /// The JSON with which the sender's documentation answers an event that was stored, if it shows one.
    fn acknowledgement(body: &[u8]) -> Option<String> {
        let _ = body;
        None
    }
}

/// What a parsed body turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// An event that the model knows.
    Known,
    /// An event whose name the model does not know; its name and raw JSON are kept.
    Unknown,
    /// Not an event but the sender's set-up request (Notion's verification token).
    Handshake,
}

impl Outcome {
    /// A stable lower-case word: `known`, `unknown` or `handshake`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Unknown => "unknown",
            Self::Handshake => "handshake",
        }
    }
}

impl Payload for RawJson {}
impl Payload for serde_json::Value {}
