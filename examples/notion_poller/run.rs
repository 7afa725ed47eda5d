//! One run: what has changed since the last one, and now and then what is gone.

use std::time::Duration;

use anyhow::{Context, bail};
use chrono::{SecondsFormat, TimeDelta};
use webhook_axum::webhook_core::notion::api::QueryRequest;
use webhook_axum::webhook_core::notion::page::{Page, ParentTarget};
use webhook_axum::webhook_core::notion::same_id;
use webhook_axum::webhook_core::{RawJson, Timestamp, UnixTime};

use crate::content::digest;
use crate::memory::{Envelope, MemoryApi, Taken};
use crate::notion::{Notion, Row};
use crate::state::{Delivered, State};

/// How far every run looks back. Edit times are rounded down to the minute, so one minute is the least.
const OVERLAP: TimeDelta = TimeDelta::minutes(2);

pub(crate) struct Poller {
    pub(crate) notion: Notion,
    pub(crate) memory: MemoryApi,
    pub(crate) state: State,
    pub(crate) database: String,
    pub(crate) sweep_every: Duration,
    pub(crate) requests_per_run: u32,
}

/// What a walk is for.
#[derive(Clone, Copy, PartialEq)]
enum Walk {
    Changes,
    Sweep,
}

impl Poller {
    /// Delivers what there is, within the run's number of requests.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut left = self.requests_per_run;
        for source in self.notion.data_sources(&self.database)? {
            let progress = self.state.progress(&source)?;
            if let Some(watermark) = progress.watermark {
                let since = look_back(&watermark).context("the stored watermark is no time")?;
                self.walk(Walk::Changes, &source, Some(since), &mut left)?;
            }
            let is_due = progress.swept_at.is_none_or(|swept| {
                let age = UnixTime::now().as_secs().saturating_sub(swept);
                Duration::from_secs(u64::try_from(age).unwrap_or(0)) >= self.sweep_every
            });
            if progress.is_sweeping {
                self.sweep(&source, progress.sweep_from, &mut left)?;
            } else if is_due {
                self.state.begin_sweep(&source)?;
                self.sweep(&source, None, &mut left)?;
            }
        }
        if left == 0 {
            tracing::info!("all requests of this run are used; the next one goes on from here");
        }
        Ok(())
    }

    /// Takes in all pages that were edited at `since` or later, the oldest edit first, and says whether it got to the
    /// end.
    fn walk(
        &self,
        walk: Walk,
        source: &str,
        mut since: Option<Timestamp>,
        left: &mut u32,
    ) -> anyhow::Result<bool> {
        // Each query ends at a later time than the one before, so the run's requests are a bound.
        loop {
            let all = Timestamp::new("1970-01-01T00:00:00.000Z");
            let query = QueryRequest::edited_since(since.as_ref().unwrap_or(&all));
            let (mut part_of, mut last_edit) = (query.clone(), since.clone());
            let is_cut_off = loop {
                let Some(rest) = left.checked_sub(1) else { return Ok(false) };
                *left = rest;
                let part = self.notion.query(source, &part_of)?;
                for row in &part.rows {
                    self.take(source, row)?;
                    last_edit = row.page.last_edited_time.clone().or(last_edit);
                }
                // Everything so far is delivered, and all of it is older than what comes next.
                if let Some(edited) = &last_edit {
                    self.state.advance(source, edited)?;
                    if walk == Walk::Sweep {
                        self.state.advance_sweep(source, edited)?;
                    }
                }
                match part.next {
                    Some(cursor) => part_of = query.clone().after(cursor),
                    None => break part.is_cut_off,
                }
            };
            if !is_cut_off {
                return Ok(true);
            }
            if last_edit == since {
                let minute = since.as_ref().map_or("any", Timestamp::as_str);
                bail!("Notion gives 10,000 pages at most, and more were edited in the minute of {minute}");
            }
            since = last_edit;
        }
    }

    /// Reads all pages, and asks for those that were there once and did not come.
    fn sweep(&self, source: &str, from: Option<Timestamp>, left: &mut u32) -> anyhow::Result<()> {
        if !self.walk(Walk::Sweep, source, from, left)? {
            return Ok(());
        }
        for id in self.state.missed(source)? {
            let Some(rest) = left.checked_sub(1) else { return Ok(()) };
            *left = rest;
            match self.notion.page(&id)? {
                // It may be there after all: a page that is edited moves to the end of a running query.
                Some(row) => self.take(source, &row)?,
                None => self.gone(source, &id, None)?,
            }
        }
        self.state.finish_sweep(source)
    }

    /// Delivers a page unless this very content was delivered.
    fn take(&self, source: &str, row: &Row) -> anyhow::Result<()> {
        let Row { page, raw } = row;
        let before = self.state.delivered(source, &page.id)?;
        if is_gone(page, source) {
            return if before.is_some() { self.gone(source, &page.id, Some(row)) } else { Ok(()) };
        }
        let Some(edited) = &page.last_edited_time else {
            tracing::warn!("page {} has only its id: the connection may not read it", page.id);
            return Ok(());
        };
        let content = Delivered { edited: edited.as_str().to_owned(), digest: digest(raw)? };
        if before.as_ref() != Some(&content) {
            let event_type = if before.is_some() { "update" } else { "insert" };
            self.post(event_type, &page.id, raw, Some(edited))?;
        }
        // Only now: what is remembered is not delivered again.
        self.state.remember(source, &page.id, &content)
    }

    /// Delivers that a page is no more: with what is left of it, and the time of its last edit, so that an envelope
    /// that is posted again is the same.
    fn gone(&self, source: &str, id: &str, row: Option<&Row>) -> anyhow::Result<()> {
        let before = self.state.delivered(source, id)?.map(|content| Timestamp::new(content.edited));
        let nothing = RawJson::of(&serde_json::json!({"object": "page", "id": id}))?;
        let edited = row.and_then(|row| row.page.last_edited_time.clone()).or(before);
        self.post("delete", id, row.map_or(&nothing, |row| &row.raw), edited.as_ref())?;
        self.state.forget(source, id)
    }

    fn post(
        &self,
        event_type: &'static str,
        id: &str,
        data: &RawJson,
        timestamp: Option<&Timestamp>,
    ) -> anyhow::Result<()> {
        let envelope = Envelope {
            event_type,
            source: "notion",
            table_name: &self.database,
            record_id: id,
            data,
            timestamp,
        };
        match self.memory.post(&envelope)? {
            Taken::Accepted => tracing::info!("{event_type} {id}"),
            Taken::Refused(status, body) => {
                tracing::error!("{event_type} {id} was refused with {status}: see the table `refused`");
                self.state.refuse(id, status.as_u16(), &body)?;
            }
        }
        Ok(())
    }
}

/// Whether a page is in the trash, or no longer in this data source.
fn is_gone(page: &Page, source: &str) -> bool {
    let has_moved = page.parent.as_ref().is_some_and(|parent| match &parent.target {
        ParentTarget::DataSource(id) => !same_id(id, source),
        ParentTarget::Database(_) | ParentTarget::Unknown(_) => false,
        _ => true,
    });
    page.in_trash == Some(true) || page.archived == Some(true) || has_moved
}

fn look_back(watermark: &Timestamp) -> Option<Timestamp> {
    let time = watermark.to_utc()?.checked_sub_signed(OVERLAP)?;
    Some(Timestamp::new(time.to_rfc3339_opts(SecondsFormat::Millis, true)))
}
