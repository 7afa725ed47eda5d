//! The "Send webhook" action of database automations and buttons.
//!
//! These deliveries are **not signed**. The only proof they can carry is a custom header that the user types into
//! Notion: make it a long random text and compare it in constant time. They carry the page with its values, but
//! never its content, and only the properties that were ticked in Notion.
//!
//! Answer 2xx fast, also to what you do not use: after a failure Notion pauses the whole automation until a person
//! resumes it. See [Webhook actions](https://www.notion.com/help/webhook-actions).
//!
//! ```
//! use webhook_core::{Payload, notion::automation};
//!
//! let body = br#"{
//!     "source": {"type": "automation", "automation_id": "a", "action_id": "b", "event_id": "c", "attempt": 1},
//!     "data": {"object": "page", "id": "d", "properties": {"Paid": {"id": "WhD%5E", "type": "checkbox", "checkbox": true}}}
//! }"#;
//! let event = automation::Event::parse(body)?;
//! assert_eq!(event.source.event_id, "c"); // the key to find duplicates by
//! assert_eq!(event.data.property("Paid").and_then(|paid| paid.value.as_bool()), Some(true));
//! # Ok::<(), webhook_core::ParseError>(())
//! ```

use serde::{Deserialize, Serialize};

use super::in_place;
use super::page::Page;
use crate::{Outcome, ParseError, Payload};

/// A delivery of the "Send webhook" action.
///
/// See [Webhook actions](https://www.notion.com/help/webhook-actions).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// What sent it.
    pub source: Source,
    /// The page, with the properties that were chosen in Notion.
    pub data: Page,
}

open_enum! {
    /// What kind of thing sent a delivery. One that this version does not know is no misfit.
    ///
    /// See [Webhook actions](https://www.notion.com/help/webhook-actions).
    pub enum SourceKind {
        /// An automation or a button.
        Automation = "automation",
    }
}

/// What sent a delivery, and why.
///
/// See [Webhook actions](https://www.notion.com/help/webhook-actions).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Source {
    /// What kind of thing sent it.
    #[serde(rename = "type")]
    pub kind: SourceKind,
    /// Id of the automation, when Notion tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automation_id: Option<String>,
    /// Id of the action, when Notion tells; an automation may have several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_id: Option<String>,
    /// Id of this firing, the same for each attempt: the key to find duplicates by.
    pub event_id: String,
    /// Id of the user who set it off, when Notion tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The number of this attempt to deliver it, from 1, when Notion tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
}

impl Payload for Event {
    const KIND_FIELDS: &'static [&'static str] = &["source.type"];

    fn parse(body: &[u8]) -> Result<Self, ParseError> {
        in_place::parse(body)
    }

    fn kind(&self) -> Option<&str> {
        Some(self.source.kind.as_str())
    }

    fn outcome(&self) -> Outcome {
        match self.source.kind {
            SourceKind::Automation => Outcome::Known,
            SourceKind::Other(_) => Outcome::Unknown,
        }
    }
}
