//! Notion's webhooks, and the API objects that a receiver reads next.
//!
//! # Three senders
//!
//! | sender | read it as | proof on the wire | carries values |
//! | --- | --- | --- | --- |
//! | native webhooks | [`Message`]: an [`Event`], or once a [`Handshake`] | `X-Notion-Signature` | no, ids only |
//! | the "Send webhook" action of automations and buttons | [`automation::Event`] | none but a header of your own | yes, [`page::Page`] |
//! | a poller of your own | [`api::QueryResponse`] | it is you who asks | yes |
//!
//! ```
//! use webhook_core::Payload;
//! use webhook_core::notion::{EventData, Message};
//!
//! # let body = br#"{"id": "15e00620-4c05-5893-863a-981a340c8789", "timestamp": "2026-10-14T08:02:14.274Z",
//! #   "workspace_id": "w", "subscription_id": "s", "integration_id": "i", "attempt_number": 1,
//! #   "authors": [{"id": "7ac2c49c-ec09-5426-8697-3dcc2379635c", "type": "person"}],
//! #   "entity": {"id": "4eca6399-84b2-531a-8b72-257bb6b9e094", "type": "page"},
//! #   "type": "page.properties_updated", "data": {
//! #     "parent": {"id": "6b8fef41-3415-5fc7-995f-8938f0db72c7", "type": "database"},
//! #     "updated_properties": ["title", "Qz%3Ak"]}}"#;
//! # let my_bot = "4bf02d00-0f99-555c-9284-f9025d6db358";
//! match Message::parse(body)? {
//!     Message::Handshake(handshake) => {
//!         // Keep handshake.verification_token as pending. It proves nothing about who sent it.
//!     }
//!     Message::Event(event) if event.is_from_bot(my_bot) => {} // our own write
//!     Message::Event(event) => match event.data {
//!         EventData::PagePropertiesUpdated(change) => {
//!             assert_eq!(change.updated_properties, ["title", "Qz%3Ak"]);
//!             // Read page event.entity.id through the API: the event has no values.
//!         }
//!         EventData::Unknown(unknown) => eprintln!("new kind of event: {}", unknown.kind),
//!         _ => {}
//!     },
//!     _ => {}
//! }
//! # Ok::<(), webhook_core::ParseError>(())
//! ```
//!
//! # What stays raw
//!
//! An event of an unknown name keeps its data as JSON ([`EventData::Unknown`]); its envelope is typed. An object
//! with an unknown `type` (property, mention, icon, parent, …) is an [`Unknown`] with the JSON of the whole object.
//! Unknown values of string enums are in their `Other`. Unknown fields are ignored.
//!
//! # Traps
//!
//! * **Ids only.** An event says that something changed. Read the object; it may have changed again, or be gone.
//! * **`updated_properties` has two shapes** under one name: property ids on pages ([`PropertiesUpdated`]), objects
//!   on schemas ([`SchemaUpdated`]).
//! * **"At most once", with retries.** Notion says both, so expect duplicates *and* losses: keep
//!   [`Event::id`] for 25 hours at least, as the last of up to 8 attempts comes after about 24, and look for changes
//!   by polling now and then. The body differs with each attempt. A short window on [`Event::timestamp`] would refuse
//!   honest retries.
//! * **No order, and put together.** Sort by [`Event::timestamp`]. Changes in quick succession become one event with
//!   several authors, or none when they cancel each other out.
//! * **Minutes.** A page's `last_edited_time` is rounded down to the minute, an event's `timestamp` is not.
//! * **There is no `page.updated`.** Values are `page.properties_updated`, blocks and titles `page.content_updated`.
//! * **Names by version.** Subscriptions of version 2022-06-28 send `database.content_updated` and
//!   `database.schema_updated`, later ones `data_source.…`. Handle both while you switch.
//! * **Two parents.** Events write [`EventParent`], the API's objects [`page::Parent`].
//! * **25 references.** A page read cuts long relations off: [`page::Property::needs_follow_up`].
//!
//! Sources: [Webhooks](https://developers.notion.com/reference/webhooks),
//! [Event types and delivery](https://developers.notion.com/reference/webhooks-events-delivery),
//! [upgrade guide 2025-09-03](https://developers.notion.com/docs/upgrade-guide-2025-09-03),
//! [last edited time](https://developers.notion.com/changelog/last-edited-time-is-now-rounded-to-the-nearest-minute).

mod tagged;
#[macro_use]
mod declare;

#[macro_use]
pub mod page;
pub mod api;
pub mod automation;

mod event;
mod event_parts;
mod handshake;
mod id;
mod in_place;
mod message;

pub use event::{
    CommentData, ContentUpdated, Event, EventData, FileUploadFailed, ParentData, PropertiesUpdated,
    SchemaUpdated, TranscriptDeleted, ViewCreated, ViewField, ViewType, ViewUpdated,
};
pub use event_parts::{
    Actor, ActorKind, Entity, EntityKind, EventParent, EventParentKind, FileImportError, FileImportErrorKind,
    FileImportResult, FileImportStatus, SchemaAction, SchemaChange,
};
pub use handshake::Handshake;
pub use id::same_id;
pub use message::Message;
pub use tagged::Unknown;
