use std::sync::Arc;
use std::time::Duration;

use crate::{InboxAdmin, Retention, telemetry};

/// How often the retention is applied.
const KEEPING: Duration = Duration::from_hours(1);

pub(super) async fn keep(store: Arc<dyn InboxAdmin>, retention: Retention) {
    let mut hours = tokio::time::interval(KEEPING);
    loop {
        hours.tick().await;
        match store.purge(&retention).await {
            Ok(purged) => tracing::debug!(
                keys = purged.keys,
                bodies = purged.bodies,
                "the inbox's retention was applied"
            ),
            Err(error) => telemetry::store_failed("purge", &error),
        }
    }
}
