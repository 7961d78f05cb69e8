//! What holds for the codecs, the sans-IO sessions and the rings of quorate, for any input: models of
//! them, and properties. libFuzzer runs them from `fuzz/`, and tests replay what it has found.
//!
//! They see the public API only. What they find wrong, they panic about.

#![forbid(unsafe_code)]

pub mod confd;
mod expect;
mod input;
pub mod qb;
pub mod session;
mod target;
pub mod votequorum;

pub use input::Input;
pub use target::{Allocated, Memory, Target};

/// Everything that is fuzzed.
pub const TARGETS: &[Target] = &[
    qb::SETUP,
    qb::RING,
    session::SESSION,
    votequorum::REQUESTS,
    votequorum::RESPONSES,
    votequorum::NOTIFICATIONS,
    votequorum::STATE,
    confd::TERMS,
    confd::NODE_IDS,
    confd::FRAMES,
    confd::MESSAGES,
    confd::HANDSHAKE,
    confd::HA_SESSION,
    confd::EVENT_SESSION,
];
