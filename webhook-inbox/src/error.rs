use std::error::Error;

/// What a store could not do.
///
/// Its texts name no event and quote no statement; the database's own error stands behind
/// [`source`](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It has as much to do as it can hold. Nothing was stored.
    #[error("the inbox can take no more at the moment")]
    Full,
    /// The database did not do it: it is down, out of space, or was restarted. Whether the events were stored is not
    /// known.
    #[error("the inbox's database did not answer as it should")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The store was closed.
    #[error("the inbox is closed")]
    Closed,
    /// The event was claimed again, or is finished.
    #[error("the lease has ended and the event is not this attempt's any more")]
    LeaseLost,
    /// What this store does not do.
    #[error("this store does not support {0}")]
    Unsupported(&'static str),
}

impl StoreError {
    /// A stable lower-case word, for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Unavailable(_) => "unavailable",
            Self::Closed => "closed",
            Self::LeaseLost => "lease_lost",
            Self::Unsupported(_) => "unsupported",
        }
    }

    /// An error of the database.
    pub fn unavailable(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(error.into())
    }
}

/// Why a store could not be opened. Nothing was changed in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The database cannot be reached or opened: no such server or folder, no permission, a wrong password.
    #[error("cannot open the inbox's database")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// The address of the database is not one.
    #[error("the address of the inbox's database is malformed")]
    Address(#[source] Box<dyn Error + Send + Sync>),
    /// The database can be read but not written.
    #[error("the inbox's database cannot be written")]
    ReadOnly(#[source] Box<dyn Error + Send + Sync>),
    /// The file is no database, or a damaged one.
    #[error("the inbox's database is damaged or is none")]
    Corrupt(#[source] Box<dyn Error + Send + Sync>),
    /// A newer release of this library has written it.
    #[error(
        "the inbox's database has schema {found}; this release knows schemas up to {supported}: update it"
    )]
    NewerSchema {
        /// The database's schema.
        found: i64,
        /// The newest schema that this release knows.
        supported: i64,
    },
    /// Bringing an older schema up to date failed. It is as it was.
    #[error("cannot bring the inbox's database from schema {found} to {supported}")]
    Migration {
        /// The database's schema.
        found: i64,
        /// The schema it should have.
        supported: i64,
        /// What the database said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The linked database library is too old to be safe.
    #[error("the linked SQLite is {found}, and at least {required} is needed")]
    Library {
        /// The linked version.
        found: String,
        /// The least version.
        required: &'static str,
    },
}
