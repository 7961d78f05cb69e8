//! Real corosync daemons for the tests.

mod cluster;
mod config;
mod namespace;
mod node;
mod quorumtool;

use std::process::Command;
use std::time::{Duration, Instant};

pub(crate) use cluster::Cluster;
pub(crate) use config::{Config, QbIpcType};
pub(crate) use namespace::Namespace;
pub(crate) use node::{Node, connect, shm_dirs, wait_until_clean};
pub(crate) use quorumtool::QuorumTool;

/// Whether real daemons can be had here. Says so if not, and fails if they are required.
pub(crate) fn available() -> bool {
    let missing = what_is_missing();
    if missing.is_empty() {
        return true;
    }
    let missing = missing.join(", ");
    assert!(
        std::env::var_os("QUORATE_LIVE").is_none_or(|value| value != "required"),
        "live tests are required, but there is no {missing}",
    );
    println!("SKIPPED: there is no {missing}");
    false
}

fn what_is_missing() -> Vec<&'static str> {
    let mut missing = Vec::new();
    if !rustix::process::geteuid().is_root() {
        missing.push("root");
    }
    for (program, arg) in [("corosync", "-v"), ("corosync-quorumtool", "-h"), ("ip", "-V")] {
        if Command::new(program).arg(arg).output().is_err() {
            missing.push(program);
        }
    }
    missing
}

/// Looks again and again until something is the case.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Defines a test for each transport, of a function that takes a running node.
macro_rules! on_both_transports {
    ($($name:ident),+ $(,)?) => {$(
        #[test]
        fn $name() {
            use crate::support::{Config, Node, QbIpcType, available};
            if !available() {
                return;
            }
            for qb_ipc_type in [QbIpcType::Shm, QbIpcType::Socket] {
                println!("over {qb_ipc_type:?}");
                cases::$name(&Node::start(&Config::single(qb_ipc_type)));
            }
        }
    )+};
}

pub(crate) use on_both_transports;
