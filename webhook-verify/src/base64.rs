//! Standard base64 of a known length, as signatures are written.
//!
//! A signature is public, so this takes no care of how long it takes for which text.

use base64_simd::{AsOut, STANDARD};

/// Decodes `text` if it stands for exactly so many bytes, is padded, and its last letter has no bits to spare.
#[inline]
pub(crate) fn decode<const BYTES: usize>(text: &[u8]) -> Option<[u8; BYTES]> {
    let padding: &[u8] = match BYTES % 3 {
        1 => b"==",
        2 => b"=",
        _ => b"",
    };
    // Checked first: the decoder panics when more bytes come out than fit.
    if text.len() != BYTES.div_ceil(3).saturating_mul(4) || !text.ends_with(padding) {
        return None;
    }
    let mut bytes = [0; BYTES];
    let decoded = STANDARD.decode(text, bytes.as_mut_slice().as_out()).ok()?;
    (decoded.len() == BYTES).then_some(bytes)
}

/// Encodes `bytes`, with padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode_to_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    /// Compares the two decoders on a text of `BYTES` bytes, on all that differ from it in one place, and on all
    /// paddings.
    fn compare<const BYTES: usize>() {
        let bytes = std::array::from_fn::<u8, BYTES, _>(|at| u8::try_from(at).unwrap().wrapping_mul(151));
        let text = STANDARD.encode(bytes).into_bytes();
        assert_eq!(decode(&text), Some(bytes));
        for padding in 0..=text.len() {
            let mut text = vec![b'A'; text.len()];
            text.iter_mut().rev().take(padding).for_each(|letter| *letter = b'=');
            let expected = STANDARD.decode(&text).ok().filter(|found| found.len() == BYTES);
            assert_eq!(decode::<BYTES>(&text).map(Vec::from), expected, "{BYTES} {padding}");
        }
        for at in 0..text.len() {
            for byte in 0..=u8::MAX {
                let mut text = text.clone();
                text[at] = byte;
                let expected = STANDARD.decode(&text).ok().filter(|found| found.len() == BYTES);
                assert_eq!(decode::<BYTES>(&text).map(Vec::from), expected, "{BYTES} {at} {byte}");
            }
        }
    }

    #[test]
    fn as_the_crate_of_that_name() {
        compare::<0>();
        compare::<1>();
        compare::<2>();
        compare::<3>();
        compare::<20>();
        compare::<32>();
        compare::<64>();
    }

    #[test]
    fn of_another_length() {
        assert_eq!(decode::<1>(b""), None);
        assert_eq!(decode::<2>(b"AA=="), None);
        assert_eq!(decode::<3>(b"AAA="), None);
        assert_eq!(decode::<3>(b"AAAAAAAA"), None);
        assert_eq!(decode::<1>(b"AA"), None);
    }
}
