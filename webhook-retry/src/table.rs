use core::fmt;
use core::time::Duration;

use crate::PolicyError;
use crate::millis;
use crate::schedule::check;

/// A list of waits, at most [`Table::MAX`] of them, kept in place so that a policy needs no allocator.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Milliseconds; zero behind the end, so that equal tables are equal bytes.
    delays: [u64; Table::MAX],
    len: usize,
}

impl Table {
    /// The most entries that a table has. The longest published list has nine; with sixteen a policy stays small
    /// enough to be copied.
    pub const MAX: usize = 16;

    /// The waits after the first attempt, the second, and so on. They need not grow; zero means at once.
    ///
    /// # Errors
    ///
    /// [`PolicyError::EmptyTable`], [`PolicyError::LongTable`], [`PolicyError::TooLong`] for a wait above a hundred
    /// years, and [`PolicyError::NotWholeMillis`] for one with a part finer than a millisecond.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use webhook_retry::Table;
    ///
    /// let table = Table::new(&[Duration::from_secs(5), Duration::from_secs(300)])?;
    /// assert_eq!(table.iter().last(), Some(Duration::from_secs(300)));
    /// # Ok::<(), webhook_retry::PolicyError>(())
    /// ```
    pub const fn new(delays: &[Duration]) -> Result<Self, PolicyError> {
        if delays.is_empty() {
            return Err(PolicyError::EmptyTable);
        }
        let mut table = Self { delays: [0; Self::MAX], len: delays.len() };
        let mut source = delays;
        let mut target = table.delays.as_mut_slice();
        while let [delay, more @ ..] = source {
            let [slot, free @ ..] = target else { return Err(PolicyError::LongTable) };
            if let Err(error) = check(*delay, "table") {
                return Err(error);
            }
            *slot = millis::saturating(*delay);
            (source, target) = (more, free);
        }
        Ok(table)
    }

    /// The waits, in order.
    pub fn iter(&self) -> impl Iterator<Item = Duration> + '_ {
        self.delays.iter().take(self.len).copied().map(Duration::from_millis)
    }

    /// The entry at `index`, or the last one.
    pub(crate) fn wait(&self, index: u32) -> u64 {
        let last = self.len.saturating_sub(1);
        let index = usize::try_from(index).unwrap_or(last).min(last);
        self.delays.get(index).copied().unwrap_or_default()
    }

    /// Whether the wait after attempt `attempt` is the last entry.
    pub(crate) fn ends_at(&self, attempt: u32) -> bool {
        usize::try_from(attempt).unwrap_or(usize::MAX) >= self.len
    }

    pub(crate) const fn first(&self) -> u64 {
        let [first, ..] = self.delays;
        first
    }

    pub(crate) const fn longest(&self) -> u64 {
        let mut longest = 0;
        let (mut rest, _) = self.delays.split_at(self.len);
        while let [delay, more @ ..] = rest {
            if *delay > longest {
                longest = *delay;
            }
            rest = more;
        }
        longest
    }

    pub(crate) const fn shortest(&self) -> u64 {
        let mut shortest = u64::MAX;
        let (mut rest, _) = self.delays.split_at(self.len);
        while let [delay, more @ ..] = rest {
            if *delay < shortest {
                shortest = *delay;
            }
            rest = more;
        }
        shortest
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
