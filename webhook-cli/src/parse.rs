//! `webhook parse`.

use std::fmt::{self, Write as _};

use serde::Serialize;
use webhook_core::{Payload, drift};
use webhook_verify::Provider;
use webhook_verify::providers::{self, ProviderVisitor};

use crate::args::ParseArgs;
use crate::paint::{Colour, paint, safe};
use crate::raw::read_file;
use crate::report::{Failure, NO, YES, print, print_json};
use crate::setup::unknown_provider;
use crate::verify::Event;

pub(crate) fn run(args: &ParseArgs) -> Result<u8, Failure> {
    let body = read_file(&args.file)?;
    let parsed = providers::visit(&args.provider, Parse { body: &body })
        .ok_or_else(|| unknown_provider(&args.provider))??;
    if args.json {
        print_json(&parsed.line)?;
    } else {
        print(&parsed.pretty(args.drift))?;
    }
    let drifted = args.drift && !parsed.line.drift.is_empty();
    Ok(if drifted || parsed.misfit.is_some() { NO } else { YES })
}

struct Parse<'a> {
    body: &'a [u8],
}

struct Parsed {
    line: Line,
    /// The typed value, for reading.
    value: Option<String>,
    misfit: Option<String>,
}

#[derive(Serialize)]
struct Line {
    event: Event,
    drift: Vec<String>,
}

impl ProviderVisitor for Parse<'_> {
    type Output = Result<Parsed, Failure>;

    fn visit<P: Provider<Event: Serialize + fmt::Debug>>(self) -> Self::Output {
        let body = self.body;
        Ok(match P::Event::parse(body) {
            Ok(event) => {
                let kind = event.kind().map(str::to_owned).or_else(|| P::Event::kind_of(body));
                let drift =
                    drift::compare(body, &event).map_err(|error| Failure::new(error.code(), error))?;
                let event_line = Event { outcome: event.outcome().as_str(), kind, path: None };
                let line = Line { event: event_line, drift };
                Parsed { line, value: Some(format!("{event:#?}")), misfit: None }
            }
            Err(error) => {
                let kind = P::Event::kind_of(body);
                let event = Event { outcome: "misfit", kind, path: Some(error.path().to_owned()) };
                let line = Line { event, drift: Vec::new() };
                Parsed { line, value: None, misfit: Some(error.to_string()) }
            }
        })
    }
}

impl Parsed {
    fn pretty(&self, drift: bool) -> String {
        let mut text = String::new();
        let event = &self.line.event;
        let kind = event.kind.as_deref().map_or_else(|| paint(Colour::Dim, "unnamed"), safe);
        let colour = if self.misfit.is_some() { Colour::Red } else { Colour::Green };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}  {kind}", paint(colour, event.outcome));
        if let Some(misfit) = &self.misfit {
            let _ = writeln!(text, "{}", safe(misfit));
        }
        if let Some(value) = &self.value {
            let _ = writeln!(text, "{}", safe(value));
        }
        if drift && self.misfit.is_none() {
            match self.line.drift.as_slice() {
                [] => text.push_str("drift: none\n"),
                paths => {
                    let _ = writeln!(text, "{}", paint(Colour::Yellow, "drift, not carried by the model:"));
                    for path in paths {
                        let path = if path.is_empty() { "(the whole body)" } else { path };
                        let _ = writeln!(text, "  {}", safe(path));
                    }
                }
            }
        }
        text
    }
}
