//! What the benches share: fixed payloads and requests, the types a user would derive, a counting allocator, and a
//! clock for comparisons on a busy machine.

pub mod allocations;
pub mod duel;
pub mod payloads;
pub mod plain;
pub mod plot;
pub mod requests;
