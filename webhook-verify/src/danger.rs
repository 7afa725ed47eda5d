//! What skips a check. Everything that does lives here, so that one search finds its uses.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use webhook_core::{Delivery, IdempotencyKey, ParseError, Payload, UnixTime};

use crate::identity::Origin;
use crate::{BodyBuffer, KeyId, Provider, Receiver, Rejection, Verified};

/// A proof that was not earned, for tests of code that takes a [`Verified`].
pub const fn assume_verified(body: &[u8]) -> Verified<'_> {
    Verified { body, id: None, timestamp: None, key: KeyId { index: 0, label: None } }
}

/// A receiver whose clock stands at `time` in the adapters, to replay recorded requests. A request that was valid at
/// that time stays valid for ever.
#[must_use]
pub fn freeze_clock<P: Provider>(receiver: Receiver<P>, time: UnixTime) -> Receiver<P> {
    receiver.with(|shared| shared.frozen_clock = Some(time))
}

/// A receiver that verifies nothing, for senders that have no secret configured (ChatterWise and Fluxbase send
/// unsigned requests then).
///
/// What it yields is an [`Unverified`], which nothing accepts in the place of a [`Verified`]: anyone who knows the
/// URL can send it.
///
/// ```
/// # #[cfg(feature = "providers")] {
/// use webhook_verify::danger::UnverifiedReceiver;
/// use webhook_verify::providers::ChatterWise;
///
/// let receiver = UnverifiedReceiver::<ChatterWise>::new_without_verification();
/// let unverified = receiver.receive_unverified(&br#"{"event":"webhook_test","data":{"test":true}}"#[..]);
/// let event = unverified.parse().unwrap();
/// # }
/// ```
pub struct UnverifiedReceiver<P> {
    body_limit: usize,
    provider: PhantomData<fn() -> P>,
}

impl<P: Provider> UnverifiedReceiver<P> {
    /// A receiver that takes every request as it is.
    pub const fn new_without_verification() -> Self {
        Self { body_limit: P::BODY_LIMIT, provider: PhantomData }
    }

    /// The largest body, in bytes, that an adapter reads for this receiver; without this the provider's
    /// [`BODY_LIMIT`](Provider::BODY_LIMIT).
    #[must_use]
    pub const fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The limit in force, in bytes.
    pub const fn max_body_bytes(&self) -> usize {
        self.body_limit
    }

    /// Takes a request in by its head, as [`Receiver::admit`] does. What it gives collects the body.
    ///
    /// # Errors
    ///
    /// [`Rejection::MethodNotAllowed`] and [`Rejection::BodyTooLarge`].
    pub fn admit(&self, method: &str, content_length: Option<u64>) -> Result<BodyBuffer, Rejection> {
        Rejection::check_method(method)?;
        let buffer = BodyBuffer::new(self.body_limit);
        buffer.check_declared(content_length.unwrap_or(0))?;
        Ok(buffer)
    }

    /// Takes a body, unverified.
    pub fn receive_unverified(&self, body: impl Into<Bytes>) -> Unverified<P> {
        Unverified { body: body.into(), provider: PhantomData }
    }
}

impl<P> Clone for UnverifiedReceiver<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for UnverifiedReceiver<P> {}

impl<P: Provider> fmt::Debug for UnverifiedReceiver<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnverifiedReceiver({})", P::NAME)
    }
}

/// A request that nobody verified.
pub struct Unverified<P> {
    body: Bytes,
    provider: PhantomData<fn() -> P>,
}

impl<P: Provider> Unverified<P> {
    /// The body's bytes as they were received.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// Reads the body into the provider's event.
    ///
    /// # Errors
    ///
    /// [`ParseError`] when the body is not JSON or not of that shape.
    pub fn parse(&self) -> Result<P::Event, ParseError> {
        P::Event::parse(&self.body)
    }

    /// What is known about the delivery. Its id, if the body has one, is never `id_signed`.
    pub fn delivery(&self) -> Delivery {
        let mut delivery =
            crate::received::delivery::<P>(P::IDENTITY, &self.body, P::Event::kind_of(&self.body));
        delivery.id_signed = false;
        delivery
    }

    /// What makes it the same event as another, by what the body says: the key that
    /// [`Received::idempotency_key`](crate::Received::idempotency_key) would give. `None` when the provider identifies
    /// events by a header.
    ///
    /// Anyone can send the key of an event that is yet to come, which is then taken for a duplicate.
    pub fn idempotency_key(&self) -> Option<IdempotencyKey> {
        crate::received::idempotency_key::<P>(P::IDENTITY, &Origin::default(), None, &self.body)
    }
}

impl<P: Provider> fmt::Debug for Unverified<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unverified").field("provider", &P::NAME).field("bytes", &self.body.len()).finish()
    }
}

#[cfg(all(test, feature = "providers"))]
mod tests {
    use crate::providers::{RecordEnvelope, Svix};
    use crate::{Secret, Signer};

    use super::*;

    #[test]
    fn the_key_is_that_of_a_verified_request() {
        const BODY: &[u8] = br#"{"event_type":"insert","source":"supabase","table_name":"users","record_id":7,"timestamp":"2026-01-01T15:00:00Z"}"#;

        let secret = Secret::new("your_secure_random_string").unwrap();
        let receiver = Receiver::<RecordEnvelope>::new(secret.clone()).unwrap();
        let headers =
            Signer::new(RecordEnvelope::SCHEME, secret).unwrap().sign("", UnixTime::now(), BODY).unwrap();
        let received = receiver.verify(&headers, BODY, UnixTime::now()).unwrap();
        let unverified =
            UnverifiedReceiver::<RecordEnvelope>::new_without_verification().receive_unverified(BODY);
        assert!(received.idempotency_key().is_some());
        assert_eq!(unverified.idempotency_key(), received.idempotency_key());

        let by_header = UnverifiedReceiver::<Svix>::new_without_verification().receive_unverified(BODY);
        assert_eq!(by_header.idempotency_key(), None);
    }
}
