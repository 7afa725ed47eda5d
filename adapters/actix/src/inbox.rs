use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::header::ContentType;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use futures_core::future::LocalBoxFuture;
use webhook_inbox::{__accepted, Inbox};
use webhook_verify::{Provider, Receiver};

use crate::extract::receiver;
use crate::{Signed, WebhookRejection, receive};

__accepted! {
    /// A webhook that was verified and stored: answer with it, and the sender is told 202.
    ///
    /// The body is what [`Inbox::receive`] says: the same for a duplicate as for the first. What cannot be stored is
    /// answered with 503 and `Retry-After`, so that the sender keeps it for us. The event is not read here: one that does
    /// not fit its model is stored, too.
    ///
    /// Use it as an argument of a handler whose `app_data` has a [`Receiver<P>`](Receiver) and an [`Inbox`], or route to
    /// [`accept`], which does nothing else.
    Accepted of Signed or WebhookRejection
}

/// The handler that stores and says so.
///
/// # Examples
///
/// ```
/// use actix_web::{App, web};
/// use webhook_actix::providers::Clerk;
/// use webhook_actix::webhook_inbox::{Inbox, MemoryStore};
/// use webhook_actix::{Receiver, Secret, accept};
///
/// let clerk = Receiver::<Clerk>::new(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
/// let inbox = Inbox::new(MemoryStore::new()); // in production a `SqliteStore` or `PostgresStore`
/// let app = App::new()
///     .app_data(clerk)
///     .app_data(inbox)
///     .route("/webhooks/clerk", web::post().to(accept::<Clerk>));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn accept<P: Provider>(accepted: Accepted<P>) -> Accepted<P> {
    accepted
}

impl<P: Provider> FromRequest for Accepted<P> {
    type Error = WebhookRejection;
    type Future = LocalBoxFuture<'static, Result<Self, WebhookRejection>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let configured = (|| Ok((receiver::<Receiver<P>>(&request)?, receiver::<Inbox>(&request)?)))();
            let (receiver, inbox) = configured.map_err(WebhookRejection::report::<P>)?;
            Self::store(inbox, receive(receiver, &request, payload).await?).await
        })
    }
}

impl<P> Responder for Accepted<P> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Accepted().content_type(ContentType::json()).body(self.stored.answer)
    }
}
