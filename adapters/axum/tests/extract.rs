//! What cannot be seen from outside a server: copies, reads, rotation, many tenants.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use axum::routing::any;
use http_body::Frame;
use http_body_util::BodyExt;
use tower::ServiceExt;
use webhook_axum::webhook_core::UnixTime;
use webhook_axum::webhook_verify::danger::UnverifiedReceiver;
use webhook_axum::webhook_verify::providers::{ChatterWise, StandardWebhooks};
use webhook_axum::webhook_verify::{Provider, Signer};
use webhook_axum::{Receiver, Secret, Signed, Webhook, WebhookRejection, danger, receive};

const CURRENT: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEXT: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const BODY: &str = r#"{"type":"invoice.paid","data":{"id":7}}"#;

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

fn request(uri: &str, headers: HeaderMap, body: impl Into<Body>) -> Request {
    let mut request = Request::post(uri).body(body.into()).unwrap();
    *request.headers_mut() = headers;
    request
}

fn signed(uri: &str, with: &str) -> Request {
    request(uri, headers(with, BODY.as_bytes()), BODY)
}

fn app() -> Router {
    Router::new().route("/", any(async |hook: Webhook<StandardWebhooks>| key(&hook))).with_state(receiver())
}

fn key(hook: &Webhook<StandardWebhooks>) -> String {
    hook.key.label().unwrap_or("unlabelled").to_owned()
}

async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn a_webhook_has_what_came_with_it() {
    let request = signed("/", CURRENT);
    let hook = receive(&receiver(), request).await.unwrap().into_webhook().unwrap();
    assert_eq!(hook.event.kind.as_deref(), Some("invoice.paid"));
    assert_eq!(hook.delivery.provider, "standard-webhooks");
    assert_eq!(hook.delivery.id.as_deref(), Some("msg_1"));
    assert!(hook.delivery.id_signed);
    assert_eq!(hook.delivery.kind.as_deref(), Some("invoice.paid"));
    assert_eq!(hook.body, BODY);
    assert_eq!(hook.key.index(), 0);
}

#[tokio::test]
async fn a_body_of_one_frame_is_not_copied() {
    let body = Bytes::from(BODY.to_owned());
    let seen = Arc::new(AtomicUsize::new(0));
    let report = Arc::clone(&seen);
    let handler = async move |signed: Signed<StandardWebhooks>| {
        report.store(signed.body().as_ptr().addr(), Ordering::Relaxed);
    };
    let app: Router = Router::new().route("/", any(handler)).with_state(receiver());
    let response = app.oneshot(request("/", headers(CURRENT, &body), body.clone())).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(seen.load(Ordering::Relaxed), body.as_ptr().addr());
}

/// What an extractor costs beside axum's own `Bytes`, which reads the body too and verifies nothing.
#[test]
fn verifying_allocates_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let receiver = receiver();
    let app: Router = Router::new()
        .route("/bytes", any(async |_: Bytes| ()))
        .route("/signed", any(async |_: Signed<StandardWebhooks>| ()))
        .with_state(receiver);
    let allocations = |uri: &str| {
        let request = signed(uri, CURRENT);
        let app = app.clone();
        let mut status = StatusCode::IM_A_TEAPOT;
        let count = allocation_counter::measure(|| {
            status = runtime.block_on(app.oneshot(request)).unwrap().status();
        });
        assert_eq!(status, StatusCode::OK);
        count.count_total
    };
    // What is allocated once only.
    let _ = (allocations("/bytes"), allocations("/signed"));
    let (bytes, signed) = (allocations("/bytes"), allocations("/signed"));
    assert!(signed <= bytes, "{signed} allocations instead of {bytes}");
}

/// Chunks as they come, and how often somebody asked for one.
struct Chunks(Vec<&'static str>, Arc<AtomicUsize>);

impl HttpBody for Chunks {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        let chunk = (!self.0.is_empty()).then(|| self.0.remove(0));
        Poll::Ready(chunk.map(|chunk| Ok(Frame::data(Bytes::from_static(chunk.as_bytes())))))
    }
}

#[tokio::test]
async fn a_refused_request_is_not_read() {
    let polls = Arc::new(AtomicUsize::new(0));
    let chunks = |chunks| Body::new(Chunks(chunks, Arc::clone(&polls)));

    let unsigned = app().oneshot(request("/", HeaderMap::new(), chunks(vec![BODY]))).await.unwrap();
    assert_eq!(unsigned.status(), StatusCode::UNAUTHORIZED);

    let mut get = request("/", headers(CURRENT, BODY.as_bytes()), chunks(vec![BODY]));
    *get.method_mut() = Method::GET;
    let get = app().oneshot(get).await.unwrap();
    assert_eq!(get.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(get.headers()["allow"], "POST");
    assert_eq!(polls.load(Ordering::Relaxed), 0);

    let split = chunks(vec![&BODY[..10], &BODY[10..]]);
    let read = app().oneshot(request("/", headers(CURRENT, BODY.as_bytes()), split)).await.unwrap();
    assert_eq!(read.status(), StatusCode::OK);
    assert_eq!(polls.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn no_more_is_read_than_the_limit() {
    let polls = Arc::new(AtomicUsize::new(0));
    let app = |limit| {
        let handler = async |hook: Webhook<StandardWebhooks>| key(&hook);
        Router::new().route("/", any(handler)).with_state(receiver().body_limit(limit))
    };
    let send = async |limit| {
        let body = Body::new(Chunks(BODY.split_inclusive(',').collect(), Arc::clone(&polls)));
        polls.store(0, Ordering::Relaxed);
        app(limit).oneshot(request("/", headers(CURRENT, BODY.as_bytes()), body)).await.unwrap()
    };
    assert_eq!(send(BODY.len()).await.status(), StatusCode::OK);
    assert_eq!(send(BODY.len() - 1).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(send(10).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(polls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn axums_own_limit_does_not_apply() {
    let layer = axum::extract::DefaultBodyLimit::max(1);
    let response = app().layer(layer).oneshot(signed("/", CURRENT)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn secrets_rotate_while_the_server_runs() {
    let receiver = Standard::new(secret(CURRENT).label("current")).unwrap();
    let app = Router::new()
        .route("/", any(async |hook: Webhook<StandardWebhooks>| key(&hook)))
        .with_state(receiver.clone());
    let send = async |with| app.clone().oneshot(signed("/", with)).await.unwrap();

    assert_eq!(text(send(CURRENT).await).await, "current");
    assert_eq!(send(NEXT).await.status(), StatusCode::UNAUTHORIZED);

    receiver.rotate(&secret(NEXT).label("next")).unwrap();
    assert_eq!(text(send(NEXT).await).await, "next");
    assert_eq!(text(send(CURRENT).await).await, "current");

    receiver.replace(secret(NEXT).label("next")).unwrap();
    assert_eq!(text(send(NEXT).await).await, "next");
    assert_eq!(send(CURRENT).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_hundred_thousand_tenants() {
    type Tenants = Arc<HashMap<u32, Standard>>;

    async fn on_tenant(
        State(tenants): State<Tenants>,
        Path(tenant): Path<u32>,
        request: Request,
    ) -> axum::response::Result<String> {
        let receiver = tenants.get(&tenant).ok_or(StatusCode::NOT_FOUND)?;
        let hook = receive(receiver, request).await?.into_webhook()?;
        Ok(format!("{tenant} {}", hook.event.kind.unwrap_or_default()))
    }

    let secret_of = |tenant: u32| format!("whsec_{tenant:032}");
    let template = receiver();
    let tenants: Tenants = Arc::new(
        (0..100_000)
            .map(|tenant| {
                (tenant, template.for_tenant(tenant.to_string(), secret(&secret_of(tenant))).unwrap())
            })
            .collect(),
    );
    let app: Router = Router::new().route("/{tenant}", any(on_tenant)).with_state(tenants);
    let send = async |tenant: u32, with: u32| {
        app.clone().oneshot(signed(&format!("/{tenant}"), &secret_of(with))).await.unwrap()
    };
    for tenant in [0, 1, 54_321, 99_999] {
        assert_eq!(text(send(tenant, tenant).await).await, format!("{tenant} invoice.paid"));
        assert_eq!(send(tenant, tenant ^ 1).await.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(send(100_000, 0).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_handler_can_take_the_rejection() {
    let handler = async |hook: Result<Webhook<StandardWebhooks>, WebhookRejection>| match hook {
        Ok(_) => "taken",
        Err(rejection) => rejection.code(),
    };
    let app: Router = Router::new().route("/", any(handler)).with_state(receiver());
    assert_eq!(text(app.clone().oneshot(signed("/", CURRENT)).await.unwrap()).await, "taken");
    assert_eq!(text(app.oneshot(signed("/", NEXT)).await.unwrap()).await, "signature_mismatch");
}

#[tokio::test]
async fn unverified() {
    let handler = async |request: danger::Unverified<ChatterWise>| match request.parse() {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::BAD_REQUEST,
    };
    let receiver = UnverifiedReceiver::<ChatterWise>::new_without_verification().body_limit(64);
    let app: Router = Router::new().route("/", any(handler)).with_state(receiver);
    let send = async |body: String| {
        app.clone().oneshot(request("/", HeaderMap::new(), body)).await.unwrap().status()
    };
    assert_eq!(send(r#"{"event":"webhook_test","data":{"test":true}}"#.to_owned()).await, StatusCode::OK);
    assert_eq!(send("[".to_owned()).await, StatusCode::BAD_REQUEST);
    assert_eq!(send(" ".repeat(65)).await, StatusCode::PAYLOAD_TOO_LARGE);
    let get = app.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(get.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn debug_shows_no_body() {
    let signed = receive(&receiver(), signed("/", CURRENT)).await.unwrap();
    assert_eq!(
        format!("{signed:?}"),
        r#"Signed(Received { provider: "standard-webhooks", bytes: 39, key: KeyId { index: 0, label: None }, .. })"#
    );
}
