//! Byte-exact codecs and sans-IO sessions for the two protocols quorate speaks.
//!
//! Nothing here performs I/O, reads a clock or needs a runtime: bytes go in, typed messages come
//! out, and the other way round. Time, where a session needs it, is an argument.
//!
//! - `qb` frames libqb IPC: the connection handshake, message headers, the index arithmetic of
//!   the shared-memory rings, and `cs_error_t`.
//! - `votequorum` holds the messages of corosync's votequorum service, one file per message.
//! - `confd_ha` holds ConfD's HA orders, their answers and its notifications, and the sessions of
//!   the two sockets they go over.
//! - [`Reconnect`] is a schedule of pauses, for the clients.
//!
//! corosync's messages are encoded into [`bytes::BytesMut`] and decoded from slices. What users keep
//! of them is cheap to clone: payloads are [`bytes::Bytes`], lists of nodes are `Arc<[_]>`.
//!
//! # Features
//!
//! `corosync` compiles `qb` and `votequorum`, `confd` compiles `confd_ha`. Both are on by default.
//!
//! # Trust
//!
//! Every byte that is decoded may come from a hostile or broken peer. Decoding never panics, never
//! allocates by an announced count, and reports what is wrong as a [`DecodeError`] that names the
//! message, the field and the offset. Values the protocol may grow (states, flags, error codes,
//! notification ids) survive a round trip even when their meaning is unknown.
//!
//! # Byte order
//!
//! libqb IPC never leaves the machine, so its integers are in the host's byte order. Inside this
//! crate that is spelled `ne` (native endian). ConfD's protocol is big-endian throughout: `be`.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![warn(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)]

#[cfg(feature = "confd")]
pub mod confd_ha;
mod error;
mod fields;
pub mod limits;
#[cfg(feature = "corosync")]
pub mod qb;
mod reconnect;
#[cfg(feature = "corosync")]
pub mod votequorum;
#[cfg(any(feature = "corosync", feature = "confd"))]
mod wire_enum;

pub use error::{DecodeError, Problem};
pub use fields::Fields;
pub use reconnect::{Backoff, Reconnect};

/// The example of the README.
#[cfg(all(doctest, feature = "corosync"))]
#[doc = include_str!("../README.md")]
struct Readme;
