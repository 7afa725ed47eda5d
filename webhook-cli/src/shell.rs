//! `webhook completions` and `webhook man`: made from the flags' own description.

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs};
use crate::report::{Failure, YES, print_bytes};

pub(crate) fn completions(args: &CompletionsArgs) -> Result<u8, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "webhook", &mut text);
    print_bytes(&text)?;
    Ok(YES)
}

/// One page: the command's own, and a part for each subcommand.
pub(crate) fn man() -> Result<u8, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        let name = subcommand.get_name();
        text.extend_from_slice(format!(".SH \"WEBHOOK {}\"\n", name.to_uppercase()).as_bytes());
        let page = clap_mangen::Man::new(subcommand.clone());
        page.render_synopsis_section(&mut text)?;
        page.render_options_section(&mut text)?;
        page.render_extra_section(&mut text)?;
    }
    print_bytes(&text)?;
    Ok(YES)
}
