use std::path::PathBuf;

use qbipc::ConnectOptions;
use quorate_fixtures::live::Version;
use votequorum::Builder;

use super::{Config, Fake, Node, QbIpcType, QuorumTool, wait_until};

/// A daemon of a single node, real or not.
#[derive(Debug)]
pub(crate) enum Daemon {
    Live(Node),
    Fake(Fake),
}

impl Daemon {
    pub(crate) fn live(qb_ipc_type: QbIpcType) -> Self {
        Self::Live(Node::start(&Config::single(qb_ipc_type)))
    }

    pub(crate) fn fake(qb_ipc_type: QbIpcType) -> Self {
        Self::Fake(Fake::start(qb_ipc_type))
    }

    pub(crate) fn qb_ipc_type(&self) -> QbIpcType {
        match self {
            Self::Live(node) => node.qb_ipc_type(),
            Self::Fake(fake) => fake.qb_ipc_type(),
        }
    }

    /// Runs a future on the single-threaded runtime, where the daemon can be reached.
    pub(crate) fn run<T: Send>(&self, future: impl AsyncFnOnce(Builder) -> T + Send) -> T {
        match self {
            Self::Live(node) => node.run(future),
            Self::Fake(fake) => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime can be built").block_on(future(fake.options()))
            }
        }
    }

    /// Runs a future on the multi-threaded runtime, where the daemon can be reached.
    pub(crate) fn run_multi_thread<T: Send>(
        &self,
        future: impl AsyncFnOnce(Builder) -> T + Send,
    ) -> T {
        match self {
            Self::Live(node) => node.run_multi_thread(future),
            Self::Fake(fake) => {
                let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
                runtime.expect("a runtime can be built").block_on(future(fake.options()))
            }
        }
    }

    /// How to connect below the client.
    pub(crate) fn raw_options(&self) -> ConnectOptions {
        match self {
            Self::Live(_) => ConnectOptions::new("votequorum"),
            Self::Fake(fake) => fake.raw_options(),
        }
    }

    /// The version of corosync that the daemon is, or that the fake is like.
    pub(crate) fn version(&self) -> Version {
        match self {
            Self::Live(_) => Version::installed(),
            Self::Fake(_) => Version::parse("'3.1.7'").expect("it is one"),
        }
    }

    /// What corosync's own tool says of a real daemon.
    pub(crate) fn quorumtool(&self) -> Option<QuorumTool> {
        match self {
            Self::Live(node) => Some(node.quorumtool()),
            Self::Fake(_) => None,
        }
    }

    /// Directories the daemon made for this process and that are there yet.
    pub(crate) fn shm_dirs(&self) -> Vec<PathBuf> {
        match self {
            Self::Live(node) => node.shm_dirs(),
            Self::Fake(fake) => fake.shm_dirs(),
        }
    }

    /// Waits until the daemon has cleaned up after the connections of this process.
    pub(crate) fn wait_until_clean(&self) {
        wait_until("the connection's files are removed", || self.shm_dirs().is_empty());
    }
}
