//! The built-in sample of every event: what `webhook-core` has samples of.

use std::any::TypeId;

use webhook_core::{Outcome, Payload};
use webhook_verify::Provider;
use webhook_verify::providers::{self, ProviderVisitor};

/// A sample of `webhook-core`, collected by the build script.
struct Sample {
    /// The provider's name.
    folder: &'static str,
    name: &'static str,
    body: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/samples.rs"));

/// A sample of each event of `P`, by the event's name, in the order of the names.
///
/// They are those of its own folder. A provider without one has those of a provider with the same type of event, or
/// else those anywhere that its model knows.
///
/// Of several samples of one event it is the one with the shortest file name: the others are its odd forms.
pub(crate) fn of<P: Provider>() -> Vec<(String, &'static str)> {
    let alike = providers::NAMES.iter().copied().filter(|name| same_event::<P>(name));
    let folder = std::iter::once(P::NAME).chain(alike).find(|name| ALL.iter().any(|it| it.folder == *name));
    let mut found: Vec<(String, &Sample)> = ALL
        .iter()
        .filter(|sample| folder.is_none_or(|folder| folder == sample.folder))
        .filter_map(|sample| {
            let body = sample.body.as_bytes();
            let event = P::Event::parse(body).ok()?;
            let kind = event.kind().map(str::to_owned).or_else(|| P::Event::kind_of(body));
            match event.outcome() {
                Outcome::Known => Some((kind.unwrap_or_else(|| "event".to_owned()), sample)),
                Outcome::Handshake => Some(("handshake".to_owned(), sample)),
                _ => None,
            }
        })
        .collect();
    // Some senders write one event in several cases.
    found.sort_by_key(|(kind, sample)| (kind.to_ascii_lowercase(), sample.name.len(), sample.name));
    found.dedup_by(|one, other| one.0.eq_ignore_ascii_case(&other.0));
    found.into_iter().map(|(kind, sample)| (kind, sample.body)).collect()
}

/// Whether the provider of this name has the type of event of `P`.
fn same_event<P: Provider>(name: &str) -> bool {
    struct EventType;
    impl ProviderVisitor for EventType {
        type Output = TypeId;

        fn visit<P: Provider>(self) -> TypeId {
            TypeId::of::<P::Event>()
        }
    }
    providers::visit(name, EventType) == Some(TypeId::of::<P::Event>())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Names;
    impl ProviderVisitor for Names {
        type Output = Vec<String>;

        fn visit<P: Provider>(self) -> Vec<String> {
            of::<P>().into_iter().map(|(kind, _)| kind).collect()
        }
    }

    fn names(provider: &str) -> Vec<String> {
        providers::visit(provider, Names).unwrap()
    }

    #[test]
    fn every_provider_has_samples() {
        for provider in providers::NAMES {
            assert!(!names(provider).is_empty(), "{provider}");
        }
        assert_eq!(names("supabase"), ["DELETE", "INSERT", "TRUNCATE", "UPDATE"]);
        assert_eq!(names("fluxbase"), ["DELETE", "INSERT", "TEST", "UPDATE"]);
        assert!(names("notion").contains(&"handshake".to_owned()));
    }

    #[test]
    fn who_has_no_folder_has_the_samples_of_its_model() {
        assert_eq!(names("svix"), names("standard-webhooks"));
        assert_eq!(names("notion-automation"), ["automation"]);
        let folders: std::collections::BTreeSet<_> = ALL.iter().map(|sample| sample.folder).collect();
        assert!(folders.iter().all(|folder| providers::NAMES.contains(folder)), "{folders:?}");
    }
}
