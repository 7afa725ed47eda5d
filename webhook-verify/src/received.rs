use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use webhook_core::{Delivery, IdempotencyKey, ParseError, Payload, UnixTime};

use crate::identity::{self, Origin};
use crate::{Identity, KeyId, Provider, Rejection, Secret, Verified};

/// What a request turned out to be.
///
/// Not `#[non_exhaustive]`: who takes requests apart by hand must see every outcome.
#[derive(Debug)]
#[must_use]
pub enum Reception<P: Provider> {
    /// Authentic.
    Verified(Received<P>),
    /// A set-up request: it offers a token and is signed with just that token, which proves nothing about who sent
    /// it. The receiver keeps the token as [`pending_token`](crate::Receiver::pending_token). Answer with a 2xx.
    Handshake(PendingToken),
}

impl<P: Provider> Reception<P> {
    /// The request if it is authentic, for a handler that answers a set-up request as [`Rejection`] does.
    ///
    /// # Errors
    ///
    /// [`Rejection::HandshakePending`].
    pub fn into_verified(self) -> Result<Received<P>, Rejection> {
        match self {
            Self::Verified(received) => Ok(received),
            Self::Handshake(_) => Err(Rejection::HandshakePending),
        }
    }
}

/// A token that a set-up request offered and that nobody has confirmed.
#[derive(Clone)]
pub struct PendingToken {
    pub(crate) secret: Secret,
}

impl PendingToken {
    /// The token, to be shown to the person who sets the sender up. It becomes a secret: keep it out of logs.
    pub fn reveal(&self) -> &str {
        self.secret.reveal()
    }
}

impl fmt::Debug for PendingToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PendingToken(..)")
    }
}

/// An authentic request, owned.
#[must_use]
pub struct Received<P> {
    pub(crate) body: Bytes,
    pub(crate) proof: Proof,
    pub(crate) id_signed: bool,
    pub(crate) body_signed: bool,
    pub(crate) identity: Identity,
    pub(crate) origin: Origin,
    pub(crate) provider: PhantomData<fn() -> P>,
}

/// What is left of a [`Verified`] without its borrows.
#[derive(Clone)]
pub(crate) struct Proof {
    id: Option<Id>,
    timestamp: Option<UnixTime>,
    key: KeyId,
}

impl Proof {
    #[inline]
    pub(crate) fn of(verified: &Verified<'_>) -> Self {
        Self { id: verified.id.map(Id::new), timestamp: verified.timestamp, key: verified.key.clone() }
    }

    fn id(&self) -> Option<&[u8]> {
        self.id.as_ref().map(Id::as_bytes)
    }
}

impl<P: Provider> Received<P> {
    /// The proof, to hand to code that asks for one.
    pub fn verified(&self) -> Verified<'_> {
        let Proof { id, timestamp, key } = &self.proof;
        Verified {
            body: &self.body,
            id: id.as_ref().map(Id::as_bytes),
            timestamp: *timestamp,
            key: key.clone(),
        }
    }

    /// The body's bytes as they were received.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body alone. The proof is gone then.
    pub fn into_body(self) -> Bytes {
        self.body
    }

    /// The message's id from its header, as [`Verified::id`].
    pub fn id(&self) -> Option<&str> {
        self.proof.id().and_then(|id| std::str::from_utf8(id).ok())
    }

    /// When this attempt was signed, as [`Verified::timestamp`].
    pub const fn timestamp(&self) -> Option<UnixTime> {
        self.proof.timestamp
    }

    /// Which of the receiver's secrets matched.
    pub const fn key(&self) -> &KeyId {
        &self.proof.key
    }

    /// Reads the body into the provider's event.
    ///
    /// # Errors
    ///
    /// [`ParseError`] when the body is not JSON or not of that shape; the request is authentic all the same.
    pub fn parse(&self) -> Result<P::Event, ParseError> {
        P::Event::parse(&self.body)
    }

    /// What is known about the delivery. Finding the event's name, and an id in the body, reads the body once more.
    pub fn delivery(&self) -> Delivery {
        self.delivery_named(P::Event::kind_of(&self.body))
    }

    /// As [`delivery`](Self::delivery), with the name taken from the event that [`parse`](Self::parse) has read.
    pub fn delivery_of(&self, event: &P::Event) -> Delivery {
        self.delivery_named(event.kind().map(str::to_owned).or_else(|| P::Event::kind_of(&self.body)))
    }

    fn delivery_named(&self, kind: Option<String>) -> Delivery {
        let mut delivery = delivery::<P>(self.identity, &self.body, kind);
        delivery.id_signed = delivery.id.is_some() && self.body_signed;
        if delivery.id.is_none() {
            delivery.id = self.id().map(str::to_owned);
            delivery.id_signed = delivery.id.is_some() && self.id_signed;
        }
        delivery.timestamp = self.timestamp();
        delivery
    }

    /// A text that is equal for two deliveries exactly when they are the same event, or `None` when the sender says
    /// nothing about that. See [`Identity`].
    pub fn idempotency_key(&self) -> Option<IdempotencyKey> {
        idempotency_key::<P>(self.identity, &self.origin, self.proof.id(), &self.body)
    }
}

impl<P> Clone for Received<P> {
    fn clone(&self) -> Self {
        Self {
            body: self.body.clone(),
            proof: self.proof.clone(),
            id_signed: self.id_signed,
            body_signed: self.body_signed,
            identity: self.identity,
            origin: self.origin.clone(),
            provider: PhantomData,
        }
    }
}

impl<P: Provider> fmt::Debug for Received<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("provider", &P::NAME)
            .field("bytes", &self.body.len())
            .field("key", &self.proof.key)
            .finish_non_exhaustive()
    }
}

/// A message's id. Those in use fit in here (Svix 31 bytes, a UUID 36, a digest 64), so keeping one allocates nothing.
#[derive(Clone)]
enum Id {
    Short { buffer: [u8; SHORT_ID], length: usize },
    Long(Box<[u8]>),
}

const SHORT_ID: usize = 64;

impl Id {
    #[inline]
    fn new(id: &[u8]) -> Self {
        let (mut buffer, length) = ([0; SHORT_ID], id.len());
        match buffer.get_mut(..length) {
            Some(start) => {
                start.copy_from_slice(id);
                Self::Short { buffer, length }
            }
            None => Self::Long(id.into()),
        }
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short { buffer, length } => buffer.get(..*length).unwrap_or_default(),
            Self::Long(id) => id,
        }
    }
}

/// What the body alone tells.
pub(crate) fn delivery<P: Provider>(identity: Identity, body: &[u8], kind: Option<String>) -> Delivery {
    let mut delivery = Delivery::new(P::NAME);
    let path = match identity {
        Identity::Field(path) => Some(path),
        Identity::Fields { required: [path], .. } => Some(*path),
        _ => None,
    };
    if let Some(path) = path {
        delivery.id = identity::field(body, path).map(Cow::into_owned);
    }
    delivery.kind = kind;
    delivery
}

pub(crate) fn idempotency_key<P: Provider>(
    identity: Identity,
    origin: &Origin,
    id: Option<&[u8]>,
    body: &[u8],
) -> Option<IdempotencyKey> {
    let identity = identity::of(identity, id, body)?;
    Some(IdempotencyKey::new(format!("{}{origin}:{identity}", P::NAME)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_any_length_are_kept() {
        for length in [0, 1, 31, SHORT_ID - 1, SHORT_ID, SHORT_ID + 1, 8 * 1024] {
            let id: Vec<u8> = (b'a'..=b'z').cycle().take(length).collect();
            assert_eq!(Id::new(&id).as_bytes(), id, "{length}");
        }
    }
}
