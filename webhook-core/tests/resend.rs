//! Resend events, sample by sample.
#![cfg(feature = "resend")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failing test may panic")]

#[path = "support/checks.rs"]
mod checks;

use checks::{Demands, check, sample, samples};
use webhook_core::resend::{DomainStatus, Event, EventData};
use webhook_core::{Outcome, Payload};

const DEMANDS: Demands<'_> =
    Demands { required: &["type", "created_at"], nullable: &[], free: &[], deciding: &["type"] };

const RAW: [&str; 4] = ["topic.", "inbox.", "contact.topics.", "unknown"];

#[test]
fn every_sample() {
    for (name, body) in samples("resend") {
        let raw = RAW.iter().any(|raw| name.starts_with(raw));
        let demands = if name == "unknown.json" {
            Demands { free: &["data"], ..DEMANDS }
        } else if raw {
            Demands { required: &["type", "created_at"], nullable: &["data"], free: &["data"], ..DEMANDS }
        } else {
            Demands {
                required: &["type", "created_at", "data", id(&name), "data.attachments[].id"],
                free: &["data.tags"],
                ..DEMANDS
            }
        };
        let event: Event = check(&name, &body, demands);
        let expected = if name == "unknown.json" { Outcome::Unknown } else { Outcome::Known };
        assert_eq!(event.outcome(), expected, "{name}");
        assert!(name == "unknown.json" || event.kind().is_some_and(|kind| format!("{kind}.json") == name));
    }
}

fn id(name: &str) -> &'static str {
    if name.starts_with("email.") { "data.email_id" } else { "data.id" }
}

#[test]
fn every_event_has_a_sample() {
    assert_eq!(EventData::KINDS.len(), 37);
    let names: Vec<_> = samples("resend").into_iter().map(|(name, _)| name).collect();
    for kind in EventData::KINDS {
        assert!(names.contains(&format!("{kind}.json")), "no sample of {kind}");
    }
}

#[test]
fn what_the_events_say() {
    let data = |name| Event::parse(&sample("resend", name)).unwrap().data;
    let EventData::EmailClicked(email) = data("email.clicked.json") else { panic!() };
    assert_eq!(email.click.unwrap().link.as_deref(), Some("https://example.com/a?b=1&c=2"));
    let EventData::EmailFailed(email) = data("email.failed.json") else { panic!() };
    assert_eq!(email.failed.unwrap().reason.as_deref(), Some("reached_daily_quota"));
    assert!(email.created_at.unwrap().to_utc().is_some());
    let EventData::EmailReceived(email) = data("email.received.json") else { panic!() };
    assert_eq!(email.attachments.unwrap()[1].filename, None);
    let EventData::DomainUpdated(domain) = data("domain.updated.json") else { panic!() };
    assert_eq!(domain.status, Some(DomainStatus::Verified));
    assert_eq!(domain.records.unwrap()[0].priority, Some(10));
    let EventData::Unknown(event) = data("unknown.json") else { panic!() };
    assert_eq!(event.data.unwrap().as_str(), r#"{"email_id":"1","weight":1.50}"#);
}
