//! An actix app that receives the webhooks of two senders.
//!
//! ```sh
//! CLERK_WEBHOOK_SIGNING_SECRET=whsec_… SUPABASE_WEBHOOK_SECRET=… cargo run --bin actix_quickstart
//! ```
//!
//! | route | what |
//! | --- | --- |
//! | `POST /webhooks/clerk` | 204 for an authentic event of Clerk's |
//! | `POST /webhooks/drugs` | 204 for an authentic change of the table `drugs` in Supabase |
//!
//! | variable | what |
//! | --- | --- |
//! | `CLERK_WEBHOOK_SIGNING_SECRET`, or `CLERK_WEBHOOK_SECRET` | Clerk's signing secret |
//! | `SUPABASE_WEBHOOK_SECRET`, or `WEBHOOK_SECRET` | what the database webhook's header `X-Webhook-Signature` holds |
//! | `LISTEN` | where to listen, `127.0.0.1:3000` |

use actix_web::{App, HttpResponse, HttpServer, web};
use webhook_actix::providers::{Clerk, Supabase};
use webhook_actix::webhook_core::clerk::EventData;
use webhook_actix::{Receiver, Webhook};
use webhook_examples::serve;

/// The columns that matter here. Without a row type of your own, rows keep their JSON.
#[derive(serde::Deserialize)]
struct Drug {
    id: i64,
    name: String,
}

async fn on_clerk(hook: Webhook<Clerk>) -> HttpResponse {
    match hook.event.data {
        EventData::UserCreated(user) => tracing::info!("user {} is new", user.id),
        other => tracing::info!("{}", other.kind()),
    }
    HttpResponse::NoContent().finish()
}

async fn on_drug(hook: Webhook<Supabase<Drug>>) -> HttpResponse {
    match (hook.event.record, hook.event.old_record) {
        (Some(drug), _) => tracing::info!("{} drug {}: {}", hook.event.kind, drug.id, drug.name),
        (None, Some(drug)) => tracing::info!("drug {} is gone", drug.id),
        (None, None) => {}
    }
    HttpResponse::NoContent().finish()
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    // Each receiver is in the app's data; what is shared is shared by all of actix's workers.
    let clerk = Receiver::<Clerk>::from_env()?;
    let supabase = Receiver::<Supabase<Drug>>::from_env()?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(clerk.clone())
            .app_data(supabase.clone())
            .route("/webhooks/clerk", web::post().to(on_clerk))
            .route("/webhooks/drugs", web::post().to(on_drug))
    });
    // actix stops by itself at ctrl-c or SIGTERM.
    server.shutdown_timeout(10).listen(serve::listen()?)?.run().await?;
    Ok(())
}
