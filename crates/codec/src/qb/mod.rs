//! libqb IPC: what a client and a server exchange, whatever the service.
//!
//! - [`auth`]: the handshake on the setup socket.
//! - [`header`]: what every message starts with.
//! - [`ring`]: where things are in a shared-memory ring, as pure arithmetic.
//! - [`errno`] and [`CsError`]: the two kinds of error numbers, and how corosync maps one to the
//!   other.

pub mod auth;
mod cs_error;
pub mod errno;
pub mod header;
pub mod ring;
pub mod service;
pub mod session;

pub use cs_error::CsError;
