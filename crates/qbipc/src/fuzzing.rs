//! Entry points for fuzzing, and for replaying what fuzzing has found. Not part of the API.
//!
//! See the module of this name in `quorate_codec`.

use quorate_codec::fuzzing::Target;

pub use crate::ring::fuzz::RING;
pub use crate::ring::fuzz::operation as ring_operation;

/// Every entry point of this crate.
pub const TARGETS: &[Target] = &[RING];
