//! Pure-Rust async clients for corosync votequorum and ConfD HA.

#![forbid(unsafe_code)]

pub use votequorum;
