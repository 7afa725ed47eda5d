//! The real binary, run as a user runs it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod app;
mod captures;
mod send;
mod usage;
mod vectors;

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// What the command did.
#[derive(Debug)]
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    /// The one line of JSON that was printed.
    fn json(&self) -> Value {
        let line = self.stdout.strip_suffix('\n').unwrap_or_else(|| panic!("no line: {self:?}"));
        assert!(!line.contains('\n'), "more than one line: {line}");
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The command without any of the environment that it would read.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_webhook"));
    command.env_clear();
    command
}

/// Runs the command with `input` as standard input.
fn webhook<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>, input: &[u8]) -> Ran {
    run(command().args(arguments), input)
}

fn run(command: &mut Command, input: &[u8]) -> Ran {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that fails on its flags does not read its input, and that is fine.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().unwrap().into()
}

/// A file that came with the project's facts, in the folder of the library's tests.
fn fixture(path: &str) -> Vec<u8> {
    let path = format!("{}/../webhook-verify/tests/it/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn fixture_json(path: &str) -> Value {
    serde_json::from_slice(&fixture(path)).unwrap()
}

/// A raw request with these headers, as a sender would put it on the wire.
fn raw_request(headers: &Value, body: &[u8]) -> Vec<u8> {
    let mut raw = b"POST /webhook HTTP/1.1\r\n".to_vec();
    for (name, value) in headers.as_object().unwrap() {
        raw.extend_from_slice(format!("{name}: {}\r\n", value.as_str().unwrap()).as_bytes());
    }
    raw.extend_from_slice(b"\r\n");
    raw.extend_from_slice(body);
    raw
}
