use super::Verification;
use crate::UnixMillis;

open_object! {
    /// An email address of a user.
    ///
    /// Sources: [`EmailAddressJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct EmailAddress("an email address") {
        required {
            /// The address.
            email_address: String = "email_address",
        }
        nullable {}
        optional {
            /// Always `email_address`.
            object: String = "object",
            /// The address's id (`idn_…`).
            id: String = "id",
            /// Whether Clerk holds it in reserve.
            reserved: bool = "reserved",
            /// How it was verified.
            verification: Verification = "verification",
            /// Whether it matches an enterprise's single sign-on connection.
            matches_sso_connection: bool = "matches_sso_connection",
            /// When it was added, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
        lists {
            /// The accounts through which the user got it.
            linked_to: LinkedIdentification = "linked_to",
        }
    }
}

open_object! {
    /// A phone number of a user.
    ///
    /// Sources: [`PhoneNumberJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct PhoneNumber("a phone number") {
        required {
            /// The number in E.164 form, such as `+33612345678`.
            phone_number: String = "phone_number",
        }
        nullable {}
        optional {
            /// Always `phone_number`.
            object: String = "object",
            /// The number's id (`idn_…`).
            id: String = "id",
            /// Whether it is used as a second factor.
            reserved_for_second_factor: bool = "reserved_for_second_factor",
            /// Whether it is the second factor that is asked for first.
            default_second_factor: bool = "default_second_factor",
            /// Whether Clerk holds it in reserve.
            reserved: bool = "reserved",
            /// How it was verified.
            verification: Verification = "verification",
            /// Codes that replace the second factor once each. **Secret: keep them out of logs.**
            backup_codes: Vec<String> = "backup_codes",
            /// When it was added, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
        lists {
            /// The accounts through which the user got it.
            linked_to: LinkedIdentification = "linked_to",
        }
    }
}

open_object! {
    /// A cryptocurrency wallet of a user.
    ///
    /// Sources: [`Web3WalletJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Web3Wallet("a web3 wallet") {
        required {
            /// The wallet's address.
            web3_wallet: String = "web3_wallet",
        }
        nullable {}
        optional {
            /// Always `web3_wallet`.
            object: String = "object",
            /// The wallet's id (`idn_…`).
            id: String = "id",
            /// How it was verified.
            verification: Verification = "verification",
            /// When it was added, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
    }
}

open_object! {
    /// A passkey of a user.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Passkey("a passkey") {
        required {}
        nullable {}
        optional {
            /// Always `passkey`.
            object: String = "object",
            /// The passkey's id (`idn_…`).
            id: String = "id",
            /// The name the user knows it by.
            name: String = "name",
            /// When it was last used, in milliseconds since the epoch.
            last_used_at: UnixMillis = "last_used_at",
            /// How it was verified.
            verification: Verification = "verification",
        }
    }
}

open_object! {
    /// The account through which a user got an email address or a phone number.
    ///
    /// Sources: [`IdentificationLinkJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct LinkedIdentification("a linked identification") {
        required {}
        nullable {}
        optional {
            /// The account's id (`idn_…`).
            id: String = "id",
            /// The account's kind, such as `oauth_google`.
            kind: String = "type",
        }
    }
}
