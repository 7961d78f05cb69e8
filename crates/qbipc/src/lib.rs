//! libqb IPC in pure Rust, async: how corosync's services are reached.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let connection = qbipc::ConnectOptions::new("votequorum").connect().await?;
//! println!("connected over {:?}", connection.connection_type());
//! # Ok(())
//! # }
//! ```
//!
//! A client and a server exchange messages over three channels: **requests** to the server,
//! **responses** and **events** from it. Responses come in the order of the requests and carry
//! nothing that would name them; events come in no order relative to responses. The server decides
//! how the channels are made: as rings in shared memory, or as unix datagrams.
//!
//! The messages themselves are not interpreted, beyond their headers; the `votequorum` crate is a
//! client of one service, built on this one.
//!
//! # Trust
//!
//! The client sends nothing until it has checked that the process listening on the socket runs as
//! root, or as a user named by [`server_uids`](ConnectOptions::server_uids). The files the server
//! names are opened only if such a server would name them, and used only if they are what they
//! should be. What is in shared memory is read once, checked, and copied out.
//!
//! # Platforms
//!
//! Linux with 64-bit pointers, and servers that were built for the same architecture, with libqb
//! 1.0.4 or later.

#![warn(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)]

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
compile_error!(
    "qbipc supports 64-bit Linux only: it shares memory, laid out by libqb for 64 bits, with the server"
);

mod address;
mod connection;
mod doorbell;
pub mod engine;
mod error;
mod failures;
mod handshake;
mod notify_bytes;
mod options;
mod peer;
mod remedy;
pub mod ring;
pub mod server;
mod server_files;
mod setup;
mod shm;
mod transmit;
mod transport;
mod world;

pub use address::{ServiceName, SocketNamespace};
pub use connection::Connection;
pub use error::{ChannelError, ConnectError, TransmitError};
pub use options::ConnectOptions;
pub use peer::PeerCredentials;
pub use transmit::Transmit;

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
