//! One request and its answer, tried again while that can help.

use std::time::{Duration, Instant};

use http::{HeaderMap, Response, StatusCode};
use ureq::{Agent, Body};
use webhook_retry::http::verdict;
use webhook_retry::{AttemptError, Class, Key, Retry, RetryPolicy, Verdict};

/// Longest answer that is read, in bytes: a hundred pages with all their properties take a few megabytes.
const MAX_ANSWER: u64 = 64 * 1024 * 1024;

/// Why a request did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("answered {status}")]
    Refused { status: StatusCode, verdict: Verdict, body: String },
    #[error("no answer: {0}")]
    NoAnswer(#[from] ureq::Error),
    #[error("no answer in time")]
    TimedOut,
}

impl Problem {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Refused { verdict, .. } => *verdict,
            Self::NoAnswer(_) | Self::TimedOut => Class::Transient.into(),
        }
    }
}

/// Whether a refusal passes, and how long the wait is that was asked for.
fn judge(status: StatusCode, headers: &HeaderMap) -> Verdict {
    match status {
        StatusCode::CONFLICT => Class::Transient.into(), // somebody else was writing
        _ => verdict(status, headers).unwrap_or(Verdict::new(Class::Permanent)),
    }
}

/// A client that takes every answer as one, and follows no redirect: that would carry the token or the signature
/// elsewhere.
pub(crate) fn agent(timeout: Duration) -> Agent {
    Agent::config_builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into()
}

/// Makes the request until it succeeds or `policy` gives up. `whom` says in the log who was asked.
pub(crate) fn exchange(
    whom: &str,
    policy: &RetryPolicy,
    request: impl Fn() -> Result<Response<Body>, ureq::Error>,
) -> Result<String, Problem> {
    let start = Instant::now();
    Retry::new(policy, Key::new(whom))
        .classify(Problem::verdict)
        .on_attempt(|report| match report.failure {
            Some((AttemptError::Failed(problem), _)) => tracing::warn!("{whom}: {problem}; {report}"),
            Some((AttemptError::TimedOut, _)) => tracing::warn!("{whom}: {report}"),
            None => {}
        })
        .run_blocking(
            || start.elapsed(),
            std::thread::sleep,
            |_| {
                let mut response = request()?;
                let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_string()?;
                let status = response.status();
                if status.is_success() {
                    return Ok(body);
                }
                Err(Problem::Refused { status, verdict: judge(status, response.headers()), body })
            },
        )
        .map_err(|gave_up| match gave_up.error {
            AttemptError::Failed(problem) => problem,
            AttemptError::TimedOut => Problem::TimedOut,
        })
}
