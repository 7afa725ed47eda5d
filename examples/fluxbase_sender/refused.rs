//! What is refused, and how: each refusal of the management API is JSON, `{"error": "<code>", "message": "<sentence>"}`.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use webhook_axum::webhook_core::{ParseError, RawJson};
use webhook_examples::serve::{Failed, misfit, refusal};

/// Why a request is not done.
pub(crate) enum Refused {
    NoSuchWebhook,
    NoSuchRoute,
    Method,
    /// The request can be read, and makes no sense.
    Invalid(String),
    /// There is no JSON to read.
    NoJson(JsonRejection),
    /// The JSON has another shape.
    Misfit(ParseError),
    Failed(Failed),
}

impl From<anyhow::Error> for Refused {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<PathRejection> for Refused {
    /// What is no text is nobody's id.
    fn from(_: PathRejection) -> Self {
        Self::NoSuchWebhook
    }
}

impl From<QueryRejection> for Refused {
    fn from(_: QueryRejection) -> Self {
        Self::Invalid("`limit` is no number of deliveries".to_owned())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, code, message) = match self {
            Self::NoSuchWebhook => (StatusCode::NOT_FOUND, "not_found", "there is no webhook of this id"),
            Self::NoSuchRoute => (StatusCode::NOT_FOUND, "not_found", "there is nothing at this path"),
            Self::Method => {
                (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path has other methods")
            }
            Self::Invalid(message) => return refusal(StatusCode::BAD_REQUEST, "invalid", &message),
            Self::NoJson(rejection) => match rejection.status() {
                status @ StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                    (status, "unsupported_media_type", "the Content-Type is not application/json")
                }
                status @ StatusCode::PAYLOAD_TOO_LARGE => (status, "body_too_large", "the body is too large"),
                _ => (StatusCode::BAD_REQUEST, "not_json", "the body is not JSON, or did not arrive whole"),
            },
            Self::Misfit(error) => return misfit(error),
            Self::Failed(failed) => return failed.into_response(),
        };
        refusal(status, code, message)
    }
}

/// A request's JSON, read into its type. axum's own extractor answers in plain text, and repeats what was sent.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let json = Json::<RawJson>::from_request(request, state).await.map_err(Refused::NoJson)?;
        json.parse().map(Self).map_err(Refused::Misfit)
    }
}

/// The webhook's id, from the path.
#[derive(Deserialize, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Refused))]
pub(crate) struct Id(pub(crate) String);

/// How much of a list is wanted.
#[derive(Deserialize, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Refused))]
pub(crate) struct Page {
    pub(crate) limit: Option<u32>,
}
