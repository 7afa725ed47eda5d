//! Handlers on actix, each to configure an application with.

use std::hint::black_box;

use actix_web::web::{Bytes, ServiceConfig, post};
use actix_web::{HttpResponse, Responder};
use webhook_actix::providers::Clerk;
use webhook_actix::{Receiver, Secret, Signed, Webhook};
use webhook_benches::requests::{SECRET, by_hand};

/// Adds the handler that has this name.
pub fn configure(handler: &str, app: &mut ServiceConfig) {
    let receiver = Receiver::<Clerk>::new(Secret::new(SECRET).expect("a secret")).expect("a receiver");
    let route = match handler {
        "Bytes, nothing verified" => post().to(|_: Bytes| async { done() }),
        "Bytes + the MAC by hand" => {
            let mac = by_hand();
            post().to(move |body: Bytes| {
                black_box(mac(&body));
                async { done() }
            })
        }
        "Signed<Clerk>" => post().to(|_: Signed<Clerk>| async { done() }),
        "Webhook<Clerk>" => post().to(|_: Webhook<Clerk>| async { done() }),
        _ => panic!("there is no handler {handler} on actix"),
    };
    app.app_data(receiver).route("/", route);
}

fn done() -> impl Responder {
    HttpResponse::NoContent().finish()
}
