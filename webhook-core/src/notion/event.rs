use serde::{Deserialize, Serialize};

use super::tagged::list;
use super::{Actor, Entity, EventParent, FileImportResult, SchemaChange, same_id};
use crate::Timestamp;

events! {
    /// A signed event of Notion's native webhooks, of any subscription version.
    ///
    /// It says what changed, never to what: [`data`](Self::data) carries ids. Read the object through the API, and
    /// expect it to be newer than the event. See
    /// [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
    pub struct Event("a Notion event") {
        required {
            /// Id of the event, the same for each attempt to deliver it: the key to find duplicates by.
            id: String,
            /// When it happened, in milliseconds and UTC; not when it was sent. Events come in any order: sort by
            /// this.
            timestamp: Timestamp,
            /// Id of the workspace.
            workspace_id: String,
            /// Id of the webhook subscription; each has its own verification token.
            subscription_id: String,
            /// Id of the connection (integration) that the subscription belongs to.
            integration_id: String,
            /// Who caused it; several when changes were put together into one event.
            authors: Vec<Actor>,
            /// The number of this attempt to deliver the event, from 1 to 8. The body differs with each attempt.
            attempt_number: u32,
            /// What it happened to.
            entity: Entity,
        }
        optional {
            /// Name of the workspace, as its users wrote it.
            workspace_name: String,
            /// Who of this connection's users and bots can see the entity. Public connections only.
            accessible_by: Vec<Actor>,
            /// The subscription's API version, such as `2025-09-03`; absent from events of `2022-06-28`.
            api_version: String,
        }
    }

    /// What happened, with the ids that Notion sends along.
    pub enum EventData("type", "data") {
        /// A page was created.
        PageCreated(ParentData) = "page.created",
        /// A page's content changed: its blocks, and a title counts as content.
        PageContentUpdated(ContentUpdated) = "page.content_updated",
        /// A page's property values changed.
        PagePropertiesUpdated(PropertiesUpdated) = "page.properties_updated",
        /// A page got another parent.
        PageMoved(ParentData) = "page.moved",
        /// A page went to the trash.
        PageDeleted(ParentData) = "page.deleted",
        /// A page came back from the trash.
        PageUndeleted(ParentData) = "page.undeleted",
        /// A page was locked against edits.
        PageLocked(ParentData) = "page.locked",
        /// A page was unlocked.
        PageUnlocked(ParentData) = "page.unlocked",
        /// The transcript of a transcription block was deleted.
        PageTranscriptDeleted(TranscriptDeleted) = "page.transcription_block.transcript_deleted",
        /// A database was created; from version 2025-09-03 the container of data sources.
        DatabaseCreated(ParentData) = "database.created",
        /// A database's rows changed; [`DataSourceContentUpdated`](Self::DataSourceContentUpdated) from 2025-09-03.
        DatabaseContentUpdated(ContentUpdated) = "database.content_updated",
        /// A database's columns changed; [`DataSourceSchemaUpdated`](Self::DataSourceSchemaUpdated) from 2025-09-03.
        DatabaseSchemaUpdated(SchemaUpdated) = "database.schema_updated",
        /// A database got another parent.
        DatabaseMoved(ParentData) = "database.moved",
        /// A database went to the trash.
        DatabaseDeleted(ParentData) = "database.deleted",
        /// A database came back from the trash.
        DatabaseUndeleted(ParentData) = "database.undeleted",
        /// A data source was created.
        DataSourceCreated(ParentData) = "data_source.created",
        /// A data source's rows changed.
        DataSourceContentUpdated(ContentUpdated) = "data_source.content_updated",
        /// A data source's columns changed.
        DataSourceSchemaUpdated(SchemaUpdated) = "data_source.schema_updated",
        /// A data source got another database.
        DataSourceMoved(ParentData) = "data_source.moved",
        /// A data source went to the trash.
        DataSourceDeleted(ParentData) = "data_source.deleted",
        /// A data source came back from the trash.
        DataSourceUndeleted(ParentData) = "data_source.undeleted",
        /// A comment was written, or an edit was suggested.
        CommentCreated(CommentData) = "comment.created",
        /// A comment was edited.
        CommentUpdated(CommentData) = "comment.updated",
        /// A comment was deleted.
        CommentDeleted(CommentData) = "comment.deleted",
        /// A view of a database was created.
        ViewCreated(ViewCreated) = "view.created",
        /// A view of a database changed.
        ViewUpdated(ViewUpdated) = "view.updated",
        /// A view of a database was deleted.
        ViewDeleted(ParentData) = "view.deleted",
        /// A file upload was started. It has no data.
        FileUploadCreated = "file_upload.created",
        /// A file upload is complete. It has no data. The guide writes `file_upload.complete`, which is read too.
        FileUploadCompleted = "file_upload.completed" | "file_upload.complete",
        /// A file upload was not used in time. It has no data.
        FileUploadExpired = "file_upload.expired",
        /// A file could not be imported.
        FileUploadFailed(FileUploadFailed) = "file_upload.upload_failed",
    }
}

impl Event {
    /// Whether this bot user, and nobody else, caused the event.
    ///
    /// A connection's own writes come back as events; without this check a handler that writes to Notion can
    /// answer itself for ever. `self_id` is the bot's *user* id, from `GET /v1/users/me`; it is not
    /// [`integration_id`](Self::integration_id). When others had a part in the event, the answer is `false`:
    /// their change must not be lost.
    ///
    /// ```
    /// # use webhook_core::{Payload, notion};
    /// # let body = br#"{"id": "e", "timestamp": "2026-10-14T08:01:07.137Z", "workspace_id": "w",
    /// #   "subscription_id": "s", "integration_id": "i", "attempt_number": 1, "type": "file_upload.created",
    /// #   "authors": [{"id": "4bf02d00-0f99-555c-9284-f9025d6db358", "type": "bot"}],
    /// #   "entity": {"id": "f", "type": "file_upload"}}"#;
    /// let event = notion::Event::parse(body)?;
    /// assert!(event.is_from_bot("4bf02d000f99555c9284f9025d6db358"));
    /// # Ok::<(), webhook_core::ParseError>(())
    /// ```
    pub fn is_from_bot(&self, self_id: &str) -> bool {
        !self.authors.is_empty() && self.authors.iter().all(|author| same_id(&author.id, self_id))
    }
}

impl EventData {
    /// The parent of what changed, for the events that carry one.
    pub fn parent(&self) -> Option<&EventParent> {
        match self {
            Self::PageCreated(data)
            | Self::PageMoved(data)
            | Self::PageDeleted(data)
            | Self::PageUndeleted(data)
            | Self::PageLocked(data)
            | Self::PageUnlocked(data)
            | Self::DatabaseCreated(data)
            | Self::DatabaseMoved(data)
            | Self::DatabaseDeleted(data)
            | Self::DatabaseUndeleted(data)
            | Self::DataSourceCreated(data)
            | Self::DataSourceMoved(data)
            | Self::DataSourceDeleted(data)
            | Self::DataSourceUndeleted(data)
            | Self::ViewDeleted(data) => Some(&data.parent),
            Self::PageContentUpdated(data)
            | Self::DatabaseContentUpdated(data)
            | Self::DataSourceContentUpdated(data) => Some(&data.parent),
            Self::DatabaseSchemaUpdated(data) | Self::DataSourceSchemaUpdated(data) => Some(&data.parent),
            Self::CommentCreated(data) | Self::CommentUpdated(data) | Self::CommentDeleted(data) => {
                Some(&data.parent)
            }
            Self::PagePropertiesUpdated(data) => Some(&data.parent),
            Self::ViewCreated(data) => Some(&data.parent),
            Self::ViewUpdated(data) => Some(&data.parent),
            Self::PageTranscriptDeleted(_)
            | Self::FileUploadCreated
            | Self::FileUploadCompleted
            | Self::FileUploadExpired
            | Self::FileUploadFailed(_)
            | Self::Unknown(_) => None,
        }
    }
}

/// The data of events that carry only the parent.
///
/// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ParentData {
    /// Where the entity is; after a move, where it is now.
    pub parent: EventParent,
}

/// The data of `*.content_updated`.
///
/// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContentUpdated {
    /// Where the entity is.
    pub parent: EventParent,
    /// The blocks, pages and databases that changed, with duplicates possible.
    #[serde(default, deserialize_with = "list")]
    pub updated_blocks: Vec<Entity>,
}

/// The data of `page.properties_updated`.
///
/// The schema events have a field of the same name and another shape: [`SchemaUpdated`]. See
/// [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PropertiesUpdated {
    /// Where the page is.
    pub parent: EventParent,
    /// The ids of the properties that changed, percent-encoded as in [`Property::id`](super::page::Property::id);
    /// `title` is the title.
    #[serde(default, deserialize_with = "list")]
    pub updated_properties: Vec<String>,
}

/// The data of `database.schema_updated` and `data_source.schema_updated`.
///
/// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SchemaUpdated {
    /// Where the database or data source is.
    pub parent: EventParent,
    /// The columns that changed, when Notion tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_properties: Option<Vec<SchemaChange>>,
}

/// The data of `comment.*`.
///
/// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommentData {
    /// What the comment is on: a page or a block.
    pub parent: EventParent,
    /// Id of the page that the comment is on, also when it is on one of its blocks.
    pub page_id: String,
    /// Id of the comment's discussion. Read by one public client; Notion's own types do not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discussion_id: Option<String>,
}

open_enum! {
    /// How a view shows a database.
    ///
    /// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
    pub enum ViewType {
        /// Rows and columns.
        Table = "table",
        /// Cards in columns.
        Board = "board",
        /// A plain list.
        List = "list",
        /// A calendar.
        Calendar = "calendar",
        /// A timeline.
        Timeline = "timeline",
        /// Cards in a grid.
        Gallery = "gallery",
        /// A form to fill in.
        Form = "form",
        /// A chart.
        Chart = "chart",
        /// A map.
        Map = "map",
        /// A dashboard.
        Dashboard = "dashboard",
    }
}

open_enum! {
    /// A part of a view.
    ///
    /// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
    pub enum ViewField {
        /// Its name.
        Name = "name",
        /// Its filter.
        Filter = "filter",
        /// Its order.
        Sorts = "sorts",
        /// Its layout.
        Configuration = "configuration",
    }
}

/// The data of `view.created`.
///
/// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ViewCreated {
    /// Where the view is.
    pub parent: EventParent,
    /// How it shows the database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view_type: Option<ViewType>,
}

/// The data of `view.updated`.
///
/// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ViewUpdated {
    /// Where the view is.
    pub parent: EventParent,
    /// What of the view changed.
    #[serde(default, deserialize_with = "list")]
    pub updated_fields: Vec<ViewField>,
}

/// The data of `page.transcription_block.transcript_deleted`. It has no parent.
///
/// See [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TranscriptDeleted {
    /// The block that held the transcript.
    pub target: Entity,
    /// Id of the transcript, when Notion still knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcript_id: Option<String>,
}

/// The data of `file_upload.upload_failed`.
///
/// See [Importing external files](https://developers.notion.com/docs/importing-external-files).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileUploadFailed {
    /// How the import ended.
    pub file_import_result: FileImportResult,
}
