use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::list::read_object;
use crate::notion::Unknown;
use crate::notion::page::{Reference, RichText, Rollup, User};
use crate::notion::tagged::{list, reread};
use crate::{Payload, RawJson};

/// The answer to a read of one property: a list for the types that can be long, else one item.
///
/// See [Property item](https://developers.notion.com/reference/property-item-object).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PropertyItems {
    /// A part of the list: `title`, `rich_text`, `people`, `relation` and `rollup`.
    List(Box<PropertyItemList>),
    /// The one item of all other types.
    Item(Box<PropertyItem>),
    /// Another object, whole; its `kind` is what `object` says.
    Unknown(Unknown),
}

impl<'de> Deserialize<'de> for PropertyItems {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (object, raw) = read_object(deserializer)?;
        match object.as_deref() {
            Some("list") => reread(&raw).map(Self::List),
            Some("property_item") => reread(&raw).map(Self::Item),
            object => Ok(Self::Unknown(Unknown { kind: object.map(Into::into), raw })),
        }
    }
}

impl Serialize for PropertyItems {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::List(list) => list.serialize(serializer),
            Self::Item(item) => item.serialize(serializer),
            Self::Unknown(object) => object.raw.serialize(serializer),
        }
    }
}

impl Payload for PropertyItems {
    const KIND_FIELDS: &'static [&'static str] = &["object"];
}

/// A part of the items of a property.
///
/// See [Property item](https://developers.notion.com/reference/property-item-object#paginated-property-values).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PropertyItemList {
    /// Always `list`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The items of this part.
    #[serde(default, deserialize_with = "list")]
    pub results: Vec<PropertyItem>,
    /// Where to go on, when there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Whether there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_more: Option<bool>,
    /// Always `property_item`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What the items are of; for a rollup also its result so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub property_item: Option<PropertyItemSummary>,
    /// Id of the API request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Notion's invitation to a survey for developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub developer_survey: Option<RawJson>,
}

impl Payload for PropertyItemList {
    const KIND_FIELDS: &'static [&'static str] = &["object"];

    fn kind(&self) -> Option<&str> {
        self.object.as_deref()
    }
}

tagged_struct! {
    /// What a list of property items is of.
    ///
    /// See [Property item](https://developers.notion.com/reference/property-item-object#paginated-property-values).
    pub struct PropertyItemSummary("a property item") {
        required {}
        optional {
            /// Id of the property, percent-encoded.
            id: String,
            /// The address of the next part, when there is one.
            next_url: String,
        }
        /// The property's type, and a rollup's result.
        content: PropertyItemListKind,
    }
}

tagged_enum! {
    /// The type of a property whose items come as a list.
    ///
    /// See [Property item](https://developers.notion.com/reference/property-item-object#paginated-property-values).
    pub enum PropertyItemListKind("a property item") {
        /// The page's title.
        Title = "title",
        /// Text.
        RichText = "rich_text",
        /// People, bots and groups.
        People = "people",
        /// Pages of a data source.
        Relation = "relation",
        /// A summary, with its result.
        Rollup(Rollup) = "rollup",
    }
}

tagged_struct! {
    /// One item of a property.
    ///
    /// See [Property item](https://developers.notion.com/reference/property-item-object).
    pub struct PropertyItem("a property item") {
        required {}
        optional {
            /// Always `property_item`.
            object: String,
            /// Id of the property, percent-encoded.
            id: String,
            /// The address of the next part, when there is one.
            next_url: String,
            /// Id of the API request, when this is the whole answer.
            request_id: String,
            /// Notion's invitation to a survey for developers.
            developer_survey: RawJson,
        }
        /// Its value.
        value: PropertyItemValue,
    }
}

property_values! {
    /// The value of a property item. Texts, people and relations are one element each, not lists.
    ///
    /// See [Property item](https://developers.notion.com/reference/property-item-object).
    pub enum PropertyItemValue("a property item") {
        text: Box<RichText>,
        people: Box<User>,
        relation: Reference,
        /// A summary of the pages of a relation.
        Rollup(Rollup) = "rollup",
    }
}
