//! The examples as processes: on a fake cluster of their own, against `fake-corosync`, and against
//! a real corosync if it is installed.

mod corosync;
mod device;
mod embedded;
mod fake_corosync;
mod process;
mod reconnect;
mod refused;
