//! Payload models: what is no JSON is told from what does not fit, and what was read is written and read again alike.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::Serialize;
use serde::de::IgnoredAny;
use webhook_core::{
    Outcome, ParseError, Payload, RawJson, chatterwise, clerk, drift, fluxbase, notion, record_envelope,
    resend, standard_webhooks, supabase, supabase_auth,
};

/// Stands for what a sender wrote and no error may repeat.
const VALUE: &str = "hunter2";

/// Deepest nesting that every model takes, in levels.
pub(crate) const MAX_DEPTH: usize = 127;

/// A body under every payload model.
pub fn parse(input: &[u8]) {
    let body = Body::of(input);
    model::<clerk::Event>("clerk", &body);
    model::<notion::Message>("notion", &body);
    model::<notion::automation::Event>("notion automation", &body);
    model::<supabase::Event>("supabase", &body);
    model::<supabase_auth::Hook>("supabase auth", &body);
    model::<fluxbase::Event>("fluxbase", &body);
    model::<chatterwise::Event>("chatterwise", &body);
    model::<record_envelope::Event>("record envelope", &body);
    model::<resend::Event>("resend", &body);
    model::<standard_webhooks::Event>("standard webhooks", &body);
    model::<notion::page::Page>("notion page", &body);
    model::<notion::api::QueryResponse>("notion query", &body);
    model::<notion::api::PropertyItems>("notion property items", &body);
    model::<notion::api::ApiError>("notion error", &body);
    model::<RawJson>("raw", &body);

    unknown::<clerk::Event>(&body, &["type"]);
    unknown::<notion::Message>(&body, &["type"]);
    unknown::<supabase::Event>(&body, &["type"]);
    unknown::<fluxbase::Event>(&body, &["event"]);
    unknown::<chatterwise::Event>(&body, &["event", "event_type"]);
    unknown::<record_envelope::Event>(&body, &["event_type"]);
    unknown::<resend::Event>(&body, &["type"]);
}

struct Body<'i> {
    bytes: &'i [u8],
    is_json: bool,
    depth: usize,
    /// [`VALUE`] is in the body, and not in the text of a key.
    has_value: bool,
}

impl<'i> Body<'i> {
    fn of(bytes: &'i [u8]) -> Self {
        let is_json =
            serde_json::from_slice::<IgnoredAny>(bytes).is_ok() && std::str::from_utf8(bytes).is_ok();
        let text = String::from_utf8_lossy(bytes);
        // A key may spell it with escapes, so with any backslash nothing is said.
        let has_value = text.contains(VALUE)
            && !text.contains('\\')
            && text
                .split('"')
                .zip(text.split('"').skip(1))
                .all(|(value, behind)| !value.contains(VALUE) || !behind.trim_start().starts_with(':'));
        Self { bytes, is_json, depth: depth(bytes), has_value }
    }
}

/// The deepest level of brackets outside of strings.
pub(crate) fn depth(bytes: &[u8]) -> usize {
    let (mut level, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => level += 1,
            b'}' | b']' if !in_string => level = level.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(level);
    }
    deepest
}

fn model<T: Payload + Serialize + PartialEq + Debug>(name: &str, body: &Body<'_>) {
    let parsed = T::parse(body.bytes);
    let kind = T::kind_of(body.bytes);
    // Without a check of what is ignored, `from_slice` would take a body that is no text.
    let read = std::str::from_utf8(body.bytes).ok().and_then(|text| serde_json::from_str(text).ok());
    match parsed {
        Err(error) => {
            refusal(name, body, &error);
            assert_eq!(read, None, "{name}: {error}, yet Deserialize takes it");
        }
        Ok(event) => {
            assert!(body.is_json, "{name}: took what is no JSON");
            assert_eq!(read.as_ref(), Some(&event), "{name}: Deserialize is not parse");
            if event.kind() != Some("file_upload.completed") {
                // The guide's other name of that event becomes this one.
                assert_eq!(
                    event.kind(),
                    kind_known(name, kind.as_deref(), &event),
                    "{name}: the name in {event:?}"
                );
            }
            let written =
                serde_json::to_vec(&event).unwrap_or_else(|error| panic!("{name}: {error}: {event:?}"));
            match T::parse(&written) {
                Ok(again) => assert_eq!(again, event, "{name}: written and read again"),
                Err(error) => panic!("{name}: {error}: {}", String::from_utf8_lossy(&written)),
            }
            let lost = drift::compare(body.bytes, &event).expect("the body is JSON");
            assert!(lost.len() <= body.bytes.len(), "{name}: {lost:?}");
        }
    }
}

/// The name that `kind` must give: models whose event has no name of its own tell it by its shape.
fn kind_known<'k, T: Payload>(name: &str, kind: Option<&'k str>, event: &'k T) -> Option<&'k str> {
    let has_names = event.outcome() != Outcome::Handshake && !name.starts_with("notion ") && name != "raw";
    if has_names { kind } else { event.kind() }
}

fn refusal(name: &str, body: &Body<'_>, error: &ParseError) {
    let shown = format!("{error} {error:?}");
    match error.code() {
        "not_json" => {
            assert!(error.is_syntax() && !error.is_data());
            assert!(!body.is_json || body.depth > MAX_DEPTH, "{name}: {error}");
            assert_eq!(error.path(), "", "{name}: {error}");
        }
        "wrong_shape" => {
            assert!(error.is_data() && !error.is_syntax());
            assert!(body.is_json, "{name}: {error}");
            assert!(error.path().len() <= 256, "{name}: {error}");
        }
        other => panic!("{name}: {other}"),
    }
    assert!(!shown.contains(char::is_control), "{name}: {shown:?}");
    assert!(!body.has_value || !shown.contains(VALUE), "{name}: {shown}");
    let lines = body.bytes.split(|byte| *byte == b'\n').count();
    assert!(error.line() <= lines, "{name}: {error}");
    assert!(error.column() <= body.bytes.len() + 1, "{name}: {error}");
}

/// An event that is read under its own name is read under an unheard-of one as well, as an unknown event.
fn unknown<T: Payload + Serialize>(body: &Body<'_>, keys: &[&str]) {
    let Ok(event) = T::parse(body.bytes) else { return };
    if event.outcome() == Outcome::Handshake {
        return;
    }
    let written = serde_json::to_vec(&event).expect("it was written before");
    let mut members: BTreeMap<String, RawJson> = serde_json::from_slice(&written).expect("an object");
    for key in keys {
        if let Some(name) = members.get_mut(*key) {
            *name = RawJson::of("unheard.of").expect("a string");
        }
    }
    let renamed = serde_json::to_vec(&members).expect("an object");
    match T::parse(&renamed) {
        Ok(event) => {
            assert_eq!(event.outcome(), Outcome::Unknown);
            assert_eq!(event.kind(), Some("unheard.of"));
        }
        Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&renamed)),
    }
}
