-- One row: the schema's number, and the newest time that was recorded, to a second.
CREATE TABLE inbox_store (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    schema INTEGER NOT NULL,
    newest INTEGER NOT NULL
) STRICT;

-- The states are 0 blocked, 1 pending, 2 leased, 3 done and 4 dead. Times are milliseconds since 1970. An id is never
-- given twice, also when its event was purged. `due_at` is set while the event is pending or leased.
CREATE TABLE inbox_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    kind TEXT,
    key TEXT,
    delivery_id TEXT,
    ordering_key TEXT,
    answer TEXT,
    digest BLOB NOT NULL,
    state INTEGER NOT NULL,
    reason TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    series INTEGER NOT NULL DEFAULT 1,
    token INTEGER NOT NULL DEFAULT 0,
    received_at INTEGER NOT NULL,
    series_began INTEGER NOT NULL,
    due_at INTEGER,
    finished_at INTEGER
) STRICT;

CREATE UNIQUE INDEX inbox_events_key ON inbox_events (source, key) WHERE key IS NOT NULL;

-- A claim seeks to each name it may take, so what it may not take costs it nothing.
CREATE INDEX inbox_events_due ON inbox_events (source, kind, due_at) WHERE due_at IS NOT NULL;

CREATE INDEX inbox_events_order ON inbox_events (source, ordering_key, id)
    WHERE ordering_key IS NOT NULL AND state < 3;

CREATE INDEX inbox_events_dead ON inbox_events (id) WHERE state = 4;

-- Apart from the events, so that a claim and a settlement rewrite a short row, whatever the body's size.
CREATE TABLE inbox_bodies (
    event INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE inbox_attempts (
    event INTEGER NOT NULL,
    token INTEGER NOT NULL,
    series INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    worker TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    duration_ms INTEGER,
    error TEXT,
    PRIMARY KEY (event, token)
) STRICT, WITHOUT ROWID;

-- What the statistics count of events that are purged.
CREATE TABLE inbox_purged (
    source TEXT NOT NULL,
    kind TEXT,
    processed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    retries INTEGER NOT NULL,
    successes INTEGER NOT NULL,
    success_ms INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX inbox_purged_of ON inbox_purged (source, ifnull(kind, ''), kind IS NULL);
