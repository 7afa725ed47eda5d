//! The envelopes, and who takes them.

use std::time::Duration;

use anyhow::{Context, ensure};
use http::StatusCode;
use serde::Serialize;
use ureq::Agent;
use webhook_axum::webhook_core::{RawJson, Timestamp, UnixTime};
use webhook_axum::webhook_verify::providers::RecordEnvelope;
use webhook_axum::webhook_verify::{Provider, Secret, Signer};
use webhook_retry::{Jitter, Ratio, RetryAfter, RetryPolicy, Schedule};

use crate::exchange::{Problem, agent, exchange};

/// Five attempts over some seconds: a restart of the receiver. What takes longer is the next run's.
const POLICY: RetryPolicy = match RetryPolicy::builder(
    Schedule::Exponential { first: Duration::from_millis(200), ratio: Ratio::DOUBLE },
    5,
)
.jitter(Jitter::Full)
.retry_after(RetryAfter::UpTo(Duration::from_mins(1)))
.build()
{
    Ok(policy) => policy,
    Err(_) => panic!("the policy is refused"),
};

/// A change of one page.
#[derive(Debug, Serialize)]
pub(crate) struct Envelope<'a> {
    pub(crate) event_type: &'static str,
    pub(crate) source: &'static str,
    /// The database's id.
    pub(crate) table_name: &'a str,
    /// The page's id.
    pub(crate) record_id: &'a str,
    pub(crate) data: &'a RawJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp: Option<&'a Timestamp>,
}

/// What the receiver made of an envelope.
pub(crate) enum Taken {
    Accepted,
    /// It will never take this one.
    Refused(StatusCode, String),
}

pub(crate) struct MemoryApi {
    agent: Agent,
    url: String,
    signer: Signer,
}

impl MemoryApi {
    pub(crate) fn new(url: &str, secret: &str) -> anyhow::Result<Self> {
        ensure!(url.starts_with("https://") || url.starts_with("http://"), "MEMORY_API_URL is no URL");
        let secret = Secret::new(secret).context("RECORD_ENVELOPE_SECRET")?;
        let signer = Signer::new(RecordEnvelope::SCHEME, secret).context("RECORD_ENVELOPE_SECRET")?;
        Ok(Self { agent: agent(Duration::from_secs(30)), url: url.to_owned(), signer })
    }

    /// Posts an envelope until it is taken. An error is about the receiver, not about the envelope.
    pub(crate) fn post(&self, envelope: &Envelope<'_>) -> anyhow::Result<Taken> {
        let body = serde_json::to_string(envelope)?;
        let headers = self.signer.sign("", UnixTime::now(), body.as_bytes())?;
        let posted = exchange("the receiver", &POLICY, || {
            let mut request = self.agent.post(&self.url).header("content-type", "application/json");
            for (name, value) in &headers {
                request = request.header(name, value);
            }
            request.send(&body)
        });
        match posted {
            Ok(_) => Ok(Taken::Accepted),
            Err(Problem::Refused { status, .. }) if is_about_the_envelope(status) => {
                Ok(Taken::Refused(status, body))
            }
            Err(problem) => Err(problem).context("the receiver"),
        }
    }
}

/// 401, 403 and 404, too, would come again, but for every envelope: there the configuration is wrong.
fn is_about_the_envelope(status: StatusCode) -> bool {
    [StatusCode::BAD_REQUEST, StatusCode::PAYLOAD_TOO_LARGE, StatusCode::UNPROCESSABLE_ENTITY]
        .contains(&status)
}
