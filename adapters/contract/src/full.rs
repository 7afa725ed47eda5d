//! A store that takes nothing.

use std::time::Duration;

use async_trait::async_trait;
use webhook_inbox::{
    Claim, Claims, Durability, Guarantees, InboxStore, Lease, NewEvent, Receipt, Route, Settled, Settlement,
    StoreError,
};

#[derive(Debug)]
pub(crate) struct Full;

#[async_trait]
impl InboxStore for Full {
    fn guarantees(&self) -> Guarantees {
        Guarantees::new(Durability::Process)
    }

    async fn accept(&self, _: &[NewEvent]) -> Result<Vec<Receipt>, StoreError> {
        Err(StoreError::Full)
    }

    async fn claim(&self, _: &Claim) -> Result<Claims, StoreError> {
        Ok(Claims::default())
    }

    async fn extend(&self, _: &Lease, _: Duration) -> Result<Lease, StoreError> {
        Err(StoreError::LeaseLost)
    }

    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, StoreError> {
        Ok(vec![Settled::LeaseLost; settlements.len()])
    }

    async fn wakeup(&self, _: &[Route], _: Duration) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }
}
