//! ConfD's frames, messages and terms, and a model of each of its sessions.

mod events;
mod frames;
mod ha;
mod handshake;
mod messages;
mod node_ids;
mod terms;
mod wire;

pub use events::EVENT_SESSION;
pub use frames::FRAMES;
pub use ha::HA_SESSION;
pub use handshake::HANDSHAKE;
pub use messages::MESSAGES;
pub use node_ids::NODE_IDS;
pub use terms::TERMS;

/// The operations of the models of sessions, for lists of them.
pub mod operations {
    pub use super::events::operation as event_session;
    pub use super::ha::operation as ha_session;
}
