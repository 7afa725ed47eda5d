use core::time::Duration;

/// The longest time that a policy takes: a hundred years of 365.25 days.
///
/// A longer one is a slip of the pen, such as `Duration::MAX` for "no limit", and would lie about what is going to
/// happen. It also keeps every number of milliseconds exact in JSON, TOML and a signed column of a database.
pub(crate) const LONGEST: Duration = Duration::from_hours(876_600);

/// The milliseconds of `time`, at most those of [`LONGEST`].
pub(crate) const fn saturating(time: Duration) -> u64 {
    if time.as_secs() >= LONGEST.as_secs() {
        return LONGEST.as_secs().saturating_mul(1000);
    }
    #[expect(clippy::as_conversions, reason = "at most 999; `From` is not const")]
    let rest = time.subsec_millis() as u64;
    time.as_secs().saturating_mul(1000).saturating_add(rest)
}

/// Whether `time` is longer than [`LONGEST`].
pub(crate) const fn too_long(time: Duration) -> bool {
    time.as_secs() > LONGEST.as_secs() || (time.as_secs() == LONGEST.as_secs() && time.subsec_nanos() > 0)
}

/// Whether `time` has no part finer than a millisecond.
pub(crate) const fn is_whole(time: Duration) -> bool {
    time.subsec_nanos().is_multiple_of(1_000_000)
}
