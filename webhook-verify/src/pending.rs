use std::fmt;
use std::sync::Arc;

use arc_swap::Guard;

use crate::key::{Key, KeySet, Running};
use crate::scheme::Part;
use crate::verifier::{Compiled, Request};
use crate::{Headers, KeyId, Verified, VerifiedStream, VerifyError};

/// A request whose headers are in order and whose body is still to come.
///
/// [`finish`](Self::finish) takes the whole body. A body too large to hold goes through [`stream`](Self::stream)
/// in chunks.
#[must_use = "nothing is verified until it is finished"]
pub struct Pending<'a> {
    pub(crate) compiled: &'a Compiled,
    pub(crate) keys: Guard<Arc<KeySet>>,
    /// The place of the static token that was found; none when what is to be found depends on the body.
    pub(crate) token: Option<usize>,
    pub(crate) headers: &'a dyn Headers,
    pub(crate) request: Request<'a>,
}

impl<'a> Pending<'a> {
    /// Verifies the body, in place.
    ///
    /// # Errors
    ///
    /// [`VerifyError::SignatureMismatch`].
    #[inline]
    pub fn finish(self, body: &'a [u8]) -> Result<Verified<'a>, VerifyError> {
        let scheme = &self.compiled.scheme;
        for (index, key) in self.keys.iter().enumerate() {
            let message = scheme.signed.iter().map(|part| self.text(part).unwrap_or(body));
            let matches = match self.token {
                Some(token) => token == index,
                None => key.verifies(scheme, self.request.candidates, message),
            };
            if matches {
                let key = KeyId { index, label: key.label.clone() };
                return Ok(Verified { body, id: self.request.id, timestamp: self.request.timestamp, key });
            }
        }
        Err(VerifyError::SignatureMismatch)
    }

    /// Verifies the body in chunks, as they arrive. The result proves that they were authentic, but does not hold
    /// them: that is the caller's to do.
    ///
    /// ```
    /// # use http::HeaderMap;
    /// # use webhook_verify::{Encoding, Scheme, Secret, UnixTime, Verifier};
    /// # let scheme = Scheme::hmac_sha256("x-hub-signature-256", Encoding::Hex).prefix("sha256=");
    /// # let verifier = Verifier::new(scheme, Secret::new("It's a Secret to Everybody")?)?;
    /// # let mut headers = HeaderMap::new();
    /// # headers.insert("x-hub-signature-256",
    /// #     "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17".parse()?);
    /// let mut stream = verifier.begin(&headers, UnixTime::now())?.stream();
    /// for chunk in [&b"Hello, "[..], b"World!"] {
    ///     stream.update(chunk);
    /// }
    /// let verified = stream.finish()?;
    /// assert_eq!(verified.key().index(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Under several secrets each chunk is hashed once for each of them, since which one will match is not known.
    pub fn stream(self) -> Stream<'a> {
        let scheme = &self.compiled.scheme;
        let start = |key: &Key| {
            let mut running = key.start(scheme, self.request.candidates);
            for part in scheme.signed.iter().take_while(|part| **part != Part::Body) {
                running.update(self.text(part).unwrap_or_default());
            }
            running
        };
        let running = self.keys.iter().map(start).collect();
        Stream { pending: self, running }
    }

    /// The signed text of this part; `None` for the body.
    #[inline]
    fn text(&self, part: &Part) -> Option<&[u8]> {
        match part {
            Part::Body => None,
            Part::Timestamp => Some(self.request.timestamp_text),
            Part::Id => Some(self.request.id.unwrap_or_default()),
            Part::Text(text) => Some(text.as_bytes()),
            // `begin` has seen it.
            Part::Header(name) => Some(self.compiled.signed_header(self.headers, name).unwrap_or_default()),
        }
    }
}

impl fmt::Debug for Pending<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("timestamp", &self.request.timestamp).finish_non_exhaustive()
    }
}

/// A body being verified in chunks. Made by [`Pending::stream`].
#[must_use = "nothing is verified until it is finished"]
pub struct Stream<'a> {
    pending: Pending<'a>,
    /// One for each secret, in their order.
    running: Vec<Running>,
}

impl<'a> Stream<'a> {
    /// Takes the next chunk of the body.
    pub fn update(&mut self, chunk: &[u8]) {
        // A static token has nothing to do with the body, and some senders sign none of it.
        if self.pending.compiled.scheme.signed.contains(&Part::Body) {
            self.running.iter_mut().for_each(|running| running.update(chunk));
        }
    }

    /// Verifies what was taken.
    ///
    /// # Errors
    ///
    /// [`VerifyError::SignatureMismatch`].
    pub fn finish(self) -> Result<VerifiedStream<'a>, VerifyError> {
        let Self { pending, running } = self;
        let scheme = &pending.compiled.scheme;
        for ((index, key), mut running) in pending.keys.iter().enumerate().zip(running) {
            for part in scheme.signed.iter().skip_while(|part| **part != Part::Body).skip(1) {
                running.update(pending.text(part).unwrap_or_default());
            }
            if running.finish(scheme, pending.request.candidates) {
                let key = KeyId { index, label: key.label.clone() };
                return Ok(VerifiedStream {
                    id: pending.request.id,
                    timestamp: pending.request.timestamp,
                    key,
                });
            }
        }
        Err(VerifyError::SignatureMismatch)
    }
}

impl fmt::Debug for Stream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}
