//! The HA control of ConfD and NSO: orders to a daemon, and the events of its role.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use confd_ha::{Client, Event, HaEvent, Node, Wait};
//!
//! # async fn example() -> Result<(), confd_ha::Error> {
//! // One HA socket: the daemon closes whichever it had before.
//! let client = Client::builder().tcp("127.0.0.1:4565").token("secret").connect().await?;
//!
//! // Events have a socket of their own. A heartbeat that is late is an item too.
//! let mut events = client.events().heartbeat(Duration::from_secs(10)).subscribe().await?;
//!
//! // Follow the primary; this returns when the database has been copied.
//! let primary = Node::new("node0", "10.0.0.1");
//! client.be_secondary("node1", primary, Wait::ForSync).await?;
//! println!("{:?}", client.status().await?);
//!
//! while let Some(event) = events.next().await {
//!     match event? {
//!         // The daemon stays secondary; who is to be primary now is for the framework to decide.
//!         Event::Ha { event: HaEvent::NoPrimary { reason }, .. } => {
//!             println!("the primary is lost: {reason}");
//!             client.be_primary("node1").await?;
//!         }
//!         Event::Missed { silent_for } => println!("no heartbeat for {silent_for:?}"),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Behaviour
//!
//! - [`Client`] is cheap to clone and used through `&self`. Orders go over its one socket, one at a
//!   time, since the protocol has no ids; each takes one write and, for what fits one segment, one
//!   read. No task runs in the background.
//! - Every order has a timeout: 5 s, but none for becoming secondary, which copies a database. See
//!   [`Builder::call_timeout`], [`Builder::sync_timeout`] and [`Client::with_timeout`].
//! - A daemon has one HA socket. When another controller connects, this one is closed, and its next
//!   order fails with [`ErrorKind::Evicted`]. A daemon that is gone is told apart by whether it
//!   still accepts connections. The client never reconnects by itself after an eviction.
//! - [`Events`] is a stream, polled by its owner. Unknown events and notifications are delivered.
//!   With [`sync`](events::EventsBuilder::sync) the daemon's HA is blocked after each HA event, until
//!   its [guard](events::SyncGuard) is acknowledged or dropped.
//! - With [`Builder::reconnect`] events subscribe again after the daemon went away: each outage is
//!   one [`Event::Lost`] and one [`Event::Restored`]. The HA socket is opened again by the next
//!   order. No order is ever resent.
//!
//! # Cancellation
//!
//! Every future can be dropped. An order that was not sent yet has no effect then. One that was
//! sent leaves its answer owed, so its socket is closed, and every later call fails with
//! [`ErrorKind::Abandoned`]; whether the daemon obeys is not known. A daemon that synchronises does
//! not stop when its controller goes away.
//!
//! # Errors
//!
//! The text of an [`Error`] says what to do about it. Match on [`Error::kind`]; [`Error::status`] is
//! the daemon's own code, and [`Error::is_retryable`] says whether the same call may succeed.
//!
//! # Security
//!
//! The token goes over the IPC socket in clear: use loopback or a unix socket. Token and secret are
//! not shown by `Debug`, not logged, and wiped when dropped. The access check shows the daemon that
//! the client knows the secret, not the other way round; it rests on MD5, so only a long random
//! secret withstands an attacker that has seen an exchange. Everything the daemon sends is bounded: 1 MiB
//! per frame, 16 levels of nesting, no memory by announced length.
//!
//! # What is not known
//!
//! This crate was written against the bytes of the real C and Erlang clients, without a real daemon.
//! What that leaves open can be configured: [`protocol`](Builder::protocol) and [`library`](Builder::library)
//! version, the two [`sizes`](Builder::sizes), [four or five
//! elements](events::EventsBuilder::form) of a subscription, and a [newline](TrailingNewline) at the
//! end of a secret file.

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
pub use quorate_codec::Reconnect;
pub use quorate_codec::confd_ha::handshake::{
    HandshakeReply, HandshakeStatus, LibraryVersion, ProtocolVersion, Sizes,
};
pub use quorate_codec::confd_ha::{
    Address, CdbInitialized, ErrorCode, EventMask, HaEvent, HaState, Node, NodeId,
    OtherNotification, Status, Wait,
};
pub use quorate_codec::confd_ha::{node_id, term};
pub use secret::TrailingNewline;

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
