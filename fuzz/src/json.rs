//! Free-form JSON: what is kept as text is what `serde_json` reads, value by value.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use webhook_core::{JsonRow, RawJson, Timestamp, peek};

/// Any text as raw JSON, as a row and as a date.
pub fn json(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        assert!(peek(input, ["id"]) == [None], "a value of what is no text");
        return;
    };
    let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();

    let raw = RawJson::new(text);
    assert_eq!(raw.is_ok(), is_json, "{raw:?}");
    match raw {
        Err(error) => assert!(error.is_syntax(), "{error}"),
        Ok(raw) => {
            assert_eq!(raw.as_str(), text.trim_matches([' ', '\n', '\r', '\t']));
            assert_eq!(raw.is_null(), matches!(raw.parse::<Option<IgnoredAny>>(), Ok(None)));
        }
    }

    let members: Option<BTreeMap<String, &RawValue>> = serde_json::from_str(text).ok();
    match (JsonRow::new(text), &members) {
        (Ok(row), Some(members)) => {
            for (name, value) in members {
                assert_eq!(row.column(name), Some(value.get()), "{name:?}");
            }
            let names: Vec<_> = row.columns().map(|(name, _)| name.into_owned()).collect();
            assert!(names.iter().all(|name| members.contains_key(name)), "{names:?}");
            assert!(names.len() >= members.len(), "{names:?}");
        }
        // A name that holds half of a surrogate pair is no `String`, but a row may have it.
        (Ok(row), None) => assert!(text.contains("\\u"), "{row:?}"),
        (Err(_), None) => {}
        (Err(error), Some(_)) => panic!("{error}"),
    }

    found(text, members.as_ref());
    date(text);
}

/// What `peek` finds is what a whole parse has at that path.
fn found(text: &str, members: Option<&BTreeMap<String, &RawValue>>) {
    let Some(members) = members else { return };
    let Some((key, value)) = members.iter().find(|(key, _)| !key.is_empty() && !key.contains('.')) else {
        return;
    };
    let [of_key] = peek(text.as_bytes(), [key]);
    assert_eq!(of_key, Some(value.get()), "{key:?}");
    let below: Option<BTreeMap<String, &RawValue>> = serde_json::from_str(value.get()).ok();
    let inner =
        below.as_ref().and_then(|below| below.keys().find(|key| !key.is_empty() && !key.contains('.')));
    if let (Some(below), Some(inner)) = (&below, inner) {
        let [of_path] = peek(text.as_bytes(), [&format!("{key}.{inner}")]);
        assert_eq!(of_path, below.get(inner).map(|value| value.get()), "{key:?}.{inner:?}");
    }
}

/// A date keeps its text; a moment that it names is one that RFC 3339 can write and that is read alike.
fn date(text: &str) {
    let time = Timestamp::new(text);
    assert_eq!(time.as_str(), text);
    if let Some(moment) = time.to_utc() {
        if let Ok(strict) = chrono::DateTime::parse_from_rfc3339(text) {
            assert_eq!(moment, strict);
        }
        let again = Timestamp::new(moment.to_rfc3339()).to_utc();
        assert!(
            again == Some(moment) || !(0..=9999).contains(&chrono::Datelike::year(&moment)),
            "{moment:?}"
        );
    }
    let _ = time.to_naive();
}
