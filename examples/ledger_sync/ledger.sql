-- One row for each change, in the order of arrival. Rows are only ever added.
CREATE TABLE IF NOT EXISTS ledger (
    number         INTEGER PRIMARY KEY, -- 1, 2, 3, …
    transaction_id TEXT NOT NULL UNIQUE, -- SHA-256 over everything else in this row
    previous_id    TEXT NOT NULL, -- the transaction id of the row before
    recorded_at    TEXT NOT NULL,
    operation      TEXT NOT NULL,
    schema_name    TEXT NOT NULL,
    table_name     TEXT NOT NULL,
    record_id      TEXT NOT NULL,
    content_before TEXT, -- NULL: there was no row
    content_after  TEXT -- NULL: there is no row any more
) STRICT;
CREATE INDEX IF NOT EXISTS ledger_by_record ON ledger (schema_name, table_name, record_id);

-- The records as they are now, each with the transaction that made it so.
CREATE TABLE IF NOT EXISTS records (
    schema_name    TEXT NOT NULL,
    table_name     TEXT NOT NULL,
    record_id      TEXT NOT NULL,
    content        TEXT, -- NULL: deleted
    transaction_id TEXT NOT NULL REFERENCES ledger (transaction_id),
    PRIMARY KEY (schema_name, table_name, record_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS sync_status (
    schema_name         TEXT NOT NULL,
    table_name          TEXT NOT NULL,
    received            INTEGER NOT NULL DEFAULT 0, -- webhooks
    recorded            INTEGER NOT NULL DEFAULT 0, -- changes that became transactions
    recorded_late       INTEGER NOT NULL DEFAULT 0, -- of those, the ones that arrived after a later change
    not_needed          INTEGER NOT NULL DEFAULT 0, -- changes that the ledger had already
    last_received_at    TEXT,
    last_transaction_id TEXT,
    PRIMARY KEY (schema_name, table_name)
) STRICT, WITHOUT ROWID;
