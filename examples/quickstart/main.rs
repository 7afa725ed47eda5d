//! Receives webhooks of every provider in one axum app on a free loopback port, and shows what it makes of them.
//!
//! The requests are recorded ones, as they arrived from real senders and verified at their own time, and freshly
//! signed ones: good, tampered with, stale, unsigned, and signed with the secret before the last rotation. Each line
//! of the table is one request over HTTP. The exit code says whether every line came out as it should.
//!
//! ```sh
//! cargo run --bin quickstart
//! cargo run --bin quickstart -- --serve 8787   # stays up, for `webhook send` or a real sender behind a tunnel
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]

mod cases;
mod client;
mod serve;
mod table;

use std::process::ExitCode;

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use webhook_axum::webhook_core::Payload;
use webhook_axum::webhook_verify::Provider;
use webhook_axum::webhook_verify::danger::UnverifiedReceiver;
use webhook_axum::{Receiver, Webhook, danger::Unverified};

/// What every provider's handler does here: it tells what it was given. It runs for authentic requests only.
async fn on_webhook<P: Provider>(hook: Webhook<P>) -> Json<Value> {
    Json(json!({
        "event": hook.event.kind().unwrap_or("-"),
        "outcome": hook.event.outcome().as_str(),
        "key": hook.key.label().unwrap_or("-"),
    }))
}

/// For a sender without a secret. The type says that nobody verified the request.
async fn on_unverified<P: Provider>(hook: Unverified<P>) -> Json<Value> {
    let event = hook.parse().ok().and_then(|event| event.kind().map(str::to_owned));
    Json(json!({"event": event, "outcome": "unverified", "key": "none"}))
}

/// The route of one request of the table, with the receiver that it needs.
fn route<P: Provider>(path: &str, receiver: Receiver<P>) -> Router {
    Router::new().route(path, post(on_webhook::<P>)).with_state(receiver)
}

fn unverified_route<P: Provider>(path: &str) -> Router {
    let receiver = UnverifiedReceiver::<P>::new_without_verification();
    Router::new().route(path, post(on_unverified::<P>)).with_state(receiver)
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match *arguments {
        [] => run().await,
        ["--serve"] => serve::run("0").await,
        ["--serve", port] => serve::run(port).await,
        _ => Err("usage: quickstart [--serve [PORT]]".into()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<bool, Box<dyn std::error::Error>> {
    let cases = cases::all()?;
    let mut app = Router::new();
    for case in &cases {
        app = app.merge(case.router.clone());
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    println!("An axum app with all providers listens on http://{address}.\n");

    let mut rows = Vec::new();
    for case in cases {
        let response = client::send(address, &case.path, &case.headers, &case.body).await?;
        rows.push(table::Row::new(case.provider, case.variant, case.what, &response, case.expected));
    }
    server.abort();
    Ok(table::print(&rows))
}
