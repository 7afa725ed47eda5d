//! `webhook`: why does my signature fail, and what did arrive?

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

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return report::usage(&error),
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
