//! `webhook verify`.

use std::fmt::Write as _;

use serde::Serialize;
use webhook_core::{Delivery, Payload, UnixTime};
use webhook_verify::explain::Explain;
use webhook_verify::providers::ProviderVisitor;
use webhook_verify::{Provider, Received, Receiver, Scheme, Tolerance, VerifyError};

use crate::args::{SenderArgs, VerifyArgs};
use crate::paint::{Colour, paint, safe};
use crate::raw::{RawRequest, read_file};
use crate::report::{Failure, NO, YES, print, print_json};
use crate::secrets;
use crate::setup::{Setup, with_provider};

pub(crate) fn run(args: &VerifyArgs) -> Result<u8, Failure> {
    let request = RawRequest::parse(&read_file(&args.file)?)?;
    let clock = if args.ignore_time { Clock::Ignored } else { Clock::At(args.now) };
    let verdict = judge(&args.sender, clock, &request)?;
    if args.json {
        print_json(&verdict)?;
    } else {
        print(&verdict.pretty())?;
    }
    Ok(if matches!(verdict, Verdict::Verified(_)) { YES } else { NO })
}

/// By which time a request is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clock {
    /// This one, or the system's.
    At(Option<i64>),
    /// None.
    Ignored,
}

/// Whether the request verifies under what the flags say.
pub(crate) fn judge(args: &SenderArgs, clock: Clock, request: &RawRequest) -> Result<Verdict, Failure> {
    with_provider(args, Judge { args, clock, request })?
}

struct Judge<'a> {
    args: &'a SenderArgs,
    clock: Clock,
    request: &'a RawRequest,
}

impl ProviderVisitor for Judge<'_> {
    type Output = Result<Verdict, Failure>;

    fn visit<P: Provider>(self) -> Self::Output {
        let Self { args, clock, request } = self;
        let setup = Setup::new::<P>(args)?;
        let mut scheme = setup.scheme;
        let now = match clock {
            Clock::At(Some(seconds)) => UnixTime::from_secs(seconds),
            Clock::At(None) => UnixTime::now(),
            Clock::Ignored => {
                scheme = scheme.tolerance(Tolerance::OFF);
                UnixTime::now()
            }
        };
        let receiver = Receiver::<P>::with_scheme(scheme, setup.secrets.clone())?;
        // A server would not have handed these on.
        let broken = receiver.verifier().header_names().find(|name| request.broken.contains(name));
        if let Some(name) = broken {
            return Ok(Verdict::Refused(Refused {
                verdict: "refused",
                error: "malformed_header",
                message: format!("header `{name}` is malformed"),
                status: VerifyError::SignatureMismatch.status().as_u16(),
                hints: vec![HintLine {
                    code: "broken_header",
                    message:
                        "the header's value holds a line feed or another control character, as PostgreSQL's \
                              base64 of a long digest does: servers refuse that"
                            .to_owned(),
                }],
            }));
        }
        let verdict = match receiver.verify(&request.headers, request.body.clone(), now) {
            Ok(received) => Verdict::Verified(Box::new(Accepted::new(&setup, &received))),
            Err(error) => Verdict::Refused(Refused {
                verdict: "refused",
                error: error.code(),
                message: error.to_string(),
                status: error.status().as_u16(),
                hints: hints(&setup, &scheme, request, now),
            }),
        };
        Ok(verdict)
    }
}

fn hints(setup: &Setup, scheme: &Scheme, request: &RawRequest, now: UnixTime) -> Vec<HintLine> {
    let mut explain = Explain::new(scheme, &setup.secrets);
    // A secret that was typed is often held against another one that stands ready in the environment.
    for (name, secrets) in secrets::ambient(scheme) {
        explain = explain.other(format!("the environment variable {name}"), secrets);
    }
    let redirected = (request.line.0 == "GET" && request.body.is_empty()).then(|| HintLine {
        code: "redirected",
        message: "the request is a GET without a body: a redirect made it so; give the sender the final URL"
            .to_owned(),
    });
    let found = explain.hints(&request.headers, &request.body, now).into_iter();
    let found = found.map(|hint| HintLine {
        code: hint.cause().code(),
        message: format!("{}{}", if hint.is_certain() { "" } else { "perhaps: " }, hint.message()),
    });
    redirected.into_iter().chain(found).collect()
}

/// The answer. As JSON its form is fixed.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Verdict {
    Verified(Box<Accepted>),
    Refused(Refused),
}

#[derive(Debug, Serialize)]
pub(crate) struct Accepted {
    verdict: &'static str,
    provider: Option<&'static str>,
    variant: Option<&'static str>,
    key: Key,
    delivery: DeliveryLine,
    idempotency_key: Option<String>,
    event: Event,
}

#[derive(Debug, Serialize)]
struct Key {
    index: usize,
    label: Option<String>,
}

#[derive(Debug, Serialize)]
struct DeliveryLine {
    id: Option<String>,
    id_signed: bool,
    kind: Option<String>,
    timestamp: Option<UnixTime>,
}

/// What the body turned out to be.
#[derive(Debug, Serialize)]
pub(crate) struct Event {
    pub(crate) outcome: &'static str,
    pub(crate) kind: Option<String>,
    pub(crate) path: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Refused {
    verdict: &'static str,
    error: &'static str,
    message: String,
    status: u16,
    hints: Vec<HintLine>,
}

#[derive(Debug, Serialize)]
struct HintLine {
    code: &'static str,
    message: String,
}

impl Accepted {
    fn new<P: Provider>(setup: &Setup, received: &Received<P>) -> Self {
        let delivery: Delivery = received.delivery();
        let key = received.key();
        let event = match received.parse() {
            // Without a provider there is no model that could know it.
            Ok(_) if setup.provider.is_none() => {
                Event { outcome: "unknown", kind: delivery.kind.clone(), path: None }
            }
            Ok(event) => {
                let kind = event.kind().map(str::to_owned).or_else(|| delivery.kind.clone());
                Event { outcome: event.outcome().as_str(), kind, path: None }
            }
            Err(misfit) => {
                Event { outcome: "misfit", kind: delivery.kind.clone(), path: Some(misfit.path().to_owned()) }
            }
        };
        Self {
            verdict: "verified",
            provider: setup.provider,
            variant: setup.variant,
            key: Key { index: key.index(), label: key.label().map(str::to_owned) },
            delivery: DeliveryLine {
                id: delivery.id,
                id_signed: delivery.id_signed,
                kind: event.kind.clone(),
                timestamp: delivery.timestamp,
            },
            idempotency_key: received.idempotency_key().map(|key| key.as_str().to_owned()),
            event,
        }
    }
}

impl Verdict {
    /// Several lines for a person.
    pub(crate) fn pretty(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = match self {
            Self::Verified(accepted) => accepted.write(&mut text),
            Self::Refused(refused) => refused.write(&mut text),
        };
        text
    }
}

impl Accepted {
    fn write(&self, text: &mut String) -> std::fmt::Result {
        let dim = |text: &str| paint(Colour::Dim, text);
        let show = |text: &Option<String>| text.as_deref().map_or_else(|| dim("none"), safe);
        writeln!(text, "{}", paint(Colour::Green, "verified"))?;
        if let Some(provider) = self.provider {
            let variant = self.variant.map(|variant| format!(" ({variant})")).unwrap_or_default();
            writeln!(text, "  provider         {provider}{variant}")?;
        }
        let label = self.key.label.as_deref().map(|label| format!(" ({label})")).unwrap_or_default();
        writeln!(text, "  key              {}{label}", self.key.index)?;
        let path = match self.event.path.as_deref() {
            Some("") => " at the top".to_owned(),
            Some(path) => format!(" at {}", safe(path)),
            None => String::new(),
        };
        writeln!(text, "  event            {}, {}{path}", show(&self.event.kind), self.event.outcome)?;
        let signed = match (&self.delivery.id, self.delivery.id_signed) {
            (Some(_), false) => dim(", not covered by the signature"),
            _ => String::new(),
        };
        writeln!(text, "  id               {}{signed}", show(&self.delivery.id))?;
        if let Some(time) = self.delivery.timestamp {
            let readable = time.to_utc().map(|time| format!(" ({time})")).unwrap_or_default();
            writeln!(text, "  signed at        {}{readable}", time.as_secs())?;
        }
        writeln!(text, "  idempotency key  {}", show(&self.idempotency_key))
    }
}

impl Refused {
    /// What a server answers: never a hint.
    pub(crate) fn answer(&self) -> (u16, String) {
        (self.status, serde_json::json!({"error": self.error, "message": self.message}).to_string())
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        let refused = paint(Colour::Red, "refused");
        writeln!(text, "{refused}  {} ({}, status {})", self.message, self.error, self.status)?;
        for hint in &self.hints {
            writeln!(text, "  {}  {}", paint(Colour::Yellow, hint.code), hint.message)?;
        }
        Ok(())
    }
}
