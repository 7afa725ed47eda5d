use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::{Payload, RawJson, Timestamp};

/// A query of a data source, for `POST /v1/data_sources/{id}/query`.
///
/// It is the body of the request, all but [`filter_properties`](Self::filter_properties): that is a part of the address,
/// which [`query_string`](Self::query_string) writes.
///
/// See [Query a data source](https://developers.notion.com/reference/query-a-data-source).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QueryRequest {
    /// Which pages; see [Filter](https://developers.notion.com/reference/filter-data-source-entries).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<RawJson>,
    /// In which order; the first counts most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sorts: Option<Vec<Sort>>,
    /// Where to go on: the `next_cursor` of the answer before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_cursor: Option<String>,
    /// How many results at most, up to 100, which is also the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
    /// Whether to look in the trash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_trash: Option<bool>,
    /// Only pages or only data sources, in wikis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_type: Option<String>,
    /// The ids of the properties to send, as Notion writes them; all unless set. They are no part of the body, neither
    /// written nor read: see [`query_string`](Self::query_string).
    #[serde(skip)]
    pub filter_properties: Option<Vec<String>>,
}

impl QueryRequest {
    /// All pages edited at `time` or later, the oldest edit first.
    ///
    /// Edit times are rounded down to the minute, so begin at least one minute, better two, before the last edit
    /// that was seen, and leave out what is known by id, edit time *and* content.
    pub fn edited_since(time: &Timestamp) -> Self {
        #[derive(Serialize)]
        struct Filter<'t> {
            timestamp: SortTimestamp,
            last_edited_time: Since<'t>,
        }
        #[derive(Serialize)]
        struct Since<'t> {
            on_or_after: &'t Timestamp,
        }
        let filter = Filter {
            timestamp: SortTimestamp::LastEditedTime,
            last_edited_time: Since { on_or_after: time },
        };
        let sort = Sort {
            property: None,
            timestamp: Some(SortTimestamp::LastEditedTime),
            direction: SortDirection::Ascending,
        };
        Self {
            // Strings under fixed keys always make JSON.
            filter: serde_json::to_string(&filter).ok().and_then(|filter| RawJson::new(filter).ok()),
            sorts: Some(vec![sort]),
            ..Self::default()
        }
    }

    /// The same query, from this cursor on.
    #[must_use]
    pub fn after(mut self, cursor: impl Into<String>) -> Self {
        self.start_cursor = Some(cursor.into());
        self
    }

    /// What stands behind the `?` of the address, such as `filter_properties=title&filter_properties=Qz%3Ak`; empty
    /// unless [`filter_properties`](Self::filter_properties) are set.
    ///
    /// Notion writes ids of properties percent-encoded: an escape in one stays as it is, and what else cannot stand in an
    /// address is encoded.
    ///
    /// # Examples
    ///
    /// ```
    /// use webhook_core::notion::api::QueryRequest;
    ///
    /// let mut request = QueryRequest::default();
    /// request.filter_properties = Some(vec!["title".into(), "Qz%3Ak".into(), "a b".into()]);
    /// assert_eq!(
    ///     request.query_string(),
    ///     "filter_properties=title&filter_properties=Qz%3Ak&filter_properties=a%20b"
    /// );
    /// assert_eq!(serde_json::to_string(&request)?, "{}");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn query_string(&self) -> String {
        let ids = self.filter_properties.iter().flatten();
        ids.map(|id| format!("filter_properties={}", percent_encoded(id))).collect::<Vec<_>>().join("&")
    }
}

/// Encodes all but the characters that [RFC 3986](https://www.rfc-editor.org/rfc/rfc3986#section-2.3) calls unreserved, and
/// the escapes that are there already.
fn percent_encoded(id: &str) -> String {
    let mut encoded = String::with_capacity(id.len());
    let mut rest = id.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let is_escape =
            byte == b'%' && matches!(behind, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
        if is_escape || byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        rest = behind;
    }
    encoded
}

impl Payload for QueryRequest {}

/// By what a query's results are sorted.
///
/// See [Sort](https://developers.notion.com/reference/sort-data-source-entries).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sort {
    /// Name or id of a property.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// Or one of the page's times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<SortTimestamp>,
    /// Smallest or largest first.
    pub direction: SortDirection,
}

open_enum! {
    /// A time of a page.
    ///
    /// See [Sort](https://developers.notion.com/reference/sort-data-source-entries).
    pub enum SortTimestamp {
        /// When it was created.
        CreatedTime = "created_time",
        /// When it was last edited.
        LastEditedTime = "last_edited_time",
    }
}

open_enum! {
    /// The direction of an order.
    ///
    /// See [Sort](https://developers.notion.com/reference/sort-data-source-entries).
    pub enum SortDirection {
        /// Smallest or oldest first.
        Ascending = "ascending",
        /// Largest or newest first.
        Descending = "descending",
    }
}
