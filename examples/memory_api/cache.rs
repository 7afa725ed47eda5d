//! Records that were asked for lately.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::change::Record;

/// Most records that are kept; then the one that nobody asked for longest goes.
const CAPACITY: usize = 1000;

/// Largest record that is kept, in bytes.
const LARGEST: usize = 64 * 1024;

/// For how long a record is kept: an event that never arrives leaves it stale no longer than this.
const LONGEST: Duration = Duration::from_mins(5);

#[derive(Default)]
pub(crate) struct Cache(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    entries: HashMap<Record, Entry>,
    /// Counts what was removed.
    removals: u64,
}

struct Entry {
    json: String,
    kept: Instant,
    used: Instant,
}

/// A record was not there; what the source has of it may be kept.
pub(crate) struct Miss {
    removals: u64,
}

impl Cache {
    pub(crate) fn find(&self, record: &Record) -> Result<String, Miss> {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let removals = cache.removals;
        match cache.entries.get_mut(record) {
            Some(entry) if entry.kept.elapsed() < LONGEST => {
                entry.used = Instant::now();
                Ok(entry.json.clone())
            }
            _ => Err(Miss { removals }),
        }
    }

    /// Keeps what was read after the miss, unless an event came in between: then it may be old already.
    pub(crate) fn keep(&self, miss: &Miss, record: Record, json: String) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.removals != miss.removals || json.len() > LARGEST {
            return;
        }
        if cache.entries.len() >= CAPACITY {
            let oldest =
                cache.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(record, _)| record.clone());
            oldest.map(|record| cache.entries.remove(&record));
        }
        let now = Instant::now();
        cache.entries.insert(record, Entry { json, kept: now, used: now });
    }

    /// Forgets a record. Whether it was there.
    pub(crate) fn remove(&self, record: &Record) -> bool {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cache.removals = cache.removals.wrapping_add(1);
        cache.entries.remove(record).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: usize) -> Record {
        Record::new("supabase", "users", &id.to_string())
    }

    #[test]
    fn what_was_read_before_a_removal_is_not_kept() {
        let cache = Cache::default();
        let Err(miss) = cache.find(&record(1)) else { panic!("empty") };
        assert!(!cache.remove(&record(1)));
        cache.keep(&miss, record(1), "old".into());
        let Err(miss) = cache.find(&record(1)) else { panic!("kept what may be old") };
        cache.keep(&miss, record(1), "new".into());
        assert!(cache.find(&record(1)).is_ok_and(|json| json == "new"));
        assert!(cache.remove(&record(1)));
        let Err(miss) = cache.find(&record(1)) else { panic!("kept what was removed") };
        cache.keep(&miss, record(1), "x".repeat(LARGEST + 1));
        assert!(cache.find(&record(1)).is_err(), "kept what is too large");
    }

    #[test]
    fn it_is_bounded() {
        let cache = Cache::default();
        for id in 0..=CAPACITY {
            let Err(miss) = cache.find(&record(id)) else { panic!("new") };
            cache.keep(&miss, record(id), String::new());
            assert!(cache.find(&record(0)).is_ok() || id == CAPACITY, "the one that is asked for stays");
        }
        assert_eq!(cache.0.lock().unwrap().entries.len(), CAPACITY);
        assert!(cache.find(&record(0)).is_ok() && cache.find(&record(1)).is_err());
    }
}
