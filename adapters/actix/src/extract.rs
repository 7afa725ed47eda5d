use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, HeaderName as ActixName, HeaderValue};
use actix_web::{FromRequest, HttpRequest, web};
use bytes::Bytes;
use futures_core::Stream;
use futures_core::future::LocalBoxFuture;
use http::HeaderName;
use webhook_verify::{
    __webhook, __wrapper, BodyBuffer, Headers, Provider, Received, Receiver, Rejection, VerifyError,
};

use crate::WebhookRejection;

__webhook! {
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
    Webhook of Signed or WebhookRejection
}

impl<P: Provider> FromRequest for Webhook<P> {
    type Error = WebhookRejection;
    type Future = LocalBoxFuture<'static, Result<Self, WebhookRejection>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Box::pin(extract(request.clone(), payload.take(), Signed::into_webhook))
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

__wrapper!(Signed<P> => Received<P>);

impl<P: Provider> FromRequest for Signed<P> {
    type Error = WebhookRejection;
    type Future = LocalBoxFuture<'static, Result<Self, WebhookRejection>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Box::pin(extract(request.clone(), payload.take(), Ok))
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
    let verified = async {
        let headers = ActixHeaders(request.headers());
        let (incoming, buffer) =
            receiver.admit(request.method().as_str(), &headers, content_length(request))?;
        incoming.finish(read(payload, buffer).await?)?.into_verified()
    };
    verified.await.map(Signed).map_err(WebhookRejection::report::<P>)
}

/// As [`receive`], with the receiver of the `app_data`, and makes of it `then` what the handler asks for.
async fn extract<P: Provider, T>(
    request: HttpRequest,
    payload: Payload,
    then: impl FnOnce(Signed<P>) -> Result<T, WebhookRejection>,
) -> Result<T, WebhookRejection> {
    let receiver = receiver::<Receiver<P>>(&request).map_err(WebhookRejection::report::<P>)?;
    then(receive(receiver, &request, payload).await?)
}

/// actix has a header map of its own, with the names of `http` 0.2.
struct ActixHeaders<'a>(&'a HeaderMap);

thread_local! {
    /// The names that this thread has looked for, and what actix calls them: making such a name allocates. They are
    /// those that stand in the program's schemes, and no request adds one.
    static NAMES: RefCell<Vec<(HeaderName, ActixName)>> = const { RefCell::new(Vec::new()) };
}

impl Headers for ActixHeaders<'_> {
    fn first_two(&self, wanted: &HeaderName) -> [Option<&[u8]>; 2] {
        NAMES.with_borrow_mut(|names| {
            if let Some((_, name)) = names.iter().find(|(known, _)| known == wanted) {
                return self.values(name);
            }
            let Ok(name) = ActixName::from_bytes(wanted.as_str().as_bytes()) else { return [None; 2] };
            let values = self.values(&name);
            names.push((wanted.clone(), name));
            values
        })
    }
}

impl<'a> ActixHeaders<'a> {
    fn values(&self, name: &ActixName) -> [Option<&'a [u8]>; 2] {
        let mut values = self.0.get_all(name).map(HeaderValue::as_bytes);
        [values.next(), values.next()]
    }
}

/// The receiver of this type for a POST. It stands in the `app_data` by itself or as [`web::Data`], but not as both:
/// actix does not tell which of them is the scope's own, and the other one has other secrets.
pub(crate) fn receiver<T: 'static>(request: &HttpRequest) -> Result<&T, Rejection> {
    Rejection::check_method(request.method().as_str())?;
    match (request.app_data::<T>(), request.app_data::<web::Data<T>>()) {
        (Some(receiver), None) => Ok(receiver),
        (None, Some(data)) => Ok(data),
        _ => Err(Rejection::Refused(VerifyError::NotConfigured)),
    }
}

pub(crate) fn content_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

pub(crate) async fn read(
    payload: impl Stream<Item = Result<Bytes, PayloadError>>,
    mut buffer: BodyBuffer,
) -> Result<Bytes, Rejection> {
    let mut payload = pin!(payload);
    while let Some(chunk) = poll_fn(|context| payload.as_mut().poll_next(context)).await {
        buffer.push(chunk.map_err(|_| Rejection::BodyIncomplete)?)?;
    }
    Ok(buffer.finish())
}
