//! A client of corosync's votequorum service: async, in pure Rust, with no C library.
//!
//! ```no_run
//! use votequorum::{Client, Event, TrackFlags};
//!
//! # async fn example() -> Result<(), votequorum::Error> {
//! let client = Client::connect().await?;
//! let info = client.local_info().await?;
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
//!
//! # Behaviour
//!
//! - [`Client`] is cheap to clone, and used through `&self` from any number of tasks. All its clones
//!   share one connection. One task drives it; no thread is blocked, and an idle connection takes no
//!   processor time.
//! - Calls are pipelined: they go out without waiting for each other, 64 at a time by default
//!   ([`Builder::window`]), and the daemon answers them in order.
//! - Every call has a deadline, 5 s by default ([`Builder::call_timeout`], [`Client::with_timeout`]).
//!   A daemon that is stopped makes calls time out; when it goes on, so does the client.
//! - Notifications come as a stream, a [`Track`]. [`Client::watch`] is for programs that want the
//!   current state and not what led to it. Any number of both share the connection.
//! - Notifications are taken from the daemon whether or not a task reads them, so a slow reader
//!   costs the daemon nothing. The reader gets an [`Event::Lagged`] where it missed some, and then
//!   the state they led to.
//! - [`QuorumDevice`] is a quorum device but for the decision how to vote.
//! - With [`Builder::reconnect`] a client outlives its daemon. What was under way fails and is not
//!   sent again; a track gets [`Event::Lost`], the state of the new connection, then
//!   [`Event::Restored`].
//!
//! "Quorate" is the opinion of one partition at its own time. Two partitions can both be quorate for
//! a moment while a cluster splits, and a node that was paused may never be told that it had lost its
//! quorum ([`QuorumView::missed_rings`] shows that). What must not run twice needs fencing as well.
//!
//! # Cancellation
//!
//! Every future of this crate can be dropped at any time, also by a runtime that shuts down. A call
//! that was not sent yet has no effect then; one that was sent takes effect, and its reply is dropped
//! when it comes. Neither the daemon nor later calls are disturbed.
//!
//! # Errors
//!
//! [`Error`] says in its text what can be done about it. [`Error::kind`] is what to match on,
//! [`Error::status`] is the daemon's own code, [`Error::as_cs_error`] what the C library would have
//! returned, and [`Error::is_retryable`] whether to try again.
//!
//! States, flags, codes and notifications that this version does not know are handed on as they are.
//!
//! # Security
//!
//! The process that listens has to run as root, or as a user named by [`Builder::server_uids`],
//! before anything is sent. Its files are checked before they are mapped, and whatever it writes to
//! them is checked when it is read. `SECURITY.md` says what that leaves.
//!
//! # Logging
//!
//! With `tracing`: connecting, at `debug`; a connection that is made or lost, at `info`; and what a
//! [`QuorumDevice`] does. What a daemon sent is never logged as it is.

#![forbid(unsafe_code)]

mod client;
mod event;
mod quorum_device;
mod quorum_state;
mod track;
mod watch;

pub use client::{Client, Corosync3, ExtraInfo};
pub use event::Event;
pub use qbipc::SocketNamespace;
pub use qbipc::engine::{Error, ErrorKind, EventFd, LossReason, Transport};
pub use quorate_codec::Reconnect;
pub use quorate_codec::qb::CsError;
pub use quorate_codec::votequorum::{
    ExpectedVotesNotification, InvalidName, InvalidRingId, MasterWins, Node, NodeId, NodeInfo,
    NodeInfoFlags, NodeState, NodelistNotification, QdeviceExtraInfoNotification, QdeviceName,
    QuorumNotification, RingId, TrackFlags, UnknownNotification, Vote, Votequorum,
};
pub use quorum_device::{Membership, QuorumDevice};
pub use quorum_state::{QuorumState, QuorumView};
pub use track::Track;
pub use watch::Watch;

/// How to connect, and how the client behaves. Made by [`Client::builder`].
pub type Builder = qbipc::engine::Builder<Votequorum, Client>;
