use std::collections::BTreeMap;

use serde::de::{self, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::notion::page::{FileSource, Icon, Page, Parent, RichText, User, plain_text};
use crate::notion::tagged::{list, reread};
use crate::notion::{Unknown, in_place};
use crate::{ParseError, Payload, RawJson, Timestamp, peek};

/// One part of the answer to a query.
///
/// See [Query a data source](https://developers.notion.com/reference/query-a-data-source).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QueryResponse {
    /// Always `list`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The results of this part.
    #[serde(default, deserialize_with = "list")]
    pub results: Vec<Entry>,
    /// Where to go on, when there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Whether there is more. `false` at the limit of 10,000 rows too: see [`is_cut_off`](Self::is_cut_off).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_more: Option<bool>,
    /// What the results are: `page_or_data_source`, in earlier versions `page_or_database`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// So far an empty object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_or_data_source: Option<RawJson>,
    /// So far an empty object. Versions before 2025-09-03.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_or_database: Option<RawJson>,
    /// Whether Notion found everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_status: Option<RequestStatus>,
    /// Id of the API request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Notion's invitation to a survey for developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub developer_survey: Option<RawJson>,
}

impl QueryResponse {
    /// The cursor of the next part, when there is one.
    pub fn next_page(&self) -> Option<&str> {
        if self.has_more == Some(false) { None } else { self.next_cursor.as_deref() }
    }

    /// Whether results are missing that no cursor leads to: Notion stops at 10,000 rows.
    ///
    /// `has_more` does not tell; a poller that looks at nothing else loses data.
    pub fn is_cut_off(&self) -> bool {
        self.request_status.as_ref().is_some_and(|status| status.kind != RequestStatusKind::Complete)
    }

    /// The pages among the results.
    pub fn pages(&self) -> impl Iterator<Item = &Page> {
        self.results.iter().filter_map(|entry| match entry {
            Entry::Page(page) => Some(&**page),
            _ => None,
        })
    }
}

impl Payload for QueryResponse {
    const KIND_FIELDS: &'static [&'static str] = &["object"];

    fn parse(body: &[u8]) -> Result<Self, ParseError> {
        in_place::parse(body)
    }

    fn kind(&self) -> Option<&str> {
        self.object.as_deref()
    }
}

open_enum! {
    /// Whether a query found everything.
    ///
    /// See [Query a data source](https://developers.notion.com/reference/query-a-data-source).
    pub enum RequestStatusKind {
        /// It did.
        Complete = "complete",
        /// It did not.
        Incomplete = "incomplete",
    }
}

/// Whether a query found everything, and if not, why.
///
/// See [Query a data source](https://developers.notion.com/reference/query-a-data-source).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestStatus {
    /// Whether it found everything.
    #[serde(rename = "type")]
    pub kind: RequestStatusKind,
    /// Why not; so far `query_result_limit_reached`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete_reason: Option<String>,
}

/// A result of a query.
///
/// See [Query a data source](https://developers.notion.com/reference/query-a-data-source).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Entry {
    /// A page; a partial one has only its id.
    Page(Box<Page>),
    /// A data source, in wikis.
    DataSource(Box<DataSource>),
    /// Another object, whole; its `kind` is what `object` says.
    Unknown(Unknown),
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (object, raw) = read_object(deserializer)?;
        match object.as_deref() {
            Some("page") => reread(&raw).map(Self::Page),
            Some("data_source") => reread(&raw).map(Self::DataSource),
            object => Ok(Self::Unknown(Unknown { kind: object.map(Into::into), raw })),
        }
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Page(page) => page.serialize(serializer),
            Self::DataSource(source) => source.serialize(serializer),
            Self::Unknown(object) => object.raw.serialize(serializer),
        }
    }
}

/// Reads an object of the API, with what it says in its field `object`.
pub(super) fn read_object<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<(Option<String>, RawJson), D::Error> {
    let raw = RawJson::deserialize(deserializer)?;
    if !raw.as_str().starts_with('{') {
        return Err(de::Error::invalid_type(Unexpected::Other("another value"), &"an object of the API"));
    }
    let [object] = peek(raw.as_str().as_bytes(), ["object"]);
    Ok((object.and_then(|object| serde_json::from_str(object).ok()), raw))
}

/// A data source: a table of a database.
///
/// See [Data source](https://developers.notion.com/reference/data-source).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DataSource {
    /// Always `data_source`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Id of the data source.
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "list")]
    pub title: Vec<RichText>,
    /// What it is for.
    #[serde(default, deserialize_with = "list")]
    pub description: Vec<RichText>,
    /// The database it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// Where that database is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_parent: Option<Parent>,
    /// Its columns by name, each as JSON; see
    /// [Property object](https://developers.notion.com/reference/property-object).
    #[serde(default, deserialize_with = "list")]
    pub properties: BTreeMap<String, RawJson>,
    /// Whether it is shown inside its page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_inline: Option<bool>,
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
    /// Its icon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Icon>,
    /// Its banner image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cover: Option<FileSource>,
    /// Its address for members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its address for everybody, when it is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Id of the API request that produced it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl DataSource {
    /// Its name as plain text.
    pub fn name(&self) -> String {
        plain_text(&self.title)
    }
}
