//! A thread that only reads. Readers and the writer do not wait for each other.

use std::sync::mpsc::Receiver;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::broken;
use super::queue::{Load, Queue, Queued};
use crate::StoreError;

/// A question, which knows whom to answer.
pub(super) type Question = Box<dyn FnOnce(&Connection) + Send>;

/// Answers until the queue is closed and empty.
pub(super) fn run(connection: &Connection, queue: &Receiver<Queued<Question>>) {
    while let Ok(Queued { command, place }) = queue.recv() {
        command(connection);
        drop(place);
    }
}

pub(super) async fn ask<T, F>(queue: &Queue<Question>, question: F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
{
    let (waiting, answer) = oneshot::channel();
    let question = move |connection: &Connection| {
        // Whoever has left needs no answer.
        if !waiting.is_closed() {
            let _ = waiting.send(question(connection));
        }
    };
    queue.send(Load::Upkeep, Box::new(question))?;
    let answer = answer.await.map_err(|_| StoreError::Closed)?;
    answer.map_err(|error| StoreError::unavailable(broken(&error)))
}
