use std::fmt;

use bytes::{Bytes, BytesMut};

use crate::{Rejection, VerifyError};

/// Collects a request's body from the chunks in which it arrives, up to a limit.
///
/// A body of one chunk is not copied. Nothing is reserved ahead: memory grows with what was received, whatever
/// length the request declares.
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use webhook_verify::BodyBuffer;
///
/// let mut buffer = BodyBuffer::new(16);
/// buffer.check_declared(13)?; // the Content-Length, if there is one
/// for chunk in [Bytes::from("Hello, "), Bytes::from("World!")] {
///     buffer.push(chunk)?;
/// }
/// assert_eq!(buffer.finish(), "Hello, World!");
/// # Ok::<(), webhook_verify::Rejection>(())
/// ```
#[must_use]
pub struct BodyBuffer {
    limit: usize,
    /// What is said of a longer body instead of that it is too large.
    refusal: Option<VerifyError>,
    /// The only chunk so far; empty as soon as there is a second one.
    single: Bytes,
    /// All chunks, from the second on.
    joined: BytesMut,
}

impl BodyBuffer {
    /// An empty buffer for at most `limit` bytes.
    #[inline]
    pub fn new(limit: usize) -> Self {
        Self { limit, refusal: None, single: Bytes::new(), joined: BytesMut::new() }
    }

    /// An empty buffer of which a request with a longer body is refused with this error.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    #[inline]
    pub(crate) fn refusing(limit: usize, error: VerifyError) -> Self {
        Self { refusal: Some(error), ..Self::new(limit) }
    }

    fn over_limit(&self) -> Rejection {
        self.refusal.map_or(Rejection::BodyTooLarge { limit: self.limit }, Rejection::Refused)
    }

    /// Judges the length that a request declares, so that a body known to be too large is never read.
    ///
    /// # Errors
    ///
    /// [`Rejection::BodyTooLarge`].
    #[inline]
    pub fn check_declared(&self, bytes: u64) -> Result<(), Rejection> {
        match usize::try_from(bytes) {
            Ok(bytes) if bytes <= self.limit => Ok(()),
            _ => Err(self.over_limit()),
        }
    }

    /// Adds what has just arrived.
    ///
    /// # Errors
    ///
    /// [`Rejection::BodyTooLarge`].
    #[inline]
    pub fn push(&mut self, chunk: Bytes) -> Result<(), Rejection> {
        let held = if self.joined.is_empty() { self.single.len() } else { self.joined.len() };
        if held.checked_add(chunk.len()).is_none_or(|bytes| bytes > self.limit) {
            return Err(self.over_limit());
        }
        if held == 0 {
            self.single = chunk;
        } else {
            if self.joined.is_empty() {
                self.joined.reserve(held.saturating_add(chunk.len()));
                self.joined.extend_from_slice(&std::mem::take(&mut self.single));
            }
            self.joined.extend_from_slice(&chunk);
        }
        Ok(())
    }

    /// The whole body.
    #[inline]
    pub fn finish(self) -> Bytes {
        if self.joined.is_empty() { self.single } else { self.joined.freeze() }
    }
}

impl fmt::Debug for BodyBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyBuffer").field("limit", &self.limit).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOO_LARGE: Rejection = Rejection::BodyTooLarge { limit: 5 };

    #[test]
    fn one_chunk_is_not_copied() {
        let chunk = Bytes::from_static(b"12345");
        let mut buffer = BodyBuffer::new(5);
        buffer.push(Bytes::new()).unwrap();
        buffer.push(chunk.clone()).unwrap();
        buffer.push(Bytes::new()).unwrap();
        assert_eq!(buffer.push(Bytes::from_static(b"6")), Err(TOO_LARGE));

        let mut buffer = BodyBuffer::new(5);
        buffer.push(Bytes::new()).unwrap();
        buffer.push(chunk.clone()).unwrap();
        assert_eq!(buffer.finish().as_ptr(), chunk.as_ptr());
        assert_eq!(BodyBuffer::new(0).finish(), "");
    }

    #[test]
    fn chunks_are_joined_up_to_the_limit() {
        let mut buffer = BodyBuffer::new(5);
        for chunk in ["1", "23", "", "45"] {
            buffer.push(Bytes::from(chunk)).unwrap();
        }
        assert_eq!(buffer.push(Bytes::from("6")), Err(TOO_LARGE));
        assert_eq!(buffer.finish(), "12345");
        assert_eq!(BodyBuffer::new(5).push(Bytes::from("123456")), Err(TOO_LARGE));
    }

    #[test]
    fn a_declared_length_is_judged_and_not_believed() {
        let buffer = BodyBuffer::new(5);
        assert_eq!(buffer.check_declared(5), Ok(()));
        assert_eq!(buffer.check_declared(6), Err(TOO_LARGE));
        assert_eq!(buffer.check_declared(u64::MAX), Err(TOO_LARGE));

        let huge = BodyBuffer::new(usize::MAX);
        huge.check_declared(1 << 40).unwrap();
        assert_eq!(huge.joined.capacity(), 0);
    }
}
