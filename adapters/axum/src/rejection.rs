use std::ops::Deref;

use axum_core::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use webhook_verify::{Provider, Rejection};

/// Why a request did not become a [`Webhook`](crate::Webhook), with the answer to it: [`Rejection::status`], and
/// [`Rejection::to_json`] as the body.
///
/// It dereferences to [`Rejection`], to match on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct WebhookRejection(Rejection);

impl WebhookRejection {
    /// The one place where a rejection becomes an answer, and so the one that reports it.
    pub(crate) fn report<P: Provider>(rejection: Rejection) -> Self {
        let (provider, code, status) = (P::NAME, rejection.code(), rejection.status().as_u16());
        if rejection == Rejection::HandshakePending {
            tracing::info!(provider, code, status, reason = %rejection, "webhook set-up request");
        } else {
            tracing::warn!(provider, code, status, reason = %rejection, "webhook rejected");
        }
        Self(rejection)
    }

    /// The rejection inside.
    pub fn into_inner(self) -> Rejection {
        self.0
    }
}

impl Deref for WebhookRejection {
    type Target = Rejection;

    fn deref(&self) -> &Rejection {
        &self.0
    }
}

impl IntoResponse for WebhookRejection {
    fn into_response(self) -> Response {
        let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        let mut response = (self.status(), json, self.0.to_json()).into_response();
        if self.0 == Rejection::MethodNotAllowed {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        }
        response
    }
}
