//! What skips the verification. Everything that does lives here, so that one search finds its uses.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_core::future::LocalBoxFuture;
use webhook_verify::danger::UnverifiedReceiver;
use webhook_verify::{__wrapper, Provider, danger};

use crate::WebhookRejection;
use crate::extract::{content_length, read, receiver};

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

__wrapper!(Unverified<P> => danger::Unverified<P>);

impl<P: Provider> FromRequest for Unverified<P> {
    type Error = WebhookRejection;
    type Future = LocalBoxFuture<'static, Result<Self, WebhookRejection>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = async {
                let receiver = receiver::<UnverifiedReceiver<P>>(&request)?;
                let buffer = receiver.admit(request.method().as_str(), content_length(&request))?;
                Ok(receiver.receive_unverified(read(payload, buffer).await?))
            };
            body.await.map(Self).map_err(WebhookRejection::report::<P>)
        })
    }
}
