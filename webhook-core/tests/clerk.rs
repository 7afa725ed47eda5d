//! Clerk's events against the samples in `samples/clerk`: every event has one, all parse, and nothing is lost.

#![cfg(feature = "clerk")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of the tests below may fail too"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use serde_json::value::RawValue;
use webhook_core::clerk::{Amount, Event, EventData, InvitationStatus, SessionStatus};
use webhook_core::{Outcome, Payload};

/// What an object of a kind cannot do without, as `object.member`; see [`label`].
const REQUIRED: &[&str] = &[
    "event.data",
    "event.type",
    "user.id",
    "user.created_at",
    "user.updated_at",
    "session.id",
    "session.user_id",
    "session.status",
    "session.created_at",
    "session.updated_at",
    "email_address.email_address",
    "phone_number.phone_number",
    "web3_wallet.web3_wallet",
    "verification.status",
    "verification.strategy",
    "organization.id",
    "organization.name",
    "organization.created_at",
    "organization.updated_at",
    "organization_domain.id",
    "organization_domain.organization_id",
    "organization_domain.name",
    "organization_domain.created_at",
    "organization_domain.updated_at",
    "organization_invitation.id",
    "organization_invitation.email_address",
    "organization_invitation.created_at",
    "organization_invitation.updated_at",
    "organization_membership.id",
    "organization_membership.role",
    "organization_membership.organization",
    "organization_membership.created_at",
    "organization_membership.updated_at",
    "role.id",
    "role.name",
    "role.key",
    "role.created_at",
    "role.updated_at",
    "permission.id",
    "permission.name",
    "permission.key",
    "permission.created_at",
    "permission.updated_at",
    "email.id",
    "sms_message.id",
    "waitlist_entry.id",
    "waitlist_entry.email_address",
    "waitlist_entry.created_at",
    "waitlist_entry.updated_at",
    "deleted.deleted",
];

/// The members that are open string enums, in any object of a model.
const ENUMS: &[&str] = &[
    "charge_type",
    "enrollment_mode",
    "gateway_status",
    "interval",
    "payment_method",
    "period",
    "plan_period",
    "protocol",
    "status",
];

/// The members that are free-form: the models keep them raw.
const FREE_FORM: &[&str] = &["actor", "meta", "private_metadata", "public_metadata", "unsafe_metadata"];

#[test]
fn every_event_has_a_sample() {
    let sampled: BTreeSet<String> = samples().into_iter().map(|sample| sample.kind).collect();
    let known: BTreeSet<String> = EventData::KINDS.iter().copied().map(str::to_owned).collect();
    assert_eq!(known.len(), 46);
    assert_eq!(sampled, known);
}

#[test]
fn samples_are_known_events_of_their_name() {
    for sample in samples() {
        let event =
            Event::parse(sample.text.as_bytes()).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        assert_eq!((event.kind(), event.outcome()), (Some(&*sample.kind), Outcome::Known), "{}", sample.name);
        let variant = format!("{:?}", event.data);
        let expected: String = sample.kind.split('.').map(capitalized).collect();
        assert_eq!(variant.split('(').next(), Some(&*expected), "{}", sample.name);
    }
}

#[test]
fn an_unknown_event_is_kept() {
    let text = std::fs::read_to_string(folder().join("_unknown-event-type.json")).unwrap();
    let event = Event::parse(text.as_bytes()).unwrap();
    assert_eq!(event.outcome(), Outcome::Unknown);
    let EventData::Unknown(unknown) = &event.data else { panic!("known") };
    assert_eq!(&*unknown.kind, "something.brandNew");
    assert_lossless("_unknown-event-type", &text);
}

#[test]
fn nothing_is_lost() {
    for sample in samples() {
        assert_lossless(&sample.name, &sample.text);
    }
}

#[test]
fn a_loss_would_be_found() {
    let sent = Node::parse(r#"{"a":[1.50,{"b":null,"c":"x"}]}"#);
    let lost = |got: &str| {
        let mut lost = Vec::new();
        sent.missing(&Node::parse(got), "", &mut lost);
        lost
    };
    assert!(lost(r#"{"z":0,"a":[1.50,{"c":"\u0078"}]}"#).is_empty());
    assert_eq!(lost(r#"{"a":[1.5,{"c":"x"}]}"#), [".a[0]"]);
    assert_eq!(lost(r#"{"a":[1.50]}"#), [".a[1].c"]);
    assert_eq!(lost(r#"{"a":[1.50,{"b":0,"c":null}]}"#), [".a[1].b", ".a[1].c"]);
}

#[test]
fn the_order_of_keys_does_not_matter() {
    for sample in samples() {
        let mut body = Node::parse(&sample.text);
        let expected = Event::parse(body.text().as_bytes()).unwrap();
        for first in ["data", "type", "object"] {
            body.envelope().sort_by_key(|(key, _)| key != first);
            let event = Event::parse(body.text().as_bytes()).unwrap();
            assert_eq!(event, expected, "{}: {first} first", sample.name);
            body.envelope().reverse();
            let event = Event::parse(body.text().as_bytes()).unwrap();
            assert_eq!(event, expected, "{}: {first} last", sample.name);
        }
        body.walk(&mut |_, _, members| members.reverse());
        assert_lossless(&sample.name, &body.text());
    }
}

#[test]
fn unknown_members_are_kept() {
    for sample in samples() {
        let mut body = Node::parse(&sample.text);
        body.walk(&mut |_, _, members| {
            members.insert(0, ("_first".into(), Node::Plain("1.2500".into())));
            members.push(("zLast".into(), Node::parse(r#"{"type":"user.created","data":[null]}"#)));
        });
        let event =
            Event::parse(body.text().as_bytes()).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        assert_eq!(event.kind(), Some(&*sample.kind), "{}", sample.name);

        // All but those of the envelope are kept.
        body.envelope().retain(|(key, _)| key != "_first" && key != "zLast");
        assert_lossless(&sample.name, &body.text());
    }
}

#[test]
fn unknown_values_of_enums_are_kept() {
    let mut changed = BTreeSet::new();
    for sample in samples() {
        let mut body = Node::parse(&sample.text);
        body.walk(&mut |_, _, members| {
            for (key, value) in members {
                if ENUMS.contains(&&**key) && matches!(value, Node::Text(_)) {
                    *value = Node::Text("brand_new".into());
                    changed.insert(key.clone());
                }
            }
        });
        assert_lossless(&sample.name, &body.text());
    }
    assert_eq!(changed.iter().map(String::as_str).collect::<Vec<_>>(), ENUMS);
}

/// Takes away every member of every sample in turn, and sets it to null. What is then refused is required, is named
/// in the error, and is in the table; and the table holds nothing else.
#[test]
fn only_what_is_required_is_required() {
    let mut refused = BTreeSet::new();
    for sample in samples() {
        let mut body = Node::parse(&sample.text);
        let mut spots = Vec::new();
        body.walk(&mut |path, label, members| {
            spots.extend(members.iter().map(|(key, _)| (path.to_owned(), label.to_owned(), key.clone())));
        });
        for (path, label, key) in spots {
            for null in [false, true] {
                let mut body = body.clone();
                body.walk(&mut |at, _, members| {
                    if at == path {
                        if null {
                            members
                                .iter_mut()
                                .filter(|(name, _)| *name == key)
                                .for_each(|(_, value)| *value = Node::null());
                        } else {
                            members.retain(|(name, _)| *name != key);
                        }
                    }
                });
                if let Err(error) = Event::parse(body.text().as_bytes()) {
                    let member = format!("{path}.{key}");
                    assert!(error.is_data(), "{}: {member}: {error}", sample.name);
                    assert_eq!(error.path(), member.trim_start_matches('.'), "{}: {error}", sample.name);
                    refused.insert(format!("{label}.{key}"));
                }
            }
        }
    }
    assert_eq!(refused, REQUIRED.iter().copied().map(str::to_owned).collect());
}

#[test]
fn a_misfit_names_its_place() {
    for sample in samples() {
        for misfit in [r#""text""#, "7", "[1]", "true"] {
            for data_first in [true, false] {
                let mut body = Node::parse(&sample.text);
                body.envelope().retain(|(key, _)| key != "data");
                let at = if data_first { 0 } else { body.envelope().len() };
                body.envelope().insert(at, ("data".into(), Node::parse(misfit)));
                let error = Event::parse(body.text().as_bytes()).unwrap_err();
                assert!(error.is_data(), "{}: {error}", sample.name);
                assert_eq!(error.path(), "data", "{}: {misfit}: {error}", sample.name);
                assert_eq!(Event::kind_of(body.text().as_bytes()).as_deref(), Some(&*sample.kind));
            }
        }
    }
}

#[test]
fn a_misfit_deep_inside_names_its_place() {
    let cases = [
        ("user.created", r#""verified""#, "7", "data.email_addresses[0].verification.status"),
        (
            "session.created",
            r#""google_id""#,
            r#""provider":[],"google_id""#,
            "data.user.external_accounts[0].provider",
        ),
        (
            "subscription.active",
            r#""period_end""#,
            r#""plan":{"unit_prices":7},"period_end""#,
            "data.items[0].plan.unit_prices",
        ),
        (
            "paymentAttempt.created",
            r#""is_recurring": true"#,
            r#""is_recurring": 7"#,
            "data.subscription_items[0].plan.is_recurring",
        ),
        ("organization.updated", "1760630400000", r#""now""#, "data.created_at"),
    ];
    for (name, from, to, path) in cases {
        let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
        let error = Event::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert!(error.is_data());
        assert_eq!(error.path(), path, "{name}: {error}");
    }
}

#[test]
fn repeated_keys() {
    let body = br#"{"type":"user.created","data":{"id":"a","id":"user_1","created_at":1,"updated_at":2,"created_at":3},
        "object":"x","object":"event","data":{"id":"user_2","created_at":1,"updated_at":2,"updated_at":4}}"#;
    let EventData::UserCreated(user) = Event::parse(body).unwrap().data else { panic!("another event") };
    assert_eq!((&*user.id, user.updated_at.as_millis()), ("user_2", 4));
}

#[test]
fn users() {
    let EventData::UserUpdated(user) = read("user.updated.everything").data else { panic!("another event") };
    assert_eq!(user.primary_email_address().unwrap().email_address, "ines.moreau@example.com");
    assert_eq!(user.primary_phone_number().unwrap().phone_number, "+33612345678");
    assert_eq!(user.primary_web3_wallet(), None);
    assert!(user.private_metadata.as_ref().unwrap().as_str().contains("12345678901234567890.10"));
    let [google, other] = &*user.external_accounts else { panic!("other accounts") };
    assert_eq!(google.extra.get("google_id").unwrap().as_str(), "\"104857261934857261934\"");
    assert_eq!(other.provider, None);
    let error = other.verification.as_ref().unwrap().error.as_ref().unwrap();
    assert_eq!(error.meta.as_ref().unwrap().parse::<BTreeMap<String, serde_json::Value>>().unwrap().len(), 2);

    let created = read("user.created.documentation");
    assert_eq!(created.timestamp.unwrap().to_utc().unwrap().to_rfc3339(), "2022-05-31T15:56:31.835+00:00");
    let EventData::UserCreated(user) = created.data else { panic!("another event") };
    assert_eq!(user.extra.get("gender").unwrap().as_str(), "\"\"");
    assert_eq!(user.has_image, None);

    let EventData::UserDeleted(user) = read("user.deleted").data else { panic!("another event") };
    assert_eq!((user.deleted, user.external_id.as_deref()), (true, Some("crm-88412")));
}

#[test]
fn sessions() {
    let EventData::SessionPending(session) = read("session.pending").data else { panic!("another event") };
    assert_eq!(session.status, SessionStatus::Pending);
    assert_eq!(session.user.unwrap().id, session.user_id);
    let EventData::SessionEnded(session) = read("session.ended").data else { panic!("another event") };
    assert_eq!((session.user, session.status), (None, SessionStatus::Ended));
}

#[test]
fn both_shapes_where_sources_disagree() {
    for name in ["organizationInvitation.created", "organizationInvitation.created.inner-data"] {
        let EventData::OrganizationInvitationCreated(invitation) = read(name).data else {
            panic!("another event")
        };
        assert_eq!(invitation.organization().unwrap().name.as_deref(), Some("Moreau & Fils"), "{name}");
    }
    let accepted = read("organizationInvitation.accepted.least").data;
    let EventData::OrganizationInvitationAccepted(invitation) = accepted else { panic!("another event") };
    assert_eq!(invitation.organization(), None);
    assert_eq!(invitation.status, Some(InvitationStatus::Accepted));

    let EventData::RoleDeleted(role) = read("role.deleted").data else { panic!("another event") };
    assert_eq!((role.deleted, role.key), (Some(true), None));
    let EventData::RoleDeleted(role) = read("role.deleted.full").data else { panic!("another event") };
    assert_eq!((role.deleted, role.key.as_deref()), (None, Some("org:accountant")));
    assert_eq!(role.permissions.unwrap().len(), 1);

    let EventData::SmsCreated(sms) = read("sms.created").data else { panic!("another event") };
    let EventData::SmsCreated(other) = read("sms.created.at-ms-and-seconds").data else {
        panic!("another event")
    };
    assert_eq!((sms.created_at, sms.created_at_ms), (other.created_at_ms, other.created_at));

    let seconds = read("sms.created.at-ms-and-seconds").timestamp.unwrap();
    assert_eq!((seconds.as_i64(), seconds.to_millis().as_millis()), (1_716_883_200, 1_716_883_200_000));
}

#[test]
fn billing() {
    let EventData::SubscriptionItemUpdated(item) = read("subscriptionItem.updated.sdk-shape").data else {
        panic!("another event")
    };
    assert_eq!(item.lifetime_paid.as_ref().and_then(Amount::minor_units), Some(9_007_199_254_740_993));
    assert_eq!(item.lifetime_paid.as_ref().and_then(Amount::currency), Some("USD"));
    let Some(Amount::Other(raw)) = &item.next_payment_amount else { panic!("an integer") };
    assert_eq!(raw.as_str(), "25.5");
    assert_eq!(item.plan.as_ref().unwrap().extra.get("free_trial_days").unwrap().as_str(), "14");
    assert_eq!(item.plan.unwrap().amount, Some(Amount::Minor(2500)));
    assert_eq!(item.extra.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["price_id"]);
}

fn read(name: &str) -> Event {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    Event::parse(text.as_bytes()).unwrap()
}

/// `waitlistEntry` as `WaitlistEntry`.
fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/clerk"))
}

struct Sample {
    /// The name of the file without `.json`.
    name: String,
    /// The event's name: the first two words of the file's name.
    kind: String,
    text: String,
}

/// All samples of known events.
fn samples() -> Vec<Sample> {
    let mut samples: Vec<Sample> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let kind = name.split('.').take(2).collect::<Vec<_>>().join(".");
            Sample { name, kind, text: std::fs::read_to_string(path).unwrap() }
        })
        .filter(|sample| !sample.name.starts_with('_'))
        .collect();
    samples.sort_by(|a, b| a.name.cmp(&b.name));
    samples
}

/// Parsing and writing `text` keeps every path and every digit in it, and reads back as the same event.
fn assert_lossless(name: &str, text: &str) {
    let event = Event::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let written = serde_json::to_string(&event).unwrap();
    let mut lost = Vec::new();
    Node::parse(text).missing(&Node::parse(&written), "", &mut lost);
    assert!(lost.is_empty(), "{name} loses {lost:?}");
    assert_eq!(Event::parse(written.as_bytes()).unwrap(), event, "{name} reads back as another event");
}

/// The members of an object, in their order.
type Object = Vec<(String, Node)>;

/// A JSON value that keeps the order of members and the digits of numbers.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    /// A number, a boolean or null by its text.
    Plain(String),
    Text(String),
    List(Vec<Node>),
    Object(Object),
}

impl Node {
    fn null() -> Self {
        Self::Plain("null".into())
    }

    fn parse(text: &str) -> Self {
        let text = text.trim();
        match text.as_bytes()[0] {
            b'{' => {
                let Members(members) = serde_json::from_str(text).unwrap();
                Self::Object(
                    members.into_iter().map(|(key, value)| (key, Self::parse(value.get()))).collect(),
                )
            }
            b'[' => {
                let list: Vec<Box<RawValue>> = serde_json::from_str(text).unwrap();
                Self::List(list.iter().map(|value| Self::parse(value.get())).collect())
            }
            b'"' => Self::Text(serde_json::from_str(text).unwrap()),
            _ => Self::Plain(text.to_owned()),
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Plain(text) => out.push_str(text),
            Self::Text(text) => out.push_str(&serde_json::to_string(text).unwrap()),
            Self::List(list) => {
                for (index, value) in list.iter().enumerate() {
                    out.push(if index == 0 { '[' } else { ',' });
                    value.write(out);
                }
                out.push_str(if list.is_empty() { "[]" } else { "]" });
            }
            Self::Object(members) => {
                for (index, (key, value)) in members.iter().enumerate() {
                    let before = if index == 0 { '{' } else { ',' };
                    write!(out, "{before}{}:", serde_json::to_string(key).unwrap()).unwrap();
                    value.write(out);
                }
                out.push_str(if members.is_empty() { "{}" } else { "}" });
            }
        }
    }

    fn envelope(&mut self) -> &mut Object {
        let Self::Object(members) = self else { panic!("no object") };
        members
    }

    /// Adds the paths of `self` that `other` lacks or has another value for. Null is the same as absent.
    fn missing(&self, other: &Node, path: &str, gone: &mut Vec<String>) {
        match (self, other) {
            (Self::Object(members), Self::Object(others)) => {
                for (key, value) in members {
                    let found = others.iter().find(|(name, _)| name == key).map(|(_, found)| found);
                    value.missing(found.unwrap_or(&Self::null()), &format!("{path}.{key}"), gone);
                }
            }
            (Self::List(list), Self::List(others)) => {
                for (index, value) in list.iter().enumerate() {
                    value.missing(
                        others.get(index).unwrap_or(&Self::null()),
                        &format!("{path}[{index}]"),
                        gone,
                    );
                }
            }
            // An object or a list that is gone: name what was in it.
            (Self::Object(members), _) if !members.is_empty() => {
                for (key, value) in members {
                    value.missing(&Self::null(), &format!("{path}.{key}"), gone);
                }
            }
            (one, other) if one != other => gone.push(path.to_owned()),
            _ => {}
        }
    }

    /// Visits every object of the models, the inner ones first, with its path and its [`label`].
    fn walk(&mut self, visit: &mut dyn FnMut(&str, &str, &mut Object)) {
        self.walk_from("", "event", visit);
    }

    fn walk_from(&mut self, path: &str, key: &str, visit: &mut dyn FnMut(&str, &str, &mut Object)) {
        match self {
            Self::Object(members) => {
                let label = label(key, members);
                // In messages, `data` holds the values of a template.
                let free_form: &[&str] =
                    if matches!(&*label, "email" | "sms_message") { &["data"] } else { FREE_FORM };
                for (key, value) in members.iter_mut().filter(|(key, _)| !free_form.contains(&&**key)) {
                    value.walk_from(&format!("{path}.{key}"), key, visit);
                }
                visit(path, &label, members);
            }
            Self::List(list) => {
                for (index, value) in list.iter_mut().enumerate() {
                    value.walk_from(&format!("{path}[{index}]"), key, visit);
                }
            }
            Self::Plain(_) | Self::Text(_) => {}
        }
    }
}

/// What kind of object this is: its `object`, or the member that holds it.
fn label(key: &str, members: &[(String, Node)]) -> String {
    if members.iter().any(|(name, _)| name == "deleted") {
        return "deleted".into();
    }
    if key.ends_with("verification") {
        return "verification".into();
    }
    match members.iter().find(|(name, _)| name == "object") {
        Some((_, Node::Text(object))) if object == "waitlistEntry" => "waitlist_entry".into(),
        Some((_, Node::Text(object))) => object.clone(),
        _ => key.into(),
    }
}

/// The members of an object in their order.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}
