//! Fluxbase events.
