//! `cargo bench -p webhook-benches --bench parse`: time and allocations of reading each event's shape.

#[path = "groups/criteria.rs"]
mod criteria;
#[path = "groups/parsing.rs"]
mod parsing;

fn main() {
    criteria::run(parsing::groups());
}
