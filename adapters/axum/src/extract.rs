use std::borrow::Borrow;

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequest, Request};
use bytes::Bytes;
use http::request::Parts;
use http_body::Body as _;
use http_body_util::BodyExt;
use webhook_verify::{__webhook, __wrapper, BodyBuffer, Provider, Received, Receiver, Rejection};

use crate::WebhookRejection;

__webhook! {
    /// A webhook that was verified and read: the event and what came with it.
    ///
    /// Use it as the last argument of a handler whose state has a [`Receiver<P>`](Receiver). The
    /// [crate's documentation](crate#when-a-request-is-rejected) lists when it rejects.
    ///
    /// An authentic event that cannot be read is rejected too, and the sender will probably send it again. Take
    /// [`Signed`] instead to keep what cannot be read yet, or for [`Received::idempotency_key`].
    ///
    /// # Examples
    ///
    /// ```
    /// use webhook_axum::Webhook;
    /// use webhook_axum::webhook_verify::providers::Supabase;
    ///
    /// async fn on_change(Webhook { event, delivery, .. }: Webhook<Supabase>) {
    ///     println!("{}: {}", delivery.provider, event.table);
    /// }
    /// # let _: axum::routing::MethodRouter<webhook_axum::Receiver<Supabase>> = axum::routing::post(on_change);
    /// ```
    Webhook of Signed or WebhookRejection
}

impl<P, S> FromRequest<S> for Webhook<P>
where
    P: Provider,
    Receiver<P>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = WebhookRejection;

    fn from_request(
        request: Request,
        state: &S,
    ) -> impl Future<Output = Result<Self, WebhookRejection>> + Send {
        extract(Receiver::from_ref(state), request, Signed::into_webhook)
    }
}

/// A webhook that was verified and not read: its bytes with their proof.
///
/// It dereferences to [`Received`], which has the body, the idempotency key and
/// [`parse`](Received::parse). The [crate's documentation](crate#when-a-request-is-rejected) lists when it rejects.
///
/// # Examples
///
/// ```
/// use axum::http::StatusCode;
/// use webhook_axum::Signed;
/// use webhook_axum::webhook_verify::providers::Notion;
///
/// async fn on_notion(signed: Signed<Notion>) -> StatusCode {
///     let key = signed.idempotency_key();
///     store(key.as_ref().map(|key| key.as_str()), signed.body()).await;
///     StatusCode::ACCEPTED
/// }
/// # async fn store(_: Option<&str>, _: &[u8]) {}
/// # let _: axum::routing::MethodRouter<webhook_axum::Receiver<Notion>> = axum::routing::post(on_notion);
/// ```
#[must_use]
pub struct Signed<P>(Received<P>);

__wrapper!(Signed<P> => Received<P>);

impl<P, S> FromRequest<S> for Signed<P>
where
    P: Provider,
    Receiver<P>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = WebhookRejection;

    fn from_request(
        request: Request,
        state: &S,
    ) -> impl Future<Output = Result<Self, WebhookRejection>> + Send {
        extract(Receiver::from_ref(state), request, Ok)
    }
}

/// Verifies a request with a receiver that the handler has chosen, as for one of many tenants. The extractors do
/// just this, with the receiver of the state.
///
/// # Errors
///
/// Each case of [`Rejection`] but [`Unreadable`](Rejection::Unreadable).
pub fn receive<P: Provider>(
    receiver: &Receiver<P>,
    request: Request,
) -> impl Future<Output = Result<Signed<P>, WebhookRejection>> + Send {
    extract(receiver, request, Ok)
}

/// Verifies a request, and makes of it `then` what the handler asks for.
///
/// No `async fn`: that would keep the whole request in its future, behind what is taken out of it.
fn extract<P: Provider, T>(
    receiver: impl Borrow<Receiver<P>> + Send + Sync,
    request: Request,
    then: impl FnOnce(Signed<P>) -> Result<T, WebhookRejection> + Send,
) -> impl Future<Output = Result<T, WebhookRejection>> + Send {
    let (Parts { method, headers, .. }, mut body) = request.into_parts();
    async move {
        let verified = async {
            // The Content-Length; 0 when there is none.
            let length = Some(body.size_hint().lower());
            let (incoming, buffer) = receiver.borrow().admit(method.as_str(), &headers, length)?;
            incoming.finish(read(&mut body, buffer).await?)?.into_verified()
        };
        then(Signed(verified.await.map_err(WebhookRejection::report::<P>)?))
    }
}

pub(crate) async fn read(body: &mut Body, mut buffer: BodyBuffer) -> Result<Bytes, Rejection> {
    while let Some(frame) = body.frame().await {
        // What is no data is a trailer, which no sender signs.
        if let Ok(chunk) = frame.map_err(|_| Rejection::BodyIncomplete)?.into_data() {
            buffer.push(chunk)?;
        }
    }
    Ok(buffer.finish())
}
