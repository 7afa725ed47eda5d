//! The statements. `{s}` stands for the schema.
//!
//! They are planned when the tables may still be empty, and the plans must do when there are millions of rows. So the
//! server is left no choice: the connections are told to use no plan but through indexes in their order, and a
//! statement is written so that one index fits. `state + 0` is the state, but no reason to take the index of the
//! events in that state; `= ANY (ARRAY(...))` keeps a join from walking through the whole table.

use super::schema::Schema;

/// What each connection is told at its beginning; `{ms}` is for how long a call may take.
pub(super) const SESSION: &str = "
    SET default_transaction_isolation = 'read committed';
    SET jit = off;
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
    SET enable_bitmapscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET enable_sort = off;
    SET statement_timeout = '{ms}ms';
    SET idle_in_transaction_session_timeout = '{ms}ms';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// What the statements over everything are told: they read most of a table.
pub(super) const SCANS: &str = "
    SET LOCAL plan_cache_mode = force_custom_plan;
    SET LOCAL enable_seqscan = on;
    SET LOCAL enable_bitmapscan = on;
    SET LOCAL enable_hashjoin = on;
    SET LOCAL enable_mergejoin = on;
    SET LOCAL enable_sort = on";

/// The store's time: the server's, and by how much a test is ahead of it.
const MOMENT: &str = "moment AS MATERIALIZED (
    SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + $1::bigint AS now
)";

/// The index ranges that routes lead to: a source and a name each, or no name. The ranges of all other names are found by
/// going from name to name; the end of that is the range of the events without a name.
const SEEKS: &str = "
present (route, source, most, kind) AS (
    SELECT r.route, r.source, r.most, (
        SELECT e.kind FROM {s}.events e
        WHERE e.source = r.source AND e.state IN (1, 2) AND e.kind IS NOT NULL ORDER BY e.kind LIMIT 1
    )
    FROM unnest($2::integer[], $3::text[], $4::integer[]) AS r (route, source, most)
    UNION ALL
    SELECT p.route, p.source, p.most, (
        SELECT e.kind FROM {s}.events e
        WHERE e.source = p.source AND e.state IN (1, 2) AND e.kind > p.kind ORDER BY e.kind LIMIT 1
    )
    FROM present p WHERE p.kind IS NOT NULL
),
seeks AS MATERIALIZED (
    SELECT * FROM unnest($5::integer[], $6::text[], $7::integer[], $8::text[]) AS r (route, source, most, kind)
    UNION ALL
    SELECT * FROM present p WHERE NOT EXISTS (
        SELECT FROM unnest($9::integer[], $10::text[]) AS x (route, kind)
        WHERE x.route = p.route AND x.kind = p.kind
    )
)";

/// Events without a further attempt, and those that have lost their body, are told and left as they are.
const CLAIM: &str = "
WITH RECURSIVE {moment}, {seeks},
named AS MATERIALIZED (
    SELECT s.route, s.most, e.* FROM seeks s CROSS JOIN LATERAL (
        SELECT id, token, state, attempts, due_at FROM {s}.events
        WHERE source = s.source AND kind = s.kind AND state IN (1, 2) AND due_at <= (SELECT now FROM moment)
        ORDER BY due_at, id LIMIT $11 FOR UPDATE SKIP LOCKED
    ) e
),
unnamed AS MATERIALIZED (
    SELECT s.route, s.most, e.* FROM seeks s CROSS JOIN LATERAL (
        SELECT id, token, state, attempts, due_at FROM {s}.events
        WHERE source = s.source AND kind IS NULL AND state IN (1, 2) AND due_at <= (SELECT now FROM moment)
        ORDER BY due_at, id LIMIT $11 FOR UPDATE SKIP LOCKED
    ) e
    WHERE s.kind IS NULL
),
chosen AS MATERIALIZED (
    SELECT *, (SELECT b.event FROM {s}.bodies b WHERE b.event = d.id) IS NULL AS bare FROM (
        SELECT DISTINCT ON (id) * FROM (SELECT * FROM named UNION ALL SELECT * FROM unnamed) f
        ORDER BY id, route
    ) d
    ORDER BY due_at, id LIMIT $11
),
cut_off AS (
    UPDATE {s}.attempts a SET status = 'cut_off' FROM chosen c
    WHERE c.state = 2 AND a.event = c.id AND a.token = c.token AND a.status = 'running'
        AND a.event = ANY (ARRAY(SELECT id FROM chosen))
),
claimed AS (
    UPDATE {s}.events e SET
        state = 2,
        attempts = e.attempts + 1,
        token = e.token + 1,
        due_at = m.now + $12::bigint,
        series_began = CASE WHEN e.attempts = 0 THEN m.now ELSE e.series_began END
    FROM chosen c, moment m
    WHERE e.id = c.id AND c.attempts < c.most AND NOT c.bare AND e.id = ANY (ARRAY(SELECT id FROM chosen))
    RETURNING e.*, c.due_at AS was_due, m.now
),
begun AS (
    INSERT INTO {s}.attempts (event, token, source, kind, series, attempt, worker, started_at, status)
    SELECT id, token, source, kind, series, attempts, $13::text, now, 'running' FROM claimed
)
SELECT id, token, false AS buried, false AS bare, due_at, attempts, series, series_began, now, received_at, source, kind, key,
    delivery_id, ordering_key, (SELECT b.body FROM {s}.bodies b WHERE b.event = claimed.id) AS body, was_due
FROM claimed
UNION ALL
SELECT id, token, true, attempts < most, due_at, attempts, 0, 0, 0, 0, '', NULL, NULL, NULL, NULL, NULL, due_at
FROM chosen WHERE attempts >= most OR bare";

/// In how many milliseconds the first event of some routes is due.
const NEXT_DUE: &str = "
WITH RECURSIVE {moment}, {seeks}
SELECT min(COALESCE(
    (SELECT e.due_at FROM {s}.events e
        WHERE e.source = s.source AND e.kind = s.kind AND e.state IN (1, 2) ORDER BY e.due_at LIMIT 1),
    (SELECT e.due_at FROM {s}.events e
        WHERE s.kind IS NULL AND e.source = s.source AND e.kind IS NULL AND e.state IN (1, 2)
        ORDER BY e.due_at LIMIT 1)
)) - (SELECT now FROM moment)
FROM seeks s";

/// An event of an ordering key is stored blocked; [`UNBLOCK`] lets the first one run. The rows are written in the order
/// of their keys, so that two batches with the same ones wait for each other in one direction only. `IS TRUE` keeps the
/// look into what was stored from becoming a join, which would compare each event with each.
const INSERT: &str = "
WITH {moment},
input AS MATERIALIZED (
    SELECT nextval('{s}.event_ids') AS id, u.*
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::bytea[])
        AS u (source, kind, key, delivery_id, ordering_key, answer, digest, body)
),
stored AS (
    INSERT INTO {s}.events
        (id, source, kind, key, delivery_id, ordering_key, answer, digest, state, received_at, series_began, due_at)
    SELECT id, source, kind, key, delivery_id, ordering_key, answer, digest,
        CASE WHEN ordering_key IS NULL THEN 1 ELSE 0 END, now, now, CASE WHEN ordering_key IS NULL THEN now END
    FROM input, moment ORDER BY source COLLATE \"C\", key COLLATE \"C\", id
    ON CONFLICT (source, key) WHERE key IS NOT NULL DO NOTHING
    RETURNING id, source, key
),
kept AS (
    INSERT INTO {s}.bodies (event, body)
    SELECT id, body FROM input WHERE (id IN (SELECT id FROM stored)) IS TRUE
)
SELECT id, source, key FROM stored";

const FIND_KEYS: &str = "
SELECT e.id, e.source, e.key, e.state, e.digest, e.answer
FROM unnest($1::text[], $2::text[]) AS k (source, key)
JOIN {s}.events e ON e.source = k.source AND e.key = k.key";

/// The first blocked event of each of these ordering keys may run, unless another one of it does.
const UNBLOCK: &str = "
WITH {moment}
UPDATE {s}.events e SET state = 1, due_at = (SELECT now FROM moment)
WHERE e.state + 0 = 0 AND e.id = ANY (ARRAY(
    SELECT (
        SELECT b.id FROM {s}.events b
        WHERE b.source = k.source AND b.ordering_key = k.ordering_key AND b.state = 0
        ORDER BY b.id LIMIT 1
    )
    FROM unnest($2::text[], $3::text[]) AS k (source, ordering_key)
    WHERE (
        SELECT a.id FROM {s}.events a
        WHERE a.source = k.source AND a.ordering_key = k.ordering_key AND a.state IN (0, 1, 2) AND a.state > 0
        LIMIT 1
    ) IS NULL
))
RETURNING e.id";

const LOCK: &str = "SELECT pg_advisory_xact_lock(l) FROM unnest($1::bigint[]) AS l";

/// Ends attempts whose lease is held. Without `$11` it leaves those alone that let another event of their ordering key
/// run, which needs a lock first.
const SETTLE: &str = "
WITH {moment},
held AS MATERIALIZED (
    SELECT i.* FROM unnest(
        $2::bigint[], $3::bigint[], $4::smallint[], $5::bigint[], $6::text[], $7::integer[], $8::text[], $9::bigint[],
        $10::text[]
    ) AS i (id, token, state, wait, reason, given_back, status, took, error)
    JOIN {s}.events e ON e.id = i.id
    WHERE e.id = ANY ($2) AND e.state + 0 = 2 AND e.token = i.token
        AND ($11::boolean OR e.ordering_key IS NULL OR i.state = 1)
    ORDER BY e.id FOR UPDATE OF e
),
ended AS (
    UPDATE {s}.events e SET
        state = h.state,
        due_at = m.now + h.wait,
        reason = h.reason,
        attempts = greatest(e.attempts - h.given_back, 0),
        finished_at = CASE WHEN h.state IN (3, 4) THEN m.now END
    FROM held h, moment m
    WHERE e.id = h.id AND e.state + 0 = 2 AND e.token = h.token AND e.id = ANY ($2)
    RETURNING e.id
),
recorded AS (
    UPDATE {s}.attempts a SET status = h.status, duration_ms = h.took, error = h.error
    FROM held h WHERE a.event = h.id AND a.token = h.token AND a.event = ANY (ARRAY(SELECT id FROM ended))
)
SELECT id FROM ended";

const STANDING: &str = "
SELECT id, token, state, source, ordering_key FROM {s}.events WHERE id = ANY($1::bigint[])";

/// Events whose attempts are used up, or that have lost their body, become dead letters, unless something happened to
/// them since they were seen.
const BURY: &str = "
WITH {moment}
UPDATE {s}.events e SET
    state = 4,
    reason = CASE WHEN i.bare THEN 'permanent' WHEN e.state = 2 THEN 'crashed' ELSE 'attempts' END,
    finished_at = m.now,
    due_at = NULL
FROM unnest($2::bigint[], $3::bigint[], $4::boolean[]) AS i (id, token, bare), moment m
WHERE e.id = ANY ($2) AND e.id = i.id AND e.token = i.token AND e.state + 0 IN (1, 2) AND e.due_at <= m.now
RETURNING e.id";

const EXTEND: &str = "
WITH {moment}
UPDATE {s}.events e SET due_at = m.now + $4::bigint FROM moment m
WHERE e.id = $2 AND e.state + 0 = 2 AND e.token = $3
RETURNING e.due_at";

const ATTEMPTS: &str = "
SELECT series, attempt, worker, started_at, status, duration_ms, error
FROM {s}.attempts WHERE event = $1 ORDER BY token";

/// The sources with finished events, found by going from one to the next; the last one is NULL.
const FINISHED: &str = "
finished (source) AS (
    (SELECT source FROM {s}.events WHERE state IN (3, 4) ORDER BY source LIMIT 1)
    UNION ALL
    SELECT (
        SELECT e.source FROM {s}.events e WHERE e.state IN (3, 4) AND e.source > f.source
        ORDER BY e.source LIMIT 1
    )
    FROM finished f WHERE f.source IS NOT NULL
)";

/// The sources with a key that ages, or with finished events.
const SOURCES: &str = "
WITH RECURSIVE keyed (source) AS (
    (SELECT source FROM {s}.events WHERE key IS NOT NULL AND received_at >= 0 ORDER BY source, received_at LIMIT 1)
    UNION ALL
    SELECT (
        SELECT e.source FROM {s}.events e WHERE e.key IS NOT NULL AND e.received_at >= 0 AND e.source > k.source
        ORDER BY e.source, e.received_at LIMIT 1
    )
    FROM keyed k WHERE k.source IS NOT NULL
),
{finished}
SELECT source FROM keyed WHERE source IS NOT NULL
UNION
SELECT source FROM finished WHERE source IS NOT NULL";

const PURGE_KEYS: &str = "
WITH {moment},
aged AS MATERIALIZED (
    SELECT id FROM {s}.events
    WHERE source = $2 AND key IS NOT NULL AND received_at >= 0
        AND received_at <= (SELECT now FROM moment) - $3::bigint
    ORDER BY received_at LIMIT $4 FOR UPDATE SKIP LOCKED
)
UPDATE {s}.events e SET key = NULL WHERE e.id = ANY (ARRAY(SELECT id FROM aged))";

/// `{state}` is 3 or 4, as text, since the index has only these. The row of an event without its body stays while its
/// key tells duplicates; what statistics count of a row that goes is added to the tallies.
const PURGE_BODIES: &str = "
WITH {moment},
aged AS MATERIALIZED (
    SELECT id, finished_at, key IS NULL AS goes,
        (SELECT b.event FROM {s}.bodies b WHERE b.event = e.id) IS NOT NULL AS bodied
    FROM {s}.events e
    WHERE source = $2 AND state = {state} AND finished_at <= (SELECT now FROM moment) - $3::bigint
        AND (finished_at, id) > ($4, $5)
    ORDER BY finished_at, id LIMIT $6 FOR UPDATE SKIP LOCKED
),
emptied AS (
    DELETE FROM {s}.bodies b WHERE b.event = ANY (ARRAY(SELECT id FROM aged WHERE bodied))
),
gone AS (
    DELETE FROM {s}.events e WHERE e.id = ANY (ARRAY(SELECT id FROM aged WHERE goes))
    RETURNING e.id, e.source, e.kind, e.state
),
made AS (
    DELETE FROM {s}.attempts t WHERE t.event = ANY (ARRAY(SELECT id FROM gone))
    RETURNING t.source, t.kind, t.attempt, t.status, t.duration_ms
),
counted AS (
    INSERT INTO {s}.tallies AS t (source, kind, processed, failed, retries, successes, success_ms)
    SELECT source, kind, sum(processed), sum(failed), sum(retries), sum(successes), sum(success_ms)
    FROM (
        SELECT source, kind, (state = 3)::integer AS processed, (state = 4)::integer AS failed,
            0 AS retries, 0 AS successes, 0 AS success_ms
        FROM gone
        UNION ALL
        SELECT source, kind, 0, 0, (attempt > 1 AND status <> 'released')::integer,
            (status = 'succeeded')::integer,
            CASE WHEN status = 'succeeded' THEN COALESCE(duration_ms, 0) ELSE 0 END
        FROM made
    ) c
    GROUP BY source, kind ORDER BY source, kind
    ON CONFLICT (source, (kind IS NULL), (COALESCE(kind, ''))) DO UPDATE SET
        processed = t.processed + excluded.processed,
        failed = t.failed + excluded.failed,
        retries = t.retries + excluded.retries,
        successes = t.successes + excluded.successes,
        success_ms = t.success_ms + excluded.success_ms
)
SELECT finished_at, id, bodied FROM aged ORDER BY finished_at, id";

const TALLIES: &str = "
WITH RECURSIVE {finished}
SELECT source, kind, sum(processed)::bigint, sum(failed)::bigint, sum(retries)::bigint, sum(successes)::bigint,
    sum(success_ms)::bigint
FROM (
    SELECT f.source, e.kind, count(*) FILTER (WHERE e.state = 3) AS processed,
        count(*) FILTER (WHERE e.state = 4) AS failed,
        0::bigint AS retries, 0::bigint AS successes, 0::bigint AS success_ms
    FROM finished f CROSS JOIN LATERAL (
        SELECT kind, state FROM {s}.events
        WHERE source = f.source AND state IN (3, 4) AND finished_at >= $1 AND finished_at < $2
    ) e
    GROUP BY f.source, e.kind
    UNION ALL
    SELECT source, kind, 0, 0, count(*) FILTER (WHERE attempt > 1 AND status <> 'released'),
        count(*) FILTER (WHERE status = 'succeeded'),
        COALESCE(sum(duration_ms) FILTER (WHERE status = 'succeeded'), 0)
    FROM {s}.attempts WHERE started_at >= $1 AND started_at < $2 GROUP BY source, kind
    UNION ALL
    SELECT source, kind, processed, failed, retries, successes, success_ms FROM {s}.tallies WHERE $3
) t
GROUP BY source, kind";

/// Of each source: what waits, since when at the longest, what is dead, and the times of what was processed.
const STANDINGS: &str = "
WITH RECURSIVE {moment}, {finished},
waiting AS (
    SELECT source, count(*) AS backlog, min(received_at) AS oldest FROM (
        SELECT source, received_at FROM {s}.events WHERE state IN (1, 2)
        UNION ALL
        SELECT source, received_at FROM {s}.events WHERE state = 0 AND ordering_key IS NOT NULL
    ) w
    GROUP BY source
),
ended AS (
    SELECT f.source,
        (SELECT count(*) FROM {s}.events e WHERE e.source = f.source AND e.state = 4) AS dead,
        (
            SELECT percentile_disc(ARRAY[0.5, 0.95, 0.99])
                WITHIN GROUP (ORDER BY greatest(e.finished_at - e.received_at, 0))
            FROM {s}.events e
            WHERE e.source = f.source AND e.state = 3 AND e.finished_at >= $2 AND e.finished_at < $3
        ) AS times
    FROM finished f WHERE f.source IS NOT NULL
)
SELECT source, COALESCE(w.backlog, 0), (SELECT now FROM moment) - w.oldest, COALESCE(e.dead, 0), e.times
FROM waiting w FULL JOIN ended e USING (source)";

const HOURS: &str = "
SELECT source, hour * 3600000, attempts, failures FROM (
    SELECT source, started_at / 3600000 AS hour, count(*) AS attempts,
        count(*) FILTER (WHERE status IN ('transient', 'throttled', 'permanent', 'gone', 'cut_off')) AS failures,
        row_number() OVER (PARTITION BY source ORDER BY started_at / 3600000 DESC) AS place
    FROM {s}.attempts WHERE started_at >= $1 AND started_at < $2
    GROUP BY source, started_at / 3600000
) h
WHERE place <= $3 ORDER BY source, hour DESC";

/// The statements for one schema.
#[derive(Debug)]
pub(super) struct Sql {
    pub(super) claim: String,
    pub(super) next_due: String,
    pub(super) insert: String,
    pub(super) find_keys: String,
    pub(super) unblock: String,
    pub(super) lock: String,
    pub(super) settle: String,
    pub(super) standing: String,
    pub(super) bury: String,
    pub(super) extend: String,
    pub(super) attempts: String,
    pub(super) sources: String,
    pub(super) purge_keys: String,
    pub(super) purge_done: String,
    pub(super) purge_dead: String,
    pub(super) tallies: String,
    pub(super) standings: String,
    pub(super) hours: String,
}

impl Sql {
    pub(super) fn new(schema: &Schema) -> Self {
        let parts = [("{moment}", MOMENT), ("{seeks}", SEEKS), ("{finished}", FINISHED)];
        let sql = |template: &str| {
            let insert = |sql: String, (part, text): (&str, &str)| sql.replace(part, text);
            schema.sql(&parts.into_iter().fold(template.to_owned(), insert))
        };
        Self {
            claim: sql(CLAIM),
            next_due: sql(NEXT_DUE),
            insert: sql(INSERT),
            find_keys: sql(FIND_KEYS),
            unblock: sql(UNBLOCK),
            lock: sql(LOCK),
            settle: sql(SETTLE),
            standing: sql(STANDING),
            bury: sql(BURY),
            extend: sql(EXTEND),
            attempts: sql(ATTEMPTS),
            sources: sql(SOURCES),
            purge_keys: sql(PURGE_KEYS),
            purge_done: sql(&PURGE_BODIES.replace("{state}", "3")),
            purge_dead: sql(&PURGE_BODIES.replace("{state}", "4")),
            tallies: sql(TALLIES),
            standings: sql(STANDINGS),
            hours: sql(HOURS),
        }
    }
}
