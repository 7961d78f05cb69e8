//! Daemons for the tests: real corosyncs, and fakes.

mod cluster;
mod daemon;
mod fake;
mod node;
mod quorumtool;

use quorate_fixtures::live;

pub(crate) use cluster::Cluster;
pub(crate) use daemon::Daemon;
pub(crate) use fake::Fake;
pub(crate) use node::{Node, connect, shm_dirs, wait_until_clean};
pub(crate) use quorate_fixtures::live::{Config, Namespace, QbIpcType, wait_until};
pub(crate) use quorumtool::QuorumTool;

/// Whether real daemons can be started here. Says so if not, and fails if they are required.
pub(crate) fn available() -> bool {
    live::available(&["corosync", "corosync-quorumtool"])
}

/// Runs a case over both transports, at the same time.
pub(crate) fn over_both_transports(case: impl Fn(QbIpcType) + Sync) {
    std::thread::scope(|scope| {
        let case = &case;
        let cases = [QbIpcType::Shm, QbIpcType::Socket].map(|qb_ipc_type| {
            let thread = scope.spawn(move || case(qb_ipc_type));
            (qb_ipc_type, thread)
        });
        for (qb_ipc_type, case) in cases {
            if let Err(panic) = case.join() {
                eprintln!("over {qb_ipc_type:?}");
                std::panic::resume_unwind(panic);
            }
        }
    });
}

/// Defines tests of what every daemon does, real or not, over both transports. Each is a function
/// in a module called `cases`, which takes a running daemon.
macro_rules! on_every_daemon {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use super::cases;
            use crate::support::{Daemon, available, over_both_transports};

            #[test]
            fn fake() {
                over_both_transports(|qb_ipc_type| cases::$name(&Daemon::fake(qb_ipc_type)));
            }

            #[test]
            fn live() {
                if available() {
                    over_both_transports(|qb_ipc_type| cases::$name(&Daemon::live(qb_ipc_type)));
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
            use crate::support::{Config, Node, available, over_both_transports};

            #[test]
            fn live() {
                if available() {
                    over_both_transports(|qb_ipc_type| {
                        cases::$name(&Node::start(&Config::single(qb_ipc_type)));
                    });
                }
            }
        }
    )+};
}

pub(crate) use {on_every_daemon, on_live_daemons};
