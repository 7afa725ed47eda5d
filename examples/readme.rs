//! The README's code, compiled as documentation tests so that it stays right.
#![doc = include_str!("../README.md")]
