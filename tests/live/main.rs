//! The client against real corosync daemons, in network namespaces of their own.
//!
//! These tests need root, corosync and iproute2. Where one is missing they say so and pass; with
//! `QUORATE_LIVE=required` in the environment they fail instead.

mod access;
mod calls;
mod cancellation;
mod concurrency;
mod faults;
mod idle;
mod qdevice;
mod quorum_device;
mod reconnect;
mod support;
mod three_nodes;
mod tracking;
