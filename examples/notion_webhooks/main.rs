//! Receives Notion's own webhooks: takes part in setting the subscription up, and says what each event reports.
//!
//! ```sh
//! cargo run --bin notion_webhooks                                             # without a token yet
//! NOTION_VERIFICATION_TOKEN=secret_… cargo run --bin notion_webhooks          # with it
//! ```
//!
//! | route | what |
//! | --- | --- |
//! | `POST /webhooks/notion` | 200 for an authentic event, and for a set-up request |
//!
//! | variable | what |
//! | --- | --- |
//! | `NOTION_VERIFICATION_TOKEN`, or `NOTION_WEBHOOK_SECRET` | the subscription's token; with `_PREVIOUS` behind it while it is being rotated |
//! | `NOTION_BOT_ID` | the user id of your connection's bot, from `GET /v1/users/me`: what it did alone is left out |
//! | `LISTEN` | where to listen, `127.0.0.1:3000` |
//!
//! # Setting up
//!
//! Notion tells its secret in a first request, which is signed with just that secret, and so proves nothing: anyone who
//! knows the address can send one. The token therefore waits until a person says so. Type
//!
//! | command | what |
//! | --- | --- |
//! | `show` | prints the token that was offered last, to be pasted into Notion |
//! | `promote` | makes the token that was shown the secret, once Notion has accepted it. A secret that is there already stays valid behind it |
//!
//! and put the token into `NOTION_VERIFICATION_TOKEN` for the next start.

mod describe;

use std::env;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use webhook_axum::providers::Notion;
use webhook_axum::webhook_core::notion::Message;
use webhook_axum::webhook_verify::{ConfigError, PendingToken};
use webhook_axum::{Receiver, Signed, WebhookRejection};
use webhook_examples::recent::Recent;
use webhook_examples::serve;

/// Notion's last attempt comes 24 hours after the event.
const REMEMBER: Duration = Duration::from_hours(25);

#[derive(Clone, axum::extract::FromRef)]
struct App {
    receiver: Receiver<Notion>,
    recent: Recent,
    bot: Arc<Option<String>>,
}

async fn on_notion(
    State(recent): State<Recent>,
    State(bot): State<Arc<Option<String>>>,
    signed: Result<Signed<Notion>, WebhookRejection>,
) -> Result<StatusCode, WebhookRejection> {
    let signed = signed.inspect_err(|rejection| {
        if rejection.code() == "handshake_pending" {
            tracing::info!("somebody offers a token: if you are setting Notion up, type `show`");
        }
    })?;
    let key = signed.idempotency_key();
    let Message::Event(event) = signed.into_webhook()?.event else {
        // The token that is in use, offered once more.
        return Ok(StatusCode::OK);
    };
    if key.is_some_and(|key| !recent.is_new(key)) {
        tracing::info!("{} again, attempt {}, left out", event.id, event.attempt_number);
    } else if bot.as_ref().as_ref().is_some_and(|bot| event.is_from_bot(bot)) {
        // Whoever answers an event by writing to Notion would answer himself for ever.
        tracing::info!("{} is our own, left out", event.id);
    } else {
        // Events come in any order: this time says in which they happened.
        tracing::info!("{} {}", event.timestamp, describe::event(&event));
    }
    Ok(StatusCode::OK)
}

/// Does what the person at the terminal says, until there is nobody.
#[expect(clippy::print_stdout, reason = "the token is for a person, and for no log")]
fn obey(receiver: &Receiver<Notion>) {
    let mut shown: Option<PendingToken> = None;
    for line in std::io::stdin().lines().map_while(Result::ok) {
        match line.trim() {
            "show" => match receiver.pending_token() {
                Some(token) => {
                    println!("{}", token.reveal());
                    shown = Some(token);
                }
                None => println!("no token was offered"),
            },
            // The token that was shown, and not one that somebody has offered since.
            "promote" => match shown.take().map(|token| receiver.promote(&token)) {
                Some(Ok(())) => println!("done: put it into NOTION_VERIFICATION_TOKEN for the next start"),
                Some(Err(error)) => println!("it cannot be the secret: {error}"),
                None => println!("`show` it first"),
            },
            "" => {}
            _ => println!("there are `show` and `promote`"),
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    serve::log();
    let receiver = match Receiver::<Notion>::from_env() {
        Err(ConfigError::MissingVariable { .. }) => {
            tracing::info!(
                "there is no token yet: let Notion send its set-up request, then type `show` here, and `promote`"
            );
            Receiver::unconfigured()?
        }
        receiver => receiver?,
    };
    let operator = receiver.clone();
    std::thread::spawn(move || obey(&operator));
    let bot = Arc::new(env::var("NOTION_BOT_ID").ok());
    let app = App { receiver, recent: Recent::new(REMEMBER), bot };
    serve::run(Router::new().route("/webhooks/notion", post(on_notion)).with_state(app)).await
}
