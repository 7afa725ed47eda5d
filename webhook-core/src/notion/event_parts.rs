use serde::{Deserialize, Serialize};

use crate::{RawJson, Timestamp};

open_enum! {
    /// What kind of user an [`Actor`] is.
    ///
    /// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
    pub enum ActorKind {
        /// A person.
        Person = "person",
        /// A connection's bot user.
        Bot = "bot",
        /// A Notion agent. In the docs only.
        Agent = "agent",
    }
}

/// Someone who caused an event, or who can see its entity.
///
/// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Actor {
    /// Id of the user, for the users API; for a bot it is not the integration's id.
    pub id: String,
    /// What kind of user it is.
    #[serde(rename = "type")]
    pub kind: ActorKind,
}

open_enum! {
    /// What kind of object an id names in an event.
    ///
    /// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
    pub enum EntityKind {
        /// A page.
        Page = "page",
        /// A block. In events of databases and data sources: a linked database.
        Block = "block",
        /// A database.
        Database = "database",
        /// A data source of a database.
        DataSource = "data_source",
        /// A comment.
        Comment = "comment",
        /// A view of a database.
        View = "view",
        /// A file upload.
        FileUpload = "file_upload",
    }
}

/// An object that an event is about, or that changed in it.
///
/// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entity {
    /// Id of the object.
    pub id: String,
    /// What kind of object it is.
    #[serde(rename = "type")]
    pub kind: EntityKind,
}

open_enum! {
    /// What kind of object the parent of an event's entity is.
    ///
    /// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
    pub enum EventParentKind {
        /// The workspace itself; the id is the workspace's.
        Space = "space",
        /// A page.
        Page = "page",
        /// A block.
        Block = "block",
        /// A database.
        Database = "database",
        /// A teamspace.
        Team = "team",
        /// A Notion agent.
        Agent = "agent",
    }
}

/// The parent of an event's entity.
///
/// The API's objects write their parent in another shape: [`page::Parent`](super::page::Parent). See
/// [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventParent {
    /// Id of the parent; of the database, also when the parent is one of its data sources.
    pub id: String,
    /// What kind of object the parent is.
    #[serde(rename = "type")]
    pub kind: EventParentKind,
    /// Id of the data source, when that is the parent. From version 2025-09-03.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_source_id: Option<String>,
}

open_enum! {
    /// What happened to a column.
    ///
    /// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
    pub enum SchemaAction {
        /// It was added.
        Created = "created",
        /// It was changed.
        Updated = "updated",
        /// It was removed.
        Deleted = "deleted",
    }
}

/// A column of a database that was added, changed or removed.
///
/// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SchemaChange {
    /// Id of the property, percent-encoded.
    pub id: String,
    /// Name of the property; `None` when it was removed and Notion no longer knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What happened to it.
    pub action: SchemaAction,
}

open_enum! {
    /// How the import of a file ended.
    ///
    /// See [File upload](https://developers.notion.com/reference/file-upload).
    pub enum FileImportStatus {
        /// The file is there.
        Success = "success",
        /// It could not be imported.
        Error = "error",
    }
}

/// How the import of a file ended.
///
/// See [File upload](https://developers.notion.com/reference/file-upload).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileImportResult {
    /// Success or error.
    #[serde(rename = "type")]
    pub kind: FileImportStatus,
    /// When the import ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imported_time: Option<Timestamp>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<FileImportError>,
    /// What Notion says about a success: so far an empty object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success: Option<RawJson>,
}

open_enum! {
    /// In which step the import of a file failed.
    ///
    /// See [File upload](https://developers.notion.com/reference/file-upload).
    pub enum FileImportErrorKind {
        /// The file is not one that Notion takes.
        Validation = "validation_error",
        /// Notion failed.
        InternalSystem = "internal_system_error",
        /// The file could not be fetched.
        Download = "download_error",
        /// The file could not be stored.
        Upload = "upload_error",
    }
}

/// Why the import of a file failed.
///
/// See [File upload](https://developers.notion.com/reference/file-upload).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileImportError {
    /// In which step it failed.
    #[serde(rename = "type")]
    pub kind: FileImportErrorKind,
    /// A word for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A sentence for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The parameter of the upload request that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The HTTP status with which the file's server answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u32>,
}
