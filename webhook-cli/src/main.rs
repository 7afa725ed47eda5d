//! The command `webhook`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(webhook_cli::run(std::env::args_os()))
}
