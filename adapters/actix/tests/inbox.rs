//! Verify, store, answer: the adapters' contract, on actix.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use actix_web::{App, HttpServer, rt, web};
use webhook_actix::accept;
use webhook_actix::webhook_verify::providers::StandardWebhooks;
use webhook_contract::Receivers;

#[actix_web::test]
async fn contract() {
    let receivers = Receivers::new();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(receivers.standard.clone())
            .app_data(receivers.inbox.clone())
            .route("/stored", web::route().to(accept::<StandardWebhooks>))
            .service(
                web::resource("/full")
                    .app_data(receivers.full.clone())
                    .route(web::route().to(accept::<StandardWebhooks>)),
            )
    });
    let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    rt::spawn(server);

    let differences = web::block(move || webhook_contract::check_stored(address)).await.unwrap();
    handle.stop(false).await;
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
