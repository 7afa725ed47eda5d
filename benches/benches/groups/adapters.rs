//! One request through a whole router, in process and without sockets; making the request is included everywhere.

#[path = "../handlers/actix.rs"]
mod on_actix;
#[path = "../handlers/axum.rs"]
mod on_axum;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use actix_web::App;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use tower::Service;
use webhook_benches::duel::{Group, subject};
use webhook_benches::payloads;
use webhook_benches::requests::{SECRET, signed};
use webhook_verify::providers::Clerk;
use webhook_verify::{Provider, UnixTime};

pub fn groups() -> Vec<Group> {
    vec![axum_group(), actix_group()]
}

fn axum_group() -> Group {
    let body = Bytes::from(payloads::clerk());
    let headers = signed(Clerk::SCHEME, SECRET, &body, UnixTime::now());
    let route = |name: &str, handler: &str| {
        let (body, headers, mut router) = (body.clone(), headers.clone(), on_axum::router(handler));
        let mut call = move || {
            let mut request = Request::post("/").body(Body::from(body.clone())).expect("a request");
            *request.headers_mut() = headers.clone();
            at_once(router.call(request)).expect("infallible")
        };
        assert_eq!(call().status(), StatusCode::NO_CONTENT, "{name}");
        subject(name, call)
    };
    Group {
        name: format!("axum 0.8 router, {} B", body.len()),
        subjects: vec![
            route("Bytes + the MAC by hand", "Bytes + the MAC by hand"),
            route("Bytes, nothing verified", "Bytes, nothing verified"),
            route("Signed<Clerk>", "Signed<Clerk>"),
            route("Webhook<Clerk>, typed", "Webhook<Clerk>"),
            route("svix 2.9.1 in the handler", "svix"),
        ],
    }
}

fn actix_group() -> Group {
    let body = Bytes::from(payloads::clerk());
    let headers = signed(Clerk::SCHEME, SECRET, &body, UnixTime::now());
    // Kept for good: the services need it as long as they live.
    let system: &'static _ = Box::leak(Box::new(actix_web::rt::System::new()));
    let route = |name: &str, handler: &'static str| {
        let (body, headers) = (body.clone(), headers.clone());
        let app = App::new().configure(|app| on_actix::configure(handler, app));
        let app = system.block_on(actix_web::test::init_service(app));
        let call = move || {
            let mut request = actix_web::test::TestRequest::post().uri("/");
            for (name, value) in &headers {
                request = request.insert_header((name.as_str(), value.as_bytes()));
            }
            let request = request.set_payload(body.clone()).to_request();
            at_once(actix_web::dev::Service::call(&app, request)).expect("an answer").status()
        };
        assert_eq!(call(), actix_web::http::StatusCode::NO_CONTENT, "{name}");
        subject(name, call)
    };
    Group {
        name: format!("actix-web 4 service, {} B", body.len()),
        subjects: vec![
            route("Bytes + the MAC by hand", "Bytes + the MAC by hand"),
            route("Bytes, nothing verified", "Bytes, nothing verified"),
            route("Signed<Clerk>", "Signed<Clerk>"),
            route("Webhook<Clerk>, typed", "Webhook<Clerk>"),
        ],
    }
}

/// The result of a future that has nothing to wait for: the whole request is there.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}
