use crate::RawJson;

text_or_number! {
    /// An id in the data of an event: a text, or a number with all its digits.
    ///
    /// The documentation shows short texts such as `msg_5001`; what passes through Zapier may be a number.
    pub enum Id
}

open_object! {
    /// The data of [`MessageReceived`](super::Kind::MessageReceived) as the
    /// [documentation page](https://github.com/Chatterwise/dialogwit/blob/1e102bf/src/pages/docs/advanced-features/WebhooksPage.tsx) shows it.
    ///
    /// The sender's code passes on whatever it was given, so a real event may have none of these.
    pub struct MessageReceived("the data of a message_received event") {
        required {}
        nullable {}
        optional {}
        loose {
            /// The message's id.
            message_id: Id = "message_id",
            /// What the visitor wrote.
            user_message: String = "user_message",
            /// What the chatbot answered.
            bot_response: String = "bot_response",
            /// The visitor's id.
            user_id: Id = "user_id",
            /// The visitor's address.
            user_ip: String = "user_ip",
            /// Where the conversation took place.
            metadata: RawJson = "metadata",
        }
    }
}

open_object! {
    /// The data of [`FeedbackReceived`](super::Kind::FeedbackReceived), after the
    /// [documentation page](https://github.com/Chatterwise/dialogwit/blob/1e102bf/src/pages/docs/advanced-features/WebhooksPage.tsx).
    pub struct FeedbackReceived("the data of a feedback_received event") {
        required {}
        nullable {}
        optional {}
        loose {
            /// The message that was rated.
            message_id: Id = "message_id",
            /// The rating; its scale is not documented.
            rating: RawJson = "rating",
            /// What the visitor says about it.
            comment: String = "comment",
        }
    }
}

open_object! {
    /// The data of [`ErrorOccurred`](super::Kind::ErrorOccurred), after the
    /// [documentation page](https://github.com/Chatterwise/dialogwit/blob/1e102bf/src/pages/docs/advanced-features/WebhooksPage.tsx).
    pub struct ErrorOccurred("the data of an error_occurred event") {
        required {}
        nullable {}
        optional {}
        loose {
            /// A word for programs.
            code: String = "code",
            /// What went wrong.
            message: String = "message",
            /// Whether trying again may help.
            retryable: bool = "retryable",
        }
    }
}

open_object! {
    /// The data of [`WebhookTest`](super::Kind::WebhookTest), from the
    /// [sender](https://github.com/Chatterwise/dialogwit/blob/1e102bf/supabase/functions/webhooks/index.ts).
    pub struct WebhookTest("the data of a webhook_test event") {
        required {}
        nullable {}
        optional {}
        loose {
            /// A sentence.
            message: String = "message",
            /// Always true.
            test: bool = "test",
        }
    }
}
