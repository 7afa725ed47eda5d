use axum_core::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
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
}

__wrapper!(WebhookRejection => Rejection);

impl IntoResponse for WebhookRejection {
    fn into_response(self) -> Response {
        let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        let mut response = (self.status(), json, self.0.to_json()).into_response();
        if let Some(seconds) = self.0.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if self.0 == Rejection::MethodNotAllowed {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        }
        response
    }
}
