use super::{Metadata, User};
use crate::Sensitive;

open_object! {
    /// A text message is to be sent: the
    /// [send SMS hook](https://supabase.com/docs/guides/auth/auth-hooks/send-sms-hook).
    pub struct SendSms("a send SMS hook") {
        required {
            /// What is to be sent.
            sms: Sms = "sms",
        }
        nullable {}
        optional {
            /// Who it is for.
            user: User = "user",
            /// What the server says about the call.
            metadata: Metadata = "metadata",
        }
    }
}

open_object! {
    /// A [text message](https://github.com/supabase/auth/blob/bc32168/internal/hooks/v0hooks/v0hooks.go) with a code.
    pub struct Sms("a text message") {
        required {}
        nullable {}
        optional {
            /// The one-time code.
            otp: Sensitive = "otp",
            /// What the code is for; absent for signing in.
            sms_type: SmsType = "sms_type",
            /// The number to send to; absent from servers before September 2025, which mean the user's.
            phone: String = "phone",
        }
    }
}

open_enum! {
    /// What a [text message](https://github.com/supabase/auth/blob/bc32168/internal/hooks/v0hooks/v0hooks.go) is for.
    pub enum SmsType {
        /// A second factor.
        Mfa = "mfa",
    }
}
