//! What happens in the background: validation, verification, cache invalidation, index update. The metrics are the
//! inbox's record of the attempts, so nothing is counted here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{error, info, warn};
use webhook_axum::providers::RecordEnvelope;
use webhook_axum::webhook_core::record_envelope::Source;
use webhook_inbox::webhook_retry::RetryPolicy;
use webhook_inbox::{Handler, HandlerError, Job, SqliteStore, StoreError};

use crate::cache::Cache;
use crate::change::{Change, Invalid};
use crate::log::HANDLERS;
use crate::records;
use crate::source::{SourceDatabase, SourceError, Standing};

/// How long one attempt may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Where the worker's handlers do their work.
#[derive(Clone)]
pub(crate) struct Processor {
    pub(crate) store: SqliteStore,
    pub(crate) source: Arc<dyn SourceDatabase>,
    pub(crate) cache: Arc<Cache>,
    pub(crate) policy: RetryPolicy,
}

/// Why an attempt did not succeed.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("the event cannot be read: {0}")]
    Unreadable(String),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the comparison with the source was cut off")]
    CutOff,
}

impl Processor {
    /// The handler of one source's events.
    pub(crate) fn handler(&self, source: &Source) -> Handler {
        let processor = self.clone();
        Handler::all(move |job| processor.clone().process(job))
            .source(source.as_str())
            .name(source.as_str())
            .policy(self.policy)
            .timeout(TIMEOUT)
    }

    /// One attempt. Its lines in the log are the guide's.
    async fn process(self, job: Job<RecordEnvelope>) -> Result<(), HandlerError> {
        let began = Instant::now();
        let of = self.policy.max_attempts();
        let (attempt, kind) = (job.attempt, job.kind.as_deref().unwrap_or("unknown"));
        let id = job
            .parsed
            .as_ref()
            .ok()
            .and_then(|event| event.record_id.as_ref())
            .map_or("none", |id| id.as_str());
        info!(target: HANDLERS, "Starting webhook processing: {}/{kind} for record {id}", job.source);
        let failed = match self.work(&job, kind).await {
            Ok(()) => {
                let seconds = began.elapsed().as_secs_f64();
                info!(target: HANDLERS, "Webhook processed successfully in {seconds:.2}s (attempt {attempt}/{of})");
                return Ok(());
            }
            Err(failed) => failed,
        };
        if let Failed::Unreadable(_) | Failed::Invalid(_) = failed {
            error!(target: HANDLERS, "Webhook processing failed for good (attempt {attempt}/{of}): {failed}");
            return Err(HandlerError::permanent(failed.to_string()));
        }
        if attempt >= of {
            error!(target: HANDLERS, "Webhook processing failed for good (attempt {attempt}/{of}): {failed}");
        } else {
            warn!(target: HANDLERS, "Webhook processing failed (attempt {attempt}/{of}): {failed}");
        }
        Err(failed.into())
    }

    async fn work(&self, job: &Job<RecordEnvelope>, kind: &str) -> Result<(), Failed> {
        let event = job.parsed.as_ref().map_err(|misfit| Failed::Unreadable(misfit.to_string()))?;
        let source = match &event.source {
            Source::Supabase => "Supabase",
            Source::Notion => "Notion",
            other => other.as_str(),
        };
        info!(target: HANDLERS, "Processing {source} {kind} event");
        let change = Change::of(event)?;

        let (database, claim) = (Arc::clone(&self.source), change.clone());
        let standing = tokio::task::spawn_blocking(move || database.verify(&claim)).await;
        let mut done = vec!["'data_verification'"];
        match standing.map_err(|_| Failed::CutOff)?? {
            Standing::Superseded => {
                info!(target: HANDLERS, "A later change of the record is known already");
            }
            Standing::Current => {
                // The records, the index, and the end of this attempt are written together or not at all.
                let (settlement, record) = (job.done(), change.record.clone());
                self.store
                    .write(move |transaction| {
                        records::apply(transaction, &change)?;
                        transaction.settle(&settlement)
                    })
                    .await?;
                // Not before: who reads in between would keep the old record.
                if self.cache.remove(&record) {
                    done.push("'cache_invalidation'");
                }
                // The guide's word. It is not queued but done.
                done.push("'index_update_queued'");
            }
        }
        info!(target: HANDLERS, "{source} webhook processed: [{}]", done.join(", "));
        Ok(())
    }
}
