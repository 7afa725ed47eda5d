use crate::{RawJson, UnixMillis};

open_object! {
    /// How an email address, a phone number, a wallet or an account was verified, and with what result.
    ///
    /// Clerk has one kind for each way ([`object`](Self::object)); this is the union of their members.
    ///
    /// Sources: [`VerificationJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Verification("a verification") {
        required {
            /// The result.
            status: VerificationStatus = "status",
            /// How it was done: `phone_code`, `email_code`, `ticket`, `saml`, `passkey`, `oauth_…`, `web3_…_signature`
            /// and more.
            strategy: String = "strategy",
        }
        nullable {}
        optional {
            /// The kind, such as `verification_otp`, `verification_from_oauth` or `verification_passkey`.
            object: String = "object",
            /// How many attempts were made.
            attempts: i64 = "attempts",
            /// When it expires or expired, in milliseconds since the epoch.
            expire_at: UnixMillis = "expire_at",
            /// The id of the client that completed it.
            verified_at_client: String = "verified_at_client",
            /// The channel a code was sent over, such as `sms`.
            channel: String = "channel",
            /// Why it failed.
            error: VerificationError = "error",
            /// Where the user goes to complete it with an outside provider.
            external_verification_redirect_url: String = "external_verification_redirect_url",
            /// The nonce that is to be signed by a wallet or passkey.
            nonce: String = "nonce",
            /// The text that is to be signed by a wallet.
            message: String = "message",
        }
    }
}

open_object! {
    /// Why a verification failed.
    ///
    /// Sources: [`VerificationJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct VerificationError("a verification error") {
        required {}
        nullable {}
        optional {
            /// What went wrong, in a few words.
            message: String = "message",
            /// What went wrong, in a sentence for the user.
            long_message: String = "long_message",
            /// What went wrong, for programs.
            code: String = "code",
            /// Further facts, depending on the code; raw.
            meta: RawJson = "meta",
        }
    }
}

open_enum! {
    /// The result of a [`Verification`] or of an organization domain's verification.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub enum VerificationStatus {
        /// Not done yet.
        Unverified = "unverified",
        /// Done.
        Verified = "verified",
        /// Tried in vain.
        Failed = "failed",
        /// Not done in time.
        Expired = "expired",
        /// It can be transferred to an existing user.
        Transferable = "transferable",
    }
}
