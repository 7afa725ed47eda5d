//! Whether a page has another content than before.

use serde_json::Value;
use sha2::{Digest, Sha256};
use webhook_axum::webhook_core::RawJson;

/// The digest of what is in a page, without what changes by reading it: the addresses of hosted files are signed anew
/// each time, and an answer has an id of its own.
pub(crate) fn digest(page: &RawJson) -> anyhow::Result<String> {
    let mut page: Value = page.parse()?;
    if let Value::Object(fields) = &mut page {
        fields.remove("request_id");
        fields.remove("developer_survey");
    }
    settle(&mut page);
    page.sort_all_objects();
    Ok(const_hex::encode(Sha256::digest(serde_json::to_vec(&page)?)))
}

/// Takes the signatures off the addresses of files, wherever they are. What was read was nested at most 127 levels deep.
fn settle(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.remove("expiry_time").is_some()
                && let Some(Value::String(url)) = fields.get_mut("url")
                && let Some(end) = url.find('?')
            {
                url.truncate(end);
            }
            fields.values_mut().for_each(settle);
        }
        Value::Array(items) => items.iter_mut().for_each(settle),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(page: &str) -> String {
        super::digest(&RawJson::new(page).unwrap()).unwrap()
    }

    #[test]
    fn a_page_that_is_read_again_has_the_same_content() {
        let file = |signature, expiry| {
            format!(
                r#"{{"id": "p", "a": [{{"file": {{"url": "https://files.example/x?sig={signature}", "expiry_time": "{expiry}"}}}}], "request_id": "{signature}"}}"#
            )
        };
        assert_eq!(
            digest(&file("1", "2026-10-14T08:00:00.000Z")),
            digest(&file("2", "2026-10-14T09:00:00.000Z"))
        );
        assert_eq!(digest(r#"{"a": 1, "b": 2}"#), digest(r#"{"b":2,"a":1}"#));
    }

    #[test]
    fn another_content_has_another_digest() {
        assert_ne!(digest(r#"{"a": 1}"#), digest(r#"{"a": 2}"#));
        // An address of somebody else's has no expiry, and its query belongs to it.
        assert_ne!(
            digest(r#"{"url": "https://e.example/?a=1"}"#),
            digest(r#"{"url": "https://e.example/?a=2"}"#)
        );
        assert_ne!(digest(r#"{"b": {"request_id": "1"}}"#), digest(r#"{"b": {"request_id": "2"}}"#));
    }
}
