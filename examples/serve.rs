//! Where the example servers listen, how they stop, and what they log.
//!
//! Each listens on `LISTEN`, `127.0.0.1:3000` unless it is set (port 0 takes a free one), and says so in one line:
//!
//! ```text
//! listening on http://127.0.0.1:3000
//! ```

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;
use webhook_axum::webhook_core::ParseError;
use webhook_axum::webhook_verify::Rejection;

const DEFAULT: &str = "127.0.0.1:3000";

/// How long a request may take, from its headers to the answer. axum itself waits for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long requests that are under way may take once the server was told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves an axum app until ctrl-c or SIGTERM, and lets the requests that are under way finish.
///
/// # Errors
///
/// When `LISTEN` is no address, or is taken.
pub async fn run(app: Router) -> anyhow::Result<()> {
    // Before the line that others wait for: they may send the signal at once.
    let (asked, overdue) = (stopped()?, stopped()?);
    let listener = tokio::net::TcpListener::from_std(listen()?)?;
    tokio::select! {
        result = axum::serve(listener, bounded(app, PATIENCE)).with_graceful_shutdown(asked) => result?,
        () = async { overdue.await; tokio::time::sleep(GRACE).await } => {}
    }
    Ok(())
}

/// Answers with 408 what is not answered in time: a body that never ends holds no connection for ever.
fn bounded(app: Router, patience: Duration) -> Router {
    app.layer(middleware::from_fn(move |request: Request, next: Next| async move {
        let answer = tokio::time::timeout(patience, next.run(request)).await;
        answer
            .unwrap_or_else(|_| refusal(StatusCode::REQUEST_TIMEOUT, "timeout", "the request took too long"))
    }))
}

/// Sends the log to the standard error. The extractors report each refused request as a `tracing` event: without a
/// subscriber such as this nobody sees it.
pub fn log() {
    let _ = tracing_subscriber::fmt().with_writer(io::stderr).with_target(false).try_init(); // once is enough
}

/// Binds the address in `LISTEN`, says where, and starts the [`log`].
///
/// # Errors
///
/// When `LISTEN` is no address, or is taken, and when there is an argument: a server is told what to do by variables.
#[expect(clippy::print_stdout, reason = "the line that people and tests wait for")]
pub fn listen() -> anyhow::Result<TcpListener> {
    log();
    let mut arguments = std::env::args_os();
    let program = arguments.next().unwrap_or_default();
    if arguments.next().is_some() {
        let name = Path::new(&program).file_stem().unwrap_or_default().display();
        bail!("no arguments here: the variables that can be set stand at the top of examples/{name}/main.rs");
    }
    let text = std::env::var("LISTEN").unwrap_or_else(|_| DEFAULT.to_owned());
    let address: SocketAddr =
        text.parse().with_context(|| format!("LISTEN={text} is no address such as {DEFAULT}"))?;
    let listener =
        TcpListener::bind(address).with_context(|| format!("cannot listen on {address}; set LISTEN"))?;
    listener.set_nonblocking(true)?; // as tokio wants it
    println!("listening on http://{}", listener.local_addr()?);
    Ok(listener)
}

/// A future that is ready when the process is told to stop, by ctrl-c or SIGTERM, from this call on.
///
/// # Errors
///
/// When the system gives no signal handler.
pub fn stopped() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(windows)]
    {
        let mut interrupt = tokio::signal::windows::ctrl_c()?;
        Ok(async move {
            interrupt.recv().await;
        })
    }
}

/// Something of our own has failed: it is logged, and answered with 500 so that a sender that tries again does.
#[derive(Debug)]
pub struct Failed(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        tracing::error!("{:#}", self.0);
        refusal(StatusCode::INTERNAL_SERVER_ERROR, "failed", "the server failed; its log says why")
    }
}

/// The answer to a body that is not JSON, or JSON of another shape, for where no extractor gives it.
pub fn misfit(error: ParseError) -> Response {
    let refused = Rejection::from(error);
    (refused.status(), [(CONTENT_TYPE, "application/json")], refused.to_json()).into_response()
}

/// An answer that refuses, in the form that the extractors' rejections have too.
pub fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    (status, Json(json!({"error": code, "message": message}))).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::routing::post;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up() {
        let app = Router::new().route("/", post(async |body: Bytes| body.len().to_string()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, bounded(app, Duration::from_secs(1))).await });
        for (body, status) in [("1234", "200"), ("1", "408")] {
            let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
            let head = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4\r\n\r\n";
            connection.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            let mut answer = String::new();
            connection.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        }
    }
}
