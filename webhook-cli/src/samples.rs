//! The built-in sample of every event.

mod table;

use webhook_core::{Outcome, Payload};
use webhook_verify::Provider;

/// Samples that a provider has from another one's folder.
const SHARED: [(&str, &str); 2] =
    [("svix", "standard-webhooks/"), ("notion-automation", "notion/automation-")];

/// A sample of each event of `P`, by the event's name, in the order of the names.
///
/// Of several samples of one event it is the one with the shortest file name: the others are its odd forms.
pub(crate) fn of<P: Provider>() -> Vec<(String, &'static str)> {
    let own = format!("{}/", P::NAME);
    let folder = SHARED.iter().find(|(name, _)| *name == P::NAME).map_or(own.as_str(), |(_, folder)| folder);
    let mut found: Vec<(String, &str, &str)> = table::ALL
        .iter()
        .filter(|(path, _)| path.starts_with(folder))
        .filter_map(|(path, body)| {
            let event = P::Event::parse(body.as_bytes()).ok()?;
            let kind = event.kind().map(str::to_owned).or_else(|| P::Event::kind_of(body.as_bytes()));
            match event.outcome() {
                Outcome::Known => Some((kind.unwrap_or_else(|| "event".to_owned()), *path, *body)),
                Outcome::Handshake => Some(("handshake".to_owned(), *path, *body)),
                _ => None,
            }
        })
        .collect();
    // Some senders write one event in several cases.
    found.sort_by_key(|(kind, path, _)| (kind.to_ascii_lowercase(), path.len(), *path));
    found.dedup_by(|one, other| one.0.eq_ignore_ascii_case(&other.0));
    found.into_iter().map(|(kind, _, body)| (kind, body)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use webhook_verify::providers::{self, ProviderVisitor};

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
    fn no_sample_of_a_provider_with_its_own_folder_is_left_out() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../webhook-core/tests/samples");
        for folder in [
            "chatterwise",
            "clerk",
            "fluxbase",
            "record-envelope",
            "resend",
            "standard-webhooks",
            "supabase",
            "supabase-auth",
        ] {
            for file in std::fs::read_dir(format!("{root}/{folder}")).unwrap() {
                let name = file.unwrap().file_name().into_string().unwrap();
                let path = format!("{folder}/{name}");
                let is_sample = std::path::Path::new(&name).extension().is_some_and(|end| end == "json");
                assert!(!is_sample || table::ALL.iter().any(|(known, _)| *known == path), "{path}");
            }
        }
    }
}
