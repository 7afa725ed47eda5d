use serde::{Deserialize, Serialize};

use crate::{RawJson, UnixMillis};

/// An email that Clerk sends, or leaves to you to send.
///
/// **The subject, the bodies and `data.otp_code` hold live codes and links: keep them out of logs.**
///
/// Sources: [`EmailJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Email {
    /// Always `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The email's id (`ema_…`).
    pub id: String,
    /// The template, such as `verification_code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The part of the sender's address before the `@`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_email_name: Option<String>,
    /// The part of the reply address before the `@`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to_email_name: Option<String>,
    /// The recipient's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_email_address: Option<String>,
    /// The id of the recipient's address (`idn_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_address_id: Option<String>,
    /// The recipient's id (`user_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The subject. **May hold a code: keep it out of logs.**
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The body as HTML. **May hold a code: keep it out of logs.**
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The body as plain text. **May hold a code: keep it out of logs.**
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_plain: Option<String>,
    /// How far the delivery is, such as `queued`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The values the template was filled with, depending on the template; raw.
    /// **Holds the code (`otp_code`): keep it out of logs.**
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<RawJson>,
    /// Whether Clerk delivers it; otherwise you have to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_by_clerk: Option<bool>,
    /// Why it was not delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppression_reason: Option<String>,
}

/// A text message that Clerk sends, or leaves to you to send.
///
/// **`message` and `data.otp_code` hold a live code: keep them out of logs.**
///
/// Sources: [`SMSMessageJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SmsMessage {
    /// Always `sms_message`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The message's id (`sms_…`).
    pub id: String,
    /// The template, such as `verification_code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The sender's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_phone_number: Option<String>,
    /// The recipient's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_phone_number: Option<String>,
    /// The id of the recipient's number (`idn_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_id: Option<String>,
    /// The recipient's id (`user_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The text. **Holds the code: keep it out of logs.**
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How far the delivery is, such as `queued`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The values the template was filled with, depending on the template; raw.
    /// **Holds the code (`otp_code`): keep it out of logs.**
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<RawJson>,
    /// Whether Clerk delivers it; otherwise you have to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_by_clerk: Option<bool>,
    /// When it was made, in milliseconds since the epoch, as in the examples of Clerk's specification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<UnixMillis>,
    /// When it was made, in milliseconds since the epoch, as in the schema of Clerk's specification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at_ms: Option<UnixMillis>,
}
