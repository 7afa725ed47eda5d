//! Colours, on a terminal only.

use std::io::IsTerminal;

#[derive(Clone, Copy)]
pub(crate) enum Colour {
    Green,
    Red,
    Yellow,
    Dim,
}

/// `text` in this colour when standard output is a terminal and the user has not said no (`NO_COLOR`, `TERM=dumb`).
pub(crate) fn paint(colour: Colour, text: &str) -> String {
    if !wanted() {
        return text.to_owned();
    }
    let code = match colour {
        Colour::Green => "1;32",
        Colour::Red => "1;31",
        Colour::Yellow => "33",
        Colour::Dim => "2",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

fn wanted() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal()
        && !set("NO_COLOR")
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// What a sender wrote, fit for a terminal: control characters are shown as escapes.
pub(crate) fn safe(text: &str) -> String {
    text.chars()
        .flat_map(|char| {
            let escaped = char.is_control() && char != '\n';
            let plain = (!escaped).then_some(char);
            let codes = escaped.then(|| char.escape_default());
            plain.into_iter().chain(codes.into_iter().flatten())
        })
        .collect()
}
