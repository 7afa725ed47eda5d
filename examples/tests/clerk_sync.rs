//! `clerk_sync`, started and sent Clerk's events, with its SQLite file and with a stand-in for a Supabase project.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]
#![allow(clippy::arithmetic_side_effects, reason = "a test")]

mod support;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Map, Value, json};
use support::{Answer, Program, Request, Server, fixture, permutations, sample};
use webhook_verify::providers::Clerk;
use webhook_verify::{Provider, UnixTime};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const HOOK: &str = "/api/webhooks/clerk";
const SERVICE_KEY: &str = "service-role-key-of-this-test";

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_clerk_sync")).env("CLERK_WEBHOOK_SECRET", SECRET)
}

fn signed(body: impl AsRef<[u8]>) -> Request {
    Request::post(HOOK).json(body).signed(Clerk::SCHEME, SECRET, "msg_1")
}

fn outcome(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["outcome"].as_str().unwrap().to_owned()
}

/// The program, with either place where users go.
enum Desk {
    Sqlite(tempfile::TempDir),
    Supabase(Project),
}

impl Desk {
    fn both() -> [Self; 2] {
        [Self::Sqlite(tempfile::tempdir().unwrap()), Self::Supabase(Project::start())]
    }

    fn start(&self) -> Server {
        match self {
            Self::Sqlite(folder) => program().env("USERS_DB", folder.path().join("users.db")).start(),
            Self::Supabase(project) => program()
                .env("SUPABASE_URL", project.url())
                .env("SUPABASE_SERVICE_ROLE_KEY", SERVICE_KEY)
                .start(),
        }
    }

    /// The row with this id, without its nulls.
    fn row(&self, table: &str, id: &str) -> Value {
        let mut row = match self {
            Self::Sqlite(folder) => {
                let database = rusqlite::Connection::open(folder.path().join("users.db")).unwrap();
                let columns = [
                    "id",
                    "external_id",
                    "email",
                    "username",
                    "first_name",
                    "last_name",
                    "image_url",
                    "created_at",
                    "updated_at",
                    "last_sign_in_at",
                    "deleted_at",
                    "user_id",
                    "status",
                    "expire_at",
                ];
                let has = |column: &&str| {
                    let sql = "SELECT count(*) FROM pragma_table_info(?) WHERE name = ?";
                    database.query_row(sql, [table, column], |row| row.get::<_, i64>(0)).unwrap() > 0
                };
                let pairs: Vec<_> = columns
                    .iter()
                    .filter(|column| has(column))
                    .map(|name| format!("'{name}', {name}"))
                    .collect();
                let sql = format!("SELECT json_object({}) FROM {table} WHERE id = ?", pairs.join(", "));
                let text: String =
                    database.query_row(&sql, [id], |row| row.get(0)).unwrap_or_else(|_| "{}".into());
                serde_json::from_str(&text).unwrap()
            }
            Self::Supabase(project) => {
                let rows = project.rows.lock().unwrap();
                Value::Object(rows.get(&(table.to_owned(), id.to_owned())).cloned().unwrap_or_default())
            }
        };
        row.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        row
    }
}

/// A stand-in for a Supabase project: it checks the key as Supabase's gateway does, has the functions that
/// `supabase.sql` declares, under their parameters' names, and keeps rows as those functions do.
struct Project {
    address: SocketAddr,
    rows: Rows,
    _runtime: tokio::runtime::Runtime,
}

type Row = Map<String, Value>;
type Rows = Arc<Mutex<HashMap<(String, String), Row>>>;

impl Project {
    fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let rows = Rows::default();
        let app = Router::new().route("/rest/v1/rpc/{function}", post(call)).with_state(Arc::clone(&rows));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { address, rows, _runtime: runtime }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The functions of `supabase.sql`, each with its parameters' names.
fn declared() -> HashMap<String, Vec<String>> {
    let sql = String::from_utf8(fixture("examples/clerk_sync/supabase.sql")).unwrap();
    let heads = sql.lines().filter_map(|line| line.strip_prefix("create or replace function public."));
    heads
        .map(|head| {
            let (name, parameters) = head.split_once('(').unwrap();
            let (parameters, _) = parameters.split_once(')').unwrap();
            let names =
                parameters.split(", ").map(|parameter| parameter.split(' ').next().unwrap().to_owned());
            (name.to_owned(), names.collect())
        })
        .collect()
}

async fn call(
    State(rows): State<Rows>,
    Path(function): Path<String>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, String) {
    let sent = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if sent("apikey") != SERVICE_KEY || sent("authorization") != format!("Bearer {SERVICE_KEY}") {
        return (StatusCode::UNAUTHORIZED, json!({"message": "Invalid API key"}).to_string());
    }
    assert_eq!(sent("content-type"), "application/json");
    let arguments: Row = serde_json::from_str(&body).unwrap();
    let mut names: Vec<String> = arguments.keys().cloned().collect();
    names.sort();
    let mut declared = declared().remove(&function).unwrap_or_default();
    declared.sort();
    if names != declared {
        let message = format!("Could not find the function public.{function}({})", names.join(", "));
        return (StatusCode::NOT_FOUND, json!({"code": "PGRST202", "message": message}).to_string());
    }
    let mut rows = rows.lock().unwrap();
    let changed = apply(&mut rows, &function, &arguments);
    (StatusCode::OK, changed.to_string())
}

fn row<'r>(rows: &'r mut HashMap<(String, String), Row>, table: &str, id: &Value) -> &'r mut Row {
    rows.entry((table.to_owned(), id.as_str().unwrap().to_owned())).or_default()
}

/// What the functions of `supabase.sql` do.
fn apply(rows: &mut HashMap<(String, String), Row>, function: &str, arguments: &Row) -> bool {
    let time = |row: &Row, column: &str| row.get(column).and_then(Value::as_i64).unwrap_or(0);
    match function {
        "clerk_save_user" => {
            let profile = arguments["profile"].as_object().unwrap();
            let known = row(rows, "users", &profile["id"]);
            if known.contains_key("deleted_at") || time(profile, "updated_at") < time(known, "updated_at") {
                return false;
            }
            let signed_in = time(known, "last_sign_in_at").max(time(profile, "last_sign_in_at"));
            known.clone_from(profile);
            known.insert("last_sign_in_at".into(), (signed_in > 0).then_some(signed_in).into());
            true
        }
        "clerk_delete_user" => {
            let known = row(rows, "users", &arguments["user_id"]);
            if known.contains_key("deleted_at") {
                return false;
            }
            known.retain(|column, _| column.ends_with("_at"));
            known.insert("id".into(), arguments["user_id"].clone());
            known.entry("updated_at").or_insert(0.into());
            known.insert("deleted_at".into(), arguments["at"].clone());
            true
        }
        "clerk_save_session" => {
            let session = arguments["session"].as_object().unwrap();
            let known = row(rows, "sessions", &session["id"]);
            let changed = time(session, "updated_at") >= time(known, "updated_at");
            if changed {
                known.clone_from(session);
            }
            let user = row(rows, "users", &session["user_id"]);
            if !user.contains_key("deleted_at") && time(session, "created_at") > time(user, "last_sign_in_at")
            {
                user.insert("id".into(), session["user_id"].clone());
                user.entry("updated_at").or_insert(0.into());
                user.insert("last_sign_in_at".into(), session["created_at"].clone());
            }
            changed
        }
        other => panic!("{other} is declared and not played"),
    }
}

/// Clerk's own sample of an event, with another user.
fn user_event(kind: &str, id: &str, first_name: &str, updated_at: i64) -> Vec<u8> {
    let mut event: Value = serde_json::from_slice(&sample(&format!("clerk/{kind}.json"))).unwrap();
    event["data"]["id"] = id.into();
    event["data"]["first_name"] = first_name.into();
    event["data"]["updated_at"] = updated_at.into();
    event["data"]["last_sign_in_at"] = Value::Null;
    event.to_string().into_bytes()
}

fn deleted(id: &str, at: i64) -> Vec<u8> {
    json!({"type": "user.deleted", "object": "event", "timestamp": at, "data": {"id": id, "object": "user", "deleted": true}})
        .to_string()
        .into_bytes()
}

fn signed_in(id: &str, at: i64) -> Vec<u8> {
    let session = json!({"id": format!("sess_of_{id}"), "object": "session", "user_id": id, "client_id": "client_1",
        "status": "active", "created_at": at, "updated_at": at, "last_active_at": at, "expire_at": at, "abandon_at": at});
    json!({"type": "session.created", "object": "event", "timestamp": at, "data": session})
        .to_string()
        .into_bytes()
}

#[test]
fn the_samples_of_clerk_are_saved() {
    const USER: &str = "user_33aQm7XvKpRtLzWyNcBdEfGhJkS";
    for desk in Desk::both() {
        let clerk = desk.start();
        let send = |kind: &str| outcome(&clerk.send(&signed(sample(&format!("clerk/{kind}.json")))));
        assert_eq!(send("user.created"), "saved");
        let created = desk.row("users", USER);
        assert_eq!(created["email"], "ines.moreau@example.com");
        assert_eq!(send("user.updated"), "saved");
        let updated = desk.row("users", USER);
        assert!(updated["updated_at"].as_i64() > created["updated_at"].as_i64(), "{created} {updated}");
        assert_eq!(send("user.created"), "older than what is known");
        assert_eq!(desk.row("users", USER), updated);

        assert_eq!(send("session.created"), "saved");
        let session = desk.row("sessions", "sess_33aQmSessAbCdEfGhIjKlMnOpQ");
        assert_eq!((&session["status"], &session["user_id"]), (&json!("active"), &json!(USER)));
        let signed_in = desk.row("users", USER)["last_sign_in_at"].as_i64().unwrap();
        assert!(signed_in >= session["created_at"].as_i64().unwrap());

        assert_eq!(send("user.deleted"), "saved");
        let tombstone = desk.row("users", USER);
        assert_eq!(tombstone["deleted_at"], 1_760_637_600_000_i64);
        assert_eq!(
            (tombstone.get("email"), tombstone.get("first_name")),
            (None, None),
            "no personal data is left"
        );
        for kind in ["user.updated", "user.created", "user.deleted"] {
            assert_eq!(send(kind), "older than what is known", "{kind} revives nobody");
        }
        assert_eq!(desk.row("users", USER), tombstone);

        for kind in ["session.ended", "session.removed", "session.revoked", "session.pending"] {
            assert!(["saved", "older than what is known"].contains(&&*send(kind)), "{kind}");
        }
        for kind in ["organization.created", "email.created", "_unknown-event-type"] {
            assert_eq!(send(kind), "ignored", "{kind}");
        }
        clerk.wait_for_log("organization.created: ignored");
        assert!(!clerk.log().contains("ines.moreau"), "{}", clerk.log());
        assert!(clerk.terminate().status.success());
    }
}

/// One user's life, in every order of arrival.
#[test]
fn any_order_comes_to_the_same() {
    for desk in Desk::both() {
        let clerk = desk.start();
        // With the deletion, and without.
        for (number, order) in permutations(5).into_iter().chain(permutations(4)).enumerate() {
            let id = format!("user_{number}");
            let life = [
                user_event("user.created", &id, "Ada", 1000),
                user_event("user.updated", &id, "Augusta", 3000),
                user_event("user.updated", &id, "Ada B.", 2000),
                signed_in(&id, 2500),
                deleted(&id, 1_760_000_000_000),
            ];
            for &event in &order {
                let answer = clerk.send(&signed(&life[event]));
                assert!(["saved", "older than what is known"].contains(&&*outcome(&answer)), "{answer:?}");
            }
            let user = desk.row("users", &id);
            if order.contains(&4) {
                assert_eq!(
                    (&user["deleted_at"], user.get("first_name")),
                    (&json!(1_760_000_000_000_i64), None),
                    "{order:?}: {user}"
                );
            } else {
                assert_eq!(user["first_name"], "Augusta", "{order:?}: {user}");
                assert_eq!(user["updated_at"], 3000, "{order:?}: {user}");
                assert_eq!(user["last_sign_in_at"], 2500, "{order:?}: {user}");
            }
        }
    }
}

#[test]
fn an_older_session_event_changes_nothing() {
    for desk in Desk::both() {
        let clerk = desk.start();
        let session = |kind: &str, status: &str, updated_at: i64| {
            let mut event: Value = serde_json::from_slice(&signed_in("user_1", 1000)).unwrap();
            event["type"] = kind.into();
            event["data"]["status"] = status.into();
            event["data"]["updated_at"] = updated_at.into();
            outcome(&clerk.send(&signed(event.to_string())))
        };
        assert_eq!(session("session.ended", "ended", 2000), "saved");
        assert_eq!(session("session.created", "active", 1000), "older than what is known");
        assert_eq!(desk.row("sessions", "sess_of_user_1")["status"], "ended");
        assert_eq!(desk.row("users", "user_1")["last_sign_in_at"], 1000, "known before the user is");
    }
}

#[test]
fn what_is_not_authentic_or_not_readable_is_refused() {
    let [desk, _] = Desk::both();
    let clerk = desk.start();
    let body = sample("clerk/user.created.json");
    let request = || Request::post(HOOK).json(&body);
    let stale = UnixTime::from_secs(UnixTime::now().as_secs() - 301);
    let misfit = r#"{"type": "user.created", "data": {"id": 7}}"#;
    for (request, status, error) in [
        (request(), 401, "missing_header"),
        (
            request().signed(Clerk::SCHEME, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "msg_1"),
            401,
            "signature_mismatch",
        ),
        (signed(&body).body([&body[..], b" "].concat()), 401, "signature_mismatch"),
        (request().signed_at(Clerk::SCHEME, SECRET, "msg_1", stale), 401, "timestamp_too_old"),
        // As it once arrived from a real server: nobody can replay it.
        (Request::recorded("svix/svix-sym-user-created.http", HOOK), 401, "timestamp_too_old"),
        // Clerk sends `svix-*` only.
        (Request::recorded("svix/whitelabel-sym-1.http", HOOK), 401, "missing_header"),
        (signed("hello"), 400, "not_json"),
        (signed(misfit), 422, "wrong_shape"),
    ] {
        assert_eq!(clerk.send(&request).refusal(), (status, error.to_owned()), "{request:?}");
    }
    assert_eq!(clerk.get(HOOK).status, 405);
    assert_eq!(desk.row("users", "user_33aQm7XvKpRtLzWyNcBdEfGhJkS"), json!({}));
}

/// Clerk tries again after a 500, so nothing is lost while the project is down or its key is wrong.
#[test]
fn a_project_that_fails_is_told_to_clerk() {
    let project = Project::start();
    let wrong = program()
        .env("SUPABASE_URL", project.url())
        .env("SUPABASE_SERVICE_ROLE_KEY", "anon-key-of-this-test")
        .start();
    let event = signed(user_event("user.created", "user_1", "Ada", 1));
    assert_eq!(wrong.send(&event).status, 500);
    wrong.wait_for_log("clerk_save_user answered 401 Unauthorized: {\"message\":\"Invalid API key\"}");
    assert!(!wrong.log().contains("anon-key"), "{}", wrong.log());

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let down = program()
        .env("SUPABASE_URL", format!("http://{free}"))
        .env("SUPABASE_SERVICE_ROLE_KEY", SERVICE_KEY)
        .start();
    assert_eq!(down.send(&event).status, 500);
    down.wait_for_log("calling clerk_save_user");

    let desk = Desk::Supabase(project);
    assert_eq!(outcome(&desk.start().send(&event)), "saved");
    assert_eq!(desk.row("users", "user_1")["first_name"], "Ada");
}

#[test]
fn wrong_configuration_is_told() {
    let bare = || Program::new(env!("CARGO_BIN_EXE_clerk_sync"));
    let cases = [
        (bare(), "CLERK_WEBHOOK_SIGNING_SECRET"),
        (bare().env("CLERK_WEBHOOK_SECRET", "sk_live_abc"), "CLERK_WEBHOOK_SECRET"),
        (program().env("SUPABASE_URL", "https://x.supabase.co"), "SUPABASE_SERVICE_ROLE_KEY is not"),
        (program().env("SUPABASE_URL", "x").env("SUPABASE_SERVICE_ROLE_KEY", "k"), "SUPABASE_URL is no URL"),
        (
            program().env("SUPABASE_URL", "https://x.supabase.co").env("SUPABASE_SERVICE_ROLE_KEY", ""),
            "SUPABASE_SERVICE_ROLE_KEY is empty",
        ),
        // The guide sets the key alone. The users would be in a file, where nobody looks for them.
        (
            program().env("SUPABASE_SERVICE_ROLE_KEY", "sk_live_abc"),
            "SUPABASE_SERVICE_ROLE_KEY is set, and SUPABASE_URL is not: set it to the project's URL, such as \
             https://your-project.supabase.co",
        ),
        (program().env("USERS_DB", "/nowhere/at/all.db"), "cannot use USERS_DB=/nowhere/at/all.db"),
    ];
    for (program, message) in cases {
        let ended = program.run();
        assert!(!ended.status.success() && ended.stderr.contains(message), "{message}: {}", ended.stderr);
        assert!(!ended.stderr.contains("sk_live"), "{}", ended.stderr);
    }
}
