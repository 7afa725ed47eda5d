use std::fmt;
use std::sync::Arc;

use webhook_core::{ParseError, Payload, UnixTime};

/// The proof that a request is authentic, with its body.
///
/// Nothing but a verification makes one (and [`danger`](crate::danger), for tests), so code that takes a
/// `Verified` cannot be reached by a request that was not verified. Neither its parts nor an
/// [`Unverified`](crate::danger::Unverified) request will do:
///
/// ```compile_fail,E0451
/// # use webhook_verify::Verified;
/// # let key = webhook_verify::danger::assume_verified(b"").key().clone();
/// let forged = Verified { body: b"{}", id: None, timestamp: None, key };
/// ```
///
/// ```compile_fail,E0599
/// let forged = webhook_verify::Verified::default();
/// ```
///
/// ```compile_fail,E0451
/// let forged = webhook_verify::KeyId { index: 0, label: None };
/// ```
#[cfg_attr(
    feature = "providers",
    doc = r"
```compile_fail,E0308
# use webhook_verify::{Verified, danger::UnverifiedReceiver, providers::ChatterWise};
fn only_with_proof(_: Verified<'_>) {}
# let receiver = UnverifiedReceiver::<ChatterWise>::new_without_verification();
only_with_proof(receiver.receive_unverified(Vec::new()));
```"
)]
#[derive(Clone)]
#[must_use]
pub struct Verified<'a> {
    pub(crate) body: &'a [u8],
    pub(crate) id: Option<&'a [u8]>,
    pub(crate) timestamp: Option<UnixTime>,
    pub(crate) key: KeyId,
}

impl<'a> Verified<'a> {
    /// The body's bytes as they were received.
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The message's id, from the header that the scheme names. It may be there without being covered by the
    /// signature: [`Scheme::covers_id`](crate::Scheme::covers_id) tells.
    pub fn id(&self) -> Option<&'a str> {
        self.id.and_then(|id| std::str::from_utf8(id).ok())
    }

    /// When this attempt was signed, in seconds, if the scheme has a timestamp.
    pub const fn timestamp(&self) -> Option<UnixTime> {
        self.timestamp
    }

    /// Which of the verifier's secrets matched.
    pub const fn key(&self) -> &KeyId {
        &self.key
    }

    /// Reads the body into an event type.
    ///
    /// # Errors
    ///
    /// [`ParseError`] when the body is not JSON or not of that shape. The proof and the body stay: an authentic
    /// event that cannot be read yet can still be stored.
    pub fn parse<E: Payload>(&self) -> Result<E, ParseError> {
        E::parse(self.body)
    }
}

/// Neither the body nor the id is shown: they are the sender's, and belong into no log.
impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("bytes", &self.body.len())
            .field("timestamp", &self.timestamp)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// The proof that a body taken in chunks was authentic.
#[derive(Clone)]
#[must_use]
pub struct VerifiedStream<'a> {
    pub(crate) id: Option<&'a [u8]>,
    pub(crate) timestamp: Option<UnixTime>,
    pub(crate) key: KeyId,
}

impl<'a> VerifiedStream<'a> {
    /// The message's id, as [`Verified::id`].
    pub fn id(&self) -> Option<&'a str> {
        self.id.and_then(|id| std::str::from_utf8(id).ok())
    }

    /// When this attempt was signed, as [`Verified::timestamp`].
    pub const fn timestamp(&self) -> Option<UnixTime> {
        self.timestamp
    }

    /// Which of the verifier's secrets matched.
    pub const fn key(&self) -> &KeyId {
        &self.key
    }
}

impl fmt::Debug for VerifiedStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedStream")
            .field("timestamp", &self.timestamp)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Which secret a signature was made with. No secret itself: fit for logs and metrics.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyId {
    pub(crate) index: usize,
    pub(crate) label: Option<Arc<str>>,
}

impl KeyId {
    /// The secret's place in the order in which they were given; 0 is the current one.
    pub const fn index(&self) -> usize {
        self.index
    }

    /// The secret's label, if it has one.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }
}
