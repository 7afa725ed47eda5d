//! The requests that every adapter must answer alike, and the answers.
//!
//! An adapter's test makes [`Receivers`], serves the routes below on a loopback port with handlers that give
//! [`answer`], and calls [`check`]. The requests are raw bytes over a real socket, since what differs between two
//! servers is below what a client library shows.
//!
//! | route | extractor | receiver | answers with |
//! | --- | --- | --- | --- |
//! | `/webhook` | `Webhook<StandardWebhooks>` | [`Receivers::standard`] | [`answer`] |
//! | `/signed` | `Signed<StandardWebhooks>` | [`Receivers::standard`] | [`answer`] |
//! | `/caught` | `Result<Webhook<StandardWebhooks>, WebhookRejection>` | [`Receivers::standard`] | 202 and the rejection's code, or [`answer`] |
//! | `/clerk` | `Webhook<Clerk>` | [`Receivers::clerk`] | [`answer`] |
//! | `/clerk-staging` | `Webhook<ClerkStaging>` | [`Receivers::clerk_staging`] | [`answer`] |
//! | `/record` | `Webhook<RecordEnvelope>` | [`Receivers::record`] | [`answer`] |
//! | `/notion` | `Webhook<Notion>` | [`Receivers::notion`] | [`answer`] |
//! | `/unconfigured` | `Webhook<Svix>` | [`Receivers::unconfigured`] | [`answer`] |
//! | `/unverified` | `danger::Unverified<ChatterWise>` | [`Receivers::unverified`] | [`answer`], with [`NO_KEY`] |
//! | `/tenants/{tenant}` | none: `receive` | the one of [`Receivers::tenants`], or 404 without a body | [`answer`] |
//!
//! With an inbox, [`check_stored`] has these:
//!
//! | route | extractor | receiver | inbox |
//! | --- | --- | --- | --- |
//! | `/stored` | `Accepted<StandardWebhooks>` | [`Receivers::standard`] | [`Receivers::inbox`] |
//! | `/full` | `Accepted<StandardWebhooks>` | [`Receivers::standard`] | [`Receivers::full`] |
//!
//! Each route is open to all methods. The servers run with their frameworks' defaults.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "only tests use this crate"
)]

mod full;
mod table;
mod wire;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use webhook_inbox::{Inbox, MemoryStore};
use webhook_verify::danger::UnverifiedReceiver;
use webhook_verify::providers::{ChatterWise, Clerk, Notion, RecordEnvelope, StandardWebhooks, Svix};
use webhook_verify::webhook_core::Delivery;
use webhook_verify::{Identity, Provider, Receiver, Scheme, Secret, Secrets};

/// Largest body, in bytes, that the receivers take.
pub const LIMIT: usize = 4096;

/// What stands in the place of a key's label where nothing was verified.
pub const NO_KEY: &str = "none";

const CURRENT: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PREVIOUS: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const STAGING: &str = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4";
const RECORD: &str = "record-envelope-secret";
const NOTION: &str = "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl";
const TENANTS: u32 = 100_000;

fn tenant_secret(tenant: u32) -> String {
    format!("whsec_{tenant:032}")
}

/// A second account of one sender.
#[derive(Debug)]
pub struct ClerkStaging;

impl Provider for ClerkStaging {
    const NAME: &'static str = "clerk-staging";
    const SECRET_ENV: &'static [&'static str] = &["CLERK_STAGING_WEBHOOK_SECRET"];
    const SCHEME: Scheme = Clerk::SCHEME;
    const IDENTITY: Identity = Clerk::IDENTITY;
    type Event = <Clerk as Provider>::Event;
}

/// The receivers behind the routes.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_structs, reason = "only tests use this crate")]
pub struct Receivers {
    /// With a current and a previous secret, labelled so.
    pub standard: Receiver<StandardWebhooks>,
    /// One account.
    pub clerk: Receiver<Clerk>,
    /// Another account of the same sender.
    pub clerk_staging: Receiver<ClerkStaging>,
    /// A sender whose events have required fields.
    pub record: Receiver<RecordEnvelope>,
    /// A sender with a set-up request.
    pub notion: Receiver<Notion>,
    /// Without a secret.
    pub unconfigured: Receiver<Svix>,
    /// Verifies nothing.
    pub unverified: UnverifiedReceiver<ChatterWise>,
    /// Takes everything.
    pub inbox: Inbox,
    /// Takes nothing.
    pub full: Inbox,
    /// One for each of 100 000 tenants.
    pub tenants: Arc<HashMap<u32, Receiver<StandardWebhooks>>>,
}

impl Receivers {
    /// All of them.
    #[expect(clippy::new_without_default, reason = "it makes a hundred thousand receivers")]
    pub fn new() -> Self {
        let labelled = |text: &str, label: &str| Secret::new(text).unwrap().label(label);
        let rotated = Secrets::from([labelled(CURRENT, "current"), labelled(PREVIOUS, "previous")]);
        let standard = Receiver::new(rotated).unwrap().body_limit(LIMIT);
        let tenant = |tenant| {
            let secret = labelled(&tenant_secret(tenant), "tenant");
            (tenant, standard.for_tenant(tenant.to_string(), secret).unwrap())
        };
        Self {
            clerk: Receiver::new(labelled(CURRENT, "production")).unwrap().body_limit(LIMIT),
            clerk_staging: Receiver::new(labelled(STAGING, "staging")).unwrap().body_limit(LIMIT),
            record: Receiver::new(labelled(RECORD, "record")).unwrap().body_limit(LIMIT),
            notion: Receiver::new(labelled(NOTION, "notion")).unwrap().body_limit(LIMIT),
            unconfigured: Receiver::unconfigured().unwrap(),
            unverified: UnverifiedReceiver::new_without_verification().body_limit(LIMIT),
            inbox: Inbox::new(MemoryStore::new()),
            full: Inbox::new(full::Full),
            tenants: Arc::new((0..TENANTS).map(tenant).collect()),
            standard,
        }
    }
}

static ANSWERS: AtomicUsize = AtomicUsize::new(0);

/// What a handler answers, with 200 and as `application/octet-stream`: all that it was given.
pub fn answer(delivery: &Delivery, body: &[u8], key: &str) -> Vec<u8> {
    ANSWERS.fetch_add(1, Ordering::SeqCst);
    text(delivery, body, key)
}

fn text(delivery: &Delivery, body: &[u8], key: &str) -> Vec<u8> {
    let Delivery { provider, id, id_signed, kind, timestamp, .. } = delivery;
    let (id, kind) = (id.as_deref().unwrap_or("-"), kind.as_deref().unwrap_or("-"));
    let timed = timestamp.is_some();
    let line = format!("{provider} id={id} signed={id_signed} kind={kind} timed={timed} key={key}\n");
    [line.as_bytes(), body].concat()
}

/// Sends every request of the table to a server, and gives a line for each that was not answered as it should be.
///
/// At the end it checks that no handler ran that should not have.
pub fn check(server: SocketAddr) -> Vec<String> {
    let before = ANSWERS.load(Ordering::SeqCst);
    let mut differences = Vec::new();
    let mut answers = 0;
    for case in table::cases() {
        match wire::run(server, &case) {
            Ok(handled) => answers += handled,
            Err(difference) => differences.push(format!("{}: {difference}", case.name)),
        }
    }
    let handled = ANSWERS.load(Ordering::SeqCst) - before;
    if differences.is_empty() && handled != answers {
        differences.push(format!("handlers ran {handled} times for {answers} answers"));
    }
    differences
}

/// As [`check`], for the routes with an inbox.
pub fn check_stored(server: SocketAddr) -> Vec<String> {
    let mut differences = Vec::new();
    for case in table::stored() {
        if let Err(difference) = wire::run(server, &case) {
            differences.push(format!("{}: {difference}", case.name));
        }
    }
    differences
}
