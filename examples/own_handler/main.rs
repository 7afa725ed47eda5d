//! Verifies webhooks in a handler of your own, on a plain hyper server: no framework and no adapter.
//!
//! Whatever server you have, it takes three steps: judge the headers, read the body with a limit, and check the
//! signature over the bytes as they came.
//!
//! ```sh
//! CLERK_WEBHOOK_SIGNING_SECRET=whsec_… cargo run --bin own_handler
//! ```
//!
//! | route | what |
//! | --- | --- |
//! | `POST /webhooks/clerk` | 204 for an authentic event |
//!
//! | variable | what |
//! | --- | --- |
//! | `CLERK_WEBHOOK_SIGNING_SECRET`, or `CLERK_WEBHOOK_SECRET` | the endpoint's signing secret; with `_PREVIOUS` behind the name, the one before |
//! | `LISTEN` | where to listen, `127.0.0.1:3000` |

use std::convert::Infallible;
use std::time::Duration;

use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use webhook_examples::serve;
use webhook_verify::providers::Clerk;
use webhook_verify::{Received, Receiver, Rejection};

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

async fn verify(
    receiver: &Receiver<Clerk>,
    request: Request<Incoming>,
) -> Result<Received<Clerk>, Rejection> {
    let (head, mut body) = request.into_parts();
    // 1. What the method and the headers tell: an unsigned, stale or too large request costs no more than this.
    let length = Some(body.size_hint().lower());
    let (pending, mut buffer) = receiver.admit(head.method.as_str(), &head.headers, length)?;
    // 2. The body as it comes, and not more of it than the receiver takes.
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(|_| Rejection::BodyIncomplete)?.into_data() {
            buffer.push(data)?;
        }
    }
    // 3. The signature. What comes out is the proof, and nothing else makes one.
    pending.finish(buffer.finish())?.into_verified()
}

async fn on_clerk(receiver: &Receiver<Clerk>, request: Request<Incoming>) -> Result<StatusCode, Rejection> {
    let received = tokio::time::timeout(PATIENCE, verify(receiver, request))
        .await
        .unwrap_or(Err(Rejection::BodyIncomplete))?;
    let event = received.parse()?; // a clerk::Event
    tracing::info!("{} signed at {:?}", event.data.kind(), received.timestamp());
    Ok(StatusCode::NO_CONTENT)
}

async fn answer(
    receiver: Receiver<Clerk>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = match request.uri().path() {
        "/webhooks/clerk" => match on_clerk(&receiver, request).await {
            Ok(status) => status,
            Err(rejection) => {
                rejection.report::<Clerk>(); // to the log
                *response.body_mut() = Full::from(rejection.to_json());
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                if rejection == Rejection::MethodNotAllowed {
                    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
                }
                rejection.status()
            }
        },
        _ => StatusCode::NOT_FOUND,
    };
    Ok(response)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let receiver = Receiver::<Clerk>::from_env()?;
    let mut stopped = std::pin::pin!(serve::stopped()?);
    let listener = TcpListener::from_std(serve::listen()?)?;
    loop {
        let (stream, _) = tokio::select! {
            connection = listener.accept() => connection?,
            () = &mut stopped => return Ok(()),
        };
        let receiver = receiver.clone(); // shares everything
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(receiver.clone(), request));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!("connection: {error}");
            }
        });
    }
}
