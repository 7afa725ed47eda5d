use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Event, RecordId, Source};
use crate::{ParseError, Timestamp};

/// The body of the answer 202 to an event: it was queued.
///
/// # Examples
///
/// ```
/// use webhook_core::Payload;
/// use webhook_core::record_envelope::{Accepted, Event};
///
/// let event = Event::parse(
///     br#"{"event_type": "INSERT", "source": "supabase", "table_name": "users", "record_id": 7}"#,
/// )?;
/// let body = serde_json::to_string(&Accepted::of(&event)).unwrap();
/// # assert!(body.ends_with(r#""details":{"event_type":"insert","source":"supabase","record_id":7,"table_name":"users"}}"#), "{body}");
/// # Ok::<(), webhook_core::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Accepted {
    /// Always `accepted`.
    pub status: String,
    /// The same in a sentence.
    pub message: String,
    /// Which event it was.
    pub details: Details,
}

/// Which event was [`Accepted`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Details {
    /// What happened, in lower case.
    pub event_type: String,
    /// Where the record lives.
    pub source: Source,
    /// The record's key.
    pub record_id: Option<RecordId>,
    /// The table's name; absent for Notion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table_name: Option<String>,
    /// The database's id; for Notion only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_id: Option<String>,
    /// When the change happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
}

impl Accepted {
    /// The answer to `event`.
    pub fn of(event: &Event) -> Self {
        let (table_name, database_id) = match event.source {
            Source::Notion => (None, Some(event.table_name.clone())),
            _ => (Some(event.table_name.clone()), None),
        };
        Self {
            status: "accepted".into(),
            message: "Webhook payload received and queued for processing".into(),
            details: Details {
                event_type: event.event_type.to_ascii_lowercase(),
                source: event.source.clone(),
                record_id: event.record_id.clone(),
                table_name,
                database_id,
                timestamp: event.timestamp.clone(),
            },
        }
    }
}

/// The body of the answer 200 of the test endpoint: the event was read, and nothing else done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Valid {
    /// Always `valid`.
    pub status: String,
    /// The same in a sentence.
    pub message: String,
    /// The event as it was read.
    pub parsed_payload: Event,
    /// Whether an endpoint would queue it.
    pub would_be_processed: bool,
}

impl Valid {
    /// The answer to `event`; one with an operation or a source that this version does not know would not be
    /// processed.
    pub fn of(event: Event) -> Self {
        let known = event.operation() != super::Operation::Other && !matches!(event.source, Source::Other(_));
        Self {
            status: "valid".into(),
            message: "Webhook payload is valid".into(),
            would_be_processed: known,
            parsed_payload: event,
        }
    }
}

/// The body of the answers 400 and 401.
///
/// # Examples
///
/// ```
/// use webhook_core::record_envelope::{Refused, Source};
///
/// let body = serde_json::to_string(&Refused::invalid_source(&Source::Supabase, &Source::Notion))?;
/// assert_eq!(
///     body,
///     r#"{"error":"invalid_source","message":"Invalid source type for Supabase webhook","expected":"supabase","received":"notion"}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Refused {
    /// A word for programs.
    pub error: RefusedCode,
    /// The same in a sentence.
    pub message: String,
    /// The source that the endpoint is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Source>,
    /// The source that the event names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Source>,
}

open_enum! {
    /// Why an event was [`Refused`].
    pub enum RefusedCode {
        /// The event is for another endpoint (status 400).
        InvalidSource = "invalid_source",
        /// The event is not authentic (status 401).
        InvalidSignature = "invalid_signature",
    }
}

impl Refused {
    /// The body of 400: the endpoint is for `expected`, and the event says `received`.
    pub fn invalid_source(expected: &Source, received: &Source) -> Self {
        let name = match expected {
            Source::Supabase => "Supabase",
            Source::Notion => "Notion",
            Source::Other(other) => other,
        };
        Self {
            error: RefusedCode::InvalidSource,
            message: format!("Invalid source type for {name} webhook"),
            expected: Some(expected.clone()),
            received: Some(received.clone()),
        }
    }

    /// The body of 401.
    pub fn invalid_signature() -> Self {
        Self {
            error: RefusedCode::InvalidSignature,
            message: "Webhook signature verification failed".into(),
            expected: None,
            received: None,
        }
    }
}

/// The body of the answer 422: where the body does not fit.
///
/// # Examples
///
/// ```
/// use webhook_core::Payload;
/// use webhook_core::record_envelope::{Event, Unprocessable};
///
/// let misfit = Event::parse(br#"{"event_type": "insert", "source": "supabase", "table_name": "users"}"#).unwrap_err();
/// assert_eq!(
///     serde_json::to_string(&Unprocessable::of(&misfit)).unwrap(),
///     r#"{"detail":[{"loc":["body","record_id"],"msg":"field required","type":"value_error.missing"}]}"#,
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unprocessable {
    /// What is wrong; at least one.
    pub detail: Vec<Problem>,
}

/// One thing that is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Problem {
    /// Where: first `body`, then keys and positions.
    pub loc: Vec<Step>,
    /// What is wrong, in words.
    pub msg: String,
    /// What is wrong, as a word for programs such as `value_error.missing`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// One step on the way to a [`Problem`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// A key of an object.
    Key(String),
    /// A position in an array or in the text, counted from 0.
    Index(u64),
}

impl Unprocessable {
    /// The answer to a body that did not parse.
    pub fn of(error: &ParseError) -> Self {
        let mut loc = vec![Step::Key("body".into())];
        let (msg, kind) = if error.is_syntax() {
            ("the body is not valid JSON", "value_error.jsondecode")
        } else if error.is_missing_field() {
            ("field required", "value_error.missing")
        } else {
            ("the value does not fit", "type_error")
        };
        for step in error.path().split(['.', '[']).filter(|step| !step.is_empty()) {
            let index = step.strip_suffix(']').and_then(|index| index.parse().ok());
            loc.push(index.map_or_else(|| Step::Key(step.to_owned()), Step::Index));
        }
        Self { detail: vec![Problem { loc, msg: msg.into(), kind: kind.into() }] }
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Key(key) => serializer.serialize_str(key),
            Self::Index(index) => serializer.serialize_u64(*index),
        }
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl de::Visitor<'_> for Reader {
            type Value = Step;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a key or a position")
            }
            fn visit_str<E: de::Error>(self, key: &str) -> Result<Step, E> {
                Ok(Step::Key(key.to_owned()))
            }
            fn visit_u64<E: de::Error>(self, index: u64) -> Result<Step, E> {
                Ok(Step::Index(index))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// The body of `GET /api/v1/webhooks/stats`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stats {
    /// How many events were processed.
    pub total_processed: u64,
    /// How many events were given up after their last attempt.
    pub total_failed: u64,
    /// How many attempts were made beside first ones.
    pub total_retries: u64,
    /// The share of processed events, from 0 to 1, with three decimals; 0 while there are none.
    pub success_rate: f64,
    /// How long an event took on average, in seconds, with three decimals.
    pub average_processing_time_seconds: f64,
    /// How many events there were of each operation, in lower case.
    pub events_by_type: BTreeMap<String, u64>,
    /// How many events there were of each source.
    pub events_by_source: BTreeMap<String, u64>,
}

impl Stats {
    /// Statistics of `processed` and `failed` events, of `retries`, and of the average time that one event took.
    ///
    /// The counts by operation and source are filled in by the caller.
    pub fn new(processed: u64, failed: u64, retries: u64, average: Duration) -> Self {
        let all = u128::from(processed).saturating_add(u128::from(failed));
        Self {
            total_processed: processed,
            total_failed: failed,
            total_retries: retries,
            success_rate: thousandths(u128::from(processed), all),
            average_processing_time_seconds: thousandths(average.as_nanos(), 1_000_000_000),
            events_by_type: BTreeMap::new(),
            events_by_source: BTreeMap::new(),
        }
    }
}

/// `part` of `whole`, rounded to three decimals.
fn thousandths(part: u128, whole: u128) -> f64 {
    let rounded = part
        .checked_mul(1000)
        .and_then(|part| part.checked_add(whole.checked_div(2)?))
        .and_then(|part| part.checked_div(whole))
        .unwrap_or(0);
    // Both parts are exact as `f64`: 2^32 seconds are more than a century.
    f64::from(u32::try_from(rounded).unwrap_or(u32::MAX)) / 1000.0
}
