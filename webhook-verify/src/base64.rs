//! Standard base64 of a known length, as signatures are written.
//!
//! A signature is public, so this takes no care of how long it takes for which text, and since its length is known it
//! needs no more than a table: a third of the instructions of a decoder for texts of any length.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What a byte stands for that is none of the alphabet. No value has this bit.
const NONE: u8 = 0x80;

const VALUES: [u8; 256] = values();

#[expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "computed by the compiler, which refuses what is out of bounds; there are 64 letters"
)]
const fn values() -> [u8; 256] {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < alphabet.len() {
        values[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    values
}

/// Decodes `text` into `bytes` if it stands for exactly so many, is padded, and its last letter has no bits to spare.
/// What `bytes` holds otherwise is not said.
#[inline]
pub(crate) fn decode(text: &[u8], bytes: &mut [u8]) -> Option<()> {
    if text.len() != bytes.len().div_ceil(3).saturating_mul(4) {
        return None;
    }
    let (groups, _) = text.as_chunks::<4>();
    let (triples, rest) = bytes.as_chunks_mut::<3>();
    let mut seen = 0;
    for (group, triple) in groups.iter().zip(triples) {
        let [_, a, b, c] = bits(*group, &mut seen);
        *triple = [a, b, c];
    }
    match (groups.last(), rest) {
        (Some(&[a, b, c, b'=']), [first, second]) => {
            let spare;
            [_, *first, *second, spare] = bits([a, b, c, b'A'], &mut seen);
            (spare | seen & NONE == 0).then_some(())
        }
        (Some(&[a, b, b'=', b'=']), [first]) => {
            let (spare, none);
            [_, *first, spare, none] = bits([a, b, b'A', b'A'], &mut seen);
            (spare | none | seen & NONE == 0).then_some(())
        }
        (_, []) => (seen & NONE == 0).then_some(()),
        _ => None,
    }
}

/// Encodes `bytes`, with padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The 24 bits of four letters, behind a byte of zeros. Notes in `seen` whether one is none of the alphabet.
#[inline]
fn bits(letters: [u8; 4], seen: &mut u8) -> [u8; 4] {
    #[expect(clippy::indexing_slicing, reason = "the table has a value for each byte")]
    let [a, b, c, d] = letters.map(|letter| VALUES[usize::from(letter)]);
    *seen |= a | b | c | d;
    (u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &[u8], length: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; length];
        decode(text, &mut bytes).map(|()| bytes)
    }

    #[test]
    fn as_the_crate_of_that_name() {
        for length in [0_u8, 1, 2, 3, 20, 32, 64, 72] {
            let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(151).wrapping_add(length)).collect();
            let text = STANDARD.encode(&bytes).into_bytes();
            assert_eq!(decoded(&text, bytes.len()).as_ref(), Some(&bytes));
            assert_eq!(decoded(&text, bytes.len() + 1), None);
            assert_eq!(decoded(&text, bytes.len().wrapping_sub(1).min(80)), None, "{length}");
            // Every byte in every place.
            for at in 0..text.len() {
                for byte in 0..=u8::MAX {
                    let mut text = text.clone();
                    text[at] = byte;
                    let expected = STANDARD.decode(&text).ok().filter(|found| found.len() == bytes.len());
                    assert_eq!(decoded(&text, bytes.len()), expected, "{length} {at} {byte}");
                }
            }
        }
    }
}
