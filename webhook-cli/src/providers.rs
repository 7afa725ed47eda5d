//! `webhook providers`.

use std::fmt::Write as _;

use serde::Serialize;
use webhook_retry::senders::{self, Sender};
use webhook_verify::providers::{self, ProviderVisitor};
use webhook_verify::{Provider, Scheme, Verifier};

use crate::args::ProvidersArgs;
use crate::paint::{Colour, paint};
use crate::report::{Failure, YES, print, print_json};

pub(crate) fn run(args: &ProvidersArgs) -> Result<u8, Failure> {
    let rows: Vec<Row> = providers::NAMES.iter().filter_map(|name| providers::visit(name, Look)).collect();
    if args.json {
        print_json(&Table { providers: rows })?;
    } else {
        print(&pretty(&rows))?;
    }
    Ok(YES)
}

#[derive(Serialize)]
struct Table {
    providers: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    variants: Vec<VariantRow>,
    environment: &'static [&'static str],
    retries: Option<Retries>,
}

#[derive(Serialize)]
struct VariantRow {
    /// Null for a provider with one way of signing.
    name: Option<&'static str>,
    default: bool,
    /// Where the signature stands.
    signature: &'static str,
    /// Every header that is looked at.
    headers: Vec<String>,
    covers_body: bool,
    has_timestamp: bool,
}

#[derive(Serialize)]
struct Retries {
    /// With the first one; null when it is not published.
    attempts: Option<u32>,
    /// Seconds before each further attempt; empty when it is not published.
    delays: Vec<u64>,
    /// How long after the first attempt the last one begins, at the latest, in seconds.
    horizon: u64,
    source: &'static str,
}

struct Look;

impl ProviderVisitor for Look {
    type Output = Row;

    fn visit<P: Provider>(self) -> Row {
        let variants = if P::VARIANTS.is_empty() {
            vec![VariantRow::new(None, true, P::SCHEME)]
        } else {
            let rows = P::VARIANTS.iter().enumerate();
            rows.map(|(at, variant)| VariantRow::new(Some(variant.name), at == 0, variant.scheme)).collect()
        };
        let sender = senders::ALL.iter().find(|sender| sender.name == P::NAME);
        Row { name: P::NAME, variants, environment: P::SECRET_ENV, retries: sender.map(Retries::new) }
    }
}

impl VariantRow {
    fn new(name: Option<&'static str>, default: bool, scheme: Scheme) -> Self {
        // Any base64 will do: which headers are read does not depend on the secret.
        let verifier = webhook_verify::Secret::new("c2VjcmV0")
            .map_err(Into::into)
            .and_then(|secret| Verifier::new(scheme, secret));
        let headers = verifier
            .map(|verifier| verifier.header_names().map(|name| name.as_str().to_owned()).collect())
            .unwrap_or_default();
        Self {
            name,
            default,
            signature: scheme.signature_header(),
            headers,
            covers_body: scheme.covers_body(),
            has_timestamp: scheme.has_timestamp(),
        }
    }
}

impl Retries {
    fn new(sender: &Sender) -> Self {
        let delays = sender
            .policy
            .map(|policy| policy.schedule_preview().skip(1).map(|step| step.wait.as_secs()).collect());
        Self {
            attempts: sender.policy.map(|policy| policy.max_attempts()),
            delays: delays.unwrap_or_default(),
            horizon: sender.horizon.as_secs(),
            source: sender.source,
        }
    }

    fn pretty(&self) -> String {
        let delays: Vec<_> = self.delays.iter().map(|seconds| duration(*seconds)).collect();
        match self.attempts {
            Some(1) => "never again".to_owned(),
            Some(attempts) => format!("{attempts} attempts, after {}", delays.join(", ")),
            None => format!("for about {}, steps not published", duration(self.horizon)),
        }
    }
}

fn duration(seconds: u64) -> String {
    for (unit, size) in [("h", 3600), ("min", 60)] {
        if seconds >= size && seconds.is_multiple_of(size) {
            return format!("{} {unit}", seconds.checked_div(size).unwrap_or_default());
        }
    }
    format!("{seconds} s")
}

fn pretty(rows: &[Row]) -> String {
    let mut text = String::new();
    for row in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", paint(Colour::Green, row.name));
        for variant in &row.variants {
            let name = variant.name.map_or_else(String::new, |name| format!("{name}: "));
            let default = if variant.default && row.variants.len() > 1 { " (default)" } else { "" };
            let _ = writeln!(text, "  {name}{}{default}", variant.headers.join(", "));
        }
        let _ = writeln!(
            text,
            "  {}",
            paint(Colour::Dim, &format!("secret in {}", row.environment.join(" or ")))
        );
        let retries = row.retries.as_ref().map_or_else(|| "not known".to_owned(), Retries::pretty);
        let _ = writeln!(text, "  {}", paint(Colour::Dim, &format!("tries again: {retries}")));
    }
    text
}
