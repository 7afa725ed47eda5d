//! `cargo bench -p webhook-benches --bench verify`: time and allocations of whole verifications.

#[path = "groups/criteria.rs"]
mod criteria;
#[path = "groups/verifying.rs"]
mod verifying;

use webhook_benches::allocations::Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn main() {
    criteria::run(verifying::groups());
}
