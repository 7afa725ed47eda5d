use crate::{RawJson, Timestamp};

open_object! {
    /// Mail that was sent through Resend, as its [events](https://resend.com/docs/webhooks/event-types) show it.
    pub struct Email("mail that was sent") {
        required {
            /// Resend's id of the mail, a UUID.
            email_id: String = "email_id",
        }
        nullable {}
        optional {
            /// The `Message-ID` header.
            message_id: String = "message_id",
            /// When the mail was made.
            created_at: Timestamp = "created_at",
            /// The sender, such as `Acme <onboarding@resend.dev>`.
            from: String = "from",
            /// The addresses that it went to.
            to: Vec<String> = "to",
            /// The addresses of copies.
            cc: Vec<String> = "cc",
            /// The addresses of blind copies.
            bcc: Vec<String> = "bcc",
            /// The subject.
            subject: String = "subject",
            /// The broadcast that it belongs to.
            broadcast_id: String = "broadcast_id",
            /// The template that it was made from.
            template_id: String = "template_id",
            /// The sender's tags: an object, or an array of names and values.
            tags: RawJson = "tags",
            /// Why the receiver's server refused it.
            bounce: Bounce = "bounce",
            /// Which link the receiver followed.
            click: Click = "click",
            /// Why it could not be sent.
            failed: Failure = "failed",
            /// Why it was not sent to a suppressed address.
            suppressed: Bounce = "suppressed",
        }
    }
}

open_object! {
    /// Why mail was [refused](https://resend.com/docs/webhooks/event-types) or held back.
    pub struct Bounce("why mail was refused") {
        required {}
        nullable {}
        optional {
            /// The server's words.
            message: String = "message",
            /// Whether it is worth trying again, such as `Permanent` or `Transient`.
            kind: String = "type",
            /// The reason in short, such as `Suppressed` or `MailboxFull`.
            subtype: String = "subType",
        }
    }
}

open_object! {
    /// A link that a receiver [followed](https://resend.com/docs/webhooks/event-types).
    pub struct Click("a followed link") {
        required {}
        nullable {}
        optional {
            /// The receiver's address on the network.
            ip_address: String = "ipAddress",
            /// The link.
            link: String = "link",
            /// When.
            timestamp: Timestamp = "timestamp",
            /// The receiver's browser.
            user_agent: String = "userAgent",
        }
    }
}

open_object! {
    /// Why mail [could not be sent](https://resend.com/docs/webhooks/event-types).
    pub struct Failure("why mail could not be sent") {
        required {}
        nullable {}
        optional {
            /// A word for programs, such as `reached_daily_quota`.
            reason: String = "reason",
        }
    }
}

open_object! {
    /// Mail that [came in](https://resend.com/docs/webhooks/event-types); its text and attachments are to be fetched by its id.
    pub struct ReceivedEmail("mail that came in") {
        required {
            /// Resend's id of the mail, a UUID.
            email_id: String = "email_id",
        }
        nullable {}
        optional {
            /// The `Message-ID` header.
            message_id: String = "message_id",
            /// When the mail came in.
            created_at: Timestamp = "created_at",
            /// The sender.
            from: String = "from",
            /// The addresses in the `To` header.
            to: Vec<String> = "to",
            /// The addresses in the `Cc` header.
            cc: Vec<String> = "cc",
            /// The addresses of blind copies.
            bcc: Vec<String> = "bcc",
            /// The addresses of yours that it came to.
            received_for: Vec<String> = "received_for",
            /// The subject.
            subject: String = "subject",
            /// The attachments, without their content.
            attachments: Vec<Attachment> = "attachments",
        }
    }
}

open_object! {
    /// An attachment of a [`ReceivedEmail`].
    pub struct Attachment("an attachment") {
        required {
            /// The id to fetch it by.
            id: String = "id",
        }
        nullable {}
        optional {
            /// The file's name.
            filename: String = "filename",
            /// The media type, such as `image/png`.
            content_type: String = "content_type",
            /// Whether it is shown in the text (`inline`) or beside it (`attachment`).
            content_disposition: String = "content_disposition",
            /// The name by which the text refers to it.
            content_id: String = "content_id",
        }
    }
}

open_object! {
    /// A person who gets broadcasts, in [contact events](https://resend.com/docs/webhooks/event-types).
    pub struct Contact("a contact") {
        required {
            /// The contact's id, a UUID.
            id: String = "id",
        }
        nullable {}
        optional {
            /// The audience that the contact belongs to.
            audience_id: String = "audience_id",
            /// The segments that the contact belongs to.
            segment_ids: Vec<String> = "segment_ids",
            /// When the contact was added.
            created_at: Timestamp = "created_at",
            /// When the contact was last changed.
            updated_at: Timestamp = "updated_at",
            /// The mail address.
            email: String = "email",
            /// The first name.
            first_name: String = "first_name",
            /// The last name.
            last_name: String = "last_name",
            /// Whether the contact wants no broadcasts.
            unsubscribed: bool = "unsubscribed",
        }
    }
}

open_object! {
    /// A domain that mail is sent from, in [domain events](https://resend.com/docs/webhooks/event-types).
    pub struct Domain("a domain") {
        required {
            /// The domain's id, a UUID.
            id: String = "id",
        }
        nullable {}
        optional {
            /// The domain's name.
            name: String = "name",
            /// Whether it may be used.
            status: DomainStatus = "status",
            /// When it was added.
            created_at: Timestamp = "created_at",
            /// Where its mail is sent from, such as `us-east-1`.
            region: String = "region",
            /// The records that its name server must have.
            records: Vec<DomainRecord> = "records",
        }
    }
}

open_enum! {
    /// Whether a [`Domain`], or one of its records, is in order.
    pub enum DomainStatus {
        /// Not looked at yet.
        NotStarted = "not_started",
        /// Being looked at.
        Pending = "pending",
        /// In order.
        Verified = "verified",
        /// Some records are in order.
        PartiallyVerified = "partially_verified",
        /// Not in order.
        Failed = "failed",
        /// Was in order, and is being looked at again.
        TemporaryFailure = "temporary_failure",
    }
}

open_object! {
    /// A record that the name server of a [`Domain`] must have.
    pub struct DomainRecord("a domain record") {
        required {}
        nullable {}
        optional {
            /// What it is for, such as `SPF` or `DKIM`.
            record: String = "record",
            /// The record's name.
            name: String = "name",
            /// The record's type, such as `MX` or `TXT`.
            kind: String = "type",
            /// How long it may be kept, such as `Auto`.
            ttl: String = "ttl",
            /// Whether it is in order.
            status: DomainStatus = "status",
            /// The record's value.
            value: String = "value",
            /// The priority of an `MX` record.
            priority: i64 = "priority",
        }
    }
}

open_object! {
    /// An address that gets no mail, in [suppression events](https://resend.com/docs/webhooks/event-types).
    pub struct Suppression("a suppression") {
        required {
            /// The entry's id.
            id: String = "id",
        }
        nullable {}
        optional {
            /// The address.
            email: String = "email",
            /// Why it is on the list, such as `bounce`, `complaint` or `manual`.
            origin: String = "origin",
            /// The mail that put it on the list.
            source_id: String = "source_id",
            /// When it was put on the list.
            created_at: Timestamp = "created_at",
        }
    }
}
