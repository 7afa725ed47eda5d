use std::fmt;
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::{Pin, pin};

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::{Method, header};
use actix_web::{FromRequest, HttpRequest, web};
use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, HeaderValue};
use webhook_verify::webhook_core::Delivery;
use webhook_verify::{BodyBuffer, KeyId, Provider, Received, Receiver, Rejection, Verifier, VerifyError};

use crate::WebhookRejection;

/// A webhook that was verified and read: the event and what came with it.
///
/// Use it as an argument of a handler whose `app_data` has a [`Receiver<P>`](Receiver). The
/// [crate's documentation](crate#when-a-request-is-rejected) lists when it rejects.
///
/// An authentic event that cannot be read is rejected too, and the sender will probably send it again. Take
/// [`Signed`] instead to keep what cannot be read yet, or for [`Received::idempotency_key`].
///
/// # Examples
///
/// ```
/// use webhook_actix::Webhook;
/// use webhook_actix::webhook_verify::providers::Supabase;
///
/// async fn on_change(Webhook { event, delivery, .. }: Webhook<Supabase>) -> String {
///     format!("{}: {}", delivery.provider, event.table)
/// }
/// # let _ = actix_web::web::post().to(on_change);
/// ```
#[non_exhaustive]
pub struct Webhook<P: Provider> {
    /// What happened.
    pub event: P::Event,
    /// The delivery's id, name and time of signing.
    pub delivery: Delivery,
    /// The body's bytes as they were received.
    pub body: Bytes,
    /// Which of the receiver's secrets matched.
    pub key: KeyId,
}

impl<P: Provider> FromRequest for Webhook<P> {
    type Error = WebhookRejection;
    type Future = Pin<Box<dyn Future<Output = Result<Self, WebhookRejection>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { extract(&request, payload).await?.into_webhook() })
    }
}

/// The event and the body are not shown: they belong into no log.
impl<P: Provider> fmt::Debug for Webhook<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("delivery", &self.delivery)
            .field("key", &self.key)
            .finish_non_exhaustive()
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
/// use actix_web::HttpResponse;
/// use webhook_actix::Signed;
/// use webhook_actix::webhook_verify::providers::Notion;
///
/// async fn on_notion(signed: Signed<Notion>) -> HttpResponse {
///     let key = signed.idempotency_key();
///     store(key.as_ref().map(|key| key.as_str()), signed.body()).await;
///     HttpResponse::Accepted().finish()
/// }
/// # async fn store(_: Option<&str>, _: &[u8]) {}
/// # let _ = actix_web::web::post().to(on_notion);
/// ```
#[must_use]
pub struct Signed<P>(Received<P>);

impl<P> Signed<P> {
    /// The verified request, owned.
    pub fn into_inner(self) -> Received<P> {
        self.0
    }
}

impl<P: Provider> Signed<P> {
    /// Reads the event, as the extractor [`Webhook`] does.
    ///
    /// # Errors
    ///
    /// [`Rejection::Unreadable`] when the body is not JSON or not of the event's shape.
    pub fn into_webhook(self) -> Result<Webhook<P>, WebhookRejection> {
        let Self(received) = self;
        let event = received.parse().map_err(|error| WebhookRejection::report::<P>(error.into()))?;
        let (delivery, key) = (received.delivery_of(&event), received.key().clone());
        Ok(Webhook { event, delivery, key, body: received.into_body() })
    }
}

impl<P> Deref for Signed<P> {
    type Target = Received<P>;

    fn deref(&self) -> &Received<P> {
        &self.0
    }
}

impl<P: Provider> FromRequest for Signed<P> {
    type Error = WebhookRejection;
    type Future = Pin<Box<dyn Future<Output = Result<Self, WebhookRejection>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { extract(&request, payload).await })
    }
}

impl<P: Provider> fmt::Debug for Signed<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signed").field(&self.0).finish()
    }
}

/// Verifies a request with a receiver that the handler has chosen, as for one of many tenants. The extractors do
/// just this, with the receiver of the `app_data`.
///
/// # Errors
///
/// Each case of [`Rejection`] but [`Unreadable`](Rejection::Unreadable).
pub async fn receive<P: Provider>(
    receiver: &Receiver<P>,
    request: &HttpRequest,
    payload: impl Stream<Item = Result<Bytes, PayloadError>>,
) -> Result<Signed<P>, WebhookRejection> {
    verify(receiver, request, payload).await.map(Signed).map_err(WebhookRejection::report::<P>)
}

async fn extract<P: Provider>(
    request: &HttpRequest,
    payload: Payload,
) -> Result<Signed<P>, WebhookRejection> {
    let receiver = receiver::<Receiver<P>>(request).map_err(WebhookRejection::report::<P>)?;
    receive(receiver, request, payload).await
}

async fn verify<P: Provider>(
    receiver: &Receiver<P>,
    request: &HttpRequest,
    payload: impl Stream<Item = Result<Bytes, PayloadError>>,
) -> Result<Received<P>, Rejection> {
    check_method(request)?;
    let headers = headers(receiver.verifier(), request);
    let incoming = receiver.begin(&headers, receiver.now())?;
    let body = read(request, payload, receiver.max_body_bytes()).await?;
    incoming.finish(body)?.into_verified()
}

/// The receiver of this type for a POST. It stands in the `app_data` by itself or as [`web::Data`].
pub(crate) fn receiver<T: 'static>(request: &HttpRequest) -> Result<&T, Rejection> {
    check_method(request)?;
    let receiver =
        request.app_data::<T>().or_else(|| request.app_data::<web::Data<T>>().map(|data| &***data));
    receiver.ok_or(Rejection::Refused(VerifyError::NotConfigured))
}

fn check_method(request: &HttpRequest) -> Result<(), Rejection> {
    if request.method() == Method::POST { Ok(()) } else { Err(Rejection::MethodNotAllowed) }
}

/// The headers that the verifier looks at. actix has a map of its own, with the names and values of `http` 0.2, so
/// these few are copied. Each is looked for in the whole map, since asking that map for a name that is not its own
/// type would allocate.
fn headers(verifier: &Verifier, request: &HttpRequest) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(4);
    for (name, value) in request.headers() {
        if let Some(name) = verifier.header_names().find(|wanted| wanted.as_str() == name.as_str()) {
            // Both versions of `http` allow the same bytes; a value that one of them did not would be no signature.
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap_or(HeaderValue::from_static(""));
            headers.append(name, value);
        }
    }
    headers
}

pub(crate) async fn read(
    request: &HttpRequest,
    payload: impl Stream<Item = Result<Bytes, PayloadError>>,
    limit: usize,
) -> Result<Bytes, Rejection> {
    let mut buffer = BodyBuffer::new(limit);
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse().ok());
    buffer.check_declared(declared.unwrap_or(0))?;
    let mut payload = pin!(payload);
    while let Some(chunk) = poll_fn(|context| payload.as_mut().poll_next(context)).await {
        buffer.push(chunk.map_err(|_| Rejection::BodyIncomplete)?)?;
    }
    Ok(buffer.finish())
}
