use crate::UnixMillis;

open_object! {
    /// Who pays: a user or an organization.
    ///
    /// The fields of the other kind are absent, null, or **empty strings**.
    ///
    /// Sources: [`BillingPayerJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Payer("a payer") {
        required {}
        nullable {}
        optional {
            /// Always `commerce_payer`.
            object: String = "object",
            /// The payer's id.
            id: String = "id",
            /// The id of the Clerk instance (`ins_…`).
            instance_id: String = "instance_id",
            /// The user's id (`user_…`).
            user_id: String = "user_id",
            /// The user's first name.
            first_name: String = "first_name",
            /// The user's last name.
            last_name: String = "last_name",
            /// The organization's id (`org_…`).
            organization_id: String = "organization_id",
            /// The organization's name.
            organization_name: String = "organization_name",
            /// The email address for bills.
            email: String = "email",
            /// The URL of the picture or logo.
            image_url: String = "image_url",
            /// When the payer was created, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When the payer was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
        }
    }
}
