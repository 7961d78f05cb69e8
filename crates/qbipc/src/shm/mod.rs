//! The memory two processes share: the only unsafe code of this project.
//!
//! What is mapped can change at any time. So nothing here hands out a reference to bytes: what is
//! mapped is viewed as atomics and nothing else.
//!
//! Cutting a mapped file short makes an access to the lost part raise `SIGBUS`; only root and
//! processes with our own uid can do that to the files used here (see SECURITY.md).

#![expect(unsafe_code, reason = "mapping a file and viewing it as atomics has no safe form")]

mod control;
mod mapping;
mod ring;

pub(crate) use control::Control;
pub(crate) use mapping::{Mapped, MappedWords};
pub(crate) use ring::{MappedRing, RingHeader};
