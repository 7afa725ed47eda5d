open_object! {
    /// What is left of a user, an organization or an organization domain that was deleted.
    ///
    /// Sources: [`DeletedObjectJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct DeletedObject("a deleted object") {
        required {
            /// Always `true`.
            deleted: bool = "deleted",
        }
        nullable {}
        optional {
            /// What kind of object it was, such as `user` or `organization`.
            object: String = "object",
            /// The id it had.
            id: String = "id",
            /// The slug it had (organizations only).
            slug: String = "slug",
            /// Your own id for it (users only).
            external_id: String = "external_id",
        }
    }
}
