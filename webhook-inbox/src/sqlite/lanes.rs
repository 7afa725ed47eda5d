//! Which events are due: one look into the index for each name that the routes take, so that neither a long backlog
//! nor events that nobody asked for make a claim slower.

use rusqlite::{Connection, OptionalExtension as _, params};
use webhook_core::UnixMillis;

use crate::{Kinds, Route};

const DUE: &str = "SELECT due_at, id FROM inbox_events INDEXED BY inbox_events_due
    WHERE source = ?1 AND kind IS ?2 AND due_at <= ?3 ORDER BY due_at, id LIMIT ?4";

const NEXT_DUE: &str = "SELECT due_at FROM inbox_events INDEXED BY inbox_events_due
    WHERE source = ?1 AND kind IS ?2 AND due_at IS NOT NULL ORDER BY due_at LIMIT 1";

const FIRST_KIND: &str = "SELECT kind FROM inbox_events INDEXED BY inbox_events_due
    WHERE source = ?1 AND kind >= '' AND due_at IS NOT NULL ORDER BY kind LIMIT 1";

const NEXT_KIND: &str = "SELECT kind FROM inbox_events INDEXED BY inbox_events_due
    WHERE source = ?1 AND kind > ?2 AND due_at IS NOT NULL ORDER BY kind LIMIT 1";

/// An event that can be claimed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    at: i64,
    pub(super) id: i64,
    pub(super) max_attempts: u32,
}

/// The waiting events of one source and name.
struct Lane<'r> {
    source: &'r str,
    kind: Option<String>,
    max_attempts: u32,
}

/// The first `max` events that are due, and how often each may be tried.
pub(super) fn due(
    connection: &Connection,
    routes: &[Route],
    now: UnixMillis,
    max: usize,
) -> rusqlite::Result<Vec<Due>> {
    let limit = i64::try_from(max).unwrap_or(i64::MAX);
    let mut due: Vec<Due> = Vec::new();
    let mut statement = connection.prepare_cached(DUE)?;
    for lane in lanes(connection, routes)? {
        // Once there are enough, only earlier ones count.
        let until = due.last().filter(|_| due.len() >= max).map_or(now.as_millis(), |last| last.at);
        let mut rows = statement.query(params![lane.source, lane.kind, until, limit])?;
        while let Some(row) = rows.next()? {
            due.push(Due { at: row.get(0)?, id: row.get(1)?, max_attempts: lane.max_attempts });
        }
        due.sort_unstable();
        due.truncate(max);
    }
    Ok(due)
}

/// When the first event of these routes is due.
pub(super) fn next_due(connection: &Connection, routes: &[Route]) -> rusqlite::Result<Option<UnixMillis>> {
    let mut first: Option<i64> = None;
    let mut statement = connection.prepare_cached(NEXT_DUE)?;
    for lane in lanes(connection, routes)? {
        let at: Option<i64> =
            statement.query_row(params![lane.source, lane.kind], |row| row.get(0)).optional()?;
        first = match (first, at) {
            (Some(first), Some(at)) => Some(first.min(at)),
            (first, at) => first.or(at),
        };
    }
    Ok(first.map(UnixMillis::from_millis))
}

/// Changes when somebody else has committed to the file (<https://sqlite.org/pragma.html#pragma_data_version>).
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

/// The lanes of the routes. Where a route takes all names but some, these are the names that wait.
fn lanes<'r>(connection: &Connection, routes: &'r [Route]) -> rusqlite::Result<Vec<Lane<'r>>> {
    let mut sources: Vec<&str> = routes.iter().map(|route| route.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    let mut lanes = Vec::new();
    for source in sources {
        for kind in kinds(connection, source, routes)? {
            // The first route that takes it is the one whose handler will run.
            if let Some(route) = routes.iter().find(|route| route.takes(source, kind.as_deref())) {
                lanes.push(Lane { source, kind, max_attempts: route.max_attempts.get() });
            }
        }
    }
    Ok(lanes)
}

fn kinds(connection: &Connection, source: &str, routes: &[Route]) -> rusqlite::Result<Vec<Option<String>>> {
    let mut named = Vec::new();
    for route in routes.iter().filter(|route| route.source == source) {
        match &route.kinds {
            Kinds::Only(kinds) => named.extend(kinds.iter().cloned().map(Some)),
            Kinds::Except(_) => return waiting_kinds(connection, source),
        }
    }
    named.sort_unstable();
    named.dedup();
    Ok(named)
}

/// The names of the waiting events of a source, and none for those without. It leaps from name to name, whatever
/// their number of events.
fn waiting_kinds(connection: &Connection, source: &str) -> rusqlite::Result<Vec<Option<String>>> {
    let mut kinds = vec![None];
    let mut first = connection.prepare_cached(FIRST_KIND)?;
    let mut next = connection.prepare_cached(NEXT_KIND)?;
    let mut kind: Option<String> = first.query_row([source], |row| row.get(0)).optional()?;
    // Ends with the last name: each round finds a greater one.
    while let Some(found) = kind {
        kind = next.query_row([source, found.as_str()], |row| row.get(0)).optional()?;
        kinds.push(Some(found));
    }
    Ok(kinds)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    /// Waiting events of a source: their names and when they are due.
    fn waiting(events: &[(&str, Option<&str>, i64)]) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("schema/1.sql")).unwrap();
        for (source, kind, due) in events {
            connection
                .execute(
                    "INSERT INTO inbox_events (source, kind, digest, state, received_at, series_began, due_at)
                     VALUES (?1, ?2, x'', 1, 0, 0, ?3)",
                    params![source, kind, due],
                )
                .unwrap();
        }
        connection
    }

    fn only(source: &str, kinds: &[&str], max_attempts: u32) -> Route {
        let kinds = Kinds::Only(kinds.iter().copied().map(str::to_owned).collect());
        Route::new(source, kinds, NonZeroU32::new(max_attempts).unwrap())
    }

    fn except(source: &str, kinds: &[&str], max_attempts: u32) -> Route {
        let kinds = Kinds::Except(kinds.iter().copied().map(str::to_owned).collect());
        Route::new(source, kinds, NonZeroU32::new(max_attempts).unwrap())
    }

    fn ids(connection: &Connection, routes: &[Route], now: i64, max: usize) -> Vec<(i64, u32)> {
        let due = due(connection, routes, UnixMillis::from_millis(now), max).unwrap();
        due.into_iter().map(|due| (due.id, due.max_attempts)).collect()
    }

    #[test]
    fn lanes_are_merged_by_when_their_events_are_due() {
        let connection = waiting(&[
            ("shop", Some("b"), 30),
            ("shop", None, 10),
            ("shop", Some("a"), 20),
            ("shop", Some("b"), 5),
            ("shop", Some(""), 15),
            ("bank", Some("a"), 1),
            ("shop", Some("z"), 99),
        ]);
        let all = [except("shop", &[], 3)];
        assert_eq!(ids(&connection, &all, 50, 10), [(4, 3), (2, 3), (5, 3), (3, 3), (1, 3)]);
        assert_eq!(ids(&connection, &all, 50, 2), [(4, 3), (2, 3)]);
        assert_eq!(ids(&connection, &all, 99, 10).len(), 6);
        assert_eq!(ids(&connection, &[except("shop", &["b"], 3)], 50, 2), [(2, 3), (5, 3)]);
        assert_eq!(ids(&connection, &[only("shop", &["b", "nothing"], 3)], 50, 10), [(4, 3), (1, 3)]);
        assert_eq!(
            next_due(&connection, &[except("shop", &["b"], 3)]).unwrap(),
            Some(UnixMillis::from_millis(10))
        );
        assert_eq!(next_due(&connection, &[only("shop", &["nothing"], 3)]).unwrap(), None);
        assert_eq!(next_due(&connection, &[]).unwrap(), None);
    }

    /// What keeps a claim flat: every question is a seek, and nothing is sorted.
    #[test]
    fn each_question_is_a_seek() {
        let connection = waiting(&[]);
        for sql in [DUE, NEXT_DUE, FIRST_KIND, NEXT_KIND] {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            // Parameters that are not bound are NULL; the plan does not depend on them.
            let steps =
                plan.raw_query().mapped(|row| row.get(3)).collect::<Result<Vec<String>, _>>().unwrap();
            assert_eq!(steps.len(), 1, "{steps:?}");
            assert!(steps[0].starts_with("SEARCH inbox_events USING"), "{steps:?}");
            assert!(steps[0].contains("INDEX inbox_events_due (source=?"), "{steps:?}");
        }
    }

    #[test]
    fn the_first_route_that_takes_an_event_counts() {
        let connection = waiting(&[("shop", Some("a"), 1), ("shop", Some("b"), 2), ("bank", None, 3)]);
        let routes = [only("shop", &["a"], 1), except("shop", &[], 2), except("bank", &[], 4)];
        assert_eq!(ids(&connection, &routes, 9, 10), [(1, 1), (2, 2), (3, 4)]);
    }

    #[test]
    fn equal_times_go_by_number_across_lanes() {
        let connection = waiting(&[
            ("shop", Some("b"), 7),
            ("shop", Some("a"), 7),
            ("shop", Some("b"), 7),
            ("shop", None, 7),
        ]);
        let taken = ids(&connection, &[except("shop", &[], 1)], 7, 3);
        assert_eq!(taken, [(1, 1), (2, 1), (3, 1)]);
    }
}
