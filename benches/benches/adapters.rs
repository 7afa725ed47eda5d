//! `cargo bench -p webhook-benches --bench adapters`: time and allocations of a request through a router.

#[path = "groups/adapters.rs"]
mod adapters;
#[path = "groups/criteria.rs"]
mod criteria;

use webhook_benches::allocations::Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn main() {
    criteria::run(adapters::groups());
}
