//! `cargo bench -p webhook-benches --bench verify`: time and allocations of whole verifications.

#[path = "groups/criteria.rs"]
mod criteria;
#[path = "groups/verifying.rs"]
mod verifying;

fn main() {
    criteria::run(verifying::groups());
}
