//! Pure-Rust async clients for corosync votequorum and ConfD HA.
//!
//! This crate only brings the two together; each is documented, and can be used, on its own:
//! [`votequorum`] and [`confd_ha`].

#![forbid(unsafe_code)]

pub use confd_ha;
pub use votequorum;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
