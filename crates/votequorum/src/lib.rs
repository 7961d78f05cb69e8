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
//! - [`Client`] is cheap to clone, and used through `&self` from as many tasks as you like. All its
//!   clones share one connection, which lives until the last of them, of its tracks and of its
//!   watches is gone. One task per connection drives it; no thread is blocked, and an idle
//!   connection takes no processor time.
//! - Calls are pipelined: they go out without waiting for each other, 64 at a time unless
//!   [`Options::window`] says otherwise, and the daemon answers them in order.
//! - Every call has a deadline, 5 s unless [`Options::timeout`] or [`Client::with_timeout`] says
//!   otherwise. A daemon that is stopped makes calls time out; when it goes on, so does the client.
//! - Notifications come as a stream, a [`Track`]; a connection has one at a time.
//!   [`Client::watch`] is for those who want the state and not what led to it.
//! - Notifications are taken from the daemon whether or not anybody reads them, so a slow reader
//!   costs the daemon nothing. It finds an [`Event::Lagged`] where it missed some.
//! - [`QuorumDevice`] is a quorum device but for the decision how to vote.
//! - With [`Options::reconnect`] a client outlives its daemon. What was under way fails and is not
//!   sent again; a track says [`Event::Gap`] and starts again with the state of then.
//!
//! # Cancellation
//!
//! Every future of this crate can be dropped at any time, also by a runtime that shuts down. A call
//! that was not sent yet has no effect then; one that was takes effect, and its reply is dropped
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
//! The client sends nothing until it has checked that the process listening on the socket runs as
//! root, or as a user named by [`Options::server_uids`]. The files that process names are checked
//! before they are mapped, and what it writes to them is checked when it is read. [SECURITY.md] describes the remaining risks.
//!
//! [SECURITY.md]: https://github.com/quorate/quorate/blob/HEAD/SECURITY.md
//!
//! # Logging
//!
//! With `tracing`: a span, at `debug`, for connecting and for every call; an event when a connection
//! is made or closed, at `debug`, or lost and made again, at `info`; and what a [`QuorumDevice`]
//! does. What a daemon sent is never logged as it is.

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
mod world;

pub use client::{Client, Transport};
pub use error::{Error, ErrorKind};
pub use event::{Event, GapReason};
pub use event_fd::EventFd;
pub use options::Options;
pub use qbipc::SocketNamespace;
pub use quorate_codec::Reconnect;
pub use quorate_codec::qb::CsError;
pub use quorate_codec::votequorum::{
    ExpectedVotesNotification, InvalidName, InvalidRingId, InvalidText, MasterWins, Node, NodeId,
    NodeInfo, NodeInfoFlags, NodeState, NodelistNotification, QdeviceExtraInfoNotification,
    QdeviceName, QuorumNotification, RingId, TrackFlags, UnknownNotification, Vote,
};
pub use quorum_device::{Membership, QuorumDevice};
pub use track::Track;
pub use watch::{QuorumState, QuorumView, Watch};

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
