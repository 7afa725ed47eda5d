//! What a process used and may use, from Linux's `/proc`.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::time::Duration;

/// What `/proc` counts in: USER_HZ, the same on every architecture that Rust's Linux targets have.
const TICK: Duration = Duration::from_millis(10);

/// The processor time of a process so far, in user mode and in the kernel.
///
/// # Errors
///
/// When the process is gone, or there is no `/proc`.
pub fn processor_time(pid: u32) -> Result<Duration> {
    let ticks = ticks(&fs::read_to_string(format!("/proc/{pid}/stat"))?).ok_or(ErrorKind::InvalidData)?;
    Ok(TICK * u32::try_from(ticks).map_err(Error::other)?)
}

/// The most memory that a process had resident so far, in bytes.
///
/// # Errors
///
/// When the process is gone, or there is no `/proc`.
pub fn peak_memory(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    Ok(peak(&status).ok_or(ErrorKind::InvalidData)?)
}

/// The numbers of the processors that this process may run on.
///
/// # Errors
///
/// When there is no `/proc`.
pub fn processors() -> Result<Vec<u32>> {
    let status = fs::read_to_string("/proc/self/status")?;
    Ok(value(&status, "Cpus_allowed_list").and_then(list).ok_or(ErrorKind::InvalidData)?)
}

/// The fields 14 and 15 of `/proc/PID/stat`, `utime` and `stime`, as proc(5) counts them. The second field is the
/// command's name in parentheses, which may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, from_third) = stat.rsplit_once(") ")?;
    let mut fields = from_third.split(' ').skip(14 - 3);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

fn peak(status: &str) -> Option<u64> {
    let kibibytes: u64 = value(status, "VmHWM")?.strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

fn value<'s>(status: &'s str, name: &str) -> Option<&'s str> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.map(str::trim)
}

/// Such as `0-3,8`.
fn list(text: &str) -> Option<Vec<u32>> {
    let mut processors = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        processors.extend(first.parse::<u32>().ok()?..=last.parse().ok()?);
    }
    Some(processors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_a_name_with_anything_in_it() {
        let fields = "S 1 2 3 4 5 6 7 8 9 10 700 55 0 0 20 0 1 0";
        assert_eq!(ticks(&format!("4711 (node) {fields}")), Some(755));
        assert_eq!(ticks(&format!("4711 (a) b (c) {fields}")), Some(755));
        assert_eq!(ticks("4711 (node) S 1 2"), None);
        assert_eq!(ticks(""), None);
    }

    #[test]
    fn memory_and_processors_are_read_by_their_names() {
        let status = "Name:\tnode\nVmPeak:\t  900000 kB\nVmHWM:\t    5120 kB\nCpus_allowed_list:\t0-2,5\n";
        assert_eq!(peak(status), Some(5120 * 1024));
        assert_eq!(value(status, "Cpus_allowed_list").and_then(list), Some(vec![0, 1, 2, 5]));
        assert_eq!(value(status, "Cpus_allowed"), None);
        assert_eq!(list("0-"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_used_something() {
        let pid = std::process::id();
        assert!(peak_memory(pid).unwrap() > 100 * 1024);
        assert!(!processors().unwrap().is_empty());
        let before = processor_time(pid).unwrap();
        // A tick at the most after this much has been used.
        let until = crate::duel::thread_time() + 3 * TICK;
        while crate::duel::thread_time() < until {}
        assert!(processor_time(pid).unwrap() > before);
        assert!(processor_time(u32::MAX).is_err());
    }
}
