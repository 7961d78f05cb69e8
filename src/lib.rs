//! Pure-Rust async clients for corosync votequorum and ConfD HA.

#![forbid(unsafe_code)]

pub use confd_ha;
pub use votequorum;
