//! tmp
#![forbid(unsafe_code)]
#![warn(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)]

mod be_secondary;
mod builder;
mod client;
mod connect;
mod endpoint;
mod environment;
mod error;
pub mod events;
mod ha_socket;
mod options;
mod reconnect;
mod secret;
mod socket;
mod start_phase;

pub use builder::Builder;
pub use client::Client;
pub use endpoint::Endpoint;
pub use error::{Error, ErrorKind};
pub use events::{Event, Events};
pub use options::BadVersion;
pub use quorate_codec::confd_ha::handshake::{
    HandshakeReply, LibraryVersion, ProtocolVersion, Sizes,
};
pub use quorate_codec::confd_ha::{
    Address, CdbInitialized, ErrorCode, EventMask, HaEvent, HaState, Node, NodeId,
    OtherNotification, Status, Wait,
};
pub use quorate_codec::confd_ha::{node_id, term};
pub use reconnect::Reconnect;
pub use secret::TrailingNewline;
