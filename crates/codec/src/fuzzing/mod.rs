//! Entry points for fuzzing, and for replaying what fuzzing has found. Not part of the API.
//!
//! Each stands beside the code it tests, in a file or directory called `fuzz`; here they are
//! gathered. `fuzz/` in the repository runs them with libFuzzer, `tests/fuzz_replay.rs` runs them
//! on every input of its corpora.

pub(crate) mod expect;
mod script;
mod target;

pub use script::Script;
pub use target::{Allocated, Memory, Target};

pub use crate::confd_ha::fuzz::{FRAMES, MESSAGES};
pub use crate::confd_ha::node_id::fuzz::NODE_IDS;
pub use crate::confd_ha::session::fuzz::{EVENT_SESSION, HA_SESSION, HANDSHAKE};
pub use crate::confd_ha::term::fuzz::TERMS;
pub use crate::qb::fuzz::SETUP;
pub use crate::votequorum::fuzz::{NOTIFICATIONS, REQUESTS, RESPONSES};
pub use crate::votequorum::session::fuzz::SESSION;

/// Every entry point of this crate.
pub const TARGETS: &[Target] = &[
    SETUP,
    REQUESTS,
    RESPONSES,
    NOTIFICATIONS,
    SESSION,
    TERMS,
    NODE_IDS,
    FRAMES,
    MESSAGES,
    HANDSHAKE,
    HA_SESSION,
    EVENT_SESSION,
];

/// The operations of those entry points that take lists of them, for whoever writes such lists.
pub mod operations {
    pub use crate::confd_ha::session::fuzz::events::operation as event_session;
    pub use crate::confd_ha::session::fuzz::ha::operation as ha_session;
    pub use crate::votequorum::session::fuzz::operation as session;
}
