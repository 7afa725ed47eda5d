//! Handlers on axum, each with a router of its own.

use std::hint::black_box;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{MethodRouter, post};
use axum::{Json, Router};
use axum_standardwebhooks::{SharedWebhook, StandardWebhook};
use serde::de::DeserializeOwned;
use serde_json::Value;
use webhook_axum::providers::Clerk;
use webhook_axum::{Receiver, Secret, Signed, Webhook};
use webhook_benches::plain;
use webhook_benches::requests::{SECRET, by_hand};

/// The router whose handler has this name.
pub fn router(handler: &str) -> Router {
    match handler {
        "Bytes, nothing verified" => alone(post(|_: Bytes| async { StatusCode::NO_CONTENT })),
        "Bytes + the MAC by hand" => {
            let mac = by_hand();
            alone(post(|body: Bytes| async move {
                black_box(mac(&body));
                StatusCode::NO_CONTENT
            }))
        }
        "Signed<Clerk>" => ours(post(|_: Signed<Clerk>| async { StatusCode::NO_CONTENT })),
        "Webhook<Clerk>" => ours(post(|_: Webhook<Clerk>| async { StatusCode::NO_CONTENT })),
        "svix" => svix(|_| true),
        "svix + Value" => svix(is::<Value>),
        "svix + plain struct" => svix(is::<plain::raw::clerk::Event>),
        "axum-standardwebhooks, Bytes" => {
            standard(post(|StandardWebhook(_): StandardWebhook<Bytes>| async { StatusCode::NO_CONTENT }))
        }
        "axum-standardwebhooks, Json<Value>" => {
            standard(post(|StandardWebhook(Json(event)): StandardWebhook<Json<Value>>| async {
                drop(black_box(event));
                StatusCode::NO_CONTENT
            }))
        }
        _ => panic!("there is no handler {handler} on axum"),
    }
}

fn alone(handler: MethodRouter) -> Router {
    Router::new().route("/", handler)
}

fn ours(handler: MethodRouter<Receiver<Clerk>>) -> Router {
    let receiver = Receiver::new(Secret::new(SECRET).expect("a secret")).expect("a receiver");
    Router::new().route("/", handler).with_state(receiver)
}

fn standard(handler: MethodRouter<SharedWebhook>) -> Router {
    let webhook = axum_standardwebhooks::Webhook::new(SECRET).expect("a secret");
    Router::new().route("/", handler).with_state(SharedWebhook::new(webhook))
}

fn svix(reads: fn(&[u8]) -> bool) -> Router {
    let webhook = Arc::new(svix::webhooks::Webhook::new(SECRET).expect("a secret"));
    alone(post(move |headers: HeaderMap, body: Bytes| async move {
        match webhook.verify(&body, &headers) {
            Ok(()) if reads(&body) => StatusCode::NO_CONTENT,
            Ok(()) => StatusCode::UNPROCESSABLE_ENTITY,
            Err(_) => StatusCode::UNAUTHORIZED,
        }
    }))
}

fn is<T: DeserializeOwned>(body: &[u8]) -> bool {
    black_box(serde_json::from_slice::<T>(body)).is_ok()
}
