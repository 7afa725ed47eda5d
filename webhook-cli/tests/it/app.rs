//! `send` against an axum app like the quickstart's: every sample of every provider is accepted there.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::Value;
use webhook_axum::{Receiver, Webhook};
use webhook_verify::providers::{self, ProviderVisitor};
use webhook_verify::{Provider, Secret};

use crate::webhook;

const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A route under the provider's name, for its default way of signing.
struct Route(Router);

impl ProviderVisitor for Route {
    type Output = Router;

    fn visit<P: Provider>(self) -> Router {
        async fn accept<P: Provider>(_: Webhook<P>) -> StatusCode {
            StatusCode::NO_CONTENT
        }
        let receiver = Receiver::<P>::new(Secret::new(WHSEC).unwrap()).unwrap();
        self.0.route(&format!("/{}", P::NAME), post(accept::<P>).with_state(receiver))
    }
}

/// The events that `send` has a sample of, as its error lists them.
fn events(provider: &str) -> Vec<String> {
    let flags =
        ["--provider", provider, "--secret", WHSEC, "--event=none of these", "--to=http://127.0.0.1:1/"];
    let listed = webhook(["send"].iter().chain(&flags), b"").stderr;
    let names = listed.split_once("there are ").and_then(|(_, names)| names.rsplit_once(" (")).unwrap();
    names.0.split(", ").map(str::to_owned).collect()
}

#[test]
fn every_sample_is_accepted_and_every_tampered_one_refused() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let app =
        providers::NAMES.iter().fold(Router::new(), |app, name| providers::visit(name, Route(app)).unwrap());
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move { axum::serve(listener, app).await });

    for provider in providers::NAMES {
        let to = format!("http://{address}/{provider}");
        for event in events(provider) {
            let flags = ["--provider", provider, "--secret", WHSEC, "--event", &event, "--to", &to];
            let ran = webhook(["send"].iter().chain(&flags), b"");
            assert_eq!((ran.code, ran.stdout.contains("  204  ")), (0, true), "{provider} {event}: {ran:?}");
        }
        let event = &events(provider)[0];
        let flags = ["--provider", provider, "--secret", WHSEC, "--event", event, "--to", &to];
        let ran = webhook(["send", "--tamper=signature"].iter().chain(&flags), b"");
        assert_eq!(ran.code, 1, "{provider}: {ran:?}");
        // The app answers a code, and never a hint.
        let (_, answer) = ran.stdout.trim().rsplit_once("  ").unwrap();
        let answer: Value = serde_json::from_str(answer).unwrap();
        assert_eq!(answer["error"], "signature_mismatch", "{provider}");
        assert!(answer.get("hints").is_none());
    }
}
