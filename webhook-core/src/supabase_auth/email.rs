use super::{Metadata, User};
use crate::Sensitive;

open_object! {
    /// Mail is to be sent: the
    /// [send email hook](https://supabase.com/docs/guides/auth/auth-hooks/send-email-hook).
    pub struct SendEmail("a send email hook") {
        required {
            /// Who it is about.
            user: User = "user",
            /// What is to be sent.
            email_data: EmailData = "email_data",
        }
        nullable {}
        optional {
            /// What the server says about the call.
            metadata: Metadata = "metadata",
        }
    }
}

open_object! {
    /// What [mail](https://github.com/supabase/auth/blob/bc32168/internal/mailer/mailer.go) to send.
    ///
    /// An address is changed with one mail or with two. With two, the current address gets `token` and
    /// `token_hash_new`, the new one `token_new` and `token_hash`: the names are crossed on purpose. With one, the new
    /// address gets `token` and `token_hash`, and the others are empty.
    pub struct EmailData("email data") {
        required {
            /// What the mail is for.
            email_action_type: EmailAction = "email_action_type",
        }
        nullable {}
        optional {
            /// The one-time code, for the current address where there are two mails; empty when none is needed.
            token: Sensitive = "token",
            /// The hash for links that belongs to `token`, or to `token_new` where there are two mails; empty when
            /// none is needed.
            token_hash: Sensitive = "token_hash",
            /// Where the user goes after the link.
            redirect_to: String = "redirect_to",
            /// The auth server's own URL, not that of the site.
            site_url: String = "site_url",
            /// The one-time code for the new address; empty unless there are two mails.
            token_new: Sensitive = "token_new",
            /// The hash for links that belongs to `token`, for the current address; empty unless there are two mails.
            token_hash_new: Sensitive = "token_hash_new",
            /// The address before the change; empty when there is none.
            old_email: String = "old_email",
            /// The number before the change; empty when there is none.
            old_phone: String = "old_phone",
            /// The provider whose account was linked or unlinked; empty when there is none.
            provider: String = "provider",
            /// The kind of the factor that was added or removed; empty when there is none.
            factor_type: String = "factor_type",
        }
    }
}

open_enum! {
    /// What [mail](https://github.com/supabase/auth/blob/bc32168/internal/mailer/mailer.go) is for.
    pub enum EmailAction {
        /// Confirming a new account.
        Signup = "signup",
        /// Resetting the password.
        Recovery = "recovery",
        /// Inviting a user.
        Invite = "invite",
        /// Signing in through a link.
        MagicLink = "magiclink",
        /// Changing the address.
        EmailChange = "email_change",
        /// Confirming who the user is once more.
        Reauthentication = "reauthentication",
        /// A code by mail, of any kind.
        Email = "email",
        /// Changing the address: the mail to the current one.
        EmailChangeCurrent = "email_change_current",
        /// Changing the address: the mail to the new one.
        EmailChangeNew = "email_change_new",
        /// The password was changed.
        PasswordChangedNotification = "password_changed_notification",
        /// The address was changed.
        EmailChangedNotification = "email_changed_notification",
        /// The telephone number was changed.
        PhoneChangedNotification = "phone_changed_notification",
        /// An account was linked.
        IdentityLinkedNotification = "identity_linked_notification",
        /// An account was unlinked.
        IdentityUnlinkedNotification = "identity_unlinked_notification",
        /// A second factor was added.
        MfaFactorEnrolledNotification = "mfa_factor_enrolled_notification",
        /// A second factor was removed.
        MfaFactorUnenrolledNotification = "mfa_factor_unenrolled_notification",
    }
}
