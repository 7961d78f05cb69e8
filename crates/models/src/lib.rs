//! Models that the sans-IO sessions of `quorate-codec` are tested against: by random bytes in that
//! crate's tests, and by libFuzzer.
//!
//! They see the public API only. What they find wrong, they panic about.

#![forbid(unsafe_code)]

mod input;
pub mod session;

pub use input::Input;
