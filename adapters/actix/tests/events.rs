//! What a rejection leaves in the log. Alone in its process: whether an event is of interest is remembered for all
//! threads, and a test without a subscriber would decide it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write;
use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, web};
use http::HeaderMap;
use webhook_actix::webhook_core::UnixTime;
use webhook_actix::webhook_verify::providers::{Notion, StandardWebhooks};
use webhook_actix::webhook_verify::{Provider, Signer};
use webhook_actix::{Receiver, Secret, Webhook};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY: &str = r#"{"type":"invoice.paid","data":{"id":7}}"#;

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

fn headers(body: &str) -> HeaderMap {
    let signer = Signer::new(StandardWebhooks::SCHEME, secret(SECRET)).unwrap();
    signer.sign("msg_1", UnixTime::now(), body.as_bytes()).unwrap()
}

fn post(headers: &HeaderMap) -> TestRequest {
    headers.iter().fold(TestRequest::post(), |request, (name, value)| {
        request.insert_header((name.as_str(), value.to_str().unwrap()))
    })
}

/// Collects the log as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn each_rejection_is_one_event_without_anything_of_the_request() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .without_time()
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let lines = || String::from_utf8(std::mem::take(&mut *log.0.lock().unwrap())).unwrap();

    let notion = Receiver::<Notion>::unconfigured().unwrap();
    let app = App::new()
        .app_data(Receiver::<StandardWebhooks>::new(secret(SECRET)).unwrap())
        .app_data(notion.clone())
        .route("/", web::route().to(async |_: Webhook<StandardWebhooks>| ""))
        .route("/notion", web::route().to(async |_: Webhook<Notion>| ""));
    let app = init_service(app).await;
    let send = async |headers: &HeaderMap, body: &'static str| {
        call_service(&app, post(headers).uri("/").set_payload(body).to_request()).await.status()
    };
    let private = r#"[{"private":"text of the body"}]"#;
    let warning = |code: &str, status: u16, reason: &str| {
        format!(
            " WARN webhook_verify::rejection: webhook rejected provider=\"standard-webhooks\" code=\"{code}\" status={status} reason={reason}\n"
        )
    };

    assert_eq!(send(&headers(BODY), BODY).await, StatusCode::OK);
    assert_eq!(lines(), "");
    assert_eq!(send(&headers(BODY), private).await, StatusCode::UNAUTHORIZED);
    assert_eq!(lines(), warning("signature_mismatch", 401, "no signature matches"));
    assert_eq!(send(&HeaderMap::new(), private).await, StatusCode::UNAUTHORIZED);
    assert_eq!(lines(), warning("missing_header", 401, "header `svix-id` is missing"));
    assert_eq!(send(&headers(private), private).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        lines(),
        warning(
            "wrong_shape",
            422,
            "unexpected shape: expected a Standard Webhooks event (line 1, column 0)"
        )
    );

    let token = "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl";
    let offered = format!(r#"{{"verification_token":"{token}"}}"#);
    let signer = Signer::new(Notion::SCHEME, secret(token)).unwrap();
    let headers = signer.sign("", UnixTime::now(), offered.as_bytes()).unwrap();
    let request = post(&headers).uri("/notion").set_payload(offered).to_request();
    assert_eq!(call_service(&app, request).await.status(), StatusCode::OK);
    assert!(notion.pending_token().is_some());
    assert_eq!(
        lines(),
        " INFO webhook_verify::rejection: webhook set-up request provider=\"notion\" code=\"handshake_pending\" status=200 reason=the offered token waits for confirmation\n"
    );
}
