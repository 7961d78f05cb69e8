//! Entry points for fuzzing the sessions, as lists of operations.

pub(crate) mod events;
pub(crate) mod ha;
mod handshake;
mod wire;

pub use events::EVENT_SESSION;
pub use ha::HA_SESSION;
pub use handshake::HANDSHAKE;
