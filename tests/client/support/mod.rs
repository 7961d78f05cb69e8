//! Daemons for the tests: real corosyncs, and fakes.

mod cluster;
mod config;
mod daemon;
mod fake;
mod namespace;
mod node;
mod quorumtool;

use std::process::Command;
use std::time::{Duration, Instant};

pub(crate) use cluster::Cluster;
pub(crate) use config::{Config, QbIpcType};
pub(crate) use daemon::Daemon;
pub(crate) use fake::Fake;
pub(crate) use namespace::Namespace;
pub(crate) use node::{Node, connect, shm_dirs, wait_until_clean};
pub(crate) use quorumtool::QuorumTool;

/// Whether to test with real daemons: not if something they need is missing, which fails the test if
/// they are required, nor if they are to be skipped.
pub(crate) fn available() -> bool {
    if std::env::var_os("QUORATE_LIVE").is_some_and(|value| value == "skip") {
        println!("SKIPPED: QUORATE_LIVE=skip");
        return false;
    }
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

/// Defines tests of what every daemon does, real or not, over both transports. Each is a function
/// in a module called `cases`, which takes a running daemon.
macro_rules! on_every_daemon {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use super::cases;
            use crate::support::{Daemon, QbIpcType, available};

            #[test]
            fn fake_shm() {
                cases::$name(&Daemon::fake(QbIpcType::Shm));
            }

            #[test]
            fn fake_socket() {
                cases::$name(&Daemon::fake(QbIpcType::Socket));
            }

            #[test]
            fn live_shm() {
                if available() {
                    cases::$name(&Daemon::live(QbIpcType::Shm));
                }
            }

            #[test]
            fn live_socket() {
                if available() {
                    cases::$name(&Daemon::live(QbIpcType::Socket));
                }
            }
        }
    )+};
}

/// Defines tests of what real daemons do, over both transports. Each is a function in a module
/// called `cases`, which takes a running node.
macro_rules! on_live_daemons {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use super::cases;
            use crate::support::{Config, Node, QbIpcType, available};

            #[test]
            fn live_shm() {
                if available() {
                    cases::$name(&Node::start(&Config::single(QbIpcType::Shm)));
                }
            }

            #[test]
            fn live_socket() {
                if available() {
                    cases::$name(&Node::start(&Config::single(QbIpcType::Socket)));
                }
            }
        }
    )+};
}

pub(crate) use {on_every_daemon, on_live_daemons};
