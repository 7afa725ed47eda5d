//! What a webhook says has changed.

use webhook_axum::webhook_core::JsonRow;
use webhook_axum::webhook_core::supabase::{Event, Operation};

/// What one webhook changes.
pub(crate) struct Changes {
    pub(crate) schema: String,
    pub(crate) table: String,
    pub(crate) operation: String,
    pub(crate) rows: Rows,
}

pub(crate) enum Rows {
    /// These records.
    These(Vec<Change>),
    /// Every record of the table is gone.
    AllGone,
}

/// A record before and after: its JSON as Supabase wrote it, with every digit, or `None` where there is no row.
pub(crate) struct Change {
    /// The JSON of the row's column `id`.
    pub(crate) id: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// The row has nothing that tells it from the table's others.
#[derive(Debug, thiserror::Error)]
#[error("the row has no column `id`, or it is null")]
pub(crate) struct NoId;

impl Changes {
    /// What `event` changes; `None` when it is none of the operations that change rows.
    pub(crate) fn of(event: &Event) -> Result<Option<Self>, NoId> {
        let rows = match event.kind {
            Operation::Insert | Operation::Update | Operation::Delete => {
                Rows::These(changes(event.old_record.as_ref(), event.record.as_ref())?)
            }
            Operation::Truncate => Rows::AllGone,
            _ => return Ok(None),
        };
        let (schema, table) = (event.schema.clone(), event.table.clone());
        Ok(Some(Self { schema, table, operation: event.kind.as_str().to_owned(), rows }))
    }
}

fn changes(before: Option<&JsonRow>, after: Option<&JsonRow>) -> Result<Vec<Change>, NoId> {
    let text = |row: &JsonRow| row.as_str().to_owned();
    let change = |id, before: Option<&JsonRow>, after: Option<&JsonRow>| Change {
        id,
        before: before.map(text),
        after: after.map(text),
    };
    Ok(match (before.map(id_of).transpose()?, after.map(id_of).transpose()?) {
        // An UPDATE of the key: to the ledger, one record is gone and another is new.
        (Some(old), Some(new)) if old != new => vec![change(old, before, None), change(new, None, after)],
        (Some(id), _) | (None, Some(id)) => vec![change(id, before, after)],
        (None, None) => return Err(NoId),
    })
}

fn id_of(row: &JsonRow) -> Result<String, NoId> {
    row.column("id").filter(|id| *id != "null").map(str::to_owned).ok_or(NoId)
}
