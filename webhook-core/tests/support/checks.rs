//! What every payload model must survive, applied to a sample.
#![allow(dead_code, unreachable_pub, missing_docs)] // Each test uses its part of it.

use std::fmt::Debug;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::value::RawValue;
use webhook_core::{ParseError, Payload, drift};

/// All samples of a provider: file name and body.
pub fn samples(provider: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(provider);
    let mut samples: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()))
        .collect();
    samples.sort();
    assert!(!samples.is_empty(), "no samples in {}", folder.display());
    samples
}

/// One sample of a provider.
pub fn sample(provider: &str, name: &str) -> Vec<u8> {
    let (_, body) = samples(provider)
        .into_iter()
        .find(|(found, _)| found == name)
        .unwrap_or_else(|| panic!("no sample {provider}/{name}"));
    body
}

/// A JSON value whose members can be moved, removed and replaced; scalars keep their text.
#[derive(Debug, Clone)]
pub enum Json {
    Scalar(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub fn parse(text: &str) -> Self {
        match text.trim_start().as_bytes()[0] {
            b'{' => {
                let Members(members) = serde_json::from_str(text).unwrap();
                Self::Object(
                    members.into_iter().map(|(key, value)| (key, Self::parse(value.get()))).collect(),
                )
            }
            b'[' => {
                let items: Vec<Box<RawValue>> = serde_json::from_str(text).unwrap();
                Self::Array(items.iter().map(|item| Self::parse(item.get())).collect())
            }
            _ => Self::Scalar(text.trim().to_owned()),
        }
    }

    pub fn write(&self) -> String {
        match self {
            Self::Scalar(text) => text.clone(),
            Self::Array(items) => {
                format!("[{}]", items.iter().map(Self::write).collect::<Vec<_>>().join(","))
            }
            Self::Object(members) => {
                let members: Vec<_> = members
                    .iter()
                    .map(|(key, value)| format!("{}:{}", serde_json::to_string(key).unwrap(), value.write()))
                    .collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }

    fn reverse(&mut self) {
        match self {
            Self::Scalar(_) => {}
            Self::Array(items) => items.iter_mut().for_each(Self::reverse),
            Self::Object(members) => {
                members.reverse();
                for (_, value) in members {
                    value.reverse();
                }
            }
        }
    }

    /// Adds unknown members to each object that is not free-form.
    fn widen(&mut self, path: &str, free: &[&str]) {
        if free.contains(&path) {
            return;
        }
        match self {
            Self::Scalar(_) => {}
            Self::Array(items) => items.iter_mut().for_each(|item| item.widen(&format!("{path}[]"), free)),
            Self::Object(members) => {
                let dot = if path.is_empty() { "" } else { "." };
                for (key, value) in members.iter_mut() {
                    value.widen(&format!("{path}{dot}{key}"), free);
                }
                members.insert(0, ("new_field".into(), Self::parse(r#"{"a": [1, null, "x"]}"#)));
                members.push(("another".into(), Self::parse("1e400")));
            }
        }
    }

    /// The places of all members of all objects in it.
    fn places(&self) -> Vec<Vec<usize>> {
        let below = |at: usize, value: &Self| {
            value.places().into_iter().map(move |mut place| {
                place.insert(0, at);
                place
            })
        };
        match self {
            Self::Scalar(_) => Vec::new(),
            Self::Array(items) => items.iter().enumerate().flat_map(|(at, item)| below(at, item)).collect(),
            Self::Object(members) => members
                .iter()
                .enumerate()
                .flat_map(|(at, (_, value))| std::iter::once(vec![at]).chain(below(at, value)))
                .collect(),
        }
    }

    /// The path of a place as errors and drift lists write it.
    fn path(&self, place: &[usize]) -> String {
        let Some((&at, rest)) = place.split_first() else { return String::new() };
        match self {
            Self::Scalar(_) => unreachable!(),
            Self::Array(items) => {
                let below = items[at].path(rest);
                let dot = if below.is_empty() || below.starts_with('[') { "" } else { "." };
                format!("[{at}]{dot}{below}")
            }
            Self::Object(members) => {
                let (key, value) = &members[at];
                let below = value.path(rest);
                let dot = if below.is_empty() || below.starts_with('[') { "" } else { "." };
                format!("{key}{dot}{below}")
            }
        }
    }

    fn at(&mut self, place: &[usize]) -> &mut Self {
        let Some((&at, rest)) = place.split_first() else { return self };
        match self {
            Self::Scalar(_) => unreachable!(),
            Self::Array(items) => items[at].at(rest),
            Self::Object(members) => members[at].1.at(rest),
        }
    }

    fn remove(&mut self, place: &[usize]) {
        let (&last, parents) = place.split_last().unwrap();
        match self.at(parents) {
            Self::Object(members) => {
                members.remove(last);
            }
            _ => unreachable!(),
        }
    }
}

struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> de::Visitor<'de> for Reader {
            type Value = Members;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// What a model demands of the senders.
#[derive(Debug, Clone, Copy, Default)]
pub struct Demands<'d> {
    /// Paths that must be there, with `[]` for any index.
    pub required: &'d [&'d str],
    /// Required paths that may be null.
    pub nullable: &'d [&'d str],
    /// Paths below which anything goes.
    pub free: &'d [&'d str],
    /// Paths whose misfit makes the event another one, so that the error may name another path.
    pub deciding: &'d [&'d str],
}

fn any_index(path: &str) -> String {
    let mut pattern = String::new();
    let mut parts = path.split('[');
    pattern.push_str(parts.next().unwrap());
    for part in parts {
        pattern.push_str("[]");
        pattern.push_str(part.split_once(']').unwrap().1);
    }
    pattern
}

fn is_below(path: &str, tops: &[&str]) -> bool {
    tops.iter().any(|top| path.strip_prefix(top).is_some_and(|rest| rest.starts_with(['.', '['])))
}

/// Parses a sample and puts it through every change that must not matter.
pub fn check<T: Payload + Serialize + PartialEq + Debug>(name: &str, body: &[u8], demands: Demands<'_>) -> T {
    let event = T::parse(body).unwrap_or_else(|error| panic!("{name}: {error}"));
    let kind = event.kind().map(str::to_owned);
    let outcome = event.outcome();

    assert_eq!(drift::check::<T>(body).unwrap(), [""; 0], "{name}: the model lost something");
    let written = serde_json::to_vec(&event).unwrap();
    assert_eq!(T::parse(&written).unwrap(), event, "{name}: does not round-trip");
    assert_eq!(serde_json::from_slice::<T>(body).unwrap(), event, "{name}: Deserialize is not parse");
    assert_eq!(serde_json::from_reader::<_, T>(body).unwrap(), event, "{name}: a reader is not parse");
    assert_eq!(T::kind_of(body), kind, "{name}: kind_of");

    if name == "duplicate_keys.json" {
        // There the order does matter, and a removed key leaves another one.
        return event;
    }
    let json = Json::parse(std::str::from_utf8(body).unwrap());
    let still = |what: &str, changed: &Json| -> String {
        let text = changed.write();
        let again = T::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{name}, {what}: {error}"));
        assert_eq!(again.kind(), kind.as_deref(), "{name}, {what}: another kind");
        assert_eq!(again.outcome(), outcome, "{name}, {what}: another outcome");
        text
    };

    let mut reversed = json.clone();
    reversed.reverse();
    let text = still("reversed", &reversed);
    assert_eq!(drift::check::<T>(text.as_bytes()).unwrap(), [""; 0], "{name}, reversed");

    let mut widened = json.clone();
    widened.widen("", demands.free);
    still("with unknown fields", &widened);

    for place in json.places() {
        let path = json.path(&place);
        let pattern = any_index(&path);
        if is_below(&pattern, demands.free) {
            continue;
        }
        let required = demands.required.contains(&&*pattern);
        let nullable = demands.nullable.contains(&&*pattern);
        let deciding = demands.deciding.contains(&&*pattern);

        let mut removed = json.clone();
        removed.remove(&place);
        let mut nulled = json.clone();
        *nulled.at(&place) = Json::Scalar("null".into());
        for (what, changed, refused) in
            [("removed", &removed, required || nullable), ("null", &nulled, required)]
        {
            let text = changed.write();
            match T::parse(text.as_bytes()) {
                Ok(_) => assert!(!refused, "{name}: `{path}` {what} was taken"),
                Err(error) => {
                    assert!(refused, "{name}: `{path}` {what} was refused: {error}");
                    assert!(error.is_data(), "{name}: `{path}` {what}: {error}");
                    assert!(deciding || error.path() == path, "{name}: `{path}` {what}: {error}");
                }
            }
        }

        for misfit in ["{\"mis\":[\"fit\"]}", "[[]]", "\"misfit\"", "-17", "true"] {
            let mut changed = json.clone();
            *changed.at(&place) = Json::Scalar(misfit.into());
            let text = changed.write();
            if let Err(error) = T::parse(text.as_bytes())
                && !deciding
            {
                assert_misfit(name, &path, misfit, &error);
                assert_eq!(T::kind_of(text.as_bytes()), kind, "{name}: kind_of with a misfit at `{path}`");
            }
        }
    }
    event
}

fn assert_misfit(name: &str, path: &str, misfit: &str, error: &ParseError) {
    assert!(error.is_data(), "{name}: {misfit} at `{path}`: {error}");
    assert!(
        error.path().starts_with(path),
        "{name}: {misfit} at `{path}` was reported at `{}`: {error}",
        error.path()
    );
}

/// An object that is no event: an answer, or a part of an API.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Plain<T>(pub T);

impl<T: DeserializeOwned> Payload for Plain<T> {
    const KIND_FIELDS: &'static [&'static str] = &[];
}

/// Like [`check`], for what a receiver answers: further members are not kept, as nobody sends us any.
pub fn check_answer<T: Payload + Serialize + PartialEq + Debug>(
    name: &str,
    body: &[u8],
    demands: Demands<'_>,
) -> T {
    check(name, body, demands)
}
