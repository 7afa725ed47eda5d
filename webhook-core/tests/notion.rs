//! Notion's models against the samples in `samples/notion`; see the README there for where each comes from.

#![cfg(feature = "notion")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use webhook_core::notion::api::{
    ApiError, Entry, ErrorCode, PropertyItemValue, PropertyItems, QueryRequest, QueryResponse, RateLimitReason,
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

/// Reads with `Payload::parse`, and makes sure that plain `serde` agrees.
fn read_as<T: Payload + Serialize + PartialEq + std::fmt::Debug>(body: &str) -> Result<Read, ParseError> {
    let event = T::parse(body.as_bytes())?;
    assert_eq!(serde_json::from_str::<T>(body).unwrap(), event, "parse and from_str differ: {body}");
    assert_eq!(serde_json::from_reader::<_, T>(body.as_bytes()).unwrap(), event, "from_reader differs: {body}");
    let written = serde_json::to_string(&event).unwrap();
    assert_eq!(T::parse(written.as_bytes()).unwrap(), event, "does not round-trip: {body}");
    Ok(Read { outcome: event.outcome(), kind: event.kind().map(str::to_owned), written })
}

/// Objects that are no body of their own, by a name for each.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Named<T>(BTreeMap<String, T>);

impl<T: DeserializeOwned> Payload for Named<T> {}

type Reader = fn(&str) -> Result<Read, ParseError>;

/// The type of a sample, by the beginning of its name. The first match counts.
const READERS: &[(&str, Reader)] = &[
    ("automation-", read_as::<automation::Event>),
    ("custom-envelope", |_| panic!("not Notion's own")),
    ("data-source-query.request", read_as::<QueryRequest>),
    ("data-source-query.", read_as::<QueryResponse>),
    ("error.", read_as::<ApiError>),
    ("page-covers", read_as::<Named<FileSource>>),
    ("page-icons", read_as::<Named<Icon>>),
    ("page-parents", read_as::<Named<Parent>>),
    ("page-", read_as::<Page>),
    ("property-item-", read_as::<PropertyItems>),
    ("users", read_as::<Named<User>>),
    ("", read_as::<Message>),
];

fn reader(name: &str) -> Reader {
    READERS.iter().find(|(start, _)| name.starts_with(start)).unwrap().1
}

fn is_event(name: &str) -> bool {
    name != "verification-handshake" && READERS.iter().find(|(start, _)| name.starts_with(start)).unwrap().0.is_empty()
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
                    places.extend(below.into_iter().map(|place| [vec![Step::Key(key.clone())], place].concat()));
                }
            }
            Self::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    places.extend(item.places().into_iter().map(|place| [vec![Step::At(at)], place].concat()));
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
                entries.iter_mut().for_each(|(_, value)| value.each_object(change));
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
        type_last.each_object(&mut |entries| entries.sort_by_key(|(key, _)| key == "type" || key == "object"));
        let mut data_first = sent.clone();
        data_first.each_object(&mut |entries| entries.sort_by_key(|(key, _)| key != "data"));
        for other in [reversed, type_last, data_first] {
            let read = reader(&other.print()).unwrap_or_else(|error| panic!("{name}: {error}"));
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
        if name.starts_with("page-parents") || name.starts_with("page-icons") || name.starts_with("page-covers") {
            continue; // Their top level is the samples' own.
        }
        for value in values {
            if name == "users" || value.contains(r#""type": {"#) && !is_event(&name) {
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

/// The fields without which an object is a misfit, by the reader's name; list items are `[]`.
const REQUIRED: &[(&str, &[&str])] = &[];

#[test]
fn only_what_every_source_calls_required_is_required() {
    let mut needed = BTreeSet::new();
    for (name, body, reader) in own_samples() {
        let sent = Json::parse(&body);
        for place in sent.places() {
            let Some((Step::Key(key), object)) = place.split_last() else { continue };
            let absent = sent.with(object, |object| {
                let Json::Object(entries) = object else { panic!("{name}") };
                entries.retain(|(name, _)| name != key);
            });
            let null = sent.with(&place, |value| *value = Json::null());
            let start = READERS.iter().find(|(start, _)| name.starts_with(start)).unwrap().0;
            if let Err(error) = reader(&absent.print()) {
                println!("ABSENT {start}\t{}\t{}", path(&place), error.path());
                needed.insert(format!("{start} {}", path(&place)));
            }
            if let Err(error) = reader(&null.print()) {
                println!("NULL {start}\t{}\t{}", path(&place), error.path());
            }
        }
    }
}
