//! Events in words. They carry ids, never values: a program that needs those reads the page through the API, where it
//! may have changed again.

use webhook_axum::webhook_core::notion::{Event, EventData};

pub(crate) fn event(event: &Event) -> String {
    let entity = format!("{} {}", event.entity.kind, event.entity.id);
    let what = match &event.data {
        EventData::PageCreated(_) => "is new".to_owned(),
        EventData::PagePropertiesUpdated(change) => {
            format!("has other values of {}", change.updated_properties.join(", "))
        }
        EventData::PageContentUpdated(change)
        | EventData::DatabaseContentUpdated(change)
        | EventData::DataSourceContentUpdated(change) => {
            format!("has another content, in {} blocks", change.updated_blocks.len())
        }
        EventData::DatabaseSchemaUpdated(change) | EventData::DataSourceSchemaUpdated(change) => {
            let columns = change.updated_properties.iter().flatten();
            let columns: Vec<_> = columns.map(|column| format!("{} {}", column.id, column.action)).collect();
            format!("has other columns: {}", columns.join(", "))
        }
        EventData::PageDeleted(_) | EventData::DatabaseDeleted(_) | EventData::DataSourceDeleted(_) => {
            "went to the trash".to_owned()
        }
        EventData::PageUndeleted(_) | EventData::DatabaseUndeleted(_) | EventData::DataSourceUndeleted(_) => {
            "came back from the trash".to_owned()
        }
        EventData::PageMoved(change)
        | EventData::DatabaseMoved(change)
        | EventData::DataSourceMoved(change) => {
            format!("is now in {} {}", change.parent.kind, change.parent.id)
        }
        EventData::CommentCreated(comment) => format!("was written on page {}", comment.page_id),
        EventData::CommentUpdated(comment) => format!("was edited on page {}", comment.page_id),
        EventData::CommentDeleted(comment) => format!("was deleted on page {}", comment.page_id),
        EventData::FileUploadFailed(failure) => match &failure.file_import_result.error {
            Some(error) => format!("failed: {} {:?}", error.kind, error.message),
            None => "failed".to_owned(),
        },
        EventData::Unknown(unknown) => {
            format!("had an event that is new to this program: {:?}", unknown.kind)
        }
        _ => format!("had the event {}", event.data.kind()),
    };
    format!("{entity} {what}")
}
