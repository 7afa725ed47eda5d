//! The contract of all adapters, on actix.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use actix_web::http::header::ContentType;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt, web};
use webhook_actix::webhook_verify::providers::{
    ChatterWise, Clerk, Notion, RecordEnvelope, StandardWebhooks, Svix,
};
use webhook_actix::webhook_verify::{KeyId, Provider};
use webhook_actix::{Signed, Webhook, WebhookRejection, danger, receive};
use webhook_contract::{ClerkStaging, NO_KEY, Receivers, answer};

async fn webhook<P: Provider>(hook: Webhook<P>) -> Vec<u8> {
    answer(&hook.delivery, &hook.body, label(&hook.key))
}

async fn signed(signed: Signed<StandardWebhooks>) -> Vec<u8> {
    answer(&signed.delivery(), signed.body(), label(signed.key()))
}

async fn caught(hook: Result<Webhook<StandardWebhooks>, WebhookRejection>) -> HttpResponse {
    match hook {
        Ok(hook) => HttpResponse::Ok().content_type(ContentType::octet_stream()).body(webhook(hook).await),
        Err(rejection) => {
            HttpResponse::Accepted().content_type(ContentType::plaintext()).body(rejection.code())
        }
    }
}

async fn unverified(request: danger::Unverified<ChatterWise>) -> Vec<u8> {
    answer(&request.delivery(), request.body(), NO_KEY)
}

async fn tenant(
    receivers: web::Data<Receivers>,
    tenant: web::Path<u32>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, WebhookRejection> {
    let Some(receiver) = receivers.tenants.get(&tenant) else {
        return Ok(HttpResponse::NotFound().finish());
    };
    let hook = receive(receiver, &request, payload).await?.into_webhook()?;
    Ok(HttpResponse::Ok().content_type(ContentType::octet_stream()).body(webhook(hook).await))
}

fn label(key: &KeyId) -> &str {
    key.label().unwrap_or_default()
}

#[actix_web::test]
async fn contract() {
    let receivers = Receivers::new();
    let server = HttpServer::new(move || {
        let receivers = receivers.clone();
        App::new()
            .app_data(receivers.standard.clone())
            .app_data(receivers.clerk.clone())
            .app_data(receivers.clerk_staging.clone())
            .app_data(receivers.record.clone())
            .app_data(web::Data::new(receivers.notion.clone()))
            .app_data(web::Data::new(receivers.unconfigured.clone()))
            .app_data(receivers.unverified)
            .app_data(web::Data::new(receivers))
            .route("/webhook", web::route().to(webhook::<StandardWebhooks>))
            .route("/signed", web::route().to(signed))
            .route("/caught", web::route().to(caught))
            .route("/clerk", web::route().to(webhook::<Clerk>))
            .route("/clerk-staging", web::route().to(webhook::<ClerkStaging>))
            .route("/record", web::route().to(webhook::<RecordEnvelope>))
            .route("/notion", web::route().to(webhook::<Notion>))
            .route("/unconfigured", web::route().to(webhook::<Svix>))
            .route("/unverified", web::route().to(unverified))
            .route("/tenants/{tenant}", web::route().to(tenant))
    });
    let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    rt::spawn(server);

    let differences = web::block(move || webhook_contract::check(address)).await.unwrap();
    handle.stop(false).await;
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
