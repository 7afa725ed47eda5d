//! What must hold for every input, as functions of bytes.
//!
//! Each function is a property: it panics when the property does not hold. A fuzzer calls them through
//! `fuzz_targets/`, and the tests of this crate call them with the repository's samples and with random bytes.
#![forbid(unsafe_code)]

mod inbox;
mod json;
mod oracle;
mod parse;
mod replay;
mod retry;
mod schemes;
mod secret;
mod verify;

pub use inbox::{inbox, inbox_sqlite};
pub use json::json;
pub use parse::parse;
pub use retry::{retry, retry_after, retry_form};
pub use secret::secret;
pub use verify::{explain, tamper, verify};
