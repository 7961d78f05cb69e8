//! Our client and our server, over both transports.
//!
//! The cases are those of libqb's own `tests/check_ipc.c`, and the faults a server has to survive.

mod connecting;
mod datagrams;
mod faults;
mod files;
mod messages;
mod rings;
mod support;
mod waiting;
