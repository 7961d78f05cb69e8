//! The examples as processes: on a fake cluster of their own, and against `fake-corosync`.

mod embedded;
mod fake_corosync;
mod process;
