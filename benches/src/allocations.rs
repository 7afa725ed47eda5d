//! How often and how much a thread allocates. Memory that a C library takes for itself is not seen.
//!
//! A bench that asks has [`Counting`] as its global allocator; one that does not is not slowed down by it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt;
use std::hint::black_box;

/// The system's allocator, and a count of what it is asked for.
pub struct Counting;

thread_local! {
    static TIMES: Cell<u64> = const { Cell::new(0) };
    static BYTES: Cell<u64> = const { Cell::new(0) };
}

fn count(bytes: usize) {
    // A thread that ends has no more counters, and nobody reads them.
    let _ = TIMES.try_with(|times| times.set(times.get() + 1));
    let _ = BYTES.try_with(|total| total.set(total.get() + bytes as u64));
}

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// What one call allocated, what it freed again included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocations {
    /// Allocations and reallocations.
    pub times: u64,
    /// Bytes asked for.
    pub bytes: u64,
}

/// What `call` allocates on this thread.
///
/// # Panics
///
/// When [`Counting`] is not the global allocator.
pub fn allocations(call: impl FnOnce()) -> Allocations {
    let before = TIMES.get();
    drop(black_box(Box::new(0_u8)));
    assert!(TIMES.get() > before, "the bench must have `Counting` as its `#[global_allocator]`");
    let before = (TIMES.get(), BYTES.get());
    call();
    Allocations { times: TIMES.get() - before.0, bytes: BYTES.get() - before.1 }
}

impl fmt::Display for Allocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} B)", self.times, self.bytes)
    }
}
