//! The log in the form of the guide, which is that of Python's `logging`:
//!
//! ```text
//! 2026-01-01 15:00:00 - webhook_handlers - INFO - Processing Supabase insert event
//! ```

use std::fmt;
use std::io;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;
use webhook_axum::webhook_core::UnixMillis;

/// Under which name the background processing logs.
pub(crate) const HANDLERS: &str = "webhook_handlers";

/// Longest message, in characters.
const LONGEST: usize = 1000;

/// Sends the log to the standard error.
pub(crate) fn start() {
    // Before the one that `serve` would start.
    let _ = tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).event_format(Guide).try_init();
}

struct Guide;

impl<S, N> FormatEvent<S, N> for Guide
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut message = String::new();
        context.field_format().format_fields(Writer::new(&mut message), event)?;
        let level = match *event.metadata().level() {
            Level::ERROR => "ERROR",
            Level::WARN => "WARNING",
            Level::INFO => "INFO",
            _ => "DEBUG",
        };
        if let Some(time) = UnixMillis::now().to_utc() {
            write!(writer, "{} - ", time.format("%Y-%m-%d %H:%M:%S"))?;
        }
        write!(writer, "{} - {level} - ", event.metadata().target())?;
        // The record's id stands in the guide's lines, and is the sender's text: a line feed in it would begin a line
        // of the sender's own, an escape sequence would be the terminal's to obey, and it may be as long as a body.
        for character in message.chars().take(LONGEST) {
            if character.is_control() {
                write!(writer, "{}", character.escape_default())?;
            } else {
                writer.write_char(character)?;
            }
        }
        writeln!(writer)
    }
}
