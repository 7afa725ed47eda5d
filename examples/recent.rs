//! The keys of events that were seen a short while ago, in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use webhook_axum::webhook_core::IdempotencyKey;

/// Most keys that are remembered; the oldest goes first. Each takes about 200 bytes.
const MAX_KEYS: usize = 100_000;

/// Tells repetitions within a window of time. What it remembers ends with the process: an application that must not
/// do a thing twice keeps the key in its database, in the transaction that does the thing.
#[derive(Debug, Clone)]
pub struct Recent {
    window: Duration,
    keys: Arc<Mutex<Keys>>,
}

#[derive(Debug, Default)]
struct Keys {
    known: HashMap<IdempotencyKey, Instant>,
    /// The same keys, the oldest first.
    order: VecDeque<IdempotencyKey>,
}

impl Recent {
    /// Remembers each key for `window`.
    pub fn new(window: Duration) -> Self {
        Self { window, keys: Arc::default() }
    }

    /// Whether this key was not seen within the window, and remembers it.
    pub fn is_new(&self, key: IdempotencyKey) -> bool {
        self.is_new_at(key, Instant::now())
    }

    fn is_new_at(&self, key: IdempotencyKey, now: Instant) -> bool {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let Keys { known, order } = &mut *keys;
        while let Some(oldest) = order.front() {
            let fresh = known.get(oldest).is_some_and(|seen| now.duration_since(*seen) < self.window);
            if fresh && order.len() < MAX_KEYS {
                break;
            }
            known.remove(oldest);
            order.pop_front();
        }
        if known.contains_key(&key) {
            return false;
        }
        known.insert(key.clone(), now);
        order.push_back(key);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_within_the_window_only() {
        let recent = Recent::new(Duration::from_secs(10));
        let start = Instant::now();
        let is_new =
            |key, after| recent.is_new_at(IdempotencyKey::new(key), start + Duration::from_secs(after));
        assert!(is_new("a", 0));
        assert!(is_new("b", 5));
        assert!(!is_new("a", 9));
        assert!(is_new("a", 10));
        assert!(!is_new("b", 14));
        assert!(is_new("b", 15));
    }

    #[test]
    fn there_are_never_too_many() {
        let recent = Recent::new(Duration::from_hours(1));
        let now = Instant::now();
        for number in 0..=MAX_KEYS {
            assert!(recent.is_new_at(IdempotencyKey::new(number.to_string()), now));
        }
        assert_eq!(recent.keys.lock().unwrap().known.len(), MAX_KEYS);
        assert!(recent.is_new_at(IdempotencyKey::new("0"), now), "the oldest was forgotten");
    }
}
