use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use webhook_verify::{Provider, Received};

use crate::{InboxStore, NewEvent, Receipt, StoreError, telemetry};

/// Where an endpoint puts its verified events. Cheap to clone; clones share the store.
///
/// # Examples
///
/// A handler of your own, without any framework's adapter:
///
/// ```
/// use webhook_inbox::{Inbox, MemoryStore, StoreError};
/// use webhook_verify::providers::Clerk;
/// use webhook_verify::Received;
///
/// /// The status and body to answer with.
/// async fn store(inbox: &Inbox, received: &Received<Clerk>) -> (u16, String) {
///     match inbox.receive(received).await {
///         Ok(stored) => (202, stored.answer),
///         Err(_) => (503, String::new()), // with `Retry-After`: the sender keeps it for us
///     }
/// }
///
/// let inbox = Inbox::new(MemoryStore::new());
/// # let _ = (store, inbox);
/// ```
#[derive(Clone)]
pub struct Inbox {
    store: Arc<dyn InboxStore>,
    orders: Arc<BTreeMap<&'static str, &'static str>>,
}

impl Inbox {
    /// An inbox on this store.
    pub fn new(store: impl InboxStore) -> Self {
        Self { store: Arc::new(store), orders: Arc::default() }
    }

    /// Processes a provider's events one after the other when the value at `path` of their bodies is equal, keys
    /// separated by full stops: `record.id` for the rows of a table. Events without that value are not ordered.
    /// [`NewEvent::ordered_by`] says which values are equal.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unsupported`] when the store keeps no order.
    pub fn ordered_by<P: Provider>(mut self, path: &'static str) -> Result<Self, StoreError> {
        if !self.store.guarantees().ordering {
            return Err(StoreError::Unsupported("ordering keys"));
        }
        Arc::make_mut(&mut self.orders).insert(P::NAME, path);
        Ok(self)
    }

    /// Stores one event. When this returns, the event may be answered with 2xx.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; answer 503 then, so that the sender tries again.
    pub async fn accept(&self, event: NewEvent) -> Result<Receipt, StoreError> {
        let source = event.source_name().to_owned();
        let stored = self.store.accept(&[event]).await;
        let receipt = stored.and_then(|receipts| {
            receipts.into_iter().next().ok_or_else(|| StoreError::unavailable("the store gave no receipt"))
        });
        telemetry::accepted(&source, &receipt);
        receipt
    }

    /// Stores a verified request with all that its provider tells about it, and gives what to answer with 202.
    ///
    /// The answer is the one that the provider's documentation shows, else
    /// `{"status":"accepted","message":…,"details":{"event_type":…,"source":…,"id":…}}`. A duplicate gets the answer
    /// of the first.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept).
    pub async fn receive<P: Provider>(&self, received: &Received<P>) -> Result<Stored, StoreError> {
        use webhook_verify::webhook_core::Payload;

        let mut event = NewEvent::of(received);
        if let Some(path) = self.orders.get(P::NAME) {
            event = event.ordered_by(path);
        }
        let answer = P::Event::acknowledgement(received.body()).unwrap_or_else(|| acknowledgement(&event));
        let receipt = self.accept(event.answer(answer.as_str())).await?;
        let first = match &receipt {
            Receipt::New(_) => None,
            Receipt::Duplicate(first) => first.answer.clone(),
        };
        Ok(Stored { answer: first.unwrap_or(answer), receipt })
    }

    /// The store.
    pub fn store(&self) -> &dyn InboxStore {
        &*self.store
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("store", &self.store).finish_non_exhaustive()
    }
}

/// A request that is stored, or was before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stored {
    /// Whether it is new.
    pub receipt: Receipt,
    /// The JSON to answer with 202.
    pub answer: String,
}

fn acknowledgement(event: &NewEvent) -> String {
    #[derive(Serialize)]
    struct Accepted<'e> {
        status: &'static str,
        message: &'static str,
        details: Details<'e>,
    }

    #[derive(Serialize)]
    struct Details<'e> {
        event_type: Option<&'e str>,
        source: &'e str,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'e str>,
    }

    let accepted = Accepted {
        status: "accepted",
        message: "Webhook payload received and queued for processing",
        details: Details {
            event_type: event.kind_name(),
            source: event.source_name(),
            id: event.delivery_id(),
        },
    };
    // Texts in an object always have a JSON.
    serde_json::to_string(&accepted).unwrap_or_default()
}
