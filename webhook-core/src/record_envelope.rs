//! The record envelope of the Hybrid Memory API.
