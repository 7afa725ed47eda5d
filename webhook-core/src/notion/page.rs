//! Pages, their property values, rich text, users and files, as the API and the automation webhooks write them.
//!
//! Everything that Notion can extend is open: a property, mention, icon or parent whose `type` this version does
//! not know is an `Unknown` with the JSON of the whole object. Numbers keep every digit ([`Number`]), times keep
//! their text ([`Timestamp`]).
//!
//! `created_time` and `last_edited_time` are rounded down to the minute: an event's own `timestamp` is normally
//! *later* than the page's last edit that it announces. Never use one to discard the other.
//!
//! ```
//! use webhook_core::{Payload, notion::page::{Page, PropertyValue}};
//!
//! let page = Page::parse(br#"{"object": "page", "id": "p", "properties": {
//!     "Name": {"id": "title", "type": "title", "title": [{"type": "text", "text": {"content": "Tea"}, "plain_text": "Tea"}]},
//!     "Price": {"id": "GqWd", "type": "number", "number": 12.50},
//!     "Shape": {"id": "zzz9", "type": "hologram", "hologram": {"frames": 3}}
//! }}"#)?;
//! assert_eq!(page.title().as_deref(), Some("Tea"));
//! match page.property("Price").map(|price| &price.value) {
//!     Some(PropertyValue::Number(Some(price))) => assert_eq!(price.as_str(), "12.50"),
//!     other => panic!("not a number: {other:?}"),
//! }
//! match page.property("Shape").map(|shape| &shape.value) {
//!     Some(PropertyValue::Unknown(shape)) => assert_eq!(shape.kind.as_deref(), Some("hologram")),
//!     other => panic!("not unknown: {other:?}"),
//! }
//! # Ok::<(), webhook_core::ParseError>(())
//! ```

#[macro_use]
mod kinds;

mod computed;
mod file;
mod mention;
mod number;
mod parent;
mod property;
mod rich_text;
mod user;
mod values;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use computed::{Formula, Rollup, RollupFunction, RollupItem, RollupItemValue, RollupResult};
pub use file::{CustomEmoji, ExternalFile, File, FileSource, HostedFile, Icon, NativeIcon};
pub use mention::{LinkMention, LinkPreview, Mention, TemplateDate, TemplateMention, TemplateUser};
pub use number::Number;
pub use parent::{Parent, ParentTarget};
pub use property::{Property, PropertyValue};
pub use rich_text::{Annotations, Equation, Link, RichText, RichTextContent, Text, plain_text};
pub use user::{Bot, BotOwner, OwningUser, Person, User, UserDetails, UserObject, WorkspaceLimits};
pub use values::{
    Color, DateValue, Place, Reference, SelectOption, UniqueId, Verification, VerificationState,
};

use super::in_place;
use super::tagged::list;
use crate::{ParseError, Payload, RawJson, Timestamp};

/// A page: a document, or a row of a data source.
///
/// A partial page has only `object` and `id`. See [Page](https://developers.notion.com/reference/page).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page {
    /// Always `page`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Id of the page.
    pub id: String,
    /// When it was created, rounded down to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_time: Option<Timestamp>,
    /// When it was last edited, rounded down to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_edited_time: Option<Timestamp>,
    /// Who created it, normally by id only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<User>,
    /// Who edited it last, normally by id only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_edited_by: Option<User>,
    /// Its banner image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cover: Option<FileSource>,
    /// Its icon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Icon>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// Whether it is in the trash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_trash: Option<bool>,
    /// What [`in_trash`](Self::in_trash) was called before version 2026-03-11.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// Whether it is archived, which is not the trash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_archived: Option<bool>,
    /// Whether it is locked against edits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_locked: Option<bool>,
    /// Its property values by the *name* of the property, which users can change; [`Property::id`] stays.
    ///
    /// An automation sends only those that were ticked in Notion.
    #[serde(default, deserialize_with = "list")]
    pub properties: BTreeMap<String, Property>,
    /// Its address for members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its address for everybody, when it is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Id of the API request that produced it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Notion's invitation to a survey for developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub developer_survey: Option<RawJson>,
}

impl Page {
    /// The property of this name.
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties.get(name)
    }

    /// The property of this id, whatever its name is now.
    ///
    /// The ids in `page.properties_updated` can be given as they are.
    pub fn property_by_id(&self, id: &str) -> Option<&Property> {
        self.properties.values().find(|property| property.id.as_deref() == Some(id))
    }

    /// The title as plain text, or `None` when the page came without its title property.
    pub fn title(&self) -> Option<String> {
        self.properties.values().find_map(|property| match &property.value {
            PropertyValue::Title(text) => Some(plain_text(text)),
            _ => None,
        })
    }

    /// The properties of which Notion may have sent only a part; see [`Property::needs_follow_up`].
    pub fn needs_follow_up(&self) -> impl Iterator<Item = (&str, &Property)> {
        self.properties
            .iter()
            .filter(|(_, property)| property.needs_follow_up())
            .map(|(name, property)| (name.as_str(), property))
    }
}

impl Payload for Page {
    const KIND_FIELDS: &'static [&'static str] = &["object"];

    fn parse(body: &[u8]) -> Result<Self, ParseError> {
        in_place::parse(body)
    }

    fn kind(&self) -> Option<&str> {
        self.object.as_deref()
    }
}
