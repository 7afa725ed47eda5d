use crate::UnixMillis;

open_struct! {
    /// Who pays: a user or an organization.
    ///
    /// The fields of the other kind are absent, null, or **empty strings**.
    ///
    /// Sources: [`BillingPayerJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Payer {
        /// Always `commerce_payer`.
        object: String,
        /// The payer's id.
        id: String,
        /// The id of the Clerk instance (`ins_…`).
        instance_id: String,
        /// The user's id (`user_…`).
        user_id: String,
        /// The user's first name.
        first_name: String,
        /// The user's last name.
        last_name: String,
        /// The organization's id (`org_…`).
        organization_id: String,
        /// The organization's name.
        organization_name: String,
        /// The email address for bills.
        email: String,
        /// The URL of the picture or logo.
        image_url: String,
        /// When the payer was created, in milliseconds since the epoch.
        created_at: UnixMillis,
        /// When the payer was last changed, in milliseconds since the epoch.
        updated_at: UnixMillis,
    }
}
