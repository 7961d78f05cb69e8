//! A client of corosync's votequorum service: async, in pure Rust, with no C library.
//!
//! ```no_run
//! use votequorum::{Client, Event, NodeId, TrackFlags};
//!
//! # async fn example() -> Result<(), votequorum::Error> {
//! let client = Client::connect().await?;
//! let info = client.get_info(NodeId::LOCAL).await?;
//! println!("node {} of a cluster with {} votes", info.node_id, info.total_votes);
//!
//! let mut track = client.track(TrackFlags::CHANGES, 0).await?;
//! while let Some(event) = track.next().await {
//!     if let Event::Quorum(quorum) = event? {
//!         println!("quorate: {}", quorum.quorate);
//!     }
//! }
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod client;
mod connection;
mod error;
mod event;
mod event_fd;
mod options;
mod quorum_device;
mod remedy;
mod track;
mod watch;

pub use client::{Client, Transport};
pub use error::{Error, ErrorKind};
pub use event::{Event, GapReason};
pub use event_fd::EventFd;
pub use options::Options;
pub use qbipc::SocketNamespace;
pub use quorate_codec::Reconnect;
pub use quorate_codec::qb::CsError;
pub use quorate_codec::votequorum::{
    ExpectedVotesNotification, InvalidName, InvalidRingId, MasterWins, Node, NodeId, NodeInfo,
    NodeInfoFlags, NodeState, NodelistNotification, QdeviceExtraInfoNotification, QdeviceName,
    QuorumNotification, RingId, TrackFlags, UnknownNotification, Vote,
};
pub use quorum_device::{Membership, QuorumDevice};
pub use track::Track;
pub use watch::{QuorumState, QuorumView, Watch};
