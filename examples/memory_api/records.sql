-- The records as the events made them, beside the inbox's own tables, and the words in them.
CREATE TABLE IF NOT EXISTS records (
    number INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    table_name TEXT NOT NULL,
    record_id TEXT NOT NULL,
    data TEXT,          -- null once the record was deleted: an older event that comes later finds that
    changed_at INTEGER, -- microseconds since 1970
    UNIQUE (source, table_name, record_id)
);

-- Without a copy of the text. Its rows have the numbers of the records.
CREATE VIRTUAL TABLE IF NOT EXISTS record_words USING fts5 (words, content = '', contentless_delete = 1);
