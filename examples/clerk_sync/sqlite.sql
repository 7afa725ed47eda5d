CREATE TABLE IF NOT EXISTS users (
    id              TEXT PRIMARY KEY,
    external_id     TEXT,
    email           TEXT,
    username        TEXT,
    first_name      TEXT,
    last_name       TEXT,
    image_url       TEXT,
    created_at      INTEGER, -- milliseconds since 1970, as all times here
    updated_at      INTEGER NOT NULL, -- 0: only sign-ins are known of this user yet
    last_sign_in_at INTEGER,
    deleted_at      INTEGER -- not NULL: a tombstone
) STRICT;

CREATE TABLE IF NOT EXISTS sessions (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL, -- no foreign key: a session may arrive before its user
    status     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    expire_at  INTEGER
) STRICT;
