//! ChatterWise events.
