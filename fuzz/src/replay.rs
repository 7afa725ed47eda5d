//! The same properties without a fuzzer: over the repository's samples, over the seeds, and over random bytes.
#![cfg(test)]

use std::path::{Path, PathBuf};

/// All files below a folder of the repository.
fn files(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    fn collect(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
        let entries =
            std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                collect(&path, found);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                found.push((path, bytes));
            }
        }
    }
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder), &mut found);
    assert!(!found.is_empty(), "nothing in {folder}");
    found.sort();
    found
}

/// Each file as it is, cut off, and with bytes changed.
fn replay(property: fn(&[u8]), folder: &str) {
    let mut random = Random(1);
    for (path, bytes) in files(folder) {
        println!("{}", path.display());
        property(&bytes);
        for _ in 0..2 {
            property(&bytes[..random.below(bytes.len() + 1)]);
            let mut changed = bytes.clone();
            for _ in 0..=random.below(3) {
                if !changed.is_empty() {
                    let at = random.below(changed.len());
                    changed[at] = *random.pick(b"\"{}[]:,\\ 0e-\n\x00\xff");
                }
            }
            property(&changed);
        }
    }
}

/// Random bytes, up to so many times eight.
fn random(property: fn(&[u8]), times: u64, longest: usize) {
    for seed in 0..times {
        let mut random = Random(seed);
        let bytes: Vec<u8> = (0..random.below(longest)).flat_map(|_| random.next().to_le_bytes()).collect();
        println!("seed {seed}");
        property(&bytes);
    }
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap()
    }

    fn pick<'s, T>(&mut self, from: &'s [T]) -> &'s T {
        &from[self.below(from.len())]
    }
}

#[test]
fn verify() {
    replay(crate::verify, "webhook-verify/tests/it/captures");
}

#[test]
fn tamper() {
    random(crate::tamper, 1_000, 60);
}

#[test]
fn explain() {
    random(crate::explain, 60, 50);
}

#[test]
fn secret() {
    replay(crate::secret, "fuzz/seeds/secret");
    random(crate::secret, 100, 12);
}

#[test]
fn parse() {
    replay(crate::parse, "webhook-core/tests/samples");
}

#[test]
fn json() {
    replay(crate::json, "webhook-core/tests/samples");
}

#[test]
fn retry() {
    random(crate::retry, 2_000, 50);
}

#[test]
fn retry_form() {
    replay(crate::retry_form, "fuzz/seeds/retry_form");
}

#[test]
fn retry_after() {
    replay(crate::retry_after, "fuzz/seeds/retry_after");
}

#[test]
fn inbox() {
    random(crate::inbox, 500, 120);
}

#[test]
fn inbox_sqlite() {
    random(crate::inbox_sqlite, 20, 120);
}
