//! What cannot be seen from outside a server: copies, reads, rotation, where a receiver stands.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::dev::{Decompress, Payload, Service, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentEncoding;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, FromRequest, HttpMessage, HttpResponse, web};
use bytes::Bytes;
use futures_core::Stream;
use http::HeaderMap;
use webhook_actix::webhook_core::UnixTime;
use webhook_actix::webhook_verify::danger::UnverifiedReceiver;
use webhook_actix::webhook_verify::providers::{ChatterWise, StandardWebhooks};
use webhook_actix::webhook_verify::{Provider, Signer};
use webhook_actix::{Receiver, Secret, Signed, Webhook, danger, receive};

const CURRENT: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEXT: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const BODY: &str = r#"{"type":"invoice.paid","data":{"id":7}}"#;
const GZIP: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x2a\xa9\x2c\x48\x55\xb2\x52\xca\xcc\x2b\xcb\xcf\
    \x4c\x4e\xd5\x2b\x48\xcc\x4c\x51\xd2\x51\x4a\x49\x2c\x49\x54\xb2\xaa\x56\x02\x72\xac\xcc\x6b\x6b\x01\x28\x8b\xfc\
    \xed\x27\x00\x00\x00";

type Standard = Receiver<StandardWebhooks>;

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

fn receiver() -> Standard {
    Receiver::new(secret(CURRENT)).unwrap()
}

fn headers(with: &str, body: &[u8]) -> HeaderMap {
    let signer = Signer::new(StandardWebhooks::SCHEME, secret(with)).unwrap();
    signer.sign("msg_1", UnixTime::now(), body).unwrap()
}

fn post(headers: &HeaderMap) -> TestRequest {
    headers.iter().fold(TestRequest::post().uri("/"), |request, (name, value)| {
        request.insert_header((name.as_str(), value.to_str().unwrap()))
    })
}

fn signed(with: &str) -> TestRequest {
    post(&headers(with, BODY.as_bytes())).set_payload(BODY)
}

async fn key(hook: Webhook<StandardWebhooks>) -> String {
    hook.key.label().unwrap_or("unlabelled").to_owned()
}

async fn text(response: ServiceResponse) -> String {
    String::from_utf8(read_body(response).await.to_vec()).unwrap()
}

#[actix_web::test]
async fn a_webhook_has_what_came_with_it() {
    let (request, payload) = signed(CURRENT).to_http_parts();
    let hook = receive(&receiver(), &request, payload).await.unwrap().into_webhook().unwrap();
    assert_eq!(hook.event.kind.as_deref(), Some("invoice.paid"));
    assert_eq!(hook.delivery.provider, "standard-webhooks");
    assert_eq!(hook.delivery.id.as_deref(), Some("msg_1"));
    assert!(hook.delivery.id_signed);
    assert_eq!(hook.delivery.kind.as_deref(), Some("invoice.paid"));
    assert_eq!(hook.body, BODY);
    assert_eq!(hook.key.index(), 0);
}

/// Chunks as they come, and how often somebody asked for one.
struct Chunks(Vec<Bytes>, Rc<Cell<usize>>);

impl Stream for Chunks {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.1.update(|polls| polls.saturating_add(1));
        Poll::Ready((!self.0.is_empty()).then(|| Ok(self.0.remove(0))))
    }
}

fn boxed(stream: impl Stream<Item = Result<Bytes, PayloadError>> + 'static) -> Payload {
    Payload::Stream { payload: Box::pin(stream) }
}

#[actix_web::test]
async fn a_body_of_one_chunk_is_not_copied() {
    let body = Bytes::from(BODY.to_owned());
    let request = signed(CURRENT).app_data(receiver()).to_http_request();
    let mut payload = boxed(Chunks(vec![body.clone()], Rc::default()));
    let signed = Signed::<StandardWebhooks>::from_request(&request, &mut payload).await.unwrap();
    assert_eq!(signed.body().as_ptr(), body.as_ptr());
}

#[test]
fn verifying_allocates_no_more_than_actixs_own_extractor() {
    let system = actix_web::rt::System::new();
    let app = App::new()
        .app_data(receiver())
        .route("/bytes", web::post().to(async |_: Bytes| HttpResponse::Ok()))
        .route("/signed", web::post().to(async |_: Signed<StandardWebhooks>| HttpResponse::Ok()));
    let app = system.block_on(init_service(app));
    let allocations = |uri: &str| {
        let request = signed(CURRENT).uri(uri).to_request();
        let mut status = StatusCode::IM_A_TEAPOT;
        let count = allocation_counter::measure(|| {
            status = system.block_on(app.call(request)).unwrap().status();
        });
        assert_eq!(status, StatusCode::OK);
        count.count_total
    };
    // What is allocated once only.
    let _ = (allocations("/bytes"), allocations("/signed"));
    let (bytes, signed) = (allocations("/bytes"), allocations("/signed"));
    assert!(signed <= bytes, "{signed} allocations instead of {bytes}");
}

#[actix_web::test]
async fn a_refused_request_is_not_read() {
    let polls = Rc::new(Cell::new(0));
    let chunks = |chunks: &[&'static str]| {
        Chunks(chunks.iter().map(|chunk| Bytes::from_static(chunk.as_bytes())).collect(), Rc::clone(&polls))
    };
    let unsigned = TestRequest::post().to_http_request();
    let refused = receive(&receiver(), &unsigned, chunks(&[BODY])).await.unwrap_err();
    assert_eq!(refused.code(), "missing_header");
    let get = signed(CURRENT).method(actix_web::http::Method::GET).to_http_request();
    let refused = receive(&receiver(), &get, chunks(&[BODY])).await.unwrap_err();
    assert_eq!(refused.code(), "method_not_allowed");
    let declared = signed(CURRENT).insert_header(("content-length", 1_u64 << 40)).to_http_request();
    let refused = receive(&receiver(), &declared, chunks(&[BODY])).await.unwrap_err();
    assert_eq!(refused.code(), "body_too_large");
    assert_eq!(polls.get(), 0);

    let request = post(&headers(CURRENT, BODY.as_bytes())).to_http_request(); // without a Content-Length
    let small = receiver().body_limit(BODY.len().saturating_sub(1));
    let refused = receive(&small, &request, chunks(&[BODY, BODY])).await.unwrap_err();
    assert_eq!(refused.code(), "body_too_large");
    assert_eq!(polls.get(), 1);
    let received = receive(&receiver(), &request, chunks(&[&BODY[..10], &BODY[10..]])).await.unwrap();
    assert_eq!(received.body(), BODY);
}

#[actix_web::test]
async fn where_a_receiver_stands() {
    let status = async |app: App<_>| {
        let app = init_service(app.route("/", web::route().to(key))).await;
        call_service(&app, signed(CURRENT).to_request()).await.status()
    };
    let other = || Standard::new(secret(NEXT)).unwrap();
    assert_eq!(status(App::new().app_data(receiver())).await, StatusCode::OK);
    assert_eq!(status(App::new().app_data(web::Data::new(receiver()))).await, StatusCode::OK);
    assert_eq!(status(App::new().app_data(other())).await, StatusCode::UNAUTHORIZED);

    // An inner one before an outer one.
    let scope = web::scope("").app_data(receiver()).route("/", web::route().to(key));
    let app = init_service(App::new().app_data(other()).service(scope)).await;
    assert_eq!(call_service(&app, signed(CURRENT).to_request()).await.status(), StatusCode::OK);

    // Which of the two forms is the inner one is not known.
    for app in [
        App::new().app_data(receiver()).app_data(web::Data::new(other())),
        App::new().app_data(other()).app_data(web::Data::new(receiver())),
    ] {
        assert_eq!(status(app).await, StatusCode::INTERNAL_SERVER_ERROR);
    }
}

#[actix_web::test]
async fn without_a_receiver() {
    async fn unverified(_: danger::Unverified<ChatterWise>) -> &'static str {
        "taken"
    }
    let app = App::new().route("/", web::route().to(key)).route("/unverified", web::route().to(unverified));
    let app = init_service(app).await;
    for path in ["/", "/unverified"] {
        let response = call_service(&app, signed(CURRENT).uri(path).to_request()).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let json = r#"{"error":"not_configured","message":"the receiver is not configured"}"#;
        assert_eq!(text(response).await, json);
        let response = call_service(&app, TestRequest::get().uri(path).to_request()).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers().get("allow").unwrap(), "POST");
    }
}

#[actix_web::test]
async fn actixs_own_limit_does_not_apply() {
    let app =
        App::new().app_data(web::PayloadConfig::new(1)).app_data(receiver()).route("/", web::route().to(key));
    let response = call_service(&init_service(app).await, signed(CURRENT).to_request()).await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[actix_web::test]
async fn what_decompression_does() {
    async fn length(signed: Signed<StandardWebhooks>) -> String {
        signed.body().len().to_string()
    }
    let compressed = |signed: &[u8]| {
        let request = post(&headers(CURRENT, signed)).insert_header(ContentEncoding::Gzip);
        request.set_payload(GZIP).to_request()
    };
    let app = App::new().app_data(receiver()).route("/", web::route().to(length));
    let raw = init_service(app).await;
    assert_eq!(text(call_service(&raw, compressed(GZIP)).await).await, GZIP.len().to_string());

    let app = App::new().app_data(receiver()).route("/", web::route().to(length));
    let decompressing = init_service(app.wrap_fn(|mut request, service| {
        let payload = Decompress::from_headers(request.take_payload(), request.headers());
        request.set_payload(boxed(payload));
        service.call(request)
    }))
    .await;
    let response = call_service(&decompressing, compressed(GZIP)).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let response = call_service(&decompressing, compressed(BODY.as_bytes())).await;
    assert_eq!(text(response).await, BODY.len().to_string());
}

#[actix_web::test]
async fn secrets_rotate_while_the_server_runs() {
    let receiver = Standard::new(secret(CURRENT).label("current")).unwrap();
    let app = App::new().app_data(receiver.clone()).route("/", web::route().to(key));
    let app = init_service(app).await;
    let send = async |with| call_service(&app, signed(with).to_request()).await;

    assert_eq!(text(send(CURRENT).await).await, "current");
    assert_eq!(send(NEXT).await.status(), StatusCode::UNAUTHORIZED);

    receiver.rotate(&secret(NEXT).label("next")).unwrap();
    assert_eq!(text(send(NEXT).await).await, "next");
    assert_eq!(text(send(CURRENT).await).await, "current");

    receiver.replace(secret(NEXT).label("next")).unwrap();
    assert_eq!(text(send(NEXT).await).await, "next");
    assert_eq!(send(CURRENT).await.status(), StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn unverified() {
    async fn handler(request: danger::Unverified<ChatterWise>) -> HttpResponse {
        match request.parse() {
            Ok(_) => HttpResponse::Ok().finish(),
            Err(_) => HttpResponse::BadRequest().finish(),
        }
    }
    let receiver = UnverifiedReceiver::<ChatterWise>::new_without_verification().body_limit(64);
    let app = init_service(App::new().app_data(receiver).route("/", web::route().to(handler))).await;
    let send = async |body: String| {
        call_service(&app, TestRequest::post().uri("/").set_payload(body).to_request()).await.status()
    };
    assert_eq!(send(r#"{"event":"webhook_test","data":{"test":true}}"#.to_owned()).await, StatusCode::OK);
    assert_eq!(send("[".to_owned()).await, StatusCode::BAD_REQUEST);
    assert_eq!(send(" ".repeat(65)).await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[actix_web::test]
async fn debug_shows_no_body() {
    let (request, payload) = signed(CURRENT).to_http_parts();
    let signed = receive(&receiver(), &request, payload).await.unwrap();
    assert_eq!(
        format!("{signed:?}"),
        r#"Signed(Received { provider: "standard-webhooks", bytes: 39, key: KeyId { index: 0, label: None }, .. })"#
    );
}
