//! One request through a whole router, in process and without sockets; making the request is included everywhere.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use actix_web::{App, HttpResponse, web};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit};
use sha2::Sha256;
use tower::Service;
use webhook_axum::{Receiver, Signed, Webhook};
use webhook_benches::duel::{Group, Subject, subject};
use webhook_benches::payloads;
use webhook_benches::requests::{ID, KEY, SECRET, mac, signed};
use webhook_verify::providers::Clerk;
use webhook_verify::{Provider, Secret, UnixTime};

pub fn groups() -> Vec<Group> {
    vec![axum_group(), actix_group()]
}

fn receiver() -> Receiver<Clerk> {
    Receiver::new(Secret::new(SECRET).expect("a secret")).expect("a receiver")
}

/// The MAC of a body by hand, as much as a handler without any library would compute.
fn by_hand() -> impl Fn(&[u8]) -> [u8; 32] + Clone + Send + Sync + 'static {
    let keyed = Hmac::<Sha256>::new_from_slice(KEY).expect("any length will do");
    let time = UnixTime::now().as_secs().to_string();
    move |body| mac(&keyed, ID, &time, body)
}

fn axum_group() -> Group {
    let body = Bytes::from(payloads::clerk());
    let headers = signed(Clerk::SCHEME, SECRET, &body, UnixTime::now());
    let route = |name: &str, mut router: Router| {
        let (body, headers) = (body.clone(), headers.clone());
        let mut call = move || {
            let mut request = Request::post("/").body(Body::from(body.clone())).expect("a request");
            *request.headers_mut() = headers.clone();
            at_once(router.call(request)).expect("infallible")
        };
        assert_eq!(call().status(), StatusCode::NO_CONTENT, "{name}");
        subject(name, call)
    };
    let hash = by_hand();
    let hand = move |body: Bytes| async move {
        std::hint::black_box(hash(&body));
        StatusCode::NO_CONTENT
    };
    let svix = std::sync::Arc::new(svix::webhooks::Webhook::new(SECRET).expect("a secret"));
    let svix = move |headers: HeaderMap, body: Bytes| async move {
        svix.verify(&body, &headers).map_or(StatusCode::UNAUTHORIZED, |()| StatusCode::NO_CONTENT)
    };
    Group {
        name: format!("axum 0.8 router, {} B", body.len()),
        subjects: vec![
            route("Bytes + the MAC by hand", Router::new().route("/", post(hand))),
            route(
                "Bytes, nothing verified",
                Router::new().route("/", post(|_: Bytes| async { StatusCode::NO_CONTENT })),
            ),
            route(
                "Signed<Clerk>",
                Router::new()
                    .route("/", post(|_: Signed<Clerk>| async { StatusCode::NO_CONTENT }))
                    .with_state(receiver()),
            ),
            route(
                "Webhook<Clerk>, typed",
                Router::new()
                    .route("/", post(|_: Webhook<Clerk>| async { StatusCode::NO_CONTENT }))
                    .with_state(receiver()),
            ),
            route("svix 2.9.1 in the handler", Router::new().route("/", post(svix))),
        ],
    }
}

fn actix_group() -> Group {
    let body = Bytes::from(payloads::clerk());
    let headers = signed(Clerk::SCHEME, SECRET, &body, UnixTime::now());
    // Kept for good: the services need it as long as they live.
    let system: &'static _ = Box::leak(Box::new(actix_web::rt::System::new()));
    macro_rules! route {
        ($name:literal, $handler:expr) => {{
            let (body, headers) = (body.clone(), headers.clone());
            let app = App::new().app_data(receiver()).route("/", web::post().to($handler));
            let app = system.block_on(actix_web::test::init_service(app));
            let call = move || {
                let mut request = actix_web::test::TestRequest::post().uri("/");
                for (name, value) in &headers {
                    request = request.insert_header((name.as_str(), value.as_bytes()));
                }
                let request = request.set_payload(body.clone()).to_request();
                at_once(actix_web::dev::Service::call(&app, request)).expect("an answer").status()
            };
            assert_eq!(call(), actix_web::http::StatusCode::NO_CONTENT, $name);
            subject($name, call)
        }};
    }
    let hash = by_hand();
    let hand = move |body: Bytes| {
        std::hint::black_box(hash(&body));
        async { HttpResponse::NoContent().finish() }
    };
    let subjects: Vec<Subject> = vec![
        route!("Bytes + the MAC by hand", hand.clone()),
        route!("Bytes, nothing verified", |_: Bytes| async { HttpResponse::NoContent().finish() }),
        route!("Signed<Clerk>", |_: webhook_actix::Signed<Clerk>| async {
            HttpResponse::NoContent().finish()
        }),
        route!("Webhook<Clerk>, typed", |_: webhook_actix::Webhook<Clerk>| async {
            HttpResponse::NoContent().finish()
        }),
    ];
    Group { name: format!("actix-web 4 service, {} B", body.len()), subjects }
}

/// The result of a future that has nothing to wait for: the whole request is there.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}
