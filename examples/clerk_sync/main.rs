//! Keeps a table of users in step with Clerk, whatever the order in which Clerk's events arrive.
//!
//! Clerk delivers late, twice and out of order. So an event never overwrites a newer one (each object's `updated_at`
//! decides, in the database, in one statement), and a deleted user stays deleted: its row is a tombstone without
//! personal data. A sign-in is the event `session.created`; there is no `user.signed_in`.
//!
//! ```sh
//! CLERK_WEBHOOK_SECRET=whsec_… cargo run --bin clerk_sync
//! ```
//!
//! | route | what |
//! | --- | --- |
//! | `POST /api/webhooks/clerk` | where Clerk posts; 200 says what became of the event |
//!
//! | variable | what |
//! | --- | --- |
//! | `CLERK_WEBHOOK_SIGNING_SECRET`, or `CLERK_WEBHOOK_SECRET` | the endpoint's signing secret; with `_PREVIOUS` behind the name, the one before |
//! | `USERS_DB` | the SQLite file, `users.db` |
//! | `SUPABASE_URL`, `SUPABASE_SERVICE_ROLE_KEY` | when both are set, users go to this project instead; run `supabase.sql` there first |
//! | `LISTEN` | where to listen, `127.0.0.1:3000` |

mod row;
mod sqlite;
mod supabase;

use std::env;
use std::sync::Arc;

use anyhow::{Context, bail};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use webhook_axum::providers::Clerk;
use webhook_axum::webhook_core::clerk::EventData;
use webhook_axum::{Receiver, Webhook};
use webhook_examples::serve::{self, Failed};

use crate::row::{Session, User};
use crate::sqlite::Sqlite;
use crate::supabase::Supabase;

/// Where users go. Each call is one atomic step, and says whether it changed anything: `false` when what is there is
/// newer, or deleted.
trait Sink: Send + Sync {
    fn save_user(&self, user: &User) -> anyhow::Result<bool>;
    fn delete_user(&self, id: &str, at: i64) -> anyhow::Result<bool>;
    /// Saves a session, and when its user has signed in.
    fn save_session(&self, session: &Session) -> anyhow::Result<bool>;
}

#[derive(Clone, axum::extract::FromRef)]
struct App {
    clerk: Receiver<Clerk>,
    sink: Arc<dyn Sink>,
}

async fn on_clerk(State(sink): State<Arc<dyn Sink>>, hook: Webhook<Clerk>) -> Result<Json<Value>, Failed> {
    let (kind, at) = (hook.event.data.kind().to_owned(), hook.event.timestamp);
    let deleted_at = at.map_or(0, |time| time.to_millis().as_millis());
    let outcome = tokio::task::spawn_blocking(move || save(&*sink, hook.event.data, deleted_at)).await??;
    tracing::info!("{kind}: {outcome}");
    Ok(Json(json!({"event": kind, "outcome": outcome})))
}

fn save(sink: &dyn Sink, event: EventData, deleted_at: i64) -> anyhow::Result<&'static str> {
    let changed = match event {
        EventData::UserCreated(user) | EventData::UserUpdated(user) => sink.save_user(&(&*user).into())?,
        EventData::UserDeleted(user) => {
            let id = user.id.context("a user.deleted event without the user's id")?;
            sink.delete_user(&id, deleted_at)?
        }
        EventData::SessionCreated(session)
        | EventData::SessionPending(session)
        | EventData::SessionEnded(session)
        | EventData::SessionRemoved(session)
        | EventData::SessionRevoked(session) => {
            // It tells the user's profile too, which may be news.
            if let Some(user) = session.user.as_deref() {
                sink.save_user(&user.into())?;
            }
            sink.save_session(&(&*session).into())?
        }
        // Answered with 200 like the others: Clerk would repeat it for days otherwise.
        _ => return Ok("ignored"),
    };
    Ok(if changed { "saved" } else { "older than what is known" })
}

fn sink() -> anyhow::Result<Arc<dyn Sink>> {
    match (env::var("SUPABASE_URL"), env::var("SUPABASE_SERVICE_ROLE_KEY")) {
        (Ok(url), Ok(key)) => {
            let project = Supabase::new(&url, &key)?;
            tracing::info!("users go to the Supabase project at {url}");
            Ok(Arc::new(project))
        }
        (Ok(_), Err(_)) => {
            bail!("SUPABASE_URL is set, and SUPABASE_SERVICE_ROLE_KEY is not: set it to the project's key")
        }
        // Whoever sets a key wants the project, and would look there for users in vain.
        (Err(_), Ok(_)) => bail!(
            "SUPABASE_SERVICE_ROLE_KEY is set, and SUPABASE_URL is not: set it to the project's URL, such as \
             https://your-project.supabase.co"
        ),
        (Err(_), Err(_)) => {
            let path = env::var("USERS_DB").unwrap_or_else(|_| "users.db".to_owned());
            let file = Sqlite::open(&path).with_context(|| format!("cannot use USERS_DB={path}"))?;
            tracing::info!("users go to the SQLite file {path}");
            Ok(Arc::new(file))
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    serve::log();
    let app = App { clerk: Receiver::from_env()?, sink: sink()? };
    serve::run(Router::new().route("/api/webhooks/clerk", post(on_clerk)).with_state(app)).await
}
