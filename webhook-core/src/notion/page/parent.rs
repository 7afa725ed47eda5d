tagged_struct! {
    /// Where a page is, as the API's objects write it.
    ///
    /// Webhook events write it in another shape: [`EventParent`](crate::notion::EventParent). See
    /// [Parent](https://developers.notion.com/reference/parent-object).
    pub struct Parent("a parent") {
        required {}
        optional {
            /// Id of the database that the data source belongs to. Beside a data source only.
            database_id: String,
        }
        /// The parent.
        target: ParentTarget,
    }
}

tagged_enum! {
    /// What a page is in.
    ///
    /// See [Parent](https://developers.notion.com/reference/parent-object).
    pub enum ParentTarget("a parent") {
        /// The page of this id.
        Page(String) = "page_id",
        /// The database of this id. In versions before 2025-09-03, and of data sources.
        Database(String) = "database_id",
        /// The data source of this id; its database is beside it.
        DataSource(String) = "data_source_id",
        /// The block of this id.
        Block(String) = "block_id",
        /// The Notion agent of this id.
        Agent(String) = "agent_id",
        /// The workspace itself; always `true`.
        Workspace(bool) = "workspace",
    }
}

impl Parent {
    /// Id of the parent, or `None` for the workspace and for unknown parents.
    pub fn id(&self) -> Option<&str> {
        match &self.target {
            ParentTarget::Page(id)
            | ParentTarget::Database(id)
            | ParentTarget::DataSource(id)
            | ParentTarget::Block(id)
            | ParentTarget::Agent(id) => Some(id),
            ParentTarget::Workspace(_) | ParentTarget::Unknown(_) => None,
        }
    }

    /// Id of the database that the page is a row of, in every version of the API.
    pub fn database_id(&self) -> Option<&str> {
        match &self.target {
            ParentTarget::Database(id) => Some(id),
            _ => self.database_id.as_deref(),
        }
    }
}
