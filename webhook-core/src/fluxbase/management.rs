use std::collections::BTreeMap;

use crate::{RawJson, Sensitive, Timestamp};

open_object! {
    /// A webhook as the [management API](https://github.com/nimbleflux/fluxbase/blob/4b44e72/internal/api/webhook_handler.go) shows it.
    pub struct Webhook("a Fluxbase webhook") {
        required {
            /// The webhook's id, a UUID.
            id: String = "id",
            /// What its owner calls it.
            name: String = "name",
            /// Where it sends to.
            url: String = "url",
        }
        nullable {}
        optional {
            /// What its owner says about it.
            description: String = "description",
            /// The secret; servers since February 2026 do not show it.
            secret: Sensitive = "secret",
            /// Whether it sends anything.
            enabled: bool = "enabled",
            /// What it listens to.
            events: Vec<Subscription> = "events",
            /// How many attempts a delivery gets in total, the first included.
            max_retries: i64 = "max_retries",
            /// The wait in seconds before the second attempt; before the third it is twice as long, and so on.
            retry_backoff_seconds: i64 = "retry_backoff_seconds",
            /// How long the receiver may take, in seconds.
            timeout_seconds: i64 = "timeout_seconds",
            /// Headers that it sends beside its own.
            headers: BTreeMap<String, String> = "headers",
            /// Whose rows it sees.
            scope: Scope = "scope",
            /// The user who made it, a UUID.
            created_by: String = "created_by",
            /// When it was made.
            created_at: Timestamp = "created_at",
            /// When it was last changed.
            updated_at: Timestamp = "updated_at",
        }
    }
}

open_object! {
    /// A table and the operations on it that a [`Webhook`] listens to
    /// ([source](https://github.com/nimbleflux/fluxbase/blob/4b44e72/internal/webhook/webhook.go)).
    pub struct Subscription("a table with operations") {
        required {
            /// The table's bare name, which means a table of the schema `auth`; or `*`.
            ///
            /// With a schema before it (`public.products`) current servers install a trigger that never matches.
            table: String = "table",
        }
        nullable {}
        optional {
            /// `INSERT`, `UPDATE`, `DELETE` or `*`.
            operations: Vec<String> = "operations",
        }
    }
}

impl Subscription {
    /// Listens to `operations` on `table`.
    pub fn new<O: Into<String>>(table: impl Into<String>, operations: impl IntoIterator<Item = O>) -> Self {
        Self {
            table: table.into(),
            operations: Some(operations.into_iter().map(Into::into).collect()),
            extra: crate::ExtraFields::default(),
        }
    }
}

open_enum! {
    /// Whose rows a [`Webhook`] sees ([source](https://github.com/nimbleflux/fluxbase/blob/4b44e72/internal/database/schema/schemas/auth.sql)).
    pub enum Scope {
        /// Rows that belong to the user who made the webhook.
        User = "user",
        /// All rows.
        Global = "global",
    }
}

open_object! {
    /// The body of [`POST /api/v1/webhooks`](https://github.com/nimbleflux/fluxbase/blob/4b44e72/internal/api/webhook_handler.go), which answers 201 and the
    /// [`Webhook`].
    ///
    /// # Examples
    ///
    /// ```
    /// use webhook_core::fluxbase::{CreateWebhook, Subscription};
    ///
    /// let request = CreateWebhook::new("User Events", "https://example.com/webhooks/fluxbase")
    ///     .secret("your-webhook-secret")
    ///     .event(Subscription::new("users", ["INSERT", "UPDATE"]))
    ///     .max_retries(3);
    /// let body = serde_json::to_string(&request)?;
    /// # assert!(body.contains(r#""events":[{"table":"users","operations":["INSERT","UPDATE"]}]"#), "{body}");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CreateWebhook("a request for a new Fluxbase webhook") {
        required {
            /// What its owner calls it.
            name: String = "name",
            /// Where it sends to; private and loopback addresses are refused.
            url: String = "url",
        }
        nullable {}
        optional {
            /// What its owner says about it.
            description: String = "description",
            /// The secret that it signs with; without one it does not sign.
            secret: Sensitive = "secret",
            /// Whether it sends anything.
            enabled: bool = "enabled",
            /// What it listens to.
            events: Vec<Subscription> = "events",
            /// How many attempts a delivery gets in total, the first included; 3 unless set.
            max_retries: i64 = "max_retries",
            /// The wait in seconds before the second attempt; 5 unless set.
            retry_backoff_seconds: i64 = "retry_backoff_seconds",
            /// How long the receiver may take, in seconds; 30 unless set.
            timeout_seconds: i64 = "timeout_seconds",
            /// Headers to send beside the sender's own.
            headers: BTreeMap<String, String> = "headers",
            /// Whose rows it sees.
            scope: Scope = "scope",
        }
    }
}

impl CreateWebhook {
    /// An enabled webhook that listens to nothing yet.
    pub fn new(name: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            url: url.into(),
            description: None,
            secret: None,
            enabled: Some(true),
            events: None,
            max_retries: None,
            retry_backoff_seconds: None,
            timeout_seconds: None,
            headers: None,
            scope: None,
            extra: crate::ExtraFields::default(),
        }
    }

    /// Sets what its owner says about it.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the secret that it signs with.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<Box<str>>) -> Self {
        self.secret = Some(Sensitive::new(secret));
        self
    }

    /// Sets whether it sends anything.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

    /// Adds what it listens to.
    #[must_use]
    pub fn event(mut self, event: Subscription) -> Self {
        self.events.get_or_insert_default().push(event);
        self
    }

    /// Sets how many attempts a delivery gets in total.
    #[must_use]
    pub const fn max_retries(mut self, attempts: i64) -> Self {
        self.max_retries = Some(attempts);
        self
    }

    /// Sets the wait before the second attempt, in seconds.
    #[must_use]
    pub const fn retry_backoff_seconds(mut self, seconds: i64) -> Self {
        self.retry_backoff_seconds = Some(seconds);
        self
    }

    /// Sets how long the receiver may take, in seconds.
    #[must_use]
    pub const fn timeout_seconds(mut self, seconds: i64) -> Self {
        self.timeout_seconds = Some(seconds);
        self
    }

    /// Adds a header to send beside the sender's own.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.get_or_insert_default().insert(name.into(), value.into());
        self
    }

    /// Sets whose rows it sees.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }
}

open_object! {
    /// The body of [`PATCH /api/v1/webhooks/{id}`](https://github.com/nimbleflux/fluxbase/blob/4b44e72/internal/api/webhook_handler.go) (the guide says PUT),
    /// which answers an [`Acknowledgement`].
    ///
    /// The server replaces every column: what the body leaves out, or has as null, becomes empty, 0 or false, and an
    /// empty URL is refused. It is read here as the server reads it. So start from the webhook as it is, and change
    /// that. The server does not show the secret any more: set it again, or the webhook may lose it.
    ///
    /// # Examples
    ///
    /// ```
    /// use webhook_core::fluxbase::{UpdateWebhook, Webhook};
    ///
    /// let webhook: Webhook = serde_json::from_str(r#"{"id": "7c9e", "name": "a", "url": "https://example.com"}"#)?;
    /// let mut update = UpdateWebhook::from(webhook);
    /// update.enabled = false;
    /// # assert_eq!(update.name, "a");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct UpdateWebhook("a change of a Fluxbase webhook") {
        required {}
        nullable {}
        optional {
            /// What its owner says about it.
            description: String = "description",
            /// The secret that it signs with.
            secret: Sensitive = "secret",
            /// Whose rows it sees. `None` is not written; what a server makes of that is not known, so set it.
            scope: Scope = "scope",
        }
        defaulted {
            /// What its owner calls it.
            name: String = "name",
            /// Where it sends to.
            url: String = "url",
            /// Whether it sends anything.
            enabled: bool = "enabled",
            /// What it listens to.
            events: Vec<Subscription> = "events",
            /// How many attempts a delivery gets in total, the first included.
            max_retries: i64 = "max_retries",
            /// The wait in seconds before the second attempt.
            retry_backoff_seconds: i64 = "retry_backoff_seconds",
            /// How long the receiver may take, in seconds.
            timeout_seconds: i64 = "timeout_seconds",
            /// Headers to send beside the sender's own.
            headers: BTreeMap<String, String> = "headers",
        }
    }
}

impl From<Webhook> for UpdateWebhook {
    /// The webhook as it is; numbers that it does not have get the server's defaults.
    fn from(webhook: Webhook) -> Self {
        Self {
            name: webhook.name,
            url: webhook.url,
            enabled: webhook.enabled.unwrap_or(true),
            events: webhook.events.unwrap_or_default(),
            max_retries: webhook.max_retries.unwrap_or(3),
            retry_backoff_seconds: webhook.retry_backoff_seconds.unwrap_or(5),
            timeout_seconds: webhook.timeout_seconds.unwrap_or(30),
            headers: webhook.headers.unwrap_or_default(),
            description: webhook.description,
            secret: webhook.secret,
            scope: webhook.scope,
            extra: crate::ExtraFields::default(),
        }
    }
}

open_object! {
    /// What the [management API](https://github.com/nimbleflux/fluxbase/blob/4b44e72/internal/api/webhook_handler.go) answers to a change, a removal or a test.
    pub struct Acknowledgement("a Fluxbase acknowledgement") {
        required {
            /// Whether it was done.
            success: bool = "success",
        }
        nullable {}
        optional {
            /// The same in words.
            message: String = "message",
        }
    }
}

open_object! {
    /// One delivery of a [`Webhook`], from
    /// [`GET /api/v1/webhooks/{id}/deliveries`](https://github.com/nimbleflux/fluxbase/blob/4b44e72/internal/api/webhook_handler.go), which answers an array.
    pub struct Delivery("a Fluxbase delivery") {
        required {
            /// The delivery's id, a UUID.
            id: String = "id",
            /// The webhook's id, a UUID.
            webhook_id: String = "webhook_id",
        }
        nullable {}
        optional {
            /// The event's name.
            event: String = "event",
            /// What was sent: an [`Event`](super::Event) to be [parsed](RawJson::parse).
            payload: RawJson = "payload",
            /// How it went.
            status: DeliveryStatus = "status",
            /// The receiver's HTTP status; current servers only ever write 200 or 0.
            status_code: i64 = "status_code",
            /// The receiver's answer; current servers leave it out.
            response_body: String = "response_body",
            /// What went wrong.
            error: String = "error",
            /// Which attempt it was, counted from 1.
            attempt: i64 = "attempt",
            /// When the receiver took it.
            delivered_at: Timestamp = "delivered_at",
            /// When it was queued.
            created_at: Timestamp = "created_at",
        }
    }
}

open_enum! {
    /// How a [`Delivery`] went ([source](https://github.com/nimbleflux/fluxbase/blob/4b44e72/internal/webhook/webhook.go)).
    pub enum DeliveryStatus {
        /// Not over yet.
        Pending = "pending",
        /// The receiver answered 2xx.
        Success = "success",
        /// The last attempt failed.
        Failed = "failed",
    }
}
