//! What the API answers to a poller: queries of a data source, property items and errors.
//!
//! ```
//! use webhook_core::{Payload, Timestamp};
//! use webhook_core::notion::api::{QueryRequest, QueryResponse};
//!
//! let request = QueryRequest::edited_since(&Timestamp::new("2026-10-14T08:01:00.000Z"));
//! # let answer = br#"{"object": "list", "results": [], "next_cursor": null, "has_more": false,
//! #   "request_status": {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}}"#;
//! // POST it to /v1/data_sources/{id}/query
//! let page = QueryResponse::parse(answer)?;
//! assert_eq!(page.next_page(), None);
//! assert!(page.is_cut_off()); // 10,000 rows were reached: narrow the filter, or rows are lost
//! # assert!(serde_json::to_string(&request).unwrap().contains("ascending"));
//! # Ok::<(), webhook_core::ParseError>(())
//! ```

mod error;
mod list;
mod property_item;
mod query;

pub use error::{ApiError, ErrorCode, RateLimitReason};
pub use list::{DataSource, Entry, QueryResponse, RequestStatus, RequestStatusKind};
pub use property_item::{
    PropertyItem, PropertyItemList, PropertyItemListKind, PropertyItemSummary, PropertyItemValue,
    PropertyItems,
};
pub use query::{QueryRequest, Sort, SortDirection, SortTimestamp};
