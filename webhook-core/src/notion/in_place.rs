//! Reads properties where they stand.
//!
//! A property may be anything where users put it together, and then only its text keeps every digit. To have the text
//! it must be read twice, which takes half as long again for a whole page. So a body is first read as if all its
//! properties were objects, which those of Notion's own bodies are, and again only when that fails.

use std::cell::Cell;

use serde::de::DeserializeOwned;

use crate::ParseError;

thread_local! {
    static IN_PLACE: Cell<bool> = const { Cell::new(false) };
}

/// Whether properties are read where they stand, as objects. Only while [`parse`] tries it.
pub(super) fn is_in_place() -> bool {
    IN_PLACE.get()
}

/// Reads a body, with the same result as `Deserialize` alone.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ParseError> {
    let text = crate::error::text(body)?;
    if let Ok(value) = in_place(text) {
        return Ok(value);
    }
    crate::error::from_text(text)
}

fn in_place<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    /// Ends it also when reading panics.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            IN_PLACE.set(false);
        }
    }
    let _end = End;
    IN_PLACE.set(true);
    serde_json::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notion::page::Page;

    #[test]
    fn properties_are_read_in_place_only_while_it_is_tried() {
        let objects = r#"{"id":"p","properties":{"Paid":{"type":"checkbox","checkbox":true}}}"#;
        let flat = r#"{"id":"p","properties":{"Price":0.10}}"#;
        assert!(in_place::<Page>(objects).is_ok() && !is_in_place());
        // The fast way does not know it, so it is read again.
        assert!(in_place::<Page>(flat).is_err() && !is_in_place());
        for text in [objects, flat] {
            let page: Page = parse(text.as_bytes()).unwrap();
            assert_eq!(page, serde_json::from_str(text).unwrap());
            assert_eq!(serde_json::to_string(&page).unwrap(), text);
        }
        assert_eq!(parse::<Page>(br#"{"id":7,"properties":{"Price":0.10}}"#).unwrap_err().path(), "id");
    }
}
