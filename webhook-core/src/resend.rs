//! Resend events: mail that was sent, received or bounced, and changes of contacts, domains and more.
//!
//! Resend delivers through Svix and signs with the `svix-*` headers; the message id is in `svix-id`. Every event has
//! a name (`type`), a time (`created_at`) and its data, and [`EventData`] has one variant for each of the
//! [event types](https://resend.com/docs/webhooks/event-types).
//!
//! ```
//! use webhook_core::{Payload, resend};
//!
//! let event = resend::Event::parse(
//!     br#"{
//!         "type": "email.bounced",
//!         "created_at": "2026-01-05T09:30:00.000Z",
//!         "data": {
//!             "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
//!             "to": ["nils@example.org"],
//!             "bounce": {"type": "Permanent", "subType": "Suppressed", "message": "The address is on a list."}
//!         }
//!     }"#,
//! )?;
//! match event.data {
//!     resend::EventData::EmailBounced(email) => {
//!         let bounce = email.bounce.unwrap();
//!         assert_eq!(bounce.kind.as_deref(), Some("Permanent"));
//!     }
//!     resend::EventData::Unknown(new) => println!("{} is new: {:?}", new.kind, new.data),
//!     _ => {}
//! }
//! # Ok::<(), webhook_core::ParseError>(())
//! ```
//!
//! # What stays raw
//!
//! The data of the topic, inbox and `contact.topics.updated` events, whose fields Resend does not document, and the
//! tags of mail, which are an object or an array depending on how the mail was sent.
//!
//! # Traps
//!
//! * `email.received` has no text and no attachments' content: fetch them by `email_id`.
//! * One mail to several addresses makes one event for each, with the same `email_id`.
//! * The events of a mail may come in any order; `created_at` of the envelope is when the event happened,
//!   [`Email::created_at`] when the mail was made.

use crate::{RawJson, Timestamp};

mod data;

pub use data::{
    Attachment, Bounce, Click, Contact, Domain, DomainRecord, DomainStatus, Email, Failure, ReceivedEmail,
    Suppression,
};

events! {
    /// A [Resend event](https://resend.com/docs/webhooks/event-types).
    pub struct Event("a Resend event") {
        required {
            /// When the event happened.
            created_at: Timestamp,
        }
        optional {}
    }
    /// What a Resend event reports.
    pub enum EventData("type", "data") {
        /// Mail was taken and is being sent.
        EmailSent(Box<Email>) = "email.sent",
        /// Mail is to be sent later.
        EmailScheduled(Box<Email>) = "email.scheduled",
        /// The receiver's server took the mail.
        EmailDelivered(Box<Email>) = "email.delivered",
        /// The receiver's server has not taken the mail yet.
        EmailDeliveryDelayed(Box<Email>) = "email.delivery_delayed",
        /// The receiver called the mail spam.
        EmailComplained(Box<Email>) = "email.complained",
        /// The receiver's server refused the mail for good; [`Email::bounce`] tells why.
        EmailBounced(Box<Email>) = "email.bounced",
        /// The receiver opened the mail.
        EmailOpened(Box<Email>) = "email.opened",
        /// The receiver followed a link; [`Email::click`] tells which.
        EmailClicked(Box<Email>) = "email.clicked",
        /// Mail came in.
        EmailReceived(Box<ReceivedEmail>) = "email.received",
        /// Mail could not be sent; [`Email::failed`] tells why.
        EmailFailed(Box<Email>) = "email.failed",
        /// Mail was not sent because the address is suppressed; [`Email::suppressed`] tells why.
        EmailSuppressed(Box<Email>) = "email.suppressed",
        /// A contact was added.
        ContactCreated(Box<Contact>) = "contact.created",
        /// A contact was changed.
        ContactUpdated(Box<Contact>) = "contact.updated",
        /// A contact was removed.
        ContactDeleted(Box<Contact>) = "contact.deleted",
        /// A contact chose other topics.
        ContactTopicsUpdated(RawJson) = "contact.topics.updated",
        /// A domain was added.
        DomainCreated(Box<Domain>) = "domain.created",
        /// A domain was changed, such as verified.
        DomainUpdated(Box<Domain>) = "domain.updated",
        /// A domain was removed.
        DomainDeleted(Box<Domain>) = "domain.deleted",
        /// An address was put on the suppression list.
        SuppressionAdded(Box<Suppression>) = "suppression.added",
        /// An address was taken off the suppression list.
        SuppressionRemoved(Box<Suppression>) = "suppression.removed",
        /// A topic was added.
        TopicCreated(RawJson) = "topic.created",
        /// A topic was changed.
        TopicUpdated(RawJson) = "topic.updated",
        /// A topic was removed.
        TopicDeleted(RawJson) = "topic.deleted",
        /// An inbox was added.
        InboxCreated(RawJson) = "inbox.created",
        /// An inbox was changed.
        InboxUpdated(RawJson) = "inbox.updated",
        /// An inbox was removed.
        InboxDeleted(RawJson) = "inbox.deleted",
        /// A conversation was begun.
        InboxThreadCreated(RawJson) = "inbox.thread.created",
        /// A conversation was moved to another folder.
        InboxThreadFolderUpdated(RawJson) = "inbox.thread.folder.updated",
        /// A conversation was given to somebody.
        InboxThreadAssigned(RawJson) = "inbox.thread.assigned",
        /// A conversation was taken from somebody.
        InboxThreadUnassigned(RawJson) = "inbox.thread.unassigned",
        /// A conversation got other labels.
        InboxThreadLabelsUpdated(RawJson) = "inbox.thread.labels.updated",
        /// Mail came into an inbox.
        InboxEmailReceived(RawJson) = "inbox.email.received",
        /// Mail was sent from an inbox.
        InboxEmailSent(RawJson) = "inbox.email.sent",
        /// A draft was begun.
        InboxDraftCreated(RawJson) = "inbox.draft.created",
        /// A draft was changed.
        InboxDraftUpdated(RawJson) = "inbox.draft.updated",
        /// A draft was sent.
        InboxDraftSent(RawJson) = "inbox.draft.sent",
        /// A draft was removed.
        InboxDraftDeleted(RawJson) = "inbox.draft.deleted",
    }
}
