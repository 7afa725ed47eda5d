//! How the command ends: what it prints when it cannot do its work, and its exit codes.

use std::fmt;
use std::io::{self, Write};

use clap::error::{ContextKind, ErrorKind};
use serde::Serialize;
use webhook_verify::{ConfigError, SecretError};

/// The question was answered with yes.
pub(crate) const YES: u8 = 0;
/// The question was answered with no: refused, or drifted.
pub(crate) const NO: u8 = 1;
/// The question could not be asked: wrong usage or configuration.
pub(crate) const UNABLE: u8 = 2;

/// Why the command could not do its work. Never holds a secret.
#[derive(Debug)]
pub(crate) struct Failure {
    code: &'static str,
    message: String,
}

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl fmt::Display) -> Self {
        Self { code, message: message.to_string() }
    }

    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self::new("usage", message)
    }

    pub(crate) fn report(&self, json: bool) -> u8 {
        if json {
            let line = ErrorLine { verdict: "error", error: self.code, message: &self.message };
            let _ = print_json(&line);
        } else {
            let _ = writeln!(io::stderr(), "error: {} ({})", self.message, self.code);
        }
        UNABLE
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(error.code(), error)
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        ConfigError::from(error).into()
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new("io", error)
    }
}

#[derive(Serialize)]
struct ErrorLine<'a> {
    verdict: &'static str,
    error: &'a str,
    message: &'a str,
}

/// Prints exactly one line of JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let mut line = serde_json::to_string(value).map_err(io::Error::from)?;
    line.push('\n');
    print(&line)
}

/// Prints `text` as it is. A reader that has gone away is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// What clap says about the arguments: help and version are answers, the rest is wrong usage.
pub(crate) fn usage(error: &clap::Error, json: bool) -> u8 {
    if error.use_stderr() && json {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        let about = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
        let code = if error.kind() == ErrorKind::InvalidValue && about.starts_with("--provider") {
            "unknown_provider"
        } else {
            "usage"
        };
        return Failure::new(code, first.strip_prefix("error: ").unwrap_or(first)).report(true);
    }
    let _ = error.print();
    if error.use_stderr() { UNABLE } else { YES }
}
