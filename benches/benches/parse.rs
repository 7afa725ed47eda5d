//! `cargo bench -p webhook-benches --bench parse`: time and allocations of reading each event's shape.

use webhook_benches::{criterion_of, parsing};

fn main() {
    criterion_of(parsing::groups());
}
