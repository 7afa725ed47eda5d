//! Whether what an event says is so.

use std::time::Duration;

use anyhow::ensure;

use crate::change::{Change, Record};
use crate::records::Records;

/// Where the records live.
pub(crate) trait SourceDatabase: Send + Sync {
    /// The record's JSON as it is there now; none when there is no such record.
    fn find(&self, record: &Record) -> Result<Option<String>, SourceError>;

    /// Compares a change with what is there.
    fn verify(&self, change: &Change) -> Result<Standing, SourceError>;
}

/// What a change that is no lie is worth.
pub(crate) enum Standing {
    /// It is how the record is now.
    Current,
    /// The record was changed again since, and that is known already.
    Superseded,
}

/// Why a change is not believed yet. Any of these may be gone in two seconds: the event may be faster than what it
/// tells of.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    #[error("the source does not have the record")]
    Missing,
    #[error("the source still has the record")]
    NotDeleted,
    #[error("the source answered {0}")]
    Status(u16),
    #[error("the source cannot be reached")]
    Unreachable(#[source] ureq::Error),
    #[error("the local records cannot be read")]
    Local(#[from] rusqlite::Error),
}

/// The records that the events themselves have built up. They can tell that an event is older than what they have, and
/// no more than that: what an event claims they must believe.
pub(crate) struct Local(pub(crate) Records);

impl SourceDatabase for Local {
    fn find(&self, record: &Record) -> Result<Option<String>, SourceError> {
        Ok(self.0.find(record)?)
    }

    fn verify(&self, change: &Change) -> Result<Standing, SourceError> {
        Ok(if self.0.know_a_later(change)? { Standing::Superseded } else { Standing::Current })
    }
}

/// A source that is asked over HTTP: `GET {url}/{source}/{table}/{id}` is answered with 200 and the record, or with 404.
pub(crate) struct Web {
    agent: ureq::Agent,
    url: String,
    /// What needs no question.
    local: Local,
}

/// How long the source may take: less than an attempt may.
const TIMEOUT: Duration = Duration::from_secs(10);

impl Web {
    pub(crate) fn new(url: &str, local: Local) -> anyhow::Result<Self> {
        ensure!(url.starts_with("https://") || url.starts_with("http://"), "SOURCE_URL is no URL");
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .max_redirects(0)
            .http_status_as_error(false)
            .build()
            .new_agent();
        Ok(Self { agent, url: url.trim_end_matches('/').to_owned(), local })
    }
}

impl SourceDatabase for Web {
    fn find(&self, record: &Record) -> Result<Option<String>, SourceError> {
        let path = [&record.source, &record.table, &record.id].map(|segment| escape(segment)).join("/");
        let mut answer =
            self.agent.get(format!("{}/{path}", self.url)).call().map_err(SourceError::Unreachable)?;
        match answer.status().as_u16() {
            200 => answer.body_mut().read_to_string().map(Some).map_err(SourceError::Unreachable),
            404 | 410 => Ok(None),
            status => Err(SourceError::Status(status)),
        }
    }

    fn verify(&self, change: &Change) -> Result<Standing, SourceError> {
        // Otherwise the INSERT of a record that was deleted since would be looked for in vain, again and again.
        if let Standing::Superseded = self.local.verify(change)? {
            return Ok(Standing::Superseded);
        }
        match (&change.data, self.find(&change.record)?) {
            (Some(_), Some(_)) | (None, None) => Ok(Standing::Current),
            (Some(_), None) => Err(SourceError::Missing),
            (None, Some(_)) => Err(SourceError::NotDeleted),
        }
    }
}

/// A text as one segment of a path: it comes from the sender, and may be `../admin`.
fn escape(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
