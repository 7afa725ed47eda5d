use crate::{RawJson, UnixMillis};

open_object! {
    /// An email that Clerk sends, or leaves to you to send.
    ///
    /// **The subject, the bodies and `data.otp_code` hold live codes and links: keep them out of logs.**
    ///
    /// Sources: [`EmailJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Email("an email") {
        required {
            /// The email's id (`ema_…`).
            id: String = "id",
        }
        nullable {}
        optional {
            /// Always `email`.
            object: String = "object",
            /// The template, such as `verification_code`.
            slug: String = "slug",
            /// The part of the sender's address before the `@`.
            from_email_name: String = "from_email_name",
            /// The part of the reply address before the `@`.
            reply_to_email_name: String = "reply_to_email_name",
            /// The recipient's address.
            to_email_address: String = "to_email_address",
            /// The id of the recipient's address (`idn_…`).
            email_address_id: String = "email_address_id",
            /// The recipient's id (`user_…`).
            user_id: String = "user_id",
            /// The subject. **May hold a code: keep it out of logs.**
            subject: String = "subject",
            /// The body as HTML. **May hold a code: keep it out of logs.**
            body: String = "body",
            /// The body as plain text. **May hold a code: keep it out of logs.**
            body_plain: String = "body_plain",
            /// How far the delivery is, such as `queued`.
            status: String = "status",
            /// The values the template was filled with, depending on the template; raw.
            /// **Holds the code (`otp_code`): keep it out of logs.**
            data: RawJson = "data",
            /// Whether Clerk delivers it; otherwise you have to.
            delivered_by_clerk: bool = "delivered_by_clerk",
            /// Why it was not delivered.
            suppression_reason: String = "suppression_reason",
        }
    }
}

open_object! {
    /// A text message that Clerk sends, or leaves to you to send.
    ///
    /// **`message` and `data.otp_code` hold a live code: keep them out of logs.**
    ///
    /// Sources: [`SMSMessageJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct SmsMessage("an SMS message") {
        required {
            /// The message's id (`sms_…`).
            id: String = "id",
        }
        nullable {}
        optional {
            /// Always `sms_message`.
            object: String = "object",
            /// The template, such as `verification_code`.
            slug: String = "slug",
            /// The sender's number.
            from_phone_number: String = "from_phone_number",
            /// The recipient's number.
            to_phone_number: String = "to_phone_number",
            /// The id of the recipient's number (`idn_…`).
            phone_number_id: String = "phone_number_id",
            /// The recipient's id (`user_…`).
            user_id: String = "user_id",
            /// The text. **Holds the code: keep it out of logs.**
            message: String = "message",
            /// How far the delivery is, such as `queued`.
            status: String = "status",
            /// The values the template was filled with, depending on the template; raw.
            /// **Holds the code (`otp_code`): keep it out of logs.**
            data: RawJson = "data",
            /// Whether Clerk delivers it; otherwise you have to.
            delivered_by_clerk: bool = "delivered_by_clerk",
            /// When it was made, in milliseconds since the epoch, as in the examples of Clerk's specification.
            created_at: UnixMillis = "created_at",
            /// When it was made, in milliseconds since the epoch, as in the schema of Clerk's specification.
            created_at_ms: UnixMillis = "created_at_ms",
        }
    }
}
