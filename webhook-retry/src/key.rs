/// What makes the jitter of one event its own: a number made from the event's key, such as its webhook id.
///
/// Jitter drawn from (key, attempt) needs no random generator and nothing stored: after a crash the same event
/// gets the same waits, and different events get different ones, which is all that jitter is for.
///
/// It is not a cryptographic hash. Whoever chooses the key can predict when its own event is tried again, and
/// nothing else.
///
/// # Examples
///
/// ```
/// use webhook_retry::Key;
///
/// let key = Key::new("msg_2Lml");
/// assert_eq!(key.entropy(1), Key::new("msg_2Lml").entropy(1));
/// assert_ne!(key.entropy(1), key.entropy(2));
/// assert_ne!(key.entropy(1), Key::new("msg_2Lmm").entropy(1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(u64);

impl Key {
    /// The key of these bytes: their 64-bit FNV-1a hash, the same on every machine and in every version.
    pub fn new(key: impl AsRef<[u8]>) -> Self {
        let hash = key.as_ref().iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(hash)
    }

    /// 64 well-mixed bits for one attempt, to be given to [`Failure::entropy`](crate::Failure::entropy).
    pub const fn entropy(self, attempt: u32) -> u64 {
        #[expect(clippy::as_conversions, reason = "widens; `From` is not const")]
        let attempt = attempt as u64;
        mix(self.0 ^ mix(attempt))
    }
}

/// Spreads every bit of the input over the whole output; no two inputs give the same output (the finalizer of
/// `SplitMix64`).
pub(crate) const fn mix(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published vectors of 64-bit FNV-1a.
    #[test]
    fn a_key_is_fnv_1a() {
        assert_eq!(Key::new(""), Key(0xcbf2_9ce4_8422_2325));
        assert_eq!(Key::new("a"), Key(0xaf63_dc4c_8601_ec8c));
        assert_eq!(Key::new("foobar"), Key(0x8594_4171_f739_67e8));
    }

    /// The first numbers of `SplitMix64` seeded with 1234567.
    #[test]
    fn the_mixer_is_splitmix64() {
        assert_eq!(mix(1_234_567), 6_457_827_717_110_365_317);
        assert_eq!(mix(1_234_567_u64.wrapping_add(0x9e37_79b9_7f4a_7c15)), 3_203_168_211_198_807_973);
    }

    /// Stored waits must not change under a user's feet.
    #[test]
    fn the_entropy_of_an_attempt_never_changes() {
        assert_eq!(Key::new("msg_1").entropy(1), 12_034_155_626_477_812_432);
        assert_eq!(Key::new("msg_1").entropy(2), 8_721_826_644_336_408_701);
    }
}
