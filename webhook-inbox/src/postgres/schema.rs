use std::error::Error;

use sha2::{Digest as _, Sha256};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::OpenError;

/// The oldest server whose SQL is enough, as `server_version_num`.
const OLDEST_SERVER: i32 = 120_000;

/// What brings a database from one schema to the next. An entry that was released is never changed.
const MIGRATIONS: &[&str] = &[
    // 1. The states are the numbers of `State::code`. Names compare by their bytes, whatever the database's collation.
    // `received_at >= 0` and `id > 0` always hold: a statement without them cannot take that index for another one.
    "CREATE SEQUENCE {s}.event_ids;
    CREATE TABLE {s}.events (
        id bigint PRIMARY KEY,
        source text COLLATE \"C\" NOT NULL,
        kind text COLLATE \"C\",
        key text COLLATE \"C\",
        delivery_id text,
        ordering_key text COLLATE \"C\",
        answer text,
        digest bytea NOT NULL,
        state smallint NOT NULL,
        reason text,
        attempts integer NOT NULL DEFAULT 0,
        series integer NOT NULL DEFAULT 1,
        token bigint NOT NULL DEFAULT 0,
        received_at bigint NOT NULL,
        series_began bigint NOT NULL,
        due_at bigint,
        finished_at bigint,
        body bytea
    ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
    ALTER TABLE {s}.events ALTER COLUMN body SET STORAGE EXTERNAL;
    ALTER SEQUENCE {s}.event_ids OWNED BY {s}.events.id;
    CREATE UNIQUE INDEX events_key ON {s}.events (source, key) WHERE key IS NOT NULL;
    CREATE INDEX events_key_age ON {s}.events (source, received_at) WHERE key IS NOT NULL AND received_at >= 0;
    CREATE INDEX events_due ON {s}.events (source, kind, due_at, id) WHERE state IN (1, 2);
    CREATE INDEX events_order ON {s}.events (source, ordering_key, state, id)
        WHERE ordering_key IS NOT NULL AND state IN (0, 1, 2);
    CREATE INDEX events_finished ON {s}.events (source, state, finished_at, id) INCLUDE (kind, received_at)
        WHERE state IN (3, 4);
    CREATE INDEX events_dead ON {s}.events (id) WHERE state = 4 AND id > 0;
    CREATE TABLE {s}.attempts (
        event bigint NOT NULL,
        token bigint NOT NULL,
        source text COLLATE \"C\" NOT NULL,
        kind text COLLATE \"C\",
        series integer NOT NULL,
        attempt integer NOT NULL,
        worker text NOT NULL,
        started_at bigint NOT NULL,
        status text NOT NULL,
        duration_ms bigint,
        error text,
        PRIMARY KEY (event, token)
    ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
    CREATE INDEX attempts_started ON {s}.attempts USING brin (started_at);
    CREATE TABLE {s}.tallies (
        source text COLLATE \"C\" NOT NULL,
        kind text COLLATE \"C\",
        processed bigint NOT NULL,
        failed bigint NOT NULL,
        retries bigint NOT NULL,
        successes bigint NOT NULL,
        success_ms bigint NOT NULL
    );
    CREATE UNIQUE INDEX tallies_of ON {s}.tallies (source, (kind IS NULL), (COALESCE(kind, '')))",
    // 2. The bodies apart from the events, so that a claim and a settlement rewrite a short row, whatever the body's
    // size; and room in each page for the row that they write.
    "CREATE TABLE {s}.bodies (
        event bigint PRIMARY KEY,
        body bytea NOT NULL
    ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
    ALTER TABLE {s}.bodies ALTER COLUMN body SET STORAGE EXTERNAL;
    INSERT INTO {s}.bodies SELECT id, body FROM {s}.events WHERE body IS NOT NULL;
    ALTER TABLE {s}.events DROP COLUMN body;
    ALTER TABLE {s}.events SET (fillfactor = 70)",
];

/// The PostgreSQL schema that the tables are in.
#[derive(Debug, Clone)]
pub(super) struct Schema(String);

impl Schema {
    /// None when it is not a plain lower-case name, which needs no quotes.
    pub(super) fn new(name: &str) -> Option<Self> {
        const MAX_IDENTIFIER: usize = 63; // NAMEDATALEN - 1
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let fits = !name.is_empty() && name.len() <= MAX_IDENTIFIER && name.bytes().all(plain);
        (fits && !name.starts_with(|first: char| first.is_ascii_digit()) && !name.starts_with("pg_"))
            .then(|| Self(name.to_owned()))
    }

    pub(super) fn name(&self) -> &str {
        &self.0
    }

    /// A statement with this schema for each `{s}`.
    pub(super) fn sql(&self, template: &str) -> String {
        template.replace("{s}", &format!("\"{}\"", self.0))
    }

    /// The number of the advisory lock for something in this schema. Two with the same number only wait for each
    /// other without need.
    pub(super) fn lock(&self, parts: &[&str]) -> i64 {
        let mut digest = Sha256::new_with_prefix(self.0.as_bytes());
        for part in parts {
            digest.update([0]);
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let digest = digest.finalize();
        digest.first_chunk().map_or(0, |first| i64::from_be_bytes(*first))
    }
}

/// Brings the database up to date, and tells whether it synchronises its commits to the disk.
pub(super) async fn prepare(client: &mut Client, schema: &Schema) -> Result<bool, OpenError> {
    let server = client
        .query_one(
            "SELECT current_setting('server_version_num')::integer,
                pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean,
                current_setting('fsync')::boolean",
            &[],
        )
        .await
        .map_err(|error| OpenError::Unreachable(error.into()))?;
    let field = |error: tokio_postgres::Error| OpenError::Unreachable(error.into());
    let version: i32 = server.try_get(0).map_err(field)?;
    if version < OLDEST_SERVER {
        return Err(OpenError::Unreachable("the server is older than PostgreSQL 12".into()));
    }
    if server.try_get(1).map_err(field)? {
        return Err(OpenError::ReadOnly("the server is a standby, or its transactions are read-only".into()));
    }
    let synchronises = server.try_get(2).map_err(field)?;

    let mut found = 0;
    match migrate(client, schema, &mut found).await {
        Ok(()) => Ok(synchronises),
        Err(Migration::Refused(error)) => Err(error),
        Err(Migration::Failed(error)) if error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => {
            Err(OpenError::ReadOnly(error.into()))
        }
        Err(Migration::Failed(error)) => {
            Err(OpenError::Migration { found, supported: supported(), source: error.into() })
        }
    }
}

enum Migration {
    Refused(OpenError),
    Failed(tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for Migration {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Failed(error)
    }
}

fn supported() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

async fn migrate(client: &mut Client, schema: &Schema, found: &mut i64) -> Result<(), Migration> {
    let transaction = client.transaction().await?;
    // Processes that start at the same time wait here for the first of them.
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&schema.lock(&["migrations"])]).await?;
    let table = transaction
        .query_one("SELECT to_regclass($1) IS NOT NULL", &[&schema.sql("{s}.schema_version")])
        .await?;
    if table.try_get(0)? {
        let version =
            transaction.query_opt(&schema.sql("SELECT version FROM {s}.schema_version"), &[]).await?;
        *found = version.map_or(Ok(0), |version| version.try_get(0))?;
    } else {
        let existing =
            transaction.query_one("SELECT to_regnamespace($1) IS NOT NULL", &[&schema.name()]).await?;
        if !existing.try_get(0)? {
            transaction.batch_execute(&schema.sql("CREATE SCHEMA {s}")).await?;
        }
        let create = "CREATE TABLE {s}.schema_version (version bigint NOT NULL);
            INSERT INTO {s}.schema_version VALUES (0)";
        transaction.batch_execute(&schema.sql(create)).await?;
    }
    if *found > supported() {
        return Err(Migration::Refused(OpenError::NewerSchema { found: *found, supported: supported() }));
    }
    for migration in MIGRATIONS.iter().skip(usize::try_from(*found).unwrap_or(0)) {
        transaction.batch_execute(&schema.sql(migration)).await?;
    }
    if *found < supported() {
        let update = schema.sql("UPDATE {s}.schema_version SET version = $1");
        transaction.execute(&update, &[&supported()]).await?;
    }
    let writable = schema.sql(
        "SELECT bool_and(has_table_privilege(t, p))
        FROM unnest(ARRAY['{s}.events', '{s}.bodies', '{s}.attempts', '{s}.tallies']) t,
            unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p",
    );
    if !transaction.query_one(&writable, &[]).await?.try_get(0)? {
        let reason: Box<dyn Error + Send + Sync> = "the user may not write to the inbox's tables".into();
        return Err(Migration::Refused(OpenError::ReadOnly(reason)));
    }
    transaction.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_a_plain_name() {
        for name in ["webhook_inbox", "_a1"] {
            assert!(Schema::new(name).is_some(), "{name}");
        }
        for name in ["", "1a", "A", "a-b", "a\"b", "pg_a", "é", &"a".repeat(64)] {
            assert!(Schema::new(name).is_none(), "{name}");
        }
    }

    #[test]
    fn locks_differ_by_their_parts() {
        let schema = Schema::new("a").unwrap();
        assert_ne!(schema.lock(&["ab", "c"]), schema.lock(&["a", "bc"]));
        assert_ne!(schema.lock(&["a"]), Schema::new("b").unwrap().lock(&["a"]));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn an_older_schema_is_brought_up_to_date() {
        let Some(server) = webhook_test_postgres::Postgres::shared() else { return };
        let (mut client, connection) =
            tokio_postgres::connect(&server.dsn(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let schema = Schema::new("older").unwrap();
        let older = format!(
            "CREATE SCHEMA {{s}}; {};
            CREATE TABLE {{s}}.schema_version (version bigint NOT NULL);
            INSERT INTO {{s}}.schema_version VALUES (1);
            INSERT INTO {{s}}.events (id, source, digest, state, received_at, series_began, body)
            VALUES (1, 'shop', '', 1, 5, 5, 'first'), (2, 'shop', '', 3, 5, 5, NULL)",
            MIGRATIONS[0]
        );
        client.batch_execute(&schema.sql(&older)).await.unwrap();
        for _ in 0..2 {
            assert!(prepare(&mut client, &schema).await.unwrap());
        }
        let found =
            "SELECT (SELECT version FROM {s}.schema_version), (SELECT count(*) FROM {s}.events), event, body
            FROM {s}.bodies";
        let row = client.query_one(&schema.sql(found), &[]).await.unwrap();
        let kept: (i64, i64, i64, Vec<u8>) = (row.get(0), row.get(1), row.get(2), row.get(3));
        assert_eq!(kept, (2, 2, 1, b"first".to_vec()));
    }
}
