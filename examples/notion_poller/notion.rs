//! The three questions that are asked of Notion.

use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use http::StatusCode;
use serde::Deserialize;
use ureq::Agent;
use webhook_axum::webhook_core::notion::api::{ApiError, Entry, QueryRequest, QueryResponse};
use webhook_axum::webhook_core::notion::page::Page;
use webhook_axum::webhook_core::{Payload, RawJson};
use webhook_retry::{Jitter, Ratio, RetryAfter, RetryPolicy, Schedule};

use crate::exchange::{Problem, agent, exchange};

/// The version of the API, sent with every request: the first with data sources.
const VERSION: &str = "2025-09-03";

/// Six attempts over half a minute, or as long as Notion asks for: the wait for a workspace's limit can be longer than
/// a minute, and a client that comes back earlier is refused again.
const POLICY: RetryPolicy = match RetryPolicy::builder(
    Schedule::Exponential { first: Duration::from_secs(1), ratio: Ratio::DOUBLE },
    6,
)
.jitter(Jitter::Equal)
.retry_after(RetryAfter::UpTo(Duration::from_mins(15)))
.build()
{
    Ok(policy) => policy,
    Err(_) => panic!("the policy is refused"),
};

pub(crate) struct Notion {
    agent: Agent,
    url: String,
    authorization: String,
}

/// A page as it was read, and as it was sent.
pub(crate) struct Row {
    pub(crate) page: Page,
    pub(crate) raw: RawJson,
}

/// A part of a query's results.
pub(crate) struct Part {
    pub(crate) rows: Vec<Row>,
    pub(crate) next: Option<String>,
    /// Notion stopped although there is more, and no cursor leads there.
    pub(crate) is_cut_off: bool,
}

impl Notion {
    pub(crate) fn new(url: &str, token: &str) -> anyhow::Result<Self> {
        ensure!(url.starts_with("https://") || url.starts_with("http://"), "NOTION_API_URL is no URL");
        let authorization = format!("Bearer {token}");
        http::HeaderValue::try_from(&authorization).context("NOTION_API_KEY cannot stand in a header")?;
        Ok(Self {
            agent: agent(Duration::from_mins(1)),
            url: url.trim_end_matches('/').to_owned(),
            authorization,
        })
    }

    /// The ids of a database's data sources. Before version 2025-09-03 a database was its only one.
    pub(crate) fn data_sources(&self, database: &str) -> anyhow::Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Database {
            data_sources: Vec<DataSource>,
        }
        #[derive(Deserialize)]
        struct DataSource {
            id: String,
        }
        let answer = self.get(&format!("/v1/databases/{database}")).map_err(explained)?;
        let database: Database = serde_json::from_str(&answer).context("the database is not readable")?;
        Ok(database.data_sources.into_iter().map(|source| source.id).collect())
    }

    /// One part of the pages of a data source.
    pub(crate) fn query(&self, source: &str, request: &QueryRequest) -> anyhow::Result<Part> {
        /// The same results as they were sent: an envelope carries a page with all that this version does not know.
        #[derive(Deserialize)]
        struct Sent {
            results: Vec<RawJson>,
        }
        let url = format!("{}/v1/data_sources/{source}/query", self.url);
        let body = serde_json::to_string(request)?;
        let answer = exchange("Notion", &POLICY, || {
            let request = self.agent.post(&url).header("content-type", "application/json");
            self.authorized(request).send(&body)
        })
        .map_err(explained)?;
        let list = QueryResponse::parse(answer.as_bytes()).context("the query's answer is not readable")?;
        let sent: Sent = serde_json::from_str(&answer).context("the query's answer is not readable")?;
        let (next, is_cut_off) = (list.next_page().map(str::to_owned), list.is_cut_off());
        let rows = list
            .results
            .into_iter()
            .zip(sent.results)
            .filter_map(|(entry, raw)| match entry {
                Entry::Page(page) => Some(Row { page: *page, raw }),
                _ => None, // the data sources of a wiki
            })
            .collect();
        Ok(Part { rows, next, is_cut_off })
    }

    /// A page, or none when it is gone, or no longer shared with the connection.
    pub(crate) fn page(&self, id: &str) -> anyhow::Result<Option<Row>> {
        match self.get(&format!("/v1/pages/{id}")) {
            Ok(answer) => {
                let page = Page::parse(answer.as_bytes()).context("the page is not readable")?;
                Ok(Some(Row { page, raw: RawJson::new(answer)? }))
            }
            Err(Problem::Refused { status: StatusCode::NOT_FOUND, .. }) => Ok(None),
            Err(problem) => Err(explained(problem)),
        }
    }

    fn get(&self, path: &str) -> Result<String, Problem> {
        let url = format!("{}{path}", self.url);
        exchange("Notion", &POLICY, || self.authorized(self.agent.get(&url)).call())
    }

    fn authorized<B>(&self, request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        request.header("authorization", &self.authorization).header("notion-version", VERSION)
    }
}

/// What Notion itself says about a refusal.
fn explained(problem: Problem) -> anyhow::Error {
    let Problem::Refused { status, body, .. } = &problem else {
        return anyhow!(problem).context("Notion");
    };
    match ApiError::parse(body.as_bytes()) {
        Ok(error) => {
            anyhow!("Notion answered {status}: {} {:?}", error.code, error.message.unwrap_or_default())
        }
        Err(_) => anyhow!("Notion answered {status}, and not as Notion does"),
    }
}
