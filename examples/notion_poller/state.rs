//! What was delivered, and how far the reading got.

use anyhow::Context;
use rusqlite::{Connection, OptionalExtension, params};
use webhook_axum::webhook_core::{Timestamp, UnixTime};

/// `synchronous` is NORMAL: what a power cut takes away is delivered once more, and nothing worse.
const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS sources (
        id TEXT PRIMARY KEY,
        watermark TEXT,                         -- everything edited before is delivered
        sweep INTEGER NOT NULL DEFAULT 0,       -- the number of the sweep under way, or of the last one
        sweep_from TEXT,                        -- how far the one under way got
        is_sweeping INTEGER NOT NULL DEFAULT 0,
        swept_at INTEGER                        -- when the last one was complete, in seconds
    );
    CREATE TABLE IF NOT EXISTS pages (
        source TEXT NOT NULL,
        id TEXT NOT NULL,
        edited TEXT NOT NULL,                   -- of the content that was delivered last
        digest TEXT NOT NULL,
        sweep INTEGER NOT NULL,                 -- the last one that met the page
        PRIMARY KEY (source, id)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS refused (
        page TEXT NOT NULL,
        status INTEGER NOT NULL,
        envelope TEXT NOT NULL,
        refused_at INTEGER NOT NULL
    );
";

pub(crate) struct State(Connection);

/// How far the reading of a data source got.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) watermark: Option<Timestamp>,
    pub(crate) sweep_from: Option<Timestamp>,
    pub(crate) is_sweeping: bool,
    pub(crate) swept_at: Option<i64>,
}

/// The content of a page that was delivered last.
#[derive(Debug, PartialEq)]
pub(crate) struct Delivered {
    pub(crate) edited: String,
    pub(crate) digest: String,
}

impl State {
    pub(crate) fn open(path: &str) -> anyhow::Result<Self> {
        let open = || -> rusqlite::Result<Connection> {
            let db = Connection::open(path)?;
            db.execute_batch(SCHEMA)?;
            Ok(db)
        };
        open().map(Self).with_context(|| format!("cannot open NOTION_POLLER_DB={path}"))
    }

    pub(crate) fn progress(&self, source: &str) -> anyhow::Result<Progress> {
        self.0.execute("INSERT INTO sources (id) VALUES (?1) ON CONFLICT DO NOTHING", [source])?;
        let mut query = self.0.prepare_cached(
            "SELECT watermark, sweep_from, is_sweeping, swept_at FROM sources WHERE id = ?1",
        )?;
        let progress = query.query_row([source], |row| {
            Ok(Progress {
                watermark: row.get::<_, Option<String>>(0)?.map(Timestamp::new),
                sweep_from: row.get::<_, Option<String>>(1)?.map(Timestamp::new),
                is_sweeping: row.get(2)?,
                swept_at: row.get(3)?,
            })
        })?;
        Ok(progress)
    }

    /// Everything edited before `edited` is delivered.
    pub(crate) fn advance(&self, source: &str, edited: &Timestamp) -> anyhow::Result<()> {
        let before = self.progress(source)?.watermark.and_then(|time| time.to_utc());
        if before < edited.to_utc() {
            let update = "UPDATE sources SET watermark = ?2 WHERE id = ?1";
            self.0.execute(update, params![source, edited.as_str()])?;
        }
        Ok(())
    }

    pub(crate) fn begin_sweep(&self, source: &str) -> anyhow::Result<()> {
        let update =
            "UPDATE sources SET sweep = sweep + 1, sweep_from = NULL, is_sweeping = TRUE WHERE id = ?1";
        self.0.execute(update, [source])?;
        Ok(())
    }

    pub(crate) fn advance_sweep(&self, source: &str, edited: &Timestamp) -> anyhow::Result<()> {
        let update = "UPDATE sources SET sweep_from = ?2 WHERE id = ?1";
        self.0.execute(update, params![source, edited.as_str()])?;
        Ok(())
    }

    pub(crate) fn finish_sweep(&self, source: &str) -> anyhow::Result<()> {
        let update = "UPDATE sources SET sweep_from = NULL, is_sweeping = FALSE, swept_at = ?2 WHERE id = ?1";
        self.0.execute(update, params![source, UnixTime::now().as_secs()])?;
        Ok(())
    }

    /// The ids of the pages that were delivered and that the sweep has not met.
    pub(crate) fn missed(&self, source: &str) -> anyhow::Result<Vec<String>> {
        let mut query = self.0.prepare_cached(
            "SELECT pages.id FROM pages JOIN sources ON sources.id = source
             WHERE source = ?1 AND pages.sweep < sources.sweep ORDER BY pages.id",
        )?;
        let ids = query.query_map([source], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(ids)
    }

    pub(crate) fn delivered(&self, source: &str, page: &str) -> anyhow::Result<Option<Delivered>> {
        let mut query =
            self.0.prepare_cached("SELECT edited, digest FROM pages WHERE source = ?1 AND id = ?2")?;
        let found = query
            .query_row([source, page], |row| Ok(Delivered { edited: row.get(0)?, digest: row.get(1)? }))
            .optional()?;
        Ok(found)
    }

    /// Remembers what was delivered of a page, and that the sweep has met it.
    pub(crate) fn remember(&self, source: &str, page: &str, content: &Delivered) -> anyhow::Result<()> {
        self.0
            .prepare_cached(
                "INSERT INTO pages (source, id, edited, digest, sweep)
                 SELECT ?1, ?2, ?3, ?4, sweep FROM sources WHERE id = ?1
                 ON CONFLICT DO UPDATE
                 SET edited = excluded.edited, digest = excluded.digest, sweep = excluded.sweep",
            )?
            .execute([source, page, &content.edited, &content.digest])?;
        Ok(())
    }

    pub(crate) fn forget(&self, source: &str, page: &str) -> anyhow::Result<()> {
        self.0.execute("DELETE FROM pages WHERE source = ?1 AND id = ?2", [source, page])?;
        Ok(())
    }

    /// Keeps an envelope that the receiver will never take, for a person to look at.
    pub(crate) fn refuse(&self, page: &str, status: u16, envelope: &str) -> anyhow::Result<()> {
        self.0.execute(
            "INSERT INTO refused (page, status, envelope, refused_at) VALUES (?1, ?2, ?3, ?4)",
            params![page, status, envelope, UnixTime::now().as_secs()],
        )?;
        Ok(())
    }
}
