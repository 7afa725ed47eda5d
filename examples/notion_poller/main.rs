//! Asks Notion for the pages of a database that have changed, and posts each change as a signed record envelope, such
//! as the Hybrid Memory API takes.
//!
//! ```sh
//! NOTION_API_KEY=ntn_… NOTION_DATABASE_ID=… RECORD_ENVELOPE_SECRET=… cargo run --bin notion_poller
//! cargo run --bin notion_poller -- once    # one run, for cron
//! ```
//!
//! | variable | what |
//! | --- | --- |
//! | `NOTION_API_KEY` | the connection's token |
//! | `NOTION_DATABASE_ID` | the database, which must be shared with the connection; all of its data sources are read |
//! | `RECORD_ENVELOPE_SECRET` | what envelopes are signed with |
//! | `MEMORY_API_URL` | where they go, `http://127.0.0.1:3000/api/v1/webhooks/notion` |
//! | `POLL_SECONDS` | the pause between two runs, 60 |
//! | `SWEEP_MINUTES` | how often to look for pages that are gone, 60; 0 is every run |
//! | `REQUESTS_PER_RUN` | most requests to Notion in one run, 300; the next run goes on from there |
//! | `NOTION_POLLER_DB` | the SQLite file that remembers what was delivered, `notion_poller.db` |
//! | `NOTION_API_URL` | `https://api.notion.com`; `fake_notion` tries this program out without Notion |
//!
//! # What it sees to
//!
//! * **Nothing is lost.** The oldest edit comes first, and how far a run got is written down only when the receiver has
//!   answered 2xx. A run that ends anywhere, by an error or a crash, is taken up there.
//! * **Minutes.** Notion rounds edit times down to the minute. So every run looks back two minutes and leaves out the
//!   pages whose content it has delivered before: the time alone would hide a second edit in the same minute.
//! * **10,000 rows.** There a query ends and says so only in `request_status`; another one goes on from the last edit.
//! * **Deletions** show in no query. A sweep reads all pages now and then, and asks for each one that it misses. It also
//!   finds what slipped through while pages moved under a running query.
//! * **Limits.** 429 and 529 are tried again after the time that Notion asks for, however long.
//! * **Twice is possible.** When the answer to an envelope is lost, it is posted again: the receiver must bear that.
//!
//! An envelope that the receiver refuses as it is (400, 413, 422) would be refused for ever: it is kept in the table
//! `refused`, and the run goes on. Any other answer ends the run; the next one begins with the same page.

mod content;
mod exchange;
mod memory;
mod notion;
mod run;
mod state;

use std::env;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::memory::MemoryApi;
use crate::notion::Notion;
use crate::run::Poller;
use crate::state::State;

fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false).init();
    let once = match env::args().nth(1).as_deref() {
        None => false,
        Some("once") => true,
        Some(other) => bail!("{other} is no command; there is `once`"),
    };
    let poller = Poller {
        notion: Notion::new(&text("NOTION_API_URL", "https://api.notion.com"), &required("NOTION_API_KEY")?)?,
        memory: MemoryApi::new(
            &text("MEMORY_API_URL", "http://127.0.0.1:3000/api/v1/webhooks/notion"),
            &required("RECORD_ENVELOPE_SECRET")?,
        )?,
        state: State::open(&text("NOTION_POLLER_DB", "notion_poller.db"))?,
        database: required("NOTION_DATABASE_ID")?,
        sweep_every: Duration::from_secs(number::<u32>("SWEEP_MINUTES", 60)?.into()).saturating_mul(60),
        requests_per_run: number("REQUESTS_PER_RUN", 300)?,
    };
    let pause = Duration::from_secs(number("POLL_SECONDS", 60)?);
    loop {
        let result = poller.run();
        if once {
            return result;
        }
        if let Err(error) = result {
            tracing::error!("{error:#}; the next run goes on from here");
        }
        std::thread::sleep(pause);
    }
}

fn required(name: &str) -> anyhow::Result<String> {
    env::var(name).ok().filter(|value| !value.is_empty()).with_context(|| format!("set {name}"))
}

fn text(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

fn number<T: FromStr>(name: &str, default: T) -> anyhow::Result<T> {
    match env::var(name) {
        Err(_) => Ok(default),
        Ok(value) => value.parse().ok().with_context(|| format!("{name} is not a whole number")),
    }
}
