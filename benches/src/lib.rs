//! What the benches share: fixed payloads and requests, the types a user would derive, a counting allocator, a clock
//! for comparisons on a busy machine, and what the load bench reads of answers and processes.

pub mod allocations;
pub mod answer;
pub mod duel;
pub mod machine;
pub mod payloads;
pub mod plain;
pub mod plot;
pub mod process;
pub mod requests;
