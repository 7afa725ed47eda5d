use axum_core::extract::{FromRef, FromRequest, Request};
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use webhook_inbox::{__accepted, Inbox};
use webhook_verify::{Provider, Receiver};

use crate::{Signed, WebhookRejection, receive};

__accepted! {
    /// A webhook that was verified and stored: answer with it, and the sender is told 202.
    ///
    /// The body is what [`Inbox::receive`] says: the same for a duplicate as for the first. What cannot be stored is
    /// answered with 503 and `Retry-After`, so that the sender keeps it for us. The event is not read here: one that does
    /// not fit its model is stored, too.
    ///
    /// Use it as the last argument of a handler whose state has a [`Receiver<P>`](Receiver) and an [`Inbox`], or route
    /// to [`accept`], which does nothing else.
    Accepted of Signed or WebhookRejection
}

/// The handler that stores and says so.
///
/// # Examples
///
/// ```
/// use axum::Router;
/// use axum::extract::FromRef;
/// use axum::routing::post;
/// use webhook_axum::providers::Clerk;
/// use webhook_axum::webhook_inbox::{Inbox, MemoryStore};
/// use webhook_axum::{Receiver, Secret, accept};
///
/// #[derive(Clone, FromRef)] // axum's feature `macros`
/// struct App {
///     clerk: Receiver<Clerk>,
///     inbox: Inbox,
/// }
///
/// let app = App {
///     clerk: Receiver::new(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?,
///     inbox: Inbox::new(MemoryStore::new()), // in production a `SqliteStore` or `PostgresStore`
/// };
/// let router: Router = Router::new().route("/webhooks/clerk", post(accept::<Clerk>)).with_state(app);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn accept<P: Provider>(accepted: Accepted<P>) -> Accepted<P> {
    accepted
}

impl<P, S> FromRequest<S> for Accepted<P>
where
    P: Provider,
    Receiver<P>: FromRef<S>,
    Inbox: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = WebhookRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebhookRejection> {
        let signed = receive(&Receiver::<P>::from_ref(state), request).await?;
        Self::store(&Inbox::from_ref(state), signed).await
    }
}

impl<P> IntoResponse for Accepted<P> {
    fn into_response(self) -> Response {
        let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        (StatusCode::ACCEPTED, json, self.stored.answer).into_response()
    }
}
