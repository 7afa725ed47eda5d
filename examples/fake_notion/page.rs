//! A page, and what Notion shows of it.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

pub(crate) struct Page {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) edited: String,
    /// Its data source; empty for the database's own.
    pub(crate) source: String,
    pub(crate) in_trash: bool,
}

impl Page {
    /// The page as it is at its `reads`-th reading: the address of its file is signed anew each time.
    pub(crate) fn to_json(&self, source: &str, reads: u64) -> Value {
        let Self { id, title, edited, in_trash, .. } = self;
        let source = if self.source.is_empty() { source } else { &self.source };
        json!({
            "object": "page", "id": id, "created_time": "2026-10-01T06:12:00.000Z", "last_edited_time": edited,
            "created_by": {"object": "user", "id": "7ac2c49c-ec09-5426-8697-3dcc2379635c"},
            "last_edited_by": {"object": "user", "id": "7ac2c49c-ec09-5426-8697-3dcc2379635c"},
            "cover": null, "icon": null,
            "parent": {"type": "data_source_id", "data_source_id": source, "database_id": source.trim_start_matches('d')},
            "in_trash": in_trash, "is_archived": false, "is_locked": false,
            "properties": {
                "Name": {
                    "id": "title", "type": "title",
                    "title": [{
                        "type": "text", "text": {"content": title, "link": null},
                        "annotations": {"bold": false, "italic": false, "strikethrough": false,
                            "underline": false, "code": false, "color": "default"},
                        "plain_text": title, "href": null,
                    }],
                },
                "Files": {
                    "id": "aB%3Cd", "type": "files",
                    "files": [{
                        "name": "a.pdf", "type": "file",
                        "file": {
                            "url": format!("https://files.example/{id}/a.pdf?signature={reads}"),
                            "expiry_time": format!("2026-10-14T09:00:{:02}.000Z", reads % 60),
                        },
                    }],
                },
            },
            "url": format!("https://www.notion.so/{id}"), "public_url": null,
        })
    }
}

/// Now, rounded down to the minute.
pub(crate) fn this_minute() -> String {
    let now: DateTime<Utc> = SystemTime::now().into();
    now.format("%Y-%m-%dT%H:%M:00.000Z").to_string()
}
