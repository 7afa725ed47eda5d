//! The command `webhook`: why does my signature fail, and what did arrive?
//!
//! This is the command's inside, for tests that run it without a process of its own. What a program could want from
//! it is in `webhook-verify` and `webhook-core`.

mod args;
mod custom;
mod listen;
mod paint;
mod parse;
mod providers;
mod raw;
mod report;
mod samples;
mod secrets;
mod send;
mod setup;
mod shell;
mod sign;
mod verify;

use std::ffi::OsString;

use clap::Parser;

use crate::args::{Cli, Command};

/// Runs the command with these arguments, the program's name first, and gives its exit code: 0 yes, 1 no, 2 when the
/// question could not be asked. It reads the process's standard input and environment, and prints as the command does.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return report::usage(&error, arguments.iter().any(|argument| argument == "--json")),
    };
    let json = cli.command.json();
    let done = match cli.command {
        Command::Verify(args) => verify::run(&args),
        Command::Parse(args) => parse::run(&args),
        Command::Sign(args) => sign::run(&args),
        Command::Send(args) => send::run(&args),
        Command::Listen(args) => listen::run(&args),
        Command::Providers(args) => providers::run(&args),
        Command::Completions(args) => shell::completions(&args),
        Command::Man => shell::man(),
    };
    done.unwrap_or_else(|failure| failure.report(json))
}
