use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, ContentType, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use webhook_verify::{__wrapper, Provider, Rejection};

/// Why a request did not become a [`Webhook`](crate::Webhook), with the answer to it: [`Rejection::status`], and
/// [`Rejection::to_json`] as the body.
///
/// It dereferences to [`Rejection`], to match on.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct WebhookRejection(Rejection);

impl WebhookRejection {
    /// The one place where a rejection becomes an answer, and so the one that reports it.
    pub(crate) fn report<P: Provider>(rejection: Rejection) -> Self {
        rejection.report::<P>();
        Self(rejection)
    }

    /// The HTTP status of the answer, as actix has it: still that of `http` 0.2.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

__wrapper!(WebhookRejection => Rejection);

impl ResponseError for WebhookRejection {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status());
        if let Some(seconds) = self.0.retry_after() {
            response.insert_header((RETRY_AFTER, seconds));
        }
        if self.0 == Rejection::MethodNotAllowed {
            response.insert_header((ALLOW, "POST"));
        }
        response.content_type(ContentType::json()).body(self.0.to_json())
    }
}
