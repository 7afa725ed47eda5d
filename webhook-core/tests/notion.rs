//! Notion's models against the samples in `samples/notion`; see the README there for where each comes from.

#![cfg(feature = "notion")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the helpers of a test are as free as the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use webhook_core::notion::api::{
    ApiError, Entry, ErrorCode, PropertyItemValue, PropertyItems, QueryRequest, QueryResponse,
    RateLimitReason,
};
use webhook_core::notion::page::{
    FileSource, Icon, Page, Parent, ParentTarget, Property, PropertyValue, RollupResult, User, UserDetails,
};
use webhook_core::notion::{
    ActorKind, EntityKind, Event, EventData, EventParentKind, Handshake, Message, SchemaAction, automation,
    same_id,
};
use webhook_core::{Outcome, ParseError, Payload, RawJson};

// ---- The samples, and what reads them

fn samples() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/notion");
    let mut samples: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    samples.sort();
    assert!(samples.len() >= 60, "samples are missing");
    samples
}

fn sample(name: &str) -> String {
    let found = samples().into_iter().find(|(sample, _)| sample == name);
    found.unwrap_or_else(|| panic!("no sample {name}")).1
}

/// What reading a sample gives, whatever type it is of.
struct Read {
    outcome: Outcome,
    kind: Option<String>,
    written: String,
}

fn read_as<T: Payload + Serialize>(body: &str) -> Result<Read, ParseError> {
    let event = T::parse(body.as_bytes())?;
    let written = serde_json::to_string(&event).unwrap();
    Ok(Read { outcome: event.outcome(), kind: event.kind().map(str::to_owned), written })
}

/// Makes sure that plain `serde` agrees with `Payload::parse`, and that what is written reads the same.
fn agree_as<T: Payload + Serialize + PartialEq + std::fmt::Debug>(body: &str) {
    let event = T::parse(body.as_bytes()).unwrap();
    assert_eq!(serde_json::from_str::<T>(body).unwrap(), event, "parse and from_str differ: {body}");
    assert_eq!(
        serde_json::from_reader::<_, T>(body.as_bytes()).unwrap(),
        event,
        "from_reader differs: {body}"
    );
    let written = serde_json::to_string(&event).unwrap();
    assert_eq!(T::parse(written.as_bytes()).unwrap(), event, "does not round-trip: {body}");
}

/// Objects that are no body of their own, by a name for each.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Named<T>(BTreeMap<String, T>);

impl<T: DeserializeOwned> Payload for Named<T> {}

type Reader = fn(&str) -> Result<Read, ParseError>;
type Agree = fn(&str);

/// The type of a sample, by the beginning of its name. The first match counts.
const READERS: &[(&str, Reader, Agree)] = &[
    ("automation-", read_as::<automation::Event>, agree_as::<automation::Event>),
    ("custom-envelope", |_| panic!("not Notion's own"), |_| ()),
    ("data-source-query.request", read_as::<QueryRequest>, agree_as::<QueryRequest>),
    ("data-source-query.", read_as::<QueryResponse>, agree_as::<QueryResponse>),
    ("error.", read_as::<ApiError>, agree_as::<ApiError>),
    ("page-covers", read_as::<Named<FileSource>>, agree_as::<Named<FileSource>>),
    ("page-icons", read_as::<Named<Icon>>, agree_as::<Named<Icon>>),
    ("page-parents", read_as::<Named<Parent>>, agree_as::<Named<Parent>>),
    ("page-", read_as::<Page>, agree_as::<Page>),
    ("property-item-", read_as::<PropertyItems>, agree_as::<PropertyItems>),
    ("users", read_as::<Named<User>>, agree_as::<Named<User>>),
    ("", read_as::<Message>, agree_as::<Message>),
];

/// The samples whose top level is their own: a name for each object.
const NAMED: &[&str] = &["page-covers", "page-icons", "page-parents", "users"];

fn find(name: &str) -> &'static (&'static str, Reader, Agree) {
    READERS.iter().find(|(start, ..)| name.starts_with(start)).unwrap()
}

fn reader(name: &str) -> Reader {
    find(name).1
}

fn is_event(name: &str) -> bool {
    name != "verification-handshake" && find(name).0.is_empty()
}

/// The samples of Notion's own objects: all but the envelopes that users compose themselves.
fn own_samples() -> impl Iterator<Item = (String, String, Reader)> {
    samples().into_iter().filter(|(name, _)| !name.starts_with("custom-envelope")).map(|(name, body)| {
        let reader = reader(&name);
        (name, body, reader)
    })
}

// ---- JSON with the order of its keys and the digits of its numbers

#[derive(Debug, Clone, PartialEq)]
enum Json {
    Object(Vec<(String, Json)>),
    Array(Vec<Json>),
    Text(String),
    Other(String),
}

impl Json {
    fn parse(text: &str) -> Self {
        match text.trim_start().as_bytes()[0] {
            b'{' => {
                let Entries(entries) = serde_json::from_str(text).unwrap();
                Self::Object(entries.into_iter().map(|(key, raw)| (key, Self::parse(raw.as_str()))).collect())
            }
            b'[' => {
                let items: Vec<RawJson> = serde_json::from_str(text).unwrap();
                Self::Array(items.iter().map(|raw| Self::parse(raw.as_str())).collect())
            }
            b'"' => Self::Text(serde_json::from_str(text).unwrap()),
            _ => Self::Other(text.trim().to_owned()),
        }
    }

    fn null() -> Self {
        Self::Other("null".into())
    }

    fn print(&self) -> String {
        match self {
            Self::Object(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(key, value)| format!("{}:{}", quoted(key), value.print())).collect();
                format!("{{{}}}", entries.join(","))
            }
            Self::Array(items) => {
                format!("[{}]", items.iter().map(Self::print).collect::<Vec<_>>().join(","))
            }
            Self::Text(text) => quoted(text),
            Self::Other(text) => text.clone(),
        }
    }

    /// All places in it, as ways to change a copy of it.
    fn places(&self) -> Vec<Place> {
        let mut places = vec![Vec::new()];
        match self {
            Self::Object(entries) => {
                for (key, value) in entries {
                    let below = value.places();
                    places.extend(
                        below.into_iter().map(|place| [vec![Step::Key(key.clone())], place].concat()),
                    );
                }
            }
            Self::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    places
                        .extend(item.places().into_iter().map(|place| [vec![Step::At(at)], place].concat()));
                }
            }
            _ => {}
        }
        places
    }

    fn at(&mut self, place: &[Step]) -> &mut Self {
        let Some((step, rest)) = place.split_first() else { return self };
        match (self, step) {
            (Self::Object(entries), Step::Key(key)) => {
                entries.iter_mut().find(|(name, _)| name == key).unwrap().1.at(rest)
            }
            (Self::Array(items), Step::At(at)) => items[*at].at(rest),
            _ => panic!("no such place"),
        }
    }

    fn with(&self, place: &[Step], change: impl FnOnce(&mut Self)) -> Self {
        let mut copy = self.clone();
        change(copy.at(place));
        copy
    }

    /// Changes every object in it.
    fn each_object(&mut self, change: &mut impl FnMut(&mut Vec<(String, Json)>)) {
        match self {
            Self::Object(entries) => {
                for (_, value) in entries.iter_mut() {
                    value.each_object(change);
                }
                change(entries);
            }
            Self::Array(items) => items.iter_mut().for_each(|item| item.each_object(change)),
            _ => {}
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Key(String),
    At(usize),
}

type Place = Vec<Step>;

/// As the path of an error.
fn path(place: &[Step]) -> String {
    place.iter().fold(String::new(), |mut path, step| {
        match step {
            Step::Key(key) if path.is_empty() => path.push_str(key),
            Step::Key(key) => write!(path, ".{key}").unwrap(),
            Step::At(at) => write!(path, "[{at}]").unwrap(),
        }
        path
    })
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

struct Entries(Vec<(String, RawJson)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Entries;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Map)
    }
}

/// The paths of `sent` that are not in `written`, or not the same there. Null is the same as absent.
fn lost(sent: &Json, written: &Json, path: &str, lost_paths: &mut Vec<String>) {
    match (sent, written) {
        (Json::Object(sent), Json::Object(written)) => {
            for (key, value) in sent {
                let path = format!("{path}.{key}");
                match written.iter().find(|(name, _)| name == key) {
                    Some((_, written)) => lost(value, written, &path, lost_paths),
                    None if *value == Json::null() => {}
                    None => lost_paths.push(path),
                }
            }
        }
        (Json::Array(sent), Json::Array(written)) if sent.len() == written.len() => {
            for (at, (sent, written)) in sent.iter().zip(written).enumerate() {
                lost(sent, written, &format!("{path}[{at}]"), lost_paths);
            }
        }
        _ if sent == written => {}
        // A list that is null is read as an empty one.
        (sent, Json::Array(items)) if *sent == Json::null() && items.is_empty() => {}
        (sent, Json::Object(entries)) if *sent == Json::null() && entries.is_empty() => {}
        _ => lost_paths.push(path.to_owned()),
    }
}

fn assert_no_loss(name: &str, sent: &Json, read: &Read) {
    let mut paths = Vec::new();
    lost(sent, &Json::parse(&read.written), "", &mut paths);
    assert!(paths.is_empty(), "{name}: lost {paths:?}\nof {}\nin {}", sent.print(), read.written);
}

// ---- Every sample

#[test]
fn every_event_name_has_a_sample() {
    assert_eq!(EventData::KINDS.len(), 31);
    let sampled: BTreeSet<String> = own_samples()
        .filter(|(name, ..)| is_event(name))
        .filter_map(|(_, body, _)| Event::parse(body.as_bytes()).unwrap().kind().map(str::to_owned))
        .collect();
    let missing: Vec<_> = EventData::KINDS.iter().filter(|kind| !sampled.contains(**kind)).collect();
    assert!(missing.is_empty(), "no sample of {missing:?}");
}

#[test]
fn every_sample_is_what_its_name_says() {
    for (name, body, reader) in own_samples() {
        let read = reader(&body).unwrap_or_else(|error| panic!("{name}: {error}"));
        find(&name).2(&body);
        let kind = name.split(".variant-").next().unwrap();
        if name == "verification-handshake" {
            assert_eq!((read.outcome, read.kind), (Outcome::Handshake, None));
        } else if name.starts_with("unknown.") {
            assert_eq!(read.outcome, Outcome::Unknown, "{name}");
        } else if is_event(&name) {
            assert_eq!((read.outcome, read.kind.as_deref()), (Outcome::Known, Some(kind)), "{name}");
        } else {
            assert_eq!(read.outcome, Outcome::Known, "{name}");
        }
    }
}

#[test]
fn nothing_is_lost() {
    for (name, body, reader) in own_samples() {
        assert_no_loss(&name, &Json::parse(&body), &reader(&body).unwrap());
    }
}

#[test]
fn what_is_lost_would_be_seen() {
    let paths = |sent: &str, written: &str| {
        let mut paths = Vec::new();
        lost(&Json::parse(sent), &Json::parse(written), "", &mut paths);
        paths
    };
    assert_eq!(paths(r#"{"a": [{"b": 1.0, "c": null}]}"#, r#"{"a": [{"b": 1}]}"#), [".a[0].b"]);
    assert_eq!(paths(r#"{"a": {}, "b": "x"}"#, r#"{"b": "y"}"#), [".a", ".b"]);
    assert_eq!(paths(r#"{"a": []}"#, r#"{"a": [1]}"#), [".a"]);
}

#[test]
fn the_order_of_keys_does_not_matter() {
    for (name, body, reader) in own_samples() {
        let straight = reader(&body).unwrap();
        let sent = Json::parse(&body);
        let mut reversed = sent.clone();
        reversed.each_object(&mut |entries| entries.reverse());
        // Values before `type` and before `object`, everywhere.
        let mut type_last = sent.clone();
        type_last
            .each_object(&mut |entries| entries.sort_by_key(|(key, _)| key == "type" || key == "object"));
        let mut data_first = sent.clone();
        data_first.each_object(&mut |entries| entries.sort_by_key(|(key, _)| key != "data"));
        for other in [reversed, type_last, data_first] {
            let read = reader(&other.print()).unwrap_or_else(|error| panic!("{name}: {error}"));
            find(&name).2(&other.print());
            assert_eq!(read.outcome, straight.outcome, "{name}");
            assert_no_loss(&name, &sent, &read);
        }
    }
}

#[test]
fn unknown_fields_are_no_matter() {
    let values = ["7", "-1.50", "true", "null", r#""x""#, r#"[1, {"type": "x"}]"#, r#"{"type": {"a": 1}}"#];
    for (name, body, reader) in own_samples() {
        let sent = Json::parse(&body);
        for value in values {
            let is_named = NAMED.iter().any(|start| name.starts_with(start));
            if is_named || value.contains(r#""type": {"#) && !is_event(&name) {
                continue; // Users' own names, and a property whose type is no string, are misfits.
            }
            for front in [true, false] {
                let mut more = sent.clone();
                more.each_object(&mut |entries| {
                    let at = if front { 0 } else { entries.len() };
                    entries.insert(at, ("unknown_field".into(), Json::parse(value)));
                });
                let read = reader(&more.print()).unwrap_or_else(|error| panic!("{name}, {value}: {error}"));
                assert_no_loss(&name, &sent, &read);
            }
        }
    }
}

#[test]
fn unknown_values_of_strings_are_kept() {
    for (name, body, reader) in own_samples() {
        let sent = Json::parse(&body);
        for place in sent.places() {
            if !matches!(sent.clone().at(&place), Json::Text(_)) {
                continue;
            }
            let other = sent.with(&place, |value| *value = Json::Text("unknown_value".into()));
            let read = reader(&other.print()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_no_loss(&name, &other, &read);
            if is_event(&name) && path(&place) == "type" {
                assert_eq!((read.outcome, read.kind.as_deref()), (Outcome::Unknown, Some("unknown_value")));
            }
        }
    }
}

/// The fields of events and automations without which they are misfits. `[]` is any item of a list.
const REQUIRED_IN_EVENTS: &[&str] = &[
    "id",
    "timestamp",
    "workspace_id",
    "subscription_id",
    "integration_id",
    "attempt_number",
    "type",
    "data",
    "authors",
    "authors[].id",
    "authors[].type",
    "accessible_by[].id",
    "accessible_by[].type",
    "entity",
    "entity.id",
    "entity.type",
    "data.parent",
    "data.parent.id",
    "data.parent.type",
    "data.page_id",
    "data.target",
    "data.target.id",
    "data.target.type",
    "data.updated_blocks[].id",
    "data.updated_blocks[].type",
    "data.updated_properties[].id",
    "data.updated_properties[].action",
    "data.file_import_result",
    "data.file_import_result.type",
    "data.file_import_result.error.type",
    "verification_token",
    "source",
    "source.type",
    "source.event_id",
];

/// The types whose value, under the key of the type's name, can be neither absent nor null.
const REQUIRED_VALUES: &[&str] = &[
    "agent_id",
    "block_id",
    "checkbox",
    "custom_emoji",
    "data_source_id",
    "database",
    "database_id",
    "emoji",
    "equation",
    "external",
    "file",
    "formula",
    "icon",
    "link_mention",
    "link_preview",
    "mention",
    "page",
    "page_id",
    "rollup",
    "template_mention",
    "template_mention_date",
    "template_mention_user",
    "text",
    "user",
    "workspace",
];

/// The other fields that an object cannot be without, with the key that the object stands under.
const REQUIRED_IN_OBJECTS: &[&str] = &[
    "created_by.id",
    "last_edited_by.id",
    "verified_by.id",
    "user.id",
    "people.id",
    "page.id",
    "database.id",
    "relation.id",
    "custom_emoji.id",
    "mention.date",
    "text.content",
    "equation.expression",
    "link.url",
    "link_preview.url",
    "link_mention.href",
    "external.url",
    "file.url",
    "icon.name",
    "select.name",
    "status.name",
    "multi_select.name",
    "date.start",
    "verification.state",
    "request_status.type",
    "sorts.direction",
];

fn is_required(name: &str, sent: &Json, place: &[Step]) -> bool {
    let generic: Vec<Step> = place
        .iter()
        .map(|step| match step {
            Step::At(_) => Step::Key("[]".into()),
            key @ Step::Key(_) => key.clone(),
        })
        .collect();
    let whole = path(&generic).replace(".[]", "[]");
    let keys: Vec<&str> = place
        .iter()
        .filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::At(_) => None,
        })
        .collect();
    let (key, above) = keys.split_last().unwrap();
    let parent = above.last().copied().unwrap_or("");
    if is_event(name) || name.starts_with("automation-") || name == "verification-handshake" {
        let known = EventData::KINDS.contains(&name.split(".variant-").next().unwrap());
        if REQUIRED_IN_EVENTS.contains(&whole.as_str()) && (known || !whole.starts_with("data")) {
            return true;
        }
        if name.starts_with("automation-") && matches!(whole.as_str(), "data" | "data.id") {
            return true;
        }
    }
    if name.starts_with("users") && keys.len() == 2 && *key == "id" {
        return true;
    }
    if name.starts_with("page-") && keys == ["id"] || name.starts_with("error.") && keys == ["code"] {
        return true;
    }
    if name.starts_with("data-source-query.") && whole == "results[].id" {
        return !matches!(sent.clone().at(&place[..2]), Json::Object(entries)
            if entries.contains(&("object".into(), Json::Text("view".into()))));
    }
    if name.starts_with("property-item-")
        && matches!(whole.as_str(), "results[].relation" | "results[].people" | "results[].title")
    {
        return true;
    }
    if name.contains("wiki") && above.contains(&"properties") {
        return keys[1] != "properties";
    }
    let Json::Object(object) = sent.clone().at(&place[..place.len() - 1]).clone() else { return false };
    let is_value = object.contains(&("type".into(), Json::Text((*key).into())));
    is_value && REQUIRED_VALUES.contains(key)
        || REQUIRED_IN_OBJECTS.contains(&format!("{parent}.{key}").as_str())
}

#[test]
fn only_what_every_source_calls_required_is_required() {
    for (name, body, reader) in own_samples() {
        let sent = Json::parse(&body);
        for place in sent.places() {
            let Some((Step::Key(key), object)) = place.split_last() else { continue };
            let is_name = place.len() == 1 && NAMED.iter().any(|start| name.starts_with(start));
            if is_name || *sent.clone().at(&place) == Json::null() {
                continue;
            }
            let absent = sent.with(object, |object| {
                let Json::Object(entries) = object else { panic!("{name}") };
                entries.retain(|(name, _)| name != key);
            });
            let null = sent.with(&place, |value| *value = Json::null());
            for (what, body) in [("absent", absent), ("null", null)] {
                let path = path(&place);
                match (reader(&body.print()), is_required(&name, &sent, &place)) {
                    (Err(error), true) if name == "verification-handshake" => {
                        assert_eq!(error.path(), "type");
                    }
                    (Err(error), true) => assert_eq!(error.path(), path, "{name}: {error}"),
                    // Without `type`, what only its users have is an unknown field of a partial user.
                    (Ok(_), false) if name == "users" && key == "type" => {}
                    (Ok(read), false) => assert_no_loss(&name, &body, &read),
                    (Err(error), false) => panic!("{name}: {path} {what} is refused: {error}"),
                    (Ok(_), true) => panic!("{name}: {path} {what} is not refused"),
                }
            }
        }
    }
}

#[test]
fn a_misfit_names_its_path_in_any_order() {
    for (name, body, reader) in own_samples() {
        let sent = Json::parse(&body);
        let mut seen = 0;
        for place in sent.places() {
            if !matches!(sent.clone().at(&place), Json::Object(entries) if !entries.is_empty()) {
                continue;
            }
            let misfit = sent.with(&place, |object| *object = Json::Text("no object".into()));
            let mut reversed = misfit.clone();
            reversed.each_object(&mut |entries| entries.reverse());
            for body in [misfit, reversed] {
                let path = path(&place);
                match reader(&body.print()) {
                    Err(error) => {
                        assert!(error.is_data(), "{name} {path}");
                        assert_eq!(error.path(), path, "{name}: {error}\n{}", body.print());
                        assert!(!error.to_string().contains("no object"), "{error}");
                        seen += 1;
                    }
                    // Where the keys or the whole object are the users' own or unknown, anything is kept.
                    Ok(read) => assert_no_loss(&name, &body, &read),
                }
                if is_event(&name) && !place.is_empty() {
                    assert_eq!(
                        Message::kind_of(body.print().as_bytes()),
                        Event::parse(sent.print().as_bytes()).unwrap().kind().map(str::to_owned)
                    );
                }
            }
        }
        assert!(seen > 0, "{name}: nothing is a misfit");
    }
}

// ---- What the models say

fn event(name: &str) -> Event {
    match Message::parse(sample(name).as_bytes()).unwrap() {
        Message::Event(event) => event,
        other => panic!("{name}: {other:?}"),
    }
}

fn page(name: &str) -> Page {
    Page::parse(sample(name).as_bytes()).unwrap()
}

#[test]
fn the_envelope() {
    let created = event("page.created");
    assert_eq!(created.attempt_number, 1);
    assert_eq!(created.api_version.as_deref(), Some("2025-09-03"));
    assert_eq!(created.entity.kind, EntityKind::Page);
    assert_eq!(created.authors[0].kind, ActorKind::Person);
    assert_eq!(created.timestamp.to_utc().unwrap().timestamp_subsec_millis(), 137);
    let parent = created.data.parent().unwrap();
    assert_eq!(parent.kind, EventParentKind::Database);
    assert!(parent.data_source_id.is_some());

    let old = event("page.created.variant-v2022-06-28");
    assert_eq!((old.api_version, old.workspace_name), (None, None));
    assert_eq!(old.data.parent().unwrap().data_source_id, None);

    assert_eq!(event("page.created.variant-public-connection").accessible_by.unwrap().len(), 2);
    assert_eq!(event("page.created.variant-agent").authors[0].kind, ActorKind::Agent);
    assert_eq!(event("database.created.variant-linked-view").entity.kind, EntityKind::Block);
    assert_eq!(
        event("page.created.variant-last-attempt").data.parent().unwrap().kind,
        EventParentKind::Space
    );
}

#[test]
fn updated_properties_has_two_shapes() {
    let EventData::PagePropertiesUpdated(page) = event("page.properties_updated").data else { panic!() };
    assert_eq!(page.updated_properties, ["title", "Qz%3Ak", "k%7Dw%3F"]);
    for name in ["database.schema_updated", "data_source.schema_updated"] {
        let (EventData::DatabaseSchemaUpdated(schema) | EventData::DataSourceSchemaUpdated(schema)) =
            event(name).data
        else {
            panic!()
        };
        let changes = schema.updated_properties.unwrap();
        assert_eq!(changes[2].action, SchemaAction::Deleted);
        assert_eq!((changes[0].name.as_deref(), &changes[2].name), (Some("Carrier"), &None));
    }
}

#[test]
fn the_guides_name_of_a_complete_upload() {
    let body = sample("file_upload.completed").replace("file_upload.completed", "file_upload.complete");
    let event = Event::parse(body.as_bytes()).unwrap();
    assert_eq!(event.data, EventData::FileUploadCompleted);
    assert_eq!(event.kind(), Some("file_upload.completed"));
}

#[test]
fn only_a_bot_alone_is_a_bots_own_write() {
    let upload = event("file_upload.created");
    let bot = upload.authors[0].id.clone();
    assert!(upload.is_from_bot(&bot));
    assert!(upload.is_from_bot(&bot.replace('-', "").to_uppercase()));
    assert!(!upload.is_from_bot(&upload.integration_id));
    let mut together = event("page.content_updated");
    together.authors.push(upload.authors[0].clone());
    assert!(!together.is_from_bot(&bot), "someone else edited too");
    together.authors.clear();
    assert!(!together.is_from_bot(&bot));
    assert!(!same_id("4eca6399-84b2", "4eca6399-84b3"));
}

#[test]
fn the_handshake_hides_its_token() {
    let body = sample("verification-handshake");
    let message = Message::parse(body.as_bytes()).unwrap();
    assert_eq!((message.outcome(), message.kind()), (Outcome::Handshake, None));
    assert_eq!(Message::kind_of(body.as_bytes()), None);
    assert_eq!(format!("{message:?}"), "Handshake(Handshake { verification_token: [hidden] })");
    let Message::Handshake(handshake) = message else { panic!() };
    assert!(handshake.verification_token.starts_with("secret_kT4"));
    assert_eq!(Handshake::parse(body.as_bytes()).unwrap(), handshake);

    let handshakes = [
        r#"{"verification_token": "s", "type": null, "more": {}}"#,
        r#"{"x": [], "verification_token": "\u0073"}"#,
    ];
    for body in handshakes {
        let Message::Handshake(handshake) = Message::parse(body.as_bytes()).unwrap() else {
            panic!("{body}")
        };
        assert_eq!(handshake.verification_token, "s");
    }
    let others = [
        (r#"{"verification_token": "s", "type": "page.created"}"#, "data"),
        (r#"{"verification_token": "s", "entity": {"id": "x", "type": "page"}}"#, "type"),
        (r#"{"verification_token": 5}"#, "type"),
        (r#"["verification_token"]"#, ""),
        ("{}", "type"),
    ];
    for (body, path) in others {
        let error = Message::parse(body.as_bytes()).unwrap_err();
        assert_eq!(error.path(), path, "{body}");
        assert!(serde_json::from_str::<Message>(body).is_err(), "{body}");
    }
    assert!(Message::parse(b"{\"verification_token\": \"s\"").unwrap_err().is_syntax());
    assert!(Message::parse(b"\xff").unwrap_err().is_syntax());
}

#[test]
fn what_others_send_is_no_message() {
    for name in [
        "custom-envelope",
        "custom-envelope.from-make",
        "custom-envelope.from-zapier",
        "automation-send-webhook",
    ] {
        assert_eq!(Message::parse(sample(name).as_bytes()).unwrap_err().path(), "type", "{name}");
    }
    let error = automation::Event::parse(sample("custom-envelope").as_bytes()).unwrap_err();
    assert_eq!(error.path(), "source");
    assert!(automation::Event::parse(sample("page.created").as_bytes()).is_err());
}

#[test]
fn automations() {
    let event = automation::Event::parse(sample("automation-send-webhook").as_bytes()).unwrap();
    assert_eq!((event.kind(), &event.source.user_id), (Some("automation"), &None));
    assert_eq!(event.data.title().as_deref(), Some("Order 17 — crème brûlée @Ana Example"));
    assert_eq!(event.data.property("Status").unwrap().value.plain_text().as_deref(), Some("In progress"));
    let parent = event.data.parent.unwrap();
    assert!(matches!(&parent.target, ParentTarget::DataSource(id) if id.starts_with("c4d1")));
    assert_eq!(parent.database_id(), Some("6b8fef41-3415-5fc7-995f-8938f0db72c7"));

    let body = sample("automation-send-webhook.variant-user-triggered");
    let event = automation::Event::parse(body.as_bytes()).unwrap();
    assert!(event.source.user_id.is_some());
    assert_eq!(event.data.title(), None);

    let other = body.replace("\"automation\"", "\"gadget\"");
    let event = automation::Event::parse(other.as_bytes()).unwrap();
    assert_eq!((event.kind(), event.outcome()), (Some("gadget"), Outcome::Unknown));
    assert_eq!(automation::Event::kind_of(other.as_bytes()).as_deref(), Some("gadget"));
}

#[test]
fn automations_tell_as_much_as_they_like_of_their_source() {
    for source in [
        r#"{"type":"automation","event_id":"e"}"#,
        r#"{"event_id":"e","attempt":null,"action_id":null,"automation_id":null,"user_id":null,"type":"automation"}"#,
        r#"{"type":"button","event_id":"e","button_id":"b"}"#,
    ] {
        let body = format!(r#"{{"source":{source},"data":{{"object":"page","id":"p"}}}}"#);
        let event = automation::Event::parse(body.as_bytes()).unwrap();
        let told = (&event.source.automation_id, &event.source.action_id, event.source.attempt);
        assert_eq!((told, event.source.event_id.as_str()), ((&None, &None, None), "e"), "{body}");
        let known = source.contains("automation\"");
        assert_eq!(event.outcome(), if known { Outcome::Known } else { Outcome::Unknown }, "{body}");
        assert_eq!(event.kind(), Some(if known { "automation" } else { "button" }));
        assert_eq!(
            serde_json::to_string(&event.source).unwrap(),
            format!(r#"{{"type":"{}","event_id":"e"}}"#, event.kind().unwrap())
        );
    }
    let event = automation::Event::parse(sample("automation-send-webhook").as_bytes()).unwrap();
    assert_eq!(event.source.attempt, Some(1));
    assert_eq!(event.source.automation_id.as_deref(), Some("e6245053-5812-58c9-b63e-8aad3a48a293"));
    for (source, path) in [
        (r#"{"type":"automation"}"#, "source.event_id"),
        (r#"{"event_id":"e"}"#, "source.type"),
        (r#"{"type":"automation","event_id":"e","attempt":"1"}"#, "source.attempt"),
    ] {
        let body = format!(r#"{{"source":{source},"data":{{"object":"page","id":"p"}}}}"#);
        assert_eq!(automation::Event::parse(body.as_bytes()).unwrap_err().path(), path, "{body}");
    }
}

#[test]
fn every_property_type_is_typed() {
    let page = page("page-all-properties");
    let found: BTreeSet<&str> =
        page.properties.values().map(|property| property.value.kind().unwrap()).collect();
    assert_eq!(found, PropertyValue::KINDS.iter().copied().collect());
    for (name, property) in &page.properties {
        assert!(!matches!(property.value, PropertyValue::Unknown(_)), "{name}");
    }
    let value = |name: &str| &page.property(name).unwrap().value;
    assert_eq!(value("Quantity").as_number().unwrap().as_i64(), Some(12));
    assert!((value("Ratio").as_number().unwrap().as_f64() - 0.375).abs() < f64::EPSILON);
    assert_eq!(value("Tags").plain_text().as_deref(), Some("fragile, gift, wrapped?"));
    assert_eq!(value("F string").plain_text().as_deref(), Some("late"));
    assert_eq!(value("F boolean").as_bool(), Some(false));
    assert_eq!(value("R count").as_number().unwrap().as_str(), "3");
    assert_eq!(value("R date").as_date().unwrap().start.as_str(), "2026-10-01");
    let PropertyValue::Rollup(rollup) = value("R array") else { panic!() };
    let RollupResult::Array(items) = &rollup.result else { panic!() };
    assert!(items.iter().all(|item| item.id.is_none()));
    assert_eq!(items[1].value.plain_text().as_deref(), Some("Widget"));
    let PropertyValue::People(people) = value("Owners") else { panic!() };
    assert_eq!(people[0].email(), Some("ana@example.com"));
    assert_eq!(people[1].details, UserDetails::Partial);
    assert!(people[2].is_bot() && people[3].is_group());
    assert_eq!(page.property_by_id("Qz%3Ak"), page.property("Summary"));
    assert!(value("Summary").plain_text().unwrap().starts_with("See trackingOps home"));
}

#[test]
fn follow_ups() {
    let page = page("page-all-properties");
    assert_eq!(page.needs_follow_up().map(|(name, _)| name).collect::<Vec<_>>(), ["Many lines"]);
    let read = |json: String| serde_json::from_str::<Property>(&json).unwrap().needs_follow_up();
    let list = |item: &str, count| vec![item; count].join(",");
    for (count, expected) in [(24, false), (25, true)] {
        let person = r#"{"object": "user", "id": "u"}"#;
        let mention = r#"{"type": "mention", "mention": {"type": "page", "page": {"id": "p"}}}"#;
        let number = r#"{"type": "number", "number": 1}"#;
        assert_eq!(read(format!(r#"{{"type": "people", "people": [{}]}}"#, list(person, count))), expected);
        assert_eq!(read(format!(r#"{{"type": "title", "title": [{}]}}"#, list(mention, count))), expected);
        let rollup = format!(r#"{{"type": "array", "array": [{}]}}"#, list(number, count));
        assert_eq!(read(format!(r#"{{"type": "rollup", "rollup": {rollup}}}"#)), expected);
        let pages = list(r#"{"id": "p"}"#, count);
        assert_eq!(read(format!(r#"{{"type": "relation", "relation": [{pages}]}}"#)), expected);
        assert!(!read(format!(r#"{{"type": "relation", "relation": [{pages}], "has_more": false}}"#)));
    }
    assert!(read(r#"{"type": "relation", "has_more": true, "relation": []}"#.into()));
    assert!(read(r#"{"type": "rollup", "rollup": {"type": "incomplete", "incomplete": {}}}"#.into()));
}

#[test]
fn unknown_types_are_kept_whole() {
    let page = page("page-unknown-properties");
    let PropertyValue::Unknown(novelty) = &page.property("Novelty").unwrap().value else { panic!() };
    assert_eq!(novelty.kind.as_deref(), Some("hologram"));
    assert_eq!(
        Json::parse(novelty.raw.as_str()),
        Json::parse(r#"{"id":"zzz9","type":"hologram","hologram":{"frames":3}}"#)
    );
    assert_eq!(page.property("Novelty").unwrap().id.as_deref(), Some("zzz9"));

    // What the guide's poller sends as properties: no ids, no types of the texts.
    let envelope = Json::parse(&sample("custom-envelope"));
    let properties = envelope.clone().at(&[Step::Key("data".into()), Step::Key("properties".into())]).print();
    let properties: BTreeMap<String, Property> = serde_json::from_str(&properties).unwrap();
    assert_eq!(properties["Name"].value.plain_text().as_deref(), Some("Order 17"));
    assert_eq!(properties["Status"].value.plain_text().as_deref(), Some("In progress"));

    // The envelopes of Make and Zapier hold whatever the user put together.
    for flat in [
        "\"Order 17\"",
        r#""a\u00fc\/b""#,
        r#""\ud800""#,
        "12345678901234567890123",
        "-12345678901234567890123",
        "9007199254740993",
        "0.10",
        "1E2",
        "-0",
        "-0.0",
        "1e400",
        "123456789012345678901234567890.10",
        "true",
        "[1.50, {\"a\": 1e400}]",
        "[]",
    ] {
        let unknown = |property: &Property| match &property.value {
            PropertyValue::Unknown(value) if property.id.is_none() && value.kind.is_none() => {
                value.raw.clone()
            }
            other => panic!("{flat}: {other:?}"),
        };
        let property: Property = serde_json::from_str(flat).unwrap();
        assert_eq!(unknown(&property).as_str(), flat);
        assert_eq!(serde_json::from_reader::<_, Property>(flat.as_bytes()).unwrap(), property);
        assert_eq!(serde_json::to_string(&property).unwrap(), flat);
        let value: PropertyValue = serde_json::from_str(flat).unwrap();
        assert!(matches!(value, PropertyValue::Unknown(value) if value.raw.as_str() == flat), "{flat}");

        let page = format!(
            r#"{{"id":"p","properties":{{"Flat":{flat},"Paid":{{"id":"c","type":"checkbox","checkbox":true}}}}}}"#
        );
        let parsed = Page::parse(page.as_bytes()).unwrap();
        assert_eq!(unknown(parsed.property("Flat").unwrap()).as_str(), flat);
        assert_eq!(parsed.property("Paid").unwrap().value.as_bool(), Some(true));
        assert_eq!(serde_json::to_string(&parsed).unwrap(), page);
    }
}

#[test]
fn keys_that_are_a_field_or_a_value_as_the_type_says() {
    for body in [
        r#"{"type": "data_source_id", "data_source_id": "s", "database_id": "d"}"#,
        r#"{"database_id": "d", "data_source_id": "s", "type": "data_source_id"}"#,
        r#"{"data_source_id": "s", "type": "data_source_id", "database_id": "d", "page_id": 5}"#,
    ] {
        let parent: Parent = serde_json::from_str(body).unwrap();
        assert_eq!(
            (parent.target.clone(), parent.id()),
            (ParentTarget::DataSource("s".into()), Some("s")),
            "{body}"
        );
        assert_eq!(parent.database_id.as_deref(), Some("d"), "{body}");
    }
    for body in
        [r#"{"type": "database_id", "database_id": "d"}"#, r#"{"database_id": "d", "type": "database_id"}"#]
    {
        let parent: Parent = serde_json::from_str(body).unwrap();
        assert_eq!((parent.target.clone(), &parent.database_id), (ParentTarget::Database("d".into()), &None));
        assert_eq!(parent.database_id(), Some("d"));
    }
    let space: Parent = serde_json::from_str(r#"{"workspace": true, "type": "workspace"}"#).unwrap();
    assert_eq!((space.id(), space.database_id()), (None, None));
}

#[test]
fn the_last_of_repeated_keys_counts() {
    let twice: Property =
        serde_json::from_str(r#"{"type": "number", "number": 1, "number": 2, "id": "a", "id": "b"}"#)
            .unwrap();
    assert_eq!((twice.value.as_number().unwrap().as_i64(), twice.id.as_deref()), (Some(2), Some("b")));
    let renamed: Property =
        serde_json::from_str(r#"{"type": "number", "number": 1, "type": "url", "url": "u"}"#).unwrap();
    assert_eq!(renamed.value, PropertyValue::Url(Some("u".into())));
}

#[test]
fn polling() {
    let first = QueryResponse::parse(sample("data-source-query.page-1").as_bytes()).unwrap();
    assert_eq!((first.next_page(), first.is_cut_off()), (Some("made-up-cursor-1"), false));
    assert_eq!(first.pages().count(), 2);
    let last = QueryResponse::parse(sample("data-source-query.limit-reached").as_bytes()).unwrap();
    assert_eq!((last.next_page(), last.is_cut_off()), (None, true));
    let wiki = QueryResponse::parse(sample("data-source-query.variant-wiki").as_bytes()).unwrap();
    assert!(matches!(&wiki.results[1], Entry::DataSource(source) if source.name().starts_with("Order 17")));
    assert!(matches!(&wiki.results[2], Entry::Unknown(view) if view.kind.as_deref() == Some("view")));

    let asked = QueryRequest::parse(sample("data-source-query.request").as_bytes()).unwrap();
    let mut built = QueryRequest::edited_since(&webhook_core::Timestamp::new("2026-10-14T08:01:00.000Z"));
    built.page_size = Some(2);
    let json = |request: &QueryRequest| Json::parse(&serde_json::to_string(request).unwrap()).print();
    assert_eq!(json(&built), json(&asked));
    assert_eq!(built.after("c").start_cursor.as_deref(), Some("c"));

    let limited = ApiError::parse(sample("error.rate-limited").as_bytes()).unwrap();
    assert_eq!(
        (&limited.code, limited.rate_limit_reason()),
        (&ErrorCode::RateLimited, Some(RateLimitReason::Connection))
    );
    let invalid = ApiError::parse(sample("error.validation-error").as_bytes()).unwrap();
    assert_eq!(invalid.rate_limit_reason(), None);

    let items = |name: &str| PropertyItems::parse(sample(name).as_bytes()).unwrap();
    let PropertyItems::List(relation) = items("property-item-relation-list") else { panic!() };
    assert!(relation.results.iter().all(|item| matches!(item.value, PropertyItemValue::Relation(_))));
    let PropertyItems::Item(number) = items("property-item-number") else { panic!() };
    assert!(matches!(&number.value, PropertyItemValue::Number(Some(number)) if number.as_i64() == Some(12)));
}

#[test]
fn properties_to_filter_by_stand_in_the_address() {
    let cases: [(&[&str], &str); 6] = [
        (&[], ""),
        (&["title"], "filter_properties=title"),
        // An id as Notion writes it, and the same id decoded.
        (&["Qz%3Ak", "Qz:k"], "filter_properties=Qz%3Ak&filter_properties=Qz%3Ak"),
        (
            &["a b&c=d#?+/", "é", "-._~0Zz"],
            "filter_properties=a%20b%26c%3Dd%23%3F%2B%2F&filter_properties=%C3%A9&filter_properties=-._~0Zz",
        ),
        // A percent sign that begins no escape.
        (
            &["100%", "%", "%3", "%zz", "%%41"],
            "filter_properties=100%25&filter_properties=%25&filter_properties=%253&filter_properties=%25zz&filter_properties=%25%41",
        ),
        (&[""], "filter_properties="),
    ];
    for (ids, expected) in cases {
        let mut request = QueryRequest::default().after("c");
        assert_eq!(request.query_string(), "");
        request.filter_properties = Some(ids.iter().map(|&id| id.to_owned()).collect());
        assert_eq!(request.query_string(), expected, "{ids:?}");
        assert_eq!(serde_json::to_string(&request).unwrap(), r#"{"start_cursor":"c"}"#);
    }
    let read = QueryRequest::parse(br#"{"filter_properties":["title"],"page_size":2}"#).unwrap();
    assert_eq!((read.filter_properties, read.page_size), (None, Some(2)));
}

#[test]
fn numbers_keep_every_digit() {
    let page = page("page-numbers");
    let text = |name: &str| page.property(name).unwrap().value.as_number().unwrap().to_string();
    assert_eq!(text("Thirty digits"), "123456789012345678901234567890");
    assert_eq!(text("Trailing zero"), "12.50");
    assert_eq!(text("Exponent"), "-1.0E+400");
    let number = page.property("Exponent").unwrap().value.as_number().unwrap();
    assert!(number.as_f64().is_infinite());
    assert!(serde_json::from_str::<webhook_core::notion::page::Number>("\"1\"").is_err());
}

#[test]
fn depth_is_bounded() {
    for levels in [10, 100, 1_000, 100_000] {
        for (open, close) in [
            (r#"{"rollup":{"array":["#, r#"],"type":"array"},"type":"rollup"}"#),
            (r#"{"type":"rollup","rollup":{"type":"array","array":["#, "]}}"),
            (r#"{"type":"hologram","hologram":"#, "}"),
            (r#"{"hologram":"#, "}"),
            ("[", "]"),
        ] {
            let value = format!("{}1{}", open.repeat(levels), close.repeat(levels));
            let body = format!(r#"{{"object": "page", "id": "p", "properties": {{"x": {value}}}}}"#);
            match Page::parse(body.as_bytes()) {
                // What is not read into a type may be as deep as it likes.
                Ok(page) if levels > 100 => {
                    assert!(
                        serde_json::to_string(&page).unwrap().contains(&value),
                        "{levels} levels of {open}"
                    );
                }
                Ok(page) => assert_no_loss(
                    "nested",
                    &Json::parse(&body),
                    &Read {
                        outcome: page.outcome(),
                        kind: None,
                        written: serde_json::to_string(&page).unwrap(),
                    },
                ),
                Err(error) => assert!(levels > 40, "{levels} levels of {open}: {error}"),
            }
        }
    }
}
