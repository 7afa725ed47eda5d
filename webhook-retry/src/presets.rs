use core::time::Duration;

use crate::{Jitter, PolicyBuilder, Ratio, RetryAfter, RetryPolicy, Schedule, Table};

impl RetryPolicy {
    /// The preset of this name: `guide`, `durable` or `once`, as a configuration file writes it.
    ///
    /// ```
    /// use webhook_retry::RetryPolicy;
    ///
    /// assert_eq!(RetryPolicy::named("guide"), Some(RetryPolicy::guide()));
    /// assert_eq!(RetryPolicy::named("Guide"), None);
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "guide" => Some(Self::guide()),
            "durable" => Some(Self::durable()),
            "once" => Some(Self::once()),
            _ => None,
        }
    }

    /// Three attempts that wait 2 s and 4 s, without jitter: the timeline of the Hybrid Memory API's guide, and of
    /// the other guides this workspace follows.
    ///
    /// | attempt | waits | since the first attempt |
    /// | --- | --- | --- |
    /// | 1 | nothing | 0 s |
    /// | 2 | 2 s | 2 s |
    /// | 3 | 4 s | 6 s |
    ///
    /// It outlives an outage of six seconds: enough for a hiccup, not for a deployment. For work that must not be
    /// lost use [`durable`](Self::durable).
    pub const fn guide() -> Self {
        const GUIDE: RetryPolicy = valid(
            &RetryPolicy::builder(
                Schedule::Exponential { first: Duration::from_secs(2), ratio: Ratio::DOUBLE },
                3,
            )
            .max_delay(Duration::from_secs(4)),
        );
        GUIDE
    }

    /// Eight attempts over more than a day, each wait plus or minus 20 per cent: the timeline that Svix uses
    /// ([docs.svix.com/retries](https://docs.svix.com/retries)).
    ///
    /// | attempt | waits | since the first attempt |
    /// | --- | --- | --- |
    /// | 1 | nothing | 0 s |
    /// | 2 | 5 s (4 s to 6 s) | 5 s |
    /// | 3 | 5 min (4 min to 6 min) | 5 min 5 s |
    /// | 4 | 30 min (24 min to 36 min) | 35 min 5 s |
    /// | 5 | 2 h (1 h 36 min to 2 h 24 min) | 2 h 35 min 5 s |
    /// | 6 | 5 h (4 h to 6 h) | 7 h 35 min 5 s |
    /// | 7 | 10 h (8 h to 12 h) | 17 h 35 min 5 s |
    /// | 8 | 10 h (8 h to 12 h) | 27 h 35 min 5 s |
    ///
    /// After a failure of the class [`Throttled`](crate::Class::Throttled) no wait is shorter than a minute, as with
    /// Svix. (Svix waits so after a timeout, too; a timeout here is [`Transient`](crate::Class::Transient).)
    ///
    /// With the longest waits the last attempt begins after 33 h 6 min 6 s, which is its [`horizon`](Self::horizon);
    /// what throttling and a `Retry-After` add comes on top.
    pub const fn durable() -> Self {
        const DURABLE: RetryPolicy = valid(
            &RetryPolicy::builder(table(&[5, 300, 1800, 7200, 18_000, 36_000, 36_000]), 8)
                .max_delay(Duration::from_hours(12))
                .throttled_min_delay(Duration::from_mins(1))
                .jitter(Jitter::Proportional { per_mille: 200 }),
        );
        DURABLE
    }

    /// One attempt, whatever happens.
    ///
    /// | attempt | waits | since the first attempt |
    /// | --- | --- | --- |
    /// | 1 | nothing | 0 s |
    pub const fn once() -> Self {
        const ONCE: RetryPolicy =
            valid(&RetryPolicy::builder(Schedule::Fixed(Duration::ZERO), 1).retry_after(RetryAfter::Ignore));
        ONCE
    }
}

/// The policy of a preset. Every caller is a constant, so that a preset that is refused does not compile.
#[expect(clippy::panic, reason = "only evaluated by the compiler")]
pub(crate) const fn valid(builder: &PolicyBuilder) -> RetryPolicy {
    match (*builder).build() {
        Ok(policy) => policy,
        Err(_) => panic!("the preset is refused"),
    }
}

/// The schedule of a preset: a table of seconds.
#[expect(clippy::panic, reason = "only evaluated by the compiler")]
pub(crate) const fn table(seconds: &[u64]) -> Schedule {
    let mut delays = [Duration::ZERO; Table::MAX];
    let mut source = seconds;
    let mut target = delays.as_mut_slice();
    while let ([delay, more @ ..], [slot, free @ ..]) = (source, target) {
        *slot = Duration::from_secs(*delay);
        (source, target) = (more, free);
    }
    match Table::new(delays.split_at(seconds.len()).0) {
        Ok(table) => Schedule::Table(table),
        Err(_) => panic!("the preset's table is refused"),
    }
}
