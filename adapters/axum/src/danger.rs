//! What skips the verification. Everything that does lives here, so that one search finds its uses.

use axum_core::extract::{FromRef, FromRequest, Request};
use http_body::Body;
use webhook_verify::danger::UnverifiedReceiver;
use webhook_verify::{__wrapper, Provider, danger};

use crate::WebhookRejection;
use crate::extract::read;

/// A request that nobody verified, for a sender that has no secret configured: anyone who knows the URL can send it.
///
/// It dereferences to [`danger::Unverified`], which has the body and [`parse`](danger::Unverified::parse). It
/// rejects what is no POST (405), larger than [`UnverifiedReceiver::body_limit`] (413), or incomplete (400).
///
/// # Examples
///
/// ```
/// use axum::Router;
/// use axum::http::StatusCode;
/// use axum::routing::post;
/// use webhook_axum::danger::Unverified;
/// use webhook_axum::webhook_verify::danger::UnverifiedReceiver;
/// use webhook_axum::webhook_verify::providers::ChatterWise;
///
/// async fn on_chatterwise(request: Unverified<ChatterWise>) -> StatusCode {
///     match request.parse() {
///         Ok(event) => { /* … as much as its claims deserve */ StatusCode::NO_CONTENT }
///         Err(_) => StatusCode::BAD_REQUEST,
///     }
/// }
///
/// let receiver = UnverifiedReceiver::<ChatterWise>::new_without_verification();
/// let app: Router = Router::new().route("/webhooks/chatterwise", post(on_chatterwise)).with_state(receiver);
/// ```
pub struct Unverified<P>(danger::Unverified<P>);

__wrapper!(Unverified<P> => danger::Unverified<P>);

impl<P, S> FromRequest<S> for Unverified<P>
where
    P: Provider,
    UnverifiedReceiver<P>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = WebhookRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebhookRejection> {
        let receiver = UnverifiedReceiver::<P>::from_ref(state);
        let body = async {
            let buffer =
                receiver.admit(request.method().as_str(), Some(request.body().size_hint().lower()))?;
            read(&mut request.into_body(), buffer).await
        };
        let body = body.await.map_err(WebhookRejection::report::<P>)?;
        Ok(Self(receiver.receive_unverified(body)))
    }
}
