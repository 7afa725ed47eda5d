//! Receives the webhooks of a sender that this library does not know: describe how it signs, and the extractor does
//! the rest.
//!
//! ```sh
//! SHOP_WEBHOOK_SECRET=s3cr3t cargo run --bin own_provider
//! ```
//!
//! | route | what |
//! | --- | --- |
//! | `POST /webhooks/shop` | 204 for an authentic order |
//!
//! | variable | what |
//! | --- | --- |
//! | `SHOP_WEBHOOK_SECRET` | the secret; `SHOP_WEBHOOK_SECRET_PREVIOUS` while it is being rotated |
//! | `LISTEN` | where to listen, `127.0.0.1:3000` |

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use webhook_axum::webhook_core::Payload;
use webhook_axum::webhook_verify::Part::{Body, Text, Timestamp};
use webhook_axum::webhook_verify::{Encoding, Identity, Place, Provider, Scheme};
use webhook_axum::{Receiver, Webhook};
use webhook_examples::serve;

#[derive(serde::Deserialize)]
struct Order {
    id: String,
    total: u64,
}
impl Payload for Order {}

struct Shop;

impl Provider for Shop {
    const NAME: &'static str = "shop";
    const SECRET_ENV: &'static [&'static str] = &["SHOP_WEBHOOK_SECRET"];
    // X-Shop-Signature: t=1767605400,v1=<hex of HMAC-SHA256 over "t.body">
    const SCHEME: Scheme = Scheme::hmac_sha256("x-shop-signature", Encoding::Hex)
        .list(',', '=', "v1")
        .timestamp(Place::Field("t"))
        .signed(&[Timestamp, Text("."), Body]);
    const IDENTITY: Identity = Identity::Field("id");
    type Event = Order;
}

async fn on_order(hook: Webhook<Shop>) -> StatusCode {
    tracing::info!("order {} over {} cents", hook.event.id, hook.event.total);
    StatusCode::NO_CONTENT
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let shop = Receiver::<Shop>::from_env()?;
    serve::run(Router::new().route("/webhooks/shop", post(on_order)).with_state(shop)).await
}
