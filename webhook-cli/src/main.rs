//! `webhook`: why does my signature fail, and what did arrive?

mod args;
mod custom;
mod paint;
mod parse;
mod providers;
mod raw;
mod report;
mod secrets;
mod setup;
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
        Command::Providers(args) => providers::run(&args),
    };
    done.unwrap_or_else(|failure| failure.report(json))
}
