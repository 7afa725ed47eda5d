//! Comparing alternatives on a machine that is never quiet.
//!
//! All alternatives run in one binary, in short batches in turn, each round beginning with another one. The clock is
//! the thread's processor time, so a batch that is interrupted does not count somebody else's time. What is reported
//! is the median of the ratios within a round: both sides of such a ratio saw the same machine.

use std::hint::black_box;
use std::time::Duration;

use crate::allocations::{Allocations, allocations};

/// Long enough for the clock, short enough that few batches are interrupted.
const BATCH: Duration = Duration::from_micros(60);

/// Something to be timed. Made by [`subject`].
pub struct Subject {
    name: String,
    run: Box<dyn FnMut(u32)>,
}

/// `call` under this name. Its result is kept from being optimised away.
pub fn subject<T>(name: impl Into<String>, mut call: impl FnMut() -> T + 'static) -> Subject {
    let run = move |times| {
        for _ in 0..times {
            black_box(call());
        }
    };
    Subject { name: name.into(), run: Box::new(run) }
}

impl Subject {
    /// The subject's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What one call allocates.
    pub fn allocations(&mut self) -> Allocations {
        (self.run)(1); // what is set up once does not count
        allocations(|| (self.run)(1))
    }

    /// The processor time of so many calls.
    pub fn time(&mut self, calls: u32) -> Duration {
        let before = thread_time();
        (self.run)(calls);
        thread_time() - before
    }
}

/// Subjects that do the same job; the first one is what the others are measured by.
pub struct Group {
    /// What they do.
    pub name: String,
    /// Who does it.
    pub subjects: Vec<Subject>,
}

/// What was measured of one subject.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The subject's name.
    pub name: String,
    /// Nanoseconds of a call: the tenth percentile of all batches.
    pub p10: f64,
    /// Nanoseconds of a call: the median of all batches.
    pub median: f64,
    /// Against the first subject: the median of the ratios within a round.
    pub ratio: f64,
    /// The quartiles of those ratios.
    pub spread: (f64, f64),
    /// What one call allocates.
    pub allocations: Allocations,
}

/// Times all subjects against the first one.
pub fn duel(rounds: usize, subjects: &mut [Subject]) -> Vec<Measured> {
    let batches: Vec<u32> = subjects.iter_mut().map(batch_size).collect();
    let mut times = vec![Vec::with_capacity(rounds); subjects.len()];
    for round in 0..rounds {
        for turn in 0..subjects.len() {
            let at = (round + turn) % subjects.len();
            times[at].push(subjects[at].time(batches[at]).as_nanos() as f64 / f64::from(batches[at]));
        }
    }
    let first = times[0].clone();
    let measured = |(subject, times): (&mut Subject, Vec<f64>)| {
        let mut ratios: Vec<f64> = times.iter().zip(&first).map(|(time, first)| time / first).collect();
        let mut times = times;
        Measured {
            allocations: subject.allocations(),
            name: subject.name.clone(),
            p10: quantile(&mut times, 0.1),
            median: quantile(&mut times, 0.5),
            ratio: quantile(&mut ratios, 0.5),
            spread: (quantile(&mut ratios, 0.25), quantile(&mut ratios, 0.75)),
        }
    };
    subjects.iter_mut().zip(times).map(measured).collect()
}

fn batch_size(subject: &mut Subject) -> u32 {
    let mut size = 1;
    // Also warms up: caches, the processor's clock, and what a subject sets up on its first call.
    loop {
        let took = subject.time(size).as_nanos() as f64;
        if took >= BATCH.as_nanos() as f64 / 2.0 || size >= 1 << 20 {
            let wanted = BATCH.as_nanos() as f64 / (took / f64::from(size));
            return (wanted as u32).max(1);
        }
        size *= 2;
    }
}

/// The `part`-quantile of `values`, which are sorted by this; between two of them in proportion.
pub fn quantile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len() - 1) as f64 * part;
    let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

/// The processor time of this thread.
#[cfg(unix)]
pub fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes one `timespec` to where the pointer points.
    let answer = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(answer, 0, "no clock for the thread's processor time");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The time since the first call: elsewhere there is no clock for one thread.
#[cfg(not(unix))]
pub fn thread_time() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_lies_between_the_values_around_its_place() {
        let mut values = [4.0, 1.0, 2.0, 3.0];
        let found = [0.0, 0.25, 0.5, 0.75, 1.0].map(|part| quantile(&mut values, part));
        assert_eq!(found, [1.0, 1.75, 2.5, 3.25, 4.0]);
        assert_eq!(quantile(&mut [7.0], 0.5), 7.0);
    }
}
