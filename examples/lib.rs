//! What the example programs share: how a server starts and stops, and what it answers when something of its own
//! fails. Each program stands in a folder of its own.

pub mod recent;
pub mod serve;

mod variant;

pub use variant::scheme_from_env;

/// The README's code, compiled as documentation tests so that it stays right.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
