use http::StatusCode;
use webhook_core::ParseError;

use crate::VerifyError;

/// Why an HTTP handler answers a webhook with something else than its own answer, with that answer.
///
/// The adapters use it, and so can a handler of your own: it is the one place where errors become statuses. The
/// answer is JSON, `{"error": "<code>", "message": "<sentence>"}`, and repeats nothing of the request but, when the
/// body has the wrong shape, the field's path.
///
/// | error | status | code |
/// | --- | --- | --- |
/// | not authentic | 401 | [`VerifyError::code`] |
/// | the receiver has no secret | 500 | `not_configured` |
/// | not a POST | 405 | `method_not_allowed` |
/// | the body is too large | 413 | `body_too_large` |
/// | the body did not arrive whole | 400 | `body_incomplete` |
/// | the body is not JSON | 400 | `not_json` |
/// | the body is JSON of the wrong shape | 422 | `wrong_shape` |
/// | authentic, and not stored | 503, with [`retry_after`](Rejection::retry_after) | `not_stored` |
/// | a set-up request whose token is now pending | 200 | `handshake_pending` |
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The request was not verified.
    #[error(transparent)]
    Refused(#[from] VerifyError),
    /// The request is authentic, and its body could not be read into an event.
    #[error(transparent)]
    Unreadable(#[from] ParseError),
    /// The request's method is not POST. Senders that follow a redirect arrive with GET and no body.
    #[error("webhooks are sent by POST")]
    MethodNotAllowed,
    /// The body is larger than the receiver's limit.
    #[error("the body is larger than {limit} bytes")]
    BodyTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The connection broke, or the body did not follow its own framing.
    #[error("the body did not arrive whole")]
    BodyIncomplete,
    /// The request is authentic, and could not be stored: the inbox is full, or its database is away. The sender is
    /// asked to come back.
    #[error("the webhook could not be stored; send it again later")]
    NotStored,
    /// Not a failure: a set-up request was answered here, and its token is the receiver's
    /// [`pending_token`](crate::Receiver::pending_token).
    #[error("the offered token waits for confirmation")]
    HandshakePending,
}

impl Rejection {
    /// Judges a request's method.
    ///
    /// # Errors
    ///
    /// [`MethodNotAllowed`](Self::MethodNotAllowed) unless it is `POST`.
    pub fn check_method(method: &str) -> Result<(), Self> {
        if method == "POST" { Ok(()) } else { Err(Self::MethodNotAllowed) }
    }

    /// Reports this rejection as one event of the `tracing` crate, with the fields `provider`, `code`, `status` and
    /// `reason`, the sentence of the answer: a warning, or for a set-up request an info. Call it once, where the
    /// rejection becomes an answer.
    #[cfg(feature = "tracing")]
    pub fn report<P: crate::Provider>(&self) {
        let (provider, code, status) = (P::NAME, self.code(), self.status().as_u16());
        if *self == Self::HandshakePending {
            tracing::info!(provider, code, status, reason = %self, "webhook set-up request");
        } else {
            tracing::warn!(provider, code, status, reason = %self, "webhook rejected");
        }
    }

    /// The HTTP status to answer with.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Refused(error) => error.status(),
            Self::Unreadable(error) if error.is_syntax() => StatusCode::BAD_REQUEST,
            Self::Unreadable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyIncomplete => StatusCode::BAD_REQUEST,
            Self::NotStored => StatusCode::SERVICE_UNAVAILABLE,
            Self::HandshakePending => StatusCode::OK,
        }
    }

    /// A stable lower-case word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(error) => error.code(),
            Self::Unreadable(error) => error.code(),
            Self::MethodNotAllowed => "method_not_allowed",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::BodyIncomplete => "body_incomplete",
            Self::NotStored => "not_stored",
            Self::HandshakePending => "handshake_pending",
        }
    }

    /// In how many seconds the sender is asked to come back, for the header `Retry-After`.
    pub const fn retry_after(&self) -> Option<u32> {
        match self {
            Self::NotStored => Some(10),
            _ => None,
        }
    }

    /// The answer's body, as JSON.
    pub fn to_json(&self) -> String {
        let message = self.to_string();
        match self {
            Self::HandshakePending => serde_json::json!({"status": self.code(), "message": message}),
            Self::Unreadable(error) if error.is_data() => {
                serde_json::json!({"error": self.code(), "message": message, "path": error.path()})
            }
            _ => serde_json::json!({"error": self.code(), "message": message}),
        }
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use webhook_core::Payload;

    #[test]
    fn answers() {
        let refused = Rejection::from(VerifyError::TimestampTooOld);
        assert_eq!(refused.status(), 401);
        assert_eq!(
            refused.to_json(),
            r#"{"error":"timestamp_too_old","message":"the timestamp is too old"}"#
        );

        let misfit = serde_json::Value::parse(b"{").map(drop).unwrap_err();
        assert_eq!(Rejection::from(misfit).status(), 400);
        assert_eq!(Rejection::from(VerifyError::NotConfigured).status(), 500);
        assert_eq!(Rejection::BodyTooLarge { limit: 7 }.status(), 413);
        assert_eq!(Rejection::HandshakePending.status(), 200);
        assert_eq!(
            (Rejection::NotStored.status().as_u16(), Rejection::NotStored.retry_after()),
            (503, Some(10))
        );

        assert_eq!(Rejection::check_method("POST"), Ok(()));
        for method in ["GET", "post", "POSTS", ""] {
            assert_eq!(Rejection::check_method(method), Err(Rejection::MethodNotAllowed), "{method}");
        }
    }
}
