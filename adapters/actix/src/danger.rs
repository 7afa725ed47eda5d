//! What skips the verification. Everything that does lives here, so that one search finds its uses.

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use webhook_verify::danger::UnverifiedReceiver;
use webhook_verify::{Provider, Rejection, danger};

use crate::WebhookRejection;
use crate::extract::{read, receiver};

/// A request that nobody verified, for a sender that has no secret configured: anyone who knows the URL can send it.
///
/// It dereferences to [`danger::Unverified`], which has the body and [`parse`](danger::Unverified::parse). It
/// rejects what is no POST (405), larger than [`UnverifiedReceiver::body_limit`] (413), or incomplete (400), and everything when
/// the `app_data` has no receiver (500).
///
/// # Examples
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use webhook_actix::danger::Unverified;
/// use webhook_actix::webhook_verify::danger::UnverifiedReceiver;
/// use webhook_actix::webhook_verify::providers::ChatterWise;
///
/// async fn on_chatterwise(request: Unverified<ChatterWise>) -> HttpResponse {
///     match request.parse() {
///         Ok(event) => { /* … as much as its claims deserve */ HttpResponse::NoContent().finish() }
///         Err(_) => HttpResponse::BadRequest().finish(),
///     }
/// }
///
/// let receiver = UnverifiedReceiver::<ChatterWise>::new_without_verification();
/// let app = App::new().app_data(receiver).route("/webhooks/chatterwise", web::post().to(on_chatterwise));
/// ```
pub struct Unverified<P>(danger::Unverified<P>);

impl<P> Unverified<P> {
    /// The request, owned.
    pub fn into_inner(self) -> danger::Unverified<P> {
        self.0
    }
}

impl<P> Deref for Unverified<P> {
    type Target = danger::Unverified<P>;

    fn deref(&self) -> &danger::Unverified<P> {
        &self.0
    }
}

impl<P: Provider> FromRequest for Unverified<P> {
    type Error = WebhookRejection;
    type Future = Pin<Box<dyn Future<Output = Result<Self, WebhookRejection>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(
            async move { take(&request, payload).await.map(Self).map_err(WebhookRejection::report::<P>) },
        )
    }
}

async fn take<P: Provider>(
    request: &HttpRequest,
    payload: Payload,
) -> Result<danger::Unverified<P>, Rejection> {
    let receiver = receiver::<UnverifiedReceiver<P>>(request)?;
    let body = read(request, payload, receiver.max_body_bytes()).await?;
    Ok(receiver.receive_unverified(body))
}

impl<P: Provider> fmt::Debug for Unverified<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
