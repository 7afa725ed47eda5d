//! `cargo bench -p webhook-benches --bench parse`: time and allocations of reading each event's shape.

#[path = "groups/criteria.rs"]
mod criteria;
#[path = "groups/parsing.rs"]
mod parsing;

use webhook_benches::allocations::Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn main() {
    criteria::run(parsing::groups());
}
