//! The client against corosync daemons: fakes, and real ones in network namespaces of their own.
//!
//! The real ones need root, corosync and iproute2. Where one is missing the tests say so and pass;
//! with `QUORATE_LIVE=required` in the environment they fail instead, with `skip` they never run.

mod access;
mod c_client;
mod calls;
mod cancellation;
mod concurrency;
mod extra_info;
mod fairness;
mod faults;
mod idle;
mod patience;
mod qdevice;
mod quorum_device;
mod reconnect;
#[path = "../common/sleeper.rs"]
mod sleeper;
mod support;
mod three_nodes;
mod tracking;
mod truncation;
mod unhurt;
mod watching;
