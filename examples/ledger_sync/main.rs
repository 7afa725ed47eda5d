//! Writes the changes of two Supabase tables into a hash-chained ledger, in SQLite.
//!
//! A database webhook on the table `drugs` and one on `shipments` post each change here. It becomes an entry of the
//! ledger, whose transaction id is a hash over the entry's content and the id before it: an entry that is altered
//! later, or taken out, breaks the chain. The record itself is saved with the transaction id that made it what it is.
//!
//! ```sh
//! WEBHOOK_SECRET=your_secure_random_string cargo run --bin ledger_sync
//! cargo run --bin ledger_sync -- verify-chain
//! ```
//!
//! | route | what |
//! | --- | --- |
//! | `POST /api/webhooks/supabase` | where Supabase posts; 200 says what became of the change |
//! | `GET /api/sync/status` | the ledger's head, and for each table what was received and recorded |
//!
//! | variable | what |
//! | --- | --- |
//! | `WEBHOOK_SECRET` | what the webhook's header `X-Webhook-Signature` holds; `WEBHOOK_SECRET_PREVIOUS` while it is being rotated |
//! | `SUPABASE_WEBHOOK_VARIANT` | how requests are authenticated, `static-token` unless a trigger of yours signs: `hmac-hex`, … |
//! | `LEDGER_DB` | the database's file, `ledger.db` |
//! | `LISTEN` | where to listen, `127.0.0.1:3000` |
//!
//! `verify-chain` exits with 1 when a row was tampered with, and names the first. A chain cannot tell that its end was
//! cut off, so keep a head (`verify-chain` prints it) where nobody who can write the database can, and check later that
//! it is still in the chain: `verify-chain <transaction id>`.

mod change;
mod ledger;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use webhook_axum::providers::Supabase;
use webhook_axum::webhook_core::supabase::Event;
use webhook_axum::{Receiver, Webhook};
use webhook_examples::scheme_from_env;
use webhook_examples::serve::{self, Failed};

use crate::change::Changes;
use crate::ledger::{Checked, Ledger};

/// The tables that the ledger keeps. Changes of others are answered and ignored.
const TABLES: [&str; 2] = ["drugs", "shipments"];

/// Largest request, in bytes. A row may hold megabytes, an UPDATE carries it twice, and what is refused for its size is
/// lost, since Supabase does not send it again. Who has not the static token is refused before the body is read; a signed
/// variant has to read it first, so keep this within what the machine can hold several times.
const BODY_LIMIT: usize = 32 * 1024 * 1024;

#[derive(Clone, axum::extract::FromRef)]
struct App {
    supabase: Receiver<Supabase>,
    ledger: Arc<Ledger>,
}

/// Supabase gives an answer one second unless told otherwise, and never asks twice. So the change is on disk before
/// this answers, and the work is done even if Supabase has hung up by then.
async fn on_change(State(ledger): State<Arc<Ledger>>, hook: Webhook<Supabase>) -> Result<Response, Failed> {
    let Event { table, schema, kind, .. } = &hook.event;
    if !TABLES.contains(&table.as_str()) {
        return Ok(ignored(&format!("the ledger keeps {} only", TABLES.join(" and "))));
    }
    let changes = match Changes::of(&hook.event) {
        Ok(Some(changes)) => changes,
        Ok(None) => return Ok(ignored("no change of a record")),
        Err(misfit) => {
            tracing::error!("{schema}.{table} {kind}: {misfit}");
            let answer = json!({"error": "no_record_id", "message": misfit.to_string()});
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(answer)).into_response());
        }
    };
    let (schema, table, kind) = (schema.clone(), table.clone(), kind.clone());
    let records = tokio::task::spawn_blocking(move || ledger.record(&changes)).await??;
    for record in &records {
        let (outcome, id, transaction) = (record.outcome.as_str(), &record.id, &record.transaction_id);
        tracing::info!("{schema}.{table} {kind} of record {id}: {outcome}, transaction {transaction}");
    }
    Ok(Json(json!({"records": records})).into_response())
}

/// Answered with 200 all the same: nothing is wrong with the request, and nothing would get better by another.
fn ignored(reason: &str) -> Response {
    Json(json!({"records": [], "ignored": reason})).into_response()
}

async fn status(State(ledger): State<Arc<Ledger>>) -> Result<Response, Failed> {
    let status = tokio::task::spawn_blocking(move || ledger.status()).await??;
    Ok(Json(status).into_response())
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let database = std::env::var("LEDGER_DB").unwrap_or_else(|_| "ledger.db".to_owned());
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {}
        ["verify-chain"] => return verify_chain(&database, None),
        ["verify-chain", anchor] => return verify_chain(&database, Some(anchor)),
        _ => bail!("usage: ledger_sync [verify-chain [TRANSACTION_ID]]"),
    }

    let scheme = scheme_from_env::<Supabase>("SUPABASE_WEBHOOK_VARIANT")?;
    let supabase = Receiver::from_env_with(scheme)?.body_limit(BODY_LIMIT);
    let ledger = Ledger::open(&database).with_context(|| format!("cannot use LEDGER_DB={database}"))?;
    let app = App { supabase, ledger: Arc::new(ledger) };
    let router = Router::new()
        .route("/api/webhooks/supabase", post(on_change))
        .route("/api/sync/status", get(status))
        .with_state(app);
    serve::run(router).await?;
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the answer of a subcommand")]
fn verify_chain(database: &str, anchor: Option<&str>) -> anyhow::Result<ExitCode> {
    let ledger = Ledger::open_to_read(database);
    let checked = ledger.and_then(|ledger| ledger.verify(anchor));
    Ok(match checked.with_context(|| format!("cannot use LEDGER_DB={database}"))? {
        Checked::Intact { entries, head } => {
            println!("the chain of {entries} entries is intact, its head is {head}");
            ExitCode::SUCCESS
        }
        Checked::Tampered(what) => {
            println!("TAMPERED: {what}");
            ExitCode::FAILURE
        }
    })
}
